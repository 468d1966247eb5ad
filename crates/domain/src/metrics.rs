//! Figures for the operator's alarms: what shows that something which should happen by itself does not.

use protocol::{Timestamp, client_metadata::SigningAlgorithm};

use crate::{
    Env, Failure, StorageError,
    keys::{KeyAlgorithm, Keys, StoredKey},
};

/// Nothing is counted further than this.
pub const COUNTED: u32 = 1000;

/// What storage says of itself, by a few entries of its indexes.
#[derive(Debug)]
pub struct Stored {
    /// The version of the schema.
    pub schema_version: i64,
    /// Whether there is a key-encryption key beside the database.
    pub keeps_key: bool,
    /// How many notices of sign-outs should have been sent by now, as far as [`COUNTED`].
    pub logouts_due: u32,
    /// When the first of them should have been.
    pub oldest_logout: Option<Timestamp>,
    /// When each table's oldest row that expires may be purged.
    pub purgeable: Vec<(String, Option<Timestamp>)>,
}

/// Storage that says how it is.
pub trait Metrics {
    /// Reads them, and counts no further than `limit`.
    async fn figures(&self, limit: u32, now: Timestamp) -> Result<Stored, StorageError>;
}

/// The figures.
#[derive(Debug)]
pub struct Figures {
    /// Those of storage.
    pub stored: Stored,
    /// Since when the key of each algorithm that is made here signs.
    pub signing_since: Vec<(SigningAlgorithm, Timestamp)>,
}

/// Reads them: two statements, whose cost does not grow with the tables.
pub async fn figures<S: Metrics + Keys>(env: &Env<'_, S>) -> Result<Figures, Failure> {
    let stored = env.store.figures(COUNTED, env.now).await?;
    let keys = env.store.keys().await?;
    Ok(Figures { stored, signing_since: signing_since(&keys, env.now) })
}

fn signing_since(keys: &[StoredKey], now: Timestamp) -> Vec<(SigningAlgorithm, Timestamp)> {
    let since = |algorithm| {
        let own = keys.iter().filter(|key| key.algorithm == KeyAlgorithm::Signing(algorithm));
        let active = own.filter(|key| key.activates_at <= now).max_by_key(|key| key.generation)?;
        Some((algorithm, active.activates_at))
    };
    SigningAlgorithm::ALL.into_iter().filter_map(since).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(generation: u32, activates_at: i64) -> StoredKey {
        StoredKey {
            algorithm: KeyAlgorithm::Signing(SigningAlgorithm::ES256),
            generation,
            sealed: vec![],
            public_jwk: None,
            created_at: Timestamp(0),
            activates_at: Timestamp(activates_at),
        }
    }

    #[test]
    fn the_age_is_that_of_the_key_that_signs_and_not_of_the_next_one() {
        let keys = [key(1, 10), key(2, 20), key(3, 30)];
        let es256 = |now| signing_since(&keys, Timestamp(now));
        assert_eq!(es256(25), [(SigningAlgorithm::ES256, Timestamp(20))]);
        assert_eq!(es256(30), [(SigningAlgorithm::ES256, Timestamp(30))]);
        assert_eq!(es256(9), []);
    }
}
