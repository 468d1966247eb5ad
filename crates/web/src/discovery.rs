//! `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`,
//! [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3), and `/.well-known/oauth-protected-resource/…`,
//! [RFC 9728 §3](https://www.rfc-editor.org/rfc/rfc9728#section-3).

use domain::{Settings, resource::WELL_KNOWN};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{Audience, Cors, Endpoint, Failure, Request, Result, response::response};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "GET, HEAD, OPTIONS", audience: Audience::Client, cors: Cors::Public };

/// Whose metadata is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// This server's.
    Server,
    /// That of the protected resource at this path, which may not be there.
    Resource(&'a str),
}

/// Refuses paths that belong to another issuer. Where the issuer has a path it is inserted behind the well-known
/// string, or stands before it, as OpenID Connect Discovery has it.
pub fn parse<'a>(request: &'a Request, settings: &Settings) -> Result<Subject<'a>> {
    let path = settings.issuer()?.path().to_owned();
    if let Some(resource) = request.path.strip_prefix(WELL_KNOWN) {
        let below = resource.strip_prefix(path.as_str()).ok_or(Failure::NotFound)?;
        return Ok(Subject::Resource(below));
    }
    let documents = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];
    let is_ours = documents.iter().any(|document| match request.path.split_once(document) {
        Some((before, after)) => {
            (before.is_empty() || before == path) && (after.is_empty() || (before.is_empty() && after == path))
        }
        None => false,
    });
    if is_ours { Ok(Subject::Server) } else { Err(Failure::NotFound) }
}

/// The metadata as JSON.
pub fn document(metadata: &impl Serialize) -> std::result::Result<Vec<u8>, Failure> {
    serde_json::to_vec(metadata).map_err(|error| domain::Failure::Internal(error.to_string()).into())
}

/// Answers a document; it changes only with the settings.
pub fn answer(document: Vec<u8>) -> Result {
    let mut response = response(StatusCode::OK, "application/json", document);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::request::testing::request;

    fn found(issuer: &str, path: &str) -> bool {
        let settings = Settings::new([("issuer", issuer.to_owned())]);
        let request = Request { path: path.to_owned(), ..request(Method::GET, &[], "") };
        parse(&request, &settings).is_ok()
    }

    #[test]
    fn the_path_of_the_issuer_is_inserted_or_put_before() {
        let issuer = "https://id.example/tenant";
        assert!(found(issuer, "/.well-known/oauth-authorization-server/tenant"));
        assert!(found(issuer, "/.well-known/openid-configuration/tenant"));
        assert!(found(issuer, "/tenant/.well-known/openid-configuration"));
        assert!(found(issuer, "/.well-known/openid-configuration"), "a proxy may have taken the path away");
        assert!(!found(issuer, "/.well-known/oauth-authorization-server/other"));
        assert!(!found(issuer, "/tenant/.well-known/openid-configuration/tenant"));
    }

    #[test]
    fn the_path_of_a_resource_is_inserted_behind_that_of_the_issuer() {
        let resource = |issuer: &str, path: &str| {
            let settings = Settings::new([("issuer", issuer.to_owned())]);
            let request = Request { path: path.to_owned(), ..request(Method::GET, &[], "") };
            match parse(&request, &settings) {
                Ok(Subject::Resource(path)) => Some(path.to_owned()),
                _ => None,
            }
        };
        let (root, tenant) = ("https://id.example", "https://id.example/tenant");
        let of = |path: &str| format!("/.well-known/oauth-protected-resource{path}");
        assert_eq!(resource(root, &of("/resource/me")).as_deref(), Some("/resource/me"));
        assert_eq!(resource(root, &of("")).as_deref(), Some(""));
        assert_eq!(resource(tenant, &of("/tenant/resource")).as_deref(), Some("/resource"));
        assert_eq!(resource(tenant, &of("/resource")), None);
    }

    #[test]
    fn an_issuer_without_a_path_has_no_inserted_form() {
        assert!(found("https://id.example", "/.well-known/openid-configuration"));
        assert!(!found("https://id.example", "/.well-known/openid-configuration/tenant"));
        assert!(!found("https://id.example", "/.well-known/openid-configuration/"));
    }
}
