//! Users and clients that come from other servers and go to others. A statement takes as many as a request brings, as
//! JSON, and each of them wholly or not at all.

use domain::{
    By, Id, StorageError,
    admin::{Account, Asked, Page},
    transfer::{ClientTransfer, ExportedUser, ImportedClient, ImportedUser, Taken, TakenBy, UserTransfer},
    user::PasswordHash,
};
use protocol::{Timestamp, secret::SecretHash};
use serde_json::{Value as Json, json};

use crate::{
    Row, Store, Value,
    admin::{cursor, one_more},
    clients::{client, json as metadata},
    database::{Database, broken, params},
    users::user,
};

/// Each join by a unique index, from the few to the many.
pub(crate) const TAKEN: &str = "SELECT new.key, 0, users.id FROM json_each(?1) AS new \
         CROSS JOIN users ON users.id = unhex(new.value ->> 'id', '-') \
     UNION ALL SELECT new.key, 1, users.id FROM json_each(?1) AS new \
         CROSS JOIN users ON users.email = new.value ->> 'email' \
     UNION ALL SELECT new.key, 2, users.id FROM json_each(?1) AS new \
         CROSS JOIN users ON users.user_id = new.value ->> 'user_id'";

pub(crate) const ADD_USERS: &str = "INSERT INTO user_acts (id, user_id, email, email_verified, given_name, family_name, \
         access_level, password_hash, password_is_temporary, created_at, updated_at, last_login_at, claims, action, actor, \
         address, at, log_expires_at) \
     SELECT unhex(value ->> 'id', '-'), value ->> 'user_id', value ->> 'email', value ->> 'email_verified', \
         value ->> 'given_name', value ->> 'family_name', value ->> 'access_level', value ->> 'password_hash', \
         value ->> 'password_is_temporary', value ->> 'created_at', value ->> 'updated_at', value ->> 'last_login_at', \
         value ->> 'claims', 'user.import', ?2, ?3, ?4, ?5 \
     FROM json_each(?1) \
     WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = unhex(value ->> 'id', '-')) \
         AND NOT EXISTS (SELECT 1 FROM users WHERE email = value ->> 'email') \
         AND NOT EXISTS (SELECT 1 FROM users WHERE user_id = value ->> 'user_id') \
     RETURNING id";

pub(crate) const ADD_CLIENTS: &str = "INSERT INTO client_acts (id, secret_hash, name, metadata, on_launchpad, created_at, \
         registration_token_hash, action, actor, address, at, log_expires_at) \
     SELECT value ->> 'id', unhex(value ->> 'secret_hash'), value ->> 'name', value ->> 'metadata', \
         value ->> 'on_launchpad', value ->> 'created_at', unhex(value ->> 'registration_token'), 'client.import', \
         ?2, ?3, ?4, ?5 \
     FROM json_each(?1) WHERE NOT EXISTS (SELECT 1 FROM clients WHERE id = value ->> 'id') RETURNING id";

pub(crate) const USERS: &str = "SELECT id, user_id, email, email_verified, given_name, family_name, access_level, \
         created_at, updated_at, claims, last_login_at, password_is_temporary, password_hash \
     FROM users WHERE id > ?1 ORDER BY id LIMIT ?2";

pub(crate) const CLIENTS: &str = "SELECT id, secret_hash, metadata, on_launchpad, created_at, registration_token_hash \
     FROM clients WHERE id > ?1 AND instr(id, '://') = 0 ORDER BY id LIMIT ?2";

/// These, as `json_each` reads them, and who acts.
fn brought(by: &By, rows: Vec<Json>) -> Vec<Value> {
    params![Json::Array(rows).to_string(), by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at]
}

