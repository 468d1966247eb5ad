//! Figures for the operator, each by one entry of an index, or as many as are counted.

use domain::{
    StorageError,
    metrics::{Metrics, Stored},
};
use protocol::Timestamp;

use crate::{
    Store,
    admin::OLDEST,
    database::{Database, broken, params},
};

const FIGURES: &str = "SELECT (SELECT max(version) FROM schema_migrations), (SELECT count(*) FROM kept_secrets), \
     (SELECT count(*) FROM (SELECT 1 FROM logout_notices WHERE due_at <= ?1 LIMIT ?2)), \
     (SELECT min(due_at) FROM logout_notices)";

impl<D: Database> Metrics for Store<D> {
    async fn figures(&self, limit: u32, now: Timestamp) -> Result<Stored, StorageError> {
        let rows = self.0.query(FIGURES, params![now, limit]).await?;
        let mut row = rows.into_iter().next().ok_or_else(|| broken("no row"))?;
        let oldest = self.0.query(OLDEST, vec![]).await?;
        Ok(Stored {
            schema_version: row.optional_integer()?.unwrap_or(0),
            keeps_key: row.integer()? > 0,
            logouts_due: u32::try_from(row.integer()?).map_err(|_| broken("a count is no count"))?,
            oldest_logout: row.optional_integer()?.map(Timestamp).filter(|due| *due <= now),
            purgeable: oldest
                .into_iter()
                .map(|mut row| Ok((row.text()?, row.optional_integer()?.map(Timestamp))))
                .collect::<Result<_, StorageError>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::{keys::Keys, session::Sessions};

    use super::*;
    use crate::{
        Value,
        fixtures::{at, hash, id, password, peopled, session},
        testing::{File, block_on},
    };

    #[test]
    fn figures_say_what_is_kept_what_is_due_and_what_waits_to_be_purged() {
        let file = File::new();
        let store = peopled(&file);
        let figures = |now| block_on(store.figures(1, now)).unwrap();
        let before = figures(at(0));
        assert_eq!((before.schema_version, before.keeps_key, before.logouts_due), (crate::VERSION, false, 0));
        assert_eq!(before.oldest_logout, None);
        block_on(store.keep_secret("key_encryption_key", "x")).unwrap();
        block_on(store.add_session(&session(1), id(1), &password(), &hash(1), "", at(0))).unwrap();
        let notice = "INSERT INTO logout_notices (session_id, client_id, user_id, due_at) SELECT ?1, id, ?1, ?2 FROM clients \
                      LIMIT 1";
        for (session, due) in [(1, 100), (2, 200)] {
            block_on(store.0.query(notice, params![id(session), at(due)])).unwrap();
        }
        let after = figures(at(300));
        assert!(after.keeps_key);
        assert_eq!((after.logouts_due, after.oldest_logout), (1, Some(at(100))), "no further than the limit");
        assert_eq!(figures(at(50)).oldest_logout, None, "it is not due yet");
        let sessions = after.purgeable.iter().find(|(table, _)| table == "sessions").unwrap();
        assert!(sessions.1.is_some());
        assert!(after.purgeable.iter().any(|(_, oldest)| oldest.is_none()));
    }

    #[test]
    fn figures_walk_indexes() {
        let file = File::new();
        let store = file.store();
        for (sql, count) in [(FIGURES, 2), (OLDEST, 0)] {
            let explain: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into_boxed_str());
            for mut row in block_on(store.0.query(explain, vec![Value::Null; count])).unwrap() {
                row.skip(3).unwrap();
                let step = row.text().unwrap();
                let reads_a_table = step.starts_with("SCAN") || step.starts_with("SEARCH");
                let is_small = ["schema_migrations", "kept_secrets", "CONSTANT ROW", "subquery"];
                assert!(
                    !reads_a_table || step.contains("INDEX") || is_small.iter().any(|name| step.contains(name)),
                    "{step}"
                );
                assert!(!step.contains("TEMP B-TREE"), "{step}");
            }
        }
    }
}
