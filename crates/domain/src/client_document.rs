//! Clients that publish their own metadata: the `client_id` is the URL of a JSON document
//! ([draft-ietf-oauth-client-id-metadata-document](https://datatracker.ietf.org/doc/draft-ietf-oauth-client-id-metadata-document/)).
//!
//! What the document says becomes a row of `clients`, so that consents, grants and tokens are those of any client. Only
//! `/authorize` and `/par` look at the document again; the others know the client by its row.

use protocol::{
    Error, ErrorCode,
    client_metadata::{ClientMetadata, TokenEndpointAuthMethod},
    outbound_url::OutboundUrl,
    time::Seconds,
};
use serde_json::Value;

use crate::{
    Env, Failure, Settings,
    client::{Client, Clients},
    client_metadata::{Registrant, complete},
    document::{Documents, Wanted, document},
    outbound::Outbound,
};

/// The greatest document, in octets.
const MAX_OCTETS: usize = 5 * 1024;
/// How long a client is kept that nobody allows anything.
const UNUSED: Seconds = Seconds(86_400);

const UNAVAILABLE: Error = Error::new(
    ErrorCode::InvalidClient,
    "This application is not known here: the document at its client_id cannot be had or is not valid.",
);

/// Whether a `client_id` is the URL of a document; all others are made here and have no scheme.
pub fn is_url(client_id: &str) -> bool {
    client_id.contains("://")
}

/// The host that publishes a client, for people to see: anybody can publish a client of any name.
pub fn publisher(client: &Client) -> Option<String> {
    is_url(&client.id).then(|| parse_url(&client.id)).flatten().map(|url| url.host())
}

/// Brings what is known of the client of an authorization request up to date, where its `client_id` is a URL. A client
/// whose document cannot be had any more is refused.
pub async fn refresh<S: Clients + Documents>(
    env: &Env<'_, S>,
    outbound: &impl Outbound,
    client_id: &str,
) -> Result<(), Failure> {
    if !is_url(client_id) {
        return Ok(());
    }
    if !env.settings.client_id_metadata_documents()? {
        return Err(UNAVAILABLE.into());
    }
    let url = parse_url(client_id).ok_or(UNAVAILABLE)?;
    let kept = document(env, outbound, &url, MAX_OCTETS, Wanted::Kept).await?;
    let metadata = match read(env.settings, client_id, kept.as_deref())? {
        Some(metadata) => metadata,
        // "The authorization server also MUST NOT cache documents which are invalid or malformed." (§4.2)
        None => {
            let newer = document(env, outbound, &url, MAX_OCTETS, Wanted::Newer).await?;
            read(env.settings, client_id, newer.as_deref())?.ok_or(UNAVAILABLE)?
        }
    };
    let client = Client {
        id: client_id.to_owned(),
        secret_hash: None,
        metadata: metadata.into(),
        on_launchpad: false,
        created_at: env.now,
    };
    Ok(env.store.keep_client(&client, env.now.plus(UNUSED)).await?)
}

/// > A Client Identifier URL: MUST use the https URL scheme, MUST NOT contain a userinfo component, […] MUST contain a
/// > path component, MUST NOT contain single-dot or double-dot path components, […] MUST NOT contain a fragment component
/// > (§2)
///
/// That it is https is for the component `outbound` to say, as it does of every URL.
fn parse_url(client_id: &str) -> Option<OutboundUrl> {
    OutboundUrl::parse(client_id).ok().filter(OutboundUrl::has_plain_path)
}

