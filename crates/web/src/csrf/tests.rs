use futures_lite::future::block_on;
use http::{HeaderName, Method, header};

use super::*;
use crate::{
    response::empty,
    testing::{Server, bare, field},
};

const SECURE: [(&str, &str); 1] = [("issuer", "https://id.example")];

fn issue(server: &Server, request: &Request, form: &str) -> Csrf {
    block_on(Csrf::issue(&server.env(), request, form)).unwrap()
}

/// A token for a browser that comes for the first time, and its cookie field.
fn first(server: &Server, form: &str) -> (Csrf, String) {
    let csrf = issue(server, &bare(Method::GET, &[]), form);
    let mut response = empty(http::StatusCode::OK);
    csrf.remember(&server.env(), &mut response).unwrap();
    let cookie = field(&response, header::SET_COOKIE).unwrap().split(';').next().unwrap().to_owned();
    (csrf, cookie)
}

fn genuine(server: &Server, headers: &[(HeaderName, &str)], form: &str, field: Option<&str>) -> bool {
    block_on(is_genuine(&server.env(), &bare(Method::POST, headers), form, field)).unwrap()
}

#[test]
fn a_form_that_comes_back_from_its_browser_is_genuine() {
    let server = Server::new(1, &SECURE);
    let (csrf, cookie) = first(&server, "login");
    assert!(cookie.starts_with("__Host-csrf="));
    assert!(genuine(&server, &[(header::COOKIE, &cookie)], "login", Some(&csrf.field)));
}

#[test]
fn a_form_of_another_kind_session_browser_or_server_is_not() {
    let server = Server::new(1, &SECURE);
    let (csrf, cookie) = first(&server, "consent 1");
    let cookies = [(header::COOKIE, &*cookie)];
    let field = Some(&*csrf.field);
    assert!(genuine(&server, &cookies, "consent 1", field));
    assert!(!genuine(&server, &cookies, "consent 2", field), "another session's");
    assert!(!genuine(&server, &cookies, "login", field), "another form");
    let other = format!("__Host-csrf={}", base64url(&[2; 16]));
    assert!(!genuine(&server, &[(header::COOKIE, &*other)], "consent 1", field), "another browser");
    assert!(!genuine(&Server::new(3, &SECURE), &cookies, "consent 1", field), "another server");
}

#[test]
fn a_missing_or_changed_half_is_refused() {
    let server = Server::new(1, &SECURE);
    let (csrf, cookie) = first(&server, "login");
    let cookies = [(header::COOKIE, &*cookie)];
    assert!(!genuine(&server, &[], "login", Some(&csrf.field)));
    for field in [None, Some(""), Some("!"), Some("AAAA"), Some(&csrf.field[1..])] {
        assert!(!genuine(&server, &cookies, "login", field), "{field:?}");
    }
    let cookie_of_plain_http = cookie.replace("__Host-", "");
    assert!(!genuine(&server, &[(header::COOKIE, &*cookie_of_plain_http)], "login", Some(&csrf.field)));
}

#[test]
fn what_the_browser_says_about_its_origin_is_heeded() {
    let server = Server::new(1, &SECURE);
    let (csrf, cookie) = first(&server, "login");
    let site = HeaderName::from_static("sec-fetch-site");
    for (headers, expected) in [
        (vec![(site.clone(), "same-origin")], true),
        (vec![(site.clone(), "same-site")], false),
        (vec![(site.clone(), "cross-site")], false),
        (vec![(site.clone(), "none")], false),
        (vec![(header::ORIGIN, "https://id.example")], true),
        (vec![(header::ORIGIN, "https://evil.example")], false),
        (vec![(header::ORIGIN, "http://id.example")], false),
        (vec![(header::ORIGIN, "null")], false),
        (vec![(site, "cross-site"), (header::ORIGIN, "https://id.example")], false),
    ] {
        let mut all = vec![(header::COOKIE, &*cookie)];
        all.extend(headers);
        assert_eq!(genuine(&server, &all, "login", Some(&csrf.field)), expected, "{all:?}");
    }
}

#[test]
fn a_browser_keeps_its_half_and_gets_a_new_one_for_a_broken_one() {
    let server = Server::new(1, &SECURE);
    let known = format!("__Host-csrf={}", base64url(&[9; 16]));
    let csrf = issue(&server, &bare(Method::GET, &[(header::COOKIE, &known)]), "login");
    let mut response = empty(http::StatusCode::OK);
    csrf.remember(&server.env(), &mut response).unwrap();
    assert_eq!(field(&response, header::SET_COOKIE), None);
    assert!(genuine(&server, &[(header::COOKIE, &known)], "login", Some(&csrf.field)));
    for broken in ["__Host-csrf=", "__Host-csrf=AAAA", "__Host-csrf=a b"] {
        let csrf = issue(&server, &bare(Method::GET, &[(header::COOKIE, broken)]), "login");
        let mut response = empty(http::StatusCode::OK);
        csrf.remember(&server.env(), &mut response).unwrap();
        let set = field(&response, header::SET_COOKIE).unwrap();
        assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Secure"), "{set}");
    }
}
