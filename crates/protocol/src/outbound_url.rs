//! URLs that this server itself asks or tells something, such as `jwks_uri`. Whoever registers a client chooses them, so
//! they are an attacker's favourite way into a network ("server-side request forgery").

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use fluent_uri::Uri;
use serde::{Deserialize, Serialize};

use crate::redirect_uri::is_dot_segment;

/// The domain under which the components of this server reach each other.
const CHAINING_DOMAIN: &str = "spin.internal";

/// Domains that are no part of the public name space, or stay within a site (RFC 6761, 6762, 8375, and custom).
const PRIVATE_DOMAINS: [&str; 11] = [
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "private",
    "lan",
    "corp",
    "home",
    "home.arpa",
    "test",
];

/// IPv4 networks that are not globally reachable, as the registry of RFC 6890 lists them, and multicast: address and
/// length of the prefix.
const PRIVATE_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// What is not globally reachable within 2000::/3, and the networks there that carry an IPv4 address. Outside of it
/// nothing is.
const PRIVATE_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// An absolute `http` or `https` URL of at most 2000 characters, with a host, without a user and a fragment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OutboundUrl(String);

/// Why a URL is none that this server would use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidOutboundUrl(pub &'static str);

impl std::fmt::Display for InvalidOutboundUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl OutboundUrl {
    /// Checks the form of a URL. Where it leads is for [`OutboundUrl::is_public`] to say.
    pub fn parse(text: &str) -> Result<Self, InvalidOutboundUrl> {
        const NO_URL: InvalidOutboundUrl = InvalidOutboundUrl("It must be an absolute https URL.");
        let uri = Uri::parse(text).map_err(|_| NO_URL)?;
        let is_web = matches!(uri.scheme().as_str(), "http" | "https");
        let authority = uri.authority().filter(|_| is_web && text.len() <= 2000).ok_or(NO_URL)?;
        if authority.has_userinfo() || uri.has_fragment() {
            return Err(InvalidOutboundUrl("It must not have a user or a fragment."));
        }
        let host = host_name(authority.host());
        if !is_literal(&host) && !is_name(&host) {
            return Err(InvalidOutboundUrl("Its host must be a name or an address."));
        }
        // Otherwise whoever registers a client could talk to the components of this server past its routes.
        if is_within(&host, CHAINING_DOMAIN) {
            return Err(InvalidOutboundUrl("Its host is one of this server."));
        }
        Ok(Self(text.to_owned()))
    }

    /// The URL as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is `https`.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// The host in lower case; an IPv6 address is in brackets.
    pub fn host(&self) -> String {
        let uri = Uri::parse(self.0.as_str()).ok();
        uri.and_then(|uri| uri.authority().map(|authority| host_name(authority.host()))).unwrap_or_default()
    }

    /// Whether it has a path, and one without dot segments, of which none can be a way around a comparison.
    pub fn has_plain_path(&self) -> bool {
        Uri::parse(self.0.as_str()).is_ok_and(|uri| {
            let path = uri.path().as_str();
            !path.is_empty() && !path.split('/').any(is_dot_segment)
        })
    }

    /// Whether this is `https` on a host that could be on the public internet, as far as its name or address tells. What
    /// a name resolves to is not known here.
    pub fn is_public(&self) -> bool {
        let host = self.host();
        self.is_https()
            && match literal(&host) {
                Some(address) => is_global(address),
                None => is_public_name(&host),
            }
    }
}

impl TryFrom<String> for OutboundUrl {
    type Error = InvalidOutboundUrl;

    fn try_from(text: String) -> Result<Self, InvalidOutboundUrl> {
        Self::parse(&text)
    }
}

impl From<OutboundUrl> for String {
    fn from(url: OutboundUrl) -> Self {
        url.0
    }
}

/// In lower case and without the dot that may stand for the root.
fn host_name(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    host.strip_suffix('.').map(str::to_owned).unwrap_or(host)
}

fn is_literal(host: &str) -> bool {
    literal(host).is_some()
}

