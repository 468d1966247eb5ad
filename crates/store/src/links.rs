//! One-time links.

use domain::{
    By, Id, StorageError,
    link::{Links, NewLink},
    user::{PasswordHash, User},
};
use protocol::{Timestamp, secret::SecretHash};

use crate::{
    Store,
    database::{Database, params},
    users::user,
};

impl<D: Database> Links for Store<D> {
    async fn add_link(
        &self,
        link: &NewLink,
        user: Id,
        address: &str,
        interaction: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        // An older one for the same purpose is replaced by the key of the table.
        self.0
            .query(
                "INSERT OR REPLACE INTO one_time_links (user_id, purpose, token_hash, address, interaction, created_at, expires_at) \
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM users WHERE id = ?1)",
                params![user, link.purpose.as_str(), &link.token_hash, address, interaction, now, link.expires_at],
            )
            .await
            .map(drop)
    }

    async fn reset_link(
        &self,
        token: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(User, Option<String>)>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT u.id, u.user_id, u.email, u.email_verified, u.given_name, u.family_name, u.access_level, u.created_at, \
                     u.updated_at, u.claims, l.interaction \
                 FROM one_time_links AS l JOIN users AS u ON u.id = l.user_id \
                 WHERE l.token_hash = ?1 AND l.purpose = 'reset' AND l.expires_at > ?2 AND u.access_level <> 'suspended'",
                params![token, now],
            )
            .await?;
        let read = |mut row| Ok((user(&mut row)?, row.optional_text()?));
        rows.into_iter().next().map(read).transpose()
    }

    async fn reset_password(&self, token: &SecretHash, password: &PasswordHash, by: &By) -> Result<bool, StorageError> {
        // The links go with the password, by a trigger.
        let rows = self
            .0
            .query(
                "UPDATE user_acts SET action = 'user.password', actor = ?3, address = ?4, at = ?5, log_expires_at = ?6, \
                     password_hash = ?2, password_is_temporary = 0, \
                     email_verified = max(user_acts.email_verified, link.address IS user_acts.email) \
                 FROM one_time_links AS link \
                 WHERE link.token_hash = ?1 AND link.purpose = 'reset' AND link.expires_at > ?5 \
                     AND user_acts.id = link.user_id AND user_acts.access_level <> 'suspended' RETURNING 1",
                params![
                    token,
                    password.as_str(),
                    by.actor.as_str(),
                    by.address.as_str(),
                    by.at,
                    by.log_expires_at,
                ],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}

#[cfg(test)]
mod tests;
