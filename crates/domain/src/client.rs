//! Clients: the applications that ask for tokens.

use std::sync::Arc;

use protocol::{
    Error, ErrorCode, Secret, Timestamp,
    client_metadata::{ClientMetadata, GrantType, TokenEndpointAuthMethod},
    secret::SecretHash,
};

use crate::{
    Env, Failure, StorageError,
    client_assertion::{self, ClientAssertion},
    document::Documents,
    keys::Keys,
    replay::ReplayMarks,
};

/// A registered application.
#[derive(Debug, Clone)]
pub struct Client {
    /// The `client_id`.
    pub id: String,
    /// SHA-256 of the secret; `None` where the client has none or signs with it.
    pub secret_hash: Option<SecretHash>,
    /// What it registered. Shared: storage reads the same few clients again and again.
    pub metadata: Arc<ClientMetadata>,
    /// Whether every user's launchpad shows it.
    pub on_launchpad: bool,
    /// When it was registered.
    pub created_at: Timestamp,
}

impl Client {
    /// Refuses a grant that the client is not registered for.
    pub(crate) fn ensure_allowed(&self, grant_type: GrantType) -> Result<(), Error> {
        match self.metadata.allows(grant_type) {
            true => Ok(()),
            false => {
                Err(Error::new(ErrorCode::UnauthorizedClient, "This client is not registered for this grant type."))
            }
        }
    }
}

/// Storage of clients.
pub trait Clients {
    /// The client of this identifier.
    async fn client(&self, id: &str) -> Result<Option<Client>, StorageError>;

    /// Adds the client of a stranger under its new identifier, with the hash of its registration access token. Unless it
    /// is used before, it may be purged from `unused_expires_at` on; `None`: it is kept.
    async fn add_client(
        &self,
        client: &Client,
        registration_access_token: &SecretHash,
        unused_expires_at: Option<Timestamp>,
    ) -> Result<(), StorageError>;

    /// Keeps a client that publishes its own metadata: adds it, or replaces its metadata. Its consents and grants stay.
    /// Unless it is used before, it may be purged from `unused_expires_at` on.
    async fn keep_client(&self, client: &Client, unused_expires_at: Timestamp) -> Result<(), StorageError>;
}

/// What a request says about its client, as the web layer found it.
#[derive(Debug)]
pub struct ClientCredentials {
    /// The claimed `client_id`.
    pub client_id: String,
    /// How the client shows that it is.
    pub proof: Proof,
}

/// How a client shows who it is.
#[derive(Debug)]
pub enum Proof {
    /// Not at all.
    None,
    /// By its secret.
    Secret(Secret),
    /// By a JWT.
    Assertion(ClientAssertion),
}

impl From<Option<Secret>> for Proof {
    fn from(secret: Option<Secret>) -> Self {
        secret.map_or(Self::None, Self::Secret)
    }
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

/// Why no client is authenticated.
pub(crate) const UNKNOWN: Error =
    Error::new(ErrorCode::InvalidClient, "The client is unknown or its credentials are wrong.");

/// Authenticates a client by the method that it registered ([RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3)).
///
/// An unknown client, another method, a wrong proof and a missing one are the same `invalid_client`.
pub async fn authenticate<S: Clients + Documents + Keys + ReplayMarks>(
    env: &Env<'_, S>,
    credentials: ClientCredentials,
) -> Result<AuthenticatedClient, Failure> {
    let client = env.store.client(&credentials.client_id).await?.ok_or(UNKNOWN)?;
    let is_proven = match (client.metadata.token_endpoint_auth_method, &credentials.proof) {
        // "The authorization server MUST NOT rely on public client authentication for the purpose of identifying the client" (§2.3)
        (TokenEndpointAuthMethod::None, Proof::None) => true,
        // Basic and post are two ways to send the same secret; both are accepted from every client that registered one of
        // them, as "The authorization server MUST support the HTTP Basic authentication scheme" (§2.3.1).
        (
            TokenEndpointAuthMethod::ClientSecretBasic | TokenEndpointAuthMethod::ClientSecretPost,
            Proof::Secret(secret),
        ) => client.secret_hash.is_some_and(|stored| stored.matches(&secret.hash())),
        (
            TokenEndpointAuthMethod::ClientSecretJwt | TokenEndpointAuthMethod::PrivateKeyJwt,
            Proof::Assertion(assertion),
        ) => client_assertion::proves(env, &client, assertion).await?,
        (_, Proof::None | Proof::Secret(_) | Proof::Assertion(_)) => false,
    };
    if is_proven { Ok(AuthenticatedClient(client)) } else { Err(UNKNOWN.into()) }
}
