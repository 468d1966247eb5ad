//! The keys of this server: one ring of MAC keys for what only this server reads, and signing keys for what others
//! verify. They are made on first need, sealed before they are stored, and read once per instance.

mod ed25519;
mod es256;
mod given;
mod mac;
mod reseal;
mod rotation;
mod rs256;
mod seal;
mod signing;
mod verify;

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

pub use mac::MacKey;
use protocol::{Timestamp, client_metadata::SigningAlgorithm, secret::base64url, secret::from_base64url};
pub use reseal::{Resealed, Sealed, reseal};
pub use rotation::{rotate, rotate_when_due};
use seal::KeyEncryptionKey;
pub use signing::SigningKey;
pub use verify::Verified;

use crate::{Env, Failure, StorageError, jwks::KeySet, settings::PreviousKey};

/// What a stored key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyAlgorithm {
    /// The MAC key ring, `HS256` in storage.
    Mac,
    /// A signing key of this algorithm.
    Signing(SigningAlgorithm),
}

impl KeyAlgorithm {
    /// The name in storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mac => "HS256",
            Self::Signing(algorithm) => algorithm.as_str(),
        }
    }

    /// The algorithm of this name.
    pub fn parse(name: &str) -> Option<Self> {
        SigningAlgorithm::ALL.into_iter().map(Self::Signing).chain([Self::Mac]).find(|known| known.as_str() == name)
    }
}

/// What a signing key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It is published, and will sign.
    Next,
    /// It signs.
    Active,
    /// It signs no more, and is published as long as something signed with it may be good.
    Retired,
}

impl KeyState {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }
}

/// A key as storage has it: sealed.
#[derive(Debug, Clone)]
pub struct StoredKey {
    /// What it is for.
    pub algorithm: KeyAlgorithm,
    /// Counts up from 1 for each algorithm.
    pub generation: u32,
    /// The private part, sealed under the key-encryption key.
    pub sealed: Vec<u8>,
    /// The public part as a JWK with its `kid`; `None` for a MAC key.
    pub public_jwk: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it begins to sign; until then it is only published.
    pub activates_at: Timestamp,
}

/// Storage of keys.
pub trait Keys {
    /// Every key, each algorithm's oldest generation first.
    async fn keys(&self) -> Result<Vec<StoredKey>, StorageError>;

    /// Adds a key unless its generation is there already, so that racing instances agree on the first one.
    async fn add_key(&self, key: &StoredKey) -> Result<(), StorageError>;

    /// The secret of this name that is kept beside the database.
    async fn kept_secret(&self, name: &str) -> Result<Option<String>, StorageError>;

    /// Keeps a secret of this name unless there is one already, so that racing instances agree on the first one.
    async fn keep_secret(&self, name: &str, secret: &str) -> Result<(), StorageError>;
}

/// The keys of one instance, unsealed.
pub struct KeyRing {
    mac: Rc<BTreeMap<u32, MacKey>>,
    signing: Vec<Rc<SigningKey>>,
    /// Whether the signing keys are those of the setting `signing_keys`.
    is_given: bool,
}

/// Keeps the ring for the life of an instance, and the published set for the second in which it was read.
#[derive(Default)]
pub struct KeyCache {
    ring: RefCell<Option<Rc<KeyRing>>>,
    set: RefCell<Option<(Timestamp, Rc<KeySet>)>>,
}

impl KeyCache {
    /// The published set, where it was read in this second.
    pub(crate) fn set_of(&self, now: Timestamp) -> Option<Rc<KeySet>> {
        self.set.borrow().as_ref().filter(|(read, _)| *read == now).map(|(_, set)| Rc::clone(set))
    }

    /// Keeps the published set for the rest of this second.
    pub(crate) fn keep_set(&self, now: Timestamp, set: Rc<KeySet>) {
        *self.set.borrow_mut() = Some((now, set));
    }
}

impl KeyRing {
    /// The newest MAC key, for this purpose alone.
    pub fn mac(&self, purpose: &'static str) -> Rc<MacKey> {
        self.mac.values().next_back().map_or_else(|| Rc::new(MacKey::unusable()), |key| key.derive(purpose))
    }

    /// The oldest MAC key, for this purpose alone: what it makes stays the same for ever.
    pub fn oldest_mac(&self, purpose: &'static str) -> Rc<MacKey> {
        self.mac.values().next().map_or_else(|| Rc::new(MacKey::unusable()), |key| key.derive(purpose))
    }

