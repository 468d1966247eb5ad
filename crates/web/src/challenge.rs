//! What a client that was refused is told in `WWW-Authenticate`.

use std::fmt::Write;

use domain::{Settings, resource};
use http::HeaderValue;
use protocol::{Error, ErrorCode};

use crate::{Failure, Request};

const BASIC: HeaderValue = HeaderValue::from_static(r#"Basic realm="spin-auth", charset="UTF-8""#);

/// The URL of the metadata of the protected resource that was asked
/// ([RFC 9728 §5.1](https://www.rfc-editor.org/rfc/rfc9728#section-5.1)); `None` where the path is none that it could be at.
pub(crate) fn resource_metadata(settings: &Settings, request: &Request) -> Option<String> {
    resource::metadata_url(settings, &request.path).ok().flatten()
}

/// The challenge of a failure, which names this metadata where a protected resource was asked.
pub(crate) fn challenge(failure: &Failure, resource_metadata: Option<&str>) -> Option<HeaderValue> {
    let Error { code, description } = failure.error();
    let mut challenge = r#"Bearer realm="spin-auth""#.to_owned();
    match code {
        // "If the request lacks any authentication information […], the resource server SHOULD NOT include an error code or
        // other error information." (RFC 6750 §3.1)
        _ if matches!(failure, Failure::NoToken) => {}
        // "the authorization server MUST respond with an HTTP 401 (Unauthorized) status code and include the
        // "WWW-Authenticate" response header field" (RFC 6749 §5.2)
        ErrorCode::InvalidClient => return Some(BASIC),
        ErrorCode::InvalidToken | ErrorCode::InsufficientScope | ErrorCode::InsufficientUserAuthentication => {
            write!(challenge, r#", error="{}", error_description="{description}""#, code.as_str()).ok()?;
        }
        _ => return None,
    }
    match failure {
        // "The resource server SHOULD respond with the HTTP 403 (Forbidden) status code and MAY include the "scope" attribute
        // with the scope necessary to access the protected resource." (RFC 6750 §3.1)
        Failure::Domain(domain::Failure::Insufficient(domain::Insufficient::Scope(scope))) => {
            write!(challenge, r#", scope="{scope}""#).ok()?;
        }
        Failure::Domain(domain::Failure::Insufficient(domain::Insufficient::SignIn { max_age })) => {
            write!(challenge, r#", max_age="{}""#, max_age.0).ok()?;
        }
        _ => {}
    }
    if let Some(url) = resource_metadata {
        write!(challenge, r#", resource_metadata="{url}""#).ok()?;
    }
    HeaderValue::from_str(&challenge).ok()
}

#[cfg(test)]
mod tests {
    use domain::Insufficient;
    use protocol::time::Seconds;

    use super::*;

    fn of(failure: impl Into<Failure>, metadata: Option<&str>) -> String {
        challenge(&failure.into(), metadata).unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn a_missing_token_is_challenged_without_an_error_code() {
        assert_eq!(of(Failure::NoToken, None), r#"Bearer realm="spin-auth""#);
        assert_eq!(
            of(Failure::NoToken, Some("https://id.example/m")),
            r#"Bearer realm="spin-auth", resource_metadata="https://id.example/m""#
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let scope = of(domain::Failure::Insufficient(Insufficient::Scope("api:read")), None);
        assert!(scope.contains(r#"error="insufficient_scope""#) && scope.ends_with(r#", scope="api:read""#), "{scope}");
        let max_age = Seconds(300);
        let sign_in = of(domain::Failure::Insufficient(Insufficient::SignIn { max_age }), None);
        assert!(sign_in.contains(r#"error="insufficient_user_authentication""#), "{sign_in}");
        assert!(sign_in.ends_with(r#", max_age="300""#), "{sign_in}");
    }

    #[test]
    fn what_has_nothing_to_do_with_a_token_is_not_challenged() {
        assert!(challenge(&Failure::NotFound, Some("https://id.example/m")).is_none());
        assert!(challenge(&Error::invalid_request("x").into(), None).is_none());
        assert!(of(Error::new(ErrorCode::InvalidClient, "x"), None).starts_with("Basic "));
    }
}
