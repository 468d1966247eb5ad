//! Claims about the user, [OIDC Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo).

use jwt_simple::prelude::{Audiences, JWTClaims};
use protocol::{
    Error, ErrorCode, Timestamp,
    claims::Claim,
    client_metadata::SigningAlgorithm,
    scope::{OPENID, Scope},
    standard_claims::StandardClaims,
};
use serde::Serialize;

use crate::{
    Env, Failure,
    grant::Grants,
    keys::Keys,
    replay::ReplayMarks,
    subject::subject_of,
    throttle::{self, Counters},
    token::{Presented, TokenBearer, check_token},
    user::User,
};

/// The claims that a scope opens; absent ones are omitted.
#[derive(Debug, Serialize)]
pub struct Claims {
    /// The subject, always.
    pub sub: String,
    /// `profile`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// `profile`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `profile`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// `profile`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// `profile`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_level: Option<&'static str>,
    /// `email`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `email`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// `profile`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// By their scopes.
    #[serde(flatten)]
    pub standard: StandardClaims,
}

/// What userinfo answers.
#[derive(Debug)]
pub enum UserInfo {
    /// The claims.
    Json(Box<Claims>),
    /// The claims in a signed JWT, as the client registered it.
    Jwt(String),
}

impl Claims {
    /// The claims of a user that this scope opens
    /// ([OIDC Core §5.4](https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims)), and those asked for by
    /// name ([§5.5](https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter)). The client knows the user by
    /// this subject.
    pub fn of(sub: String, user: User, scope: &Scope, asked: &[Claim]) -> Self {
        let opens = |claim: Claim| scope.contains(claim.scope()) || asked.contains(&claim);
        Self {
            sub,
            name: opens(Claim::Name).then(|| user.name()),
            user_id: opens(Claim::UserId).then_some(user.user_id),
            given_name: opens(Claim::GivenName).then_some(user.given_name),
            family_name: Some(user.family_name).filter(|name| opens(Claim::FamilyName) && !name.is_empty()),
            access_level: opens(Claim::AccessLevel).then_some(user.access_level.as_str()),
            email: opens(Claim::Email).then_some(user.email),
            email_verified: opens(Claim::EmailVerified).then_some(user.email_verified),
            updated_at: opens(Claim::UpdatedAt).then_some(user.updated_at),
            standard: user.claims.opened(opens),
        }
    }
}

/// The claims that this access token opens.
pub async fn userinfo<S: Grants + Keys + ReplayMarks>(
    env: &Env<'_, S>,
    counters: &impl Counters,
    presented: &Presented,
) -> Result<UserInfo, Failure> {
    let (token, bearer) = check_token(env, presented, "/userinfo").await?;
    let TokenBearer::User(owner) = bearer else {
        return Err(
            Error::new(ErrorCode::InsufficientScope, "The access token stands for a client, not for a user.").into()
        );
    };
    let limit = env.settings.userinfo_rate_limit()?;
    throttle::limit(counters, "userinfo", || token.id.to_string(), limit, env.now).await?;
    // A token that was narrowed to less than `openid` is not for OpenID Connect's claims.
    let asked = if token.scope.contains(OPENID) { owner.claims.userinfo.as_slice() } else { &[] };
    let sub = subject_of(env, &owner.client, owner.user.id).await?;
    let claims = Claims::of(sub, owner.user, &token.scope, asked);
    match owner.client.metadata.userinfo_signed_response_alg {
        Some(algorithm) => Ok(UserInfo::Jwt(sign(env, claims, owner.client.id, algorithm).await?)),
        None => Ok(UserInfo::Json(Box::new(claims))),
    }
}

/// > If the UserInfo Response is signed […], the Claims in the UserInfo Response MUST be […] a JWT […]. The response
/// > SHOULD contain the Claims iss (issuer) and aud (audience) as members. The iss value SHOULD be the OP's Issuer
/// > Identifier URL. The aud value SHOULD be or include the RP's Client ID value. (§5.3.2)
async fn sign<S: Keys>(
    env: &Env<'_, S>,
    claims: Claims,
    client_id: String,
    algorithm: SigningAlgorithm,
) -> Result<String, Failure> {
    let claims = JWTClaims {
        issuer: Some(env.settings.issuer()?.to_string()),
        subject: None,
        audiences: Some(Audiences::AsString(client_id)),
        issued_at: None,
        expires_at: None,
        invalid_before: None,
        jwt_id: None,
        nonce: None,
        custom: claims,
    };
    env.signing_key(algorithm).await?.sign("JWT", claims, env.random)
}
