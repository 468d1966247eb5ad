//! Verification of what this server has signed.

use protocol::{client_metadata::SigningAlgorithm, jwk::Jwk, jws::Jws};
use serde::de::DeserializeOwned;

use super::Keys;
use crate::{Env, Failure, jose};

/// A token of this server, and by which algorithm it is signed.
pub struct Verified<C> {
    /// The algorithm of the key that verified it.
    pub algorithm: SigningAlgorithm,
    /// What it says.
    pub claims: C,
}

impl<S: Keys> Env<'_, S> {
    /// Verifies a JWT of this `typ` by the published key that its header names, be that the active one, its predecessor or
    /// its successor. `None` for anything that no key of this server has signed. Times are for the caller to judge.
    pub async fn verify<C: DeserializeOwned>(&self, token: &str, typ: &str) -> Result<Option<Verified<C>>, Failure> {
        let Some(jws) = Jws::parse(token).filter(|jws| jws.is_of_type(typ)) else { return Ok(None) };
        // All that this server signs names its key.
        let Some(kid) = &jws.header.kid else { return Ok(None) };
        let mut ring = self.published_key_ring().await?;
        if ring.published(kid).is_none() {
            // Another instance may have made the key since this one read them.
            self.forget_keys();
            ring = self.published_key_ring().await?;
        }
        let Some(key) = ring.published(kid) else { return Ok(None) };
        let Ok(jwk) = serde_json::from_str::<Jwk>(&key.public_jwk) else { return Ok(None) };
        let signed = jose::verify(&jws, [&jwk], &[key.algorithm.into()]).and_then(|_| jws.claims());
        Ok(signed.map(|claims| Verified { algorithm: key.algorithm, claims }))
    }
}
