//! How many transactions were committed, counted in the write-ahead log
//! ([the format](https://www.sqlite.org/fileformat2.html#the_write_ahead_log)): no server tells.

use std::{fs, io::ErrorKind, path::Path};

use anyhow::{Context, Result};

/// What a log holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Log {
    /// New whenever the log begins anew; `None` where there is no log yet.
    salts: Option<[u8; 8]>,
    /// Transactions.
    commits: u64,
}

impl Log {
    /// Reads the log of a database.
    pub(crate) fn read(database: &Path) -> Result<Self> {
        let name = database.file_name().context("no file name")?.to_string_lossy();
        match fs::read(database.with_file_name(format!("{name}-wal"))) {
            Ok(bytes) if bytes.is_empty() => Ok(Self::default()),
            Ok(bytes) => Self::parse(&bytes).context("not a write-ahead log"),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error.into()),
        }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let page = usize::try_from(u32::from_be_bytes(bytes.get(8..12)?.try_into().ok()?)).ok()?;
        let salts: [u8; 8] = bytes.get(16..24)?.try_into().ok()?;
        let frames = bytes.get(32..)?.chunks_exact(24 + page);
        // "For commit records, the size of the database file in pages after the commit. For all other records, zero."
        let is_commit = |frame: &&[u8]| frame.get(4..8).is_some_and(|size| size != [0; 4]);
        let commits = frames.take_while(|frame| frame.get(8..16) == Some(salts.as_slice())).filter(is_commit).count();
        Some(Self { salts: Some(salts), commits: commits as u64 })
    }

    /// Transactions since then; `None` where the log has begun anew.
    pub(crate) fn since(&self, earlier: &Self) -> Option<u64> {
        let goes_on = earlier.salts.is_none() || self.salts == earlier.salts;
        goes_on.then(|| self.commits.checked_sub(earlier.commits)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn each_statement_that_changes_something_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.db");
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE t (a)").unwrap();
        let before = Log::read(&file).unwrap();
        for sql in ["INSERT INTO t VALUES (1)", "SELECT * FROM t", "UPDATE t SET a = 2", "UPDATE t SET a = 3 WHERE 0"] {
            connection.execute_batch(sql).unwrap();
        }
        assert_eq!(Log::read(&file).unwrap().since(&before), Some(2));
    }
}
