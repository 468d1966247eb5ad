//! One-time links that administrators hand over.

use domain::{
    Id, StorageError,
    admin::{Administrator, HandedLinks},
    link::NewLink,
};

use crate::{
    Store,
    database::{Database, params},
};

impl<D: Database> HandedLinks for Store<D> {
    async fn hand_over_link(&self, by: &Administrator, user: Id, link: &NewLink) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE user_acts SET action = 'user.reset_link', actor = ?2, address = ?3, at = ?4, log_expires_at = ?5, \
                     link_hash = ?6, link_expires_at = ?7 WHERE id = ?1 RETURNING 1",
                params![
                    user,
                    by.actor.as_str(),
                    by.address.as_str(),
                    by.at,
                    by.log_expires_at,
                    &link.token_hash,
                    link.expires_at,
                ],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}
