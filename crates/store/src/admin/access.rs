//! Sessions and grants, as administrators reach them.

use domain::{
    Id, StorageError,
    admin::{Access, Administrator, Asked, GrantRecord, GrantsOf, Page, SessionRecord},
    session::Session,
};
use protocol::Timestamp;

use super::{cursor, one_more};
use crate::{
    Store, Value,
    database::{Database, broken, params},
    sessions::session,
};

macro_rules! grants {
    ($of:literal) => {
        concat!(
            "SELECT id, client_id, (SELECT name FROM clients WHERE id = client_id), user_id, \
                 (SELECT user_id FROM users WHERE id = grants.user_id), scope, created_at, \
                 ifnull(refresh_rotated_at, redeemed_at), expires_at FROM grants \
             WHERE ",
            $of,
            " AND id < ?2 AND expires_at > ?3 AND revoked_at IS NULL ORDER BY id DESC LIMIT ?4"
        )
    };
}

pub(super) const OF_USER: &str = grants!("user_id = ?1");
pub(super) const OF_CLIENT: &str = grants!("client_id = ?1");
pub(super) const OF_EVERYBODY: &str = grants!("?1 IS NULL");
pub(super) const SESSIONS: &str = "SELECT id, auth_time, acr, amr, expires_at FROM sessions \
    WHERE user_id = ?1 AND id < ?2 AND expires_at > ?3 ORDER BY id DESC LIMIT ?4";

pub(super) const ALL_SESSIONS: &str = "SELECT s.id, s.auth_time, s.acr, s.amr, s.expires_at, u.id, u.user_id, u.email \
    FROM sessions AS s JOIN users AS u ON u.id = s.user_id \
    WHERE s.id < ?1 AND s.expires_at > ?2 ORDER BY s.id DESC LIMIT ?3";

/// Identifiers sort by time, and the newest come first: what is before this row. Without one, before everything.
fn before(asked: &Asked) -> Value {
    let id = asked.after.as_ref().map(|after| Id::parse(&after.id));
    match id {
        Some(id) => Value::Blob(id.map(|id| id.as_bytes().to_vec()).unwrap_or_default()),
        None => Value::Blob(vec![255; 17]),
    }
}

impl<D: Database> Access for Store<D> {
    async fn all_sessions(&self, asked: &Asked, now: Timestamp) -> Result<Page<SessionRecord>, StorageError> {
        let rows = self.0.query(ALL_SESSIONS, params![before(asked), now, one_more(asked)]).await?;
        let read = rows.into_iter().map(|mut row| {
            let session = session(&mut row)?.ok_or_else(|| broken("a session has no identifier"))?;
            let cursor = cursor(0, "", 0, session.id);
            Ok((SessionRecord { session, user: row.id()?, user_id: row.text()?, email: row.text()? }, cursor))
        });
        Ok(Page::of(read.collect::<Result<_, StorageError>>()?, asked.limit))
    }

    async fn sessions_of(&self, user: Id, asked: &Asked, now: Timestamp) -> Result<Page<Session>, StorageError> {
        let rows = self.0.query(SESSIONS, params![user, before(asked), now, one_more(asked)]).await?;
        let read = rows.into_iter().map(|mut row| {
            let session = session(&mut row)?.ok_or_else(|| broken("a session has no identifier"))?;
            let cursor = cursor(0, "", 0, session.id);
            Ok((session, cursor))
        });
        Ok(Page::of(read.collect::<Result<_, StorageError>>()?, asked.limit))
    }

    async fn end_session_of(&self, by: &Administrator, id: Id) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE session_acts SET session = ?2, actor = ?3, address = ?4, at = ?5, log_expires_at = ?6 \
                 WHERE id = ?1 AND expires_at > ?5 RETURNING 1",
                params![id, id.to_string(), by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn end_sessions_of(&self, by: &Administrator, user: Id) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE user_acts SET action = 'user.end_sessions', actor = ?2, address = ?3, at = ?4, log_expires_at = ?5 \
                 WHERE id = ?1 RETURNING 1",
                params![user, by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn grants_of(&self, of: &GrantsOf, asked: &Asked, now: Timestamp) -> Result<Page<GrantRecord>, StorageError> {
        let (statement, owner) = match of {
            GrantsOf::Everybody => (OF_EVERYBODY, Value::Null),
            GrantsOf::User(id) => (OF_USER, Value::from(*id)),
            GrantsOf::Client(id) => (OF_CLIENT, Value::from(id.as_str())),
        };
        let rows = self.0.query(statement, params![owner, before(asked), now, one_more(asked)]).await?;
        let read = rows.into_iter().map(|mut row| {
            let grant = GrantRecord {
                id: row.id()?,
                client_id: row.text()?,
                client_name: row.text()?,
                user_id: row.id()?,
                user_name: row.text()?,
                scope: row.scope()?,
                created_at: row.time()?,
                last_used_at: row.optional_integer()?.map(Timestamp),
                expires_at: row.time()?,
            };
            let cursor = cursor(0, "", 0, grant.id);
            Ok((grant, cursor))
        });
        Ok(Page::of(read.collect::<Result<_, StorageError>>()?, asked.limit))
    }

    async fn revoke_grant_of(&self, by: &Administrator, id: Id) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE grant_acts SET \"grant\" = ?2, actor = ?3, address = ?4, at = ?5, log_expires_at = ?6 \
                 WHERE id = ?1 AND revoked_at IS NULL AND expires_at > ?5 RETURNING 1",
                params![id, id.to_string(), by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}
