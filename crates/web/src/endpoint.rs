//! What every endpoint has in common: methods, bounds, CORS, errors in the form of its audience, security headers.

use domain::Settings;
use http::{HeaderValue, Method, StatusCode, header};
use protocol::ErrorCode;

use crate::{
    Body, Cors, Failure, Request, Response, Result,
    challenge::Asked,
    cors::{self},
    page,
    response::empty,
};

/// Who reads the answers of an endpoint, errors among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Programs: errors are JSON.
    Client,
    /// Programs with an access token: errors are JSON, and say where the metadata of the protected resource is.
    Bearer,
    /// People: errors are pages.
    User,
}

/// The fixed properties of an endpoint.
#[derive(Debug)]
pub struct Endpoint {
    /// The methods it has, as the `Allow` field lists them.
    pub methods: &'static str,
    /// Who reads its answers.
    pub audience: Audience,
    /// Which origins may read its answers.
    pub cors: Cors,
}

/// A response and what the operator is told about it.
#[derive(Debug)]
pub struct Answer {
    /// The response.
    pub response: Response,
    /// What the client was told by a failure.
    pub error: Option<ErrorCode>,
    /// Why it failed, where that is the server's fault.
    pub reason: Option<String>,
}

/// Answers a request: checks what all endpoints check, lets the endpoint act, and gives its failure the right form.
///
/// `reference` names the request where people are told that something went wrong.
pub async fn respond(
    endpoint: &Endpoint,
    settings: &Settings,
    request: &Request,
    reference: &dyn Fn() -> String,
    act: impl AsyncFnOnce() -> Result,
) -> Answer {
    let outcome = match admit(endpoint, settings, request) {
        Ok(Some(preflight)) => Ok(preflight),
        Ok(None) => act().await,
        Err(failure) => Err(failure),
    };
    let (mut reason, mut error) = (None, None);
    let mut response = outcome.unwrap_or_else(|failure| {
        (reason, error) = (failure.reason(), Some(failure.error().code));
        let mut response = match endpoint.audience {
            Audience::Client => failure.to_json(None),
            Audience::Bearer => failure.to_json(Some(&Asked::of(settings, request))),
            Audience::User => page::failure(settings, request, &failure, reference),
        };
        failure.decorate(&mut response);
        response
    });
    if request.method == Method::HEAD {
        response.body_mut().clear();
    }
    finish(endpoint, settings, request, &mut response);
    Answer { response, error, reason }
}

/// Lets a request through, answers a preflight, or refuses.
fn admit(endpoint: &Endpoint, settings: &Settings, request: &Request) -> Result<Option<Response>> {
    if request.method == Method::OPTIONS && endpoint.cors != Cors::Never {
        let mut response = empty(StatusCode::NO_CONTENT);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(endpoint.methods));
        cors::allow_preflight(endpoint, request, &mut response);
        return Ok(Some(response));
    }
    // HEAD is there only where it is listed: an authorization request by HEAD would start a grant.
    if !endpoint.methods.split(", ").any(|method| method == request.method.as_str()) {
        return Err(Failure::MethodNotAllowed(endpoint.methods));
    }
    if matches!(request.body, Body::TooLarge) {
        return Err(Failure::BodyTooLarge);
    }
    settings.issuer()?;
    Ok(None)
}

fn finish(endpoint: &Endpoint, settings: &Settings, request: &Request, response: &mut Response) {
    cors::allow(endpoint, settings, request, response);
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // "The authorization server MUST include the HTTP "Cache-Control" response header field with a value of "no-store" in
    // any response containing tokens, credentials, or other sensitive information" (RFC 6749 §5.1). What may be cached
    // says so itself.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if settings.issuer().is_ok_and(|issuer| issuer.is_secure()) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

#[cfg(test)]
mod tests;
