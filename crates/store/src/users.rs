//! Users.

use domain::{
    By, Id, StorageError,
    user::{AccessLevel, Email, PasswordHash, User, Users},
};
use protocol::standard_claims::StandardClaims;

use crate::{
    Row, Store,
    database::{Database, broken, params},
};

/// Whether there is an administrator beside the user `?1`: without one nobody could administer the server. The second
/// condition lets the index of the rare levels serve.
macro_rules! another_administrator {
    () => {
        "EXISTS (SELECT 1 FROM users AS other WHERE other.access_level = 'admin' AND other.access_level <> 'user' \
             AND other.id <> ?1)"
    };
}
pub(crate) use another_administrator;

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

/// Reads the same and `password_hash, password_is_temporary`.
fn user_and_password(mut row: Row) -> Result<(User, PasswordHash), StorageError> {
    let user = user(&mut row)?;
    let password = PasswordHash::from_stored(row.text()?);
    Ok((user, password.temporary(row.integer()? != 0)))
}

impl<D: Database> Users for Store<D> {
    async fn add_user(&self, by: &By, user: &User, password: &PasswordHash) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "INSERT INTO user_acts (id, user_id, email, email_verified, given_name, family_name, access_level, \
                     password_hash, password_is_temporary, created_at, updated_at, action, actor, address, at, log_expires_at) \
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, 'user.create', ?11, ?12, ?13, ?14 \
                 WHERE NOT EXISTS (SELECT 1 FROM users WHERE email = ?3 OR user_id = ?2) RETURNING 1",
                params![
                    user.id,
                    user.user_id.as_str(),
                    user.email.as_str(),
                    user.email_verified,
                    user.given_name.as_str(),
                    user.family_name.as_str(),
                    user.access_level.as_str(),
                    password.as_str(),
                    password.is_temporary(),
                    user.created_at,
                    by.actor.as_str(),
                    by.address.as_str(),
                    by.at,
                    by.log_expires_at,
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
                     updated_at, claims, password_hash, password_is_temporary \
                 FROM users WHERE email = ?1",
                params![email.as_str()],
            )
            .await?;
        rows.into_iter().next().map(user_and_password).transpose()
    }

    async fn user_by_id(&self, id: Id) -> Result<Option<(User, PasswordHash)>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT id, user_id, email, email_verified, given_name, family_name, access_level, created_at, \
                     updated_at, claims, password_hash, password_is_temporary \
                 FROM users WHERE id = ?1",
                params![id],
            )
            .await?;
        rows.into_iter().next().map(user_and_password).transpose()
    }

    async fn set_password(
        &self,
        id: Id,
        from: &PasswordHash,
        to: &PasswordHash,
        by: &By,
    ) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE user_acts SET action = 'user.password', actor = ?4, address = ?5, at = ?6, log_expires_at = ?7, \
                     password_hash = ?3, password_is_temporary = 0 \
                 WHERE id = ?1 AND password_hash = ?2 AND access_level <> 'suspended' RETURNING 1",
                params![
                    id,
                    from.as_str(),
                    to.as_str(),
                    by.actor.as_str(),
                    by.address.as_str(),
                    by.at,
                    by.log_expires_at
                ],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}

#[cfg(test)]
mod tests;
