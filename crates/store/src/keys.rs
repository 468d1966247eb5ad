//! Keys.

use domain::{
    StorageError,
    keys::{KeyAlgorithm, Keys, StoredKey},
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

    async fn kept_secret(&self, name: &str, candidate: &str) -> Result<String, StorageError> {
        let read = "SELECT value FROM kept_secrets WHERE name = ?1";
        let mut rows = self.0.query(read, params![name]).await?;
        if rows.is_empty() {
            self.0
                .query(
                    "INSERT INTO kept_secrets (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                    params![name, candidate],
                )
                .await?;
            rows = self.0.query(read, params![name]).await?;
        }
        rows.into_iter().next().ok_or_else(|| broken("a kept secret is gone"))?.text()
    }
}

#[cfg(test)]
mod tests;
