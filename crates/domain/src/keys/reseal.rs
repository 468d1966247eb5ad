//! Sealing anew: what the previous key-encryption key has sealed is sealed under the current one, so that the previous
//! one can be thrown away.

use super::{KEPT_KEY, KeyAlgorithm, KeyEncryptionKey, Keys, seal::place};
use crate::{Env, Failure, Id, StorageError, factors::totp_place, settings::PreviousKey};

/// How many secrets of authenticator apps one step looks at.
const STEP: u32 = 200;

/// Storage of what is sealed.
pub trait Sealed: Keys {
    /// Replaces a sealed key, where it is still what it was; whether it was.
    async fn replace_sealed_key(
        &self,
        algorithm: KeyAlgorithm,
        generation: u32,
        from: &[u8],
        to: &[u8],
    ) -> Result<bool, StorageError>;

    /// The users with an authenticator app and its sealed secret, by their identifiers, from the one after this on.
    async fn sealed_totps(&self, after: Option<Id>, limit: u32) -> Result<Vec<(Id, Vec<u8>)>, StorageError>;

    /// Replaces the sealed secret of a user's authenticator app, where it is still what it was; whether it was.
    async fn replace_sealed_totp(&self, user: Id, from: &[u8], to: &[u8]) -> Result<bool, StorageError>;

    /// Forgets the kept secret of this name.
    async fn forget_secret(&self, name: &str) -> Result<(), StorageError>;
}

/// What one step has done.
#[derive(Debug, PartialEq, Eq)]
pub struct Resealed {
    /// How many secrets were sealed anew.
    pub count: usize,
    /// Where the next step begins; `None`: nothing needs the previous key any more.
    pub next: Option<Id>,
}

/// A step of sealing anew: the keys, and some of the authenticator apps from the one after this user on. After the last one
/// nothing needs the previous key; where that was the kept one it is forgotten. Any number of these may run at once.
pub async fn reseal<S: Sealed>(env: &Env<'_, S>, after: Option<Id>) -> Result<Resealed, Failure> {
    let wrapping = KeyEncryptionKey::of(env).await?;
    let mut count = 0;
    for key in env.store.keys().await? {
        let place = place(key.algorithm, key.generation);
        if let Some(sealed) = wrapping.reseal_at(&place, &key.sealed, env.random_bytes())? {
            let replaced = env.store.replace_sealed_key(key.algorithm, key.generation, &key.sealed, &sealed).await?;
            count += usize::from(replaced);
        }
    }
    let totps = env.store.sealed_totps(after, STEP).await?;
    for (user, old) in &totps {
        if let Some(sealed) = wrapping.reseal_at(&totp_place(*user), old, env.random_bytes())? {
            count += usize::from(env.store.replace_sealed_totp(*user, old, &sealed).await?);
        }
    }
    let next = totps.last().map(|(user, _)| *user);
    if next.is_none() && matches!(env.settings.key_encryption_key_previous()?, Some(PreviousKey::Kept)) {
        env.store.forget_secret(KEPT_KEY).await?;
    }
    Ok(Resealed { count, next })
}
