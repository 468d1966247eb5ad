//! `GET /resource/…`: the sample protected resource.

use domain::userinfo::Claims;
use http::StatusCode;
use serde::Serialize;

use crate::{Audience, Cors, Endpoint, Request, Result, json};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, OPTIONS", audience: Audience::Client, cors: Cors::Configured };

/// Answers the user's data and which resource was asked for.
pub fn answer(request: &Request, user: &Claims) -> Result {
    #[derive(Serialize)]
    struct Body<'a> {
        resource: &'a str,
        user: &'a Claims,
    }
    json(StatusCode::OK, &Body { resource: &request.path, user })
}
