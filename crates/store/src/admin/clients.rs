//! Clients, as administrators reach them.

use domain::{
    By, StorageError,
    admin::{Administrator, Applications, ClientOrder, ClientQuery, Page},
    client::Client,
};
use protocol::secret::SecretHash;

use super::{cursor, one_more, range};
use crate::{
    Store, Value,
    clients::{client, json},
    database::{Database, params},
};

macro_rules! columns {
    () => {
        "id, secret_hash, metadata, on_launchpad, created_at"
    };
}

macro_rules! sorted {
    ($key:literal) => {
        [
            keyset!(columns!(), "clients WHERE ", $key, ">", "ASC", "?3"),
            keyset!(columns!(), "clients WHERE ", $key, "<", "DESC", "?3"),
        ]
    };
}

pub(super) const BY_CREATION: [&str; 2] = sorted!("created_at");
pub(super) const BY_NAME: [&str; 2] = sorted!("lower(name)");

/// `?1` to `?3` are the keys and the identifier behind which the indexes are walked, `?4` and `?5` the ends of their
/// ranges, `?6` the beginning of that of names, `?8` the last identifier that was found by its own index.
pub(super) const SEARCH: &str = concat!(
    "SELECT * FROM (SELECT ",
    columns!(),
    ", 0, lower(name) AS key FROM clients \
         WHERE lower(name) < ?4 AND lower(name) >= ?1 AND (lower(name) > ?1 OR id > ?2) ORDER BY key, id LIMIT ?7) \
     UNION ALL SELECT * FROM (SELECT ",
    columns!(),
    ", 1, id AS key FROM clients \
         WHERE id < ?5 AND id >= ?3 AND id > ?8 AND NOT (lower(name) >= ?6 AND lower(name) < ?4) ORDER BY id LIMIT ?7) LIMIT ?7"
);

impl<D: Database> Store<D> {
    async fn found_applications(&self, query: &ClientQuery, search: &str) -> Result<Page<Client>, StorageError> {
        let (name, name_end) = range(&search.to_ascii_lowercase());
        let (id, id_end) = range(search);
        let (after_name, after_name_id, after_id) = match &query.asked.after {
            Some(after) if after.index == 0 => (after.text.clone(), after.id.clone(), String::new()),
            Some(after) => (name_end.clone(), String::new(), after.id.clone()),
            None => (name.clone(), String::new(), String::new()),
        };
        let limit = one_more(&query.asked);
        let params = params![after_name, after_name_id, id, name_end, id_end, name, limit, after_id];
        let rows = self.0.query(SEARCH, params).await?;
        let read = rows.into_iter().map(|mut row| {
            let client = client(&mut row)?;
            let cursor = cursor(row.integer()?, &row.text()?, 0, &client.id);
            Ok((client, cursor))
        });
        Ok(Page::of(read.collect::<Result<_, StorageError>>()?, query.asked.limit))
    }
}

impl<D: Database> Applications for Store<D> {
    async fn applications_list(&self, query: &ClientQuery) -> Result<Page<Client>, StorageError> {
        if let Some(search) = &query.search {
            return self.found_applications(query, search).await;
        }
        let is_number = query.order == ClientOrder::CreatedAt;
        let [up, down] = if is_number { BY_CREATION } else { BY_NAME };
        let (key, id) = match (&query.asked.after, query.descending) {
            (Some(after), _) if is_number => (Value::Integer(after.number), Value::Text(after.id.clone())),
            (Some(after), _) => (Value::Text(after.text.clone()), Value::Text(after.id.clone())),
            (None, false) if is_number => (Value::Integer(i64::MIN), Value::Text(String::new())),
            (None, false) => (Value::Text(String::new()), Value::Text(String::new())),
            (None, true) => (Value::Blob(vec![255]), Value::Blob(vec![255])),
        };
        let statement = if query.descending { down } else { up };
        let rows = self.0.query(statement, params![key, id, one_more(&query.asked)]).await?;
        let read = rows.into_iter().map(|mut row| {
            let client = client(&mut row)?;
            let (text, number) = if is_number { (String::new(), row.integer()?) } else { (row.text()?, 0) };
            let cursor = cursor(0, &text, number, &client.id);
            Ok((client, cursor))
        });
        Ok(Page::of(read.collect::<Result<_, StorageError>>()?, query.asked.limit))
    }

    async fn add_application(
        &self,
        by: &By,
        client: &Client,
        registration_access_token: Option<&SecretHash>,
    ) -> Result<(), StorageError> {
        self.0
            .query(
                "INSERT INTO client_acts (id, secret_hash, name, metadata, on_launchpad, created_at, \
                     registration_token_hash, action, actor, address, at, log_expires_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'client.create', ?8, ?9, ?10, ?11)",
                params![
                    client.id.as_str(),
                    client.secret_hash.as_ref(),
                    client.metadata.name(&client.id),
                    json(&client.metadata)?,
                    client.on_launchpad,
                    client.created_at,
                    registration_access_token,
                    by.actor.as_str(),
                    by.address.as_str(),
                    by.at,
                    by.log_expires_at,
                ],
            )
            .await
            .map(drop)
    }

    async fn change_application(
        &self,
        by: &Administrator,
        client: &Client,
        secret: Option<&SecretHash>,
    ) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE client_acts SET action = 'client.change', actor = ?2, address = ?3, at = ?4, log_expires_at = ?5, \
                     name = ?6, metadata = ?7, on_launchpad = ?8, \
                     secret_hash = CASE WHEN ?9 IS NOT NULL THEN ifnull(secret_hash, ?9) END \
                 WHERE id = ?1 RETURNING 1",
                params![
                    client.id.as_str(),
                    by.actor.as_str(),
                    by.address.as_str(),
                    by.at,
                    by.log_expires_at,
                    client.metadata.name(&client.id),
                    json(&client.metadata)?,
                    client.on_launchpad,
                    secret,
                ],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn replace_secret(&self, by: &Administrator, id: &str, secret: &SecretHash) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE client_acts SET action = 'client.rotate_secret', actor = ?2, address = ?3, at = ?4, \
                     log_expires_at = ?5, secret_hash = ?6 WHERE id = ?1 AND secret_hash IS NOT NULL RETURNING 1",
                params![id, by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at, secret],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn delete_application(&self, by: &Administrator, id: &str) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE client_acts SET action = 'client.delete', actor = ?2, address = ?3, at = ?4, log_expires_at = ?5 \
                 WHERE id = ?1 RETURNING 1",
                params![id, by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}
