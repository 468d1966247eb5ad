//! Redirection endpoints: [RFC 6749 §3.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2),
//! [RFC 8252 §7](https://www.rfc-editor.org/rfc/rfc8252#section-7),
//! [RFC 9700 §2.1](https://www.rfc-editor.org/rfc/rfc9700#section-2.1).

use std::fmt;

use fluent_uri::Uri;
use serde::{Deserialize, Serialize};

/// Schemes that run or read something in a browser instead of handing the answer to an application.
const FORBIDDEN_SCHEMES: [&str; 12] = [
    "about",
    "blob",
    "chrome",
    "data",
    "file",
    "filesystem",
    "ftp",
    "javascript",
    "mailto",
    "vbscript",
    "view-source",
    "ws",
];

/// The parameters of an authorization response.
const ANSWER: [&str; 7] = ["code", "state", "iss", "error", "error_description", "error_uri", "response"];

/// Whether a host names the machine of the user.
pub fn is_loopback_host(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "[::1]" | "localhost")
}

/// A redirect URI that a client may register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

/// Why a redirect URI cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidRedirectUri(pub &'static str);

impl fmt::Display for InvalidRedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl RedirectUri {
    /// Checks a URI that is to be registered.
    ///
    /// RFC 3986 is applied to the letter, so that the backslashes, tabs and spaces that browsers repair never get in.
    pub fn parse(text: &str) -> Result<Self, InvalidRedirectUri> {
        // "The redirection endpoint URI MUST be an absolute URI" (RFC 6749 §3.1.2)
        let uri = Uri::parse(text).map_err(|_| InvalidRedirectUri("A redirect URI must be an absolute URI."))?;
        // "The endpoint URI MUST NOT include a fragment component." (RFC 6749 §3.1.2)
        if uri.has_fragment() {
            return Err(InvalidRedirectUri("A redirect URI must not have a fragment."));
        }
        // Otherwise the answer would have it twice, and the client might read the wrong one.
        let query = uri.query().map(|query| query.as_str()).unwrap_or_default();
        if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| ANSWER.contains(&&*name)) {
            return Err(InvalidRedirectUri("The query of a redirect URI must not have a parameter of the answer."));
        }
        let path = uri.path().as_str();
        if path.split('/').any(is_dot_segment) {
            return Err(InvalidRedirectUri("A redirect URI must not have dot segments."));
        }
        let host = uri.authority().map(|authority| authority.host());
        if uri.authority().is_some_and(|authority| authority.has_userinfo() || authority.port_to_u16().is_err())
            || host.is_some_and(|host| !is_plain_host(host))
        {
            return Err(InvalidRedirectUri("A redirect URI must name one host, no user, and a port that exists."));
        }
        match (uri.scheme().as_str().to_ascii_lowercase().as_str(), host) {
            ("https", Some(host)) if !host.is_empty() => {}
            // "Loopback redirect URIs use the "http" scheme" (RFC 8252 §7.3)
            ("http", Some(host)) if is_loopback_host(host) => {}
            ("http" | "https", _) => {
                return Err(InvalidRedirectUri("A redirect URI must use https, or http on a loopback host."));
            }
            (scheme, _) if FORBIDDEN_SCHEMES.contains(&scheme) => {
                return Err(InvalidRedirectUri("A redirect URI must not use this scheme."));
            }
            // "apps MUST use a URI scheme based on a domain name under their control, expressed in reverse order" (RFC 8252 §7.1)
            (scheme, _) if !scheme.contains('.') => {
                return Err(InvalidRedirectUri(
                    "A private-use scheme must be a reversed domain name, such as com.example.app.",
                ));
            }
            _ => {}
        }
        Ok(Self(text.to_owned()))
    }

    /// The URI as it was registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is of a private scheme, which an installed application owns.
    pub fn is_private(&self) -> bool {
        !is_web(&self.0)
    }

    /// The host in lower case, or the scheme of a private one.
    pub fn host(&self) -> String {
        display_host(&self.0).to_ascii_lowercase()
    }

    /// Whether a requested URI is this one.
    ///
    /// > authorization servers MUST utilize exact string matching except for port numbers in "localhost" redirection
    /// > URIs of native apps (RFC 9700 §2.1)
    fn admits(&self, requested: &str) -> bool {
        self.0 == requested
            || loopback_without_port(&self.0).is_some_and(|known| loopback_without_port(requested) == Some(known))
    }
}

fn is_web(text: &str) -> bool {
    ["https://", "http://"]
        .iter()
        .any(|start| text.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start)))
}

fn display_host(text: &str) -> String {
    match Uri::parse(text) {
        Ok(uri) => match (uri.scheme().as_str().to_ascii_lowercase(), uri.authority()) {
            (scheme, Some(authority)) if matches!(scheme.as_str(), "http" | "https") => authority.host().to_owned(),
            (scheme, _) => scheme,
        },
        Err(_) => String::new(),
    }
}

