//! Replay marks: what is good once is marked when it is used.

use protocol::Timestamp;
use sha2::{Digest, Sha256};

use crate::{Env, Failure, StorageError};

/// What is marked: who made it, what for and how it is named, of which only the hash is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayMark([u8; 32]);

impl ReplayMark {
    /// The mark of what has this name, such as the JWT of this `jti` by this issuer. The same name for another purpose or by another issuer is
    /// another mark.
    pub fn of(purpose: &str, issuer: &str, name: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [purpose, issuer, name] {
            // With their lengths, so that no two triples are one text.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The octets to store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Storage of replay marks.
pub trait ReplayMarks {
    /// Marks this until it would have expired anyway, and answers whether this was the first time. Of any number of
    /// parallel uses one is the first.
    async fn mark(&self, mark: &ReplayMark, expires_at: Timestamp, now: Timestamp) -> Result<bool, StorageError>;

    /// Whether this is marked.
    async fn is_marked(&self, mark: &ReplayMark) -> Result<bool, StorageError>;
}

impl<S: ReplayMarks> Env<'_, S> {
    /// Whether the JWT of this name (`jti`) is used for the first time; it is marked with this call. `expires_at` is from
    /// when on it is refused for its age.
    pub async fn is_first_use(
        &self,
        purpose: &str,
        issuer: &str,
        name: &str,
        expires_at: Timestamp,
    ) -> Result<bool, Failure> {
        Ok(self.store.mark(&ReplayMark::of(purpose, issuer, name), expires_at, self.now).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts_and_none_flows_into_another() {
        let mark = ReplayMark::of("assertion", "client", "1");
        assert_eq!(mark, ReplayMark::of("assertion", "client", "1"));
        for (purpose, issuer, name) in [
            ("dpop", "client", "1"),
            ("assertion", "other", "1"),
            ("assertion", "client", "2"),
            ("assertion", "client1", ""),
        ] {
            assert_ne!(mark, ReplayMark::of(purpose, issuer, name));
        }
    }
}
