//! SQLite through Spin.

use domain::StorageError;
use spin_sdk::sqlite::{Connection, Value as SpinValue};
use store::{Database, Row, Value};

/// An open connection to the database `default`.
///
/// Opening one opens the file and parses the schema, so an instance keeps one and its requests share it.
pub struct SpinDatabase(Connection);

impl SpinDatabase {
    /// Opens the database.
    pub(crate) async fn open() -> Result<Self, StorageError> {
        Connection::open_default().await.map(Self).map_err(|error| StorageError(error.to_string()))
    }
}

impl Database for SpinDatabase {
    async fn query(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, StorageError> {
        let params = params.into_iter().map(|value| match value {
            Value::Null => SpinValue::Null,
            Value::Integer(integer) => SpinValue::Integer(integer),
            Value::Text(text) => SpinValue::Text(text),
            Value::Blob(bytes) => SpinValue::Blob(bytes),
        });
        let failed = |error: spin_sdk::sqlite::Error| StorageError(error.to_string());
        // `collect` waits for the end of the statement, where its error shows.
        let rows = self.0.execute(sql, params).await.map_err(failed)?.collect().await.map_err(failed)?;
        rows.into_iter().map(|row| row.values.into_iter().map(value).collect::<Result<_, _>>().map(Row::new)).collect()
    }
}

fn value(value: SpinValue) -> Result<Value, StorageError> {
    match value {
        SpinValue::Null => Ok(Value::Null),
        SpinValue::Integer(integer) => Ok(Value::Integer(integer)),
        SpinValue::Text(text) => Ok(Value::Text(text)),
        SpinValue::Blob(bytes) => Ok(Value::Blob(bytes)),
        SpinValue::Real(_) => Err(StorageError("stored data is broken: a column is REAL".to_owned())),
    }
}
