//! The connections to a database, which all components share, and the line of those who write.
//!
//! To open one means to read and parse the whole schema and then to prepare every statement anew. What a connection knows of the
//! database, it must forget when another one writes. So few of them do the work: a handle has one as long as a statement
//! runs, the last that was used is used next, and nobody can tell, since a handle keeps one on which anything was set up that
//! belongs to a connection.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::Location;

/// The most that are kept for the next statement.
const MAX_IDLE: usize = 16;

/// How many statements each keeps prepared: those of several components.
const MAX_PREPARED: usize = 64;

/// How long a writer waits in line; SQLite, with its `busy_timeout`, waits as long for writers of other processes.
const PATIENCE: Duration = Duration::from_secs(5);

/// A database of all components.
#[derive(Debug)]
pub struct Database {
    location: Location,
    /// The last that was given back is taken first: if nobody has written since, it need not read again what it has read.
    idle: Mutex<Vec<Pooled>>,
    /// The last on which a statement failed, which is open and of no use. With its last connection SQLite takes a log away, and
    /// on a disk that is full, which may be why it failed, nobody could make it anew, not even to read.
    retired: Mutex<Option<Pooled>>,
    /// One place, for the one who writes. SQLite has one writer at a time, too, but no line: whoever finds it taken sleeps, up to
    /// a tenth of a second at a time, while others come and go.
    line: Semaphore,
}

/// A connection, and what tells whether others may have it.
#[derive(Debug)]
pub(super) struct Pooled {
    pub(super) connection: rusqlite::Connection,
    is_private: bool,
    /// Whether a statement was prepared that may leave something behind, such as a PRAGMA, a transaction, what is temporary.
    is_marked: Arc<AtomicBool>,
}

impl Database {
    /// The database there.
    #[must_use]
    pub fn new(location: Location) -> Self {
        Self { location, idle: Mutex::default(), retired: Mutex::default(), line: Semaphore::new(1) }
    }

    /// A connection that is as good as new, or is.
    pub(super) fn take(&self) -> rusqlite::Result<Pooled> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| open(&self.location), Ok)
    }

    /// Keeps a connection for others, or closes it. One of a file that could only be read never finds out that it can be
    /// written now.
    pub(super) fn give_back(&self, pooled: Pooled) {
        if pooled.connection.is_readonly("main").unwrap_or(true) {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(pooled);
        }
    }

    /// Has nobody use this connection again, on which a statement has failed: its file may be gone, or another one.
    pub(super) fn retire(&self, pooled: Pooled) {
        let before = self.retired.lock().unwrap_or_else(PoisonError::into_inner).replace(pooled);
        // Closing may take time, and others need not wait for it.
        drop(before);
    }

    /// The turn to write, which ends when this is dropped, if nobody has it.
    pub(super) fn turn_to_write_now(&self) -> Option<SemaphorePermit<'_>> {
        self.line.try_acquire().ok()
    }

    /// Waits for the turn to write.
    pub(super) fn turn_to_write(&self) -> rusqlite::Result<SemaphorePermit<'_>> {
        match Handle::current().block_on(async { timeout(PATIENCE, self.line.acquire()).await }) {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
                Some("database is locked".to_owned()),
            )),
        }
    }
}

impl Pooled {
    /// Whether its holder must keep it: what was done on it shows on no other.
    pub(super) fn is_of_its_holder(&self) -> bool {
        self.is_private || self.is_marked.load(Ordering::Relaxed) || !self.connection.is_autocommit()
    }

    /// Makes it the one whose last insert made this row.
    #[allow(unsafe_code, reason = "rusqlite has no call for it")]
    pub(super) fn set_last_insert_rowid(&self, rowid: i64) {
        // SAFETY: the connection is open as long as it is borrowed, and the call only stores the number in it.
        unsafe { rusqlite::ffi::sqlite3_set_last_insert_rowid(self.connection.handle(), rowid) }
    }
}

fn open(location: &Location) -> rusqlite::Result<Pooled> {
    let mut connection = match location {
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
            // They would tell of other handles. Spin's interface tells it of a guest's own.
            AuthAction::Function { function_name: "changes" | "total_changes" } => Authorization::Deny,
            _ => Authorization::Allow,
        }
    }))?;
    // A plan that depends on the values is made anew whenever a cached statement is used, which costs more than most
    // statements.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(MAX_PREPARED);
    Ok(Pooled { connection, is_private: matches!(location, Location::Memory), is_marked })
}

/// Whether it changes the connection and not the database alone.
fn is_of_the_connection(action: &AuthAction<'_>) -> bool {
    matches!(
        action,
        AuthAction::Attach { .. }
            | AuthAction::Detach { .. }
            | AuthAction::Pragma { .. }
            | AuthAction::Transaction { .. }
            | AuthAction::Savepoint { .. }
            | AuthAction::CreateTempIndex { .. }
            | AuthAction::CreateTempTable { .. }
            | AuthAction::CreateTempTrigger { .. }
            | AuthAction::CreateTempView { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether one on which this was done stays with its holder.
    fn stays(location: Location, statement: &str) -> bool {
        let pooled = Database::new(location).take().unwrap();
        pooled.connection.execute_batch("CREATE TABLE a (b INTEGER)").unwrap();
        pooled.connection.execute_batch(statement).unwrap();
        pooled.is_of_its_holder()
    }

    fn file(directory: &tempfile::TempDir) -> Location {
        Location::File(directory.path().join("a.db"))
    }

    #[test]
    fn a_connection_on_which_the_database_alone_was_used_is_for_others() {
        for statement in ["SELECT * FROM a", "INSERT INTO a VALUES (1) RETURNING b", "CREATE INDEX c ON a (b)"] {
            assert!(!stays(file(&tempfile::tempdir().unwrap()), statement), "{statement}");
        }
    }

    #[test]
    fn a_connection_on_which_something_was_set_up_stays_with_its_holder() {
        for statement in [
            "PRAGMA foreign_keys = OFF",
            "BEGIN",
            "BEGIN; ROLLBACK",
            "SAVEPOINT a",
            "ATTACH ':memory:' AS m",
            "CREATE TEMP TABLE t (a)",
            "CREATE TEMP VIEW v AS SELECT 1",
            "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; END",
        ] {
            assert!(stays(file(&tempfile::tempdir().unwrap()), statement), "{statement}");
        }
        assert!(stays(Location::Memory, "SELECT 1"), "each has a database of its own");
    }

    #[test]
    fn no_more_are_kept_than_a_few() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::new(file(&directory));
        let taken: Vec<_> = (0..=MAX_IDLE).map(|_| database.take().unwrap()).collect();
        taken.into_iter().for_each(|pooled| database.give_back(pooled));
        assert_eq!(database.idle.into_inner().unwrap().len(), MAX_IDLE);
    }
}
