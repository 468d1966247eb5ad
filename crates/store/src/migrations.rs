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
    apply(database, &MIGRATIONS, now).await
}

async fn apply(database: &impl Database, migrations: &[&'static str], now: Timestamp) -> Result<(), StorageError> {
    let version = version(database).await?;
    // In the default journal a write blocks every reader and costs several fsyncs. The mode stays in the file. A remote
    // libSQL refuses the statement; it has its own log.
    let _ = database.query("PRAGMA journal_mode=WAL", vec![]).await;
    for (number, migration) in (1..).zip(migrations).filter(|(number, _)| *number > version) {
        for statement in statements(migration) {
            match database.query(statement, vec![]).await {
                // Another instance, or one that broke off, has done it: SQLite has no ADD COLUMN IF NOT EXISTS.
                Err(StorageError(reason)) if was_done(statement, &reason) => {}
                answer => drop(answer?),
            }
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

/// Whether a change of a column failed because the column is as it would have become.
fn was_done(statement: &str, reason: &str) -> bool {
    let (adds, drops) = (statement.contains(" ADD COLUMN "), statement.contains(" DROP COLUMN "));
    statement.contains("ALTER TABLE ")
        && (adds && reason.contains("duplicate column name") || drops && reason.contains("no such column"))
}

/// The statements of a migration: paragraphs that are more than a comment.
fn statements(migration: &'static str) -> impl Iterator<Item = &'static str> {
    migration
        .split("\n\n")
        .map(str::trim)
        .filter(|paragraph| paragraph.lines().any(|line| !line.trim().is_empty() && !line.starts_with("--")))
}

#[cfg(test)]
mod tests;
