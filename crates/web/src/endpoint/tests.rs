use std::cell::Cell;

use domain::StorageError;
use futures_lite::future::block_on;
use protocol::{Error, ErrorCode};

use super::*;
use crate::{
    response::json,
    testing::{bare, body, field, settings},
};

const API: Endpoint = Endpoint { methods: "POST, OPTIONS", audience: Audience::Client, cors: Cors::Public };
const PAGE: Endpoint = Endpoint { methods: "GET, POST", audience: Audience::User, cors: Cors::Never };

/// What an endpoint answers whose own part answers this; and whether its own part was reached.
fn ask(endpoint: &Endpoint, settings: &Settings, request: &Request, outcome: Result) -> (Answer, bool) {
    let reached = Cell::new(false);
    let answer = block_on(respond(endpoint, settings, request, &|| "the-reference".to_owned(), async || {
        reached.set(true);
        outcome
    }));
    (answer, reached.get())
}

fn good() -> Result {
    json(StatusCode::OK, &"good")
}

#[test]
fn a_method_that_the_endpoint_lacks_is_answered_with_those_that_it_has() {
    for (endpoint, method, allowed) in [
        (&API, Method::GET, "POST, OPTIONS"),
        (&API, Method::PUT, "POST, OPTIONS"),
        (&PAGE, Method::DELETE, "GET, POST"),
    ] {
        let (answer, reached) = ask(endpoint, &settings(&[]), &bare(method, &[]), good());
        assert_eq!(answer.response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(field(&answer.response, header::ALLOW), Some(allowed));
        assert!(!reached && answer.reason.is_none());
    }
}

#[test]
fn no_part_of_a_methods_name_passes_for_the_method() {
    for name in ["POS", "POST,", "post", "OPTION"] {
        let request = bare(Method::from_bytes(name.as_bytes()).unwrap_or(Method::TRACE), &[]);
        assert!(!ask(&API, &settings(&[]), &request, good()).1, "{name}");
    }
}

#[test]
fn head_is_get_without_the_body_where_it_is_listed() {
    const LISTED: Endpoint = Endpoint { methods: "GET, HEAD", audience: Audience::User, cors: Cors::Never };
    let (get, _) = ask(&LISTED, &settings(&[]), &bare(Method::GET, &[]), good());
    let (head, reached) = ask(&LISTED, &settings(&[]), &bare(Method::HEAD, &[]), good());
    assert!(reached && head.response.body().is_empty() && !get.response.body().is_empty());
    assert_eq!(head.response.headers(), get.response.headers());
    assert_eq!(head.response.status(), get.response.status());
    for endpoint in [&API, &PAGE] {
        let (refused, reached) = ask(endpoint, &settings(&[]), &bare(Method::HEAD, &[]), good());
        assert!(!reached && refused.response.status() == StatusCode::METHOD_NOT_ALLOWED);
        assert!(refused.response.body().is_empty());
    }
}

#[test]
fn a_body_above_the_bound_is_413_and_goes_no_further() {
    for endpoint in [&API, &PAGE] {
        let request = Request { body: Body::TooLarge, ..bare(Method::POST, &[]) };
        let (answer, reached) = ask(endpoint, &settings(&[]), &request, good());
        assert_eq!(answer.response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert!(!reached);
    }
}

#[test]
fn a_preflight_is_answered_without_the_endpoint_and_pages_have_none() {
    let (answer, reached) = ask(&API, &settings(&[]), &bare(Method::OPTIONS, &[]), good());
    assert_eq!(answer.response.status(), StatusCode::NO_CONTENT);
    assert_eq!(field(&answer.response, header::ALLOW), Some("POST, OPTIONS"));
    assert!(!reached);
    let (answer, reached) = ask(&PAGE, &settings(&[]), &bare(Method::OPTIONS, &[]), good());
    assert_eq!(answer.response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(!reached);
}

#[test]
fn every_answer_has_the_security_headers() {
    let refused = || Err(Error::new(ErrorCode::InvalidGrant, "x").into());
    for (request, outcome) in [
        (bare(Method::POST, &[]), good()),
        (bare(Method::POST, &[]), refused()),
        (bare(Method::OPTIONS, &[]), good()),
        (bare(Method::PATCH, &[]), good()),
    ] {
        let (answer, _) = ask(&API, &settings(&[]), &request, outcome);
        assert_eq!(field(&answer.response, header::X_CONTENT_TYPE_OPTIONS), Some("nosniff"));
        assert_eq!(field(&answer.response, header::REFERRER_POLICY), Some("no-referrer"));
        assert_eq!(field(&answer.response, header::CACHE_CONTROL), Some("no-store"));
    }
}

#[test]
fn what_may_be_cached_says_so_itself() {
    let mut public = good().unwrap();
    public.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    let (answer, _) = ask(&API, &settings(&[]), &bare(Method::POST, &[]), Ok(public));
    assert_eq!(field(&answer.response, header::CACHE_CONTROL), Some("public, max-age=300"));
}

#[test]
fn browsers_are_told_to_stay_with_https_where_the_issuer_has_it() {
    let told = |issuer| {
        let (answer, _) = ask(&API, &settings(&[("issuer", issuer)]), &bare(Method::POST, &[]), good());
        answer.response.headers().contains_key(header::STRICT_TRANSPORT_SECURITY)
    };
    assert!(told("https://id.example") && !told("http://127.0.0.1:3000"));
}

#[test]
fn a_client_is_told_in_json_and_a_user_on_a_page() {
    let refused = || Err(Error::new(ErrorCode::InvalidGrant, "The code is no good.").into());
    let (answer, _) = ask(&API, &settings(&[]), &bare(Method::POST, &[]), refused());
    assert_eq!(body(&answer.response), r#"{"error":"invalid_grant","error_description":"The code is no good."}"#);
    let (answer, _) = ask(&PAGE, &settings(&[]), &bare(Method::POST, &[]), refused());
    assert_eq!(field(&answer.response, header::CONTENT_TYPE), Some("text/html; charset=utf-8"));
    assert!(body(&answer.response).contains("The code is no good."));
}

#[test]
fn a_fault_of_the_server_tells_the_operator_the_reason_and_the_user_a_reference() {
    let broken = || Err(StorageError("disk /secret is full".to_owned()).into());
    let (answer, _) = ask(&PAGE, &settings(&[]), &bare(Method::GET, &[]), broken());
    assert_eq!(answer.response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(field(&answer.response, header::RETRY_AFTER).is_some());
    assert!(answer.reason.unwrap().contains("/secret"));
    assert!(body(&answer.response).contains("the-reference") && !body(&answer.response).contains("secret"));
    let (answer, _) = ask(&API, &settings(&[]), &bare(Method::POST, &[]), broken());
    assert!(body(&answer.response).contains("temporarily_unavailable") && !body(&answer.response).contains("secret"));
}

#[test]
fn a_refused_user_sees_a_page_and_no_challenge() {
    let refused = Err(Error::new(ErrorCode::InvalidClient, "Unknown application.").into());
    let (answer, _) = ask(&PAGE, &settings(&[]), &bare(Method::GET, &[]), refused);
    assert_eq!(answer.response.status(), StatusCode::BAD_REQUEST);
    assert!(!answer.response.headers().contains_key(header::WWW_AUTHENTICATE));
    assert!(!body(&answer.response).contains("the-reference"), "the fault is not ours");
}

#[test]
fn too_many_requests_say_when_to_come_back() {
    let refused = Err(Failure::Domain(domain::Failure::TooManyRequests { retry_after: 17 }));
    let (answer, _) = ask(&API, &settings(&[]), &bare(Method::POST, &[]), refused);
    assert_eq!(answer.response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(field(&answer.response, header::RETRY_AFTER), Some("17"));
}

#[test]
fn a_wrong_issuer_stops_every_request_and_is_named_in_the_log_alone() {
    for endpoint in [&API, &PAGE] {
        let wrong = settings(&[("issuer", "http://id.example")]);
        let (answer, reached) = ask(endpoint, &wrong, &bare(Method::POST, &[]), good());
        assert_eq!(answer.response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!reached && answer.reason.unwrap().contains("issuer"));
        assert!(!body(&answer.response).contains("issuer"));
    }
}
