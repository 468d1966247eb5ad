//! Networks that no component can reach, whatever its `allowed_outbound_hosts` says: `block_networks` of Spin's runtime
//! configuration. Checked after a name is resolved, against the address that is then connected to.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::anyhow;
use ip_network::IpNetwork;

/// The blocked networks, cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct BlockedNetworks {
    networks: Arc<[IpNetwork]>,
    /// Also everything that is not globally routable.
    private: bool,
}

impl BlockedNetworks {
    /// Parses networks such as `10.0.0.0/8`, and the word `private`.
    ///
    /// # Errors
    ///
    /// An entry that is neither.
    pub fn new(entries: &[String]) -> anyhow::Result<Self> {
        let networks = entries.iter().filter(|entry| *entry != "private").map(|entry| {
            IpNetwork::from_str_truncate(entry)
                .map_err(|_| anyhow!("the blocked network {entry:?} is neither a network nor `private`"))
        });
        Ok(Self {
            networks: networks.collect::<anyhow::Result<_>>()?,
            private: entries.iter().any(|entry| entry == "private"),
        })
    }

    /// Leaves the addresses that may be connected to.
    #[must_use]
    pub fn allowed(&self, addresses: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
        addresses.filter(|address| !self.is_blocked(address.ip())).collect()
    }

    fn is_blocked(&self, address: IpAddr) -> bool {
        if (self.private && !IpNetwork::from(address).is_global())
            || self.networks.iter().any(|network| network.contains(address))
        {
            return true;
        }
        // An IPv4 address in the clothes of IPv6.
        match address {
            IpAddr::V6(address) => address.to_ipv4().is_some_and(|address| self.is_blocked(address.into())),
            IpAddr::V4(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(entries: &[&str], address: &str) -> bool {
        let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        let address = SocketAddr::new(address.parse().unwrap(), 443);
        BlockedNetworks::new(&entries).unwrap().allowed(std::iter::once(address)).is_empty()
    }

    #[test]
    fn without_entries_nothing_is_blocked() {
        assert!(!blocks(&[], "127.0.0.1"));
    }

    #[test]
    fn a_network_blocks_its_addresses_also_as_ipv6() {
        assert!(blocks(&["192.0.2.7/24"], "192.0.2.200"));
        assert!(blocks(&["192.0.2.0/24"], "::ffff:192.0.2.200"));
        assert!(!blocks(&["192.0.2.0/24"], "192.0.3.1"));
    }

    #[test]
    fn private_blocks_what_is_not_globally_routable() {
        for address in
            ["127.0.0.1", "10.1.2.3", "100.64.1.1", "169.254.169.254", "0.0.0.0", "::1", "fc00::1", "fe80::1"]
        {
            assert!(blocks(&["private"], address), "{address}");
        }
        assert!(!blocks(&["private"], "1.1.1.1"));
        assert!(!blocks(&["private"], "2606:4700::1111"));
    }

    #[test]
    fn another_word_is_refused() {
        assert!(BlockedNetworks::new(&["privat".to_owned()]).is_err());
    }
}
