//! Pushed authorization requests.

use domain::{StorageError, par::PushedRequests};
use protocol::{Timestamp, params::Params, secret::SecretHash};

use crate::{
    Store,
    database::{Database, broken, params},
};

impl<D: Database> PushedRequests for Store<D> {
    async fn add_pushed_request(
        &self,
        name: &SecretHash,
        client_id: &str,
        params: &Params,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.0
            .query(
                "INSERT INTO pushed_requests (name_hash, client_id, params, created_at, expires_at) \
                 SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM clients WHERE id = ?2)",
                params![name, client_id, params.encode(), now, expires_at],
            )
            .await
            .map(drop)
    }

    async fn pushed_request(
        &self,
        name: &SecretHash,
        client_id: &str,
        after: Timestamp,
    ) -> Result<Option<Params>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT params FROM pushed_requests WHERE name_hash = ?1 AND client_id = ?2 AND expires_at > ?3",
                params![name, client_id, after],
            )
            .await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        let params = Params::parse(row.text()?.as_bytes()).map_err(|_| broken("a pushed request is malformed"))?;
        Ok(Some(params))
    }

    async fn take_pushed_request(&self, name: &SecretHash) -> Result<bool, StorageError> {
        let rows = self.0.query("DELETE FROM pushed_requests WHERE name_hash = ?1 RETURNING 1", params![name]).await?;
        Ok(!rows.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixtures::{at, count, hash, peopled},
        testing::{File, block_on, race},
    };

    fn push(store: &impl PushedRequests, number: u64, expires_at: i64, now: i64) {
        let params = Params::parse(b"scope=openid&state=a%26b").unwrap();
        block_on(store.add_pushed_request(&hash(number), "app", &params, at(expires_at), at(now))).unwrap();
    }

    fn find(store: &impl PushedRequests, number: u64, client_id: &str, after: i64) -> Option<String> {
        let found = block_on(store.pushed_request(&hash(number), client_id, at(after))).unwrap();
        found.map(|params| params.encode())
    }

    #[test]
    fn a_request_is_found_by_its_client_until_it_expires() {
        let file = File::new();
        let store = peopled(&file);
        push(&store, 1, 60, 0);
        assert_eq!(find(&store, 1, "app", 59).as_deref(), Some("scope=openid&state=a%26b"));
        assert_eq!(
            (find(&store, 1, "app", 60), find(&store, 1, "other", 0), find(&store, 2, "app", 0)),
            (None, None, None)
        );
    }

    #[test]
    fn of_many_that_take_a_request_at_once_one_gets_it() {
        let file = File::new();
        push(&peopled(&file), 1, 60, 0);
        let taken = race(&file, 16, |_, store| block_on(store.take_pushed_request(&hash(1))).unwrap());
        assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
        assert_eq!(find(&file.store(), 1, "app", 0), None);
    }

    #[test]
    fn requests_go_an_hour_after_their_end_two_at_a_time() {
        let file = File::new();
        let store = peopled(&file);
        (1..=4).for_each(|number| push(&store, number, 60, 0));
        push(&store, 5, 3720, 3660);
        assert_eq!(count(&store, "SELECT count(*) FROM pushed_requests"), 5, "an interaction may still need them");
        push(&store, 6, 3721, 3661);
        assert_eq!(count(&store, "SELECT count(*) FROM pushed_requests"), 4);
    }
}
