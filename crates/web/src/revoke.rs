//! `POST /revoke`, [RFC 7009 §2](https://www.rfc-editor.org/rfc/rfc7009#section-2).

use domain::revoke::Revocation;
use http::StatusCode;
use protocol::Secret;
use serde::Serialize;

use crate::{Audience, Cors, Endpoint, Request, Result, client_auth, json};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "POST, OPTIONS", audience: Audience::Client, cors: Cors::Configured };

/// Reads a revocation request. `token_type_hint` is accepted and not needed: a token says what it is.
pub fn parse(request: &Request) -> Result<Revocation> {
    let form = request.form()?;
    let client = client_auth::credentials(request, &form)?;
    let token = Secret::new(form.require("token", "token is missing.")?);
    Ok(Revocation { client, token })
}

/// The answer, whether there was anything to revoke or not.
pub fn answer() -> Result {
    #[derive(Serialize)]
    struct Body {
        success: bool,
    }
    json(StatusCode::OK, &Body { success: true })
}
