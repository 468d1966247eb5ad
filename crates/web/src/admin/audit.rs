//! The audit log.

use domain::admin::{AuditEntry, AuditFilter, Page};
use protocol::{Error, Timestamp, params::Params};
use serde::Serialize;

use super::{asked, list};
use crate::{Failure, Result};

/// Reads which lines are asked for: `subject`, `action`, `since`, `until`, `limit`, `cursor`.
pub fn query(params: &Params) -> Result<AuditFilter> {
    const BAD_TIME: Error = Error::invalid_request("since and until must be seconds since 1970.");
    let text = |name| Ok::<_, Failure>(params.get(name)?.filter(|text| !text.is_empty()).map(str::to_owned));
    let time = |name| {
        let text = text(name)?;
        Ok::<_, Failure>(text.map(|text| text.parse().map(Timestamp).map_err(|_| BAD_TIME)).transpose()?)
    };
    Ok(AuditFilter {
        subject: text("subject")?,
        action: text("action")?,
        since: time("since")?,
        until: time("until")?,
        asked: asked(params)?,
    })
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
