use futures_lite::future::block_on;
use http::{HeaderName, Method};
use protocol::{Error, ErrorCode};

use super::*;
use crate::{
    Audience, Result, json, respond,
    testing::{bare, field, settings},
};

const APP: &str = "https://app.example";

fn endpoint(cors: Cors) -> Endpoint {
    Endpoint { methods: "GET, POST, OPTIONS", audience: Audience::Client, cors }
}

fn ask(cors: Cors, origins: &str, request: &Request, outcome: Result) -> Response {
    let settings = settings(&[("allowed_origins", origins)]);
    block_on(respond(&endpoint(cors), &settings, request, &String::new, async || outcome)).response
}

fn get(cors: Cors, origins: &str, origin: &str) -> Response {
    ask(cors, origins, &bare(Method::GET, &[(header::ORIGIN, origin)]), json(http::StatusCode::OK, &1))
}

fn preflight(cors: Cors, origins: &str, origin: &str) -> Response {
    let headers = [(header::ORIGIN, origin), (header::ACCESS_CONTROL_REQUEST_METHOD, "POST")];
    ask(cors, origins, &bare(Method::OPTIONS, &headers), json(http::StatusCode::OK, &1))
}

fn allowed(response: &Response) -> Option<&str> {
    field(response, header::ACCESS_CONTROL_ALLOW_ORIGIN)
}

#[test]
fn what_is_public_may_be_read_by_every_page() {
    let response = get(Cors::Public, "", "https://anywhere.example");
    assert_eq!(allowed(&response), Some("*"));
}

#[test]
fn a_configured_origin_may_read_and_caches_keep_origins_apart() {
    let response = get(Cors::Configured, "https://app.example https://other.example", APP);
    assert_eq!(allowed(&response), Some(APP));
    assert_eq!(field(&response, header::VARY), Some("Origin"));
    assert_eq!(allowed(&get(Cors::Configured, "*", APP)), Some("*"));
}

#[test]
fn no_other_origin_may_read() {
    for origin in [
        "https://evil.example",
        "http://app.example",
        "https://app.example:8443",
        "https://app.example.evil.example",
        "https://xapp.example",
        "https://APP.example",
        "https://app.example/",
        "null",
        "",
    ] {
        let response = get(Cors::Configured, APP, origin);
        assert_eq!(allowed(&response), None, "{origin}");
        assert_eq!(field(&response, header::VARY), Some("Origin"), "{origin}");
    }
    assert_eq!(allowed(&get(Cors::Configured, "", APP)), None, "none is configured");
}

#[test]
fn pages_for_people_are_never_for_scripts() {
    let response = get(Cors::Never, "*", APP);
    assert!(response.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
}

#[test]
fn credentials_are_never_allowed() {
    for response in
        [get(Cors::Public, "*", APP), get(Cors::Configured, APP, APP), preflight(Cors::Configured, APP, APP)]
    {
        assert!(!response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }
}

#[test]
fn errors_can_be_read_with_their_challenge() {
    let refused = Err(Error::new(ErrorCode::InvalidToken, "x").into());
    let response = ask(Cors::Configured, APP, &bare(Method::GET, &[(header::ORIGIN, APP)]), refused);
    assert_eq!(allowed(&response), Some(APP));
    assert!(field(&response, header::ACCESS_CONTROL_EXPOSE_HEADERS).unwrap().contains("WWW-Authenticate"));
    assert!(response.headers().contains_key(header::WWW_AUTHENTICATE));
    let plain = get(Cors::Configured, APP, APP);
    assert!(!plain.headers().contains_key(header::ACCESS_CONTROL_EXPOSE_HEADERS), "there is nothing to expose");
}

#[test]
fn a_preflight_names_methods_and_fields_to_whom_may_read_alone() {
    let names: [HeaderName; 3] =
        [header::ACCESS_CONTROL_ALLOW_METHODS, header::ACCESS_CONTROL_ALLOW_HEADERS, header::ACCESS_CONTROL_MAX_AGE];
    let response = preflight(Cors::Configured, APP, APP);
    assert_eq!(field(&response, names[0].clone()), Some("GET, POST, OPTIONS"));
    let headers = field(&response, names[1].clone()).unwrap();
    assert!(headers.contains("Authorization") && headers.contains("Content-Type"));
    assert!(field(&response, names[2].clone()).is_some());
    let refused = preflight(Cors::Configured, APP, "https://evil.example");
    assert!(names.iter().all(|name| !refused.headers().contains_key(name)));
    assert_eq!(allowed(&preflight(Cors::Public, "", "https://anywhere.example")), Some("*"));
}

#[test]
fn a_broken_setting_allows_nobody() {
    assert_eq!(allowed(&get(Cors::Configured, "app.example", "app.example")), None);
}
