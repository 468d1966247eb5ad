//! Rotation of signing keys: a successor is published before it signs, and a key stays published until everything
//! signed with it has expired.

use protocol::{Error, Timestamp, client_metadata::SigningAlgorithm};

use super::{KeyAlgorithm, Keys, SigningKey, StoredKey, seal::KeyEncryptionKey};
use crate::{Env, Failure};

/// Makes the next generation of every algorithm. It begins to sign after `key_publish_delay`.
///
/// Refused while the last rotation still waits to sign: a key would otherwise be replaced before it was ever used.
pub async fn rotate<S: Keys>(env: &Env<'_, S>) -> Result<(), Failure> {
    if env.settings.signing_keys()?.is_some() {
        return Err(Error::invalid_request("The keys are given by the setting signing_keys: rotate them there.").into());
    }
    let ring = env.complete_key_ring().await?;
    if ring.signing_keys().any(|key| key.activates_at > env.now) {
        return Err(Error::invalid_request(
            "The last rotation is not over yet: its keys are published and will sign soon.",
        )
        .into());
    }
    let activates_at = env.now.plus(env.settings.key_publish_delay()?);
    for algorithm in SigningAlgorithm::ALL {
        let newest =
            ring.signing_keys().filter(|key| key.algorithm == algorithm).map(|key| key.generation).max().unwrap_or(0);
        add_generation(env, algorithm, newest + 1, activates_at).await?;
    }
    env.forget_keys();
    Ok(())
}

/// Rotates where the keys that sign have reached `key_rotation_interval`; whether it did.
pub async fn rotate_when_due<S: Keys>(env: &Env<'_, S>) -> Result<bool, Failure> {
    let Some(interval) = env.settings.key_rotation_interval()? else { return Ok(false) };
    if env.settings.signing_keys()?.is_some() {
        return Ok(false);
    }
    let ring = env.complete_key_ring().await?;
    let newest = ring.signing_keys().map(|key| key.activates_at).max();
    if newest.is_none_or(|activated| env.now < activated.plus(interval)) {
        return Ok(false);
    }
    rotate(env).await?;
    Ok(true)
}

/// Adds a key of this generation. Where another instance was faster, its key stays and this one is forgotten.
pub(super) async fn add_generation<S: Keys>(
    env: &Env<'_, S>,
    algorithm: SigningAlgorithm,
    generation: u32,
    activates_at: Timestamp,
) -> Result<(), Failure> {
    let (private, public_jwk) = SigningKey::generate(algorithm, env.random)?;
    let wrapping = KeyEncryptionKey::of(env).await?;
    let algorithm = KeyAlgorithm::Signing(algorithm);
    let sealed = wrapping.seal(algorithm, generation, &private, env.random_bytes());
    let key =
        StoredKey { algorithm, generation, sealed, public_jwk: Some(public_jwk), created_at: env.now, activates_at };
    Ok(env.store.add_key(&key).await?)
}
