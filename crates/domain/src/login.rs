//! Sign-in with email address and password.

use protocol::Secret;

use crate::{
    Env, Failure,
    keys::Keys,
    password::PasswordHash,
    session::{self, Sessions},
    sign_in::{Method, Shown},
    throttle::{self, Counters},
    user::{AccessLevel, Email, Users},
};

/// A client address is often shared by many people, so it may fail so many times more often than one account.
const ADDRESS_TOLERANCE: u32 = 5;

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
    /// Unknown address, wrong password or suspended account: always the same answer after the same work.
    Refused,
    /// Too many failures: to be tried again after so many seconds.
    Throttled {
        /// Seconds to wait.
        retry_after: i64,
    },
}

/// Signs a user in.
pub async fn login<S: Users + Sessions + Keys>(
    env: &Env<'_, S>,
    counters: &impl Counters,
    attempt: Attempt,
) -> Result<Outcome, Failure> {
    let throttled = env.settings.login_throttle()?;
    let typed = attempt.email.trim().to_lowercase();
    let account = throttle::bucket("account", &typed);
    let address = throttle::bucket("address", &attempt.client_address);
    if throttled {
        // Counted before the password is looked at: guesses sent all at once would otherwise pass together.
        for (bucket, tolerance) in [(&account, 1), (&address, ADDRESS_TOLERANCE)] {
            if let Some(retry_after) = throttle::count_attempt(counters, bucket, tolerance, env.now).await? {
                return Ok(Outcome::Throttled { retry_after });
            }
        }
    }
    let known = match Email::parse(&attempt.email) {
        Some(email) => env.store.user_by_email(&email).await?,
        None => None,
    };
    let user = match known {
        Some((user, hash)) => hash.matches(&attempt.password).then_some(user),
        None => {
            // The same work as for a known address, so that the time of the answer says nothing.
            PasswordHash::new(&Secret::new("spin-auth"), env.settings.bcrypt_rounds()?, env.random_bytes())?;
            None
        }
    };
    let Some(user) = user.filter(|user| user.access_level != AccessLevel::Suspended) else {
        return Ok(Outcome::Refused);
    };
    if throttled {
        throttle::forget_attempts(counters, &account, env.now).await?;
        throttle::take_attempt_back(counters, &address, env.now).await?;
    }
    Ok(Outcome::SignedIn(session::start(env, &user, &Shown::by(Method::Password)).await?))
}
