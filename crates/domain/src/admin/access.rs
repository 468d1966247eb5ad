//! Who has access now: sessions and grants, as administrators see and end them.

use protocol::{Timestamp, scope::Scope};

use super::{Accounts, Administrator, Asked, Page, Who};
use crate::{Env, Failure, Id, StorageError, session::Session};

/// A grant, as administrators see it.
#[derive(Debug)]
pub struct GrantRecord {
    /// Its identifier.
    pub id: Id,
    /// The client that has it.
    pub client_id: String,
    /// The name of that client, where it has one.
    pub client_name: String,
    /// The user who gave it.
    pub user_id: Id,
    /// The user ID of that user.
    pub user_name: String,
    /// What was allowed.
    pub scope: Scope,
    /// When it was given.
    pub created_at: Timestamp,
    /// When a token was last got by it.
    pub last_used_at: Option<Timestamp>,
    /// When nothing of it is good any more.
    pub expires_at: Timestamp,
}

/// A session and whose it is.
#[derive(Debug)]
pub struct SessionRecord {
    /// The session.
    pub session: Session,
    /// Its user.
    pub user: Id,
    /// The user ID of that user.
    pub user_id: String,
    /// Their email address.
    pub email: String,
}

/// Whose grants are asked for.
#[derive(Debug, Clone)]
pub enum GrantsOf {
    /// All of them.
    Everybody,
    /// Those that a user gave.
    User(Id),
    /// Those that a client has.
    Client(String),
}

/// Storage of sessions and grants, as administrators reach it. Each act is written to the audit log by the statement
/// that does it.
pub trait Access {
    /// Some live sessions of everybody, the newest first.
    async fn all_sessions(&self, asked: &Asked, now: Timestamp) -> Result<Page<SessionRecord>, StorageError>;

    /// Some of a user's live sessions, the newest first.
    async fn sessions_of(&self, user: Id, asked: &Asked, now: Timestamp) -> Result<Page<Session>, StorageError>;

    /// Ends a session; whether there was one.
    async fn end_session_of(&self, by: &Administrator, id: Id) -> Result<bool, StorageError>;

    /// Ends all sessions of a user; whether there is such a user.
    async fn end_sessions_of(&self, by: &Administrator, user: Id) -> Result<bool, StorageError>;

    /// Some live grants, the newest first.
    async fn grants_of(&self, of: &GrantsOf, asked: &Asked, now: Timestamp) -> Result<Page<GrantRecord>, StorageError>;

    /// Revokes a grant; whether there was one to revoke.
    async fn revoke_grant_of(&self, by: &Administrator, id: Id) -> Result<bool, StorageError>;
}

/// Ends a session; whether there was one.
pub async fn end_session<S: Access>(env: &Env<'_, S>, by: &Administrator, id: Id) -> Result<bool, Failure> {
    Ok(env.store.end_session_of(by, id).await?)
}

/// Ends all sessions of a user; whether there is such a user.
pub async fn end_sessions<S: Access + Accounts>(
    env: &Env<'_, S>,
    by: &Administrator,
    who: &Who,
) -> Result<bool, Failure> {
    match env.store.account(who).await? {
        Some(known) => Ok(env.store.end_sessions_of(by, known.user.id).await?),
        None => Ok(false),
    }
}

/// Revokes a grant, whose tokens are worth nothing with the next request; whether there was one to revoke.
pub async fn revoke_grant<S: Access>(env: &Env<'_, S>, by: &Administrator, id: Id) -> Result<bool, Failure> {
    Ok(env.store.revoke_grant_of(by, id).await?)
}
