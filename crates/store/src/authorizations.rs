//! What the authorization endpoint reads, in one statement.

use domain::{
    StorageError,
    authorize::{Authorizations, Circumstances},
    session::{SessionKey, SignedIn},
    sign_in::Acr,
};
use protocol::{Timestamp, scope::Scope};

use crate::{
    Store,
    clients::client,
    database::{Database, broken, params},
    sessions::session,
    users::user,
};

impl<D: Database> Authorizations for Store<D> {
    async fn circumstances(
        &self,
        client_id: &str,
        key: Option<&SessionKey>,
        now: Timestamp,
    ) -> Result<Option<Circumstances>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT c.id, c.secret_hash, c.metadata, c.on_launchpad, c.created_at, \
                     (SELECT group_concat(k.scope, ' ') FROM consents AS k WHERE k.user_id = u.id AND k.client_id = c.id), \
                     CASE WHEN EXISTS (SELECT 1 FROM passkeys WHERE user_id = u.id) THEN 2 \
                     WHEN EXISTS (SELECT 1 FROM totp_factors WHERE user_id = u.id) THEN 1 ELSE 0 END, \
                     s.id, s.auth_time, s.acr, s.amr, s.expires_at, \
                     u.id, u.user_id, u.email, u.email_verified, u.given_name, u.family_name, u.access_level, u.created_at, \
                     u.updated_at, u.claims \
                 FROM clients AS c \
                 LEFT JOIN (sessions AS s JOIN users AS u ON u.id = s.user_id AND u.access_level <> 'suspended') \
                     ON s.id = ?2 AND s.secret_hash = ?3 AND s.expires_at > ?4 \
                 WHERE c.id = ?1",
                params![client_id, key.map(|key| key.id), key.map(|key| &key.secret_hash), now],
            )
            .await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        let client = client(&mut row)?;
        let consented = row.optional_text()?.unwrap_or_default();
        let consented = Scope::try_from(consented).map_err(|_| broken("a consent is malformed"))?;
        let strongest = match row.integer()? {
            0 => Acr::Password,
            1 => Acr::MultiFactor,
            _ => Acr::PhishingResistant,
        };
        let signed_in = match session(&mut row)? {
            Some(session) => Some(SignedIn { session, user: user(&mut row)? }),
            None => None,
        };
        Ok(Some(Circumstances { client, signed_in, consented, strongest, pushed: None, unwrapped: None }))
    }
}

#[cfg(test)]
mod tests;