    /// The generation of the newest MAC key.
    pub fn mac_generation(&self) -> u32 {
        self.mac.keys().next_back().copied().unwrap_or_default()
    }

    /// The MAC key of this generation, for this purpose alone.
    pub fn mac_of_generation(&self, generation: u32, purpose: &'static str) -> Option<Rc<MacKey>> {
        self.mac.get(&generation).map(|key| key.derive(purpose))
    }

    /// The key that signs now: the newest that is active, or the first, which has no predecessor to wait for. (It may
    /// be a second ahead of this request, where another instance made it.)
    fn active(&self, algorithm: SigningAlgorithm, now: Timestamp) -> Option<Rc<SigningKey>> {
        let mut keys = self.signing.iter().filter(|key| key.algorithm == algorithm);
        keys.clone().rfind(|key| key.activates_at <= now).or_else(|| keys.next()).cloned()
    }

    /// Every public key that something may still be verified with, or soon will be.
    pub fn public_jwks(&self) -> Vec<&str> {
        self.signing.iter().map(|key| key.public_jwk.as_str()).collect()
    }

    /// The published key of this identifier: one that signs, or did, or will.
    pub fn published(&self, kid: &str) -> Option<&SigningKey> {
        self.signing_keys().find(|key| key.kid().is_ok_and(|known| known == kid))
    }

    /// What this key does at this time.
    pub fn state(&self, key: &SigningKey, now: Timestamp) -> KeyState {
        match self.active(key.algorithm, now) {
            Some(active) if active.generation == key.generation => KeyState::Active,
            Some(active) if active.generation > key.generation => KeyState::Retired,
            _ => KeyState::Next,
        }
    }

    /// The signing keys, each algorithm's oldest first.
    pub fn signing_keys(&self) -> impl Iterator<Item = &SigningKey> {
        self.signing.iter().map(Rc::as_ref)
    }
}

impl<S: Keys> Env<'_, S> {
    /// The key ring, with at least one MAC key.
    pub async fn key_ring(&self) -> Result<Rc<KeyRing>, Failure> {
        if let Some(ring) = self.keys.ring.borrow().as_ref() {
            return Ok(Rc::clone(ring));
        }
        let wrapping = KeyEncryptionKey::of(self).await?;
        let mut ring = self.read_ring(&wrapping).await?;
        if ring.mac.is_empty() {
            if self.settings.key_encryption_key()?.is_none() {
                self.log.warn(
                    "key_encryption_key is not set: the private keys are sealed under a key that is kept beside them",
                );
            }
            let (algorithm, generation) = (KeyAlgorithm::Mac, 1);
            let sealed = wrapping.seal(algorithm, generation, &self.random_bytes::<32>(), self.random_bytes());
            self.store
                .add_key(&StoredKey {
                    algorithm,
                    generation,
                    sealed,
                    public_jwk: None,
                    created_at: self.now,
                    activates_at: self.now,
                })
                .await?;
            ring = self.read_ring(&wrapping).await?;
        }
        Ok(self.remember(ring))
    }

    /// Seals a secret under the key-encryption key for this place in storage, which is authenticated with it.
    pub(crate) async fn seal_at(&self, place: &str, secret: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(KeyEncryptionKey::of(self).await?.seal_at(place, secret, self.random_bytes()))
    }

    /// Opens what [`Self::seal_at`] sealed for this place.
    pub(crate) async fn unseal_at(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
        KeyEncryptionKey::of(self).await?.unseal_at(place, sealed)
    }

    /// The key that signs with this algorithm now. All algorithms get their first key together, so that the
    /// published set is complete from the start.
    pub async fn signing_key(&self, algorithm: SigningAlgorithm) -> Result<Rc<SigningKey>, Failure> {
        let ring = self.complete_key_ring().await?;
        ring.active(algorithm, self.now)
            .ok_or_else(|| Failure::Internal(format!("no active {} key", algorithm.as_str())))
    }

    /// The key ring, with the keys that the operator gives instead of those that are made here.
    async fn published_key_ring(&self) -> Result<Rc<KeyRing>, Failure> {
        let given = self.settings.signing_keys()?;
        let ring = self.key_ring().await?;
        let Some(given) = given.filter(|_| !ring.is_given) else { return Ok(ring) };
        // Here and not where the ring is read: most components neither sign nor verify, and do without such keys.
        let signing = given::parse(&given)?.into_iter().map(Rc::new).collect();
        Ok(self.remember(KeyRing { mac: Rc::clone(&ring.mac), signing, is_given: true }))
    }

    /// The key ring, with at least one active key of each algorithm.
    pub async fn complete_key_ring(&self) -> Result<Rc<KeyRing>, Failure> {
        let ring = self.published_key_ring().await?;
        let missing: Vec<_> =
            SigningAlgorithm::ALL.into_iter().filter(|algorithm| ring.active(*algorithm, self.now).is_none()).collect();
        if missing.is_empty() {
            return Ok(ring);
        }
        for algorithm in missing {
            rotation::add_generation(self, algorithm, 1, self.now).await?;
        }
        self.forget_keys();
        self.key_ring().await
    }

    /// Forgets the ring and the published set, so that their next use reads what has changed.
    pub fn forget_keys(&self) {
        *self.keys.ring.borrow_mut() = None;
        *self.keys.set.borrow_mut() = None;
    }

    async fn read_ring(&self, wrapping: &KeyEncryptionKey) -> Result<KeyRing, Failure> {
        let (mut mac, mut signing) = (BTreeMap::new(), Vec::new());
        for stored in self.store.keys().await? {
            let private = wrapping.unseal(stored.algorithm, stored.generation, &stored.sealed)?;
            match (stored.algorithm, stored.public_jwk) {
                (KeyAlgorithm::Mac, _) => {
                    mac.insert(stored.generation, MacKey::from_bytes(&private)?);
                }
                (KeyAlgorithm::Signing(algorithm), Some(public_jwk)) => {
                    let (generation, activates_at) = (stored.generation, stored.activates_at);
                    signing.push(Rc::new(SigningKey::new(algorithm, generation, private, public_jwk, activates_at)));
                }
                (KeyAlgorithm::Signing(_), None) => {
                    return Err(Failure::Internal("a signing key has no public part".to_owned()));
                }
            }
        }
        Ok(KeyRing { mac: Rc::new(mac), signing, is_given: false })
    }

    fn remember(&self, ring: KeyRing) -> Rc<KeyRing> {
        let ring = Rc::new(ring);
        *self.keys.ring.borrow_mut() = Some(Rc::clone(&ring));
        ring
    }
}

