//! Clients.

use domain::{
    admin::Page,
    transfer::{ClientLine, ImportedClient, Line, Refusal},
};
use protocol::{Secret, client_metadata::ClientMetadata, secret::SecretHash};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Members, lines as read, members::unknown};
use crate::{
    Request, Result,
    admin::{clients::Body as Known, list},
    register::metadata,
};

/// Reads clients to be taken.
pub fn lines(request: &Request) -> Result<Vec<Line<ClientLine>>> {
    read(request, client)
}

fn client(mut members: Members) -> std::result::Result<ClientLine, Refusal> {
    let client_id = members.text("client_id")?;
    let issued_at = members.number("client_id_issued_at")?;
    let on_launchpad = members.flag("launchpad")?;
    let secret = members.text("client_secret")?.map(Secret::new);
    let secret_sha256 = members.text("client_secret_sha256")?;
    let registration_token_sha256 = members.text("registration_access_token_sha256")?;
    let members = members.rest();
    let metadata = metadata(members.clone()).map_err(|failure| Refusal::from(failure.error().description))?;
    match lost(&members, &metadata) {
        Some(name) => Err(unknown(name)),
        None => Ok(ClientLine {
            client_id,
            issued_at,
            on_launchpad,
            secret,
            secret_sha256,
            registration_token_sha256,
            metadata,
        }),
    }
}

/// A member that says something and that the metadata does not have.
fn lost<'a>(members: &'a Map<String, Value>, metadata: &ClientMetadata) -> Option<&'a String> {
    let kept = serde_json::to_value(metadata).unwrap_or_default();
    let says =
        |value: &Value| !matches!(value, Value::Bool(false)) && value.as_array().is_none_or(|list| !list.is_empty());
    members.iter().find(|(name, value)| says(value) && kept.get(name.as_str()).is_none()).map(|(name, _)| name)
}

/// Answers some clients, each as a line says it.
pub fn page(page: &Page<ImportedClient>, with_hashes: bool) -> Result {
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(flatten)]
        client: Known<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        client_secret_sha256: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        registration_access_token_sha256: Option<String>,
    }
    let hex = |hash: &Option<SecretHash>| {
        let hash = hash.as_ref().filter(|_| with_hashes);
        hash.map(|hash| hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
    };
    list(page, |exported| Body {
        client: Known::of(&exported.client, None),
        client_secret_sha256: hex(&exported.client.secret_hash),
        registration_access_token_sha256: hex(&exported.registration_token),
    })
}
