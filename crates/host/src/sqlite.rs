//! SQLite databases with the rules of Spin's in-process provider.
//!
//! To a guest every open is a connection of its own, with the defaults of rusqlite and of the SQLite that it brings: foreign keys
//! on, `busy_timeout` 5 s. `ATTACH` of files is denied, and so are the functions `changes` and `total_changes`, unlike in Spin.
//! Statements run on tokio's blocking threads, one at a time per handle.

mod pool;

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::CachedStatement;
use rusqlite::types::{self, FromSql, FromSqlError, FromSqlResult, ValueRef};
use tokio::sync::{mpsc, oneshot};

use crate::bindings::spin::sqlite::sqlite::{Error, QueryResult, RowResult, Value};
use crate::faults::{Faults, Use};

pub use pool::Database;
use pool::Pooled;

/// How many connections one instance may hold open.
pub const MAX_CONNECTIONS: usize = 256;

/// The most that one result, or one row of a streamed result, may take, in bytes.
pub const MAX_RESULT_BYTES: usize = 128 << 20;

/// How many rows wait for the guest before SQLite stops stepping.
const ROWS_AHEAD: usize = 4;

/// Where a database is kept.
#[derive(Clone, Debug)]
pub enum Location {
    /// Nowhere: each connection has its own empty database.
    Memory,
    /// In this file, made when it is first used.
    File(PathBuf),
}

/// An open connection, as a guest's handle stands for it.
#[derive(Clone)]
pub struct Connection {
    faults: Faults,
    inner: Arc<Mutex<Lease>>,
    last_write: Arc<LastWrite>,
}

/// What a guest's handle stands for.
struct Lease {
    database: Arc<Database>,
    /// Kept from one statement to the next where others would see what was done on it, or the handle would miss it.
    kept: Option<Pooled>,
}

/// What a handle can be asked for at any time, also while it gives rows.
#[derive(Default)]
struct LastWrite {
    changes: AtomicU64,
    rowid: AtomicI64,
}

/// The result of a statement while it is being read.
pub struct Rows {
    /// The names of the columns; empty where the statement could not be prepared.
    pub columns: Vec<String>,
    /// The rows, in order.
    pub rows: mpsc::Receiver<RowResult>,
    /// How it ended. An error in the statement shows here only.
    pub result: oneshot::Receiver<Result<(), Error>>,
}

impl Connection {
    /// A connection that meets these faults.
    #[must_use]
    pub fn new(database: Arc<Database>, faults: Faults) -> Self {
        Self { faults, inner: Arc::new(Mutex::new(Lease { database, kept: None })), last_write: Arc::default() }
    }

    /// Runs one statement and collects what it returns.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] with SQLite's text, or that the result is too large.
    pub async fn execute(&self, statement: String, parameters: Vec<Value>) -> Result<QueryResult, Error> {
        let connection = self.clone();
        let work = move || connection.with(&statement, |prepared| collect(&mut prepared.map_err(io)?, parameters));
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::Io(error.to_string()))?
    }

    /// Starts one statement and gives its rows as they come.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the connection cannot be made. All else shows in [`Rows::result`].
    pub async fn stream(&self, statement: String, parameters: Vec<Value>) -> Result<Rows, Error> {
        let (send_columns, columns) = oneshot::channel();
        let (send_row, rows) = mpsc::channel(ROWS_AHEAD);
        let (send_result, result) = oneshot::channel();
        let connection = self.clone();
        tokio::task::spawn_blocking(move || {
            let mut send_columns = Some(send_columns);
            let ended = connection.with(&statement, |prepared| {
                let columns = prepared.as_ref().map(|statement| column_names(statement)).unwrap_or_default();
                let width = columns.len();
                if let Some(send) = send_columns.take() {
                    send.send(Ok(columns)).map_err(|_| Error::Io("nobody reads the result".to_owned()))?;
                }
                send_rows(&mut *prepared.map_err(io)?, parameters, width, &send_row)
            });
            // Only now, with the connection free again: whoever waits for the end can use it at once.
            let _ = match (ended, send_columns) {
                (Err(error), Some(send)) => send.send(Err(error)).is_ok(),
                (ended, _) => send_result.send(ended).is_ok(),
            };
        });
        let columns = columns.await.map_err(|error| Error::Io(error.to_string()))??;
        Ok(Rows { columns, rows, result })
    }

    /// How many rows the last INSERT, UPDATE or DELETE of this connection changed.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.last_write.changes.load(Ordering::Relaxed)
    }

    /// The rowid of the last INSERT of this connection, or 0.
    #[must_use]
    pub fn last_insert_rowid(&self) -> i64 {
        self.last_write.rowid.load(Ordering::Relaxed)
    }

    /// Does the work of this statement, on whichever connection it falls to.
    fn with<T>(
        &self,
        sql: &str,
        work: impl FnOnce(rusqlite::Result<CachedStatement<'_>>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut lease = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let database = Arc::clone(&lease.database);
        let mut pooled = lease.take()?;
        let readonly = pooled.connection.prepare_cached(sql).map(|statement| statement.readonly());
        // What cannot be prepared does not get as far as the storage.
        let used = readonly.ok().map(|readonly| if readonly { Use::Read } else { Use::Write });
        if let Some(Err(text)) = used.map(|used| self.faults.meet(used)) {
            lease.put(pooled);
            return Err(Error::Io(text));
        }
        let writes = used == Some(Use::Write);
        // A transaction has had its turn when it began.
        let needs_turn = writes && pooled.connection.is_autocommit();
        let mut turn = needs_turn.then(|| database.turn_to_write_now()).flatten();
        if needs_turn && turn.is_none() {
            // The one whose turn it is leaves a connection that has seen everything that was written.
            lease.put(pooled);
            turn = Some(database.turn_to_write().map_err(io)?);
            pooled = lease.take()?;
        }
        pooled.set_last_insert_rowid(self.last_insert_rowid());
        let before = pooled.connection.total_changes();
        let done = work(pooled.connection.prepare_cached(sql));
        if writes {
            let has_changed = pooled.connection.total_changes() != before;
            let changes = if has_changed { pooled.connection.changes() } else { 0 };
            self.last_write.changes.store(changes, Ordering::Relaxed);
            self.last_write.rowid.store(pooled.connection.last_insert_rowid(), Ordering::Relaxed);
        }
        if done.is_ok() || pooled.is_of_its_holder() {
            lease.put(pooled);
        } else {
            database.retire(pooled);
        }
        drop(turn);
        done
    }
}

