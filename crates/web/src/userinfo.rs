//! `GET` and `POST /userinfo`, [OIDC Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo).

use domain::{token::Presented, userinfo::UserInfo};
use http::{Method, StatusCode};
use protocol::{Error, Secret};

use crate::{Audience, Cors, Endpoint, Failure, Field, Request, Result, json, response::response};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "GET, POST, OPTIONS", audience: Audience::Bearer, cors: Cors::Configured };

/// Reads the access token: from the `Authorization` field, or from a posted form
/// ([RFC 6750 §2](https://www.rfc-editor.org/rfc/rfc6750#section-2)); never from the query, where it would end up in logs.
pub fn parse(request: &Request) -> Result<Presented> {
    let is_form =
        request.method == Method::POST && request.fields.contains(Field::ContentType) && !request.bytes().is_empty();
    let posted = match is_form {
        true => request.form()?.get("access_token")?.map(Secret::new),
        false => None,
    };
    match (request.access_token(), posted) {
        (Err(Failure::NoToken), Some(token)) => Ok(Presented { token, proof: None }),
        // "Clients MUST NOT use more than one method to transmit the token in each request." (§2)
        (_, Some(_)) => Err(Error::invalid_request("The access token was sent twice.").into()),
        (presented, None) => presented,
    }
}

/// Answers the claims, in the form that the client registered, whatever `Accept` says: "the UserInfo Endpoint MUST
/// return a content-type header to indicate which format is being returned" (§5.3.2).
pub fn answer(info: UserInfo) -> Result {
    match info {
        UserInfo::Json(claims) => json(StatusCode::OK, &claims),
        UserInfo::Jwt(jwt) => Ok(response(StatusCode::OK, "application/jwt", jwt.into_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;
    use crate::testing::{bare, request};

    const BEARER: (http::HeaderName, &str) = (header::AUTHORIZATION, "Bearer sat_a");
    const FORM: (http::HeaderName, &str) = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");

    #[test]
    fn the_token_is_read_from_the_field_or_from_a_posted_form() {
        assert_eq!(parse(&bare(Method::GET, &[BEARER])).unwrap().token.expose(), "sat_a");
        assert_eq!(parse(&bare(Method::POST, &[BEARER])).unwrap().token.expose(), "sat_a");
        assert_eq!(parse(&request(Method::POST, &[FORM], "access_token=sat_b")).unwrap().token.expose(), "sat_b");
    }

    #[test]
    fn a_token_in_the_query_is_not_read() {
        let request = Request { query: "access_token=sat_a".to_owned(), ..bare(Method::GET, &[]) };
        assert!(matches!(parse(&request), Err(Failure::NoToken)));
    }

    #[test]
    fn a_token_that_was_sent_twice_is_refused() {
        let failure = parse(&request(Method::POST, &[BEARER, FORM], "access_token=sat_a")).unwrap_err();
        assert_eq!(failure.error().code, protocol::ErrorCode::InvalidRequest);
    }
}
