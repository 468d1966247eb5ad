//! Sessions, their cookies, signing out, and the launchpad.

use domain::{home::home, session::current};
use protocol::Secret;

use crate::{
    logout::sign_out,
    support::{Instance, furnished},
    testing::{File, block_on},
};

fn is_signed_in(server: &Instance, cookie: &Secret) -> bool {
    block_on(current(&server.env(), Some(cookie.expose()))).unwrap().is_some()
}

#[test]
fn signing_out_ends_this_session_and_no_other() {
    let file = furnished();
    let server = Instance::of(&file);
    let (ada, bob) = (server.user("ada@example.org"), server.user("bob@example.org"));
    sign_out(&server, "", Some(&ada));
    assert!(!is_signed_in(&server, &ada) && is_signed_in(&server, &bob));
    for cookie in [Some(&ada), Some(&Secret::new("junk")), None] {
        sign_out(&server, "", cookie);
    }
    assert!(is_signed_in(&server, &bob));
}

#[test]
fn a_session_ends_when_its_time_is_over() {
    let file = furnished();
    let server = Instance::of(&file);
    let ada = server.user("ada@example.org");
    server.later(86_399);
    assert!(is_signed_in(&server, &ada));
    server.later(1);
    assert!(!is_signed_in(&server, &ada));
}

#[test]
fn another_servers_cookie_is_worth_nothing() {
    let (file, foreign) = (furnished(), File::new());
    let (server, other) = (Instance::of(&file), Instance::of(&foreign));
    let ada = other.user("ada@example.org");
    assert!(is_signed_in(&other, &ada) && !is_signed_in(&server, &ada));
}

#[test]
fn an_unsigned_cookie_is_worth_nothing() {
    let file = furnished();
    let server = Instance::of(&file);
    let ada = server.user("ada@example.org");
    let payload = ada.expose().split('.').nth(1).unwrap();
    // {"alg":"none","typ":"JWT"}
    for forged in [
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}."),
        format!("{}.{payload}.AAAA", ada.expose().split('.').next().unwrap()),
    ] {
        assert!(!is_signed_in(&server, &Secret::new(forged)));
    }
}

#[test]
fn the_launchpad_is_for_who_is_signed_in() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let shown = |cookie: Option<&Secret>| block_on(home(&server.env(), cookie.map(Secret::expose))).unwrap();
    assert!(shown(None).is_none());
    assert!(shown(Some(&ada)).unwrap().1.is_empty());
    server.code(&app.client, "scope=openid", &ada);
    let (who, applications) = shown(Some(&ada)).unwrap();
    assert_eq!((who.user.email.as_str(), applications[0].id.as_str()), ("ada@example.org", app.client.id.as_str()));
}
