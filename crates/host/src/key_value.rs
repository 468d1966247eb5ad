//! Key-value stores with the rules of Spin's own provider: all of them in one table of one SQLite database, behind one
//! connection and one mutex.
//!
//! The calls block the thread they run on after telling tokio so, as in Spin; outside of a multi-threaded runtime
//! only the tests use them.

use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{OptionalExtension, named_params, params};
use tokio::sync::{mpsc, oneshot};

use crate::faults::{Faults, Use};
use crate::sqlite::{Location, MAX_RESULT_BYTES};

/// Spin's table, so that either host can open what the other wrote.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL,
    key   TEXT NOT NULL,
    value BLOB NOT NULL,

    PRIMARY KEY (store, key)
)";
const GET: &str = "SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2";
const SET: &str = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
    ON CONFLICT (store, key) DO UPDATE SET value = ?3";

/// What went wrong, for the guest to read.
pub type Error = String;

/// A key and its value, which is always there: the type is that of `wasi:keyvalue`.
pub type Entry = (String, Option<Vec<u8>>);

/// The database that holds all stores.
pub struct Database {
    location: Location,
    faults: Faults,
    /// Made with the first open.
    connection: Mutex<Option<rusqlite::Connection>>,
}

/// One store, as a guest's handle stands for it.
#[derive(Clone)]
pub struct Store {
    label: String,
    database: Arc<Database>,
}

impl Database {
    /// A database that is opened with the first store.
    #[must_use]
    pub fn new(location: Location) -> Self {
        Self { location, faults: Faults::default(), connection: Mutex::new(None) }
    }

    /// The same, with these faults.
    #[must_use]
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// Opens the store `label`.
    ///
    /// # Errors
    ///
    /// The database cannot be opened.
    pub fn open(self: &Arc<Self>, label: &str) -> Result<Store, Error> {
        let store = Store { label: label.to_owned(), database: Arc::clone(self) };
        store.with(|_| Ok(()))?;
        Ok(store)
    }

    /// Closes the connection; another use would open it again.
    pub fn close(&self) {
        self.lock().take();
    }

    fn lock(&self) -> MutexGuard<'_, Option<rusqlite::Connection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, work: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        self.faults.meet(Use::KeyValue)?;
        let mut inner = self.lock();
        let connection = match inner.take() {
            Some(connection) => connection,
            None => connect(&self.location).map_err(text)?,
        };
        work(inner.insert(connection)).map_err(text)
    }
}

impl Store {
    /// The value of `key`.
    ///
    /// # Errors
    ///
    /// SQLite's text, or that the value is larger than the limit.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let value = self.with(|connection| get(connection, &self.label, key))?;
        check_size(size_of::<Option<Vec<u8>>>() + value.as_ref().map_or(0, Vec::len))?;
        Ok(value)
    }

    /// Sets the value of `key`. It is on disk when this returns.
    ///
    /// # Errors
    ///
    /// SQLite's text.
    pub fn set(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        self.with(|connection| set(connection, &self.label, key, value))
    }

    /// Removes `key`, if it is there.
    ///
    /// # Errors
    ///
    /// SQLite's text.
    pub fn delete(&self, key: &str) -> Result<(), Error> {
        const DELETE: &str = "DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2";
        self.with(|connection| connection.prepare_cached(DELETE)?.execute([&self.label, key]).map(drop))
    }

    /// Whether `key` is there.
    ///
    /// # Errors
    ///
    /// SQLite's text.
    pub fn exists(&self, key: &str) -> Result<bool, Error> {
        self.with(|connection| get(connection, &self.label, key)).map(|value| value.is_some())
    }

    /// All keys, in no promised order.
    ///
    /// # Errors
    ///
    /// SQLite's text, or that they are more than the limit.
    pub fn keys(&self) -> Result<Vec<String>, Error> {
        let mut keys = Vec::new();
        let mut size = size_of::<Vec<String>>();
        self.each_key(|key| {
            size += size_of::<String>() + key.len();
            keys.push(key);
            check_size(size)
        })?;
        Ok(keys)
    }

    /// All keys as they are read, and how that ended.
    #[must_use]
    pub fn stream_keys(&self) -> (mpsc::Receiver<String>, oneshot::Receiver<Result<(), Error>>) {
        let (send_key, keys) = mpsc::channel(4);
        let (send_result, result) = oneshot::channel();
        let store = self.clone();
        tokio::task::spawn_blocking(move || {
            let ended = store.each_key(|key| {
                check_size(key.len())?;
                send_key.blocking_send(key).map_err(|_| "the key stream was dropped".to_owned())
            });
            let _ = send_result.send(ended);
        });
        (keys, result)
    }

    /// The values of those of `keys` that are there.
    ///
    /// # Errors
    ///
    /// SQLite's text, or that they are more than the limit.
    pub fn get_many(&self, keys: Vec<String>) -> Result<Vec<Entry>, Error> {
        const GET_MANY: &str = "SELECT key, value FROM spin_key_value WHERE store = :store AND key IN rarray(:keys)";
        let found = self.with(|connection| {
            let mut statement = connection.prepare_cached(GET_MANY)?;
            let rows = statement
                .query_map(named_params! { ":store": self.label, ":keys": sql_array(keys) }, |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            rows.collect::<rusqlite::Result<Vec<Entry>>>()
        })?;
        let size = |(key, value): &Entry| size_of::<Entry>() + key.len() + value.as_ref().map_or(0, Vec::len);
        check_size(found.iter().map(size).sum())?;
        Ok(found)
    }

    /// Sets all of `entries` or, after an error, none.
    ///
    /// # Errors
    ///
    /// SQLite's text.
    pub fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), Error> {
        self.with(|connection| {
            let transaction = connection.transaction()?;
            for (key, value) in entries {
                set(&transaction, &self.label, key, value)?;
            }
            transaction.commit()
        })
    }

    /// Removes those of `keys` that are there.
    ///
    /// # Errors
    ///
    /// SQLite's text.
    pub fn delete_many(&self, keys: Vec<String>) -> Result<(), Error> {
        const DELETE_MANY: &str = "DELETE FROM spin_key_value WHERE store = :store AND key IN rarray(:keys)";
        self.with(|connection| {
            let mut statement = connection.prepare_cached(DELETE_MANY)?;
            statement.execute(named_params! { ":store": self.label, ":keys": sql_array(keys) }).map(drop)
        })
    }

    /// Adds `delta` to the number at `key` (8 bytes, little-endian; 0 where there is none) and returns the sum.
    ///
    /// # Errors
    ///
    /// SQLite's text, the value is no such number, or the sum does not fit. In the last two cases Spin panics.
    pub fn increment(&self, key: &str, delta: i64) -> Result<i64, Error> {
        self.with(|connection| {
            let transaction = connection.transaction()?;
            let number = match get(&transaction, &self.label, key)?.map(<[u8; 8]>::try_from) {
                None => Some(0),
                Some(Ok(bytes)) => Some(i64::from_le_bytes(bytes)),
                Some(Err(_)) => None,
            };
            let Some(sum) = number.and_then(|number| number.checked_add(delta)) else { return Ok(None) };
            set(&transaction, &self.label, key, &sum.to_le_bytes())?;
            transaction.commit()?;
            Ok(Some(sum))
        })?
        .ok_or_else(|| format!("{key:?} holds no number, or it would not fit"))
    }

    fn each_key(&self, mut each: impl FnMut(String) -> Result<(), Error>) -> Result<(), Error> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1")?;
            let mut rows = statement.query([&self.label])?;
            while let Some(row) = rows.next()? {
                if let Err(error) = each(row.get(0)?) {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(()))
        })?
    }

    fn with<T>(&self, work: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        tokio::task::block_in_place(|| self.database.with(work))
    }
}

