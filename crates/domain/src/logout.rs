//! Sign-out: the session of this browser ends.

use crate::{
    Env, Failure,
    keys::Keys,
    session::{Sessions, read_cookie},
};

/// Ends the session of this cookie. The row goes, so a copy of the cookie is worth nothing either.
pub async fn logout<S: Sessions + Keys>(env: &Env<'_, S>, cookie: Option<&str>) -> Result<(), Failure> {
    let Some(cookie) = cookie else { return Ok(()) };
    if let Some(key) = read_cookie(env, cookie).await? {
        env.store.end_session(&key).await?;
    }
    Ok(())
}
