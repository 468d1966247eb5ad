//! Who acts, as the audit log tells it.

use protocol::Timestamp;

use crate::{Env, Failure};

/// Who acts, from where and when.
#[derive(Debug, Clone)]
pub struct By {
    /// `admin_token`, the user ID of an administrator, or `user`: the one whom the act is about.
    pub actor: String,
    /// The address of the client, as the host tells it.
    pub address: String,
    /// When the act is done.
    pub at: Timestamp,
    /// When the audit log may forget it.
    pub log_expires_at: Timestamp,
}

impl By {
    /// A user who acts for themselves, from this address.
    pub fn user<S>(env: &Env<'_, S>, address: &str) -> Result<Self, Failure> {
        Self::new(env, "user", address)
    }

    pub(crate) fn new<S>(env: &Env<'_, S>, actor: &str, address: &str) -> Result<Self, Failure> {
        let log_expires_at = env.now.plus(env.settings.audit_log_expires_in()?);
        Ok(Self { actor: actor.to_owned(), address: address.to_owned(), at: env.now, log_expires_at })
    }
}
