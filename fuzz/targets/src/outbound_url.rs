//! URLs that this server would ask: what passes for public is public to whoever connects, too.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use protocol::outbound_url::OutboundUrl;
use url::{Host, Url};

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || a >= 240
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || first & 0xfe00 == 0xfc00
        || first & 0xffc0 == 0xfe80
        || address.to_ipv4_mapped().is_some_and(is_private_v4)
}

pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(url) = OutboundUrl::parse(&text) else { return };
    assert_eq!(url.as_str(), text);
    assert_eq!(OutboundUrl::parse(url.as_str()).as_ref(), Ok(&url));
    assert!(text.len() <= 2000 && text.is_ascii() && !text.contains(['#', '\\', ' ']));
    // Another reader of the same text, as a client library is.
    let Ok(read) = Url::parse(&text) else { return };
    assert!(read.username().is_empty() && read.password().is_none() && read.fragment().is_none());
    assert_eq!(url.is_https(), read.scheme() == "https");
    let address = match read.host() {
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            assert_eq!(name, url.host(), "two readers see different hosts");
            assert!(name != "spin.internal" && !name.ends_with(".spin.internal"));
            if url.is_public() {
                assert!(name.contains('.') && !name.ends_with(".localhost") && !name.ends_with(".internal"), "{text}");
            }
            return;
        }
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        None => panic!("{text} has no host"),
    };
    let is_private = match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    };
    assert!(!(is_private && url.is_public()), "{text} leads to {address}");
}
