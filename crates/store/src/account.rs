//! What the pages of a user's account show and do.

use domain::{
    By, Id, StorageError,
    account::{Application, Applications, Deletion, Device, Devices, Profiles},
    user::PasswordHash,
};
use protocol::{Timestamp, standard_claims::ClaimsPatch};

use crate::{
    Store,
    clients::client,
    database::{Database, params},
    users::another_administrator,
};

impl<D: Database> Devices for Store<D> {
    async fn devices(&self, user: Id, this: Id, now: Timestamp) -> Result<Vec<Device>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT s.id, s.device, s.created_at, \
                     max(s.created_at, ifnull((SELECT max(coalesce(g.refresh_rotated_at, g.redeemed_at, g.created_at)) \
                         FROM grants AS g WHERE g.user_id = s.user_id AND g.session_id = s.id), 0)), \
                     s.id = ?2 \
                 FROM sessions AS s WHERE s.user_id = ?1 AND s.expires_at > ?3 ORDER BY 5 DESC, s.created_at DESC LIMIT 100",
                params![user, this, now],
            )
            .await?;
        let read = rows.into_iter().map(|mut row| {
            Ok(Device {
                session: row.id()?,
                name: row.text()?,
                signed_in_at: row.time()?,
                last_used_at: row.time()?,
                is_this: row.integer()? != 0,
            })
        });
        read.collect()
    }
}

impl<D: Database> Applications for Store<D> {
    async fn connected(&self, user: Id, now: Timestamp) -> Result<Vec<Application>, StorageError> {
        let rows = self
            .0
            .query(
                "WITH held AS ( \
                     SELECT client_id, scope, granted_at AS since, NULL AS used_at FROM consents WHERE user_id = ?1 \
                     UNION ALL \
                     SELECT client_id, scope, created_at, coalesce(refresh_rotated_at, redeemed_at) FROM grants \
                     WHERE user_id = ?1 AND revoked_at IS NULL AND expires_at > ?2) \
                 SELECT c.id, c.secret_hash, c.metadata, c.on_launchpad, c.created_at, \
                     group_concat(held.scope, ' '), min(held.since), max(held.used_at) \
                 FROM held JOIN clients AS c ON c.id = held.client_id GROUP BY c.id ORDER BY c.name, c.id LIMIT 200",
                params![user, now],
            )
            .await?;
        let read = rows.into_iter().map(|mut row| {
            let client = client(&mut row)?;
            // Reading it drops what is repeated.
            let scope = row.scope()?;
            let (since, last_used_at) = (row.time()?, row.optional_integer()?.map(Timestamp));
            Ok(Application { client, scope, since, last_used_at })
        });
        read.collect()
    }

    async fn disconnect(&self, user: Id, client_id: &str, by: &By) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE connection_acts SET actor = ?3, address = ?4, at = ?5, log_expires_at = ?6 \
                 WHERE user_id = ?1 AND client_id = ?2 RETURNING 1",
                params![user, client_id, by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}

impl<D: Database> Profiles for Store<D> {
    async fn set_profile(
        &self,
        user: Id,
        given_name: &str,
        family_name: &str,
        claims: &ClaimsPatch,
        by: &By,
    ) -> Result<bool, StorageError> {
        let claims = serde_json::to_string(claims).map_err(|error| StorageError(error.to_string()))?;
        let rows = self
            .0
            .query(
                "UPDATE user_acts SET action = 'user.change', actor = ?5, address = ?6, at = ?7, log_expires_at = ?8, \
                     given_name = ?2, family_name = ?3, claims = nullif(json_patch(ifnull(claims, '{}'), ?4), '{}') \
                 WHERE id = ?1 AND access_level <> 'suspended' RETURNING 1",
                params![
                    user,
                    given_name,
                    family_name,
                    claims,
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

impl<D: Database> Deletion for Store<D> {
    async fn delete_own_account(&self, user: Id, password: &PasswordHash, by: &By) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                concat!(
                    "UPDATE user_acts SET action = 'user.delete', actor = ?3, address = ?4, at = ?5, log_expires_at = ?6 \
                     WHERE id = ?1 AND password_hash = ?2 AND (access_level <> 'admin' OR ",
                    another_administrator!(),
                    ") RETURNING 1"
                ),
                params![user, password.as_str(), by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}

#[cfg(test)]
mod tests;
