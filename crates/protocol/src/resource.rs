//! Resource indicators, [RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2): which protected resources an
//! access token is for.

use fluent_uri::Uri;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, ErrorCode},
    params::Params,
};

/// The longest identifier of a resource, in octets. Each travels in the access token, which travels in a header field.
const MAX_LENGTH: usize = 512;
/// The most resources that one request may name.
const MAX_COUNT: usize = 8;

/// The identifier of a protected resource: an absolute URI.
///
/// Scheme, host and port are in their normal form, so that one host has one name; path and query are as they were
/// written. Two identifiers with equal text are of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Resource(String);

impl Resource {
    /// Reads an identifier; `None` for what cannot be one.
    ///
    /// > Its value MUST be an absolute URI, as specified by Section 4.3 of \[RFC3986\]. The URI MUST NOT include a fragment
    /// > component. (§2)
    pub fn parse(text: &str) -> Option<Self> {
        let uri = Uri::parse(text).ok().filter(|uri| text.len() <= MAX_LENGTH && !uri.has_fragment())?;
        let scheme = uri.scheme().as_str().to_ascii_lowercase();
        let authority = match uri.authority() {
            Some(authority) if authority.has_userinfo() || authority.host().is_empty() => return None,
            Some(authority) => {
                let port = match (authority.port_to_u16().ok()?, scheme.as_str()) {
                    (None, _) | (Some(443), "https") | (Some(80), "http") => String::new(),
                    (Some(port), _) => format!(":{port}"),
                };
                format!("//{}{port}", authority.host().to_ascii_lowercase())
            }
            None if matches!(scheme.as_str(), "https" | "http") => return None,
            None => String::new(),
        };
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(Self(format!("{scheme}:{authority}{}{query}", uri.path())))
    }

    /// The identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both name one resource although one of them ends its host with a slash, as URL parsers of browsers do.
    pub fn is_same(&self, other: &Self) -> bool {
        self.bare() == other.bare()
    }

    /// The identifier without a path that is nothing but a slash.
    fn bare(&self) -> &str {
        let bare = self.0.strip_suffix('/').unwrap_or(&self.0);
        match bare.split_once("://") {
            Some((_, host)) if !host.contains(['/', '?']) => bare,
            _ => &self.0,
        }
    }
}

impl TryFrom<String> for Resource {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not an absolute URI without fragment")
    }
}

impl From<Resource> for String {
    fn from(resource: Resource) -> Self {
        resource.0
    }
}

/// A set of resources in the order in which they were first named. Where it says what a token is for, an empty one means
/// that nothing was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Resources(Vec<Resource>);

impl Resources {
    /// Reads the parameter `resource`, which may be repeated.
    pub fn of(params: &Params) -> Result<Self, Error> {
        const MALFORMED: Error =
            Error::new(ErrorCode::InvalidTarget, "resource must be an absolute URI without fragment.");
        let resources: Option<Self> = params.all("resource").map(Resource::parse).collect();
        let resources = resources.ok_or(MALFORMED)?;
        if resources.0.len() > MAX_COUNT {
            return Err(Error::new(ErrorCode::InvalidTarget, "Too many resources at once."));
        }
        Ok(resources)
    }

    /// Reads identifiers between spaces, which no URI has; `None` where one is none.
    pub fn parse(text: &str) -> Option<Self> {
        text.split_whitespace().map(Resource::parse).collect()
    }

    /// The resources in order.
    pub fn iter(&self) -> impl Iterator<Item = &Resource> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether each of them is in the other set.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|resource| other.0.contains(resource))
    }
}

impl std::fmt::Display for Resources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let texts: Vec<&str> = self.0.iter().map(Resource::as_str).collect();
        f.write_str(&texts.join(" "))
    }
}

/// Repetition is dropped.
impl FromIterator<Resource> for Resources {
    fn from_iter<T: IntoIterator<Item = Resource>>(resources: T) -> Self {
        let mut set = Vec::new();
        for resource in resources {
            if !set.contains(&resource) {
                set.push(resource);
            }
        }
        Self(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> Option<String> {
        Resource::parse(text).map(|resource| resource.as_str().to_owned())
    }

    #[test]
    fn scheme_host_and_port_are_normal_and_the_path_is_as_it_was_written() {
        for (written, expected) in [
            ("https://RS.Example/Api", "https://rs.example/Api"),
            ("HTTPS://rs.example:443/a/", "https://rs.example/a/"),
            ("https://rs.example:0443/%7Ea?X=Y", "https://rs.example/%7Ea?X=Y"),
            ("https://rs.example:8443", "https://rs.example:8443"),
            ("https://rs.example:/", "https://rs.example/"),
            ("http://127.0.0.1:80/mcp", "http://127.0.0.1/mcp"),
            ("http://[2001:DB8::1]/", "http://[2001:db8::1]/"),
            ("https://rs.example/a/../b", "https://rs.example/a/../b"),
            ("urn:example:api", "urn:example:api"),
            ("URN:example:API", "urn:example:API"),
        ] {
            assert_eq!(normal(written).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_no_absolute_uri_or_has_a_fragment_or_names_a_user_is_refused() {
        for text in [
            "",
            "/api",
            "//rs.example",
            "rs.example",
            "https://rs.example/#",
            "https://rs.example/#x",
            "urn:a#b",
            "https://u@rs.example/",
            "https://",
            "https:///a",
            "https:a",
            "https://rs.example/a b",
            "https://rs.example\\a",
            "https://rs.example:65536/",
            "https://rs.example/é",
        ] {
            assert_eq!(normal(text), None, "{text}");
        }
        assert!(normal(&format!("https://rs.example/{}", "a".repeat(493))).is_some());
        assert!(normal(&format!("https://rs.example/{}", "a".repeat(494))).is_none());
    }

    #[test]
    fn a_slash_after_the_host_makes_no_other_resource_and_one_after_a_path_does() {
        let same = |a: &str, b: &str| Resource::parse(a).unwrap().is_same(&Resource::parse(b).unwrap());
        assert!(same("https://rs.example", "https://rs.example/"));
        assert!(same("https://rs.example:8443/", "https://rs.example:8443"));
        assert!(!same("https://rs.example/a", "https://rs.example/a/"));
        assert!(!same("https://rs.example/?a", "https://rs.example/?a/"));
        assert!(!same("https://rs.example", "https://rs.example/a"));
        assert!(!same("urn:a", "urn:a/"));
    }

    #[test]
    fn the_parameter_may_be_repeated_and_repetition_is_dropped() {
        let read = |query: &str| Resources::of(&Params::parse(query.as_bytes()).unwrap());
        let two =
            read("resource=https://a.example/&x=1&resource=https://b.example&resource=https://A.example/").unwrap();
        assert_eq!(two.to_string(), "https://a.example/ https://b.example");
        assert!(read("resource=&scope=openid").unwrap().is_empty());
        assert_eq!(read("resource=https://a.example&resource=b").unwrap_err().code, ErrorCode::InvalidTarget);
        let many: Vec<String> = (0..9).map(|number| format!("resource=https://a.example/{number}")).collect();
        assert_eq!(read(&many.join("&")).unwrap_err().code, ErrorCode::InvalidTarget);
        assert_eq!(read(&many[..8].join("&")).unwrap().iter().count(), 8);
    }
}
