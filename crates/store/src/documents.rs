//! Documents of other servers.

use domain::{
    StorageError,
    document::{Documents, StoredDocument},
};
use protocol::{Timestamp, secret::SecretHash};

use crate::{
    Store,
    database::{Database, params},
};

impl<D: Database> Documents for Store<D> {
    async fn document(&self, url: &SecretHash, now: Timestamp) -> Result<Option<StoredDocument>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT CASE WHEN expires_at > ?2 THEN body END, tried_at, stale_at FROM documents WHERE url_hash = ?1",
                params![url, now],
            )
            .await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        Ok(Some(StoredDocument { body: row.optional_blob()?, tried_at: row.time()?, stale_at: row.time()? }))
    }

    async fn claim_fetch(
        &self,
        url: &SecretHash,
        tried_before: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE documents SET tried_at = ?3 WHERE url_hash = ?1 AND tried_at <= ?2 RETURNING tried_at",
                params![url, tried_before, now],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn keep_document(
        &self,
        url: &SecretHash,
        body: Option<&[u8]>,
        now: Timestamp,
        stale_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        self.0
            .query(
                "INSERT INTO documents (url_hash, body, tried_at, stale_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (url_hash) DO UPDATE SET tried_at = excluded.tried_at, stale_at = excluded.stale_at, \
                     body = coalesce(excluded.body, body), \
                     expires_at = CASE WHEN excluded.body IS NULL THEN expires_at ELSE excluded.expires_at END",
                params![url, body.map(<[u8]>::to_vec), now, stale_at, expires_at],
            )
            .await
            .map(drop)
    }
}

#[cfg(test)]
mod tests;
