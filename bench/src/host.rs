//! The hosts that spin-auth runs on: they have the same command line.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{process::Server, world::ADMIN_TOKEN};

/// A host.
pub(crate) struct Host {
    /// Its name in the results.
    pub(crate) name: &'static str,
    /// The program.
    pub(crate) program: PathBuf,
    /// Its first arguments.
    pub(crate) first: &'static [&'static str],
}

impl Host {
    /// Starts spin-auth.
    pub(crate) async fn spin_auth(&self, root: &Path, state: &Path, address: SocketAddr) -> Result<Server> {
        let mut command = self.command(&root.join("spin.toml"), state, address);
        for variable in [format!("issuer=http://{address}"), format!("admin_token={ADMIN_TOKEN}")] {
            command.arg("--variable").arg(variable);
        }
        Server::start(&mut command, address, "/.well-known/openid-configuration").await
    }

    /// Starts the probes.
    pub(crate) async fn probes(&self, root: &Path, state: &Path, address: SocketAddr) -> Result<Server> {
        Server::start(&mut self.command(&root.join("bench/spin.toml"), state, address), address, "/setup").await
    }

    fn command(&self, manifest: &Path, state: &Path, address: SocketAddr) -> Command {
        let mut command = Command::new(&self.program);
        command.args(self.first).arg("--from").arg(manifest).args(["--listen", &address.to_string()]);
        command.arg("--state-dir").arg(state).arg("--quiet");
        command
    }
}
