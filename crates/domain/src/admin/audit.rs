//! The audit log: who did what, to whom, when, and from where.

use protocol::Timestamp;

use super::{Administrator, Asked, Page};
use crate::StorageError;

/// A line of the audit log.
#[derive(Debug)]
pub struct AuditEntry {
    /// Counts up.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who: `admin_token`, or the user ID of an administrator.
    pub actor: String,
    /// From which address.
    pub address: String,
    /// What, such as `user.delete`.
    pub action: String,
    /// To whom or to what: a user ID, the identifier of a client, a session or a grant.
    pub subject: String,
    /// What changed, in a few words.
    pub detail: String,
}

/// Which lines are asked for.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only those about this.
    pub subject: Option<String>,
    /// Only those of this action.
    pub action: Option<String>,
    /// Only those from this time on.
    pub since: Option<Timestamp>,
    /// Only those up to this time.
    pub until: Option<Timestamp>,
    /// How many, and from where.
    pub asked: Asked,
}

/// Storage of the audit log.
pub trait AuditLog {
    /// Some lines, the newest first.
    async fn audit_log(&self, filter: &AuditFilter) -> Result<Page<AuditEntry>, StorageError>;

    /// Notes an act that is more than one statement, after it is done.
    async fn note(&self, by: &Administrator, action: &'static str, subject: &str) -> Result<(), StorageError>;
}
