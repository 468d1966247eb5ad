//! `GET /health`, `/health/ready` and `/health/live`.

use http::StatusCode;
use serde::Serialize;

use crate::{Audience, Cors, Endpoint, Result, json};

/// The fixed properties of all three.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD", audience: Audience::Client, cors: Cors::Never };

/// The path that asks whether the server runs at all: storage is not asked, because a restart does not bring it back.
pub const LIVE: &str = "/health/live";

/// Answers that all is well.
pub fn answer() -> Result {
    #[derive(Serialize)]
    struct Body {
        status: &'static str,
    }
    json(StatusCode::OK, &Body { status: "ok" })
}
