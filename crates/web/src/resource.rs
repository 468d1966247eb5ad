//! `GET /resource/…`: the sample protected resource.

use domain::resource::Reader;
use http::StatusCode;
use serde::Serialize;

use crate::{Audience, Cors, Endpoint, Request, Result, json};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, OPTIONS", audience: Audience::Bearer, cors: Cors::Configured };

/// Answers which resource was asked for and the data of whom it was asked for, in `user` or `client`.
pub fn answer(request: &Request, reader: &Reader) -> Result {
    #[derive(Serialize)]
    struct Body<'a> {
        resource: &'a str,
        #[serde(flatten)]
        reader: &'a Reader,
    }
    json(StatusCode::OK, &Body { resource: &request.path, reader })
}
