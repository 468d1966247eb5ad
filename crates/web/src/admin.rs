//! `/admin/api/…`: the JSON API of administrators.

use domain::user::User;
use http::StatusCode;
use protocol::{
    Error, Timestamp,
    standard_claims::{ClaimsPatch, StandardClaims},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Audience, Cors, Endpoint, Failure, Request, Response, Result, json, response};

const USERS: Endpoint = Endpoint { methods: "PATCH, DELETE", audience: Audience::Client, cors: Cors::Never };
const ACTION: Endpoint = Endpoint { methods: "POST", ..USERS };

/// The fixed properties of the endpoint at this path. Its methods are its own: "The origin server MUST generate an Allow
/// header field in a 405 response containing a list of the target resource's currently supported methods."
/// ([RFC 9110 §15.5.6](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6))
pub fn endpoint(path: &str) -> &'static Endpoint {
    if path == "/admin/api/users" { &USERS } else { &ACTION }
}

const MALFORMED: Error =
    Error::invalid_request("The body must be a JSON object with the members that this action needs.");

/// What an administrator asks for.
#[derive(Debug)]
pub enum Action {
    /// `PATCH /admin/api/users`
    SetAccessLevel {
        /// Whose.
        email: String,
        /// `admin`, `user` or `suspended`.
        access_level: String,
    },
    /// `PATCH /admin/api/users`, too
    ChangeClaims {
        /// Whose.
        email: String,
        /// Which standard claims are set, and which are taken away.
        patch: ClaimsPatch,
    },
    /// `DELETE /admin/api/users`
    DeleteUser {
        /// Whom.
        email: String,
    },
    /// `POST /admin/api/keys/rotate`
    RotateKeys,
    /// `POST /admin/api/migrate`
    Migrate,
}

#[derive(Deserialize)]
struct Patch {
    email: String,
    access_level: Option<String>,
    claims: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Delete {
    email: String,
}

/// Reads what is asked.
pub fn parse(request: &Request) -> Result<Action> {
    match (request.method.as_str(), request.path.as_str()) {
        ("PATCH", "/admin/api/users") => {
            let Patch { email, access_level, claims } = request.json(MALFORMED)?;
            match (access_level, claims) {
                (Some(access_level), None) => Ok(Action::SetAccessLevel { email, access_level }),
                (None, Some(claims)) => Ok(Action::ChangeClaims { email, patch: ClaimsPatch::parse(claims)? }),
                _ => Err(Error::invalid_request("One of access_level and claims is changed at a time.").into()),
            }
        }
        ("DELETE", "/admin/api/users") => {
            let Delete { email } = request.json(MALFORMED)?;
            Ok(Action::DeleteUser { email })
        }
        ("POST", "/admin/api/keys/rotate") => Ok(Action::RotateKeys),
        ("POST", "/admin/api/migrate") => Ok(Action::Migrate),
        _ => Err(Failure::NotFound),
    }
}

/// Answers a user.
pub fn user(user: &User) -> Result {
    #[derive(Serialize)]
    struct Body<'a> {
        sub: String,
        user_id: &'a str,
        email: &'a str,
        email_verified: bool,
        given_name: &'a str,
        family_name: &'a str,
        access_level: &'static str,
        created_at: Timestamp,
        updated_at: Timestamp,
        claims: &'a StandardClaims,
    }
    let body = Body {
        sub: user.id.to_string(),
        user_id: &user.user_id,
        email: &user.email,
        email_verified: user.email_verified,
        given_name: &user.given_name,
        family_name: &user.family_name,
        access_level: user.access_level.as_str(),
        created_at: user.created_at,
        updated_at: user.updated_at,
        claims: &user.claims,
    };
    json(StatusCode::OK, &body)
}

/// Answers the published keys.
pub fn keys(jwks: String) -> Response {
    response::response(StatusCode::OK, "application/json", jwks.into_bytes())
}

/// Answers that it is done.
pub fn done() -> Response {
    response::empty(StatusCode::NO_CONTENT)
}
