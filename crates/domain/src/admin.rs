//! What an administrator does by the JSON API.

use protocol::{Error, ErrorCode, Secret, standard_claims::ClaimsPatch};

use crate::{
    Env, Failure, Settings,
    keys::{self, Keys},
    user::{AccessLevel, Email, User, Users},
};

/// Refuses everybody but the holder of `admin_token`. Without that setting it refuses everybody.
pub fn ensure_admin<S>(env: &Env<'_, S>, token: Option<Secret>) -> Result<(), Failure> {
    env.settings.admin_token()?;
    match token.is_some_and(|given| is_admin_token(env.settings, &given)) {
        true => Ok(()),
        false => Err(Error::new(ErrorCode::InvalidToken, "This needs the admin token as bearer token.").into()),
    }
}

/// Whether this is the admin token; never where none is set.
pub(crate) fn is_admin_token(settings: &Settings, given: &Secret) -> bool {
    settings.admin_token().is_ok_and(|expected| expected.is_some_and(|expected| expected.hash().matches(&given.hash())))
}

/// Sets what a user may do; `suspended` ends all their access with the next request.
pub async fn set_access_level<S: Users>(env: &Env<'_, S>, email: &str, level: &str) -> Result<User, Failure> {
    let level =
        AccessLevel::parse(level).ok_or(Error::invalid_request("access_level must be admin, user or suspended."))?;
    let email = Email::parse(email).ok_or(NO_SUCH_USER)?;
    Ok(env.store.set_access_level(&email, level, env.now).await?.ok_or(NO_SUCH_USER)?)
}

/// Sets and takes away what is known of a user.
pub async fn change_claims<S: Users>(env: &Env<'_, S>, email: &str, patch: &ClaimsPatch) -> Result<User, Failure> {
    let email = Email::parse(email).ok_or(NO_SUCH_USER)?;
    Ok(env.store.change_claims(&email, patch, env.now).await?.ok_or(NO_SUCH_USER)?)
}

/// Deletes a user with everything that belongs to it.
pub async fn delete_user<S: Users>(env: &Env<'_, S>, email: &str) -> Result<(), Failure> {
    let email = Email::parse(email).ok_or(NO_SUCH_USER)?;
    match env.store.delete_user(&email).await? {
        true => Ok(()),
        false => Err(NO_SUCH_USER.into()),
    }
}

const NO_SUCH_USER: Error = Error::invalid_request("There is no user of this email address.");

/// Makes the next generation of signing keys and publishes it; answers the whole set.
pub async fn rotate_keys<S: Keys>(
    env: &Env<'_, S>,
    publisher: &impl crate::jwks::Publisher,
) -> Result<String, Failure> {
    keys::rotate(env).await?;
    crate::jwks::publish(env, publisher).await
}
