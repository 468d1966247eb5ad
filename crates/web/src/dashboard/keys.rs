//! The signing keys.

use askama::Template;
use domain::{
    Env,
    keys::{KeyRing, Keys},
};
use http::StatusCode;

use super::{Frame, Visitor, english};
use crate::{Request, Result, page::Layout, time::utc};

struct Row {
    algorithm: &'static str,
    kid: String,
    generation: u32,
    state: &'static str,
    activates_at: String,
}

#[derive(Template)]
#[template(path = "dashboard/keys.html")]
struct List<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    problem: Option<&'static str>,
    rows: Vec<Row>,
}

/// Shows the generations of the signing keys.
pub async fn list<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    visitor: &Visitor,
    ring: &KeyRing,
    problem: Option<&'static str>,
) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "keys").await?);
    let mut rows = Vec::new();
    for key in ring.signing_keys() {
        rows.push(Row {
            algorithm: key.algorithm.as_str(),
            kid: key.kid()?,
            generation: key.generation,
            state: ring.state(key, env.now).as_str(),
            activates_at: utc(key.activates_at),
        });
    }
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    visitor.show(env, status, &layout, &List { layout: &layout, frame: &frame, problem, rows })
}
