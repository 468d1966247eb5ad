//! The access log: a line for each request, where the setting `access_log` is on.

use std::{fmt, time::Duration};

use domain::Id;
use http::{Method, header};
use serde::Serialize;

use crate::{Answer, Field, Request, client_auth::credentials};

/// What the log says of a request. Never a query, a header field, a body or anything that is a secret.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    level: &'static str,
    request_id: &'a str,
    method: &'a str,
    path: &'a str,
    /// Which route of the manifest led here.
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'a str>,
    status: u16,
    /// The error code that the client was told, be it in the body or by a redirect.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    /// Which client the request says that it comes from; nobody has checked that.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    duration_ms: f64,
}

impl<'a> Line<'a> {
    /// The line of a request and its answer.
    pub fn new(request_id: &'a str, request: &'a Request, answer: &'a Answer, took: Duration) -> Self {
        Self {
            level: "info",
            request_id,
            method: request.method.as_str(),
            path: &request.path,
            // The host adds it behind what a client sends under this name: then there are two, and neither is told.
            route: request.fields.get(Field::SpinMatchedRoute),
            status: answer.response.status().as_u16(),
            error: answer.error.map(protocol::ErrorCode::as_str).or_else(|| redirected_with(answer)),
            client_id: client_id(request),
            duration_ms: (took.as_secs_f64() * 1e4).round() / 10.0,
        }
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// The error code that a redirect takes to the client, in the query.
fn redirected_with(answer: &Answer) -> Option<&str> {
    let (_, query) = answer.response.headers().get(header::LOCATION)?.to_str().ok()?.split_once('?')?;
    let code = query.split('&').find_map(|parameter| parameter.strip_prefix("error="))?;
    code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_').then_some(code)
}

/// Only what looks like an identifier of ours: what somebody puts there by mistake may be a secret.
fn client_id(request: &Request) -> Option<String> {
    let named = match request.method {
        Method::GET => request.query().ok()?.get("client_id").ok()?.map(str::to_owned),
        _ => credentials(request, &request.form().unwrap_or_default()).ok().map(|credentials| credentials.client_id),
    };
    named.filter(|id| Id::parse(id).is_some())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue, StatusCode};
    use protocol::ErrorCode;

    use super::*;
    use crate::{request::testing::request, response::empty};

    const CLIENT: &str = "4f8c1a52-7a5e-4e6c-9b3c-1d2e3f405162";

    fn answer(status: StatusCode, error: Option<ErrorCode>, location: Option<&str>) -> Answer {
        let mut response = empty(status);
        if let Some(location) = location {
            response.headers_mut().insert(header::LOCATION, HeaderValue::from_str(location).unwrap());
        }
        Answer { response, error, reason: None }
    }

    fn line(request: &Request, answer: &Answer) -> String {
        Line::new("a1", request, answer, Duration::from_micros(1234)).to_string()
    }

    #[test]
    fn a_line_says_what_was_asked_and_how_it_went_and_nothing_of_what_was_sent() {
        let headers = [
            (header::CONTENT_TYPE, "application/x-www-form-urlencoded"),
            (HeaderName::from_static("spin-matched-route"), "/token"),
            (header::COOKIE, "session=hush"),
        ];
        let body = format!("client_id={CLIENT}&client_secret=hush&code=hush");
        let mut request = request(Method::POST, &headers, &body);
        (request.path, request.query) = ("/token".to_owned(), "code=hush".to_owned());
        let refused = answer(StatusCode::BAD_REQUEST, Some(ErrorCode::InvalidGrant), None);
        assert_eq!(
            line(&request, &refused),
            format!(
                r#"{{"level":"info","request_id":"a1","method":"POST","path":"/token","route":"/token","status":400,"error":"invalid_grant","client_id":"{CLIENT}","duration_ms":1.2}}"#
            )
        );
    }

    #[test]
    fn an_error_that_a_redirect_takes_along_is_the_outcome_and_a_success_has_none() {
        let request = request(Method::GET, &[], "");
        let refused = answer(StatusCode::FOUND, None, Some("https://app.example/?state=s&error=access_denied"));
        assert!(line(&request, &refused).contains(r#""error":"access_denied""#));
        let gone_on = answer(StatusCode::FOUND, None, Some("https://app.example/?code=hush&state=error"));
        let line = line(&request, &gone_on);
        assert!(!line.contains("error") && !line.contains("hush"), "{line}");
    }

    #[test]
    fn what_is_no_identifier_is_not_taken_for_one() {
        let mut request = request(Method::GET, &[], "");
        for (query, expected) in [
            (format!("client_id={CLIENT}&state=x"), Some(CLIENT.to_owned())),
            ("client_id=my-password".to_owned(), None),
            ("client_id=sat_AAAA".to_owned(), None),
            (format!("client_id={CLIENT}&client_id={CLIENT}"), None),
            (String::new(), None),
        ] {
            request.query = query;
            assert_eq!(client_id(&request), expected, "{}", request.query);
        }
    }
}
