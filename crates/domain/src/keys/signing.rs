//! Signing keys: RS256, ES256 and EdDSA. jwt-simple makes them all and signs with the latter two.

use std::cell::OnceCell;

use jwt_simple::prelude::{
    ECDSAP256KeyPairLike, ES256KeyPair, Ed25519KeyPair, EdDSAKeyPairLike, HeaderOptions, JWTClaims, RS256KeyPair,
};
use protocol::{Timestamp, client_metadata::SigningAlgorithm};
use serde::{Deserialize, Serialize};

use super::rs256::Rs256;
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
    /// Parsed on first use: most requests sign nothing, and reading an RSA key takes 0.5 ms.
    pair: OnceCell<KeyPair>,
}

enum KeyPair {
    RS256(Rs256),
    ES256(ES256KeyPair),
    EdDSA(Ed25519KeyPair),
}

impl SigningKey {
    pub(super) fn new(
        algorithm: SigningAlgorithm,
        generation: u32,
        private: Vec<u8>,
        public_jwk: String,
        activates_at: Timestamp,
    ) -> Self {
        Self { algorithm, generation, public_jwk, activates_at, private, pair: OnceCell::new() }
    }

    /// Makes a key: its private octets and its public JWK. Its randomness is the cryptographic library's own.
    pub(super) fn generate(algorithm: SigningAlgorithm) -> Result<(Vec<u8>, String), Failure> {
        Ok(match algorithm {
            SigningAlgorithm::RS256 => {
                let pair = RS256KeyPair::generate(2048).map_err(internal)?;
                let kid = pair.jwk_thumbprint();
                (pair.to_der().map_err(internal)?, pair.public_key().with_key_id(&kid).to_jwk())
            }
            SigningAlgorithm::ES256 => {
                let pair = ES256KeyPair::generate();
                let kid = pair.jwk_thumbprint();
                (pair.to_bytes(), pair.public_key().with_key_id(&kid).to_jwk())
            }
            SigningAlgorithm::EdDSA => {
                let pair = Ed25519KeyPair::generate();
                let kid = pair.jwk_thumbprint();
                (pair.to_bytes(), pair.public_key().with_key_id(&kid).to_jwk())
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
    /// ([RFC 8725 §3.11](https://www.rfc-editor.org/rfc/rfc8725#section-3.11)); that of ID tokens is `JWT`. RS256 needs
    /// randomness, though it is not in the signature.
    pub fn sign<C: Serialize>(&self, typ: &str, claims: JWTClaims<C>, random: &dyn Random) -> Result<String, Failure> {
        if self.pair.get().is_none() {
            // Another request of this instance cannot have been faster: nothing here waits.
            let _ = self.pair.set(self.parse()?);
        }
        match self.pair.get() {
            Some(KeyPair::RS256(pair)) => return pair.sign(typ, claims, random),
            Some(KeyPair::ES256(pair)) => pair.sign_with_options(claims, &header(typ)),
            Some(KeyPair::EdDSA(pair)) => pair.sign_with_options(claims, &header(typ)),
            None => return Err(Failure::Internal("a signing key was not parsed".to_owned())),
        }
        .map_err(internal)
    }

    fn parse(&self) -> Result<KeyPair, Failure> {
        let kid = self.kid()?;
        Ok(match self.algorithm {
            SigningAlgorithm::RS256 => KeyPair::RS256(Rs256::from_der(&self.private, &kid)?),
            SigningAlgorithm::ES256 => {
                KeyPair::ES256(ES256KeyPair::from_bytes(&self.private).map_err(internal)?.with_key_id(&kid))
            }
            SigningAlgorithm::EdDSA => {
                KeyPair::EdDSA(Ed25519KeyPair::from_bytes(&self.private).map_err(internal)?.with_key_id(&kid))
            }
        })
    }
}

/// The header of a JWT of this `typ`.
pub(super) fn header(typ: &str) -> HeaderOptions {
    HeaderOptions { signature_type: Some(typ.to_owned()), ..HeaderOptions::default() }
}

pub(super) fn internal(error: impl std::fmt::Display) -> Failure {
    Failure::Internal(format!("signing key: {error}"))
}

#[cfg(test)]
mod tests {
    use jwt_simple::prelude::{
        ECDSAP256PublicKeyLike, ES256PublicKey, NoCustomClaims, UnixTimeStamp, VerificationOptions,
    };

    use super::*;

    struct NoRandomness;

    impl Random for NoRandomness {
        fn fill(&self, _: &mut [u8]) {
            unreachable!("ES256 does not ask for it");
        }
    }

    fn claims() -> JWTClaims<NoCustomClaims> {
        JWTClaims {
            issued_at: Some(UnixTimeStamp::from_secs(1_700_000_000)),
            expires_at: Some(UnixTimeStamp::from_secs(1_700_000_900)),
            invalid_before: None,
            issuer: Some("https://id.example".to_owned()),
            subject: None,
            audiences: None,
            jwt_id: None,
            nonce: None,
            custom: NoCustomClaims {},
        }
    }

    #[test]
    fn a_stored_key_signs_what_its_published_key_verifies() {
        let (private, jwk) = SigningKey::generate(SigningAlgorithm::ES256).unwrap();
        let key = SigningKey::new(SigningAlgorithm::ES256, 1, private, jwk.clone(), Timestamp(0));
        let token = key.sign("JWT", claims(), &NoRandomness).unwrap();
        let options = VerificationOptions {
            artificial_time: Some(UnixTimeStamp::from_secs(1_700_000_001)),
            required_key_id: Some(key.kid().unwrap()),
            ..Default::default()
        };
        let read =
            ES256PublicKey::from_jwk(&jwk).unwrap().verify_token::<NoCustomClaims>(&token, Some(options)).unwrap();
        assert_eq!(read.issuer.as_deref(), Some("https://id.example"));
    }

    #[test]
    fn a_published_key_has_no_private_member() {
        for algorithm in [SigningAlgorithm::ES256, SigningAlgorithm::EdDSA] {
            let (_, jwk) = SigningKey::generate(algorithm).unwrap();
            assert!(!jwk.contains("\"d\":") && jwk.contains("\"kid\":") && jwk.contains(algorithm.as_str()), "{jwk}");
        }
    }
}
