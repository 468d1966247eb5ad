//! The audit log.

use domain::admin::{AuditEntry, AuditFilter, Page};
use protocol::{Timestamp, params::Params};
use serde::Serialize;

use super::{asked, list};
use crate::Result;

/// Reads which lines are asked for: `subject`, `action`, `limit`, `cursor`.
pub fn query(params: &Params) -> Result<AuditFilter> {
    let text = |name| Ok::<_, crate::Failure>(params.get(name)?.filter(|text| !text.is_empty()).map(str::to_owned));
    Ok(AuditFilter { subject: text("subject")?, action: text("action")?, asked: asked(params)? })
}

/// Answers some lines.
pub fn page(page: &Page<AuditEntry>) -> Result {
    #[derive(Serialize)]
    struct Body<'a> {
        id: i64,
        at: Timestamp,
        actor: &'a str,
        address: &'a str,
        action: &'a str,
        subject: &'a str,
        detail: &'a str,
    }
    list(page, |entry| Body {
        id: entry.id,
        at: entry.at,
        actor: &entry.actor,
        address: &entry.address,
        action: &entry.action,
        subject: &entry.subject,
        detail: &entry.detail,
    })
}
