//! Signing keys: RS256, ES256 and EdDSA. jwt-simple makes those of RSA; what makes the others and signs is fast in WebAssembly
//! (`docs/adr/0009-rs256-arithmetic.md`, `docs/adr/0034-ecdsa-and-eddsa-arithmetic.md`).

use std::cell::OnceCell;

use jwt_simple::prelude::{JWTClaims, RS256KeyPair};
use protocol::{Timestamp, client_metadata::SigningAlgorithm, secret::base64url};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    ed25519::{self, Ed25519},
    es256,
    rs256::Rs256,
};
use crate::{Failure, Random};

/// A key that signs, or did, or will.
pub struct SigningKey {
    /// Its algorithm.
    pub algorithm: SigningAlgorithm,
    /// Counts up from 1 for each algorithm.
    pub generation: u32,
    /// The public part as a JWK with its `kid`.
    pub public_jwk: String,
    /// When it begins to sign.
    pub activates_at: Timestamp,
    private: Vec<u8>,
    /// Parsed on first use, with the key identifier: most requests sign nothing, and reading an RSA key takes 0.5 ms.
    parsed: OnceCell<(String, KeyPair)>,
}

enum KeyPair {
    RS256(Rs256),
    ES256(p256_sign::PrivateKey),
    EdDSA(Box<Ed25519>),
}

/// The header of every JWT of ours, with its members in this order.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

impl SigningKey {
    pub(super) fn new(
        algorithm: SigningAlgorithm,
        generation: u32,
        private: Vec<u8>,
        public_jwk: String,
        activates_at: Timestamp,
    ) -> Self {
        Self { algorithm, generation, public_jwk, activates_at, private, parsed: OnceCell::new() }
    }

    /// Makes a key: its private octets and its public JWK. The randomness of RSA is jwt-simple's own.
    pub(super) fn generate(algorithm: SigningAlgorithm, random: &dyn Random) -> Result<(Vec<u8>, String), Failure> {
        Ok(match algorithm {
            SigningAlgorithm::RS256 => {
                let pair = RS256KeyPair::generate(2048).map_err(internal)?;
                let kid = pair.jwk_thumbprint();
                (pair.to_der().map_err(internal)?, pair.public_key().with_key_id(&kid).to_jwk())
            }
            SigningAlgorithm::ES256 => es256::generate(random)?,
            SigningAlgorithm::EdDSA => {
                let mut seed = [0; 32];
                random.fill(&mut seed);
                ed25519::from_seed(&seed)?
            }
        })
    }

    /// The key identifier: the thumbprint of the key ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).
    pub fn kid(&self) -> Result<String, Failure> {
        #[derive(Deserialize)]
        struct Jwk {
            kid: String,
        }
        serde_json::from_str::<Jwk>(&self.public_jwk).map(|jwk| jwk.kid).map_err(internal)
    }

    /// Signs these claims into a JWT of this `typ`, by which one kind does not pass for another
    /// ([RFC 8725 §3.11](https://www.rfc-editor.org/rfc/rfc8725#section-3.11)); that of ID tokens is `JWT`.
    pub fn sign<C: Serialize>(&self, typ: &str, claims: JWTClaims<C>, random: &dyn Random) -> Result<String, Failure> {
        if self.parsed.get().is_none() {
            // Another request of this instance cannot have been faster: nothing here waits.
            let _ = self.parsed.set((self.kid()?, KeyPair::read(self.algorithm, &self.private)?));
        }
        let Some((kid, pair)) = self.parsed.get() else {
            return Err(Failure::Internal("a signing key was not parsed".to_owned()));
        };
        let header = Header { alg: self.algorithm.as_str(), kid, typ };
        let header = serde_json::to_vec(&header).map_err(internal)?;
        let claims = serde_json::to_vec(&claims).map_err(internal)?;
        let mut token = format!("{}.{}", base64url(&header), base64url(&claims));
        let signature = pair.sign(token.as_bytes(), random)?;
        token.push('.');
        token.push_str(&base64url(&signature));
        Ok(token)
    }
}

impl KeyPair {
    /// Reads a key as [`SigningKey::generate`] makes it.
    fn read(algorithm: SigningAlgorithm, private: &[u8]) -> Result<Self, Failure> {
        Ok(match algorithm {
            SigningAlgorithm::RS256 => Self::RS256(Rs256::from_der(private)?),
            // The private number, big-endian.
            SigningAlgorithm::ES256 => {
                let number = private.try_into().map_err(internal)?;
                Self::ES256(p256_sign::PrivateKey::from_bytes(number).map_err(internal)?)
            }
            SigningAlgorithm::EdDSA => {
                Self::EdDSA(Box::new(Ed25519::from_bytes(private.try_into().map_err(internal)?)?))
            }
        })
    }

    /// The octets of a JWS signature ([RFC 7518 §3](https://www.rfc-editor.org/rfc/rfc7518#section-3),
    /// [RFC 8037 §3.1](https://www.rfc-editor.org/rfc/rfc8037#section-3.1)). The operation of RS256 is blinded by
    /// randomness; the secret numbers of the others are hedged by it.
    fn sign(&self, signed: &[u8], random: &dyn Random) -> Result<Vec<u8>, Failure> {
        let hedge = || {
            let mut octets = [0; 32];
            random.fill(&mut octets);
            octets
        };
        match self {
            Self::RS256(key) => key.sign(signed, random),
            Self::ES256(key) => {
                let signature = key.sign(&Sha256::digest(signed).into(), &hedge());
                signature.map(Vec::from).map_err(internal)
            }
            Self::EdDSA(key) => Ok(key.sign(signed, &hedge()).to_vec()),
        }
    }
}

pub(super) fn internal(error: impl std::fmt::Display) -> Failure {
    Failure::Internal(format!("signing key: {error}"))
}

#[cfg(test)]
mod tests;
