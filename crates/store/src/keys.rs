//! Keys.

use domain::{
    Id, StorageError,
    keys::{KeyAlgorithm, Keys, Sealed, StoredKey},
};

use crate::{
    Store,
    database::{Database, broken, params},
};

impl<D: Database> Keys for Store<D> {
    async fn keys(&self) -> Result<Vec<StoredKey>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT algorithm, generation, sealed, public_jwk, created_at, activates_at FROM signing_keys \
                 ORDER BY algorithm, generation",
                vec![],
            )
            .await?;
        let read = rows.into_iter().map(|mut row| {
            Ok(StoredKey {
                algorithm: KeyAlgorithm::parse(&row.text()?).ok_or_else(|| broken("a key's algorithm is unknown"))?,
                generation: row.integer()?.try_into().map_err(|_| broken("a key's generation is out of range"))?,
                sealed: row.blob()?,
                public_jwk: row.optional_text()?,
                created_at: row.time()?,
                activates_at: row.time()?,
            })
        });
        read.collect()
    }

    async fn add_key(&self, key: &StoredKey) -> Result<(), StorageError> {
        self.0
            .query(
                "INSERT INTO signing_keys (algorithm, generation, sealed, public_jwk, created_at, activates_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
                params![
                    key.algorithm.as_str(),
                    key.generation,
                    key.sealed.clone(),
                    key.public_jwk.as_deref(),
                    key.created_at,
                    key.activates_at,
                ],
            )
            .await
            .map(drop)
    }

    async fn kept_secret(&self, name: &str) -> Result<Option<String>, StorageError> {
        let rows = self.0.query("SELECT value FROM kept_secrets WHERE name = ?1", params![name]).await?;
        rows.into_iter().next().map(|mut row| row.text()).transpose()
    }

    async fn keep_secret(&self, name: &str, secret: &str) -> Result<(), StorageError> {
        self.0
            .query(
                "INSERT INTO kept_secrets (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![name, secret],
            )
            .await
            .map(drop)
    }
}

impl<D: Database> Sealed for Store<D> {
    async fn replace_sealed_key(
        &self,
        algorithm: KeyAlgorithm,
        generation: u32,
        from: &[u8],
        to: &[u8],
    ) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE signing_keys SET sealed = ?4 WHERE algorithm = ?1 AND generation = ?2 AND sealed = ?3 RETURNING 1",
                params![algorithm.as_str(), generation, from.to_vec(), to.to_vec()],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn sealed_totps(&self, after: Option<Id>, limit: u32) -> Result<Vec<(Id, Vec<u8>)>, StorageError> {
        // No identifier is below the empty blob.
        let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
        let rows = self
            .0
            .query(
                "SELECT user_id, sealed FROM totp_factors WHERE user_id > ?1 ORDER BY user_id LIMIT ?2",
                params![after, limit],
            )
            .await?;
        rows.into_iter().map(|mut row| Ok((row.id()?, row.blob()?))).collect()
    }

    async fn replace_sealed_totp(&self, user: Id, from: &[u8], to: &[u8]) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE totp_factors SET sealed = ?3 WHERE user_id = ?1 AND sealed = ?2 RETURNING 1",
                params![user, from.to_vec(), to.to_vec()],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn forget_secret(&self, name: &str) -> Result<(), StorageError> {
        self.0.query("DELETE FROM kept_secrets WHERE name = ?1", params![name]).await.map(drop)
    }
}

#[cfg(test)]
mod tests;
