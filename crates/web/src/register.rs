//! `POST /register`, [RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3).

use domain::register::{Registered, RegistrationRequest};
use http::StatusCode;
use protocol::{Error, ErrorCode, Timestamp, client_metadata::ClientMetadata, redirect_uri::RedirectUri};
use serde::{Deserialize, Serialize};

use crate::{Audience, Cors, Endpoint, Request, Result, json};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "POST, OPTIONS", audience: Audience::Client, cors: Cors::Configured };

const MALFORMED: Error = Error::new(
    ErrorCode::InvalidClientMetadata,
    "The body must be a JSON object of client metadata with values that are supported here.",
);

#[derive(Deserialize)]
struct Extensions {
    /// Redirect URIs before they are checked, so that a bad one gets its own error code.
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    launchpad: bool,
    software_statement: Option<String>,
}

/// Reads a registration request.
pub fn parse(request: &Request) -> Result<RegistrationRequest> {
    let extensions: Extensions = request.json(MALFORMED)?;
    if extensions.software_statement.is_some() {
        return Err(
            Error::new(ErrorCode::UnapprovedSoftwareStatement, "Software statements are not accepted here.").into()
        );
    }
    for uri in &extensions.redirect_uris {
        RedirectUri::parse(uri).map_err(|error| Error::new(ErrorCode::InvalidRedirectUri, error.0))?;
    }
    let metadata: ClientMetadata = request.json(MALFORMED)?;
    Ok(RegistrationRequest { metadata, on_launchpad: extensions.launchpad, initial_access_token: request.bearer() })
}

/// Answers the client as it was registered ([§3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1)).
pub fn answer(registered: &Registered) -> Result {
    #[derive(Serialize)]
    struct Body<'a> {
        client_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        client_secret: Option<&'a str>,
        /// "REQUIRED if "client_secret" is issued. […] or 0 if it will not expire."
        #[serde(skip_serializing_if = "Option::is_none")]
        client_secret_expires_at: Option<i64>,
        client_id_issued_at: Timestamp,
        #[serde(flatten)]
        metadata: &'a ClientMetadata,
    }
    let secret = registered.secret.as_ref();
    let body = Body {
        client_id: &registered.client.id,
        client_secret: secret.map(|secret| secret.expose()),
        client_secret_expires_at: secret.map(|_| 0),
        client_id_issued_at: registered.client.created_at,
        metadata: &registered.client.metadata,
    };
    json(StatusCode::CREATED, &body)
}
