//! Sign-in with email address and password.

use protocol::Secret;

use crate::{
    Env, Failure,
    factors::Factors,
    keys::Keys,
    password::{self, PasswordHash},
    session::Sessions,
    sign_in::{Method, Next, PendingSignIn, Shown},
    throttle::{Counters, PasswordAttempt},
    user::{AccessLevel, Email, User, Users},
};

/// An attempt to sign in.
#[derive(Debug)]
pub struct Attempt {
    /// The email address as it was typed.
    pub email: String,
    /// The password as it was typed.
    pub password: Secret,
    /// The address of the client, as the host tells it.
    pub client_address: String,
}

/// What became of an attempt.
#[derive(Debug)]
pub enum Outcome {
    /// Signed in: the value of the session cookie.
    SignedIn(Secret),
    /// The password was right, and a second factor is needed.
    SecondFactor(Box<PendingSignIn>),
    /// The password was right, but is temporary: another one must be chosen.
    NewPassword(Box<PendingSignIn>),
    /// Unknown address, wrong password or suspended account: always the same answer after the same work.
    Refused,
    /// Too many failures: to be tried again after so many seconds.
    Throttled {
        /// Seconds to wait.
        retry_after: i64,
    },
}

/// Signs a user in.
pub async fn login<S: Users + Factors + Sessions + Keys>(
    env: &Env<'_, S>,
    counters: &impl Counters,
    attempt: Attempt,
) -> Result<Outcome, Failure> {
    let counted = match PasswordAttempt::begin(env, counters, &attempt.email, &attempt.client_address).await? {
        Ok(counted) => counted,
        Err(retry_after) => return Ok(Outcome::Throttled { retry_after }),
    };
    let known = match Email::parse(&attempt.email) {
        Some(email) => env.store.user_by_email(&email).await?,
        None => None,
    };
    // The same work for a known address and an unknown one, so that the time of the answer says nothing.
    let rounds = env.settings.bcrypt_rounds()?;
    let account_of_password = match known {
        Some((user, hash)) => hash.matches_after(rounds, &attempt.password)?.then_some((user, hash)),
        None => {
            password::spend(rounds, env.random_bytes())?;
            None
        }
    };
    let is_active = |(user, _): &(User, PasswordHash)| user.access_level != AccessLevel::Suspended;
    let Some((user, hash)) = account_of_password.filter(is_active) else { return Ok(Outcome::Refused) };
    counted.succeeded().await?;
    let pending = PendingSignIn::begin(env, user, hash, Shown::by(Method::Password));
    if env.store.enrolled(pending.user.id).await?.has_second_factor() {
        return Ok(Outcome::SecondFactor(Box::new(pending)));
    }
    Ok(match pending.finish(env).await? {
        Next::SignedIn(cookie) => Outcome::SignedIn(cookie),
        Next::NewPassword(pending) => Outcome::NewPassword(pending),
    })
}