/// The name of the key-encryption key that is kept where none is configured.
const KEPT_KEY: &str = "key_encryption_key";

impl KeyEncryptionKey {
    /// The configured key, or the one that is kept beside the database where none is configured; and the one that it
    /// replaces, where the operator says so. That is never found out by trying: whoever can write the database could keep
    /// a key there and have this server take what they sealed under it for its own.
    async fn of<S: Keys>(env: &Env<'_, S>) -> Result<Self, Failure> {
        let key = match env.settings.key_encryption_key()? {
            Some(configured) => Self::derive(configured.expose().as_bytes()),
            None => Self::derive(&made_key(env).await?),
        };
        Ok(match env.settings.key_encryption_key_previous()? {
            None => key,
            Some(PreviousKey::Given(secret)) => key.replacing(Some(secret.expose().as_bytes())),
            Some(PreviousKey::Kept) => key.replacing(kept_key(env).await?.as_deref()),
        })
    }
}

async fn kept_key<S: Keys>(env: &Env<'_, S>) -> Result<Option<Vec<u8>>, Failure> {
    let Some(kept) = env.store.kept_secret(KEPT_KEY).await? else { return Ok(None) };
    let broken = || Failure::Internal("the kept key_encryption_key is broken".to_owned());
    from_base64url(&kept).map(Some).ok_or_else(broken)
}

/// The kept key, made now where there is none.
async fn made_key<S: Keys>(env: &Env<'_, S>) -> Result<Vec<u8>, Failure> {
    if let Some(kept) = kept_key(env).await? {
        return Ok(kept);
    }
    env.store.keep_secret(KEPT_KEY, &base64url(&env.random_bytes::<32>())).await?;
    kept_key(env).await?.ok_or_else(|| Failure::Internal("the kept key_encryption_key is gone".to_owned()))
}

#[cfg(test)]
pub(crate) mod testing {
    use super::{BTreeMap, KeyRing, MacKey, Rc};

    /// A ring of one MAC key, which differs by `seed`.
    pub(crate) fn ring(seed: u8) -> KeyRing {
        KeyRing { mac: Rc::new(BTreeMap::from([(1, MacKey::new([seed; 32]))])), signing: Vec::new(), is_given: false }
    }
}
