//! The `Authorization` field of a client: Basic as RFC 6749 has it, and never a panic.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use domain::client::{ClientCredentials, Proof};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use web::{Body, Fields, Request};

/// A form that is posted with these further fields.
pub(crate) fn post(fields: &[(HeaderName, HeaderValue)], body: &[u8]) -> Request {
    let form = (header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    Request {
        method: Method::POST,
        path: "/token".to_owned(),
        query: String::new(),
        fields: asked([form].iter().chain(fields).cloned().collect()),
        body: Body::Whole(Bytes::copy_from_slice(body)),
    }
}

/// These fields, as the host answers.
pub(crate) fn asked(fields: HeaderMap) -> Fields {
    Fields::new(move |field| fields.get_all(field.name()).iter().map(|value| value.as_bytes().to_vec()).collect())
}

fn read(field: &[u8]) -> Option<(String, String)> {
    let value = HeaderValue::from_bytes(field).ok()?;
    let request = post(&[(header::AUTHORIZATION, value)], b"grant_type=client_credentials");
    let ClientCredentials { client_id, proof } = web::token::parse(&request).ok()?.client;
    match proof {
        Proof::Secret(secret) => Some((client_id, secret.expose().to_owned())),
        other => panic!("a field is no {other:?}"),
    }
}

/// The field of a client that follows the specification.
fn write(id: &str, secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))))
}

pub(crate) fn check(data: &[u8]) {
    if let Some((id, secret)) = read(data) {
        assert!(!id.is_empty());
        assert_eq!(read(write(&id, &secret).as_bytes()), Some((id, secret)));
    }
    // The same octets as an identifier and a secret of any characters.
    let text = String::from_utf8_lossy(data);
    let (id, secret) = text.split_once('\n').unwrap_or((&text, ""));
    if !id.is_empty() {
        assert_eq!(read(write(id, secret).as_bytes()), Some((id.to_owned(), secret.to_owned())));
    }
    // As the password of a field that is Basic in any case.
    let raw = format!("Basic {}", STANDARD.encode(data));
    if let Some((id, _)) = read(raw.as_bytes()) {
        assert!(!id.is_empty() && data.contains(&b':'));
    }
}
