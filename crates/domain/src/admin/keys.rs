//! Keys, as administrators rotate them.

use super::{Administrator, AuditLog};
use crate::{
    Env, Failure, Id, jwks,
    keys::{self, Keys, Resealed, Sealed},
};

/// Makes the next generation of signing keys and publishes it; answers the whole set.
pub async fn rotate_keys<S: Keys + AuditLog>(
    env: &Env<'_, S>,
    by: &Administrator,
    publisher: &impl jwks::Publisher,
) -> Result<String, Failure> {
    keys::rotate(env).await?;
    env.store.note(by, "keys.rotate", "signing_keys").await?;
    jwks::publish(env, publisher).await
}

/// A step of sealing anew what the previous key-encryption key has sealed, from the authenticator app after this user's on.
pub async fn reseal<S: Sealed + AuditLog>(
    env: &Env<'_, S>,
    by: &Administrator,
    after: Option<Id>,
) -> Result<Resealed, Failure> {
    let resealed = keys::reseal(env, after).await?;
    if resealed.count > 0 {
        env.store.note(by, "keys.reseal", "key_encryption_key").await?;
    }
    Ok(resealed)
}
