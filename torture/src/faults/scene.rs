//! A server whose storage can be broken and mended.

use std::{fs, net::SocketAddr};

use anyhow::{Context, Result};
use driver::{Host, Server, process::free_address};
use rusqlite::Connection;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tempfile::TempDir;

use super::fault::Fault;
use crate::{Plan, database::Database, pair::SETTINGS};

/// How large any file may be on a full disk: less than one page of the log of SQLite with its header.
const FULL: u64 = 4096;

/// A server and its storage.
pub(super) struct Scene {
    state: TempDir,
    server: Server,
}

/// What is to be mended.
pub(super) enum Broken {
    Told,
    Locked(Connection),
    Full,
}

impl Scene {
    /// Starts a server that reads its faults, and whom the system tells where a file may not grow, instead of ending it.
    pub(super) async fn start(plan: &Plan) -> Result<Self> {
        let (state, address) = (TempDir::new()?, free_address()?);
        let program = plan.host.program.display().to_string();
        let faults = state.path().join("faults").display().to_string();
        let first = ["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", &program, "--faults", &faults];
        let host = Host { program: "sh".into(), first: first.map(ToOwned::to_owned).to_vec(), ..plan.host.clone() };
        let server = host.spin_auth(&plan.root, state.path(), address, &SETTINGS).await?;
        Ok(Self { state, server })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Its database.
    pub(super) fn database(&self) -> Result<Database> {
        Database::open(self.state.path())
    }

    /// Breaks the storage.
    pub(super) fn breaks(&self, fault: Fault) -> Result<Broken> {
        match fault {
            Fault::Told(words, _) => self.tell(words).map(|()| Broken::Told),
            Fault::Lock | Fault::LongLock => {
                let other = Connection::open(self.state.path().join("sqlite_db.db"))?;
                other.execute_batch("BEGIN IMMEDIATE")?;
                Ok(Broken::Locked(other))
            }
            Fault::Full => self.limit(Some(FULL)).map(|()| Broken::Full),
        }
    }

    /// Mends it.
    pub(super) fn mend(&self, broken: Broken) -> Result<()> {
        match broken {
            Broken::Told => self.tell(""),
            Broken::Locked(other) => Ok(other.execute_batch("ROLLBACK")?),
            Broken::Full => self.limit(None),
        }
    }

    /// Stops the server.
    pub(super) fn stop(self) -> Result<()> {
        self.server.stop()
    }

    /// All at once: the host may read at any time.
    fn tell(&self, words: &str) -> Result<()> {
        let [next, faults] = ["faults.next", "faults"].map(|name| self.state.path().join(name));
        fs::write(&next, words)?;
        Ok(fs::rename(next, faults)?)
    }

    fn limit(&self, size: Option<u64>) -> Result<()> {
        let pid = Pid::from_raw(self.server.process().cast_signed()).context("no process")?;
        prlimit(Some(pid), Resource::Fsize, Rlimit { current: size, maximum: None })?;
        Ok(())
    }
}
