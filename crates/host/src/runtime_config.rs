//! Spin's runtime configuration, of which this host knows one option; any other is an error that names it.

use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use crate::networks::BlockedNetworks;

/// The runtime configuration.
#[derive(Debug, Default)]
pub struct RuntimeConfig {
    blocked_networks: BlockedNetworks,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    outbound_networking: OutboundNetworking,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct OutboundNetworking {
    #[serde(default)]
    block_networks: Vec<String>,
}

impl RuntimeConfig {
    /// Reads the file; without one nothing is configured.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or says something that this host does not do.
    pub fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else { return Ok(Self::default()) };
        let in_file = || format!("in the runtime configuration {}", file.display());
        Self::parse(&std::fs::read_to_string(file).with_context(in_file)?).with_context(in_file)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let file: File = toml::from_str(text)?;
        Ok(Self { blocked_networks: BlockedNetworks::new(&file.outbound_networking.block_networks)? })
    }

    /// The networks that no component can reach.
    #[must_use]
    pub fn blocked_networks(&self) -> BlockedNetworks {
        self.blocked_networks.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_blocked_by_the_option_of_spin() {
        assert!(RuntimeConfig::parse("[outbound_networking]\nblock_networks = [\"private\", \"8.8.8.8/32\"]").is_ok());
    }

    #[test]
    fn what_this_host_does_not_do_is_an_error() {
        assert!(RuntimeConfig::parse("[outbound_networking]\nmax_total_connections = 1").is_err());
        assert!(RuntimeConfig::parse("[sqlite_database.default]\ntype = \"libsql\"").is_err());
    }
}
