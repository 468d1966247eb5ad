//! The audit log.

use askama::Template;
use domain::{
    Env,
    admin::{AuditEntry, AuditFilter, Page},
    keys::Keys,
};
use http::StatusCode;
use protocol::Error;

use super::{Frame, Visitor, english, paging::Paging};
use crate::{
    Request, Result,
    admin::asked,
    page::Layout,
    time::{day, end_of_day, utc},
};

/// Reads which lines are asked for. Times are whole days.
pub fn query(request: &Request) -> Result<AuditFilter> {
    const BAD_DAY: Error = Error::invalid_request("A day is written as 2026-11-26.");
    let params = request.query()?;
    let text =
        |name| params.get(name).map(|text| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()));
    Ok(AuditFilter {
        subject: text("subject")?,
        action: text("action")?,
        since: text("since")?.map(|text| day(&text).ok_or(BAD_DAY)).transpose()?,
        until: text("until")?.map(|text| end_of_day(&text).ok_or(BAD_DAY)).transpose()?,
        asked: asked(&params)?,
    })
}

/// A line, as a page shows it.
pub(super) struct Line<'a> {
    pub(super) entry: &'a AuditEntry,
    pub(super) at: String,
}

impl<'a> Line<'a> {
    pub(super) fn of(entry: &'a AuditEntry) -> Self {
        Self { entry, at: utc(entry.at) }
    }
}

#[derive(Template)]
#[template(path = "dashboard/audit.html")]
struct Log<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    subject: &'a str,
    action: &'a str,
    since: &'a str,
    until: &'a str,
    log: Vec<Line<'a>>,
    paging: Paging,
}

/// Shows some lines.
pub async fn list<S: Keys>(env: &Env<'_, S>, request: &Request, visitor: &Visitor, log: &Page<AuditEntry>) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "audit").await?);
    let params = request.query()?;
    let text = |name| params.get(name).map(Option::unwrap_or_default);
    let template = Log {
        layout: &layout,
        frame: &frame,
        subject: text("subject")?,
        action: text("action")?,
        since: text("since")?,
        until: text("until")?,
        log: log.items.iter().map(Line::of).collect(),
        paging: Paging::of(&params, log)?,
    };
    visitor.show(env, StatusCode::OK, &layout, &template)
}
