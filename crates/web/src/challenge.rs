//! What a client that was refused is told in `WWW-Authenticate`.

use domain::{Insufficient, Settings, resource};
use http::HeaderValue;
use protocol::{Error, ErrorCode};

use crate::{Failure, Field, Request};

const BASIC: HeaderValue = HeaderValue::from_static(r#"Basic realm="spin-auth", charset="UTF-8""#);

/// The algorithms of [`domain::dpop::ALGORITHMS`], as a challenge lists them.
const ALGORITHMS: &str = "RS256 PS256 ES256 EdDSA";

/// How a protected resource was asked.
pub(crate) struct Asked {
    /// The URL of its metadata ([RFC 9728 §5.1](https://www.rfc-editor.org/rfc/rfc9728#section-5.1)); `None` where the path
    /// is none that it could be at.
    metadata: Option<String>,
    /// Whether by the scheme `DPoP`.
    by_dpop: bool,
}

impl Asked {
    pub(crate) fn of(settings: &Settings, request: &Request) -> Self {
        let metadata = resource::metadata_url(settings, &request.path).ok().flatten();
        let scheme = request.fields.get(Field::Authorization).and_then(|field| field.split(' ').next());
        Self { metadata, by_dpop: scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("dpop")) }
    }
}

/// The challenges of a failure, which name the metadata where a protected resource was asked.
pub(crate) fn challenges(failure: &Failure, asked: Option<&Asked>) -> Vec<HeaderValue> {
    let Error { code, description } = failure.error();
    let mut rest = String::new();
    match (code, failure) {
        // "If the request lacks any authentication information […], the resource server SHOULD NOT include an error code or
        // other error information." (RFC 6750 §3.1)
        (_, Failure::NoToken) => {}
        // "the authorization server MUST respond with an HTTP 401 (Unauthorized) status code and include the
        // "WWW-Authenticate" response header field" (RFC 6749 §5.2)
        (ErrorCode::InvalidClient, _) => return vec![BASIC],
        (ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce, _) if asked.is_none() => return Vec::new(),
        (
            ErrorCode::InvalidToken
            | ErrorCode::InsufficientScope
            | ErrorCode::InsufficientUserAuthentication
            | ErrorCode::InvalidDpopProof
            | ErrorCode::UseDpopNonce,
            _,
        ) => rest = format!(r#", error="{}", error_description="{description}""#, code.as_str()),
        _ => return Vec::new(),
    }
    match failure {
        // "The resource server SHOULD respond with the HTTP 403 (Forbidden) status code and MAY include the "scope" attribute
        // with the scope necessary to access the protected resource." (RFC 6750 §3.1)
        Failure::Domain(domain::Failure::Insufficient(Insufficient::Scope(scope))) => {
            rest.push_str(&format!(r#", scope="{scope}""#));
        }
        Failure::Domain(domain::Failure::Insufficient(Insufficient::Acr(values))) => {
            rest.push_str(&format!(r#", acr_values="{values}""#));
        }
        Failure::Domain(domain::Failure::Insufficient(Insufficient::SignIn { max_age })) => {
            rest.push_str(&format!(r#", max_age="{}""#, max_age.0));
        }
        _ => {}
    }
    if let Some(url) = asked.and_then(|asked| asked.metadata.as_deref()) {
        rest.push_str(&format!(r#", resource_metadata="{url}""#));
    }
    let bearer = format!(r#"Bearer realm="spin-auth"{rest}"#);
    let dpop = format!(r#"DPoP realm="spin-auth", algs="{ALGORITHMS}"{rest}"#);
    let challenges = match asked {
        // Which of the two the token will be for, only the client knows.
        Some(_) if matches!(failure, Failure::NoToken) => vec![bearer, dpop],
        Some(asked) if asked.by_dpop => vec![dpop],
        _ => vec![bearer],
    };
    challenges.iter().filter_map(|challenge| HeaderValue::from_str(challenge).ok()).collect()
}

#[cfg(test)]
mod tests {
    use protocol::time::Seconds;

    use super::*;

    const RESOURCE: &str = "https://id.example/m";

    fn asked(by_dpop: bool) -> Asked {
        Asked { metadata: Some(RESOURCE.to_owned()), by_dpop }
    }

    fn of(failure: impl Into<Failure>, asked: Option<Asked>) -> Vec<String> {
        let challenges = challenges(&failure.into(), asked.as_ref());
        challenges.iter().map(|challenge| challenge.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_missing_token_is_challenged_by_both_schemes_without_an_error_code() {
        assert_eq!(of(Failure::NoToken, None), [r#"Bearer realm="spin-auth""#]);
        assert_eq!(
            of(Failure::NoToken, Some(asked(false))),
            [
                r#"Bearer realm="spin-auth", resource_metadata="https://id.example/m""#,
                r#"DPoP realm="spin-auth", algs="RS256 PS256 ES256 EdDSA", resource_metadata="https://id.example/m""#
            ]
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let scope = of(domain::Failure::Insufficient(Insufficient::Scope("api:read")), None).remove(0);
        assert!(scope.contains(r#"error="insufficient_scope""#) && scope.ends_with(r#", scope="api:read""#), "{scope}");
        let max_age = Seconds(300);
        let sign_in = of(domain::Failure::Insufficient(Insufficient::SignIn { max_age }), None).remove(0);
        assert!(sign_in.contains(r#"error="insufficient_user_authentication""#), "{sign_in}");
        assert!(sign_in.ends_with(r#", max_age="300""#), "{sign_in}");
        let acr = of(domain::Failure::Insufficient(Insufficient::Acr("urn:a phr")), None).remove(0);
        assert!(acr.contains(r#"error="insufficient_user_authentication""#), "{acr}");
        assert!(acr.ends_with(r#", acr_values="urn:a phr""#), "{acr}");
    }

    #[test]
    fn the_challenge_is_of_the_scheme_that_was_used() {
        let refused = || Error::new(ErrorCode::InvalidToken, "x");
        assert!(of(refused(), Some(asked(true))).concat().starts_with("DPoP "));
        assert!(of(refused(), Some(asked(false))).concat().starts_with("Bearer "));
        let nonce = of(domain::Failure::UseDpopNonce("n".to_owned()), Some(asked(true))).concat();
        assert!(nonce.starts_with("DPoP ") && nonce.contains(r#"error="use_dpop_nonce""#), "{nonce}");
    }

    #[test]
    fn the_algorithms_are_those_that_are_verified() {
        let all = serde_json::to_string(&domain::dpop::ALGORITHMS).unwrap();
        assert_eq!(all.replace(['"', '[', ']'], "").replace(',', " "), ALGORITHMS);
    }

    #[test]
    fn what_has_nothing_to_do_with_a_token_is_not_challenged() {
        assert!(of(Failure::NotFound, Some(asked(false))).is_empty());
        assert!(of(Error::invalid_request("x"), None).is_empty());
        assert!(of(Error::new(ErrorCode::InvalidDpopProof, "x"), None).is_empty(), "that is for the token endpoint");
        assert!(of(Error::new(ErrorCode::InvalidClient, "x"), None).concat().starts_with("Basic "));
    }
}
