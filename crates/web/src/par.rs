//! `POST /par`, [RFC 9126 §2](https://www.rfc-editor.org/rfc/rfc9126#section-2).

use domain::par::{Pushed, PushedRequest};
use http::StatusCode;
use protocol::time::Seconds;
use serde::Serialize;

use crate::{Audience, Cors, Endpoint, Request, Result, client_auth, json};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint =
    Endpoint { methods: "POST, OPTIONS", audience: Audience::Client, cors: Cors::Configured };

/// What is for the client's authentication alone, and no part of the authorization request.
const AUTHENTICATION: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// Reads a pushed request.
pub fn parse(request: &Request) -> Result<PushedRequest> {
    let form = request.form()?;
    let client = client_auth::credentials(request, &form)?;
    Ok(PushedRequest { client, params: form.without(&AUTHENTICATION), dpop: request.dpop_proof()? })
}

/// Answers by which name the request is known from here on ([§2.2](https://www.rfc-editor.org/rfc/rfc9126#section-2.2)).
pub fn answer(pushed: &Pushed) -> Result {
    #[derive(Serialize)]
    struct Body<'a> {
        request_uri: &'a str,
        expires_in: Seconds,
    }
    json(StatusCode::CREATED, &Body { request_uri: pushed.request_uri.as_str(), expires_in: pushed.expires_in })
}

#[cfg(test)]
mod tests {
    use http::{Method, header};

    use super::*;
    use crate::request::testing::request;

    #[test]
    fn what_authenticates_the_client_is_not_pushed() {
        let headers = [(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
        let form = "response_type=code&client_id=app&client_secret=scs_x&state=s";
        let pushed = parse(&request(Method::POST, &headers, form)).unwrap();
        assert_eq!(pushed.client.client_id, "app");
        assert_eq!(pushed.params.encode(), "response_type=code&client_id=app&state=s");
    }
}
