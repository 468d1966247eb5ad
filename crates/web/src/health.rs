//! `GET /health`.

use http::StatusCode;
use serde::Serialize;

use crate::{Audience, Cors, Endpoint, Result, json};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD", audience: Audience::Client, cors: Cors::Never };

/// Answers that all is well.
pub fn answer() -> Result {
    #[derive(Serialize)]
    struct Body {
        status: &'static str,
    }
    json(StatusCode::OK, &Body { status: "ok" })
}
