//! Applications: the clients, as administrators see, make and change them. What may be registered is decided where
//! `/register` decides it.

use protocol::{
    Error, ErrorCode, Secret, client_metadata::ClientMetadata, client_metadata::TokenEndpointAuthMethod,
    secret::SecretHash,
};

use super::{Administrator, Asked, Page};
use crate::{
    By, Env, Failure, Id, StorageError,
    client::{Client, Clients},
    client_metadata::{Registrant, check_sector, complete},
    client_secret::{self, NewSecret},
    keys::Keys,
    outbound::Outbound,
};

/// A client, as administrators see it.
pub type Application = Client;

/// What a list of clients is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientOrder {
    /// When they were registered.
    CreatedAt,
    /// Name.
    Name,
}

/// Which clients are asked for.
#[derive(Debug, Clone)]
pub struct ClientQuery {
    /// What name or identifier begins with. Then they come by what matched, and `order` says nothing.
    pub search: Option<String>,
    /// By what they are sorted.
    pub order: ClientOrder,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// How many, and from where.
    pub asked: Asked,
}

/// An application to be made.
#[derive(Debug)]
pub struct NewApplication {
    /// The metadata, with its gaps.
    pub metadata: ClientMetadata,
    /// Whether every user's launchpad shows it.
    pub on_launchpad: bool,
}

/// A client and its secret, where that is a new one; it is shown this once.
#[derive(Debug)]
pub struct WithSecret {
    /// The client.
    pub client: Client,
    /// `scs_…`
    pub secret: Option<Secret>,
}

/// Storage of clients, as administrators reach it. Each act is written to the audit log by the statement that does it.
pub trait Applications {
    /// Some clients of a list.
    async fn applications_list(&self, query: &ClientQuery) -> Result<Page<Client>, StorageError>;

    /// Adds a client, which is kept, with the hash of its registration access token, if it gets one.
    async fn add_application(
        &self,
        by: &By,
        client: &Client,
        registration_access_token: Option<&SecretHash>,
    ) -> Result<(), StorageError>;

    /// Replaces metadata and launchpad of a client. The secret stays; where there is none it becomes `secret`, and where
    /// `secret` is `None` there is none any more. Whether there is such a client.
    async fn change_application(
        &self,
        by: &Administrator,
        client: &Client,
        secret: Option<&SecretHash>,
    ) -> Result<bool, StorageError>;

    /// Replaces the secret of a client; whether there is one that has a secret.
    async fn replace_secret(&self, by: &Administrator, id: &str, secret: &SecretHash) -> Result<bool, StorageError>;

    /// Deletes a client with its grants and consents; whether there was one.
    async fn delete_application(&self, by: &Administrator, id: &str) -> Result<bool, StorageError>;
}

/// Registers an application, also where registration is closed for others.
pub async fn create_application<S: Applications + Keys>(
    env: &Env<'_, S>,
    outbound: &impl Outbound,
    by: &Administrator,
    new: NewApplication,
) -> Result<WithSecret, Failure> {
    let metadata = complete(env.settings, new.metadata, Registrant::Administrator)?;
    check_sector(outbound, &metadata).await?;
    let id = Id::v4(env.random_bytes()).to_string();
    let NewSecret { secret, hash } = client_secret::make(env, &id, &metadata).await?;
    let client = Client {
        id,
        secret_hash: hash,
        metadata: metadata.into(),
        on_launchpad: new.on_launchpad,
        created_at: env.now,
    };
    env.store.add_application(by, &client, None).await?;
    Ok(WithSecret { client, secret })
}

/// Replaces the metadata of an application; `None` where there is none. A secret is made where it begins to need one.
pub async fn change_application<S: Applications + Clients + Keys>(
    env: &Env<'_, S>,
    outbound: &impl Outbound,
    by: &Administrator,
    known: &Client,
    change: NewApplication,
) -> Result<Option<WithSecret>, Failure> {
    let metadata = complete(env.settings, change.metadata, Registrant::Administrator)?;
    check_sector(outbound, &metadata).await?;
    let NewSecret { secret, hash } = client_secret::make(env, &known.id, &metadata).await?;
    let changed = Client { metadata: metadata.into(), on_launchpad: change.on_launchpad, ..known.clone() };
    if !env.store.change_application(by, &changed, hash.as_ref()).await? {
        return Ok(None);
    }
    let Some(client) = env.store.client(&known.id).await? else { return Ok(None) };
    let is_new = match hash {
        Some(new) => client.secret_hash.is_some_and(|stored| stored.matches(&new)),
        None => known.metadata.token_endpoint_auth_method != TokenEndpointAuthMethod::ClientSecretJwt,
    };
    Ok(Some(WithSecret { client, secret: secret.filter(|_| is_new) }))
}

/// Gives an application another secret, and the old one is worth nothing any more; `None` where there is no such client.
pub async fn rotate_secret<S: Applications + Clients + Keys>(
    env: &Env<'_, S>,
    by: &Administrator,
    id: &str,
) -> Result<Option<WithSecret>, Failure> {
    const NO_SECRET: Error =
        Error::new(ErrorCode::InvalidClientMetadata, "This client has no secret of its own that could be replaced.");
    let Some(client) = env.store.client(id).await? else { return Ok(None) };
    let NewSecret { secret, hash } = client_secret::make(env, id, &client.metadata).await?;
    let hash = hash.ok_or(NO_SECRET)?;
    match env.store.replace_secret(by, id, &hash).await? {
        true => Ok(Some(WithSecret { client: Client { secret_hash: Some(hash), ..client }, secret })),
        false => Ok(None),
    }
}

/// Deletes an application. Its grants, codes and tokens are dead with the next request. Whether there was one.
pub async fn delete_application<S: Applications>(
    env: &Env<'_, S>,
    by: &Administrator,
    id: &str,
) -> Result<bool, Failure> {
    Ok(env.store.delete_application(by, id).await?)
}
