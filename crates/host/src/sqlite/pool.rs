//! Connections that outlive the instance that opened them, and the line of those who write.
//!
//! To open one means to read and parse the whole schema and then to prepare every statement anew, more than all other work
//! of a new instance. So a connection is handed on to the next instance of the same component, which cannot tell it from
//! a new one: one on which anything was set up that belongs to a connection is closed, not handed on.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::Location;

/// The most that are kept for the next instance.
const MAX_IDLE: usize = 4;

/// How long a writer waits in line; SQLite, with its `busy_timeout`, waits as long for writers of other processes.
const PATIENCE: Duration = Duration::from_secs(5);

/// A database of all components.
#[derive(Debug)]
pub struct Database {
    location: Location,
    /// One place, for the one who writes. SQLite has one writer at a time, too, but no line: whoever finds it taken sleeps, up to
    /// a tenth of a second at a time, while others come and go.
    line: Semaphore,
}

impl Database {
    /// The database there.
    #[must_use]
    pub fn new(location: Location) -> Self {
        Self { location, line: Semaphore::new(1) }
    }
}

/// The connections of one component to one database.
#[derive(Debug)]
pub struct Pool {
    database: Arc<Database>,
    idle: Mutex<Vec<Pooled>>,
}

/// A connection, and what tells whether the next instance may have it.
#[derive(Debug)]
pub(super) struct Pooled {
    pub(super) connection: rusqlite::Connection,
    database: Arc<Database>,
    /// Whether a statement was prepared that may leave something behind, such as a PRAGMA, a transaction, what is temporary; or
    /// one has failed, such as on a file that could only be read when it was opened.
    is_marked: Arc<AtomicBool>,
    /// Whether the one who holds it has written.
    pub(super) has_written: Cell<bool>,
}

impl Pool {
    /// A pool that is empty.
    #[must_use]
    pub fn new(database: Arc<Database>) -> Self {
        Self { database, idle: Mutex::default() }
    }

    /// A connection that is as good as new, or is.
    pub(super) fn take(&self) -> rusqlite::Result<Pooled> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| open(&self.database), Ok)
    }

    /// Keeps a connection that its holder needs no more, or closes it.
    pub(super) fn give_back(&self, pooled: Pooled) {
        let is_private = matches!(self.database.location, Location::Memory);
        if is_private || pooled.is_marked.load(Ordering::Relaxed) || !pooled.connection.is_autocommit() {
            return;
        }
        pooled.has_written.set(false);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(pooled);
        }
    }
}

impl Pooled {
    /// Has it closed and not handed on.
    pub(super) fn mark(&self) {
        self.is_marked.store(true, Ordering::Relaxed);
    }

    /// Waits for the turn to write, which ends when this is dropped. A transaction has had its turn when it began.
    pub(super) fn turn_to_write(&self) -> rusqlite::Result<Option<SemaphorePermit<'_>>> {
        let line = &self.database.line;
        if !self.connection.is_autocommit() {
            return Ok(None);
        }
        if let Ok(turn) = line.try_acquire() {
            return Ok(Some(turn));
        }
        match Handle::current().block_on(async { timeout(PATIENCE, line.acquire()).await }) {
            Ok(Ok(turn)) => Ok(Some(turn)),
            _ => Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
                Some("database is locked".to_owned()),
            )),
        }
    }
}

fn open(database: &Arc<Database>) -> rusqlite::Result<Pooled> {
    let mut connection = match &database.location {
        Location::Memory => rusqlite::Connection::open_in_memory(),
        Location::File(path) => rusqlite::Connection::open(path),
    }?;
    let is_marked = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&is_marked);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        if is_of_the_connection(&context.action) {
            mark.store(true, Ordering::Relaxed);
        }
        match context.action {
            // A guest must not reach other files: only temporary and in-memory databases may be attached.
            AuthAction::Attach { filename } if !matches!(filename, "" | ":memory:") => Authorization::Deny,
            _ => Authorization::Allow,
        }
    }))?;
    // A plan that depends on the values is made anew whenever a cached statement is used, which costs more than most
    // statements.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(Pooled { connection, database: Arc::clone(database), is_marked, has_written: Cell::new(false) })
}

/// Whether it changes the connection, or tells what was done on it before, and not the database alone.
fn is_of_the_connection(action: &AuthAction<'_>) -> bool {
    match action {
        AuthAction::Attach { .. }
        | AuthAction::Detach { .. }
        | AuthAction::Pragma { .. }
        | AuthAction::Transaction { .. }
        | AuthAction::Savepoint { .. }
        | AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempView { .. } => true,
        AuthAction::Function { function_name } => {
            matches!(*function_name, "changes" | "total_changes" | "last_insert_rowid")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many connections are kept after one on which this was done was given back.
    fn kept(location: Location, statement: &str) -> usize {
        let pool = Pool::new(Arc::new(Database::new(location)));
        let pooled = pool.take().unwrap();
        pooled.connection.execute_batch("CREATE TABLE a (b INTEGER)").unwrap();
        pooled.connection.execute_batch(statement).unwrap();
        pool.give_back(pooled);
        pool.idle.into_inner().unwrap().len()
    }

    fn file(directory: &tempfile::TempDir) -> Location {
        Location::File(directory.path().join("a.db"))
    }

    #[test]
    fn a_connection_on_which_the_database_alone_was_used_is_kept() {
        for statement in ["SELECT * FROM a", "INSERT INTO a VALUES (1) RETURNING b", "CREATE INDEX c ON a (b)"] {
            assert_eq!(kept(file(&tempfile::tempdir().unwrap()), statement), 1, "{statement}");
        }
    }

    #[test]
    fn a_connection_on_which_something_was_set_up_is_closed() {
        for statement in [
            "PRAGMA foreign_keys = OFF",
            "BEGIN",
            "BEGIN; ROLLBACK",
            "SAVEPOINT a",
            "ATTACH ':memory:' AS m",
            "CREATE TEMP TABLE t (a)",
            "CREATE TEMP VIEW v AS SELECT 1",
            "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; END",
            "SELECT last_insert_rowid()",
        ] {
            assert_eq!(kept(file(&tempfile::tempdir().unwrap()), statement), 0, "{statement}");
        }
        assert_eq!(kept(Location::Memory, "SELECT 1"), 0, "each has a database of its own");
    }

    #[test]
    fn no_more_are_kept_than_a_few() {
        let directory = tempfile::tempdir().unwrap();
        let pool = Pool::new(Arc::new(Database::new(file(&directory))));
        let taken: Vec<_> = (0..MAX_IDLE + 1).map(|_| pool.take().unwrap()).collect();
        taken.into_iter().for_each(|pooled| pool.give_back(pooled));
        assert_eq!(pool.idle.into_inner().unwrap().len(), MAX_IDLE);
    }
}
