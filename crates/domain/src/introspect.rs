//! Token introspection, [RFC 7662 §2](https://www.rfc-editor.org/rfc/rfc7662#section-2).

use jwt_simple::prelude::{Audiences, JWTClaims, UnixTimeStamp};
use protocol::{
    Error, ErrorCode, Secret,
    dpop::Confirmation,
    introspection::{ActiveToken, IntrospectionResponse, TYP},
    scope::Scope,
    secret::SecretHash,
};
use serde::Serialize;

use crate::{
    Env, Failure,
    client::{self, AuthenticatedClient, Client, ClientCredentials, Clients},
    document::Documents,
    grant::{Grants, RefreshTokenOfGrant},
    keys::Keys,
    replay::ReplayMarks,
    subject::subject_of,
    token::{RefreshToken, TokenBearer, find_live_token},
};

/// An introspection request. The hint is not needed: a token says what it is.
#[derive(Debug)]
pub struct Introspection {
    /// Who asks.
    pub client: ClientCredentials,
    /// What is asked about.
    pub token: Secret,
    /// What the token must be good for, where the resource server asks for that. This is an "other OPTIONAL
    /// (parameter) to provide further context to the query" (§2.1).
    pub scope: Option<Scope>,
    /// Whether the answer is to be a JWT ([RFC 9701 §4](https://www.rfc-editor.org/rfc/rfc9701#section-4)).
    pub wants_jwt: bool,
}

/// What the resource server is answered.
#[derive(Debug)]
pub enum Introspected {
    /// The token; `None`: it is not active.
    Json(Option<Box<ActiveToken>>),
    /// The same in a signed JWT.
    Jwt(String),
}

/// What a token is good for; `None` where it is good for nothing that was asked.
///
/// Any confidential client may ask about any access token: whoever holds one was meant to check it, and resource
/// servers are registered as clients. About a refresh token only the client that may use it is told. Asking reads and
/// changes nothing.
pub async fn introspect<S: Clients + Documents + Grants + Keys + ReplayMarks>(
    env: &Env<'_, S>,
    introspection: Introspection,
) -> Result<Introspected, Failure> {
    let client = client::authenticate(env, introspection.client).await?;
    // "To prevent token scanning attacks, the endpoint MUST also require some form of authorization to access this
    // endpoint" (§2.1). To name a public client is none.
    if client.metadata.is_public() {
        return Err(Error::new(ErrorCode::InvalidClient, "A public client cannot ask about tokens.").into());
    }
    let token = match access_token(env, &introspection.token).await? {
        Some(token) => Some(token),
        None => refresh_token(env, &client, &introspection.token).await?,
    };
    // Who asks whether a token is good for a scope must not hear that it is good for another.
    let token = token.filter(|token| introspection.scope.is_none_or(|asked| asked.is_within(&token.scope)));
    match introspection.wants_jwt {
        true => Ok(Introspected::Jwt(sign(env, &client, token.into()).await?)),
        false => Ok(Introspected::Json(token.map(Box::new))),
    }
}

/// The answer as a JWT, which the resource server can show to others as what it was told.
///
/// > The JWT MUST include the following top-level claims: iss […] the issuer URL of the authorization server. aud […] MUST
/// > identify the resource server receiving the token introspection response. iat […] token_introspection […] the members
/// > of the token introspection response […]. The JWT MAY include […]. It SHOULD NOT include the "sub" and "exp" claims,
/// > as an additional prevention against misuse (RFC 9701 §5)
async fn sign<S: Keys>(env: &Env<'_, S>, client: &Client, response: IntrospectionResponse) -> Result<String, Failure> {
    #[derive(Serialize)]
    struct Custom {
        token_introspection: IntrospectionResponse,
    }
    let claims = JWTClaims {
        issuer: Some(env.settings.issuer()?.to_string()),
        subject: None,
        audiences: Some(Audiences::AsString(client.id.clone())),
        issued_at: Some(UnixTimeStamp::from_secs(env.now.0.max(0).cast_unsigned())),
        expires_at: None,
        invalid_before: None,
        jwt_id: None,
        nonce: None,
        custom: Custom { token_introspection: response },
    };
    let algorithm = client.metadata.introspection_signed_response_alg.unwrap_or_default();
    env.signing_key(algorithm).await?.sign(TYP, claims, env.random)
}

/// An access token, by the rules of the protected resources here.
async fn access_token<S: Grants + Keys>(env: &Env<'_, S>, text: &Secret) -> Result<Option<ActiveToken>, Failure> {
    let Some((token, bearer)) = find_live_token(env, text).await? else { return Ok(None) };
    let (sub, username, client_id, sign_in) = match bearer {
        TokenBearer::User(owner) => {
            // As its client knows the user: a resource server learns no other name than the client could tell it.
            let sub = subject_of(env, &owner.client, owner.user.id).await?;
            (sub, Some(owner.user.user_id), owner.client.id, Some((owner.auth_time, owner.acr)))
        }
        TokenBearer::Client(id) => (id.clone(), None, id, None),
    };
    let (auth_time, acr) = sign_in.unzip();
    let (token_type, act) = (Some(token.token_type()), token.act());
    Ok(Some(ActiveToken {
        scope: token.scope,
        client_id,
        username,
        sub,
        token_type,
        exp: token.expires_at,
        auth_time,
        acr,
        aud: token.audience,
        cnf: token.key.map(|jkt| Confirmation { jkt }),
        act,
        iss: env.settings.issuer()?.to_string(),
    }))
}

/// A refresh token of this client, of the current generation: one that was replaced is good for a retry at most.
async fn refresh_token<S: Grants + Keys>(
    env: &Env<'_, S>,
    client: &AuthenticatedClient,
    text: &Secret,
) -> Result<Option<ActiveToken>, Failure> {
    let Some(token) = RefreshToken::open(text.expose(), env.key_ring().await?.as_ref()) else { return Ok(None) };
    let asked = RefreshTokenOfGrant {
        grant: token.grant,
        generation: token.generation,
        secret_hash: SecretHash::of(&token.secret),
        client_id: &client.id,
    };
    let Some(live) = env.store.live_refresh_token(&asked, env.now).await? else { return Ok(None) };
    Ok(Some(ActiveToken {
        scope: token.scope,
        client_id: client.id.clone(),
        sub: subject_of(env, client, live.user.id).await?,
        username: Some(live.user.user_id),
        token_type: None,
        exp: live.expires_at,
        auth_time: None,
        acr: None,
        aud: token.resource,
        cnf: None,
        act: None,
        iss: env.settings.issuer()?.to_string(),
    }))
}
