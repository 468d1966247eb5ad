//! The SQL. Each method of a port is one statement, so that of any number of parallel requests one wins, with no
//! transaction: Spin has none.
#![allow(async_fn_in_trait, reason = "components are single-threaded: no database's future needs to be Send")]

mod account;
mod admin;
mod authorizations;
mod clients;
mod consents;
mod database;
mod device_authorizations;
mod documents;
mod emails;
mod factors;
mod grants;
mod keys;
mod links;
mod logout_notices;
mod metrics;
mod migrations;
mod passkeys;
mod pushed_requests;
mod replay;
mod sessions;
mod sign_ups;
mod transfer;
mod users;

pub use database::{Database, Row, Value};
pub use migrations::{VERSION, ensure_schema, migrate};

/// Implements every port of the domain over a database.
pub struct Store<D>(pub D);

impl<D: Database> domain::health::Health for Store<D> {
    async fn ping(&self) -> Result<(), domain::StorageError> {
        self.0.query("SELECT max(version) FROM schema_migrations", vec![]).await.map(drop)
    }
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod scale;
#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    #[test]
    fn no_statement_opens_a_transaction_or_asks_what_the_last_one_did() {
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
            let path = entry.unwrap().path();
            let is_a_test = path.ends_with("scale.rs") || path.ends_with("lib.rs");
            let text = if path.is_file() && !is_a_test { fs::read_to_string(&path).unwrap() } else { continue };
            for forbidden in ["\"BEGIN", "\"COMMIT", "\"SAVEPOINT", "changes()", "last_insert_rowid()"] {
                assert!(!text.contains(forbidden), "{}: {forbidden}", path.display());
            }
        }
    }
}
