//! Consents: a row for each scope token, so that allowing more is one statement and never a read and a write.

use domain::{Id, StorageError, consent::Consents};
use protocol::{Timestamp, scope::Scope};

use crate::{
    Store,
    database::{Database, params},
};

impl<D: Database> Consents for Store<D> {
    async fn remember_consent(
        &self,
        user: Id,
        client_id: &str,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let tokens = serde_json::to_string(&scope.iter().collect::<Vec<_>>())
            .map_err(|error| StorageError(error.to_string()))?;
        self.0
            .query(
                "INSERT INTO consents (user_id, client_id, scope, granted_at) \
                 SELECT ?1, ?2, value, ?4 FROM json_each(?3) \
                 WHERE EXISTS (SELECT 1 FROM users WHERE id = ?1) AND EXISTS (SELECT 1 FROM clients WHERE id = ?2) \
                 ON CONFLICT DO UPDATE SET granted_at = excluded.granted_at",
                params![user, client_id, tokens, now],
            )
            .await
            .map(drop)
    }
}

#[cfg(test)]
mod tests;
