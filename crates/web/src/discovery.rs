//! `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`,
//! [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3).

use domain::Settings;
use http::{HeaderValue, StatusCode, header};
use protocol::provider_metadata::ProviderMetadata;

use crate::{Audience, Cors, Endpoint, Failure, Request, Result, json};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "GET, HEAD, OPTIONS", audience: Audience::Client, cors: Cors::Public };

/// Refuses paths that belong to another issuer. Where the issuer has a path it is inserted behind the well-known
/// string, or stands before it, as OpenID Connect Discovery has it.
pub fn parse(request: &Request, settings: &Settings) -> Result<()> {
    let path = settings.issuer()?.path().to_owned();
    let documents = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];
    let is_ours = documents.iter().any(|document| match request.path.split_once(document) {
        Some((before, after)) => {
            (before.is_empty() || before == path) && (after.is_empty() || (before.is_empty() && after == path))
        }
        None => false,
    });
    if is_ours { Ok(()) } else { Err(Failure::NotFound) }
}

/// Answers the metadata; it changes only with the settings.
pub fn answer(metadata: &ProviderMetadata) -> Result {
    let mut response = json(StatusCode::OK, metadata)?;
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
    fn an_issuer_without_a_path_has_no_inserted_form() {
        assert!(found("https://id.example", "/.well-known/openid-configuration"));
        assert!(!found("https://id.example", "/.well-known/openid-configuration/tenant"));
        assert!(!found("https://id.example", "/.well-known/openid-configuration/"));
    }
}
