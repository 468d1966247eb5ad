//! Grants: the single-winner statements.

use domain::{
    Id, StorageError,
    grant::{
        Code, Grant, Grants, Lineage, LiveRefreshToken, NewGrant, Presentation, Redeemed, Redemption,
        RefreshTokenOfGrant, RevocationReason, Rotation, TokenOwner,
    },
};
use protocol::{Timestamp, claims::AskedClaims, dpop::Thumbprint, resource::Resources};

use crate::{
    Row, Store,
    clients::client,
    database::{Database, broken, params},
    users::user,
};

/// Reads `id, user_id, scope, nonce, auth_time, acr, amr, session_id, claims, resource`.
fn grant(row: &mut Row) -> Result<Grant, StorageError> {
    Ok(Grant {
        id: row.id()?,
        user_id: row.id()?,
        scope: row.scope()?,
        nonce: row.optional_text()?,
        auth_time: row.time()?,
        acr: row.text()?,
        amr: row.text()?,
        session_id: row.id()?,
        claims: claims(row)?,
        resource: resource(row)?,
    })
}

/// Reads `claims`: JSON, `NULL` for none.
fn claims(row: &mut Row) -> Result<AskedClaims, StorageError> {
    match row.optional_text()? {
        Some(text) => serde_json::from_str(&text).map_err(|_| broken("the claims of a grant are malformed")),
        None => Ok(AskedClaims::default()),
    }
}

/// Reads `resource`: JSON, `NULL` for none.
fn resource(row: &mut Row) -> Result<Resources, StorageError> {
    match row.optional_text()? {
        Some(text) => serde_json::from_str(&text).map_err(|_| broken("the resources of a grant are malformed")),
        None => Ok(Resources::default()),
    }
}

/// Reads a user, a client and `claims, auth_time, acr, amr`.
fn owner(row: &mut Row) -> Result<TokenOwner, StorageError> {
    Ok(TokenOwner {
        user: user(row)?,
        client: client(row)?,
        claims: claims(row)?,
        auth_time: row.time()?,
        acr: row.text()?,
        amr: row.text()?,
    })
}

/// Texts as a JSON list.
fn list(texts: impl Iterator<Item = String>) -> String {
    serde_json::Value::from_iter(texts).to_string()
}

/// The list as JSON; `None` for none.
pub(crate) fn json(resources: &Resources) -> Result<Option<String>, StorageError> {
    match resources.is_empty() {
        true => Ok(None),
        false => serde_json::to_string(resources).map(Some).map_err(|_| broken("resources cannot be written")),
    }
}

/// `?1` is the grant that all began with, `?2` the client that holds the token, `?3` to `?5` are lists of the tokens, the
/// grants and the clients that it hangs on.
const OWNER_OF_EXCHANGED_TOKEN: &str = "SELECT u.id, u.user_id, u.email, u.email_verified, u.given_name, u.family_name, u.access_level, u.created_at, \
         u.updated_at, u.claims, \
         c.id, c.secret_hash, c.metadata, c.on_launchpad, c.created_at, NULL, g.auth_time, g.acr, g.amr \
     FROM grants AS g JOIN users AS u ON u.id = g.user_id JOIN clients AS c ON c.id = ?2 \
     WHERE g.id = ?1 \
         AND NOT EXISTS (SELECT 1 FROM json_each(?3) AS t WHERE unhex(t.value, '-') IN (SELECT id FROM revoked_tokens)) \
         AND NOT EXISTS (SELECT 1 FROM json_each(?4) AS t WHERE NOT EXISTS ( \
             SELECT 1 FROM grants AS live JOIN users AS w ON w.id = live.user_id \
             WHERE live.id = unhex(t.value, '-') AND live.revoked_at IS NULL AND w.access_level <> 'suspended')) \
         AND NOT EXISTS (SELECT 1 FROM json_each(?5) AS t WHERE t.value NOT IN (SELECT id FROM clients))";

