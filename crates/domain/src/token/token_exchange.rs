//! Token exchange, [RFC 8693 §2](https://www.rfc-editor.org/rfc/rfc8693#section-2): a client that has got the token of a
//! user's client gets one of its own for the same user, for what lies behind it.
//!
//! > If the request itself is not valid or if either the subject_token or actor_token are invalid for any reason, or are
//! > unacceptable based on policy, the authorization server MUST construct an error response […]. The value of the error
//! > parameter MUST be the invalid_request error code. (§2.2.2)

use protocol::{
    Error, ErrorCode, Secret,
    client_metadata::GrantType,
    dpop::Thumbprint,
    resource::{Resource, Resources},
    scope::{OFFLINE_ACCESS, Scope},
    time::Seconds,
    token::TokenResponse,
    token_exchange::{ExchangeMode, ExchangePolicy, TokenType},
};

use super::{
    AccessToken, Actor, Exchange, Subject, TokenBearer, find_live_token,
    jwt_access_token::{self, TokenUser},
    lineage::MAX_EXCHANGES,
};
use crate::{
    Env, Failure, audience,
    client::AuthenticatedClient,
    grant::{Grants, TokenOwner},
    keys::Keys,
    sign_in::Acr,
    subject::subject_of,
};

/// A token of a request, and what it is said to be.
#[derive(Debug)]
pub struct TypedToken {
    /// The token.
    pub token: Secret,
    /// Its type.
    pub kind: TokenType,
}

/// A request for another token.
#[derive(Debug)]
pub struct ExchangeRequest {
    /// The token of whom the new one is to stand for.
    pub subject: TypedToken,
    /// The token of who is to act for them; without one, the new token does not say who does.
    pub actor: Option<TypedToken>,
    /// The type of the new token.
    pub requested: TokenType,
    /// The asked scope; all that the client may have of the subject's where absent.
    pub scope: Option<Scope>,
    /// The resources that the new token is to be for.
    pub resource: Resources,
    /// The same by their logical names.
    pub audience: Vec<String>,
}

/// Issues an access token for the user of another one, as the policy of this client has it. Nothing is written: the new
/// token says what it hangs on, and whoever checks it looks at all of that.
pub async fn exchange<S: Grants + Keys>(
    env: &Env<'_, S>,
    client: &AuthenticatedClient,
    request: ExchangeRequest,
    key: Option<Thumbprint>,
) -> Result<TokenResponse, Failure> {
    client.ensure_allowed(GrantType::TokenExchange)?;
    // Registration gives no public client a policy; whoever was one before and is not any more has none, too.
    let policy =
        client.metadata.token_exchange.as_ref().filter(|_| !client.metadata.is_public()).ok_or(UNAUTHORIZED)?;
    let mode = if request.actor.is_some() { ExchangeMode::Delegation } else { ExchangeMode::Impersonation };
    if !policy.modes.contains(&mode) {
        return Err(WRONG_MODE.into());
    }
    let (subject, bearer) = live(env, policy, &request.subject, key.as_ref()).await?;
    let (Subject::Grant(grant), TokenBearer::User(owner)) = (&subject.subject, bearer) else {
        return Err(NO_USER.into());
    };
    ensure_acceptable(client, policy, &subject, &owner)?;
    let (mut lives_until, mut actor) = (subject.expires_at, None);
    if let Some(given) = &request.actor {
        let (token, named) = act(env, client, policy, given, key.as_ref()).await?;
        (lives_until, actor) = (lives_until.min(token.expires_at), Some(named));
    }
    let scope = scope(client, &subject, request.scope)?;
    let expires_at = lives_until.min(env.now.plus(env.settings.access_token_expires_in()?));
    let mut exchanges = subject.exchanges;
    exchanges.push(Exchange { from: subject.id, client_id: client.id.clone(), actor });
    let token = AccessToken {
        id: env.new_id(),
        subject: Subject::Grant(*grant),
        scope: scope.clone(),
        audience: targets(env, policy, &request.resource, &request.audience)?,
        key,
        expires_at,
        exchanges,
    };
    let user = TokenUser::of(&owner, *grant);
    let text = match request.requested {
        TokenType::AccessToken => token.issue(env, client, Some(user)).await?,
        TokenType::Jwt => {
            let algorithm = client.metadata.access_token_signed_response_alg.unwrap_or_default();
            jwt_access_token::sign(env, &token, client, Some(user), algorithm).await?
        }
    };
    Ok(TokenResponse {
        access_token: text.expose().to_owned(),
        issued_token_type: Some(request.requested.as_str()),
        // Both types are used as access tokens, so it is never "N_A" (§2.2.1).
        token_type: token.token_type(),
        expires_in: Seconds(expires_at.0 - env.now.0),
        // "A refresh token will typically not be issued when the exchange is of one temporary credential […] for a different
        // temporary credential" (§2.2.1)
        refresh_token: None,
        scope,
        id_token: None,
    })
}

const UNAUTHORIZED: Error =
    Error::new(ErrorCode::UnauthorizedClient, "This client is not registered to exchange tokens.");
const WRONG_MODE: Error = Error::invalid_request(
    "This client may not exchange tokens in this way: with an actor_token for delegation, without one for impersonation.",
);
const INVALID: Error =
    Error::invalid_request("A token to be exchanged is invalid, expired, revoked or of another type.");
