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
    let connection = Connection::new(location);
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

    let rows = run_with(&Connection::new(Location::Memory), "SELECT ?, ?, ?, ?, ?", values.clone()).unwrap();

    assert_eq!(format!("{:?}", rows[0].values), format!("{values:?}"));
}

#[test]
fn the_settings_are_those_of_spin() {
    let connection = Connection::new(Location::Memory);

    assert_eq!(integer(&run(&connection, "PRAGMA foreign_keys").unwrap()), 1);
    assert_eq!(integer(&run(&connection, "PRAGMA busy_timeout").unwrap()), 5000);
}

#[test]
fn a_file_cannot_be_attached_but_memory_can() {
    let (directory, location) = file();
    let connection = Connection::new(location);
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
    let (one, other) = (Connection::new(location.clone()), Connection::new(location));

    run(&one, "CREATE TABLE a (b INTEGER)").unwrap();
    run(&one, "INSERT INTO a VALUES (1), (2)").unwrap();

    let count = integer(&run(&other, "SELECT count(*) FROM a").unwrap());
    assert_eq!(count, 2);
    let runtime = runtime();
    assert_eq!(runtime.block_on(one.changes()).unwrap(), 2);
    assert_eq!(runtime.block_on(other.changes()).unwrap(), 0);
    assert_eq!(runtime.block_on(one.last_insert_rowid()).unwrap(), 2);
}

#[test]
fn the_file_is_made_with_the_first_statement() {
    let (directory, location) = file();
    let connection = Connection::new(location);
    assert!(!directory.path().join("sqlite_db.db").exists());

    run(&connection, "CREATE TABLE a (b)").unwrap();

    assert!(directory.path().join("sqlite_db.db").exists());
}

#[test]
fn rows_come_as_a_stream_with_their_columns() {
    let connection = Connection::new(Location::Memory);
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
    let connection = Connection::new(Location::Memory);

    runtime().block_on(async {
        let mut rows = connection.stream("SELECT nonsense".to_owned(), Vec::new()).await.unwrap();
        assert!(rows.columns.is_empty());
        assert!(rows.rows.recv().await.is_none());
        assert!(matches!(rows.result.await.unwrap(), Err(Error::Io(_))));
    });
}

#[test]
fn a_dropped_stream_frees_the_connection() {
    let connection = Connection::new(Location::Memory);
    let statement = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

    runtime().block_on(async {
        drop(connection.stream(statement.to_owned(), Vec::new()).await.unwrap());
        assert!(connection.execute("SELECT 1".to_owned(), Vec::new()).await.is_ok());
    });
}

#[test]
fn a_database_that_cannot_be_opened_is_an_error() {
    let connection = Connection::new(Location::File("/nonexistent/directory/a.db".into()));

    assert!(matches!(run(&connection, "SELECT 1"), Err(Error::Io(_))));
    runtime().block_on(async {
        let result = connection.stream("SELECT 1".to_owned(), Vec::new()).await;
        assert!(matches!(result, Err(Error::Io(_))));
    });
}

#[test]
fn text_that_is_not_utf8_is_an_error() {
    let connection = Connection::new(Location::Memory);

    assert!(matches!(run(&connection, "SELECT CAST(x'ff' AS TEXT)"), Err(Error::Io(_))));
}

#[test]
fn a_cached_statement_is_not_prepared_again_for_other_values() {
    const ASK: &str = "SELECT a.id FROM a JOIN b ON b.id = a.b WHERE a.id = ?1 AND b.name = ?2";
    let connection = Connection::new(Location::Memory);
    run(&connection, "CREATE TABLE a (id TEXT PRIMARY KEY, b INTEGER) STRICT").unwrap();
    run(&connection, "CREATE TABLE b (id INTEGER PRIMARY KEY, name TEXT) STRICT").unwrap();

    for value in ["x", "y", "z"] {
        run_with(&connection, ASK, vec![Value::Text(value.to_owned()), Value::Text(value.to_owned())]).unwrap();
    }

    let prepared = connection.with(|connection| {
        let statement = connection.prepare_cached(ASK).map_err(io)?;
        Ok(statement.get_status(rusqlite::StatementStatus::RePrepare))
    });
    assert_eq!(prepared.unwrap(), 0);
}
