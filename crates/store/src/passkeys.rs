//! Passkeys.

use domain::{
    By, Id, StorageError,
    factors::{MAX_PASSKEYS, Passkey, Passkeys},
};
use protocol::{Timestamp, webauthn::State};

use crate::{
    Store,
    database::{Database, Row, broken, params},
};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, public_key, sign_count, is_backup_eligible, is_backed_up, name, transports, created_at, \
             last_used_at FROM passkeys ",
            $rest
        )
    };
}

impl<D: Database> Passkeys for Store<D> {
    async fn passkeys(&self, user: Id) -> Result<Vec<Passkey>, StorageError> {
        let rows = self.0.query(select!("WHERE user_id = ?1 ORDER BY created_at, id"), params![user]).await?;
        rows.into_iter().map(passkey).collect()
    }

    async fn passkey(&self, id: &[u8]) -> Result<Option<Passkey>, StorageError> {
        let rows = self.0.query(select!("WHERE id = ?1"), params![id.to_vec()]).await?;
        rows.into_iter().next().map(passkey).transpose()
    }

    async fn add_passkey(&self, passkey: &Passkey, by: &By) -> Result<bool, StorageError> {
        let key = serde_json::to_string(&passkey.key).map_err(|error| StorageError(error.to_string()))?;
        let Passkey { id, user, state, name, transports, .. } = passkey;
        let rows = self
            .0
            .query(
                "INSERT INTO passkey_acts (id, user_id, public_key, sign_count, is_backup_eligible, is_backed_up, name, \
                     transports, actor, address, at, log_expires_at) \
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 \
                 WHERE EXISTS (SELECT 1 FROM users WHERE id = ?2) AND NOT EXISTS (SELECT 1 FROM passkeys WHERE id = ?1) \
                     AND (SELECT count(*) FROM passkeys WHERE user_id = ?2) < ?13 RETURNING 1",
                params![
                    id.clone(),
                    *user,
                    key,
                    state.sign_count,
                    state.is_backup_eligible,
                    state.is_backed_up,
                    name.as_str(),
                    transports.as_str(),
                    by.actor.as_str(),
                    by.address.as_str(),
                    by.at,
                    by.log_expires_at,
                    MAX_PASSKEYS as i64
                ],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn use_passkey(&self, passkey: &Passkey, state: State, now: Timestamp) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE passkeys SET sign_count = ?3, is_backed_up = ?4, last_used_at = ?5 \
                 WHERE id = ?1 AND user_id = ?2 AND (sign_count < ?3 OR sign_count = 0 AND ?3 = 0) RETURNING 1",
                params![passkey.id.clone(), passkey.user, state.sign_count, state.is_backed_up, now],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn rename_passkey(&self, user: Id, id: &[u8], name: &str) -> Result<(), StorageError> {
        let sql = "UPDATE passkeys SET name = ?3 WHERE id = ?1 AND user_id = ?2";
        self.0.query(sql, params![id.to_vec(), user, name]).await.map(drop)
    }

    async fn remove_passkey(&self, user: Id, id: &[u8], by: &By) -> Result<(), StorageError> {
        // An update of the view removes: it alone says who does.
        self.0
            .query(
                "UPDATE passkey_acts SET actor = ?3, address = ?4, at = ?5, log_expires_at = ?6 WHERE id = ?1 AND user_id = ?2",
                params![
                    id.to_vec(),
                    user,
                    by.actor.as_str(),
                    by.address.as_str(),
                    by.at,
                    by.log_expires_at
                ],
            )
            .await
            .map(drop)
    }
}

fn passkey(mut row: Row) -> Result<Passkey, StorageError> {
    Ok(Passkey {
        id: row.blob()?,
        user: row.id()?,
        key: serde_json::from_str(&row.text()?).map_err(|_| broken("the key of a passkey is malformed"))?,
        state: State {
            sign_count: row.integer()?.try_into().map_err(|_| broken("a counter is no counter"))?,
            is_backup_eligible: row.integer()? != 0,
            is_backed_up: row.integer()? != 0,
        },
        name: row.text()?,
        transports: row.text()?,
        created_at: row.time()?,
        last_used_at: row.optional_integer()?.map(Timestamp),
    })
}

#[cfg(test)]
mod tests;