const BOUND: Error = Error::invalid_request(
    "A token to be exchanged is bound to a key: the request needs a DPoP proof by it, and the new token is bound to it.",
);
const FOREIGN: Error = Error::invalid_request("A token to be exchanged is for another resource than this client.");
const NO_USER: Error = Error::invalid_request("The subject_token stands for a client, for which no other acts.");
const NOT_ALLOWED: Error =
    Error::invalid_request("This client may not exchange tokens of the client that the subject_token is of.");
const TOO_OFTEN: Error = Error::invalid_request("The subject_token comes from too many exchanges.");
const TOO_WEAK: Error = Error::invalid_request("This client needs users who have signed in with two factors.");
const NO_ACTOR: Error = Error::invalid_request(
    "The actor_token must be a token of this client, for itself or for a user, that was not exchanged.",
);

/// A token of the request, where it is live and may be exchanged here.
///
/// > In processing the request, the authorization server MUST perform the appropriate validation procedures for the
/// > indicated token type and, if the actor token is present, also perform the appropriate validation procedures for its
/// > indicated token type. (§2.1)
async fn live<S: Grants + Keys>(
    env: &Env<'_, S>,
    policy: &ExchangePolicy,
    given: &TypedToken,
    key: Option<&Thumbprint>,
) -> Result<(AccessToken, TokenBearer), Failure> {
    let is_of_type = given.kind == TokenType::AccessToken || !AccessToken::is_opaque(&given.token);
    let found = if is_of_type { find_live_token(env, &given.token).await? } else { None };
    let (token, bearer) = found.ok_or(INVALID)?;
    // Who cannot use a token does not exchange it.
    if token.key.as_ref().is_some_and(|bound| Some(bound) != key) {
        return Err(BOUND.into());
    }
    let is_for_client = token.audience.iter().any(|audience| policy.resources.iter().any(|own| own.is_same(audience)));
    if !is_for_client && !audience::admits(env.settings, &token.audience, "/token")? {
        return Err(FOREIGN.into());
    }
    Ok((token, bearer))
}

/// Refuses a subject for whom this client may not act.
fn ensure_acceptable(
    client: &AuthenticatedClient,
    policy: &ExchangePolicy,
    subject: &AccessToken,
    owner: &TokenOwner,
) -> Result<(), Error> {
    if !policy.clients.contains(&owner.client.id) {
        return Err(NOT_ALLOWED);
    }
    if subject.exchanges.len() >= MAX_EXCHANGES {
        return Err(TOO_OFTEN);
    }
    if client.metadata.require_multi_factor && Acr::parse(&owner.acr) < Some(Acr::MultiFactor) {
        return Err(TOO_WEAK);
    }
    Ok(())
}

/// Who acts: the client itself, or a user of it, as the token that it got for that shows.
async fn act<S: Grants + Keys>(
    env: &Env<'_, S>,
    client: &AuthenticatedClient,
    policy: &ExchangePolicy,
    given: &TypedToken,
    key: Option<&Thumbprint>,
) -> Result<(AccessToken, Actor), Failure> {
    let (token, bearer) = live(env, policy, given, key).await?;
    let actor = match (&token.subject, bearer) {
        (Subject::Client(_), TokenBearer::Client(id)) if id == client.id => Actor::Client { token: token.id },
        (Subject::Grant(grant), TokenBearer::User(owner))
            if owner.client.id == client.id && token.exchanges.is_empty() =>
        {
            let sub = subject_of(env, client, owner.user.id).await?;
            Actor::User { token: token.id, grant: *grant, sub }
        }
        _ => return Err(NO_ACTOR.into()),
    };
    Ok((token, actor))
}

/// What the new token is good for: never more than the subject's, and never more than the client is registered for. The
/// subject's `offline_access` is about a refresh token, which there is none of.
fn scope(client: &AuthenticatedClient, subject: &AccessToken, asked: Option<Scope>) -> Result<Scope, Error> {
    const TOO_WIDE: Error =
        Error::new(ErrorCode::InvalidScope, "The scope goes beyond that of the subject_token or of this client.");
    let may_have = |token: &&str| client.metadata.scope.contains(token) && *token != OFFLINE_ACCESS;
    let possible: Scope = subject.scope.iter().filter(may_have).collect();
    let scope = asked.unwrap_or_else(|| possible.clone());
    // A token that is good for nothing is none.
    match !scope.is_empty() && scope.is_within(&possible) {
        true => Ok(scope),
        false => Err(TOO_WIDE),
    }
}

/// The resources that the new token is for: those that are asked for, and otherwise all that this client may ask for.
///
/// > If the authorization server is unwilling or unable to issue a token for any target service indicated by the resource
/// > or audience parameters, the invalid_target error code SHOULD be used in the error response. (§2.2.2)
fn targets<S>(
    env: &Env<'_, S>,
    policy: &ExchangePolicy,
    resource: &Resources,
    audience: &[String],
) -> Result<Resources, Failure> {
    const UNKNOWN: Error = Error::new(ErrorCode::InvalidTarget, "This client may not exchange tokens for this target.");
    let asked = audience.iter().map(|name| policy.target_of_audience(name));
    let asked = asked.chain(resource.iter().map(|resource| policy.target(resource)));
    let asked: Option<Vec<&Resource>> = asked.collect();
    let asked = asked.ok_or(UNKNOWN)?;
    let chosen = if asked.is_empty() { policy.targets.values().collect() } else { asked };
    audience::permitted(env.settings, chosen.into_iter().cloned().collect())
}
