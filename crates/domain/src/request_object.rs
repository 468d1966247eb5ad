//! Request objects: an authorization request in a JWT of the client, by value
//! ([RFC 9101](https://www.rfc-editor.org/rfc/rfc9101), [OIDC Core §6.1](https://openid.net/specs/openid-connect-core-1_0.html#RequestObject)).
//!
//! What they say is read once, where the request arrives. From there on its parameters travel as those of any other
//! request do: sealed with the pages, or kept by `/par`. By reference there are only requests that were pushed.

use protocol::{
    Error, ErrorCode,
    jws::{Jws, JwsAlgorithm},
    jwt::RegisteredClaims,
    params::Params,
};
use serde_json::{Map, Value};

use crate::{Env, Failure, client::Client, client_assertion::SKEW, client_keys::verify_by_client, document::Documents};

/// The algorithms of request objects, as metadata lists them. An unsigned one says no more than a query would.
pub const ALGORITHMS: [JwsAlgorithm; 5] =
    [JwsAlgorithm::RS256, JwsAlgorithm::PS256, JwsAlgorithm::ES256, JwsAlgorithm::EdDSA, JwsAlgorithm::Unsecured];

/// What the parameters of an object may take up, encoded: they travel in URLs, with the pages.
const MAX_LENGTH: usize = 8 * 1024;

/// What the JWT says about itself and not about the request.
const ABOUT_ITSELF: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

const fn invalid(description: &'static str) -> Error {
    Error::new(ErrorCode::InvalidRequestObject, description)
}

/// The parameters of the request object in these ones; `None` where there is none and need not be one.
///
/// > The authorization server MUST extract the set of authorization request parameters from the Request Object value. The
/// > authorization server MUST only use the parameters in the Request Object, even if the same parameter is provided in
/// > the query parameter. (RFC 9101 §6.3)
pub(crate) async fn open<S: Documents>(
    env: &Env<'_, S>,
    client: &Client,
    params: &Params,
) -> Result<Option<Params>, Failure> {
    let Some(text) = params.get("request")? else {
        return match client.metadata.require_signed_request_object {
            true => Err(Error::invalid_request("This client must send a signed request object.").into()),
            false => Ok(None),
        };
    };
    // "the client […] MUST NOT use "request" and "request_uri" together" (RFC 9101 §5)
    if params.get("request_uri")?.is_some() {
        return Err(Error::invalid_request("request and request_uri cannot be used together.").into());
    }
    let jws = Jws::parse(text).ok_or(invalid("The request object is no JWT by an algorithm that is known here."))?;
    verify(env, client, &jws).await?;
    let claims = jws.claims::<RegisteredClaims>().ok_or(invalid("The claims of the request object are malformed."))?;
    ensure_for_us(env, client, &claims)?;
    let members = jws.claims().ok_or(invalid("The request object is no JSON object."))?;
    let unwrapped = parameters(client, params, members)?;
    match unwrapped.encode().len() <= MAX_LENGTH {
        true => Ok(Some(unwrapped)),
        false => Err(invalid("The request object says more than 8 KiB.").into()),
    }
}

/// > The authorization server MUST validate the signature of the JWS-signed Request Object. The signature MUST be validated
/// > using a key associated with the client and the algorithm specified in the "alg" header parameter. […] If the
/// > signature validation fails, the authorization server MUST return an "invalid_request_object" error (RFC 9101 §6.2)
async fn verify<S: Documents>(env: &Env<'_, S>, client: &Client, jws: &Jws<'_>) -> Result<(), Failure> {
    // What was signed for another purpose says so (RFC 9101 §10.8).
    let is_request = jws.header.typ.is_none() || jws.is_of_type("JWT") || jws.is_of_type("oauth-authz-req+jwt");
    if !is_request {
        return Err(invalid("The typ of the request object is not oauth-authz-req+jwt.").into());
    }
    let (algorithm, metadata) = (jws.header.alg, &client.metadata);
    // "All Request Objects from this Client MUST be rejected, if not signed with this algorithm." (OIDC Registration §2)
    if metadata.request_object_signing_alg.is_some_and(|registered| registered != algorithm) {
        return Err(invalid("The request object is not signed by the algorithm that the client registered.").into());
    }
    let is_good = match algorithm {
        JwsAlgorithm::Unsecured => {
            jws.signature.is_empty() && !metadata.require_signed_request_object && !metadata.is_fapi2()
        }
        _ => verify_by_client(env, client, jws, &JwsAlgorithm::PUBLIC_KEY).await?,
    };
    if is_good { Ok(()) } else { Err(invalid("The signature of the request object is not the client's.").into()) }
}

/// > The value of "aud" should be the value of the authorization server's issuer […]. The value of "iss" SHOULD be the
/// > "client_id" (RFC 9101 §4)
fn ensure_for_us<S>(env: &Env<'_, S>, client: &Client, claims: &RegisteredClaims) -> Result<(), Failure> {
    let issuer = env.settings.issuer()?;
    let is_from_client = claims.iss.as_ref().is_none_or(|iss| *iss == client.id);
    let is_to_us = claims.aud.as_ref().is_none_or(|aud| aud.contains(issuer.as_str()));
    if !is_from_client || !is_to_us {
        return Err(invalid("The request object is of another client or for another server.").into());
    }
    // A client assertion has its client for a subject, and no request has one (RFC 9101 §10.8).
    if claims.sub.as_ref() == Some(&client.id) {
        return Err(invalid("The sub of a request object cannot be the client.").into());
    }
    match claims.is_current(env.now, SKEW) {
        true => Ok(()),
        false => Err(invalid("The request object has expired, or is not good yet.").into()),
    }
}

/// The parameters that the members of an object stand for.
///
/// > Parameter names and string values MUST be included as JSON strings. […] Numerical values MUST be included as JSON
/// > numbers. […] The request object MAY include any extension parameters. (RFC 9101 §4)
fn parameters(client: &Client, outside: &Params, members: Map<String, Value>) -> Result<Params, Error> {
    // "request and request_uri parameters MUST NOT be included in Request Objects." (RFC 9101 §4)
    if members.contains_key("request") || members.contains_key("request_uri") {
        return Err(invalid("A request object cannot have request or request_uri."));
    }
    // "The client ID values in the client_id request parameter and in the Request Object client_id claim MUST be
    // identical." (RFC 9101 §5) The same goes for response_type, which OpenID Connect wants outside, too (OIDC Core §6.1).
    let differs = |name: &str, value: &str| members.get(name).is_some_and(|inside| inside.as_str() != Some(value));
    if differs("client_id", &client.id) {
        return Err(invalid("The client_id of the request object is not that of the request."));
    }
    if outside.get("response_type")?.is_some_and(|outside| differs("response_type", outside)) {
        return Err(invalid("The response_type of the request object is not that of the request."));
    }
    let mut pairs = vec![("client_id".to_owned(), client.id.clone())];
    let mut add = |name: &str, value: &Value| {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        pairs.push((name.to_owned(), text));
    };
    for (name, value) in &members {
        match value {
            _ if name == "client_id" || ABOUT_ITSELF.contains(&name.as_str()) => {}
            Value::Null => return Err(invalid("A member of the request object is null.")),
            Value::Array(several) if name == "resource" => several.iter().for_each(|one| add(name, one)),
            value => add(name, value),
        }
    }
    Ok(pairs.into_iter().collect())
}
