//! Fresh databases, and those of earlier versions.

use std::thread;

use super::*;
use crate::{
    fixtures::rounds,
    testing::{File, Sqlite, block_on},
};

#[test]
fn two_instances_can_migrate_an_empty_database_at_once() {
    for _ in 0..rounds(1) {
        let file = File::new();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| block_on(ensure_schema(&file.open(), true, Timestamp(1))).unwrap());
            }
        });
        assert_eq!(block_on(version(&file.open())).unwrap(), VERSION);
    }
}

#[test]
fn migrating_twice_changes_nothing() {
    let file = File::new();
    let database = file.open();
    block_on(migrate(&database, Timestamp(1))).unwrap();
    block_on(database.query("DELETE FROM schema_migrations", vec![])).unwrap();
    block_on(migrate(&database, Timestamp(2))).unwrap();
    assert_eq!(block_on(version(&database)).unwrap(), VERSION);
}

#[test]
fn without_auto_migrate_a_schema_that_is_behind_is_an_error_and_stays_as_it_is() {
    let file = File::new();
    assert!(block_on(ensure_schema(&file.open(), false, Timestamp(1))).unwrap_err().0.contains("auto_migrate"));
    assert_eq!(block_on(version(&file.open())).unwrap(), 0);
}

#[test]
fn the_documentation_names_every_table_column_and_purge() {
    let documentation = include_str!("../../../../docs/storage.md");
    let file = File::new();
    let database = file.open();
    block_on(migrate(&database, Timestamp(1))).unwrap();
    let names = |query| -> Vec<String> {
        let rows = block_on(database.query(query, vec![])).unwrap();
        rows.into_iter().map(|mut row| row.text().unwrap()).collect()
    };
    let tables = names("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    assert!(tables.len() > 15, "{tables:?}");
    // A row of the table of tables, which says how long a row lives and who purges it.
    let missing: Vec<_> = tables.iter().filter(|table| !documentation.contains(&format!("\n| `{table}` | "))).collect();
    assert_eq!(missing, [""; 0], "tables");
    let others = names(
        "SELECT DISTINCT c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c \
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' \
         UNION SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE '%\\_purge' ESCAPE '\\'",
    );
    let missing: Vec<_> = others.iter().filter(|name| !documentation.contains(&format!("`{name}`"))).collect();
    assert_eq!(missing, [""; 0], "columns and purges");
}

#[test]
fn the_journal_is_a_write_ahead_log() {
    let file = File::new();
    block_on(migrate(&file.open(), Timestamp(1))).unwrap();
    let mode = block_on(file.open().query("PRAGMA journal_mode", vec![])).unwrap().remove(0).text().unwrap();
    assert_eq!(mode, "wal");
}

/// A row in each table of each version, as that version wrote it. A migration without one does not compile.
const SAMPLES: [&str; MIGRATIONS.len()] = [include_str!("../../../../migrations/samples/0001.sql")];

/// A version to come: a column more and one less, a table and an index.
const NEXT: &str = "ALTER TABLE users ADD COLUMN nickname TEXT NOT NULL DEFAULT ''\n\n\
    CREATE TABLE IF NOT EXISTS nicknames (name TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID\n\n\
    CREATE INDEX IF NOT EXISTS users_by_nickname ON users (nickname)\n\n\
    ALTER TABLE recovery_codes DROP COLUMN made_at";

/// Every migration, and the next one.
fn with_next() -> Vec<&'static str> {
    MIGRATIONS.into_iter().chain([NEXT]).collect()
}

