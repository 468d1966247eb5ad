//! Second factors.

use domain::{
    By, Id, StorageError,
    factors::{Enrolled, Factors},
};
use protocol::{Timestamp, secret::SecretHash, secret::base64url};

use crate::{
    Store,
    database::{Database, broken, params},
};

impl<D: Database> Factors for Store<D> {
    async fn enrolled(&self, user: Id) -> Result<Enrolled, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT EXISTS (SELECT 1 FROM totp_factors WHERE user_id = ?1), \
                     (SELECT count(*) FROM passkeys WHERE user_id = ?1), \
                     (SELECT json_array_length(hashes) FROM recovery_codes WHERE user_id = ?1)",
                params![user],
            )
            .await?;
        let mut row = rows.into_iter().next().ok_or_else(|| broken("no row"))?;
        let totp = row.integer()? != 0;
        let passkeys = u32::try_from(row.integer()?).map_err(|_| broken("a count is no count"))?;
        let left = row.optional_integer()?.map(u32::try_from).transpose();
        Ok(Enrolled { totp, passkeys, recovery_codes: left.map_err(|_| broken("a count is no count"))? })
    }

    async fn add_totp(&self, user: Id, sealed: &[u8], step: i64, by: &By) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "INSERT INTO totp_acts (user_id, sealed, last_step, actor, address, at, log_expires_at) \
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 \
                 WHERE EXISTS (SELECT 1 FROM users WHERE id = ?1) \
                     AND NOT EXISTS (SELECT 1 FROM totp_factors WHERE user_id = ?1) RETURNING 1",
                params![user, sealed.to_vec(), step, by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn totp(&self, user: Id) -> Result<Option<Vec<u8>>, StorageError> {
        let rows = self.0.query("SELECT sealed FROM totp_factors WHERE user_id = ?1", params![user]).await?;
        rows.into_iter().next().map(|mut row| row.blob()).transpose()
    }

    async fn use_totp_step(&self, user: Id, step: i64) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE totp_factors SET last_step = ?2 WHERE user_id = ?1 AND last_step < ?2 RETURNING 1",
                params![user, step],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn set_recovery_codes(&self, user: Id, codes: &[SecretHash], now: Timestamp) -> Result<(), StorageError> {
        let hashes = serde_json::to_string(&codes.iter().map(text).collect::<Vec<_>>())
            .map_err(|error| StorageError(error.to_string()))?;
        self.0
            .query(
                "INSERT INTO recovery_codes (user_id, hashes, made_at) \
                 SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM users WHERE id = ?1) \
                 ON CONFLICT DO UPDATE SET hashes = excluded.hashes, made_at = excluded.made_at",
                params![user, hashes, now],
            )
            .await
            .map(drop)
    }

    async fn use_recovery_code(&self, user: Id, code: &SecretHash) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE recovery_codes \
                 SET hashes = (SELECT json_group_array(value) FROM json_each(hashes) WHERE value <> ?2) \
                 WHERE user_id = ?1 AND EXISTS (SELECT 1 FROM json_each(hashes) WHERE value = ?2) RETURNING 1",
                params![user, text(code)],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn remove_totp(&self, user: Id, by: &By) -> Result<bool, StorageError> {
        // An update of the view removes: it alone says who does.
        let rows = self
            .0
            .query(
                "UPDATE totp_acts SET actor = ?2, address = ?3, at = ?4, log_expires_at = ?5 WHERE user_id = ?1 RETURNING 1",
                params![user, by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}

fn text(hash: &SecretHash) -> String {
    base64url(hash.as_bytes())
}

#[cfg(test)]
mod tests;
