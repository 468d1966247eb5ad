//! The database as this crate needs it: one statement in, rows out.

use domain::{Id, StorageError};
use protocol::{Timestamp, scope::Scope, secret::SecretHash};

/// A value of a parameter or a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `NULL`
    Null,
    /// `INTEGER`
    Integer(i64),
    /// `TEXT`
    Text(String),
    /// `BLOB`
    Blob(Vec<u8>),
}

/// Something that runs SQL.
pub trait Database {
    /// Runs one statement and answers its rows, after it has wholly succeeded: an error that shows only at the end
    /// must not be lost.
    async fn query(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, StorageError>;
}

/// A row of an answer. Each reader takes the next column; what is not as the schema has it is a [`StorageError`].
pub struct Row(std::vec::IntoIter<Value>);

impl Row {
    /// A row of these columns.
    pub fn new(columns: Vec<Value>) -> Self {
        Self(columns.into_iter())
    }

    fn next(&mut self) -> Result<Value, StorageError> {
        self.0.next().ok_or_else(|| broken("a column is missing"))
    }

    /// The next column, an integer.
    pub(crate) fn integer(&mut self) -> Result<i64, StorageError> {
        self.optional_integer()?.ok_or_else(|| broken("an integer is NULL"))
    }

    /// The next column, an integer or `NULL`.
    pub(crate) fn optional_integer(&mut self) -> Result<Option<i64>, StorageError> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Integer(integer) => Ok(Some(integer)),
            _ => Err(broken("a column is no integer")),
        }
    }

    /// The next column, a text.
    pub(crate) fn text(&mut self) -> Result<String, StorageError> {
        self.optional_text()?.ok_or_else(|| broken("a text is NULL"))
    }

    /// The next column, a text or `NULL`.
    pub(crate) fn optional_text(&mut self) -> Result<Option<String>, StorageError> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => Err(broken("a column is no text")),
        }
    }

    /// The next column, octets or `NULL`.
    pub(crate) fn optional_blob(&mut self) -> Result<Option<Vec<u8>>, StorageError> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Blob(bytes) => Ok(Some(bytes)),
            _ => Err(broken("a column is no blob")),
        }
    }

    /// The next column, octets.
    pub(crate) fn blob(&mut self) -> Result<Vec<u8>, StorageError> {
        self.optional_blob()?.ok_or_else(|| broken("a blob is NULL"))
    }

    /// The next column, an identifier.
    pub(crate) fn id(&mut self) -> Result<Id, StorageError> {
        self.optional_id()?.ok_or_else(|| broken("an identifier is NULL"))
    }

    /// The next column, an identifier or `NULL`.
    pub(crate) fn optional_id(&mut self) -> Result<Option<Id>, StorageError> {
        let bytes = self.optional_blob()?;
        bytes
            .map(|bytes| Id::from_bytes(&bytes).ok_or_else(|| broken("an identifier has the wrong length")))
            .transpose()
    }

    /// The next column, a point in time.
    pub(crate) fn time(&mut self) -> Result<Timestamp, StorageError> {
        self.integer().map(Timestamp)
    }

    /// The next column, a scope.
    pub(crate) fn scope(&mut self) -> Result<Scope, StorageError> {
        Scope::try_from(self.text()?).map_err(|_| broken("a scope is malformed"))
    }

    /// The next column, a hash or `NULL`.
    pub(crate) fn optional_hash(&mut self) -> Result<Option<SecretHash>, StorageError> {
        let bytes = self.optional_blob()?;
        bytes
            .map(|bytes| SecretHash::from_stored(&bytes).ok_or_else(|| broken("a hash has the wrong length")))
            .transpose()
    }

    /// Leaves out so many columns.
    pub(crate) fn skip(&mut self, columns: usize) -> Result<(), StorageError> {
        (0..columns).try_for_each(|_| self.next().map(drop))
    }
}

/// Stored data is not as the schema has it.
pub(crate) fn broken(what: &str) -> StorageError {
    StorageError(format!("stored data is broken: {what}"))
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<u32> for Value {
    fn from(integer: u32) -> Self {
        Self::Integer(integer.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Integer(flag.into())
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Integer(time.0)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&Scope> for Value {
    fn from(scope: &Scope) -> Self {
        Self::Text(scope.to_string())
    }
}

impl From<Id> for Value {
    fn from(id: Id) -> Self {
        Self::Blob(id.as_bytes().to_vec())
    }
}

impl From<&SecretHash> for Value {
    fn from(hash: &SecretHash) -> Self {
        Self::Blob(hash.as_bytes().to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The parameters of a statement, in order.
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::database::Value::from($value)),*] };
}
pub(crate) use params;

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: impl Into<Value>) -> Row {
        Row::new(vec![value.into()])
    }

    #[test]
    fn what_is_not_as_the_schema_has_it_is_an_error_and_no_panic() {
        assert!(Row::new(vec![]).integer().is_err());
        assert!(row("1").integer().is_err() && row(1_i64).text().is_err() && row("x").blob().is_err());
        assert!(row(Value::Null).integer().is_err() && row(Value::Null).text().is_err());
        assert!(row(vec![0; 15]).id().is_err() && row(vec![0; 31]).optional_hash().is_err());
        assert!(row("a  b").scope().is_err() && row(1_i64).skip(2).is_err());
    }

    #[test]
    fn what_may_be_null_is_none() {
        assert_eq!(row(Value::Null).optional_integer().unwrap(), None);
        assert_eq!(row(Value::Null).optional_text().unwrap(), None);
        assert_eq!(row(Value::Null).optional_blob().unwrap(), None);
        assert_eq!(row(Value::Null).optional_id().unwrap(), None);
        assert!(row(Value::Null).optional_hash().unwrap().is_none());
        assert_eq!(Value::from(None::<&str>), Value::Null);
    }

    #[test]
    fn an_error_does_not_show_what_was_stored() {
        let error = row("hunter2").integer().unwrap_err();
        assert!(!error.0.contains("hunter2"));
    }
}