impl Lease {
    fn take(&mut self) -> Result<Pooled, Error> {
        self.kept.take().map_or_else(|| self.database.take().map_err(io), Ok)
    }

    fn put(&mut self, pooled: Pooled) {
        match pooled.is_of_its_holder() {
            true => self.kept = Some(pooled),
            false => self.database.give_back(pooled),
        }
    }
}

fn collect(statement: &mut CachedStatement<'_>, parameters: Vec<Value>) -> Result<QueryResult, Error> {
    let columns = column_names(statement);
    let mut rows = statement.query(rusqlite::params_from_iter(sql_values(parameters))).map_err(io)?;
    let mut collected = Vec::new();
    let mut size = size_of::<QueryResult>();
    while let Some(row) = rows.next().map_err(io)? {
        let row = read_row(row, columns.len())?;
        size += memory_size(&row);
        check_size(size)?;
        collected.push(row);
    }
    Ok(QueryResult { columns, rows: collected })
}

fn send_rows(
    statement: &mut rusqlite::Statement,
    parameters: Vec<Value>,
    width: usize,
    send: &mpsc::Sender<RowResult>,
) -> Result<(), Error> {
    let mut rows = statement.query(rusqlite::params_from_iter(sql_values(parameters))).map_err(io)?;
    while let Some(row) = rows.next().map_err(io)? {
        let row = read_row(row, width)?;
        check_size(memory_size(&row))?;
        // The guest dropped the stream: it wants no more rows, and the statement ends here.
        send.blocking_send(row).map_err(|_| Error::Io("the row stream was dropped".to_owned()))?;
    }
    Ok(())
}

fn column_names(statement: &rusqlite::Statement) -> Vec<String> {
    statement.column_names().map(ToOwned::to_owned).collect()
}

fn read_row(row: &rusqlite::Row, width: usize) -> Result<RowResult, Error> {
    let values = (0..width).map(|column| row.get::<_, Cell>(column).map(|Cell(value)| value).map_err(io));
    Ok(RowResult { values: values.collect::<Result<_, _>>()? })
}

struct Cell(Value);

impl FromSql for Cell {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(Self(match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Real(number) => Value::Real(number),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            // SQLite does not check that text is UTF-8. Spin panics here.
            ValueRef::Text(bytes) => Value::Text(String::from_utf8(bytes.to_vec()).map_err(FromSqlError::other)?),
        }))
    }
}

fn sql_values(parameters: Vec<Value>) -> impl Iterator<Item = types::Value> {
    parameters.into_iter().map(|value| match value {
        Value::Null => types::Value::Null,
        Value::Integer(number) => types::Value::Integer(number),
        Value::Real(number) => types::Value::Real(number),
        Value::Text(text) => types::Value::Text(text),
        Value::Blob(bytes) => types::Value::Blob(bytes),
    })
}

fn memory_size(row: &RowResult) -> usize {
    let content = |value: &Value| match value {
        Value::Null | Value::Integer(_) | Value::Real(_) => 0,
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
    };
    row.values.iter().map(|value| size_of::<Value>() + content(value)).sum()
}

fn check_size(size: usize) -> Result<(), Error> {
    if size > MAX_RESULT_BYTES {
        return Err(Error::Io(format!("query result exceeds limit of {MAX_RESULT_BYTES} bytes")));
    }
    Ok(())
}

fn io(error: rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}

#[cfg(test)]
mod tests;
