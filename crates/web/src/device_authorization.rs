//! `POST /device_authorization`, [RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1).

use domain::device_authorization::DeviceAuthorizationRequest;
use http::StatusCode;
use protocol::{device_authorization::DeviceAuthorizationResponse, resource::Resources};

use crate::{Audience, Cors, Endpoint, Request, Result, client_auth, json};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "POST, OPTIONS", audience: Audience::Client, cors: Cors::Configured };

/// Reads a device authorization request.
pub fn parse(request: &Request) -> Result<DeviceAuthorizationRequest> {
    let form = request.form()?;
    let client = client_auth::credentials(request, &form)?;
    let scope = form.get("scope")?.map(str::to_owned);
    Ok(DeviceAuthorizationRequest { client, scope, resource: Resources::of(&form)? })
}

/// Answers the codes.
pub fn answer(codes: &DeviceAuthorizationResponse) -> Result {
    json(StatusCode::OK, codes)
}