fn hex(hash: Option<&SecretHash>) -> Option<String> {
    hash.map(|hash| hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn user_row(imported: &ImportedUser) -> Result<Json, StorageError> {
    let user = &imported.user;
    let claims = serde_json::to_string(&user.claims).map_err(|error| StorageError(error.to_string()))?;
    Ok(json!({
        "id": user.id.to_string(),
        "user_id": user.user_id,
        "email": user.email,
        "email_verified": user.email_verified,
        "given_name": user.given_name,
        "family_name": user.family_name,
        "access_level": user.access_level.as_str(),
        "password_hash": imported.password.as_str(),
        "password_is_temporary": imported.password.is_temporary(),
        "created_at": user.created_at,
        "updated_at": user.updated_at,
        "last_login_at": imported.last_login_at,
        "claims": Some(claims).filter(|claims| claims != "{}"),
    }))
}

impl<D: Database> UserTransfer for Store<D> {
    async fn taken(&self, users: &[ImportedUser]) -> Result<Vec<Taken>, StorageError> {
        let names = users
            .iter()
            .map(|new| json!({"id": new.user.id.to_string(), "email": new.user.email, "user_id": new.user.user_id}));
        let rows = self.0.query(TAKEN, params![Json::Array(names.collect()).to_string()]).await?;
        let taken = |mut row: Row| {
            let index = usize::try_from(row.integer()?).map_err(|_| broken("an index is negative"))?;
            let by = match row.integer()? {
                0 => TakenBy::Id,
                1 => TakenBy::Email,
                _ => TakenBy::UserId,
            };
            Ok(Taken { index, by, id: row.id()? })
        };
        rows.into_iter().map(taken).collect()
    }

    async fn add_users(&self, by: &By, users: &[ImportedUser]) -> Result<Vec<Id>, StorageError> {
        let rows = users.iter().map(user_row).collect::<Result<_, _>>()?;
        self.0.query(ADD_USERS, brought(by, rows)).await?.into_iter().map(|mut row| row.id()).collect()
    }

    async fn exported_users(&self, asked: &Asked) -> Result<Page<ExportedUser>, StorageError> {
        let after = asked.after.as_ref().and_then(|after| Id::parse(&after.id));
        let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
        let rows = self.0.query(USERS, params![after, one_more(asked)]).await?;
        let read = rows.into_iter().map(|mut row| {
            let account = Account {
                user: user(&mut row)?,
                last_login_at: row.optional_integer()?.map(Timestamp),
                password_is_temporary: row.integer()? != 0,
            };
            let cursor = cursor(0, "", 0, account.user.id);
            Ok((ExportedUser { account, password: PasswordHash::from_stored(row.text()?) }, cursor))
        });
        Ok(Page::of(read.collect::<Result<_, StorageError>>()?, asked.limit))
    }
}

fn client_row(imported: &ImportedClient) -> Result<Json, StorageError> {
    let client = &imported.client;
    Ok(json!({
        "id": client.id,
        "secret_hash": hex(client.secret_hash.as_ref()),
        "name": client.metadata.name(&client.id),
        "metadata": metadata(&client.metadata)?,
        "on_launchpad": client.on_launchpad,
        "created_at": client.created_at,
        "registration_token": hex(imported.registration_token.as_ref()),
    }))
}

impl<D: Database> ClientTransfer for Store<D> {
    async fn add_clients(&self, by: &By, clients: &[ImportedClient]) -> Result<Vec<String>, StorageError> {
        let rows = clients.iter().map(client_row).collect::<Result<_, _>>()?;
        self.0.query(ADD_CLIENTS, brought(by, rows)).await?.into_iter().map(|mut row| row.text()).collect()
    }

    async fn exported_clients(&self, asked: &Asked) -> Result<Page<ImportedClient>, StorageError> {
        let after = asked.after.as_ref().map_or("", |after| after.id.as_str());
        let rows = self.0.query(CLIENTS, params![after, one_more(asked)]).await?;
        let read = rows.into_iter().map(|mut row| {
            let client = client(&mut row)?;
            let cursor = cursor(0, "", 0, &client.id);
            Ok((ImportedClient { line: 0, client, registration_token: row.optional_hash()? }, cursor))
        });
        Ok(Page::of(read.collect::<Result<_, StorageError>>()?, asked.limit))
    }
}

#[cfg(test)]
mod tests;
