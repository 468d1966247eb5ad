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

#[cfg(test)]
mod tests {
    use http::{Method, header};

    use super::*;
    use crate::testing::request;

    fn read(body: &str) -> Result<RegistrationRequest> {
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::AUTHORIZATION, "Bearer initial")];
        parse(&request(Method::POST, &headers, body))
    }

    fn error(body: &str) -> ErrorCode {
        read(body).unwrap_err().error().code
    }

    #[test]
    fn metadata_and_the_initial_access_token_are_read() {
        let read = read(r#"{"redirect_uris":["https://a.example/cb"],"launchpad":true,"unknown":{"x":[1]}}"#).unwrap();
        assert_eq!(read.metadata.redirect_uris[0].as_str(), "https://a.example/cb");
        assert!(read.on_launchpad && read.initial_access_token.unwrap().expose() == "initial");
    }

    #[test]
    fn each_fault_has_its_code() {
        for body in
            ["", "[]", "null", "{", r#"{"redirect_uris":"https://a.example/cb"}"#, r#"{"grant_types":["password"]}"#]
        {
            assert_eq!(error(body), ErrorCode::InvalidClientMetadata, "{body}");
        }
        assert_eq!(error(r#"{"redirect_uris":["javascript:alert(1)"]}"#), ErrorCode::InvalidRedirectUri);
        assert_eq!(error(r#"{"software_statement":"eyJ"}"#), ErrorCode::UnapprovedSoftwareStatement);
    }

    #[test]
    fn only_json_is_read() {
        let headers = [(header::CONTENT_TYPE, "text/plain")];
        assert!(parse(&request(Method::POST, &headers, r#"{"redirect_uris":["https://a.example/cb"]}"#)).is_err());
    }

    #[test]
    fn a_public_client_is_answered_without_a_secret_and_a_confidential_one_with_its_expiry() {
        let client = domain::client::Client {
            id: "app".to_owned(),
            secret_hash: None,
            metadata: ClientMetadata::default(),
            on_launchpad: false,
            created_at: Timestamp(7),
        };
        let body = |secret: Option<&str>| {
            let secret = secret.map(protocol::Secret::new);
            let response = answer(&Registered { client: client.clone(), secret }).unwrap();
            assert_eq!(response.status(), StatusCode::CREATED);
            serde_json::from_slice::<serde_json::Value>(response.body()).unwrap()
        };
        let public = body(None);
        assert!(public.get("client_secret").is_none() && public.get("client_secret_expires_at").is_none());
        let confidential = body(Some("scs_x"));
        assert_eq!(
            (&confidential["client_secret"], &confidential["client_secret_expires_at"]),
            (&"scs_x".into(), &0.into())
        );
        assert_eq!(confidential["client_id_issued_at"], 7);
        assert!(!confidential.to_string().contains("null"));
    }
}
