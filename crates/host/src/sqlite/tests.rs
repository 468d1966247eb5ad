use super::*;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

fn run(connection: &Connection, statement: &str) -> Result<Vec<RowResult>, Error> {
    run_with(connection, statement, Vec::new())
}

fn run_with(connection: &Connection, statement: &str, parameters: Vec<Value>) -> Result<Vec<RowResult>, Error> {
    runtime().block_on(connection.execute(statement.to_owned(), parameters)).map(|result| result.rows)
}

fn integer(rows: &[RowResult]) -> i64 {
    match rows[0].values[0] {
        Value::Integer(number) => number,
        ref other => panic!("{other:?}"),
    }
}

fn open(location: Location) -> Connection {
    next(&database(location))
}

fn database(location: Location) -> Arc<Database> {
    Arc::new(Database::new(location))
}

/// As the next instance would open it.
fn next(database: &Arc<Database>) -> Connection {
    Connection::new(Arc::clone(database), Faults::default())
}

fn memory() -> Connection {
    open(Location::Memory)
}

fn file() -> (tempfile::TempDir, Location) {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::File(directory.path().join("sqlite_db.db"));
    (directory, location)
}

#[test]
fn sqlite_is_at_least_as_new_as_that_of_spin() {
    assert!(rusqlite::version_number() >= 3_049_000);
}

#[test]
fn a_commit_is_on_the_disk_before_its_statement_returns() {
    let (_directory, location) = file();
    let connection = open(location);
    assert_eq!(integer(&run(&connection, "PRAGMA synchronous").unwrap()), 2, "FULL");
}

#[test]
fn every_kind_of_value_comes_back_as_it_went_in() {
    let values = vec![
        Value::Null,
        Value::Integer(i64::MIN),
        Value::Real(0.5),
        Value::Text("ä".to_owned()),
        Value::Blob(vec![0, 255]),
    ];

    let rows = run_with(&memory(), "SELECT ?, ?, ?, ?, ?", values.clone()).unwrap();

    assert_eq!(format!("{:?}", rows[0].values), format!("{values:?}"));
}

#[test]
fn the_settings_are_those_of_spin() {
    let connection = memory();

    assert_eq!(integer(&run(&connection, "PRAGMA foreign_keys").unwrap()), 1);
    assert_eq!(integer(&run(&connection, "PRAGMA busy_timeout").unwrap()), 5000);
}

#[test]
fn a_file_cannot_be_attached_but_memory_can() {
    let (directory, location) = file();
    let connection = open(location);
    let other = directory.path().join("other.db");

    for statement in [format!("ATTACH '{}' AS o", other.display()), format!("VACUUM INTO '{}'", other.display())] {
        let error = run(&connection, &statement).unwrap_err();
        let denied = ["not authorized", "authorization denied"];
        assert!(matches!(&error, Error::Io(text) if denied.contains(&text.as_str())), "{error:?}");
    }
    assert!(!other.exists());
    assert!(run(&connection, "ATTACH ':memory:' AS m").is_ok());
    assert!(run(&connection, "ATTACH '' AS t").is_ok());
}

#[test]
fn every_open_is_a_connection_of_its_own() {
    let (_directory, location) = file();
    let database = database(location);
    let (one, other) = (next(&database), next(&database));

    run(&one, "CREATE TABLE a (b INTEGER)").unwrap();
    run(&one, "INSERT INTO a VALUES (1), (2)").unwrap();

    let count = integer(&run(&other, "SELECT count(*) FROM a").unwrap());
    assert_eq!(count, 2);
    assert_eq!(one.changes(), 2);
    assert_eq!(other.changes(), 0);
    assert_eq!(one.last_insert_rowid(), 2);
}

#[test]
fn the_file_is_made_with_the_first_statement() {
    let (directory, location) = file();
    let connection = open(location);
    assert!(!directory.path().join("sqlite_db.db").exists());

    run(&connection, "CREATE TABLE a (b)").unwrap();

    assert!(directory.path().join("sqlite_db.db").exists());
}

