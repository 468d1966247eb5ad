//! The client configuration endpoint: a client reads, changes and deletes its own registration,
//! [RFC 7592 §2](https://www.rfc-editor.org/rfc/rfc7592#section-2).

use protocol::{
    Error, ErrorCode, Secret,
    client_metadata::{ClientMetadata, TokenEndpointAuthMethod},
    secret::SecretHash,
};

use crate::{
    Env, Failure, StorageError,
    client::Client,
    client_metadata::{Registrant, check_sector, complete},
    client_secret::{self, NewSecret},
    keys::Keys,
    outbound::Outbound,
    register::Registered,
};

/// Which registration, and what shows that it is the caller's.
#[derive(Debug)]
pub struct Access {
    /// The client's identifier.
    pub client_id: String,
    /// The registration access token.
    pub token: Secret,
}

/// What opens a registration in storage.
#[derive(Debug, Clone, Copy)]
pub struct ConfigurationKey<'a> {
    /// The client's identifier.
    pub client_id: &'a str,
    /// SHA-256 of the registration access token.
    pub token_hash: SecretHash,
}

/// Storage of registrations, as their own clients reach it.
pub trait ClientConfigurations {
    /// The client that this key opens.
    async fn configured_client(&self, key: &ConfigurationKey<'_>) -> Result<Option<Client>, StorageError>;

    /// Replaces the metadata of the client that this key opens, all of it, in one act. The secret stays; where there is
    /// none it becomes `secret`, and where `secret` is `None`, as for a public client, there is none any more. Answers
    /// the client as it is now; `None` where the key opens nothing.
    async fn replace_metadata(
        &self,
        key: &ConfigurationKey<'_>,
        metadata: &ClientMetadata,
        secret: Option<&SecretHash>,
    ) -> Result<Option<Client>, StorageError>;

    /// Deletes the client that this key opens with its grants and consents, in one act; whether there was one.
    async fn delete_client(&self, key: &ConfigurationKey<'_>) -> Result<bool, StorageError>;
}

/// What a client wants to be registered as from now on.
#[derive(Debug)]
pub struct Replacement {
    /// The identifier in the body.
    pub client_id: Option<String>,
    /// The secret in the body, if there is one.
    pub client_secret: Option<Secret>,
    /// All of its metadata.
    pub metadata: ClientMetadata,
}

/// An unknown client, another client's token and a wrong one are the same: "If the registration access token used to make
/// this request is not valid, the server MUST respond with HTTP 401 Unauthorized" (§2.1 and the others).
const REFUSED: Error =
    Error::new(ErrorCode::InvalidToken, "The client is unknown or the registration access token is wrong.");

impl Access {
    fn key(&self) -> ConfigurationKey<'_> {
        ConfigurationKey { client_id: &self.client_id, token_hash: self.token.hash() }
    }

    /// The token stays the same for the life of the registration, so an answer that was lost takes nothing away.
    fn registered(self, client: Client, secret: Option<Secret>) -> Registered {
        Registered { client, secret, registration_access_token: self.token }
    }
}

/// Reads a registration. The client secret is not in it: only its hash is here.
pub async fn read<S: ClientConfigurations>(env: &Env<'_, S>, access: Access) -> Result<Registered, Failure> {
    let client = env.store.configured_client(&access.key()).await?.ok_or(REFUSED)?;
    Ok(access.registered(client, None))
}

/// Replaces the metadata of a registration. A secret is made where the client begins to need one, and is never changed.
pub async fn replace<S: ClientConfigurations + Keys>(
    env: &Env<'_, S>,
    outbound: &impl Outbound,
    access: Access,
    replacement: Replacement,
) -> Result<Registered, Failure> {
    let current = env.store.configured_client(&access.key()).await?.ok_or(REFUSED)?;
    // "The client MUST include its "client_id" field in the request, and it MUST be the same as its currently issued
    // client identifier." (§2.2)
    if replacement.client_id.as_deref() != Some(current.id.as_str()) {
        return Err(Error::invalid_request("client_id must be that of the registration.").into());
    }
    // "If the client includes the "client_secret" field in the request, the value of this field MUST match the currently
    // issued client secret for that client. The client MUST NOT be allowed to overwrite its existing client secret with
    // its own chosen value." (§2.2)
    if let Some(given) = replacement.client_secret
        && !current.has_secret(env, &given).await?
    {
        return Err(Error::invalid_request("client_secret is not the one that was issued; it cannot be chosen.").into());
    }
    let metadata = complete(env.settings, replacement.metadata, Registrant::Client(&current.metadata))?;
    check_sector(outbound, &metadata).await?;
    let NewSecret { secret, hash } = client_secret::make(env, &current.id, &metadata).await?;
    let client = env.store.replace_metadata(&access.key(), &metadata, hash.as_ref()).await?.ok_or(REFUSED)?;
    let is_new = match hash {
        Some(new) => client.secret_hash.is_some_and(|stored| stored.matches(&new)),
        // A derived one is new to a client that did not sign with it before.
        None => current.metadata.token_endpoint_auth_method != TokenEndpointAuthMethod::ClientSecretJwt,
    };
    Ok(access.registered(client, secret.filter(|_| is_new)))
}

/// Deletes a registration. Its grants, codes and tokens are dead with the next request.
///
/// > If the authorization server implements this specification's delete operation […] the authorization server SHOULD
/// > immediately invalidate all existing authorization grants and currently active access tokens, all refresh tokens, and
/// > other tokens associated with this client. (§2.3)
pub async fn delete<S: ClientConfigurations>(env: &Env<'_, S>, access: Access) -> Result<(), Failure> {
    match env.store.delete_client(&access.key()).await? {
        true => Ok(()),
        false => Err(REFUSED.into()),
    }
}
