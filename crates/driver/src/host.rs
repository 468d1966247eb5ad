//! The hosts that spin-auth runs on: they have the same command line.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{client::ADMIN_TOKEN, process::Server};

/// A host.
#[derive(Clone)]
pub struct Host {
    /// Its name in the results.
    pub name: &'static str,
    /// The program.
    pub program: PathBuf,
    /// Its first arguments.
    pub first: Vec<String>,
}

impl Host {
    /// Starts spin-auth with these settings, which win over those that it needs to be used from here.
    pub async fn spin_auth(
        &self,
        root: &Path,
        state: &Path,
        address: SocketAddr,
        settings: &[(&str, &str)],
    ) -> Result<Server> {
        let mut command = self.command(&root.join("spin.toml"), state, address);
        let issuer = format!("http://{address}");
        for (name, value) in [("issuer", issuer.as_str()), ("admin_token", ADMIN_TOKEN)].iter().chain(settings) {
            command.arg("--variable").arg(format!("{name}={value}"));
        }
        Server::start(&mut command, address, "/.well-known/openid-configuration").await
    }

    /// The command that starts an application.
    pub fn command(&self, manifest: &Path, state: &Path, address: SocketAddr) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.first).arg("--from").arg(manifest).args(["--listen", &address.to_string()]);
        command.arg("--state-dir").arg(state).arg("--quiet");
        command
    }
}
