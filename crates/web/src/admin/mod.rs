//! `/admin/api/…`: the JSON API of administrators.

pub mod access;
pub mod audit;
pub mod clients;
mod route;
pub mod users;

use std::collections::BTreeMap;

use domain::{
    Env, Id,
    admin::{Administrator, Asked, Cursor, Page, Removed, by_session, by_token, may_act},
    backchannel_logout::Delivered,
    factors::Factors,
    keys::{KeyRing, Keys, Resealed},
    session::Sessions,
};
use http::{Method, StatusCode};
use protocol::{Error, ErrorCode, Timestamp, params::Params};
pub use route::{Route, endpoint};
use serde::Serialize;

use crate::{
    Failure, Field, Request, Response, Result, authorize::session_cookie, csrf::is_surely_from_here, json, response,
};

const MALFORMED: Error =
    Error::invalid_request("The body must be a JSON object with the members that this action needs.");

/// Lets in the holder of the admin token. `None` where there is no token: somebody may be signed in.
pub fn token_holder<S>(env: &Env<'_, S>, request: &Request) -> Result<Option<Administrator>> {
    if !request.fields.contains(Field::Authorization) {
        return Ok(None);
    }
    Ok(Some(by_token(env, request.bearer(), request.client_address())?))
}

/// Lets in whoever is signed in as an administrator. A page of another site has the browser send the cookie, too: so the
/// browser must say that the request comes from a page here, and what is sent must be JSON, as no form sends it.
pub async fn signed_in<S: Sessions + Keys + Factors>(env: &Env<'_, S>, request: &Request) -> Result<Administrator> {
    const CROSS_SITE: Error =
        Error::new(ErrorCode::InsufficientScope, "With a session this takes JSON from pages of this server only.");
    const STALE: Error = Error::new(
        ErrorCode::InsufficientUserAuthentication,
        "Who changes something has signed in within the last hour, with all factors.",
    );
    let cookie = session_cookie(env, request)?;
    let Some((signed_in, administrator)) = by_session(env, cookie, request.client_address()).await? else {
        return Err(Failure::NoToken);
    };
    let is_form_like = request.method == Method::POST && !request.is_json();
    if !is_surely_from_here(request, env.settings.issuer()?) || is_form_like {
        return Err(CROSS_SITE.into());
    }
    if request.method != Method::GET && !may_act(env, &signed_in).await? {
        return Err(STALE.into());
    }
    Ok(administrator)
}

/// How much of a list is asked for: `limit` (50, at most 200) and `cursor`.
pub(crate) fn asked(params: &Params) -> Result<Asked> {
    const BAD_LIMIT: Error = Error::invalid_request("limit must be 1 to 200.");
    const BAD_CURSOR: Error = Error::invalid_request("cursor must be a next_cursor of an answer.");
    let limit = params.get("limit")?.map_or(Some(50), |limit| limit.parse().ok());
    let limit = limit.filter(|limit| (1..=200).contains(limit)).ok_or(BAD_LIMIT)?;
    let after = params.get("cursor")?.map(|cursor| Cursor::parse(cursor).ok_or(BAD_CURSOR)).transpose()?;
    Ok(Asked { after, limit })
}

/// Answers a page of a list.
pub(crate) fn list<'a, T, B: Serialize>(page: &'a Page<T>, body: impl Fn(&'a T) -> B) -> Result {
    #[derive(Serialize)]
    struct Body<B> {
        items: Vec<B>,
        next_cursor: Option<String>,
    }
    let next_cursor = page.next.as_ref().map(Cursor::encode);
    json(StatusCode::OK, &Body { items: page.items.iter().map(body).collect(), next_cursor })
}

/// Answers that it is done, or that there is nothing of this identifier.
pub fn done(was_there: bool) -> Result {
    if was_there { Ok(response::empty(StatusCode::NO_CONTENT)) } else { Err(Failure::NotFound) }
}

/// Answers the published keys.
pub fn published(jwks: String) -> Response {
    response::response(StatusCode::OK, "application/json", jwks.into_bytes())
}

/// Answers the generations of the signing keys.
pub fn keys<S>(env: &Env<'_, S>, ring: &KeyRing) -> Result {
    #[derive(Serialize)]
    struct Body {
        kid: String,
        alg: &'static str,
        generation: u32,
        state: &'static str,
        activates_at: Timestamp,
    }
    let mut items = Vec::new();
    for key in ring.signing_keys() {
        items.push(Body {
            kid: key.kid()?,
            alg: key.algorithm.as_str(),
            generation: key.generation,
            state: ring.state(key, env.now).as_str(),
            activates_at: key.activates_at,
        });
    }
    list(&Page { items, next: None }, |key| key)
}

/// Reads where a step of sealing anew begins: `cursor`.
pub fn reseal_from(params: &Params) -> Result<Option<Id>> {
    const BAD_CURSOR: Error = Error::invalid_request("cursor must be a next_cursor of an answer.");
    Ok(params.get("cursor")?.map(|cursor| Id::parse(cursor).ok_or(BAD_CURSOR)).transpose()?)
}

/// Answers how many secrets were sealed anew, and where the next step begins.
pub fn resealed(resealed: &Resealed) -> Result {
    #[derive(Serialize)]
    struct Body {
        resealed: usize,
        next_cursor: Option<String>,
    }
    json(StatusCode::OK, &Body { resealed: resealed.count, next_cursor: resealed.next.map(|id| id.to_string()) })
}

/// Answers the settings in force. Of a secret it says whether it is set.
pub fn settings<S>(env: &Env<'_, S>) -> Result {
    #[derive(Serialize)]
    struct Body<'a> {
        name: &'static str,
        value: &'a str,
    }
    let items = env.settings.in_force().map(|(name, value)| Body { name, value }).collect();
    list(&Page { items, next: None }, |setting| setting)
}

/// Answers how many applications were told that a session has ended.
pub fn delivered(delivered: Delivered) -> Result {
    #[derive(Serialize)]
    struct Body {
        told: usize,
        failed: usize,
    }
    json(StatusCode::OK, &Body { told: delivered.told, failed: delivered.failed })
}

/// Answers how many rows of each table were removed.
pub fn purged(removed: &[Removed]) -> Result {
    #[derive(Serialize)]
    struct Body {
        removed: BTreeMap<&'static str, usize>,
    }
    json(StatusCode::OK, &Body { removed: removed.iter().map(|Removed { table, rows }| (*table, *rows)).collect() })
}

#[cfg(test)]
mod tests;
