//! The applications that a user has let in.

use protocol::{Timestamp, scope::Scope};

use crate::{By, Env, Failure, Id, StorageError, client::Client, session::SignedIn};

/// An application that a user has let in.
#[derive(Debug)]
pub struct Application {
    /// Which.
    pub client: Client,
    /// All that it may do: by what the user has allowed, and by grants that are live.
    pub scope: Scope,
    /// Since when.
    pub since: Timestamp,
    /// When it last got a token for the user by a grant that is live; `None` where there is none.
    pub last_used_at: Option<Timestamp>,
}

/// Storage of what users have let in.
pub trait Applications {
    /// The applications that this user has let in, by name, 200 at most.
    async fn connected(&self, user: Id, now: Timestamp) -> Result<Vec<Application>, StorageError>;

    /// Takes back all that this user has allowed this client, ends all of its grants for them, and writes that to the audit
    /// log, in one act; whether there was anything.
    async fn disconnect(&self, user: Id, client_id: &str, by: &By) -> Result<bool, StorageError>;
}

/// The applications that a user has let in.
pub async fn applications<S: Applications>(env: &Env<'_, S>, user: &SignedIn) -> Result<Vec<Application>, Failure> {
    Ok(env.store.connected(user.user.id, env.now).await?)
}

/// Shuts an application out: its tokens are dead with the next request, and it must ask again.
pub async fn disconnect<S: Applications>(
    env: &Env<'_, S>,
    user: &SignedIn,
    client_id: &str,
    by: &By,
) -> Result<bool, Failure> {
    Ok(env.store.disconnect(user.user.id, client_id, by).await?)
}
