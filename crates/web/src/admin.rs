//! `/admin/api/…`: the JSON API of administrators.

use domain::user::User;
use http::StatusCode;
use protocol::{Error, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Audience, Cors, Endpoint, Failure, Request, Response, Result, json, response};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "PATCH, DELETE, POST", audience: Audience::Client, cors: Cors::Never };

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
    access_level: String,
}

#[derive(Deserialize)]
struct Delete {
    email: String,
}

/// Reads what is asked.
pub fn parse(request: &Request) -> Result<Action> {
    match (request.method.as_str(), request.path.as_str()) {
        ("PATCH", "/admin/api/users") => {
            let Patch { email, access_level } = request.json(MALFORMED)?;
            Ok(Action::SetAccessLevel { email, access_level })
        }
        ("DELETE", "/admin/api/users") => {
            let Delete { email } = request.json(MALFORMED)?;
            Ok(Action::DeleteUser { email })
        }
        ("POST", "/admin/api/keys/rotate") => Ok(Action::RotateKeys),
        ("POST", "/admin/api/migrate") => Ok(Action::Migrate),
        (_, "/admin/api/users") => Err(Failure::MethodNotAllowed("PATCH, DELETE")),
        (_, "/admin/api/keys/rotate" | "/admin/api/migrate") => Err(Failure::MethodNotAllowed("POST")),
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