#[test]
fn rows_come_as_a_stream_with_their_columns() {
    let connection = memory();
    let statement = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n";

    runtime().block_on(async {
        let mut rows = connection.stream(statement.to_owned(), Vec::new()).await.unwrap();
        let mut count = 0;
        while rows.rows.recv().await.is_some() {
            count += 1;
        }
        assert_eq!(rows.columns, ["i"]);
        assert_eq!(count, 100);
        assert!(rows.result.await.unwrap().is_ok());
    });
}

#[test]
fn an_error_in_a_streamed_statement_shows_at_its_end() {
    let connection = memory();

    runtime().block_on(async {
        let mut rows = connection.stream("SELECT nonsense".to_owned(), Vec::new()).await.unwrap();
        assert!(rows.columns.is_empty());
        assert!(rows.rows.recv().await.is_none());
        assert!(matches!(rows.result.await.unwrap(), Err(Error::Io(_))));
    });
}

#[test]
fn a_dropped_stream_frees_the_connection() {
    let connection = memory();
    let statement = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

    runtime().block_on(async {
        drop(connection.stream(statement.to_owned(), Vec::new()).await.unwrap());
        assert!(connection.execute("SELECT 1".to_owned(), Vec::new()).await.is_ok());
    });
}

#[test]
fn a_database_that_cannot_be_opened_is_an_error() {
    let connection = open(Location::File("/nonexistent/directory/a.db".into()));

    assert!(matches!(run(&connection, "SELECT 1"), Err(Error::Io(_))));
    runtime().block_on(async {
        let result = connection.stream("SELECT 1".to_owned(), Vec::new()).await;
        assert!(matches!(result, Err(Error::Io(_))));
    });
}

#[test]
fn text_that_is_not_utf8_is_an_error() {
    let connection = memory();

    assert!(matches!(run(&connection, "SELECT CAST(x'ff' AS TEXT)"), Err(Error::Io(_))));
}

#[test]
fn a_cached_statement_is_not_prepared_again_for_other_values() {
    const ASK: &str = "SELECT a.id FROM a JOIN b ON b.id = a.b WHERE a.id = ?1 AND b.name = ?2";
    let connection = memory();
    run(&connection, "CREATE TABLE a (id TEXT PRIMARY KEY, b INTEGER) STRICT").unwrap();
    run(&connection, "CREATE TABLE b (id INTEGER PRIMARY KEY, name TEXT) STRICT").unwrap();

    for value in ["x", "y", "z"] {
        run_with(&connection, ASK, vec![Value::Text(value.to_owned()), Value::Text(value.to_owned())]).unwrap();
    }

    let prepared =
        connection.with(ASK, |prepared| Ok(prepared.map_err(io)?.get_status(rusqlite::StatementStatus::RePrepare)));
    assert_eq!(prepared.unwrap(), 0);
}

#[test]
fn whoever_is_handed_a_connection_on_sees_nothing_of_who_had_it_before() {
    let (_directory, location) = file();
    let database = database(location);
    let before = next(&database);
    run(&before, "CREATE TABLE a (b INTEGER)").unwrap();
    run(&before, "INSERT INTO a VALUES (1), (2)").unwrap();
    drop(before);

    let after = next(&database);

    assert_eq!(integer(&run(&after, "SELECT count(*) FROM a").unwrap()), 2);
    assert_eq!(after.changes(), 0);
    assert_eq!(after.last_insert_rowid(), 0);
}

