//! Replay marks.

use domain::{
    StorageError,
    replay::{ReplayMark, ReplayMarks},
};
use protocol::Timestamp;

use crate::{
    Store,
    database::{Database, params},
};

impl<D: Database> ReplayMarks for Store<D> {
    async fn mark(&self, mark: &ReplayMark, expires_at: Timestamp, now: Timestamp) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "INSERT INTO replay_marks (id, marked_at, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING RETURNING 1",
                params![mark.as_bytes().to_vec(), now, expires_at],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn is_marked(&self, mark: &ReplayMark) -> Result<bool, StorageError> {
        let query = "SELECT 1 FROM replay_marks WHERE id = ?1";
        Ok(!self.0.query(query, params![mark.as_bytes().to_vec()]).await?.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{File, block_on, race};

    fn mark(store: &impl ReplayMarks, name: &str, expires_at: i64, now: i64) -> bool {
        block_on(store.mark(&ReplayMark::of("test", "client", name), Timestamp(expires_at), Timestamp(now))).unwrap()
    }

    #[test]
    fn of_many_parallel_uses_one_is_the_first() {
        let file = File::new();
        file.store();
        let first = race(&file, 16, |_, store| mark(&store, "1", 100, 1));
        assert_eq!(first.iter().filter(|first| **first).count(), 1);
        assert!(mark(&file.store(), "2", 100, 1));
        let is_marked = |name| block_on(file.store().is_marked(&ReplayMark::of("test", "client", name))).unwrap();
        assert_eq!((is_marked("1"), is_marked("3")), (true, false));
    }

    #[test]
    fn marks_that_are_needed_no_more_go_two_at_a_time() {
        let file = File::new();
        let store = file.store();
        for name in ["1", "2", "3", "4"] {
            assert!(mark(&store, name, 10, 1));
        }
        assert!(mark(&store, "kept", 12, 1) && mark(&store, "new", 100, 11));
        let rows = block_on(store.0.query("SELECT count(*) FROM replay_marks", vec![])).unwrap();
        assert_eq!(rows.into_iter().next().unwrap().integer().unwrap(), 4);
        assert!(!mark(&store, "kept", 12, 11) && !mark(&store, "new", 100, 11));
    }
}
