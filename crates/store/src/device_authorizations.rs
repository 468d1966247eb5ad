//! Device authorizations, from the codes to the decision. The grant starts by a trigger on the approval.

use domain::{
    Id, StorageError,
    device_authorization::{Claim, Decision, DeviceAuthorizations, INTERVAL, NewDeviceAuthorization, Poll},
    grant::Code,
    session::SignedIn,
    sign_in::Acr,
};
use protocol::{Timestamp, secret::SecretHash};

use crate::{
    Row, Store,
    database::{Database, broken, params},
    grants::json,
};

/// Reads `client_id, scope`.
fn claim(row: &mut Row) -> Result<Claim, StorageError> {
    Ok(Claim { client_id: row.text()?, scope: row.scope()? })
}

impl<D: Database> DeviceAuthorizations for Store<D> {
    async fn add_device_authorization(
        &self,
        authorization: &NewDeviceAuthorization<'_>,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "INSERT INTO device_authorizations (id, device_code_hash, user_code_hash, client_id, scope, interval, created_at, expires_at, resource) \
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM clients WHERE id = ?4) \
                 ON CONFLICT DO NOTHING RETURNING 1",
                params![
                    authorization.code.grant,
                    &authorization.code.hash,
                    &authorization.user_code_hash,
                    authorization.client_id,
                    authorization.scope,
                    INTERVAL.0,
                    now,
                    authorization.expires_at,
                    json(authorization.resource)?,
                ],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn claim_user_code(
        &self,
        user_code: &SecretHash,
        user: Id,
        now: Timestamp,
    ) -> Result<Option<Claim>, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE device_authorizations SET user_id = ?2 \
                 WHERE user_code_hash = ?1 AND (user_id IS NULL OR user_id = ?2) AND decision IS NULL AND expires_at > ?3 \
                     AND EXISTS (SELECT 1 FROM users WHERE id = ?2) RETURNING client_id, scope",
                params![user_code, user, now],
            )
            .await?;
        rows.into_iter().next().map(|mut row| claim(&mut row)).transpose()
    }

    async fn decide_user_code(
        &self,
        user_code: &SecretHash,
        signed_in: &SignedIn,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Option<Claim>, StorageError> {
        let session = &signed_in.session;
        let decision = match decision {
            Decision::Approve => "approved",
            Decision::Deny => "denied",
        };
        let rows = self
            .0
            .query(
                "UPDATE device_authorizations SET decision = ?3, decided_at = ?4, auth_time = ?5, acr = ?6, amr = ?7 \
                 WHERE user_code_hash = ?1 AND user_id = ?2 AND decision IS NULL AND expires_at > ?4 \
                     AND (?3 = 'denied' OR ?8 OR NOT EXISTS (SELECT 1 FROM clients AS c \
                         WHERE c.id = client_id AND json_extract(c.metadata, '$.require_multi_factor'))) \
                 RETURNING client_id, scope",
                params![
                    user_code,
                    signed_in.user.id,
                    decision,
                    now,
                    session.auth_time,
                    session.acr.as_str(),
                    session.amr.as_str(),
                    Acr::parse(&session.acr) >= Some(Acr::MultiFactor),
                ],
            )
            .await?;
        rows.into_iter().next().map(|mut row| claim(&mut row)).transpose()
    }

    async fn poll_device_code(
        &self,
        code: &Code,
        client_id: &str,
        now: Timestamp,
    ) -> Result<Option<Poll>, StorageError> {
        // Right of every `=` stand the values before the statement; what is returned are those after it.
        let rows = self
            .0
            .query(
                "UPDATE device_authorizations SET polled_at = ?4, polled_too_soon = ifnull(polled_at + interval > ?4, 0), \
                     interval = interval + CASE WHEN polled_at + interval > ?4 THEN 5 ELSE 0 END \
                 WHERE id = ?1 AND device_code_hash = ?2 AND client_id = ?3 \
                 RETURNING CASE WHEN expires_at <= ?4 THEN 'expired' WHEN decision IS NOT NULL THEN decision \
                     WHEN polled_too_soon THEN 'too soon' ELSE 'pending' END",
                params![code.grant, &code.hash, client_id, now],
            )
            .await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        match row.text()?.as_str() {
            "pending" => Ok(Some(Poll::Pending)),
            "too soon" => Ok(Some(Poll::TooSoon)),
            "approved" => Ok(Some(Poll::Approved)),
            "denied" => Ok(Some(Poll::Denied)),
            "expired" => Ok(Some(Poll::Expired)),
            _ => Err(broken("a device authorization stands otherwise than it can")),
        }
    }
}

#[cfg(test)]
mod tests;
