//! Two hosts of one state, as behind a load balancer.

use std::net::SocketAddr;

use anyhow::Result;
use driver::{Host, Server, process::free_address};
use tempfile::TempDir;

use crate::{Plan, crowd::Crowd, database::Database};

/// What races need: no limits in their way, and passwords that cost little.
pub(crate) const SETTINGS: [(&str, &str); 2] = [("login_throttle", "off"), ("bcrypt_rounds", "4")];

/// Two hosts: the first has an instance for each request, the second lets requests share instances.
pub(crate) struct Pair {
    state: TempDir,
    servers: [Server; 2],
}

impl Pair {
    /// Starts both at once, on an empty folder.
    pub(crate) async fn start(plan: &Plan, settings: &[(&str, &str)]) -> Result<Self> {
        let state = TempDir::new()?;
        let addresses = [free_address()?, free_address()?];
        let issuer = format!("http://{}", addresses[0]);
        let settings: Vec<_> = [("issuer", issuer.as_str())].iter().chain(&SETTINGS).chain(settings).copied().collect();
        let alone = ["--max-instance-concurrent-reuse-count", "1"].map(ToOwned::to_owned);
        let [first, second] = [alone.to_vec(), Vec::new()].map(|first| Host { first, ..plan.host.clone() });
        let servers = tokio::try_join!(
            first.spin_auth(&plan.root, state.path(), addresses[0], &settings),
            second.spin_auth(&plan.root, state.path(), addresses[1], &settings),
        )?;
        Ok(Self { state, servers: servers.into() })
    }

    /// Where they listen.
    pub(crate) fn addresses(&self) -> [SocketAddr; 2] {
        self.servers.each_ref().map(|server| server.address)
    }

    /// So many connections, to both in turn.
    pub(crate) async fn crowd(&self, connections: usize, seed: u64) -> Result<Crowd> {
        Crowd::open(&self.addresses(), connections, seed).await
    }

    /// Their database.
    pub(crate) fn database(&self) -> Result<Database> {
        Database::open(self.state.path())
    }

    /// Stops both.
    pub(crate) fn stop(self) -> Result<()> {
        self.servers.into_iter().try_for_each(Server::stop)
    }
}
