//! A real SQLite file, opened as often as a test needs.

use std::{
    cell::Cell,
    fs,
    path::PathBuf,
    sync::{
        Barrier,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use domain::StorageError;
pub(crate) use futures_lite::future::block_on;
use rusqlite::{Connection, types::ValueRef};

use crate::{Database, Row, Store, Value, migrate};

/// A database file that goes with the test.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("spin-auth-store-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    /// A new connection, with the settings that Spin gives its own.
    pub(crate) fn open(&self) -> Sqlite {
        let connection = Connection::open(self.0.join("sqlite.db")).unwrap();
        connection.busy_timeout(Duration::from_secs(5)).unwrap();
        connection.pragma_update(None, "foreign_keys", "on").unwrap();
        Sqlite(connection, Cell::default())
    }

    /// A store over a new connection to the migrated file.
    pub(crate) fn store(&self) -> Store<Sqlite> {
        let database = self.open();
        block_on(migrate(&database, protocol::Timestamp(0))).unwrap();
        Store(database)
    }
}

/// Lets so many threads act at the same moment, each over its own connection; answers what each got.
pub(crate) fn race<T: Send>(file: &File, threads: usize, act: impl Fn(usize, Store<Sqlite>) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(threads);
    thread::scope(|scope| {
        let runners: Vec<_> = (0..threads)
            .map(|number| {
                let (start, act) = (&start, &act);
                scope.spawn(move || {
                    let store = file.store();
                    start.wait();
                    act(number, store)
                })
            })
            .collect();
        runners.into_iter().map(|runner| runner.join().unwrap()).collect()
    })
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A connection, and how many statements it was asked that only read, and that may write.
pub(crate) struct Sqlite(pub(crate) Connection, pub(crate) Cell<(u32, u32)>);

impl Database for Sqlite {
    async fn query(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, StorageError> {
        let run = || -> rusqlite::Result<Vec<Row>> {
            let mut statement = self.0.prepare_cached(sql)?;
            let (reads, writes) = self.1.get();
            self.1.set(if statement.readonly() { (reads + 1, writes) } else { (reads, writes + 1) });
            let columns = statement.column_count();
            let params = params.into_iter().map(|value| match value {
                Value::Null => rusqlite::types::Value::Null,
                Value::Integer(integer) => rusqlite::types::Value::Integer(integer),
                Value::Text(text) => rusqlite::types::Value::Text(text),
                Value::Blob(bytes) => rusqlite::types::Value::Blob(bytes),
            });
            let mut rows = statement.query(rusqlite::params_from_iter(params))?;
            let mut read = Vec::new();
            while let Some(row) = rows.next()? {
                let values = (0..columns).map(|at| {
                    Ok(match row.get_ref(at)? {
                        ValueRef::Null => Value::Null,
                        ValueRef::Integer(integer) => Value::Integer(integer),
                        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                        ValueRef::Real(_) => unreachable!("no column is REAL"),
                    })
                });
                read.push(Row::new(values.collect::<rusqlite::Result<_>>()?));
            }
            Ok(read)
        };
        run().map_err(|error| StorageError(error.to_string()))
    }
}