impl<D: Database> Grants for Store<D> {
    async fn start_grant(&self, grant: &NewGrant<'_>, now: Timestamp) -> Result<(), StorageError> {
        let session = &grant.signed_in.session;
        let claims = match grant.claims.is_empty() {
            true => None,
            false => Some(serde_json::to_string(grant.claims).map_err(|_| broken("claims cannot be written"))?),
        };
        self.0
            .query(
                "INSERT INTO grants (id, client_id, user_id, session_id, scope, redirect_uri, redirect_uri_was_sent, \
                     code_challenge, nonce, auth_time, acr, amr, code_hash, code_expires_at, created_at, expires_at, claims, \
                     resource, dpop_jkt) \
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?14, ?16, ?17, ?18 \
                 WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?4) AND EXISTS (SELECT 1 FROM clients WHERE id = ?2)",
                params![
                    grant.id,
                    grant.client_id,
                    grant.signed_in.user.id,
                    session.id,
                    grant.scope,
                    grant.redirect.as_str(),
                    grant.redirect_uri_was_sent,
                    grant.code_challenge.as_deref(),
                    grant.nonce,
                    session.auth_time,
                    session.acr.as_str(),
                    session.amr.as_str(),
                    &grant.code_hash,
                    grant.code_expires_at,
                    now,
                    claims.as_deref(),
                    json(grant.resource)?,
                    grant.dpop_jkt.map(Thumbprint::as_str),
                ],
            )
            .await
            .map(drop)
    }

