//! Requests from Spin.

use bytes::Bytes;
use http::Method;
use http_body_util::{BodyExt, Limited};
use spin_sdk::http::Request;
use web::{Body, MAX_BODY};

/// Reads a request whole, but never more of it than [`MAX_BODY`].
pub(crate) async fn receive(request: Request) -> web::Request {
    let (parts, body) = request.into_parts();
    let has_body = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let body = match has_body {
        false => Body::Whole(Bytes::new()),
        true => match Limited::new(body, MAX_BODY).collect().await {
            Ok(whole) => Body::Whole(whole.to_bytes()),
            Err(_) => Body::TooLarge,
        },
    };
    web::Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    }
}
