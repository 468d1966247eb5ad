//! One-time links that an administrator hands over, where this server can have no mail sent, or the mail does not arrive.

use protocol::time::Seconds;

use super::{Accounts, Administrator, Who};
use crate::{
    Env, Failure, Id, StorageError,
    link::{NewLink, Purpose},
};

/// It goes by a way of the administrator's, which may take its time.
const LIFETIME: Seconds = Seconds(86_400);

/// Storage of links that are handed over. Each act is written to the audit log by the statement that does it.
pub trait HandedLinks {
    /// Keeps a link with which this user chooses a new password, instead of an older one; whether there is such a user. Their
    /// password stays what it is until the link is used.
    async fn hand_over_link(&self, by: &Administrator, user: Id, link: &NewLink) -> Result<bool, StorageError>;
}

/// Makes a link with which a user chooses a new password; it is shown this once. `None` where there is no such user.
pub async fn hand_over_reset_link<S: Accounts + HandedLinks>(
    env: &Env<'_, S>,
    by: &Administrator,
    who: &Who,
) -> Result<Option<NewLink>, Failure> {
    let Some(known) = env.store.account(who).await? else { return Ok(None) };
    let link = NewLink::make(env, Purpose::Reset, LIFETIME)?;
    Ok(env.store.hand_over_link(by, known.user.id, &link).await?.then_some(link))
}
