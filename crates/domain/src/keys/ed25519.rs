//! EdDSA with Ed25519 ([RFC 8032 §5.1.6](https://www.rfc-editor.org/rfc/rfc8032#section-5.1.6)).
//!
//! The secret number of a signature comes from the key and the message, as it should, and from randomness, as jwt-simple has
//! it, too: of two signatures of one message, one of them with a fault, nobody computes the key
//! ([draft-irtf-cfrg-det-sigs-with-noise](https://datatracker.ietf.org/doc/draft-irtf-cfrg-det-sigs-with-noise/)). If the
//! randomness is bad, it is as good as without.

use ed25519_dalek::{
    SigningKey, VerifyingKey,
    hazmat::{ExpandedSecretKey, raw_sign},
};
use jwt_simple::prelude::Ed25519PublicKey;
use sha2::{Digest, Sha512};

use super::signing::internal;
use crate::Failure;

/// The key of this seed as it is stored, and its public JWK.
pub(super) fn from_seed(seed: &[u8; 32]) -> Result<(Vec<u8>, String), Failure> {
    let key = SigningKey::from_bytes(seed);
    let public = Ed25519PublicKey::from_bytes(key.verifying_key().as_bytes()).map_err(internal)?;
    let kid = public.jwk_thumbprint();
    Ok((key.to_keypair_bytes().to_vec(), public.with_key_id(&kid).to_jwk()))
}

/// A key pair that signs.
pub(super) struct Ed25519 {
    secret: ExpandedSecretKey,
    public: VerifyingKey,
}

impl Ed25519 {
    /// Reads the key as it is stored: the seed and the public key, of which it is checked that they belong together.
    pub(super) fn from_bytes(pair: &[u8; 64]) -> Result<Self, Failure> {
        let key = SigningKey::from_keypair_bytes(pair).map_err(internal)?;
        Ok(Self { secret: ExpandedSecretKey::from(key.as_bytes()), public: key.verifying_key() })
    }

    /// The signature of this, with randomness.
    pub(super) fn sign(&self, signed: &[u8], random: &[u8; 32]) -> [u8; 64] {
        let mut secret = ExpandedSecretKey { scalar: self.secret.scalar, hash_prefix: [0; 32] };
        let mixed = Sha512::new().chain_update(self.secret.hash_prefix).chain_update(random).finalize();
        for (octet, from) in secret.hash_prefix.iter_mut().zip(mixed) {
            *octet = from;
        }
        // The public key is that of the secret one, which is what this function leaves to its caller.
        raw_sign::<Sha512>(&secret, signed, &self.public).to_bytes()
    }
}
