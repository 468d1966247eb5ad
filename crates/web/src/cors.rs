//! Cross-origin requests: which pages may read an answer ([Fetch, HTTP-CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol)).
//!
//! Credentials are never allowed: nothing that these endpoints answer depends on a cookie.

use domain::{Settings, settings::AllowedOrigins};
use http::{HeaderValue, header};

use crate::{Endpoint, Field, Request, Response};

/// Which origins may read the answers of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cors {
    /// No origin: what people see is not for scripts.
    Never,
    /// Every origin: the answer is public.
    Public,
    /// The origins of the setting `allowed_origins`.
    Configured,
}

/// Lets the origin of a request read the answer, if it may.
pub(crate) fn allow(endpoint: &Endpoint, settings: &Settings, request: &Request, response: &mut Response) {
    let allowed = match endpoint.cors {
        Cors::Never => return,
        Cors::Public => AllowedOrigins::Any,
        Cors::Configured => match settings.allowed_origins() {
            Ok(origins) => origins,
            // The request itself goes on; what reads the setting next reports it.
            Err(_) => return,
        },
    };
    let value = match &allowed {
        AllowedOrigins::Any => Some(HeaderValue::from_static("*")),
        AllowedOrigins::These(known) => {
            let origin = request.fields.get(Field::Origin).filter(|origin| known.iter().any(|known| known == origin));
            origin.and_then(|origin| HeaderValue::from_str(origin).ok())
        }
    };
    let is_refusal = response.status().is_client_error() || response.status().is_server_error();
    let headers = response.headers_mut();
    if matches!(allowed, AllowedOrigins::These(_)) {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    match value {
        Some(value) => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
            // What a script needs to know of a refusal; other answers have none of these.
            if is_refusal {
                headers.insert(
                    header::ACCESS_CONTROL_EXPOSE_HEADERS,
                    HeaderValue::from_static("WWW-Authenticate, DPoP-Nonce, Retry-After"),
                );
            }
        }
        None => {
            for name in [
                header::ACCESS_CONTROL_ALLOW_METHODS,
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                header::ACCESS_CONTROL_MAX_AGE,
            ] {
                headers.remove(name);
            }
        }
    }
}

/// Answers a preflight; [`allow`] takes it back where the origin may not read.
pub(crate) fn allow_preflight(endpoint: &Endpoint, request: &Request, response: &mut Response) {
    if !request.fields.contains(Field::AccessControlRequestMethod) {
        return;
    }
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(endpoint.methods));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Authorization, Content-Type, DPoP, MCP-Protocol-Version"),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}

#[cfg(test)]
mod tests;
