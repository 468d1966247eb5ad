//! `POST /register`, [RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3).

use domain::{
    Settings,
    register::{Registered, RegistrationRequest},
};
use http::StatusCode;
use protocol::{
    Error, ErrorCode, Timestamp,
    client_metadata::{ClientMetadata, ENCRYPTION_MEMBERS},
    redirect_uri::RedirectUri,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Audience, Cors, Endpoint, Request, Result, json};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "POST, OPTIONS", audience: Audience::Client, cors: Cors::Configured };

const MALFORMED: Error = Error::new(
    ErrorCode::InvalidClientMetadata,
    "Client metadata must be a JSON object with values that are supported here.",
);

/// The members of a body. `null` counts as omitted: "Omitted fields MUST be treated as null or empty values by the server"
/// ([RFC 7592 §2.2](https://www.rfc-editor.org/rfc/rfc7592#section-2.2)).
pub(crate) fn members(request: &Request) -> Result<Map<String, Value>> {
    let mut members: Map<String, Value> = request.json(MALFORMED)?;
    members.retain(|_, value| !value.is_null());
    Ok(members)
}

/// The metadata among these members. What is unknown is ignored; what changes what the client would get is not.
pub(crate) fn metadata(members: Map<String, Value>) -> Result<ClientMetadata> {
    if let Some(statement) = members.get("software_statement") {
        return Err(refused_statement(statement).into());
    }
    if ENCRYPTION_MEMBERS.iter().any(|member| members.contains_key(*member)) {
        return Err(Error::new(ErrorCode::InvalidClientMetadata, "Nothing is encrypted for clients here.").into());
    }
    // A bad redirect URI has its own error code.
    for uri in members.get("redirect_uris").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        RedirectUri::parse(uri).map_err(|error| Error::new(ErrorCode::InvalidRedirectUri, error.0))?;
    }
    Ok(serde_json::from_value(Value::Object(members)).map_err(|_| MALFORMED)?)
}

/// No issuer of software statements is trusted here ([RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2)).
fn refused_statement(statement: &Value) -> Error {
    let is_base64url = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let parts: Vec<_> = statement.as_str().unwrap_or_default().split('.').collect();
    match parts.len() == 3 && parts.into_iter().all(is_base64url) {
        true => Error::new(ErrorCode::UnapprovedSoftwareStatement, "No issuer of software statements is trusted here."),
        false => Error::new(ErrorCode::InvalidSoftwareStatement, "The software_statement is not a signed JWT."),
    }
}

/// Reads a registration request.
pub fn parse(request: &Request) -> Result<RegistrationRequest> {
    #[derive(Deserialize)]
    struct Extensions {
        #[serde(default)]
        launchpad: bool,
    }
    let members = members(request)?;
    let Extensions { launchpad } = Extensions::deserialize(&members).map_err(|_| MALFORMED)?;
    let metadata = metadata(members)?;
    Ok(RegistrationRequest {
        metadata,
        on_launchpad: launchpad,
        initial_access_token: request.bearer(),
        client_address: request.client_address().to_owned(),
    })
}

/// Answers the client as it was registered ([§3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1)).
pub fn answer(settings: &Settings, registered: &Registered) -> Result {
    information(settings, StatusCode::CREATED, registered)
}

/// The client information response, with what [RFC 7592 §3](https://www.rfc-editor.org/rfc/rfc7592#section-3) adds to it.
pub(crate) fn information(settings: &Settings, status: StatusCode, registered: &Registered) -> Result {
    #[derive(Serialize)]
    struct Body<'a> {
        client_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        client_secret: Option<&'a str>,
        /// "REQUIRED if "client_secret" is issued. […] or 0 if it will not expire."
        #[serde(skip_serializing_if = "Option::is_none")]
        client_secret_expires_at: Option<i64>,
        client_id_issued_at: Timestamp,
        registration_access_token: &'a str,
        registration_client_uri: String,
        #[serde(flatten)]
        metadata: &'a ClientMetadata,
    }
    let secret = registered.secret.as_ref();
    let body = Body {
        client_id: &registered.client.id,
        client_secret: secret.map(|secret| secret.expose()),
        client_secret_expires_at: secret.map(|_| 0),
        client_id_issued_at: registered.client.created_at,
        registration_access_token: registered.registration_access_token.expose(),
        registration_client_uri: settings.issuer()?.endpoint(&format!("/register/{}", registered.client.id)),
        metadata: &registered.client.metadata,
    };
    json(status, &body)
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
        assert_eq!(error(r#"{"software_statement":"eyJ.e30.c2ln"}"#), ErrorCode::UnapprovedSoftwareStatement);
        for statement in ["7", "\"\"", "\"eyJ\"", "\"eyJ.e30.\"", "\"a.b.c d\""] {
            assert_eq!(error(&format!("{{\"software_statement\":{statement}}}")), ErrorCode::InvalidSoftwareStatement);
        }
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
            metadata: ClientMetadata::default().into(),
            on_launchpad: false,
            created_at: Timestamp(7),
        };
        let body = |secret: Option<&str>| {
            let secret = secret.map(protocol::Secret::new);
            let registration_access_token = protocol::Secret::new("sra_x");
            let settings = Settings::new([("issuer", "https://id.example/tenant".to_owned())]);
            let registered = Registered { client: client.clone(), secret, registration_access_token };
            let response = answer(&settings, &registered).unwrap();
            assert_eq!(response.status(), StatusCode::CREATED);
            serde_json::from_slice::<Value>(response.body()).unwrap()
        };
        let public = body(None);
        assert!(public.get("client_secret").is_none() && public.get("client_secret_expires_at").is_none());
        let confidential = body(Some("scs_x"));
        assert_eq!(
            (&confidential["client_secret"], &confidential["client_secret_expires_at"]),
            (&"scs_x".into(), &0.into())
        );
        assert_eq!(confidential["client_id_issued_at"], 7);
        assert_eq!(public["registration_access_token"], "sra_x");
        assert_eq!(public["registration_client_uri"], "https://id.example/tenant/register/app");
        assert!(!confidential.to_string().contains("null"));
    }
}
