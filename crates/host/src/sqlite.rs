//! SQLite databases with the rules of Spin's in-process provider.
//!
//! Every open is a connection of its own, taken from a pool with the first statement: foreign keys on, `busy_timeout` 5 s and 16
//! cached statements (the defaults of rusqlite and of the SQLite that it brings), no PRAGMA, `ATTACH` of files denied.
//! Statements run on tokio's blocking threads, one at a time per connection.

mod pool;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::{self, FromSql, FromSqlError, FromSqlResult, ValueRef};
use tokio::sync::{SemaphorePermit, mpsc, oneshot};

use crate::bindings::spin::sqlite::sqlite::{Error, QueryResult, RowResult, Value};
use crate::faults::{Faults, Use};

use pool::Pooled;
pub use pool::{Database, Pool};

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
}

/// A connection as long as a guest's handle stands for it.
struct Lease {
    pool: Arc<Pool>,
    /// Taken with the first statement.
    pooled: Option<Pooled>,
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
    /// A connection that will be taken with the first statement, and meets these faults.
    #[must_use]
    pub fn new(pool: Arc<Pool>, faults: Faults) -> Self {
        Self { faults, inner: Arc::new(Mutex::new(Lease { pool, pooled: None })) }
    }

    /// Runs one statement and collects what it returns.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] with SQLite's text, or that the result is too large.
    pub async fn execute(&self, statement: String, parameters: Vec<Value>) -> Result<QueryResult, Error> {
        let faults = self.faults.clone();
        self.blocking(move |pooled| {
            let mut statement = pooled.connection.prepare_cached(&statement).map_err(io)?;
            let columns = column_names(&statement);
            let _turn = begin(pooled, &faults, &statement)?;
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
        })
        .await
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
        let (connection, faults) = (self.clone(), self.faults.clone());
        tokio::task::spawn_blocking(move || {
            let mut send_columns = Some(send_columns);
            let ended = connection.with(|pooled| {
                let prepared = pooled.connection.prepare_cached(&statement);
                let columns = prepared.as_ref().map(|statement| column_names(statement)).unwrap_or_default();
                let width = columns.len();
                if let Some(send) = send_columns.take() {
                    send.send(Ok(columns)).map_err(|_| Error::Io("nobody reads the result".to_owned()))?;
                }
                let mut statement = prepared.map_err(io)?;
                let _turn = begin(pooled, &faults, &statement)?;
                send_rows(&mut statement, parameters, width, &send_row)
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

    /// How many rows the last finished INSERT, UPDATE or DELETE of this connection changed.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the connection cannot be made.
    pub async fn changes(&self) -> Result<u64, Error> {
        self.blocking(|pooled| Ok(if pooled.has_written.get() { pooled.connection.changes() } else { 0 })).await
    }

    /// The rowid of the last INSERT of this connection, or 0.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the connection cannot be made.
    pub async fn last_insert_rowid(&self) -> Result<i64, Error> {
        self.blocking(|pooled| Ok(if pooled.has_written.get() { pooled.connection.last_insert_rowid() } else { 0 }))
            .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Pooled) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let connection = self.clone();
        let done = tokio::task::spawn_blocking(move || connection.with(work)).await;
        done.map_err(|error| Error::Io(error.to_string()))?
    }

    fn with<T>(&self, work: impl FnOnce(&Pooled) -> Result<T, Error>) -> Result<T, Error> {
        let mut lease = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let pooled = match lease.pooled.take() {
            Some(pooled) => pooled,
            None => lease.pool.take().map_err(io)?,
        };
        let pooled = lease.pooled.insert(pooled);
        work(pooled).inspect_err(|_| pooled.mark())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(pooled) = self.pooled.take() {
            self.pool.give_back(pooled);
        }
    }
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

/// Before the first step of a statement, where SQLite's own faults mostly show, too. What it gives is held until the last.
fn begin<'a>(
    pooled: &'a Pooled,
    faults: &Faults,
    statement: &rusqlite::Statement,
) -> Result<Option<SemaphorePermit<'a>>, Error> {
    if statement.readonly() {
        return faults.meet(Use::Read).map(|()| None).map_err(Error::Io);
    }
    pooled.has_written.set(true);
    faults.meet(Use::Write).map_err(Error::Io)?;
    pooled.turn_to_write().map_err(io)
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
