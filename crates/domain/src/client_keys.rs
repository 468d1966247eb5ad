//! The keys of clients, by which they sign what they send.

use protocol::{
    Error, ErrorCode,
    client_metadata::{ClientMetadata, TokenEndpointAuthMethod},
    jws::{Jws, JwsAlgorithm},
};

use crate::{client::Client, jose};

/// Whether this client has signed this, by one of these algorithms.
pub(crate) fn verify_by_client(client: &Client, jws: &Jws<'_>, algorithms: &[JwsAlgorithm]) -> bool {
    let keys = client.metadata.jwks.iter().flat_map(|set| &set.keys);
    jose::verify(jws, keys, algorithms).is_some()
}

/// Refuses metadata by which a client could never sign what it must.
pub(crate) fn check(metadata: &ClientMetadata) -> Result<(), Error> {
    let refuse = |description| Err(Error::new(ErrorCode::InvalidClientMetadata, description));
    let algorithm = metadata.token_endpoint_auth_signing_alg;
    match metadata.token_endpoint_auth_method {
        TokenEndpointAuthMethod::PrivateKeyJwt => {
            if algorithm.is_some_and(|algorithm| !JwsAlgorithm::PUBLIC_KEY.contains(&algorithm)) {
                return refuse("private_key_jwt needs a token_endpoint_auth_signing_alg of public keys.");
            }
            if !has_key(metadata, algorithm) {
                return refuse("private_key_jwt needs a key in jwks that can verify its signatures.");
            }
        }
        TokenEndpointAuthMethod::ClientSecretJwt if algorithm.is_some_and(|alg| alg != JwsAlgorithm::HS256) => {
            return refuse("client_secret_jwt needs HS256 as token_endpoint_auth_signing_alg.");
        }
        // "The value none MUST NOT be used." (OIDC Registration §2)
        _ if algorithm == Some(JwsAlgorithm::Unsecured) => {
            return refuse("token_endpoint_auth_signing_alg must not be none.");
        }
        _ => {}
    }
    Ok(())
}

/// Whether the client registered a key for this algorithm, or for any.
fn has_key(metadata: &ClientMetadata, algorithm: Option<JwsAlgorithm>) -> bool {
    let mut keys = metadata.jwks.iter().flat_map(|set| &set.keys);
    keys.any(|key| algorithm.is_none_or(|algorithm| key.fits(algorithm)))
}