/// A pending compare-and-swap on one key.
pub struct CompareAndSwap {
    store: Store,
    key: String,
    /// What [`Self::current`] last saw.
    seen: Mutex<Option<Vec<u8>>>,
}

impl CompareAndSwap {
    /// Starts one, without reading the value.
    #[must_use]
    pub fn new(store: Store, key: String) -> Self {
        Self { store, key, seen: Mutex::new(None) }
    }

    /// The value now, which [`Self::swap`] will then expect.
    ///
    /// # Errors
    ///
    /// As for [`Store::get`].
    pub fn current(&self) -> Result<Option<Vec<u8>>, Error> {
        let value = self.store.get(&self.key)?;
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&value);
        Ok(value)
    }

    /// Sets the value if it is still the one that was seen; returns whether it was.
    ///
    /// **Where none was seen, this always succeeds and overwrites**: so it is in Spin, so an absent key has no single
    /// winner.
    ///
    /// # Errors
    ///
    /// SQLite's text.
    pub fn swap(&self, value: &[u8]) -> Result<bool, Error> {
        const SWAP: &str = "UPDATE spin_key_value SET value = ?3 WHERE store = ?1 AND key = ?2 AND value = ?4";
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(seen) = &*seen else {
            return self.store.set(&self.key, value).map(|()| true);
        };
        let parameters = params![self.store.label, self.key, value, seen];
        self.store.with(|connection| Ok(connection.prepare_cached(SWAP)?.execute(parameters)? == 1))
    }

    /// A new one for the same key that has seen the value of now, for a guest that lost and wants to try again.
    ///
    /// # Errors
    ///
    /// As for [`Store::get`].
    pub fn again(&self) -> Result<Self, Error> {
        let next = Self::new(self.store.clone(), self.key.clone());
        next.current()?;
        Ok(next)
    }
}

fn connect(location: &Location) -> rusqlite::Result<rusqlite::Connection> {
    let connection = match location {
        Location::Memory => rusqlite::Connection::open_in_memory(),
        Location::File(path) => rusqlite::Connection::open(path),
    }?;
    connection.execute(CREATE, [])?;
    rusqlite::vtab::array::load_module(&connection)?;
    Ok(connection)
}

fn get(connection: &rusqlite::Connection, label: &str, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    connection.prepare_cached(GET)?.query_row([label, key], |row| row.get(0)).optional()
}

fn set(connection: &rusqlite::Connection, label: &str, key: &str, value: &[u8]) -> rusqlite::Result<()> {
    connection.prepare_cached(SET)?.execute(params![label, key, value]).map(drop)
}

fn sql_array(keys: Vec<String>) -> Rc<Vec<rusqlite::types::Value>> {
    Rc::new(keys.into_iter().map(Into::into).collect())
}

fn check_size(size: usize) -> Result<(), Error> {
    if size > MAX_RESULT_BYTES {
        return Err(format!("query result exceeds limit of {MAX_RESULT_BYTES} bytes"));
    }
    Ok(())
}

fn text(error: rusqlite::Error) -> Error {
    error.to_string()
}

#[cfg(test)]
mod tests;
