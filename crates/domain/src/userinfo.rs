//! Claims about the user, [OIDC Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo).

use protocol::{
    Error, ErrorCode,
    claims::Claim,
    scope::{OPENID, Scope},
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
        }
    }
}

/// The claims that this access token opens.
pub async fn userinfo<S: Grants + Keys + ReplayMarks>(
    env: &Env<'_, S>,
    counters: &impl Counters,
    presented: &Presented,
) -> Result<Claims, Failure> {
    let (token, bearer) = check_token(env, presented, "/userinfo").await?;
    let TokenBearer::User(owner) = bearer else {
        return Err(
            Error::new(ErrorCode::InsufficientScope, "The access token stands for a client, not for a user.").into()
        );
    };
    throttle::limit(counters, "userinfo", &token.id.to_string(), env.settings.userinfo_rate_limit()?, env.now).await?;
    // A token that was narrowed to less than `openid` is not for OpenID Connect's claims.
    let asked = if token.scope.contains(OPENID) { owner.claims.userinfo.as_slice() } else { &[] };
    let sub = subject_of(env, &owner.client, owner.user.id).await?;
    Ok(Claims::of(sub, owner.user, &token.scope, asked))
}