/// `http` on a loopback host: what is left and right of the port, which
/// "the authorization server MUST allow […] to be specified at the time of the request" (RFC 8252 §7.3).
fn loopback_without_port(text: &str) -> Option<(String, String)> {
    let uri = Uri::parse(text).ok()?;
    let authority = uri.authority()?;
    if uri.scheme().as_str() != "http"
        || authority.has_userinfo()
        || authority.port_to_u16().is_err()
        || !is_loopback_host(authority.host())
        || uri.has_fragment()
    {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some((authority.host().to_owned(), format!("{}{query}", uri.path())))
}

/// A name of letters, digits, dots and hyphens, or an IPv6 literal. RFC 3986 lets a host have commas, semicolons and
/// asterisks, which mean something else in a content security policy.
fn is_plain_host(host: &str) -> bool {
    let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    is_name || (host.starts_with('[') && host.ends_with(']'))
}

/// Whether a segment of a path means this directory or the one above, percent-encoded or not.
pub(crate) fn is_dot_segment(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

impl TryFrom<String> for RedirectUri {
    type Error = InvalidRedirectUri;

    fn try_from(text: String) -> Result<Self, InvalidRedirectUri> {
        Self::parse(&text)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

/// What a content security policy must name for this URI: the origin, or the scheme where that is a private one.
pub fn csp_source(uri: &str) -> String {
    match Uri::parse(uri) {
        Ok(uri) => match (uri.scheme().as_str(), uri.authority()) {
            // A policy cannot name an IPv6 literal, so there it must be the scheme.
            (scheme @ ("http" | "https"), Some(authority)) if !authority.host().starts_with('[') => {
                format!("{scheme}://{}", authority.as_str())
            }
            (scheme, _) => format!("{scheme}:"),
        },
        Err(_) => String::new(),
    }
}

/// A URI with these parameters in its query; a query that it has already is kept.
pub fn with_query(uri: &str, parameters: &[(&str, &str)]) -> String {
    let separator = match uri.find('?') {
        None => "?",
        Some(at) if at + 1 == uri.len() || uri.ends_with('&') => "",
        Some(_) => "&",
    };
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{uri}{separator}{query}")
}

/// The host of a web page, to show it; `None` for what is none.
pub fn host(uri: &str) -> Option<String> {
    Some(Uri::parse(uri).ok()?.authority()?.host().to_owned())
}

/// A redirect URI that the client registered: the only thing this server ever redirects an answer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRedirect(String);

impl VerifiedRedirect {
    /// Checks the `redirect_uri` of a request against those that the client registered.
    ///
    /// > If multiple redirection URIs have been registered […] the client MUST include a redirection URI
    /// > (RFC 6749 §3.1.2.3)
    pub fn verify(requested: Option<&str>, registered: &[RedirectUri]) -> Option<Self> {
        match (requested, registered) {
            (Some(requested), _) => {
                registered.iter().any(|known| known.admits(requested)).then(|| Self(requested.to_owned()))
            }
            (None, [only]) => Some(Self(only.0.clone())),
            (None, _) => None,
        }
    }

    /// Checks where a request wants the browser to go against what the client registered for this, to the letter: here
    /// no loopback port may differ.
    pub fn verify_exactly(requested: &str, registered: &[RedirectUri]) -> Option<Self> {
        registered.iter().any(|known| known.0 == requested).then(|| Self(requested.to_owned()))
    }

    /// The URI without any answer.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URI with the answer in its query; a query that it has already is kept
    /// ([RFC 6749 §3.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2)).
    pub fn with_query(&self, answer: &[(&str, &str)]) -> String {
        with_query(&self.0, answer)
    }

    /// What a `form-action` of a content security policy must name so that a form may end at this URI: the origin, or
    /// the scheme where it is a private one.
    pub fn csp_source(&self) -> String {
        csp_source(&self.0)
    }

    /// The host that gets the answer, or the scheme of a private one: what the consent page shows.
    pub fn display_host(&self) -> String {
        display_host(&self.0)
    }

    /// Whether it can be posted to, as a private scheme cannot.
    pub(crate) fn is_web(&self) -> bool {
        is_web(&self.0)
    }

    /// Whether the answer goes to a program on the user's own machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(&self.display_host())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered(uris: &[&str]) -> Vec<RedirectUri> {
        uris.iter().map(|uri| RedirectUri::parse(uri).unwrap()).collect()
    }

    fn verifies(requested: &str, uri: &str) -> bool {
        VerifiedRedirect::verify(Some(requested), &registered(&[uri])).is_some()
    }

    #[test]
    fn usual_redirect_uris_can_be_registered() {
        for uri in [
            "https://app.example/callback",
            "https://app.example:8443/callback?tenant=1",
            "http://localhost/callback",
            "http://127.0.0.1:8080/callback",
            "http://[::1]/callback",
            "com.example.app:/callback",
            "com.example.app://callback",
        ] {
            assert!(RedirectUri::parse(uri).is_ok(), "{uri}");
        }
    }

    #[test]
    fn dangerous_or_ambiguous_redirect_uris_cannot_be_registered() {
        for uri in [
            "",
            "/callback",
            "//evil.example/cb",
            "https://",
            "https:///cb",
            "http://app.example/cb",
            "https://app.example/cb#frag",
            "https://user@app.example/cb",
            "https://*.app.example/cb",
            "https://app.example/a/../b",
            "https://app.example/%2e%2e/b",
            "https://app.example/a b",
            "https://app.example\\@evil.example",
            "https://app.example/\tcb",
            "https://app.example/\ncb",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "vbscript:x",
            "myapp:/callback",
            "http://127.0.0.1.evil.example/cb",
            "https://app%2eexample/cb",
            "https://x;sandbox/cb",
            "https://a,b/cb",
            "https://x'y/cb",
            "https://app.example:65536/cb",
            "https://app.example/cb?a=1&%73tate=x",
        ] {
            assert!(RedirectUri::parse(uri).is_err(), "{uri:?}");
        }
    }

    #[test]
    fn only_the_exact_string_matches() {
        let known = "https://app.example/callback";
        assert!(verifies(known, known));
        for requested in [
            "https://app.example/callback/",
            "https://app.example/callbac",
            "https://app.example/callback2",
            "https://app.example/Callback",
            "https://APP.example/callback",
            "https://app.example:443/callback",
            "https://app.example/callback?x=1",
            "https://app.example/callback#x",
            "http://app.example/callback",
            "https://app.example/x/../callback",
            "https://app.example/%63allback",
            "https://app.example%2f/callback",
            "https://app.example@evil.example/callback",
            "https://app.example\\@evil.example/callback",
            "https://appXexample/callback",
            "https://app.example.evil.example/callback",
            "//evil.example",
            "",
            "https://app.example/callback\t",
            "https://app.example/callback\n",
            "javascript:alert(1)",
        ] {
            assert!(!verifies(requested, known), "{requested:?}");
        }
    }

    #[test]
    fn a_loopback_redirect_may_choose_its_port_and_nothing_else() {
        for host in ["127.0.0.1", "[::1]", "localhost"] {
            assert!(verifies(&format!("http://{host}:49152/cb"), &format!("http://{host}/cb")));
            assert!(verifies(&format!("http://{host}/cb"), &format!("http://{host}:8080/cb")));
            assert!(!verifies(&format!("http://{host}:49152/other"), &format!("http://{host}/cb")));
            assert!(!verifies(&format!("https://{host}:49152/cb"), &format!("http://{host}/cb")));
            assert!(!verifies(&format!("http://u@{host}:49152/cb"), &format!("http://{host}/cb")));
            assert!(!verifies(&format!("http://{host}:65536/cb"), &format!("http://{host}/cb")));
        }
        assert!(!verifies("http://localhost:1/cb", "http://127.0.0.1/cb"));
        assert!(!verifies("https://app.example:1/cb", "https://app.example/cb"));
    }

    #[test]
    fn where_a_sign_out_leads_must_match_in_every_octet() {
        let exactly = |requested: &str, uri: &str| VerifiedRedirect::verify_exactly(requested, &registered(&[uri]));
        let known = "https://app.example/bye?x=1";
        assert_eq!(exactly(known, known).unwrap().as_str(), known);
        for requested in
            ["", "https://app.example/bye", "https://app.example/bye?x=1&y=2", "https://APP.example/bye?x=1"]
        {
            assert!(exactly(requested, known).is_none(), "{requested}");
        }
        assert!(exactly("http://127.0.0.1:49152/bye", "http://127.0.0.1/bye").is_none());
    }

    #[test]
    fn an_omitted_redirect_uri_is_the_only_registered_one() {
        let one = registered(&["https://a.example/cb"]);
        let two = registered(&["https://a.example/cb", "https://b.example/cb"]);
        assert_eq!(VerifiedRedirect::verify(None, &one).unwrap().as_str(), "https://a.example/cb");
        assert_eq!(VerifiedRedirect::verify(None, &two), None);
        assert_eq!(VerifiedRedirect::verify(None, &[]), None);
    }

    #[test]
    fn the_answer_is_added_to_a_query_that_is_there_already() {
        let answer = [("code", "a b"), ("state", "x&y=z")];
        for (uri, expected) in [
            ("https://a.example/cb", "https://a.example/cb?code=a+b&state=x%26y%3Dz"),
            ("https://a.example/cb?t=1", "https://a.example/cb?t=1&code=a+b&state=x%26y%3Dz"),
            ("https://a.example/cb?", "https://a.example/cb?code=a+b&state=x%26y%3Dz"),
        ] {
            let redirect = VerifiedRedirect::verify(Some(uri), &registered(&[uri])).unwrap();
            assert_eq!(redirect.with_query(&answer), expected);
        }
    }

    #[test]
    fn the_policy_source_is_the_origin_or_the_private_scheme() {
        let source = |uri: &str| VerifiedRedirect::verify(Some(uri), &registered(&[uri])).unwrap().csp_source();
        assert_eq!(source("https://a.example:8443/cb?x"), "https://a.example:8443");
        assert_eq!(source("com.example.app:/cb"), "com.example.app:");
        assert_eq!(source("http://[::1]:8080/cb"), "http:");
    }
}
