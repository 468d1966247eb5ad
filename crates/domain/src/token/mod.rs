//! The token endpoint: one module for each grant, [RFC 6749 §4](https://www.rfc-editor.org/rfc/rfc6749#section-4).

mod access_token;
mod authorization_code;
mod client_credentials;
mod device_code;
mod id_token;
mod jwt_access_token;
mod lineage;
mod refresh_token;
mod token_exchange;
mod wire;

pub use access_token::{AccessToken, Subject};
pub use authorization_code::{CodeRequest, redeem};
pub use client_credentials::{ClientCredentialsRequest, issue_to_client};
pub use device_code::{DeviceRequest, poll};
pub use lineage::{Actor, Exchange};
use protocol::{
    Error, ErrorCode, Secret,
    dpop::Thumbprint,
    resource::Resources,
    scope::{OPENID, Scope},
    token::TokenResponse,
};
pub use refresh_token::{RefreshRequest, RefreshToken, refresh};
pub use token_exchange::{ExchangeRequest, TypedToken, exchange};

use crate::{
    Env, Failure, Insufficient, audience,
    client::{self, AuthenticatedClient, ClientCredentials, Clients},
    device_authorization::DeviceAuthorizations,
    document::Documents,
    dpop::{self, Proof},
    grant::{Grant, Grants, TokenOwner},
    keys::Keys,
    replay::ReplayMarks,
};

/// > In the case of a "refresh_token" or "authorization_code" grant type request, such policy may limit the acceptable
/// > resources to those that were originally granted by the resource owner or a subset thereof. (RFC 8707 §2.2)
const WRONG_TARGET: Error = Error::new(ErrorCode::InvalidTarget, "This resource was not granted.");

/// A token request: who asks, and by which grant.
#[derive(Debug)]
pub struct TokenRequest {
    /// Who asks.
    pub client: ClientCredentials,
    /// The key that the tokens are to be bound to, proved.
    pub dpop: Option<Proof>,
    /// By which grant.
    pub grant: GrantRequest,
}

/// The grant of a token request.
#[derive(Debug)]
pub enum GrantRequest {
    /// [RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3)
    AuthorizationCode(CodeRequest),
    /// [RFC 6749 §4.4.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.4.2)
    ClientCredentials(ClientCredentialsRequest),
    /// [RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4)
    DeviceCode(DeviceRequest),
    /// [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)
    RefreshToken(RefreshRequest),
    /// [RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1)
    TokenExchange(ExchangeRequest),
}

/// Authenticates the client and answers its request.
pub async fn token<S: Clients + Documents + Grants + DeviceAuthorizations + Keys + ReplayMarks>(
    env: &Env<'_, S>,
    request: TokenRequest,
) -> Result<TokenResponse, Failure> {
    let client = client::authenticate(env, request.client).await?;
    let key = match &request.dpop {
        Some(proof) => Some(dpop::verify(env, proof, None).await?),
        None if client.metadata.dpop_bound_access_tokens => return Err(dpop::MISSING.into()),
        None => None,
    };
    match request.grant {
        GrantRequest::AuthorizationCode(code) => redeem(env, &client, code, key).await,
        GrantRequest::ClientCredentials(asked) => issue_to_client(env, &client, asked, key).await,
        GrantRequest::DeviceCode(code) => poll(env, &client, code, key).await,
        GrantRequest::RefreshToken(token) => refresh(env, &client, token, key).await,
        GrantRequest::TokenExchange(asked) => exchange(env, &client, asked, key).await,
    }
}

/// What is issued under a grant.
struct Issue<'a> {
    grant: &'a Grant,
    scope: Scope,
    audience: Resources,
    key: Option<Thumbprint>,
    refresh_token: Option<Secret>,
}

