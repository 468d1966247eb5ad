//! The component `logout-notices`, as the other components ask it: no route leads there from outside.

use http::StatusCode;

use crate::{Audience, Cors, Endpoint, Response, response};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "POST", audience: Audience::Client, cors: Cors::Never };

/// Answers that applications have been told, as far as they could be.
pub fn answer() -> Response {
    response::empty(StatusCode::NO_CONTENT)
}
