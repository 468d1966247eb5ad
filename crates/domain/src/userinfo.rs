//! Claims about the user, [OIDC Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo).

use protocol::{
    Error, ErrorCode, Secret,
    scope::{EMAIL, PROFILE, Scope},
};
use serde::Serialize;

use crate::{
    Env, Failure,
    grant::Grants,
    keys::Keys,
    throttle::{self, Counters},
    token::{TokenBearer, check_token},
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
    /// ([OIDC Core §5.4](https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims)).
    pub fn of(user: User, scope: &Scope) -> Self {
        let (profile, email) = (scope.contains(PROFILE), scope.contains(EMAIL));
        Self {
            sub: user.id.to_string(),
            name: profile.then(|| user.name()),
            user_id: profile.then_some(user.user_id),
            given_name: profile.then_some(user.given_name),
            family_name: Some(user.family_name).filter(|name| profile && !name.is_empty()),
            access_level: profile.then_some(user.access_level.as_str()),
            email: email.then_some(user.email),
            email_verified: email.then_some(user.email_verified),
        }
    }
}

/// The claims that this access token opens.
pub async fn userinfo<S: Grants + Keys>(
    env: &Env<'_, S>,
    counters: &impl Counters,
    token: &Secret,
) -> Result<Claims, Failure> {
    let (token, bearer) = check_token(env, token).await?;
    let TokenBearer::User(owner) = bearer else {
        return Err(
            Error::new(ErrorCode::InsufficientScope, "The access token stands for a client, not for a user.").into()
        );
    };
    throttle::limit(counters, "userinfo", &token.id.to_string(), env.settings.userinfo_rate_limit()?, env.now).await?;
    Ok(Claims::of(owner.user, &token.scope))
}
