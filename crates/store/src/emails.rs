//! Addresses of users, confirmed and changed by themselves.

use domain::{By, Id, StorageError, email::Emails, user::Email};
use protocol::{Timestamp, secret::SecretHash};

use crate::{
    Store,
    database::{Database, params},
};

impl<D: Database> Emails for Store<D> {
    async fn change_email(&self, by: &By, user: Id, email: &Email) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE user_acts SET action = 'user.change', actor = ?3, address = ?4, at = ?5, log_expires_at = ?6, \
                     email = ?2, email_verified = 0 \
                 WHERE id = ?1 AND access_level <> 'suspended' \
                     AND NOT EXISTS (SELECT 1 FROM users AS other WHERE other.email = ?2 AND other.id <> ?1) RETURNING 1",
                params![user, email.as_str(), by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn email_link(&self, token: &SecretHash, now: Timestamp) -> Result<Option<String>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT address FROM one_time_links WHERE token_hash = ?1 AND purpose = 'email' AND expires_at > ?2",
                params![token, now],
            )
            .await?;
        rows.into_iter().next().map(|mut row| row.text()).transpose()
    }

    async fn confirm_email(&self, by: &By, token: &SecretHash) -> Result<bool, StorageError> {
        // The links go with the change, by a trigger.
        let rows = self
            .0
            .query(
                "UPDATE user_acts SET action = 'user.change', actor = ?2, address = ?3, at = ?4, log_expires_at = ?5, \
                     email = link.address, email_verified = 1 \
                 FROM one_time_links AS link \
                 WHERE link.token_hash = ?1 AND link.purpose = 'email' AND link.expires_at > ?4 \
                     AND user_acts.id = link.user_id AND user_acts.access_level <> 'suspended' AND NOT EXISTS ( \
                         SELECT 1 FROM users AS other WHERE other.email = link.address AND other.id <> link.user_id) \
                 RETURNING 1",
                params![token, by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}

#[cfg(test)]
mod tests;
