//! `GET`, `PUT` and `DELETE /register/<client_id>`, [RFC 7592 §2](https://www.rfc-editor.org/rfc/rfc7592#section-2).

use domain::{
    Settings,
    client_configuration::{Access, Replacement},
    register::Registered,
};
use http::{Method, StatusCode};
use protocol::{Error, Secret};
use serde_json::{Map, Value};

use crate::{
    Audience, Cors, Endpoint, Failure, Request, Response, Result,
    register::{information, members, metadata},
    response::empty,
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "GET, PUT, DELETE, OPTIONS", audience: Audience::Client, cors: Cors::Configured };

/// What a client wants of its registration.
#[derive(Debug)]
pub enum Action {
    /// To read it.
    Read,
    /// To replace it.
    Replace(Box<Replacement>),
    /// To end it.
    Delete,
}

/// Reads what is asked, and what shows that it may be.
pub fn parse(request: &Request) -> Result<(Access, Action)> {
    let client_id = request.path.strip_prefix("/register/").filter(|id| !id.is_empty() && !id.contains('/'));
    let client_id = client_id.ok_or(Failure::NotFound)?.to_owned();
    let access = Access { client_id, token: request.require_bearer()? };
    let action = match request.method {
        Method::PUT => Action::Replace(Box::new(replacement(members(request)?)?)),
        Method::DELETE => Action::Delete,
        _ => Action::Read,
    };
    Ok((access, action))
}

fn replacement(members: Map<String, Value>) -> Result<Replacement> {
    // "This request MUST NOT include the "registration_access_token", "registration_client_uri",
    // "client_secret_expires_at", or "client_id_issued_at" fields" (§2.2)
    let forbidden =
        ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"];
    if forbidden.iter().any(|member| members.contains_key(*member)) {
        return Err(Error::invalid_request("The body has a member that only the server sets.").into());
    }
    let text = |name: &str| match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::invalid_request("client_id and client_secret are texts.")),
    };
    let (client_id, client_secret) = (text("client_id")?, text("client_secret")?.map(Secret::new));
    Ok(Replacement { client_id, client_secret, metadata: metadata(members)? })
}

/// Answers the client as it is registered ([§3](https://www.rfc-editor.org/rfc/rfc7592#section-3)).
pub fn answer(settings: &Settings, registered: &Registered) -> Result {
    information(settings, StatusCode::OK, registered)
}

/// Answers that the registration has ended.
pub fn deleted() -> Response {
    empty(StatusCode::NO_CONTENT)
}
