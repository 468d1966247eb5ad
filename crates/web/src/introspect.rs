//! `POST /introspect`, [RFC 7662 §2](https://www.rfc-editor.org/rfc/rfc7662#section-2).

use domain::introspect::{Introspected, Introspection};
use http::StatusCode;
use protocol::{Error, ErrorCode, Secret, introspection::IntrospectionResponse, scope::Scope};

use crate::{Audience, Cors, Endpoint, Field, Request, Result, client_auth, json, response::response};

/// The endpoint's fixed properties. Servers ask servers: no page reads an answer.
pub const ENDPOINT: Endpoint = Endpoint { methods: "POST", audience: Audience::Client, cors: Cors::Never };

/// The answer as a JWT.
const MEDIA_TYPE: &str = "application/token-introspection+jwt";

/// Reads an introspection request. `token_type_hint` is accepted and not needed: "An authorization server MAY ignore
/// this parameter, particularly if it is able to detect the token type automatically." (§2.1)
pub fn parse(request: &Request) -> Result<Introspection> {
    const MALFORMED: Error = Error::new(ErrorCode::InvalidScope, "The scope is malformed.");
    let form = request.form()?;
    let client = client_auth::credentials(request, &form)?;
    let token = Secret::new(form.require("token", "token is missing.")?);
    let scope = form.get("scope")?.map(|text| Scope::parse(text).map_err(|_| MALFORMED)).transpose()?;
    Ok(Introspection { client, token, scope, wants_jwt: wants_jwt(request) })
}

/// > A resource server requests a JWT introspection response by sending an introspection request with an "Accept" HTTP
/// > header field set to "application/token-introspection+jwt". (RFC 9701 §4)
fn wants_jwt(request: &Request) -> bool {
    let accepted = request.fields.get(Field::Accept).unwrap_or_default().split(',');
    accepted.filter_map(|range| range.split(';').next()).any(|range| range.trim().eq_ignore_ascii_case(MEDIA_TYPE))
}

/// The answer about an active token, or about one that is not: "a properly formed and authorized query for an inactive
/// or otherwise invalid token […] is not considered an error response by this specification." (§2.3)
pub fn answer(introspected: Introspected) -> Result {
    match introspected {
        Introspected::Json(token) => json(StatusCode::OK, &IntrospectionResponse::from(token.map(|token| *token))),
        Introspected::Jwt(jwt) => Ok(response(StatusCode::OK, MEDIA_TYPE, jwt.into_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use http::{Method, header};

    use super::*;
    use crate::request::testing::request;

    fn read(form: &str) -> Result<Introspection> {
        parse(&request(Method::POST, &[(header::CONTENT_TYPE, "application/x-www-form-urlencoded")], form))
    }

    #[test]
    fn each_fault_has_its_code() {
        for (form, code) in [
            ("token=x", ErrorCode::InvalidClient),
            ("client_id=a", ErrorCode::InvalidRequest),
            ("client_id=a&token=", ErrorCode::InvalidRequest),
            ("client_id=a&token=x&token=y", ErrorCode::InvalidRequest),
            ("client_id=a&token=x&scope=a%22", ErrorCode::InvalidScope),
        ] {
            assert_eq!(read(form).unwrap_err().error().code, code, "{form}");
        }
    }

    #[test]
    fn the_asked_scope_is_read_and_any_hint_accepted() {
        let asked = read("client_id=a&token=x&token_type_hint=unknown&scope=api:read+api:write").unwrap();
        assert_eq!(asked.scope.unwrap().to_string(), "api:read api:write");
        assert!(read("client_id=a&token=x&scope=").unwrap().scope.is_none(), "empty is omitted (RFC 6749 §3.1)");
    }
}
