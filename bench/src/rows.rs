//! A database with many rows, as after years of use.

use std::path::Path;

use anyhow::Result;
use rusqlite::Connection;

/// Each statement adds ?1 rows; identifiers begin with a letter of their own, so that they meet no others.
const FILL: [&str; 3] = [
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
     INSERT INTO users (id, user_id, email, given_name, family_name, access_level, password_hash, created_at, updated_at) \
         SELECT randomblob(16), 'ZZ-' || i, 'user' || i || '@many.example', 'Many', 'User', 'user', '-', 0, 0 FROM n",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
     INSERT INTO clients (id, secret_hash, name, metadata, created_at) \
         SELECT 'many-' || i, randomblob(32), 'Many', (SELECT metadata FROM clients LIMIT 1), 0 FROM n",
    "INSERT INTO grants (id, client_id, user_id, session_id, scope, redirect_uri, redirect_uri_was_sent, auth_time, acr, amr, \
         code_hash, code_expires_at, redeemed_at, refresh_secret_hash, refresh_generation, refresh_expires_at, created_at, expires_at) \
     SELECT randomblob(16), 'many-' || substr(user_id, 4), id, randomblob(16), 'openid', 'https://many.example/', 1, 0, '1', 'pwd', \
         randomblob(32), 0, 1, randomblob(32), 1, 9999999999, 0, 9999999999 FROM users WHERE user_id LIKE 'ZZ-%' LIMIT ?1",
];

/// Adds so many users, clients and grants to a database that nobody has open.
pub(crate) fn fill(database: &Path, rows: u32) -> Result<()> {
    if rows == 0 {
        return Ok(());
    }
    eprintln!("adding {rows} users, clients and grants");
    let mut connection = Connection::open(database)?;
    // It is a scratch database: should the machine stop, it is made anew.
    // And all of it fits into memory, where keys at random places do not cost a page of the disk each.
    connection.execute_batch("PRAGMA synchronous=OFF; PRAGMA cache_size=-2000000")?;
    let transaction = connection.transaction()?;
    for sql in FILL {
        transaction.execute(sql, [rows])?;
    }
    transaction.commit()?;
    // The server under test must not find a long log.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
