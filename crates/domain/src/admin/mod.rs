//! What administrators do, by the JSON API and by the dashboard.

mod access;
mod audit;
mod clients;
mod entry;
mod keys;
mod links;
mod overview;
mod page;
mod purge;
mod users;

use std::ops::Deref;

pub use access::{Access, GrantRecord, GrantsOf, SessionRecord, end_session, end_sessions, revoke_grant};
pub use audit::{AuditEntry, AuditFilter, AuditLog};
pub use clients::{
    Application, Applications, ClientOrder, ClientQuery, NewApplication, WithSecret, change_application,
    create_application, delete_application, rotate_secret,
};
pub use entry::{DashboardPage, may_act};
pub use keys::{reseal, rotate_keys};
pub use links::{HandedLinks, hand_over_reset_link};
pub use overview::{COUNTED, Counting, Counts, counts};
pub use page::{Asked, Cursor, Page};
use protocol::{Error, ErrorCode, Secret};
pub use purge::{Purge, Removed, purge};
pub use users::{
    Account, Accounts, Change, NewAccount, UserOrder, UserQuery, Who, account, change_account, create_account,
    delete_account, list_accounts, remove_factors, reset_password,
};

use crate::{
    By, Env, Failure, Settings,
    keys::Keys,
    session::{self, Sessions, SignedIn},
    user::AccessLevel,
};

/// The name in the audit log of whoever holds the admin token.
pub const TOKEN_HOLDER: &str = "admin_token";

/// An administrator, and where the request comes from. Nothing but [`by_token`] and [`by_session`] makes one.
#[derive(Debug)]
pub struct Administrator {
    /// As the audit log tells it.
    pub by: By,
    /// Whether it is the holder of the admin token, who cannot be locked out.
    pub holds_token: bool,
}

impl Deref for Administrator {
    type Target = By;

    fn deref(&self) -> &By {
        &self.by
    }
}

/// Lets in the holder of `admin_token` and nobody else. Without that setting it lets nobody in.
pub fn by_token<S>(env: &Env<'_, S>, token: Option<Secret>, address: &str) -> Result<Administrator, Failure> {
    env.settings.admin_token()?;
    match token.is_some_and(|given| is_admin_token(env.settings, &given)) {
        true => Ok(Administrator { by: By::new(env, TOKEN_HOLDER, address)?, holds_token: true }),
        false => Err(Error::new(ErrorCode::InvalidToken, "This needs the admin token as bearer token.").into()),
    }
}

/// Lets in whoever is signed in as an administrator; `None` where nobody is signed in.
pub async fn by_session<S: Sessions + Keys>(
    env: &Env<'_, S>,
    cookie: Option<&str>,
    address: &str,
) -> Result<Option<(SignedIn, Administrator)>, Failure> {
    let Some(signed_in) = session::current(env, cookie).await? else { return Ok(None) };
    if signed_in.user.access_level != AccessLevel::Admin {
        return Err(Error::new(ErrorCode::InsufficientScope, "This is for administrators.").into());
    }
    let administrator = Administrator { by: By::new(env, &signed_in.user.user_id, address)?, holds_token: false };
    Ok(Some((signed_in, administrator)))
}

/// Whether this is the admin token; never where none is set.
pub(crate) fn is_admin_token(settings: &Settings, given: &Secret) -> bool {
    settings.admin_token().is_ok_and(|expected| expected.is_some_and(|expected| expected.hash().matches(&given.hash())))
}
