//! Token revocation, [RFC 7009 §2](https://www.rfc-editor.org/rfc/rfc7009#section-2).

use protocol::Secret;

use crate::{
    Env, Failure,
    client::{self, ClientCredentials, Clients},
    document::Documents,
    grant::{Grants, RevocationReason},
    keys::Keys,
    replay::ReplayMarks,
    token::{AccessToken, RefreshToken, Subject},
};

/// A revocation request. The hint is not needed: a token says what it is.
#[derive(Debug)]
pub struct Revocation {
    /// Who asks.
    pub client: ClientCredentials,
    /// What is to be revoked.
    pub token: Secret,
}

/// Revokes a token of this client. A refresh token takes its whole grant with it:
///
/// > If the particular token is a refresh token and the authorization server supports the revocation of access tokens,
/// > then the authorization server SHOULD also invalidate all access tokens based on the same authorization grant.
///
/// What is unknown, expired or another client's is left as it is, and the answer is the same.
pub async fn revoke<S: Clients + Documents + Grants + Keys + ReplayMarks>(
    env: &Env<'_, S>,
    revocation: Revocation,
) -> Result<(), Failure> {
    let client = client::authenticate(env, revocation.client).await?;
    let ring = env.key_ring().await?;
    let text = revocation.token.expose();
    if let Some(token) = RefreshToken::open(text, &ring) {
        env.store.revoke_grant(token.grant, &client.id, RevocationReason::Client, env.now).await?;
    } else if let Some(token) =
        AccessToken::read(env, &revocation.token).await?.filter(|token| token.expires_at > env.now)
    {
        // "The authorization server […] verifies whether the token was issued to the client making the revocation request."
        let grant = match (&token.subject, token.exchanges.last()) {
            (_, Some(exchange)) if exchange.client_id != client.id => return Ok(()),
            (Subject::Client(id), None) if *id != client.id => return Ok(()),
            (_, Some(_)) | (Subject::Client(_), None) => None,
            (Subject::Grant(grant), None) => Some(*grant),
        };
        env.store.revoke_access_token(token.id, grant, &client.id, token.expires_at, env.now).await?;
    }
    Ok(())
}
