//! Counts that end where nobody reads on.

use domain::{
    StorageError,
    admin::{Counting, Counts},
};
use protocol::Timestamp;

use crate::{
    Store,
    database::{Database, broken, params},
};

macro_rules! count {
    ($of:literal) => {
        concat!("(SELECT count(*) FROM (SELECT 1 FROM ", $of, " LIMIT ?1))")
    };
}

/// Each count reads so many entries of one index at most.
pub(super) const COUNTS: &str = concat!(
    "SELECT ",
    count!("users"),
    ", ",
    count!("users WHERE created_at >= ?2"),
    ", ",
    count!("users INDEXED BY users_by_rare_level WHERE access_level = 'admin' AND access_level <> 'user'"),
    ", ",
    count!("users INDEXED BY users_by_rare_level WHERE access_level = 'suspended' AND access_level <> 'user'"),
    ", ",
    count!("clients"),
    ", ",
    count!("sessions WHERE expires_at > ?3"),
);

impl<D: Database> Counting for Store<D> {
    async fn counts(&self, limit: u32, since: Timestamp, now: Timestamp) -> Result<Counts, StorageError> {
        let rows = self.0.query(COUNTS, params![limit, since, now]).await?;
        let mut row = rows.into_iter().next().ok_or_else(|| broken("no row"))?;
        let mut next = || u32::try_from(row.integer()?).map_err(|_| broken("a count is no count"));
        Ok(Counts {
            users: next()?,
            new_users: next()?,
            admins: next()?,
            suspended: next()?,
            applications: next()?,
            sessions: next()?,
        })
    }
}

#[cfg(test)]
mod tests;
