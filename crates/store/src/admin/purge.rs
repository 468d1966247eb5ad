//! A bounded step of housekeeping.

use domain::{
    StorageError,
    admin::{Purge, Removed},
};
use protocol::Timestamp;

use crate::{
    Store,
    database::{Database, params},
};

macro_rules! purges {
    ($(($table:literal, $key:literal, $expiry:literal, $grace:literal)),* $(,)?) => {
        pub(super) const PURGES: [(&str, &str); 11] = [$((
            $table,
            concat!(
                "DELETE FROM ", $table, " WHERE ", $key, " IN (SELECT ", $key, " FROM ", $table, " WHERE ", $expiry,
                " < ?1 - ", $grace, " ORDER BY ", $expiry, " LIMIT ?2) RETURNING 1"
            ),
        )),*];

        /// When the oldest row of each table may be purged, by one entry of its index.
        pub(crate) const OLDEST: &str = concat!(
            "SELECT '' AS of_table, 0 AS purgeable_at WHERE 0"
            $(, " UNION ALL SELECT '", $table, "', (SELECT ", $expiry, " + ", $grace, " FROM ", $table, " WHERE ", $expiry,
                " IS NOT NULL ORDER BY ", $expiry, " LIMIT 1)")*
        );
    };
}

// Each table whose rows expire, with how much longer they stay than they are good, as its own trigger has it.
purges![
    ("audit_log", "id", "expires_at", "0"),
    ("clients", "id", "unused_expires_at", "0"),
    ("sessions", "id", "expires_at", "0"),
    ("one_time_links", "token_hash", "expires_at", "0"),
    ("sign_ups", "token_hash", "expires_at", "0"),
    ("grants", "id", "expires_at", "0"),
    ("device_authorizations", "id", "expires_at", "600"),
    ("revoked_tokens", "id", "expires_at", "0"),
    ("replay_marks", "id", "expires_at", "0"),
    ("documents", "url_hash", "expires_at", "0"),
    ("pushed_requests", "name_hash", "expires_at", "3600"),
];

impl<D: Database> Purge for Store<D> {
    async fn purge(&self, limit: u32, now: Timestamp) -> Result<Vec<Removed>, StorageError> {
        let mut removed = Vec::new();
        for (table, statement) in PURGES {
            let rows = self.0.query(statement, params![now, limit]).await?.len();
            removed.push(Removed { table, rows });
        }
        Ok(removed)
    }
}
