//! Users.

use domain::{
    Id, StorageError,
    user::{AccessLevel, Email, PasswordHash, User, Users},
};
use protocol::standard_claims::StandardClaims;

use crate::{
    Row, Store,
    database::{Database, broken, params},
};

/// Reads `id, user_id, email, email_verified, given_name, family_name, access_level, created_at, updated_at, claims`.
pub(crate) fn user(row: &mut Row) -> Result<User, StorageError> {
    Ok(User {
        id: row.id()?,
        user_id: row.text()?,
        email: row.text()?,
        email_verified: row.integer()? != 0,
        given_name: row.text()?,
        family_name: row.text()?,
        access_level: AccessLevel::parse(&row.text()?).ok_or_else(|| broken("an access level is unknown"))?,
        created_at: row.time()?,
        updated_at: row.time()?,
        claims: match row.optional_text()? {
            Some(text) => serde_json::from_str(&text).map_err(|_| broken("the claims of a user are malformed"))?,
            None => StandardClaims::default(),
        },
    })
}

impl<D: Database> Users for Store<D> {
    async fn add_user(&self, user: &User, password: &PasswordHash) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "INSERT INTO users (id, user_id, email, email_verified, given_name, family_name, access_level, password_hash, \
                     created_at, updated_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9) ON CONFLICT DO NOTHING RETURNING 1",
                params![
                    user.id,
                    user.user_id.as_str(),
                    user.email.as_str(),
                    user.email_verified,
                    user.given_name.as_str(),
                    user.family_name.as_str(),
                    user.access_level.as_str(),
                    password.as_str(),
                    user.created_at,
                ],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn user_by_email(&self, email: &Email) -> Result<Option<(User, PasswordHash)>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT id, user_id, email, email_verified, given_name, family_name, access_level, created_at, \
                     updated_at, claims, password_hash \
                 FROM users WHERE email = ?1",
                params![email.as_str()],
            )
            .await?;
        let row = rows.into_iter().next();
        row.map(|mut row| Ok((user(&mut row)?, PasswordHash::from_stored(row.text()?)))).transpose()
    }

    async fn user_by_id(&self, id: Id) -> Result<Option<(User, PasswordHash)>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT id, user_id, email, email_verified, given_name, family_name, access_level, created_at, \
                     updated_at, claims, password_hash \
                 FROM users WHERE id = ?1",
                params![id],
            )
            .await?;
        let row = rows.into_iter().next();
        row.map(|mut row| Ok((user(&mut row)?, PasswordHash::from_stored(row.text()?)))).transpose()
    }
}

#[cfg(test)]
mod tests;
