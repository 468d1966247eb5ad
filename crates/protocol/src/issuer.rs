//! The issuer identifier, [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2).

use std::fmt;

use fluent_uri::Uri;

use crate::redirect_uri::is_loopback_host;

/// The URL that names this server in `iss`: `https` without query and fragment, never ending in a slash.
/// Plain `http` is let through on a loopback host, for development.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    url: String,
    authority_end: usize,
    secure: bool,
}

impl Issuer {
    /// Parses the configured value; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = text.trim_end_matches('/');
        let uri = Uri::parse(url).map_err(|_| "not a URL")?;
        let authority = uri.authority().ok_or("has no host")?;
        let secure = match uri.scheme().as_str() {
            "https" => true,
            "http" if is_loopback_host(authority.host()) => false,
            "http" => return Err("must be https unless the host is a loopback address"),
            _ => return Err("must be https"),
        };
        if authority.host().is_empty() || authority.has_userinfo() {
            return Err("must have a host and no user information");
        }
        if uri.has_query() || uri.has_fragment() {
            return Err("must have no query and no fragment");
        }
        let authority_end = url.len() - uri.path().as_str().len();
        Ok(Self { url: url.to_owned(), authority_end, secure })
    }

    /// The identifier, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Scheme, host and port: the origin of the server's own pages.
    pub fn origin(&self) -> &str {
        self.url.get(..self.authority_end).unwrap_or(&self.url)
    }

    /// The path, empty or starting with a slash.
    pub fn path(&self) -> &str {
        self.url.get(self.authority_end..).unwrap_or_default()
    }

    /// Whether the server is reached over https.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The URL of an endpoint, such as `/token`.
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_has_an_origin_and_a_path() {
        let issuer = Issuer::parse("https://id.example.com:8443/tenant/").unwrap();
        assert_eq!(issuer.as_str(), "https://id.example.com:8443/tenant");
        assert_eq!((issuer.origin(), issuer.path()), ("https://id.example.com:8443", "/tenant"));
        assert_eq!(issuer.endpoint("/token"), "https://id.example.com:8443/tenant/token");
        assert!(issuer.is_secure());
    }

    #[test]
    fn plain_http_is_for_loopback_hosts_only() {
        for good in ["http://127.0.0.1:3000", "http://localhost:3000", "http://[::1]:3000"] {
            assert!(!Issuer::parse(good).unwrap().is_secure(), "{good}");
        }
        for bad in ["http://id.example.com", "http://127.0.0.1.example.com", "ftp://localhost"] {
            assert!(Issuer::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn query_fragment_and_user_information_are_refused() {
        for bad in ["https://a.example?x", "https://a.example#x", "https://u@a.example", "https://", "a.example", ""] {
            assert!(Issuer::parse(bad).is_err(), "{bad}");
        }
    }
}
