//! Notices of sessions that have ended, for clients that want to hear of it.

use domain::{
    StorageError,
    backchannel_logout::{Due, LogoutNotices, Notice},
};
use protocol::Timestamp;

use crate::{
    Store,
    database::{Database, broken, params},
};

impl<D: Database> LogoutNotices for Store<D> {
    async fn claim_logout_notices(&self, due: Due, limit: u32, now: Timestamp) -> Result<Vec<Notice>, StorageError> {
        // When it is due again is set before anybody knows what comes of it: if nothing does, it is tried again.
        macro_rules! claim {
            ($which:literal) => {
                concat!(
                    "UPDATE logout_notices SET attempts = attempts + 1, due_at = ?1 + (60 << (2 * attempts)) \
                     WHERE (session_id, client_id) IN ( \
                         SELECT session_id, client_id FROM logout_notices WHERE due_at <= ?1 ",
                    $which,
                    " LIMIT ?2) RETURNING session_id, client_id, user_id, attempts"
                )
            };
        }
        let (statement, params) = match due {
            Due::Of(session) => (claim!("AND session_id = ?3"), params![now, limit, session]),
            Due::Latest => (claim!("ORDER BY due_at DESC"), params![now, limit]),
            Due::Longest => (claim!("ORDER BY due_at"), params![now, limit]),
        };
        let rows = self.0.query(statement, params).await?;
        let notices = rows.into_iter().map(|mut row| {
            let (session, client_id, user) = (row.id()?, row.text()?, row.id()?);
            let attempt = row.integer()?.try_into().map_err(|_| broken("attempts are out of range"))?;
            Ok(Notice { session, client_id, user, attempt })
        });
        notices.collect()
    }

    async fn settle_logout_notice(&self, notice: &Notice) -> Result<(), StorageError> {
        self.0
            .query(
                "DELETE FROM logout_notices WHERE session_id = ?1 AND client_id = ?2",
                params![notice.session, notice.client_id.as_str()],
            )
            .await
            .map(drop)
    }
}

#[cfg(test)]
mod tests;
