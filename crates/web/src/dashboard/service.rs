//! The server itself: how much there is, settings, housekeeping.

use askama::Template;
use domain::{
    Env,
    admin::{AuditEntry, COUNTED, Counts, Page, Removed},
    keys::Keys,
};
use http::StatusCode;

use super::{Frame, Visitor, audit::Line, english};
use crate::{Request, Result, page::Layout};

#[derive(Template)]
#[template(path = "dashboard/overview.html")]
struct Overview<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    counts: [(&'static str, &'static str, String); 6],
    log: Vec<Line<'a>>,
}

/// Shows how much there is, and what was done last.
pub async fn overview<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    visitor: &Visitor,
    counts: &Counts,
    log: &Page<AuditEntry>,
) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "overview").await?);
    let told = |count: u32| match count > COUNTED {
        true => format!("more than {COUNTED}"),
        false => count.to_string(),
    };
    let template = Overview {
        layout: &layout,
        frame: &frame,
        counts: [
            ("Users", "/admin/users", told(counts.users)),
            ("Made within a week", "/admin/users", told(counts.new_users)),
            ("Administrators", "/admin/users?access_level=admin", told(counts.admins)),
            ("Suspended", "/admin/users?access_level=suspended", told(counts.suspended)),
            ("Applications", "/admin/applications", told(counts.applications)),
            ("Live sessions", "/admin/sessions", told(counts.sessions)),
        ],
        log: log.items.iter().map(Line::of).collect(),
    };
    visitor.show(env, StatusCode::OK, &layout, &template)
}

#[derive(Template)]
#[template(path = "dashboard/settings.html")]
struct Settings<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    settings: Vec<(&'static str, &'a str)>,
}

/// Shows the settings in force. Of a secret it says whether it is set.
pub async fn settings<S: Keys>(env: &Env<'_, S>, request: &Request, visitor: &Visitor) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "settings").await?);
    let template = Settings { layout: &layout, frame: &frame, settings: env.settings.in_force().collect() };
    visitor.show(env, StatusCode::OK, &layout, &template)
}

#[derive(Template)]
#[template(path = "dashboard/purge.html")]
struct Purge<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    removed: Option<&'a [Removed]>,
}

/// Offers to remove what has expired, or says what was removed.
pub async fn purge<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    visitor: &Visitor,
    removed: Option<&[Removed]>,
) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "purge").await?);
    visitor.show(env, StatusCode::OK, &layout, &Purge { layout: &layout, frame: &frame, removed })
}
