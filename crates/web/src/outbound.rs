//! The component `outbound`, as the other components ask it: no route leads there from outside.

use domain::outbound::{Errand, Fetched, OutboundError};
use http::{HeaderValue, StatusCode, header};
use protocol::Error;

use crate::{Audience, Cors, Endpoint, Request, Result, response};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "POST", audience: Audience::Client, cors: Cors::Never };

/// Reads an errand.
pub fn parse(request: &Request) -> Result<Errand> {
    const MALFORMED: Error = Error::invalid_request("The body must be an errand.");
    request.json(MALFORMED)
}

/// Answers what came of an errand: the document, nothing, or the reason why there is none.
pub fn answer(outcome: std::result::Result<Option<Fetched>, OutboundError>) -> Result {
    Ok(match outcome {
        Ok(None) => response::empty(StatusCode::NO_CONTENT),
        Ok(Some(document)) => {
            let mut response = response::response(StatusCode::OK, "application/json", document.body);
            if let Some(max_age) = document.max_age {
                let value = HeaderValue::try_from(format!("max-age={}", max_age.0));
                response.headers_mut().extend(value.map(|value| (header::CACHE_CONTROL, value)));
            }
            response
        }
        Err(OutboundError(reason)) => response::response(StatusCode::BAD_GATEWAY, "text/plain", reason.into_bytes()),
    })
}
