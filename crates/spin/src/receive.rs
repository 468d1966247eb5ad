//! Requests from Spin, asked of the host with as few calls as it takes: each is a way out of the sandbox and back.

use bytes::Bytes;
use http::Method;
use spin_sdk::{
    wasip3::{http::types, wit_future},
    wit_bindgen::{StreamReader, StreamResult},
};
use web::{Body, Field, Fields, MAX_BODY};

/// How much is read at once of a body that does not say how long it is.
const CHUNK: usize = 16 * 1024;

/// Reads a request whole, but never more of its body than [`MAX_BODY`].
pub(crate) async fn receive(request: types::Request) -> web::Request {
    let method = method(request.get_method());
    let (path, query) = target(&request);
    let headers = request.get_headers();
    let fields = Fields::new(move |field| headers.get(field.name().as_str()));
    let body = match method {
        Method::GET | Method::HEAD | Method::OPTIONS => Body::Whole(Bytes::new()),
        _ => read(request, &fields).await,
    };
    web::Request { method, path, query, fields, body }
}

/// The path of a request that an endpoint is yet to be found for.
pub fn path(request: &types::Request) -> String {
    target(request).0
}

/// The path and the query, as they were sent.
fn target(request: &types::Request) -> (String, String) {
    let target = request.get_path_with_query().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    (path.to_owned(), query.to_owned())
}

/// Hosts only take methods that are tokens, so that every one of them is a method here, too.
fn method(method: types::Method) -> Method {
    method.try_into().unwrap_or_default()
}

/// Reads the body. Where it says how long it is, its last octet is its end, for which the host need not be asked.
async fn read(request: types::Request, fields: &Fields) -> Body {
    let length = fields.get(Field::ContentLength).and_then(|length| length.parse().ok());
    match length {
        Some(0) => return Body::Whole(Bytes::new()),
        Some(length) if length > MAX_BODY => return Body::TooLarge,
        _ => {}
    }
    let (_heard, result) = wit_future::new(|| Ok(()));
    let (mut stream, trailers) = types::Request::consume_body(request, result);
    let mut body = Vec::with_capacity(length.unwrap_or(CHUNK));
    while !stream_has_ended(&mut stream, &mut body).await {
        if body.len() > MAX_BODY {
            return Body::TooLarge;
        }
        if length == Some(body.len()) {
            return Body::Whole(body.into());
        }
        if body.len() == body.capacity() {
            body.reserve(CHUNK);
        }
    }
    // What broke off says so where trailers would be.
    match length {
        None if trailers.await.is_ok() => Body::Whole(body.into()),
        _ => Body::TooLarge,
    }
}

/// Reads what has come in.
async fn stream_has_ended(stream: &mut StreamReader<u8>, body: &mut Vec<u8>) -> bool {
    let (status, read) = stream.read(std::mem::take(body)).await;
    *body = read;
    !matches!(status, StreamResult::Complete(_))
}
