//! Keys, as administrators rotate them.

use super::{Administrator, AuditLog};
use crate::{
    Env, Failure, jwks,
    keys::{self, Keys},
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