fn texts(database: &Sqlite, sql: &str) -> Vec<String> {
    let mut statement = database.0.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn tables(database: &Sqlite) -> Vec<String> {
    texts(database, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
}

/// What the schema says, in the order of names.
fn schema(database: &Sqlite) -> Vec<String> {
    texts(database, "SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name")
}

/// Every row, by the values of these columns of each table.
fn rows(database: &Sqlite, columns: &[(String, Vec<String>)]) -> Vec<String> {
    let row = |(table, columns): &(String, Vec<String>)| {
        let values: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        texts(
            database,
            &format!("SELECT '{table}: ' || concat_ws(', ', {}) FROM {table} ORDER BY 1", values.join(", ")),
        )
    };
    columns.iter().flat_map(row).collect()
}

/// The columns of each table.
fn columns(database: &Sqlite) -> Vec<(String, Vec<String>)> {
    let of = |table: String| {
        let columns = texts(database, &format!("SELECT name FROM pragma_table_info('{table}')"));
        (table, columns)
    };
    tables(database).into_iter().filter(|table| table != "schema_migrations").map(of).collect()
}

/// A database at this version, with the sample of that version.
fn at_version(file: &File, version: usize) -> Sqlite {
    let database = file.open();
    block_on(apply(&database, &MIGRATIONS[..version], Timestamp(1))).unwrap();
    database.0.execute_batch(SAMPLES[version - 1]).unwrap();
    database
}

#[test]
fn the_sample_of_each_version_has_a_row_in_each_of_its_tables() {
    for version in 1..=MIGRATIONS.len() {
        let file = File::new();
        let database = at_version(&file, version);
        for table in tables(&database) {
            assert_ne!(texts(&database, &format!("SELECT 'row' FROM {table}")), [""; 0], "{table} at {version}");
        }
    }
}

#[test]
fn each_earlier_schema_becomes_the_newest_and_keeps_every_row() {
    let fresh = File::new();
    let newest = fresh.open();
    block_on(apply(&newest, &with_next(), Timestamp(2))).unwrap();
    for version in 1..=MIGRATIONS.len() {
        let file = File::new();
        let database = at_version(&file, version);
        let mut kept = columns(&database);
        for (table, columns) in &mut kept {
            columns.retain(|column| (table.as_str(), column.as_str()) != ("recovery_codes", "made_at"));
        }
        let before = rows(&database, &kept);
        block_on(apply(&database, &with_next(), Timestamp(2))).unwrap();
        assert_eq!(schema(&database), schema(&newest), "from {version}");
        assert_eq!(rows(&database, &kept), before, "from {version}");
        assert_eq!(texts(&database, "SELECT \"table\" FROM pragma_foreign_key_check"), [""; 0]);
    }
}

#[test]
fn a_migration_that_broke_off_after_any_of_its_statements_is_finished_by_the_next_instance() {
    let statements: Vec<_> = statements(NEXT).collect();
    let fresh = File::new();
    let newest = fresh.open();
    block_on(apply(&newest, &with_next(), Timestamp(2))).unwrap();
    for done in 0..=statements.len() {
        let file = File::new();
        let database = at_version(&file, MIGRATIONS.len());
        for statement in &statements[..done] {
            block_on(database.query(statement, vec![])).unwrap();
        }
        block_on(apply(&database, &with_next(), Timestamp(2))).unwrap();
        assert_eq!(schema(&database), schema(&newest), "broken off after {done}");
        assert_eq!(block_on(version(&database)).unwrap(), VERSION + 1);
    }
}

#[test]
fn instances_that_upgrade_at_once_all_succeed() {
    for _ in 0..rounds(20) {
        let file = File::new();
        at_version(&file, MIGRATIONS.len());
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| block_on(apply(&file.open(), &with_next(), Timestamp(2))).unwrap());
            }
        });
        assert_eq!(block_on(version(&file.open())).unwrap(), VERSION + 1);
    }
}

#[test]
fn a_migration_that_fails_leaves_the_version_and_every_row_and_says_why() {
    let file = File::new();
    let database = at_version(&file, MIGRATIONS.len());
    let kept = columns(&database);
    let before = rows(&database, &kept);
    let wrong: Vec<_> = MIGRATIONS.into_iter().chain(["ALTER TABLE nobody ADD COLUMN nickname TEXT"]).collect();
    let failure = block_on(apply(&database, &wrong, Timestamp(2))).unwrap_err();
    assert!(failure.0.contains("no such table"), "{failure:?}");
    assert_eq!(block_on(version(&database)).unwrap(), VERSION);
    assert_eq!(rows(&database, &kept), before);
}
