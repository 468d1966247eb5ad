//! SQLite through Spin.

use domain::StorageError;
use spin_sdk::sqlite::wit::sqlite::{Connection, Error, Value as SpinValue};
use store::{Database, Row, Value};

/// An open connection to the database `default`.
///
/// Opening one opens the file and parses the schema, so an instance keeps one and its requests share it.
pub struct SpinDatabase(Connection);

impl SpinDatabase {
    /// Opens the database.
    pub(crate) fn open() -> Result<Self, StorageError> {
        Connection::open("default").map(Self).map_err(failed)
    }
}

impl Database for SpinDatabase {
    /// Asks the host to run the statement and give all of its rows, and waits for it: one call, where a stream of rows
    /// takes a dozen and several turns of the host's event loop. An instance does nothing else meanwhile, and the host
    /// gives other requests to other instances (docs/adr/0032-a-statement-is-one-call.md).
    async fn query(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, StorageError> {
        let params: Vec<_> = params.into_iter().map(parameter).collect();
        let rows = self.0.execute(sql, &params).map_err(failed)?.rows;
        rows.into_iter().map(|row| row.values.into_iter().map(column).collect::<Result<_, _>>().map(Row::new)).collect()
    }
}

fn failed(error: Error) -> StorageError {
    StorageError(error.to_string())
}

fn parameter(value: Value) -> SpinValue {
    match value {
        Value::Null => SpinValue::Null,
        Value::Integer(integer) => SpinValue::Integer(integer),
        Value::Text(text) => SpinValue::Text(text),
        Value::Blob(bytes) => SpinValue::Blob(bytes),
    }
}

fn column(value: SpinValue) -> Result<Value, StorageError> {
    match value {
        SpinValue::Null => Ok(Value::Null),
        SpinValue::Integer(integer) => Ok(Value::Integer(integer)),
        SpinValue::Text(text) => Ok(Value::Text(text)),
        SpinValue::Blob(bytes) => Ok(Value::Blob(bytes)),
        SpinValue::Real(_) => Err(StorageError("stored data is broken: a column is REAL".to_owned())),
    }
}
