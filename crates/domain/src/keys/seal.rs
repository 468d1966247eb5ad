//! Sealing of private keys: XChaCha20-Poly1305 under the key-encryption key.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use sha2::{Digest, Sha256};

use super::KeyAlgorithm;
use crate::Failure;

const NONCE_LENGTH: usize = 24;

/// The key that seals the others, and while it replaces another one, that one, too: it opens and seals nothing any more.
pub(super) struct KeyEncryptionKey {
    current: XChaCha20Poly1305,
    previous: Option<XChaCha20Poly1305>,
}

impl KeyEncryptionKey {
    /// Derives the key from a secret of full entropy.
    pub(super) fn derive(secret: &[u8]) -> Self {
        Self { current: cipher(secret), previous: None }
    }

    /// The key that replaces the one of this secret.
    pub(super) fn replacing(self, previous: Option<&[u8]>) -> Self {
        Self { previous: previous.map(cipher), ..self }
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
        let ciphertext = self.current.encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        [&nonce[..], &ciphertext].concat()
    }

    /// Opens what [`Self::seal`] made.
    pub(super) fn unseal(&self, algorithm: KeyAlgorithm, generation: u32, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
        self.unseal_at(&place(algorithm, generation), sealed)
    }

    /// Opens what [`Self::seal_at`] made.
    pub(super) fn unseal_at(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
        const WRONG_KEY: &str = "a stored secret does not open under key_encryption_key";
        let opened = [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|key| open(key, place, sealed));
        opened.ok_or_else(|| Failure::Internal(WRONG_KEY.to_owned()))
    }

    /// What the previous key has sealed, sealed under this one; `None` where it is already.
    pub(super) fn reseal_at(
        &self,
        place: &str,
        sealed: &[u8],
        nonce: [u8; NONCE_LENGTH],
    ) -> Result<Option<Vec<u8>>, Failure> {
        match open(&self.current, place, sealed) {
            Some(_) => Ok(None),
            None => Ok(Some(self.seal_at(place, &self.unseal_at(place, sealed)?, nonce))),
        }
    }
}

fn cipher(secret: &[u8]) -> XChaCha20Poly1305 {
    let digest: [u8; 32] =
        Sha256::new().chain_update(b"spin-auth key encryption\0").chain_update(secret).finalize().into();
    XChaCha20Poly1305::new(&digest.into())
}

fn open(key: &XChaCha20Poly1305, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
    key.decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: place.as_bytes() }).ok()
}

/// Where a key lies.
pub(super) fn place(algorithm: KeyAlgorithm, generation: u32) -> String {
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

    #[test]
    fn the_previous_key_opens_and_seals_nothing() {
        let [old, new] = [b"old", b"new"].map(|secret| KeyEncryptionKey::derive(secret));
        let both = KeyEncryptionKey::derive(b"new").replacing(Some(b"old"));
        let sealed = old.seal_at("totp/1", b"secret", [9; 24]);
        assert!(new.unseal_at("totp/1", &sealed).is_err());
        assert_eq!(both.unseal_at("totp/1", &sealed).unwrap(), b"secret");
        assert!(both.unseal_at("totp/2", &sealed).is_err());
        let again = both.reseal_at("totp/1", &sealed, [8; 24]).unwrap().unwrap();
        assert_eq!(new.unseal_at("totp/1", &again).unwrap(), b"secret");
        assert!(old.unseal_at("totp/1", &again).is_err());
        assert!(both.reseal_at("totp/1", &again, [7; 24]).unwrap().is_none(), "it is sealed under the new key already");
        assert!(both.reseal_at("totp/2", &again, [7; 24]).is_err());
    }
}