    async fn redeem_code(&self, redemption: &Redemption<'_>, now: Timestamp) -> Result<Redeemed, StorageError> {
        let refresh = redemption.refresh.as_ref();
        // Whether each resource that is asked for (?10) was granted decides whether anything changes, and not whether a row
        // is found, so that the client can be told which of the two it was. A challenge that was met goes, which
        // makes room for the refresh token: where a row grows, SQLite has to split its page.
        let rows = self
            .0
            .query(
                "UPDATE grants SET redeemed_at = iif(target.is_granted, ?6, NULL), \
                     code_challenge = iif(target.is_granted, NULL, code_challenge), \
                     refresh_secret_hash = iif(target.is_granted, ?7, NULL), \
                     refresh_generation = iif(target.is_granted AND ?7 IS NOT NULL, 1, NULL), \
                     refresh_expires_at = iif(target.is_granted, ?8, NULL), \
                     dpop_jkt = iif(target.is_granted, ?12, dpop_jkt), \
                     expires_at = iif(target.is_granted, max(?9, ifnull(?8, 0), iif(?13, ifnull( \
                         (SELECT s.expires_at + 86400 FROM sessions AS s WHERE s.id = session_id), 0), 0)), expires_at) \
                 FROM (SELECT NOT EXISTS (SELECT 1 FROM json_each(?10) AS asked WHERE asked.value NOT IN ( \
                     SELECT granted.value FROM grants AS g, json_each(g.resource) AS granted WHERE g.id = ?1)) AS is_granted) AS target \
                 WHERE id = ?1 AND code_hash = ?2 AND client_id = ?3 \
                     AND (redirect_uri = ?4 OR (?4 IS NULL AND NOT redirect_uri_was_sent)) \
                     AND code_challenge IS ?5 AND (dpop_jkt IS NULL OR dpop_jkt = ?11) \
                     AND redeemed_at IS NULL AND revoked_at IS NULL AND code_expires_at > ?6 \
                     AND EXISTS (SELECT 1 FROM users WHERE users.id = grants.user_id AND access_level <> 'suspended') \
                 RETURNING id, user_id, scope, nonce, auth_time, acr, amr, session_id, claims, resource, redeemed_at",
                params![
                    redemption.grant,
                    &redemption.code_hash,
                    redemption.client_id,
                    redemption.redirect_uri,
                    redemption.code_challenge.as_deref(),
                    now,
                    refresh.map(|refresh| &refresh.secret_hash),
                    refresh.map(|refresh| refresh.expires_at),
                    redemption.access_expires_at,
                    json(&redemption.resource)?,
                    redemption.key.map(Thumbprint::as_str),
                    redemption.key.filter(|_| redemption.binds).map(Thumbprint::as_str),
                    redemption.until_session_ends,
                ],
            )
            .await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(Redeemed::Unknown) };
        let grant = grant(&mut row)?;
        Ok(row.optional_integer()?.map_or(Redeemed::WrongTarget, |_| Redeemed::Grant(Box::new(grant))))
    }

    async fn revoke_replayed_code(&self, code: &Code, client_id: &str, now: Timestamp) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE grants SET revoked_at = ?4, revoked_reason = ?5 \
                 WHERE id = ?1 AND code_hash = ?2 AND client_id = ?3 AND redeemed_at IS NOT NULL AND revoked_at IS NULL RETURNING 1",
                params![code.grant, &code.hash, client_id, now, RevocationReason::CodeReplay.as_str()],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn rotate_refresh_token(
        &self,
        presentation: &Presentation<'_>,
        now: Timestamp,
    ) -> Result<Rotation, StorageError> {
        // Right of every `=` stand the values before the statement. A presented generation (?2) is
        //  - the current one: it advances, or stays where it does not rotate (?12 is 0);
        //  - the previous one within the reuse interval: the same successor again, nothing advances;
        //  - the previous one later, once: its answer was lost or it was stolen; current advances, which leaves the
        //    unseen successor dead, so that whoever shows up with that is caught;
        //  - any other: reuse, and the grant ends.
        let rows = self
            .0
            .query(
                "UPDATE grants SET \
                     refresh_generation = CASE \
                         WHEN ?2 = refresh_generation THEN refresh_generation + ?12 \
                         WHEN ?2 = refresh_previous AND refresh_rotated_at + ?5 < ?6 AND refresh_generation = refresh_previous + 1 \
                             THEN refresh_generation + 1 \
                         ELSE refresh_generation END, \
                     refresh_rotated_at = CASE \
                         WHEN ?2 = refresh_generation THEN ?6 \
                         WHEN ?2 = refresh_previous AND refresh_rotated_at + ?5 < ?6 AND refresh_generation = refresh_previous + 1 \
                             THEN ?6 \
                         ELSE refresh_rotated_at END, \
                     refresh_previous = CASE WHEN ?2 = refresh_generation THEN refresh_generation ELSE refresh_previous END, \
                     revoked_at = CASE \
                         WHEN ?2 = refresh_generation THEN NULL \
                         WHEN ?2 = refresh_previous AND (refresh_rotated_at + ?5 >= ?6 OR refresh_generation = refresh_previous + 1) \
                             THEN NULL \
                         ELSE ?6 END, \
                     revoked_reason = CASE \
                         WHEN ?2 = refresh_generation THEN NULL \
                         WHEN ?2 = refresh_previous AND (refresh_rotated_at + ?5 >= ?6 OR refresh_generation = refresh_previous + 1) \
                             THEN NULL \
                         ELSE ?8 END, \
                     refresh_expires_at = ?7, expires_at = max(expires_at, ?7, ?9), dpop_jkt = ifnull(dpop_jkt, ?11) \
                 WHERE id = ?1 AND client_id = ?3 AND refresh_secret_hash = ?4 AND revoked_at IS NULL AND refresh_expires_at > ?6 \
                     AND (dpop_jkt IS NULL OR dpop_jkt = ?10) \
                     AND EXISTS (SELECT 1 FROM users WHERE users.id = grants.user_id AND access_level <> 'suspended') \
                 RETURNING id, user_id, scope, nonce, auth_time, acr, amr, session_id, claims, resource, refresh_generation, revoked_at",
                params![
                    presentation.grant,
                    presentation.generation,
                    presentation.client_id,
                    &presentation.secret_hash,
                    presentation.reuse_interval,
                    now,
                    presentation.expires_at,
                    RevocationReason::RefreshReuse.as_str(),
                    presentation.access_expires_at,
                    presentation.key.map(Thumbprint::as_str),
                    presentation.key.filter(|_| presentation.binds).map(Thumbprint::as_str),
                    i64::from(presentation.rotates),
                ],
            )
            .await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(Rotation::Unknown) };
        let grant = grant(&mut row)?;
        let generation = row.integer()?.try_into().map_err(|_| broken("a refresh generation is out of range"))?;
        match row.optional_integer()? {
            None => Ok(Rotation::Rotated { grant: Box::new(grant), generation }),
            Some(_) => Ok(Rotation::Reused),
        }
    }

    async fn live_refresh_token(
        &self,
        token: &RefreshTokenOfGrant<'_>,
        now: Timestamp,
    ) -> Result<Option<LiveRefreshToken>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT u.id, u.user_id, u.email, u.email_verified, u.given_name, u.family_name, u.access_level, u.created_at, \
                     u.updated_at, u.claims, \
                     g.refresh_expires_at \
                 FROM grants AS g JOIN users AS u ON u.id = g.user_id \
                 WHERE g.id = ?1 AND g.client_id = ?2 AND g.refresh_secret_hash = ?3 AND g.refresh_generation = ?4 \
                     AND g.revoked_at IS NULL AND g.refresh_expires_at > ?5 AND u.access_level <> 'suspended'",
                params![token.grant, token.client_id, &token.secret_hash, token.generation, now],
            )
            .await?;
        let row = rows.into_iter().next();
        row.map(|mut row| Ok(LiveRefreshToken { user: user(&mut row)?, expires_at: row.time()? })).transpose()
    }

    async fn revoke_grant(
        &self,
        id: Id,
        client_id: &str,
        reason: RevocationReason,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.0
            .query(
                "UPDATE grants SET revoked_at = ?3, revoked_reason = ?4 WHERE id = ?1 AND client_id = ?2 AND revoked_at IS NULL",
                params![id, client_id, now, reason.as_str()],
            )
            .await
            .map(drop)
    }

    async fn revoke_access_token(
        &self,
        token: Id,
        grant: Option<Id>,
        client_id: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.0
            .query(
                "INSERT INTO revoked_tokens (id, revoked_at, expires_at) SELECT ?1, ?5, ?4 \
                 WHERE ?2 IS NULL OR EXISTS (SELECT 1 FROM grants WHERE id = ?2 AND client_id = ?3) ON CONFLICT DO NOTHING",
                params![token, grant, client_id, expires_at, now],
            )
            .await
            .map(drop)
    }

    async fn owner_of_user_token(&self, token: Id, grant: Id) -> Result<Option<TokenOwner>, StorageError> {
        // Deleting a user or a client deletes its grants, so neither needs a look of its own.
        let rows = self
            .0
            .query(
                "SELECT u.id, u.user_id, u.email, u.email_verified, u.given_name, u.family_name, u.access_level, u.created_at, \
                     u.updated_at, u.claims, \
                     c.id, c.secret_hash, c.metadata, c.on_launchpad, c.created_at, g.claims, g.auth_time, g.acr, g.amr \
                 FROM grants AS g JOIN users AS u ON u.id = g.user_id JOIN clients AS c ON c.id = g.client_id \
                 WHERE g.id = ?1 AND g.revoked_at IS NULL AND u.access_level <> 'suspended' \
                     AND NOT EXISTS (SELECT 1 FROM revoked_tokens AS r WHERE r.id = ?2)",
                params![grant, token],
            )
            .await?;
        rows.into_iter().next().map(|mut row| owner(&mut row)).transpose()
    }

    async fn owner_of_exchanged_token(&self, lineage: &Lineage) -> Result<Option<TokenOwner>, StorageError> {
        let ids = |ids: &[Id]| list(ids.iter().map(Id::to_string));
        let rows = self
            .0
            .query(
                OWNER_OF_EXCHANGED_TOKEN,
                params![
                    lineage.grants.first().copied(),
                    lineage.clients.last().map(String::as_str),
                    ids(&lineage.tokens),
                    ids(&lineage.grants),
                    list(lineage.clients.iter().cloned()),
                ],
            )
            .await?;
        rows.into_iter().next().map(|mut row| owner(&mut row)).transpose()
    }

    async fn is_client_token_live(&self, token: Id, client_id: &str) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT 1 FROM clients WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM revoked_tokens AS r WHERE r.id = ?2)",
                params![client_id, token],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}

#[cfg(test)]
mod tests;
