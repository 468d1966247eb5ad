//! A user chooses a new password: because they want another one, or because somebody else has made the one they have.

use protocol::Secret;

use crate::{
    By, Env, Failure,
    factors::Factors,
    keys::Keys,
    password::{NewPassword, PasswordProblem},
    session::{self, Sessions, SignedIn},
    sign_in::{Acr, PendingSignIn},
    throttle::{Counters, PasswordAttempt},
    user::{User, Users},
};

/// Who chooses.
#[derive(Debug)]
pub enum Chooser {
    /// Somebody who is signing in with a temporary password, which they have just shown.
    Pending(Box<PendingSignIn>),
    /// Somebody who is signed in.
    SignedIn(Box<SignedIn>),
}

impl Chooser {
    /// Who it is.
    pub fn user(&self) -> &User {
        match self {
            Self::Pending(pending) => &pending.user,
            Self::SignedIn(signed_in) => &signed_in.user,
        }
    }
}

/// What was typed.
#[derive(Debug)]
pub struct Typed {
    /// The password so far; not asked of who has just shown it.
    pub current: Secret,
    /// The new one.
    pub new: Secret,
    /// The address of the client, as the host tells it.
    pub client_address: String,
}

/// What became of it.
#[derive(Debug)]
pub enum Outcome {
    /// The password is the new one, and every session has ended; this is the cookie of a new one.
    Changed(Secret),
    /// The new password cannot be chosen.
    Problem(PasswordProblem),
    /// The password so far is not right.
    Wrong,
    /// Too many that were wrong: to be tried again after so many seconds.
    Throttled {
        /// Seconds to wait.
        retry_after: i64,
    },
    /// The user is gone, somebody else was faster, or the sign-in waits for something else.
    Expired,
}

/// Sets a new password and signs out whoever knew the old one. The password so far is asked for as at sign-in, so that a
/// browser that was left open is not enough to take an account over.
pub async fn choose_password<S: Users + Factors + Sessions + Keys>(
    env: &Env<'_, S>,
    counters: &impl Counters,
    chooser: &Chooser,
    typed: Typed,
) -> Result<Outcome, Failure> {
    let user = chooser.user();
    let old = match chooser {
        Chooser::Pending(pending) => {
            // A sign-in that waits for something else, such as its second factor, does not get on by this page.
            let lacks_factor = pending.shown.acr() < Acr::MultiFactor;
            if !pending.password.is_temporary()
                || (lacks_factor && env.store.enrolled(user.id).await?.has_second_factor())
            {
                return Ok(Outcome::Expired);
            }
            pending.password.clone()
        }
        Chooser::SignedIn(_) => {
            let counted = match PasswordAttempt::begin(env, counters, &user.email, &typed.client_address).await? {
                Ok(counted) => counted,
                Err(retry_after) => return Ok(Outcome::Throttled { retry_after }),
            };
            let Some((_, old)) = env.store.user_by_id(user.id).await? else { return Ok(Outcome::Expired) };
            if !old.matches(&typed.current) {
                return Ok(Outcome::Wrong);
            }
            counted.succeeded().await?;
            old
        }
    };
    let new = match NewPassword::choose(&typed.new, &user.email, &user.given_name, &user.family_name) {
        Ok(_) if old.matches(&typed.new) => return Ok(Outcome::Problem(PasswordProblem::Same)),
        Ok(new) => new.hash(env)?,
        Err(problem) => return Ok(Outcome::Problem(problem)),
    };
    let by = By::user(env, &typed.client_address)?;
    if !env.store.set_password(user.id, &old, &new, &by).await? {
        return Ok(Outcome::Expired);
    }
    let cookie = match chooser {
        Chooser::Pending(pending) => session::start(env, user, &new, &pending.shown).await?,
        Chooser::SignedIn(signed_in) => session::replace(env, signed_in, &new).await?,
    };
    Ok(Outcome::Changed(cookie))
}
