//! Responses that more than one endpoint gives.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{Failure, Result};

/// A response, whole.
pub type Response = http::Response<Vec<u8>>;

/// A response of this status with this body and media type.
pub(crate) fn response(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    // Room for all that such an answer has, so that the map does not grow twice.
    *response.headers_mut() = HeaderMap::with_capacity(12);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// A JSON response.
pub fn json(status: StatusCode, body: &impl Serialize) -> Result {
    let body = serde_json::to_vec(body).map_err(|error| domain::Failure::Internal(error.to_string()))?;
    Ok(response(status, "application/json", body))
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

/// Says after how many seconds to try again.
pub(crate) fn retry_after(mut response: Response, seconds: i64) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Answers a GET by sending the browser elsewhere, as [RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2)
/// shows it.
pub(crate) fn found(location: &str) -> Result {
    let mut response = redirect(location)?;
    *response.status_mut() = StatusCode::FOUND;
    Ok(response)
}

/// Sends the browser elsewhere by GET. 303, so that a password that was posted here is not posted on
/// ([RFC 9700 §4.12](https://www.rfc-editor.org/rfc/rfc9700#section-4.12)).
pub(crate) fn redirect(location: &str) -> Result {
    let location = HeaderValue::from_str(location).map_err(|_| {
        Failure::Domain(domain::Failure::Internal("a redirect has characters that no header can have".to_owned()))
    })?;
    let mut response = empty(StatusCode::SEE_OTHER);
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}
