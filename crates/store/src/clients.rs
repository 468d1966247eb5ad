//! Clients and the launchpad.

use std::{cell::RefCell, collections::VecDeque, sync::Arc};

use domain::{
    Id, StorageError,
    client::{Client, Clients},
    client_configuration::{ClientConfigurations, ConfigurationKey},
    home::Launchpad,
};
use protocol::{Timestamp, client_metadata::ClientMetadata, secret::SecretHash};

use crate::{
    Row, Store,
    database::{Database, broken, params},
};

/// Reads `id, secret_hash, metadata, on_launchpad, created_at`.
pub(crate) fn client(row: &mut Row) -> Result<Client, StorageError> {
    Ok(Client {
        id: row.text()?,
        secret_hash: row.optional_hash()?,
        metadata: parsed(row.text()?)?,
        on_launchpad: row.integer()? != 0,
        created_at: row.time()?,
    })
}

/// How many parsed metadata an instance keeps.
const KEPT: usize = 32;

/// The metadata of this JSON. Most requests are those of a few clients, and to parse one costs as much as all else that is
/// done with it, so what was parsed is kept by its text: it follows from the text alone and cannot be out of date.
fn parsed(json: String) -> Result<Arc<ClientMetadata>, StorageError> {
    thread_local! {
        static PARSED: RefCell<VecDeque<(String, Arc<ClientMetadata>)>> = const { RefCell::new(VecDeque::new()) };
    }
    let known = |kept: &VecDeque<(String, _)>| {
        kept.iter().find(|(text, _)| *text == json).map(|(_, metadata)| Arc::clone(metadata))
    };
    if let Some(metadata) = PARSED.with_borrow(known) {
        return Ok(metadata);
    }
    let metadata: Arc<_> =
        serde_json::from_str::<ClientMetadata>(&json).map_err(|_| broken("client metadata is malformed"))?.into();
    PARSED.with_borrow_mut(|kept| {
        kept.truncate(KEPT - 1);
        kept.push_front((json, Arc::clone(&metadata)));
    });
    Ok(metadata)
}

impl<D: Database> Clients for Store<D> {
    async fn client(&self, id: &str) -> Result<Option<Client>, StorageError> {
        let rows = self
            .0
            .query("SELECT id, secret_hash, metadata, on_launchpad, created_at FROM clients WHERE id = ?1", params![id])
            .await?;
        rows.into_iter().next().map(|mut row| client(&mut row)).transpose()
    }

    async fn add_client(
        &self,
        client: &Client,
        registration_access_token: &SecretHash,
        unused_expires_at: Option<Timestamp>,
    ) -> Result<(), StorageError> {
        self.0
            .query(
                "INSERT INTO clients (id, secret_hash, name, metadata, on_launchpad, created_at, registration_token_hash, \
                     unused_expires_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    client.id.as_str(),
                    client.secret_hash.as_ref(),
                    client.metadata.name(&client.id),
                    json(&client.metadata)?,
                    client.on_launchpad,
                    client.created_at,
                    registration_access_token,
                    unused_expires_at,
                ],
            )
            .await
            .map(drop)
    }

    async fn keep_client(&self, client: &Client, unused_expires_at: Timestamp) -> Result<(), StorageError> {
        self.0
            .query(
                "INSERT INTO clients (id, name, metadata, created_at, unused_expires_at) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, metadata = excluded.metadata \
                 WHERE metadata <> excluded.metadata AND registration_token_hash IS NULL",
                params![
                    client.id.as_str(),
                    client.metadata.name(&client.id),
                    json(&client.metadata)?,
                    client.created_at,
                    unused_expires_at,
                ],
            )
            .await
            .map(drop)
    }
}

pub(crate) fn json(metadata: &ClientMetadata) -> Result<String, StorageError> {
    serde_json::to_string(metadata).map_err(|error| StorageError(error.to_string()))
}

impl<D: Database> ClientConfigurations for Store<D> {
    async fn configured_client(&self, key: &ConfigurationKey<'_>) -> Result<Option<Client>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT id, secret_hash, metadata, on_launchpad, created_at FROM clients \
                 WHERE id = ?1 AND registration_token_hash = ?2",
                params![key.client_id, &key.token_hash],
            )
            .await?;
        rows.into_iter().next().map(|mut row| client(&mut row)).transpose()
    }

    async fn replace_metadata(
        &self,
        key: &ConfigurationKey<'_>,
        metadata: &ClientMetadata,
        secret: Option<&SecretHash>,
    ) -> Result<Option<Client>, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE clients SET metadata = ?3, name = ?4, \
                     secret_hash = CASE WHEN ?5 IS NOT NULL THEN ifnull(secret_hash, ?5) END \
                 WHERE id = ?1 AND registration_token_hash = ?2 \
                 RETURNING id, secret_hash, metadata, on_launchpad, created_at",
                params![key.client_id, &key.token_hash, json(metadata)?, metadata.name(key.client_id), secret],
            )
            .await?;
        rows.into_iter().next().map(|mut row| client(&mut row)).transpose()
    }

    async fn delete_client(&self, key: &ConfigurationKey<'_>) -> Result<bool, StorageError> {
        // Its consents and grants go with it, by their foreign keys.
        let rows = self
            .0
            .query(
                "DELETE FROM clients WHERE id = ?1 AND registration_token_hash = ?2 RETURNING 1",
                params![key.client_id, &key.token_hash],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}

impl<D: Database> Launchpad for Store<D> {
    async fn applications(&self, user: Id) -> Result<Vec<Client>, StorageError> {
        let rows = self
            .0
            .query(
                "SELECT id, secret_hash, metadata, on_launchpad, created_at FROM clients \
                 WHERE on_launchpad OR id IN (SELECT client_id FROM consents WHERE user_id = ?1) \
                 ORDER BY name LIMIT 200",
                params![user],
            )
            .await?;
        rows.into_iter().map(|mut row| client(&mut row)).collect()
    }
}

#[cfg(test)]
mod tests;
