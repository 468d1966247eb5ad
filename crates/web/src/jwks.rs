//! `GET /jwks`, [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5).

use http::{HeaderValue, StatusCode, header};

use crate::{Audience, Cors, Endpoint, Response, response::response};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "GET, HEAD, OPTIONS", audience: Audience::Client, cors: Cors::Public };

/// Answers the key set. It may be kept for a while that is far shorter than a new key is published before it signs.
pub fn answer(jwks: String) -> Response {
    let mut response = response(StatusCode::OK, "application/json", jwks.into_bytes());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
