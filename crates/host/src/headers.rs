//! What a component sees of a request beside what the client sent: the `spin-*` headers and an absolute URI.

use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use http::header::{CONNECTION, HOST, HeaderName};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Request, Uri};

use crate::routes::RouteMatch;

/// The longest header, names and values: what cookies, a token and a proof take, and much more.
const MAX_HEADER: usize = 64 * 1024;

/// Whether a header is longer than any component is given. More than 100 fields do not get as far as this.
#[must_use]
pub fn is_too_long(headers: &HeaderMap) -> bool {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>() > MAX_HEADER
}

/// Removes what only concerns the connection, and a `Host` of the domain under which the components of an application
/// reach each other (`NAME.spin.internal`), which no client may claim.
pub fn strip_forbidden(headers: &mut HeaderMap) {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.map(|host| host.rsplit_once(':').map_or(host, |(host, _)| host));
    if host.and_then(|host| host.split_once('.')).is_some_and(|(_, domain)| domain == "spin.internal") {
        headers.remove(HOST);
    }
    headers.remove(CONNECTION);
}

/// Makes the URI of `request` absolute, as `wasi:http` needs it.
///
/// # Errors
///
/// There is no usable authority: neither in the URI nor in `Host`, or they differ. Spin closes the connection then,
/// without an answer.
pub fn make_uri_absolute<B>(request: &mut Request<B>) -> anyhow::Result<()> {
    let authority = authority(request.headers(), request.uri())?;
    let path = request.uri().path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
    let uri = Uri::builder().scheme(Scheme::HTTP).authority(authority).path_and_query(path);
    *request.uri_mut() = uri.build()?;
    Ok(())
}

/// Adds the `spin-*` headers. **They come after any of the same name that the client sent**: Spin too appends them, so
/// a component must read the last value.
///
/// # Errors
///
/// A header is not UTF-8. Spin answers 500 then.
pub fn add_spin_headers<B>(request: &mut Request<B>, found: &RouteMatch, client: SocketAddr) -> anyhow::Result<()> {
    for value in request.headers().values() {
        std::str::from_utf8(value.as_bytes()).context("a header is not UTF-8")?;
    }
    let host = match request.headers().get(HOST) {
        Some(host) => host.to_str()?,
        None => "localhost",
    };
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let full_url = format!("http://{host}{path}");
    let client = client.to_string();
    let fixed = [
        ("spin-path-info", found.path_info.as_str()),
        ("spin-full-url", full_url.as_str()),
        ("spin-matched-route", found.route),
        ("spin-base-path", "/"),
        ("spin-raw-component-route", found.raw_route),
        ("spin-component-route", found.raw_route_or_prefix()),
        ("spin-client-addr", client.as_str()),
    ];
    let fixed = fixed.map(|(name, value)| (Ok(HeaderName::from_static(name)), value));
    let captures = found.captures.iter().map(|(name, value)| {
        let name = format!("spin-path-match-{name}").replace('_', "-");
        (HeaderName::try_from(name), value.as_str())
    });
    let mut added = Vec::new();
    for (name, value) in fixed.into_iter().chain(captures) {
        // What cannot be a header is left out, as in Spin.
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            added.push((name, value));
        }
    }
    request.headers_mut().extend(added);
    Ok(())
}

fn authority(headers: &HeaderMap, uri: &Uri) -> anyhow::Result<Authority> {
    let header = match headers.get(HOST) {
        None => None,
        Some(host) => {
            let host = host.to_str().context("Host is not ASCII")?;
            Some(host.parse::<Authority>().context("Host is no authority")?)
        }
    };
    match (header, uri.authority()) {
        (None, None) => bail!("there is no Host"),
        (Some(header), Some(uri)) => {
            ensure!(header == *uri, "Host is not the authority of the URI");
            Ok(header)
        }
        (Some(one), None) => Ok(one),
        (None, Some(one)) => Ok(one.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> RouteMatch<'static> {
        RouteMatch {
            component: "users",
            raw_route: "/users/:user_id/...",
            route: "/users/:user_id/...",
            path_info: "/keys".to_owned(),
            captures: vec![("user_id".to_owned(), "42".to_owned())],
        }
    }

    fn prepared(headers: &[(&'static str, &'static str)], uri: &str) -> anyhow::Result<Request<()>> {
        let mut request = Request::builder().uri(uri).body(())?;
        for (name, value) in headers {
            request.headers_mut().append(*name, HeaderValue::from_static(value));
        }
        strip_forbidden(request.headers_mut());
        make_uri_absolute(&mut request)?;
        add_spin_headers(&mut request, &found(), "127.0.0.1:8777".parse()?)?;
        Ok(request)
    }

    #[test]
    fn the_component_learns_about_its_route() {
        let request = prepared(&[("host", "example.com:81")], "/users/42/keys?a=b").unwrap();

        for (name, value) in [
            ("spin-path-info", "/keys"),
            ("spin-full-url", "http://example.com:81/users/42/keys?a=b"),
            ("spin-matched-route", "/users/:user_id/..."),
            ("spin-base-path", "/"),
            ("spin-raw-component-route", "/users/:user_id/..."),
            ("spin-component-route", "/users/:user_id"),
            ("spin-client-addr", "127.0.0.1:8777"),
            ("spin-path-match-user-id", "42"),
            ("host", "example.com:81"),
        ] {
            assert_eq!(request.headers()[name], value, "{name}");
        }
        assert_eq!(request.uri(), "http://example.com:81/users/42/keys?a=b");
    }

    #[test]
    fn what_the_host_says_comes_after_what_the_client_forged() {
        let forged = [("host", "a"), ("spin-client-addr", "1.2.3.4:5")];

        let request = prepared(&forged, "/users/42/keys").unwrap();

        let all: Vec<_> = request.headers().get_all("spin-client-addr").iter().collect();
        assert_eq!(all, ["1.2.3.4:5", "127.0.0.1:8777"]);
    }

    #[test]
    fn headers_of_the_connection_are_removed() {
        let request = prepared(&[("host", "a"), ("connection", "close")], "/").unwrap();

        assert!(!request.headers().contains_key(CONNECTION));
    }

    #[test]
    fn a_host_of_the_chaining_domain_is_removed() {
        assert!(prepared(&[("host", "token.spin.internal:80")], "/").is_err());
        assert!(prepared(&[("host", "spin.internal.example.com")], "/").is_ok());
    }

    #[test]
    fn there_must_be_one_authority() {
        assert!(prepared(&[], "/").is_err());
        assert!(prepared(&[("host", "a")], "http://b/").is_err());
        assert!(prepared(&[("host", "a b")], "/").is_err());
        assert_eq!(prepared(&[], "http://b/").unwrap().headers()["spin-full-url"], "http://localhost/");
    }

    #[test]
    fn the_fields_of_a_header_are_too_long_together() {
        let mut headers = HeaderMap::new();
        for name in ["a", "b"] {
            assert!(!is_too_long(&headers));
            headers.insert(name, HeaderValue::from_str(&"x".repeat(MAX_HEADER / 2)).unwrap());
        }
        assert!(is_too_long(&headers));
    }

    #[test]
    fn a_header_that_is_not_utf8_is_refused() {
        let mut request = Request::builder().uri("http://a/").body(()).unwrap();
        request.headers_mut().insert("x", HeaderValue::from_bytes(b"\xff").unwrap());

        assert!(add_spin_headers(&mut request, &found(), "127.0.0.1:1".parse().unwrap()).is_err());
    }
}
