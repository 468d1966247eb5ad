//! The second step of a sign-in, and the one that makes a session stronger.

use protocol::Secret;

use super::{Factors, TotpSecret, recovery};
use crate::{
    Env, Failure,
    keys::Keys,
    session::{self, SessionKey, Sessions, SignedIn},
    sign_in::{Method, Next, PendingSignIn, Shown},
    throttle::{self, Counters},
    user::User,
};

/// Who shows a further factor.
#[derive(Debug)]
pub enum Claimant {
    /// Somebody who is signing in.
    Pending(Box<PendingSignIn>),
    /// Somebody who is signed in, by a password alone.
    SignedIn(Box<SignedIn>, SessionKey),
}

impl Claimant {
    /// Who it is.
    pub fn user(&self) -> &User {
        match self {
            Self::Pending(pending) => &pending.user,
            Self::SignedIn(signed_in, _) => &signed_in.user,
        }
    }

    /// Signs in, or makes the session stronger, now that this was shown, too; `None` where the session has ended meanwhile.
    pub(super) async fn proceed<S: Sessions + Keys>(
        self,
        env: &Env<'_, S>,
        method: Method,
    ) -> Result<Option<Next>, Failure> {
        match self {
            Self::Pending(pending) => {
                let shown = pending.shown.clone().and(method);
                PendingSignIn { shown, ..*pending }.finish(env).await.map(Some)
            }
            Self::SignedIn(signed_in, key) => {
                let shown = Shown::of_amr(&signed_in.session.amr).and(method);
                Ok(session::strengthen(env, &signed_in, &key, &shown).await?.map(Next::SignedIn))
            }
        }
    }
}

/// What became of a factor that was shown.
#[derive(Debug)]
pub enum Outcome {
    /// Signed in: the value of the session cookie.
    SignedIn(Secret),
    /// It was right, but the password is temporary: another one must be chosen.
    NewPassword(Box<PendingSignIn>),
    /// Wrong, or used before.
    Refused,
    /// Too many that were wrong: to be tried again after so many seconds.
    Throttled {
        /// Seconds to wait.
        retry_after: i64,
    },
    /// The session has ended meanwhile.
    Expired,
}

/// Checks a code of an authenticator app, or one for recovery.
pub async fn verify_code<S: Factors + Sessions + Keys>(
    env: &Env<'_, S>,
    counters: &impl Counters,
    claimant: Claimant,
    typed: &str,
) -> Result<Outcome, Failure> {
    let user = claimant.user().id;
    let account = throttle::bucket("second_factor", &user.to_string());
    let is_throttled = env.settings.login_throttle()?;
    // Counted before the code is looked at, and by account, wherever the guesses come from: there are only a million codes.
    if is_throttled && let Some(retry_after) = throttle::count_attempt(counters, &account, 1, env.now).await? {
        return Ok(Outcome::Throttled { retry_after });
    }
    let is_right = match recovery::hash(typed) {
        Some(code) => env.store.use_recovery_code(user, &code).await?,
        None => use_totp(env, user, typed).await?,
    };
    if !is_right {
        return Ok(Outcome::Refused);
    }
    if is_throttled {
        throttle::forget_attempts(counters, &account, env.now).await?;
    }
    Ok(outcome(claimant.proceed(env, Method::OneTimeCode).await?))
}

/// What became of a factor that was right.
pub(super) fn outcome(next: Option<Next>) -> Outcome {
    match next {
        Some(Next::SignedIn(cookie)) => Outcome::SignedIn(cookie),
        Some(Next::NewPassword(pending)) => Outcome::NewPassword(pending),
        None => Outcome::Expired,
    }
}

/// > The verifier MUST NOT accept the second attempt of the OTP after the successful validation has been issued for the
/// > first OTP. ([RFC 6238 §5.2](https://www.rfc-editor.org/rfc/rfc6238#section-5.2))
async fn use_totp<S: Factors + Keys>(env: &Env<'_, S>, user: crate::Id, typed: &str) -> Result<bool, Failure> {
    let Some(sealed) = env.store.totp(user).await? else { return Ok(false) };
    let secret = TotpSecret::unseal(env, user, &sealed).await?;
    match secret.matching_step(typed, env.now) {
        Some(step) => Ok(env.store.use_totp_step(user, step).await?),
        None => Ok(false),
    }
}
