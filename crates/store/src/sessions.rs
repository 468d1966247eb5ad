//! Sessions.

use domain::{
    Id, StorageError,
    password::PasswordHash,
    session::{Session, SessionKey, Sessions, SignedIn, Which},
};
use protocol::{Timestamp, secret::SecretHash};

use crate::{
    Row, Store,
    database::{Database, params},
    users::user,
};

/// Reads `id, auth_time, acr, amr, expires_at`; `None` where the outer join found no session.
pub(crate) fn session(row: &mut Row) -> Result<Option<Session>, StorageError> {
    let Some(id) = row.optional_id()? else {
        row.skip(4)?;
        return Ok(None);
    };
    Ok(Some(Session { id, auth_time: row.time()?, acr: row.text()?, amr: row.text()?, expires_at: row.time()? }))
}

impl<D: Database> Sessions for Store<D> {
    async fn add_session(
        &self,
        session: &Session,
        user: Id,
        password: &PasswordHash,
        secret_hash: &SecretHash,
        device: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.0
            .query(
                "INSERT INTO sessions (id, secret_hash, user_id, auth_time, acr, amr, created_at, expires_at, device) \
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 \
                 WHERE EXISTS (SELECT 1 FROM users WHERE id = ?3 AND password_hash = ?10 AND access_level <> 'suspended')",
                params![
                    session.id,
                    secret_hash,
                    user,
                    session.auth_time,
                    session.acr.as_str(),
                    session.amr.as_str(),
                    now,
                    session.expires_at,
                    device,
                    password.as_str(),
                ],
            )
            .await
            .map(drop)
    }

    async fn session(&self, key: &SessionKey, now: Timestamp) -> Result<Option<SignedIn>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT s.id, s.auth_time, s.acr, s.amr, s.expires_at, \
                     u.id, u.user_id, u.email, u.email_verified, u.given_name, u.family_name, u.access_level, u.created_at, \
                     u.updated_at, u.claims \
                 FROM sessions AS s JOIN users AS u ON u.id = s.user_id \
                 WHERE s.id = ?1 AND s.secret_hash = ?2 AND s.expires_at > ?3 AND u.access_level <> 'suspended'",
                params![key.id, &key.secret_hash, now],
            )
            .await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        match session(&mut row)? {
            Some(session) => Ok(Some(SignedIn { session, user: user(&mut row)? })),
            None => Ok(None),
        }
    }

    async fn strengthen_session(
        &self,
        key: &SessionKey,
        session: &Session,
        secret_hash: &SecretHash,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE sessions SET secret_hash = ?3, auth_time = ?4, acr = ?5, amr = ?6 \
                 WHERE id = ?1 AND secret_hash = ?2 AND expires_at > ?7 RETURNING 1",
                params![
                    key.id,
                    &key.secret_hash,
                    secret_hash,
                    session.auth_time,
                    session.acr.as_str(),
                    session.amr.as_str(),
                    now,
                ],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    // What ends with a session, and the row itself, is the work of a trigger on `ended_at`.

    async fn end_session(&self, key: &SessionKey, now: Timestamp) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE sessions SET ended_at = ?3 WHERE id = ?1 AND secret_hash = ?2 RETURNING id",
                params![key.id, &key.secret_hash, now],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn end_sessions(&self, which: Which, now: Timestamp) -> Result<Vec<Id>, StorageError> {
        let one = "UPDATE sessions SET ended_at = ?3 WHERE id = ?1 AND user_id = ifnull(?2, user_id) RETURNING id";
        let all = "UPDATE sessions SET ended_at = ?3 WHERE user_id = ?1 AND id IS NOT ?2 RETURNING id";
        let (statement, params) = match which {
            Which::One(session) => (one, params![session, None::<Id>, now]),
            Which::OneOf { user, session } => (one, params![session, user, now]),
            Which::AllOf(user) => (all, params![user, None::<Id>, now]),
            Which::OthersOf { user, but } => (all, params![user, but, now]),
        };
        let rows = self.0.query(statement, params).await?;
        rows.into_iter().map(|mut row| row.id()).collect()
    }

    async fn end_expired_sessions(&self, limit: u32, now: Timestamp) -> Result<usize, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE sessions SET ended_at = ?2 WHERE id IN ( \
                     SELECT id FROM sessions WHERE expires_at <= ?2 ORDER BY expires_at LIMIT ?1) RETURNING id",
                params![limit, now],
            )
            .await?;
        Ok(rows.len())
    }
}

#[cfg(test)]
mod tests;
