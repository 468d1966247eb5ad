//! A bounded step of housekeeping, for tables into which nobody inserts any more.

use protocol::Timestamp;

use super::{Administrator, AuditLog};
use crate::{Env, Failure, StorageError};

/// How many rows of each table one step removes at most.
const STEP: u32 = 500;

/// How many expired rows of a table were removed.
#[derive(Debug)]
pub struct Removed {
    /// The table.
    pub table: &'static str,
    /// How many rows.
    pub rows: usize,
}

/// Storage of what expires.
pub trait Purge {
    /// Removes expired rows, so many of each table at most.
    async fn purge(&self, limit: u32, now: Timestamp) -> Result<Vec<Removed>, StorageError>;
}

/// Removes expired rows; where a table had `STEP` of them there may be more.
pub async fn purge<S: Purge + AuditLog>(env: &Env<'_, S>, by: &Administrator) -> Result<Vec<Removed>, Failure> {
    let removed = env.store.purge(STEP, env.now).await?;
    env.store.note(by, "purge", "expired").await?;
    Ok(removed)
}
