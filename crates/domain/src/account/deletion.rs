//! A user deletes their account.

use protocol::Secret;

use crate::{
    By, Env, Failure, Id, StorageError,
    session::SignedIn,
    throttle::{Counters, PasswordAttempt},
    user::{PasswordHash, Users},
};

/// Storage, as users delete themselves.
pub trait Deletion {
    /// Deletes this user, whose password it is, with everything that belongs to them, and writes that to the audit log, in one
    /// act; whether it did. The last administrator stays.
    async fn delete_own_account(&self, user: Id, password: &PasswordHash, by: &By) -> Result<bool, StorageError>;
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The account is gone.
    Deleted,
    /// The password is not right.
    Wrong,
    /// Too many that were wrong: to be tried again after so many seconds.
    Throttled {
        /// Seconds to wait.
        retry_after: i64,
    },
    /// Without this account nobody could administer the server.
    LastAdministrator,
}

/// Deletes the account of who is signed in. The password is asked for as at sign-in, so that a browser that was left open is
/// not enough.
pub async fn delete<S: Users + Deletion>(
    env: &Env<'_, S>,
    counters: &impl Counters,
    signed_in: &SignedIn,
    password: &Secret,
    by: &By,
) -> Result<Outcome, Failure> {
    let user = &signed_in.user;
    let counted = match PasswordAttempt::begin(env, counters, &user.email, &by.address).await? {
        Ok(counted) => counted,
        Err(retry_after) => return Ok(Outcome::Throttled { retry_after }),
    };
    let Some((_, hash)) = env.store.user_by_id(user.id).await? else { return Ok(Outcome::Deleted) };
    if !hash.matches(password) {
        return Ok(Outcome::Wrong);
    }
    counted.succeeded().await?;
    if env.store.delete_own_account(user.id, &hash, by).await? || env.store.user_by_id(user.id).await?.is_none() {
        return Ok(Outcome::Deleted);
    }
    Ok(Outcome::LastAdministrator)
}
