//! Storage that fails when a test says so: `--faults FILE`. Without the option nothing here does anything.
//!
//! The file is read before each use of the storage, so that a running host can be told. It has a fault on each line; a
//! file that is empty or not there has none:
//!
//! ```text
//! sqlite=ioerr           every statement
//! sqlite.writes=full     statements that write
//! sqlite=delay:500ms     late, and well
//! kv=down                every use of the key-value store
//! ```
//!
//! `sqlite` and `sqlite.writes` can be `locked`, `full`, `readonly`, `ioerr` or `delay:…`, and `kv` `down` or `delay:…`. The
//! texts are those of SQLite, where a real fault would come from.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::range;

/// What is wrong with the storage, as a file says.
#[derive(Clone, Debug, Default)]
pub struct Faults(Option<Arc<PathBuf>>);

/// A use of the storage, as a line names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// A statement that reads.
    Read,
    /// A statement that writes.
    Write,
    /// The key-value store.
    KeyValue,
}

impl Faults {
    /// The faults that `file` names from time to time.
    #[must_use]
    pub fn new(file: Option<PathBuf>) -> Self {
        Self(file.map(Arc::new))
    }

    /// Fails, or waits, where the file says so. It blocks its thread, as the storage does.
    ///
    /// # Errors
    ///
    /// The text of the fault; or what is wrong with the file, which must not pass for storage that works.
    pub fn meet(&self, what: Use) -> Result<(), String> {
        let Some(file) = &self.0 else { return Ok(()) };
        let text = std::fs::read_to_string(file.as_path()).unwrap_or_default();
        text.lines().map(str::trim).filter(|line| !line.is_empty()).try_for_each(|line| meet_line(line, what))
    }
}

fn meet_line(line: &str, what: Use) -> Result<(), String> {
    let wrong = || format!("--faults: what is {line:?}?");
    let (place, fault) = line.split_once('=').ok_or_else(wrong)?;
    let is_met = match place {
        "sqlite" => what != Use::KeyValue,
        "sqlite.writes" => what == Use::Write,
        "kv" => what == Use::KeyValue,
        _ => return Err(wrong()),
    };
    let text = match fault {
        "locked" => "database is locked",
        "full" => "database or disk is full",
        "readonly" => "attempt to write a readonly database",
        "ioerr" => "disk I/O error",
        "down" => "unable to open database file",
        _ => {
            let delay: Duration = fault
                .strip_prefix("delay:")
                .and_then(|delay| range::parse_single_duration(delay).ok())
                .ok_or_else(wrong)?;
            if is_met {
                std::thread::sleep(delay);
            }
            return Ok(());
        }
    };
    if is_met { Err(text.to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_file_and_with_one_that_is_not_there_nothing_fails() {
        for faults in [Faults::default(), Faults::new(Some("no/such/file".into()))] {
            assert_eq!(faults.meet(Use::Write), Ok(()));
        }
    }

    #[test]
    fn the_file_is_read_at_every_use() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("faults");
        let faults = Faults::new(Some(file.clone()));
        std::fs::write(&file, "sqlite.writes=full\nkv=down\n").unwrap();
        assert_eq!(faults.meet(Use::Write), Err("database or disk is full".to_owned()));
        assert_eq!(faults.meet(Use::Read), Ok(()));
        assert!(faults.meet(Use::KeyValue).is_err());
        std::fs::write(&file, "").unwrap();
        assert_eq!(faults.meet(Use::Write), Ok(()));
    }

    #[test]
    fn a_line_that_says_nothing_is_an_error_and_not_storage_that_works() {
        for line in ["sqlite", "sqlit=full", "sqlite=fulll", "kv=delay:soon"] {
            assert!(meet_line(line, Use::Read).is_err(), "{line}");
        }
    }
}
