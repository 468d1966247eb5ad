//! The launchpad: the applications of the user who is signed in.

use crate::{
    Env, Failure, Id, StorageError,
    client::Client,
    keys::Keys,
    session::{self, Sessions, SignedIn},
};

/// Storage of what the launchpad shows.
pub trait Launchpad {
    /// The applications that everybody sees and those that this user has allowed something, by name, 200 at most.
    async fn applications(&self, user: Id) -> Result<Vec<Client>, StorageError>;
}

/// Who is signed in and what they can open; `None` where nobody is.
pub async fn home<S: Launchpad + Sessions + Keys>(
    env: &Env<'_, S>,
    cookie: Option<&str>,
) -> Result<Option<(SignedIn, Vec<Client>)>, Failure> {
    let Some(signed_in) = session::current(env, cookie).await? else { return Ok(None) };
    let applications = env.store.applications(signed_in.user.id).await?;
    Ok(Some((signed_in, applications)))
}
