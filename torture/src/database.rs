//! What the database says, read while the hosts have it open.

use std::path::Path;

use anyhow::Result;
use rusqlite::{Connection, OpenFlags, Params};

/// The databases of a state.
pub(crate) struct Database {
    sqlite: Connection,
    /// There is none before something was set.
    key_value: Option<Connection>,
}

impl Database {
    /// Opens them for reading.
    pub(crate) fn open(state: &Path) -> Result<Self> {
        let open = |path| Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let key_value = Some(state.join("sqlite_key_value.db")).filter(|path| path.exists());
        Ok(Self { sqlite: open(state.join("sqlite_db.db"))?, key_value: key_value.map(open).transpose()? })
    }

    /// One number.
    pub(crate) fn number(&self, sql: &str, params: impl Params) -> Result<i64> {
        Ok(self.sqlite.query_row(sql, params, |row| row.get(0))?)
    }

    /// What is wrong with the files, in SQLite's words.
    pub(crate) fn damage(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for connection in [&self.sqlite].into_iter().chain(&self.key_value) {
            let mut check = connection.prepare("PRAGMA integrity_check")?;
            let lines = check.query_map([], |row| row.get::<_, String>(0))?;
            found.extend(lines.collect::<Result<Vec<_>, _>>()?.into_iter().filter(|line| line != "ok"));
            let mut check = connection.prepare("PRAGMA foreign_key_check")?;
            let lines =
                check.query_map([], |row| Ok(format!("a row of {} without its parent", row.get::<_, String>(0)?)))?;
            found.extend(lines.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(found)
    }
}
