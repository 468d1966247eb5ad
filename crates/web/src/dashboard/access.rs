//! Who has access now: sessions and grants.

use askama::Template;
use domain::{
    Env, Id,
    admin::{Asked, GrantRecord, GrantsOf, Page, SessionRecord},
    keys::Keys,
};
use http::StatusCode;

use super::{Frame, Visitor, english, paging::Paging};
use crate::{Failure, Request, Result, admin::asked, page::Layout, time::utc};

/// Reads how many are asked for, and from where.
pub fn query(request: &Request) -> Result<Asked> {
    asked(&request.query()?)
}

/// The user whose sessions are asked for; `None`: everybody's.
pub fn user(request: &Request) -> Result<Option<Id>> {
    let params = request.query()?;
    params.get("user")?.map(|id| Id::parse(id).ok_or(Failure::NotFound)).transpose()
}

/// Whose grants are asked for.
pub fn grants_of(request: &Request) -> Result<GrantsOf> {
    if let Some(user) = user(request)? {
        return Ok(GrantsOf::User(user));
    }
    let params = request.query()?;
    Ok(params.get("client_id")?.map_or(GrantsOf::Everybody, |id| GrantsOf::Client(id.to_owned())))
}

struct SessionRow<'a> {
    record: &'a SessionRecord,
    signed_in: String,
    ends: String,
    is_own: bool,
}

#[derive(Template)]
#[template(path = "dashboard/sessions.html")]
struct Sessions<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    of_user: bool,
    sessions: Vec<SessionRow<'a>>,
    paging: Paging,
}

/// Shows some sessions.
pub async fn sessions<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    visitor: &Visitor,
    sessions: &Page<SessionRecord>,
) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "sessions").await?);
    let rows = sessions.items.iter().map(|record| SessionRow {
        record,
        signed_in: utc(record.session.auth_time),
        ends: utc(record.session.expires_at),
        is_own: record.session.id == visitor.signed_in.session.id,
    });
    let template = Sessions {
        layout: &layout,
        frame: &frame,
        of_user: user(request)?.is_some(),
        sessions: rows.collect(),
        paging: Paging::of(&request.query()?, sessions)?,
    };
    visitor.show(env, StatusCode::OK, &layout, &template)
}

/// A grant, as a page shows it.
pub(super) struct Grant<'a> {
    pub(super) record: &'a GrantRecord,
    /// The query that names the client.
    pub(super) client: String,
    pub(super) scope: String,
    pub(super) given: String,
    pub(super) used: Option<String>,
    pub(super) ends: String,
}

impl<'a> Grant<'a> {
    pub(super) fn of(record: &'a GrantRecord) -> Self {
        Self {
            record,
            client: super::client_query(&record.client_id),
            scope: record.scope.to_string(),
            given: utc(record.created_at),
            used: record.last_used_at.map(utc),
            ends: utc(record.expires_at),
        }
    }
}

#[derive(Template)]
#[template(path = "dashboard/grants.html")]
struct Grants<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    is_filtered: bool,
    grants: Vec<Grant<'a>>,
    paging: Paging,
}

/// Shows some grants.
pub async fn grants<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    visitor: &Visitor,
    grants: &Page<GrantRecord>,
) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "grants").await?);
    let template = Grants {
        layout: &layout,
        frame: &frame,
        is_filtered: !matches!(grants_of(request)?, GrantsOf::Everybody),
        grants: grants.items.iter().map(Grant::of).collect(),
        paging: Paging::of(&request.query()?, grants)?,
    };
    visitor.show(env, StatusCode::OK, &layout, &template)
}
