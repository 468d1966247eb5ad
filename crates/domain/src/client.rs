//! Clients: the applications that ask for tokens.

use protocol::{Error, ErrorCode, Secret, Timestamp, client_metadata::ClientMetadata, secret::SecretHash};

use crate::{Env, Failure, StorageError};

/// A registered application.
#[derive(Debug, Clone)]
pub struct Client {
    /// The `client_id`.
    pub id: String,
    /// SHA-256 of the secret; `None` for a public client.
    pub secret_hash: Option<SecretHash>,
    /// What it registered.
    pub metadata: ClientMetadata,
    /// Whether every user's launchpad shows it.
    pub on_launchpad: bool,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// Storage of clients.
pub trait Clients {
    /// The client of this identifier.
    async fn client(&self, id: &str) -> Result<Option<Client>, StorageError>;

    /// Adds a client under its new identifier, with the hash of its registration access token. Unless it is used
    /// before, it may be purged from `unused_expires_at` on; `None`: it is kept.
    async fn add_client(
        &self,
        client: &Client,
        registration_access_token: &SecretHash,
        unused_expires_at: Option<Timestamp>,
    ) -> Result<(), StorageError>;
}

/// What a request says about its client, as the web layer found it.
#[derive(Debug)]
pub struct ClientCredentials {
    /// The claimed `client_id`.
    pub client_id: String,
    /// The secret, if there was one.
    pub secret: Option<Secret>,
}

/// A client that has shown who it is. Nothing but [`authenticate`] makes one.
#[derive(Debug)]
pub struct AuthenticatedClient(Client);

impl std::ops::Deref for AuthenticatedClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

/// Authenticates a client ([RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3)).
///
/// An unknown client, a wrong secret and a missing one are the same `invalid_client`.
pub async fn authenticate<S: Clients>(
    env: &Env<'_, S>,
    credentials: ClientCredentials,
) -> Result<AuthenticatedClient, Failure> {
    const REFUSED: Error = Error::new(ErrorCode::InvalidClient, "The client is unknown or its credentials are wrong.");
    let client = env.store.client(&credentials.client_id).await?.ok_or(REFUSED)?;
    match (&client.secret_hash, credentials.secret) {
        // "The authorization server MUST NOT rely on public client authentication for the purpose of identifying the client" (§2.3)
        (None, None) => Ok(AuthenticatedClient(client)),
        // Basic and post are two ways to send the same secret; both are accepted from every confidential client, as
        // "The authorization server MUST support the HTTP Basic authentication scheme" (§2.3.1).
        (Some(stored), Some(secret)) if stored.matches(&secret.hash()) => Ok(AuthenticatedClient(client)),
        _ => Err(REFUSED.into()),
    }
}
