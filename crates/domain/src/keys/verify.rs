//! Verification of what this server has signed.

use jwt_simple::prelude::{
    ECDSAP256PublicKeyLike, ES256PublicKey, Ed25519PublicKey, EdDSAPublicKeyLike, JWTClaims, RS256PublicKey,
    RSAPublicKeyLike, Token, VerificationOptions,
};
use protocol::client_metadata::SigningAlgorithm;
use serde::de::DeserializeOwned;

use super::{Keys, SigningKey};
use crate::{Env, Failure};

/// A token of this server, and by which algorithm it is signed.
pub struct Verified<C> {
    /// The algorithm of the key that verified it.
    pub algorithm: SigningAlgorithm,
    /// What it says.
    pub claims: JWTClaims<C>,
}

impl SigningKey {
    /// The claims of a token that this key has signed, whose header names this key's algorithm.
    fn verify<C: DeserializeOwned>(&self, token: &str, options: VerificationOptions) -> Option<JWTClaims<C>> {
        let (jwk, options) = (&self.public_jwk, Some(options));
        match self.algorithm {
            SigningAlgorithm::RS256 => RS256PublicKey::from_jwk(jwk).ok()?.verify_token(token, options).ok(),
            SigningAlgorithm::ES256 => ES256PublicKey::from_jwk(jwk).ok()?.verify_token(token, options).ok(),
            SigningAlgorithm::EdDSA => Ed25519PublicKey::from_jwk(jwk).ok()?.verify_token(token, options).ok(),
        }
    }
}

impl<S: Keys> Env<'_, S> {
    /// Verifies a JWT by the published key that its header names, be that the active one, its predecessor or its
    /// successor. `None` for anything that no key of this server has signed.
    pub async fn verify<C: DeserializeOwned>(
        &self,
        token: &str,
        options: VerificationOptions,
    ) -> Result<Option<Verified<C>>, Failure> {
        let Ok(header) = Token::decode_metadata(token) else { return Ok(None) };
        // All that this server signs names its key.
        let Some(kid) = header.key_id() else { return Ok(None) };
        let mut ring = self.published_key_ring().await?;
        if ring.published(kid).is_none() {
            // Another instance may have made the key since this one read them.
            self.forget_keys();
            ring = self.published_key_ring().await?;
        }
        let Some(key) = ring.published(kid) else { return Ok(None) };
        Ok(key.verify(token, options).map(|claims| Verified { algorithm: key.algorithm, claims }))
    }
}