#[test]
fn handles_that_share_a_connection_each_know_what_they_wrote_themselves() {
    let (_directory, location) = file();
    let database = database(location);
    let (one, other) = (next(&database), next(&database));
    run(&one, "CREATE TABLE a (b INTEGER)").unwrap();
    run(&one, "INSERT INTO a VALUES (1), (2)").unwrap();
    run(&other, "INSERT INTO a VALUES (3)").unwrap();
    run(&one, "UPDATE a SET b = 4 WHERE b = 9").unwrap();

    assert_eq!((one.changes(), one.last_insert_rowid()), (0, 2));
    assert_eq!((other.changes(), other.last_insert_rowid()), (1, 3));
    assert_eq!(integer(&run(&one, "SELECT last_insert_rowid()").unwrap()), 2);
    for function in ["changes()", "total_changes()"] {
        let refused = run(&one, &format!("SELECT {function}")).unwrap_err();
        assert!(matches!(&refused, Error::Io(text) if text.contains("not authorized")), "{refused:?}");
    }
}

#[test]
fn a_handle_keeps_its_transaction_from_one_statement_to_the_next() {
    let (_directory, location) = file();
    let database = database(location);
    let (one, other) = (next(&database), next(&database));
    for statement in ["CREATE TABLE a (b INTEGER)", "BEGIN", "INSERT INTO a VALUES (1)"] {
        run(&one, statement).unwrap();
    }

    assert_eq!(integer(&run(&other, "SELECT count(*) FROM a").unwrap()), 0);
    assert_eq!(integer(&run(&one, "SELECT count(*) FROM a").unwrap()), 1);
    drop(one);
    assert_eq!(integer(&run(&other, "SELECT count(*) FROM a").unwrap()), 0, "it was rolled back");
}

#[test]
fn a_connection_that_failed_is_not_handed_on() {
    let (directory, location) = file();
    run(&open(location.clone()), "CREATE TABLE a (b INTEGER UNIQUE)").unwrap();
    let database = database(location);
    let failing = next(&database);
    run(&failing, "INSERT INTO a VALUES (1)").unwrap();
    run(&failing, "INSERT INTO a VALUES (1)").unwrap_err();
    drop(failing);
    // A connection that is open would go on with the file that it has.
    std::fs::remove_file(directory.path().join("sqlite_db.db")).unwrap();

    assert!(run(&next(&database), "SELECT * FROM a").is_err(), "it is a new one, on a new file");
}

#[test]
fn a_failure_leaves_the_log_that_reading_needs_where_no_file_can_be_made() {
    let (directory, location) = file();
    let set_up = open(location.clone());
    run(&set_up, "PRAGMA journal_mode = WAL").unwrap();
    run(&set_up, "CREATE TABLE a (b INTEGER UNIQUE)").unwrap();
    run(&set_up, "INSERT INTO a VALUES (1)").unwrap();
    drop(set_up);
    let database = database(location);
    let connection = next(&database);

    run(&connection, "INSERT INTO a VALUES (1)").unwrap_err();

    assert!(directory.path().join("sqlite_db.db-shm").exists());
    assert_eq!(integer(&run(&connection, "SELECT b FROM a").unwrap()), 1);
}

#[test]
fn writers_wait_in_line_and_a_transaction_does_not_wait_for_itself() {
    let (_directory, location) = file();
    let database = database(location);
    let writers: Vec<_> = (0..8).map(|_| next(&database)).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let execute = |connection: &Connection, statement: &str| {
        let (connection, statement) = (connection.clone(), statement.to_owned());
        async move { connection.execute(statement, Vec::new()).await }
    };
    runtime.block_on(async {
        execute(&writers[0], "CREATE TABLE a (b INTEGER)").await.unwrap();
        let written =
            futures::future::join_all(writers.iter().map(|one| execute(one, "INSERT INTO a VALUES (1)"))).await;
        assert!(written.iter().all(Result::is_ok), "{written:?}");
        for statement in ["BEGIN IMMEDIATE", "INSERT INTO a VALUES (2)"] {
            execute(&writers[0], statement).await.unwrap();
        }
        let (other, ()) = tokio::join!(execute(&writers[1], "INSERT INTO a VALUES (3)"), async {
            for statement in ["INSERT INTO a VALUES (4)", "COMMIT"] {
                execute(&writers[0], statement).await.unwrap();
            }
        });
        assert!(other.is_ok(), "{other:?}");
    });
}
