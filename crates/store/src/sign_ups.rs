//! Sign-ups that wait for their address to be confirmed.

use domain::{
    By, Id, StorageError,
    link::NewLink,
    signup_mail::{SignUp, SignUps},
    user::{Email, PasswordHash},
};
use protocol::{Timestamp, secret::SecretHash};

use crate::{
    Store,
    database::{Database, broken, params},
};

impl<D: Database> SignUps for Store<D> {
    async fn add_sign_up(&self, link: &NewLink, sign_up: &SignUp, now: Timestamp) -> Result<(), StorageError> {
        self.0
            .query(
                "INSERT OR REPLACE INTO sign_ups (address, token_hash, given_name, family_name, password_hash, interaction, \
                     created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    sign_up.email.as_str(),
                    &link.token_hash,
                    sign_up.given_name.as_str(),
                    sign_up.family_name.as_str(),
                    sign_up.password.as_str(),
                    sign_up.interaction.as_deref(),
                    now,
                    link.expires_at,
                ],
            )
            .await
            .map(drop)
    }

    async fn sign_up(&self, token: &SecretHash, now: Timestamp) -> Result<Option<SignUp>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT address, given_name, family_name, password_hash, interaction FROM sign_ups \
                 WHERE token_hash = ?1 AND expires_at > ?2",
                params![token, now],
            )
            .await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        Ok(Some(SignUp {
            email: Email::parse(&row.text()?).ok_or_else(|| broken("the address of a sign-up is none"))?,
            given_name: row.text()?,
            family_name: row.text()?,
            password: PasswordHash::from_stored(row.text()?),
            interaction: row.optional_text()?,
        }))
    }

    async fn finish_sign_up(&self, by: &By, token: &SecretHash, id: Id, user_id: &str) -> Result<bool, StorageError> {
        // The sign-up goes by a trigger.
        let rows = self
            .0
            .query(
                "INSERT INTO user_acts (id, user_id, email, email_verified, given_name, family_name, access_level, \
                     password_hash, password_is_temporary, created_at, updated_at, action, actor, address, at, log_expires_at) \
                 SELECT ?2, ?3, s.address, 1, s.given_name, s.family_name, 'user', s.password_hash, 0, ?6, ?6, 'user.create', \
                     ?4, ?5, ?6, ?7 \
                 FROM sign_ups AS s WHERE s.token_hash = ?1 AND s.expires_at > ?6 \
                     AND NOT EXISTS (SELECT 1 FROM users WHERE email = s.address OR user_id = ?3) RETURNING 1",
                params![token, id, user_id, by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}

#[cfg(test)]
mod tests;
