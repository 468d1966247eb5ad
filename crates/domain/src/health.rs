//! Health: can this server answer requests?

use crate::{Env, Failure, StorageError};

/// Storage that can say whether it is there.
pub trait Health {
    /// Reads something small.
    async fn ping(&self) -> Result<(), StorageError>;
}

/// Succeeds where storage answers and the settings that every endpoint needs are right.
pub async fn ready<S: Health>(env: &Env<'_, S>) -> Result<(), Failure> {
    env.settings.issuer()?;
    Ok(env.store.ping().await?)
}
