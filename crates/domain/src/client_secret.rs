//! Client secrets: random ones, of which the hash is stored, and derived ones, of which nothing is.

use protocol::{
    Secret,
    client_metadata::{ClientMetadata, TokenEndpointAuthMethod},
    secret::{SecretHash, base64url},
    token::CLIENT_SECRET_PREFIX,
};

use crate::{Env, Failure, client::Client, keys::Keys};

/// A new secret for the method that a client registers, and what is stored of it.
pub(crate) struct NewSecret {
    /// `scs_…`; `None` where the method needs none.
    pub(crate) secret: Option<Secret>,
    /// SHA-256 of a random one.
    pub(crate) hash: Option<SecretHash>,
}

/// Makes the secret of a client of this metadata.
pub(crate) async fn make<S: Keys>(
    env: &Env<'_, S>,
    client_id: &str,
    metadata: &ClientMetadata,
) -> Result<NewSecret, Failure> {
    Ok(match metadata.token_endpoint_auth_method {
        TokenEndpointAuthMethod::ClientSecretBasic | TokenEndpointAuthMethod::ClientSecretPost => {
            let secret = env.new_secret(CLIENT_SECRET_PREFIX);
            NewSecret { hash: Some(secret.hash()), secret: Some(secret) }
        }
        TokenEndpointAuthMethod::ClientSecretJwt => {
            NewSecret { secret: Some(derive(env, client_id).await?), hash: None }
        }
        TokenEndpointAuthMethod::PrivateKeyJwt | TokenEndpointAuthMethod::None => {
            NewSecret { secret: None, hash: None }
        }
    })
}

/// The secret of a client that signs with it. This server must have it in clear to verify, and derives it anew each time
/// instead of storing it (`docs/adr/0013-derived-client-secrets.md`).
pub(crate) async fn derive<S: Keys>(env: &Env<'_, S>, client_id: &str) -> Result<Secret, Failure> {
    let key = env.key_ring().await?.oldest_mac("client secret");
    Ok(Secret::new(format!("{CLIENT_SECRET_PREFIX}{}", base64url(&key.tag(&[client_id.as_bytes()])))))
}

impl Client {
    /// Whether this is the secret that was issued to the client.
    pub(crate) async fn has_secret<S: Keys>(&self, env: &Env<'_, S>, given: &Secret) -> Result<bool, Failure> {
        let issued = match self.metadata.token_endpoint_auth_method {
            TokenEndpointAuthMethod::ClientSecretJwt => Some(derive(env, &self.id).await?.hash()),
            _ => self.secret_hash,
        };
        Ok(issued.is_some_and(|issued| issued.matches(&given.hash())))
    }
}
