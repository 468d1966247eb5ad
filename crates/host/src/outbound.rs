//! Which requests a component may send: only to what its `allowed_outbound_hosts` lists, none by default.
//!
//! An entry is `scheme://host[:port]`. The scheme and the port may be `*`, the port also a half-open range `8000..9000`;
//! without a port it is the scheme's usual one. The host is a name, an address, `*` or `*.example.com`; a name below
//! `spin.internal` is another component of the application. Spin also knows `self` and networks; this host refuses them
//! at start.

use std::ops::Range;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use http::Uri;

use crate::variables::Variables;

/// The `allowed_outbound_hosts` of one component.
#[derive(Clone, Debug, Default)]
pub struct AllowedHosts(Arc<[AllowedHost]>);

#[derive(Debug, PartialEq, Eq)]
struct AllowedHost {
    /// `None` for any.
    scheme: Option<String>,
    host: Host,
    ports: Range<u32>,
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Any,
    /// With the dot in front.
    Below(String),
    Exactly(String),
}

impl AllowedHosts {
    /// Parses the entries of a manifest after filling in their variables. Entries that are empty then are skipped.
    ///
    /// # Errors
    ///
    /// An entry that is malformed or not supported here.
    pub fn new(entries: &[String], variables: &Variables) -> anyhow::Result<Self> {
        let mut hosts = Vec::new();
        for entry in entries {
            let text = variables.fill(entry)?;
            let empty_host = text.ends_with("://");
            if text.trim().is_empty() || (empty_host && entry.contains("{{")) {
                continue;
            }
            let host = AllowedHost::parse(text.trim());
            hosts.push(host.with_context(|| format!("the allowed outbound host {text:?} is wrong"))?);
        }
        Ok(Self(hosts.into()))
    }

    /// Whether a request to `uri` may leave. A URI without a scheme counts as `https`.
    #[must_use]
    pub fn allow(&self, uri: &Uri) -> bool {
        let Some(host) = uri.host().filter(|host| !host.is_empty()) else { return false };
        let scheme = uri.scheme_str().unwrap_or("https");
        let Some(port) = uri.port_u16().or_else(|| usual_port(scheme)) else { return false };
        let host = host.to_ascii_lowercase();
        self.0.iter().any(|allowed| allowed.allow(scheme, &host, port))
    }
}

impl AllowedHost {
    fn parse(entry: &str) -> anyhow::Result<Self> {
        let (scheme, rest) = entry.split_once("://").context("it has no scheme")?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        ensure!(!rest.contains('/'), "it has a path or is a network");
        // The colons of an IPv6 address stand in brackets.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let scheme = (scheme != "*").then(|| scheme.to_owned());
        if let Some(scheme) = &scheme {
            ensure!(!scheme.is_empty() && scheme.chars().all(char::is_alphabetic), "the scheme is wrong");
        }
        let ports = match port.filter(|port| !port.is_empty()) {
            Some("*") => 0..u32::from(u16::MAX) + 1,
            Some(text) => parse_ports(text)?,
            None => {
                let usual = scheme.as_deref().and_then(usual_port);
                let usual = u32::from(usual.context("it needs a port")?);
                usual..usual + 1
            }
        };
        Ok(Self { scheme, host: Host::parse(host)?, ports })
    }

    fn allow(&self, scheme: &str, host: &str, port: u16) -> bool {
        self.scheme.as_ref().is_none_or(|allowed| allowed == scheme)
            && self.host.allow(host)
            && self.ports.contains(&u32::from(port))
    }
}

impl Host {
    fn parse(host: &str) -> anyhow::Result<Self> {
        let host = host.to_ascii_lowercase();
        if host == "*" {
            return Ok(Self::Any);
        }
        if matches!(host.as_str(), "self" | "self.alt") {
            bail!("this host does not connect the application with itself by its address");
        }
        let (name, below) = match host.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (host.as_str(), false),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.[]:".contains(c);
        ensure!(!name.is_empty() && name.chars().all(allowed), "the host is wrong");
        Ok(if below { Self::Below(format!(".{name}")) } else { Self::Exactly(host) })
    }

