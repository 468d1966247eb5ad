//! `GET /jwks`, [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5).

use domain::jwks::KeySet;
use http::{HeaderValue, StatusCode, header};

use crate::{Audience, Cors, Endpoint, Field, Request, Result, response::empty, response::response};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "GET, HEAD, OPTIONS", audience: Audience::Client, cors: Cors::Public };

/// Answers the key set, or that it is the one that the client has. It may be kept for so long, which is shorter than a new
/// key is published before it signs.
pub fn answer(request: &Request, set: &KeySet) -> Result {
    let tag = format!("\"{}\"", set.version);
    let mut answer = match has(request.fields.get(Field::IfNoneMatch), &tag) {
        true => empty(StatusCode::NOT_MODIFIED),
        false => response(StatusCode::OK, "application/json", set.json.as_bytes().to_vec()),
    };
    let internal = |error: header::InvalidHeaderValue| domain::Failure::Internal(error.to_string());
    let cache_control = format!("public, max-age={}", set.max_age.0);
    // "The server generating a 304 response MUST generate any of the following header fields that would have been sent in
    // a 200 (OK) response to the same request: […] Cache-Control, ETag" (RFC 9110 §15.4.5)
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::try_from(cache_control).map_err(internal)?);
    answer.headers_mut().insert(header::ETAG, HeaderValue::try_from(tag).map_err(internal)?);
    Ok(answer)
}

/// Whether the client has what is tagged so ([RFC 9110 §13.1.2](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2)).
///
/// > A recipient MUST use the weak comparison function when comparing entity tags for If-None-Match
fn has(if_none_match: Option<&str>, tag: &str) -> bool {
    let known = if_none_match.unwrap_or_default().split(',').map(str::trim);
    known.map(|known| known.strip_prefix("W/").unwrap_or(known)).any(|known| known == tag || known == "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_a_list_weak_or_strong_and_an_asterisk_is_any() {
        for (field, expected) in [
            (None, false),
            (Some(""), false),
            (Some("\"b\""), false),
            (Some("a"), false),
            (Some("\"a\""), true),
            (Some("\"b\", W/\"a\""), true),
            (Some("*"), true),
        ] {
            assert_eq!(has(field, "\"a\""), expected, "{field:?}");
        }
    }
}
