//! The schema and its versions; the rules are in `migrations/README.md`.

use domain::StorageError;
use protocol::Timestamp;

use crate::{
    Value,
    database::{Database, params},
};

const MIGRATIONS: [&str; 1] = [include_str!("../../../migrations/0001_foundation.sql")];

/// The version of the schema that this code works with.
pub const VERSION: i64 = MIGRATIONS.len() as i64;

/// Checks the schema with one read, and brings it up to date where it is behind and `auto_migrate` allows it.
///
/// A schema that is ahead is left alone: it was made to work with this code too.
pub async fn ensure_schema(database: &impl Database, auto_migrate: bool, now: Timestamp) -> Result<(), StorageError> {
    let version = version(database).await?;
    if version >= VERSION {
        return Ok(());
    }
    if !auto_migrate {
        return Err(StorageError(format!(
            "the schema is at version {version} and must be at {VERSION}: migrate it (auto_migrate is off)"
        )));
    }
    migrate(database, now).await
}

/// Applies every migration that is missing. Safe to run by several instances at once, and again after a failure.
pub async fn migrate(database: &impl Database, now: Timestamp) -> Result<(), StorageError> {
    let version = version(database).await?;
    // In the default journal a write blocks every reader and costs several fsyncs. The mode stays in the file. A remote
    // libSQL refuses the statement; it has its own log.
    let _ = database.query("PRAGMA journal_mode=WAL", vec![]).await;
    for (number, migration) in (1..).zip(MIGRATIONS).filter(|(number, _)| *number > version) {
        for statement in statements(migration) {
            database.query(statement, vec![]).await?;
        }
        database
            .query(
                "INSERT INTO schema_migrations (version, applied_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![Value::Integer(number), now],
            )
            .await?;
    }
    Ok(())
}

async fn version(database: &impl Database) -> Result<i64, StorageError> {
    match database.query("SELECT max(version) FROM schema_migrations", vec![]).await {
        Ok(rows) => match rows.into_iter().next() {
            Some(mut row) => Ok(row.optional_integer()?.unwrap_or(0)),
            None => Ok(0),
        },
        Err(StorageError(reason)) if reason.contains("no such table") => Ok(0),
        Err(error) => Err(error),
    }
}

/// The statements of a migration: paragraphs that are more than a comment.
fn statements(migration: &'static str) -> impl Iterator<Item = &'static str> {
    migration
        .split("\n\n")
        .map(str::trim)
        .filter(|paragraph| paragraph.lines().any(|line| !line.trim().is_empty() && !line.starts_with("--")))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::{
        fixtures::rounds,
        testing::{File, block_on},
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
        let documentation = include_str!("../../../docs/storage.md");
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
        let missing: Vec<_> =
            tables.iter().filter(|table| !documentation.contains(&format!("\n| `{table}` | "))).collect();
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
}