fn literal(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(host) => host.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

/// Labels of letters, digits, hyphens and underscores. The last one begins with a letter: what ends in a number is an
/// address to those who resolve names (`0x7f.1`, `2130706433`), whatever RFC 3986 says.
fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.split('.').all(is_label) && last.starts_with(|first: char| first.is_ascii_alphabetic())
}

fn is_public_name(host: &str) -> bool {
    host.contains('.') && !PRIVATE_DOMAINS.iter().any(|domain| is_within(host, domain))
}

fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !PRIVATE_V4.iter().any(|(network, length)| {
            let apart = address.to_bits() ^ network.to_bits();
            apart >> (u32::BITS - length) == 0
        }),
        IpAddr::V6(address) => {
            address.to_bits() >> 125 == 1
                && !PRIVATE_V6.iter().any(|(network, length)| {
                    let apart = address.to_bits() ^ network.to_bits();
                    apart >> (u128::BITS - length) == 0
                })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_public(text: &str) -> bool {
        OutboundUrl::parse(text).is_ok_and(|url| url.is_public())
    }

    #[test]
    fn https_on_a_public_name_or_address_is_public() {
        for url in [
            "https://client.example.com/jwks.json",
            "https://CLIENT.example.com.:8443/?a=b",
            "https://1.1.1.1/",
            "https://[2606:4700::1111]/",
            "https://localhost.example.com/",
            "https://172.32.0.1/",
        ] {
            assert!(is_public(url), "{url}");
        }
        assert_eq!(OutboundUrl::parse("https://CLIENT.example.com.:8443/").unwrap().host(), "client.example.com");
    }

    #[test]
    fn addresses_that_are_not_globally_reachable_are_not_public() {
        for address in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
        ] {
            assert!(!is_public(&format!("https://{address}/")), "{address}");
        }
        for address in [
            "::",
            "::1",
            "::ffff:1.1.1.1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(&format!("https://[{address}]/")), "{address}");
        }
    }

    #[test]
    fn names_of_a_site_are_not_public() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "app.localhost",
            "printer.local",
            "db.internal",
            "intranet",
            "router",
            "metadata.google.internal",
            "nas.home.arpa",
            "x.test",
        ] {
            assert!(!is_public(&format!("https://{host}/")), "{host}");
        }
    }

    #[test]
    fn addresses_in_other_spellings_are_no_hosts() {
        for host in [
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "127.1",
            "0177.0.0.1",
            "1.2.3.4.5",
            "127.0.0.1.",
            "[fe80::1%25eth0]",
            "[v1.a]",
        ] {
            let url = format!("https://{host}/");
            assert!(!is_public(&url), "{host}");
        }
    }

    #[test]
    fn http_is_not_public() {
        assert!(OutboundUrl::parse("http://client.example.com/").is_ok_and(|url| !url.is_public()));
    }

    #[test]
    fn what_is_no_plain_web_url_is_refused() {
        for text in [
            "",
            "/path",
            "client.example.com",
            "//client.example.com/",
            "ftp://client.example.com/",
            "file:///etc/passwd",
            "https:",
            "https:///path",
            "https://user@client.example.com/",
            "https://a:b@client.example.com/",
            "https://client.example.com/#x",
            "https://client.example.com\\@evil.example/",
            "https://a b/",
            "https://client.example.com/\n",
            "https://ex%61mple.com/",
            "https://a*b.example/",
            "https://bücher.example/",
            "https://.example.com/",
            "https://a..example.com/",
        ] {
            assert!(OutboundUrl::parse(text).is_err(), "{text}");
        }
        assert!(OutboundUrl::parse(&format!("https://client.example.com/{}", "a".repeat(2000))).is_err());
    }

    #[test]
    fn the_components_of_this_server_are_refused() {
        for host in
            ["admin.spin.internal", "ADMIN.Spin.Internal", "spin.internal", "admin.spin.internal.", "a.b.spin.internal"]
        {
            assert!(OutboundUrl::parse(&format!("http://{host}/")).is_err(), "{host}");
            assert!(OutboundUrl::parse(&format!("https://{host}:443/")).is_err(), "{host}");
        }
    }
}
