//! Sealing of private keys: XChaCha20-Poly1305 under the key-encryption key.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use sha2::{Digest, Sha256};

use super::KeyAlgorithm;
use crate::Failure;

const NONCE_LENGTH: usize = 24;

/// The key that seals the others.
pub(super) struct KeyEncryptionKey(XChaCha20Poly1305);

impl KeyEncryptionKey {
    /// Derives the key from a secret of full entropy.
    pub(super) fn derive(secret: &[u8]) -> Self {
        let digest: [u8; 32] =
            Sha256::new().chain_update(b"spin-auth key encryption\0").chain_update(secret).finalize().into();
        Self(XChaCha20Poly1305::new(&digest.into()))
    }

    /// Nonce and ciphertext in a row. The place of the key is authenticated with it, so that sealed keys cannot be
    /// swapped in storage.
    pub(super) fn seal(
        &self,
        algorithm: KeyAlgorithm,
        generation: u32,
        private: &[u8],
        nonce: [u8; NONCE_LENGTH],
    ) -> Vec<u8> {
        self.seal_at(&place(algorithm, generation), private, nonce)
    }

    /// The same for a secret that is no key, at a place that is none of a key.
    pub(super) fn seal_at(&self, place: &str, private: &[u8], nonce: [u8; NONCE_LENGTH]) -> Vec<u8> {
        let payload = Payload { msg: private, aad: place.as_bytes() };
        // Encryption fails only for messages of 256 GiB.
        let ciphertext = self.0.encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        [&nonce[..], &ciphertext].concat()
    }

    /// Opens what [`Self::seal`] made.
    pub(super) fn unseal(&self, algorithm: KeyAlgorithm, generation: u32, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
        self.unseal_at(&place(algorithm, generation), sealed)
    }

    /// Opens what [`Self::seal_at`] made.
    pub(super) fn unseal_at(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
        let wrong_key = || Failure::Internal("a stored secret does not open under key_encryption_key".to_owned());
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LENGTH>().ok_or_else(wrong_key)?;
        let payload = Payload { msg: ciphertext, aad: place.as_bytes() };
        self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| wrong_key())
    }
}

fn place(algorithm: KeyAlgorithm, generation: u32) -> String {
    format!("{}/{generation}", algorithm.as_str())
}

#[cfg(test)]
mod tests {
    use protocol::client_metadata::SigningAlgorithm;

    use super::*;

    const RS256: KeyAlgorithm = KeyAlgorithm::Signing(SigningAlgorithm::RS256);

    #[test]
    fn a_sealed_key_opens_in_its_place_only() {
        let key = KeyEncryptionKey::derive(b"secret");
        let sealed = key.seal(RS256, 1, b"private", [9; 24]);
        assert!(!sealed.windows(7).any(|window| window == b"private"));
        assert_eq!(key.unseal(RS256, 1, &sealed).unwrap(), b"private");
        assert!(key.unseal(RS256, 2, &sealed).is_err());
        assert!(key.unseal(KeyAlgorithm::Mac, 1, &sealed).is_err());
        assert!(KeyEncryptionKey::derive(b"other").unseal(RS256, 1, &sealed).is_err());
        assert!(key.unseal(RS256, 1, &sealed[..20]).is_err());
    }
}
