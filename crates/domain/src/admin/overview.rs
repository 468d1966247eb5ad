//! How much there is, at a glance.

use protocol::{Timestamp, time::Seconds};

use crate::{Env, Failure, StorageError};

/// Nothing is counted further than this: the dashboard says "more than" then, and stays fast.
pub const COUNTED: u32 = 1000;
const WEEK: Seconds = Seconds(7 * 86_400);

/// How many there are of each; [`COUNTED`] and one more means that there are more.
#[derive(Debug, PartialEq, Eq)]
pub struct Counts {
    /// Users.
    pub users: u32,
    /// Users made within a week.
    pub new_users: u32,
    /// Administrators.
    pub admins: u32,
    /// Suspended users.
    pub suspended: u32,
    /// Applications.
    pub applications: u32,
    /// Live sessions.
    pub sessions: u32,
}

/// Storage that counts.
pub trait Counting {
    /// Counts as far as `limit`; users are new from `since` on.
    async fn counts(&self, limit: u32, since: Timestamp, now: Timestamp) -> Result<Counts, StorageError>;
}

/// How much there is.
pub async fn counts<S: Counting>(env: &Env<'_, S>) -> Result<Counts, Failure> {
    Ok(env.store.counts(COUNTED + 1, Timestamp(env.now.0 - WEEK.0), env.now).await?)
}