/// Issues an access token under a grant, and an ID token where `openid` is in its scope.
async fn issue<S: Grants + Keys>(
    env: &Env<'_, S>,
    client: &AuthenticatedClient,
    issue: Issue<'_>,
) -> Result<TokenResponse, Failure> {
    let expires_in = env.settings.access_token_expires_in()?;
    let access_token = AccessToken {
        id: env.new_id(),
        subject: Subject::Grant(issue.grant.id),
        scope: issue.scope.clone(),
        audience: issue.audience,
        key: issue.key,
        expires_at: env.now.plus(expires_in),
        exchanges: Vec::new(),
    };
    let (id, token_type) = (access_token.id, access_token.token_type());
    let access_token = access_token.issue(env, client, Some(issue.grant.into())).await?;
    let id_token = match issue.scope.contains(OPENID) {
        true => {
            let asked = id_token::asked_claims(env, issue.grant, id).await?;
            Some(id_token::sign(env, client, issue.grant, &access_token, asked).await?)
        }
        false => None,
    };
    Ok(TokenResponse {
        access_token: access_token.expose().to_owned(),
        token_type,
        expires_in,
        refresh_token: issue.refresh_token.map(|token| token.expose().to_owned()),
        issued_token_type: None,
        scope: issue.scope,
        id_token,
    })
}

/// Whom a live access token stands for.
#[derive(Debug)]
pub enum TokenBearer {
    /// A user, through a client.
    User(Box<TokenOwner>),
    /// The client of this identifier itself.
    Client(String),
}

/// Finds whom an access token stands for: its MAC or its signature and its expiry are checked without a read, and one read tells whether
/// anything has ended it. `None` where it is good for nothing.
pub async fn find_live_token<S: Grants + Keys>(
    env: &Env<'_, S>,
    text: &Secret,
) -> Result<Option<(AccessToken, TokenBearer)>, Failure> {
    let Some(token) = AccessToken::read(env, text).await?.filter(|token| token.expires_at > env.now) else {
        return Ok(None);
    };
    let bearer = match &token.subject {
        Subject::Grant(grant) => {
            let owner = match token.exchanges.is_empty() {
                true => env.store.owner_of_user_token(token.id, *grant).await?,
                false => env.store.owner_of_exchanged_token(&token.lineage(*grant)).await?,
            };
            owner.map(|owner| TokenBearer::User(Box::new(owner)))
        }
        Subject::Client(id) => {
            let is_live = env.store.is_client_token_live(token.id, id).await?;
            is_live.then(|| TokenBearer::Client(id.clone()))
        }
    };
    Ok(bearer.map(|bearer| (token, bearer)))
}

/// An access token as a request to a protected resource brings it along.
#[derive(Debug)]
pub struct Presented {
    /// The token.
    pub token: Secret,
    /// The proof that goes with it, where it is presented as one that is bound to a key.
    pub proof: Option<Proof>,
}

/// Checks the access token of a request to the protected resource at this path
/// ([RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).
pub async fn check_token<S: Grants + Keys + ReplayMarks>(
    env: &Env<'_, S>,
    presented: &Presented,
    path: &str,
) -> Result<(AccessToken, TokenBearer), Failure> {
    const REFUSED: Error = Error::new(ErrorCode::InvalidToken, "The access token is invalid, expired or revoked.");
    const FOREIGN: Error = Error::new(ErrorCode::InvalidToken, "The access token is for another resource.");
    const BOUND: Error =
        Error::new(ErrorCode::InvalidToken, "The access token is bound to a key: it needs a DPoP proof by it.");
    const UNBOUND: Error =
        Error::new(ErrorCode::InvalidToken, "The access token is bound to no key: it is a bearer token.");
    let (token, bearer) = find_live_token(env, &presented.token).await?.ok_or(REFUSED)?;
    if !audience::admits(env.settings, &token.audience, path)? {
        return Err(FOREIGN.into());
    }
    match (&token.key, &presented.proof) {
        (None, None) => {}
        // "the resource server MUST NOT grant access […] unless all checks are successful" (RFC 9449 §7.1)
        (Some(key), Some(proof)) if dpop::verify(env, proof, Some(&presented.token)).await? == *key => {}
        // "a resource server […] MUST reject a DPoP-bound access token received as a bearer token" (RFC 9449 §7.2)
        (Some(_), _) => return Err(BOUND.into()),
        (None, Some(_)) => return Err(UNBOUND.into()),
    }
    Ok((token, bearer))
}

/// Refuses a token that may not do this ([RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).
pub fn ensure_scope(token: &AccessToken, scope: &'static str) -> Result<(), Failure> {
    match token.scope.contains(scope) {
        true => Ok(()),
        false => Err(Failure::Insufficient(Insufficient::Scope(scope))),
    }
}