    fn allow(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Below(suffix) => host.ends_with(suffix) && !host.starts_with('.'),
            Self::Exactly(name) => host == name,
        }
    }
}

fn parse_ports(text: &str) -> anyhow::Result<Range<u32>> {
    let one = |text: &str| text.parse::<u16>().map(u32::from).context("the port is wrong");
    match text.split_once("..") {
        Some((low, high)) => Ok(one(low)?..one(high)?),
        None => one(text).map(|port| port..port + 1),
    }
}

fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    fn allowed(entries: &[&str]) -> anyhow::Result<AllowedHosts> {
        let manifest = "spin_manifest_version = 2\n[application]\nname = \"a\"\n[trigger]\n[variables]\nempty = { default = \"\" }\nhost = { default = \"example.org\" }";
        let manifest = Manifest::parse(manifest)?;
        let variables = Variables::resolve(&manifest, &[], |_| None)?;
        let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        AllowedHosts::new(&entries, &variables)
    }

    fn check(entry: &str, uri: &str) -> bool {
        allowed(&[entry]).unwrap().allow(&uri.parse().unwrap())
    }

    #[test]
    fn without_entries_nothing_is_allowed() {
        assert!(!AllowedHosts::default().allow(&"https://example.com/".parse().unwrap()));
    }

    #[test]
    fn scheme_host_and_port_must_match() {
        assert!(check("https://example.com", "https://example.com/path?query"));
        assert!(check("https://example.com", "https://EXAMPLE.com:443/"));
        assert!(!check("https://example.com", "http://example.com/"));
        assert!(!check("https://example.com", "https://example.com:8443/"));
        assert!(!check("https://example.com", "https://example.com.evil.org/"));
        assert!(!check("https://example.com", "https://www.example.com/"));
        assert!(check("http://127.0.0.1:8080", "http://127.0.0.1:8080/"));
        assert!(check("http://[::1]:8080", "http://[::1]:8080/"));
        assert!(check("http://[::1]", "http://[::1]/"));
    }

    #[test]
    fn each_part_can_be_a_wildcard() {
        assert!(check("*://example.com:*", "http://example.com:1/"));
        assert!(check("http://*:80", "http://anything/"));
        assert!(!check("http://*:80", "http://anything:81/"));
        assert!(check("https://*.example.com", "https://a.b.example.com/"));
        assert!(!check("https://*.example.com", "https://example.com/"));
    }

    #[test]
    fn other_components_are_hosts_below_spin_internal() {
        assert!(check("http://outbound.spin.internal", "http://outbound.spin.internal/fetch"));
        assert!(check("http://*.spin.internal", "http://outbound.spin.internal/"));
        assert!(!check("http://outbound.spin.internal", "http://admin.spin.internal/"));
        assert!(!check("http://outbound.spin.internal", "https://outbound.spin.internal/"));
    }

    #[test]
    fn a_range_of_ports_leaves_out_its_end() {
        assert!(check("http://a:8000..8002", "http://a:8001/"));
        assert!(!check("http://a:8000..8002", "http://a:8002/"));
    }

    #[test]
    fn a_relative_request_is_denied() {
        assert!(!check("*://*:*", "/path"));
    }

    #[test]
    fn entries_can_hold_variables_and_empty_ones_are_skipped() {
        let hosts = allowed(&["https://{{ host }}", "{{ empty }}", "https://{{ empty }}"]).unwrap();

        assert_eq!(hosts.0.len(), 1);
        assert!(hosts.allow(&"https://example.org/".parse().unwrap()));
    }

    #[test]
    fn malformed_entries_are_refused() {
        for entry in [
            "*",
            "example.com:80",
            "http://a/path",
            "http://a:port",
            "http://a b",
            "*://a",
            "http://",
            "http://self",
            "http://10.0.0.0/8",
            "http://a*",
        ] {
            assert!(allowed(&[entry]).is_err(), "{entry}");
        }
    }
}
