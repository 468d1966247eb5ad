//! Responses to Spin, built so that head and body leave in one piece.
//!
//! Spin does not set `TCP_NODELAY`. A body that is not ready when the head goes out leaves in a second packet, and on a
//! kept-alive connection that packet waits for the client's delayed acknowledgement, some 40 ms. So the length is said
//! in the head, and the body's write is already pending when the head is handed over.

use std::pin::Pin;

use futures_lite::future::poll_once;
use http::{Method, StatusCode};
use spin_sdk::{
    wasip3::{
        http::types::{ErrorCode, Fields, Response},
        http_compat::BodyWriter,
    },
    wit_bindgen::spawn,
};

/// Hands a response to the host. An error means that the host has refused a header field, which nothing here produces.
pub(crate) async fn send(response: web::Response, method: &Method) -> Result<Response, ErrorCode> {
    let (parts, body) = response.into_parts();
    let entry = |name: &str, value: &[u8]| (name.to_owned(), value.to_vec());
    let mut entries: Vec<_> =
        parts.headers.iter().map(|(name, value)| entry(name.as_str(), value.as_bytes())).collect();
    // "A server MUST NOT send a Content-Length header field in any response with a status code of […] 204" (RFC 9110
    // §8.6), and what answers a HEAD, or is a 304, has another length than its own.
    if !matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) && method != Method::HEAD {
        entries.push(entry("content-length", body.len().to_string().as_bytes()));
    }
    let fields = Fields::from_list(&entries).map_err(|error| ErrorCode::InternalError(Some(error.to_string())))?;
    let (mut writer, contents, trailers) = BodyWriter::new();
    let (response, _sent) = Response::new(fields, Some(contents), trailers);
    // A response begins as 200: one way out of the sandbox less.
    if parts.status != StatusCode::OK {
        let _ = response.set_status_code(parts.status.as_u16());
    }
    let mut writing: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
        // Where the client has gone away nobody waits for the rest.
        let _ = writer.stream_writer.write_all(body).await;
        drop(writer.stream_writer);
        let _ = writer.result_writer.write(Ok(None)).await;
    });
    // To begin it is enough for the write to be pending at the host.
    if poll_once(writing.as_mut()).await.is_none() {
        spawn(writing);
    }
    Ok(response)
}
