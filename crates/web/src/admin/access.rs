//! Sessions and grants.

use domain::{
    admin::{Asked, GrantRecord, Page},
    session::Session,
};
use protocol::{Timestamp, scope::Scope};
use serde::Serialize;

use super::{asked, list};
use crate::{Request, Result};

/// Reads how many are asked for, and from where.
pub fn query(request: &Request) -> Result<Asked> {
    asked(&request.query()?)
}

/// Answers some sessions.
pub fn sessions(page: &Page<Session>) -> Result {
    #[derive(Serialize)]
    struct Body<'a> {
        id: String,
        auth_time: Timestamp,
        acr: &'a str,
        amr: Vec<&'a str>,
        expires_at: Timestamp,
    }
    list(page, |session| Body {
        id: session.id.to_string(),
        auth_time: session.auth_time,
        acr: &session.acr,
        amr: session.amr.split_whitespace().collect(),
        expires_at: session.expires_at,
    })
}

/// Answers some grants.
pub fn grants(page: &Page<GrantRecord>) -> Result {
    #[derive(Serialize)]
    struct Body<'a> {
        id: String,
        client_id: &'a str,
        sub: String,
        scope: &'a Scope,
        created_at: Timestamp,
        last_used_at: Option<Timestamp>,
        expires_at: Timestamp,
    }
    list(page, |grant| Body {
        id: grant.id.to_string(),
        client_id: &grant.client_id,
        sub: grant.user_id.to_string(),
        scope: &grant.scope,
        created_at: grant.created_at,
        last_used_at: grant.last_used_at,
        expires_at: grant.expires_at,
    })
}
