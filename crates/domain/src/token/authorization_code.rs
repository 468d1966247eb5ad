//! The authorization code grant, [RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3).

use protocol::{
    Error, ErrorCode, Secret, client_metadata::GrantType, dpop::Thumbprint, pkce::CodeVerifier, resource::Resources,
    secret::SecretHash, token::TokenResponse,
};

use super::{Issue, RefreshToken, WRONG_TARGET, issue};
use crate::{
    Env, Failure, audience,
    client::AuthenticatedClient,
    grant::{Code, CodeKind, Grants, Redeemed, Redemption, RefreshStart},
    keys::Keys,
};

/// A request to redeem a code.
#[derive(Debug)]
pub struct CodeRequest {
    /// The presented code.
    pub code: Secret,
    /// The redirect URI, where the request names it.
    pub redirect_uri: Option<String>,
    /// The verifier, where the request has one.
    pub code_verifier: Option<Secret>,
    /// The resources that the access token is to be for, of those that were granted; empty for all of them.
    pub resource: Resources,
}

/// Redeems a code.
///
/// Everything is matched in the one statement that redeems: a request that does not match leaves the code as it was.
pub async fn redeem<S: Grants + Keys>(
    env: &Env<'_, S>,
    client: &AuthenticatedClient,
    request: CodeRequest,
    key: Option<Thumbprint>,
) -> Result<TokenResponse, Failure> {
    const REFUSED: Error = Error::new(
        ErrorCode::InvalidGrant,
        "The code is invalid, expired or already redeemed, or it does not match the client, redirect_uri or code_verifier.",
    );
    client.ensure_allowed(GrantType::AuthorizationCode)?;
    let code = Code::parse(request.code.expose(), CodeKind::Authorization).ok_or(REFUSED)?;
    let verifier = match &request.code_verifier {
        Some(text) => Some(CodeVerifier::parse(text.expose()).ok_or(REFUSED)?),
        None => None,
    };
    let presented = Presented {
        code: &code,
        redirect_uri: request.redirect_uri.as_deref(),
        code_challenge: verifier.map(|verifier| verifier.digest()),
        resource: request.resource,
        key,
    };
    match redeem_code(env, client, presented).await? {
        Some(tokens) => Ok(tokens),
        None => {
            // "If an authorization code is used more than once, the authorization server MUST deny the request and
            // SHOULD revoke (when possible) all tokens previously issued based on that authorization code." (§4.1.2)
            if env.store.revoke_replayed_code(&code, &client.id, env.now).await? {
                env.log.warn(&format!(
                    "client {} presented a redeemed code again: grant {} is revoked",
                    client.id, code.grant
                ));
            }
            Err(REFUSED.into())
        }
    }
}

/// The code of a grant, and what came with it.
pub(super) struct Presented<'a> {
    pub(super) code: &'a Code,
    pub(super) redirect_uri: Option<&'a str>,
    /// What the verifier hashes to.
    pub(super) code_challenge: Option<String>,
    pub(super) resource: Resources,
    /// The key that the request proves.
    pub(super) key: Option<Thumbprint>,
}

/// Redeems the code of a grant, whichever kind it is, and issues its tokens; `None` where anything does not match.
pub(super) async fn redeem_code<S: Grants + Keys>(
    env: &Env<'_, S>,
    client: &AuthenticatedClient,
    presented: Presented<'_>,
) -> Result<Option<TokenResponse>, Failure> {
    let refresh_secret = env.random_bytes::<32>();
    let refresh = match client.metadata.allows(GrantType::RefreshToken) {
        true => Some(RefreshStart {
            secret_hash: SecretHash::of(&refresh_secret),
            expires_at: env.now.plus(env.settings.refresh_token_expires_in()?),
        }),
        false => None,
    };
    let redemption = Redemption {
        grant: presented.code.grant,
        code_hash: presented.code.hash,
        // "ensure that the authorization code was issued to the authenticated confidential client, or if the client is
        // public, ensure that the code was issued to "client_id" in the request" (§4.1.3)
        client_id: &client.id,
        redirect_uri: presented.redirect_uri,
        resource: audience::permitted(env.settings, presented.resource)?,
        code_challenge: presented.code_challenge,
        key: presented.key.as_ref(),
        // What a confidential client shows is its credentials: "refresh tokens issued to confidential clients […] are not bound
        // to the DPoP proof public key because they are already sender-constrained" (RFC 9449 §5)
        binds: client.metadata.is_public(),
        refresh,
        access_expires_at: env.now.plus(env.settings.access_token_expires_in()?),
        until_session_ends: client.metadata.backchannel_logout_uri.is_some(),
    };
    let grant = match env.store.redeem_code(&redemption, env.now).await? {
        Redeemed::Grant(grant) => grant,
        Redeemed::WrongTarget => return Err(WRONG_TARGET.into()),
        Redeemed::Unknown => return Ok(None),
    };
    let refresh_token = match refresh {
        Some(_) => {
            let token = RefreshToken {
                grant: grant.id,
                generation: 1,
                secret: refresh_secret,
                scope: grant.scope.clone(),
                resource: grant.resource.clone(),
            };
            Some(token.seal(env.key_ring().await?.as_ref()))
        }
        None => None,
    };
    let scope = grant.scope.clone();
    let audience = if redemption.resource.is_empty() { grant.resource.clone() } else { redemption.resource };
    let issue_now = Issue { grant: &grant, scope, audience, key: presented.key, refresh_token };
    issue(env, client, issue_now).await.map(Some)
}