/// The metadata of a document; `None` where it is not one of this client, or not one that can be used here.
fn read(settings: &Settings, client_id: &str, body: Option<&[u8]>) -> Result<Option<ClientMetadata>, Failure> {
    let Some(mut metadata) = body.and_then(|body| parse(client_id, body)) else { return Ok(None) };
    // Whoever publishes a document writes it for many servers: what this one does not give is left out.
    let open = settings.registration_scopes()?;
    metadata.scope = metadata.scope.iter().filter(|token| open.contains(token)).collect();
    match complete(settings, metadata, Registrant::Publisher) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(Failure::Refused(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn parse(client_id: &str, body: &[u8]) -> Option<ClientMetadata> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(body) else { return None };
    // "MUST contain a client_id property whose value MUST match the Client Identifier URL […] using simple string
    // comparison" (§3)
    if members.get("client_id").and_then(Value::as_str) != Some(client_id) {
        return None;
    }
    // "the client_secret and client_secret_expires_at properties MUST NOT be used" (§3.1)
    if members.contains_key("client_secret") || members.contains_key("client_secret_expires_at") {
        return None;
    }
    // Elsewhere a client that does not say how it authenticates has a secret, which none of these can have.
    members.entry("token_endpoint_auth_method").or_insert_with(|| "none".into());
    // "the token_endpoint_auth_method property MUST NOT include client_secret_post, client_secret_basic,
    // client_secret_jwt, or any other method based around a shared symmetric secret" (§3.1)
    serde_json::from_value(Value::Object(members)).ok().filter(|metadata: &ClientMetadata| {
        matches!(
            metadata.token_endpoint_auth_method,
            TokenEndpointAuthMethod::None | TokenEndpointAuthMethod::PrivateKeyJwt
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "https://client.example.com/metadata.json";

    fn settings() -> Settings {
        Settings::new([("registration_scopes", "openid email".to_owned())])
    }

    fn read_with(change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> Option<ClientMetadata> {
        let mut document = serde_json::Map::new();
        document.insert("client_id".to_owned(), ID.into());
        document.insert("redirect_uris".to_owned(), vec!["https://client.example.com/callback"].into());
        change(&mut document);
        read(&settings(), ID, Some(&serde_json::to_vec(&document).unwrap())).unwrap()
    }

    #[test]
    fn a_document_that_does_not_say_how_the_client_authenticates_is_of_a_public_one() {
        let metadata = read_with(|_| ()).unwrap();
        assert!(metadata.is_public());
        assert_eq!(metadata.redirect_uris[0].as_str(), "https://client.example.com/callback");
    }

    #[test]
    fn scopes_that_strangers_cannot_register_are_left_out() {
        let metadata =
            read_with(|document| drop(document.insert("scope".to_owned(), "email admin:all".into()))).unwrap();
        assert_eq!(metadata.scope.to_string(), "email");
    }

    #[test]
    fn a_document_of_another_client_is_refused() {
        for other in ["https://client.example.com:443/metadata.json", "https://CLIENT.example.com/metadata.json", ""] {
            assert!(read_with(|document| drop(document.insert("client_id".to_owned(), other.into()))).is_none());
        }
        assert!(read_with(|document| drop(document.remove("client_id"))).is_none());
    }

    #[test]
    fn a_document_with_a_secret_is_refused() {
        for (name, value) in [
            ("client_secret", "x"),
            ("client_secret_expires_at", "0"),
            ("token_endpoint_auth_method", "client_secret_basic"),
            ("token_endpoint_auth_method", "client_secret_post"),
            ("token_endpoint_auth_method", "client_secret_jwt"),
        ] {
            assert!(read_with(|document| drop(document.insert(name.to_owned(), value.into()))).is_none(), "{name}");
        }
    }

    #[test]
    fn a_client_that_signs_publishes_its_key() {
        let signs = |key: Option<Value>| {
            read_with(|document| {
                document.insert("token_endpoint_auth_method".to_owned(), "private_key_jwt".into());
                document.extend(key.map(|key| ("jwks".to_owned(), serde_json::json!({"keys": [key]}))));
            })
        };
        // RFC 8037 appendix A.2
        let key = serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        });
        assert!(signs(Some(key)).is_some_and(|metadata| !metadata.is_public()));
        assert!(signs(None).is_none());
    }

    #[test]
    fn redirect_uris_follow_the_rules_of_registration() {
        for uri in ["http://client.example.com/", "javascript:alert(1)", "https://client.example.com/#x", "/callback"] {
            let refused = read_with(|document| drop(document.insert("redirect_uris".to_owned(), vec![uri].into())));
            assert!(refused.is_none(), "{uri}");
        }
        assert!(read_with(|document| drop(document.remove("redirect_uris"))).is_none());
    }

    #[test]
    fn a_document_cannot_say_of_which_sector_it_is() {
        let sector = "https://other.example/sector.json";
        let name = "sector_identifier_uri".to_owned();
        assert!(read_with(|document| drop(document.insert(name, sector.into()))).is_none());
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in ["", "[]", "null", "\"x\"", "<html>", "{\"client_id\":"] {
            assert!(read(&settings(), ID, Some(body.as_bytes())).unwrap().is_none(), "{body}");
        }
    }

    #[test]
    fn a_client_id_must_have_a_path_and_no_dot_segments() {
        for id in [
            "https://client.example.com",
            "https://client.example.com?x=/",
            "https://client.example.com/../x",
            "https://client.example.com/a/%2e%2E/x",
            "https://client.example.com/./x",
            "https://client.example.com/x#y",
            "https://u@client.example.com/x",
            "ftp://client.example.com/x",
        ] {
            assert!(is_url(id) && parse_url(id).is_none(), "{id}");
        }
        for id in [ID, "https://client.example.com/", "https://client.example.com:8443/x?y=z", "https://c.example/a..b"]
        {
            assert!(parse_url(id).is_some(), "{id}");
        }
        assert!(!is_url("4f8c1a52-7a5e-4e6c-9b3c-1d2e3f405162"));
    }
}
