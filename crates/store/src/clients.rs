//! Clients and the launchpad.

use domain::{
    Id, StorageError,
    client::{Client, Clients},
    home::Launchpad,
};

use crate::{
    Row, Store,
    database::{Database, broken, params},
};

/// Reads `id, secret_hash, metadata, on_launchpad, created_at`.
pub(crate) fn client(row: &mut Row) -> Result<Client, StorageError> {
    Ok(Client {
        id: row.text()?,
        secret_hash: row.optional_hash()?,
        metadata: serde_json::from_str(&row.text()?).map_err(|_| broken("client metadata is malformed"))?,
        on_launchpad: row.integer()? != 0,
        created_at: row.time()?,
    })
}

impl<D: Database> Clients for Store<D> {
    async fn client(&self, id: &str) -> Result<Option<Client>, StorageError> {
        let rows = self
            .0
            .query("SELECT id, secret_hash, metadata, on_launchpad, created_at FROM clients WHERE id = ?1", params![id])
            .await?;
        rows.into_iter().next().map(|mut row| client(&mut row)).transpose()
    }

    async fn add_client(&self, client: &Client) -> Result<(), StorageError> {
        let metadata = serde_json::to_string(&client.metadata).map_err(|error| StorageError(error.to_string()))?;
        self.0
            .query(
                "INSERT INTO clients (id, secret_hash, name, metadata, on_launchpad, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    client.id.as_str(),
                    client.secret_hash.as_ref(),
                    client.metadata.name(&client.id),
                    metadata,
                    client.on_launchpad,
                    client.created_at,
                ],
            )
            .await
            .map(drop)
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
