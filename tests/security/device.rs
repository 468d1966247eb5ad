//! The device grant: a code that gets into wrong hands.

use crate::{
    device::{begin, decide, device, enter, poll},
    support::{Browser, Server, Tokens, jwt},
};

/// better-auth CVE-2026-45337: whoever knew the code could approve what somebody else had claimed.
#[tokio::test]
async fn a_user_code_that_one_user_has_claimed_cannot_be_approved_by_another() {
    let app = device(Server::shared()).await;
    let codes = begin(&app).await;
    let (mut alice, mut mallory) = (Browser::new(app.server), Browser::new(app.server));
    alice.sign_up().await;
    mallory.sign_up().await;
    let page = enter(&mut alice, &codes.user).await.expect(200);
    // Mallory finds nothing under the code, and a form of her own with the code in it decides nothing.
    let form = enter(&mut mallory, &codes.user).await.expect(400);
    for decision in ["approve", "deny"] {
        let fields = [("user_code", codes.user.as_str()), ("decision", decision)];
        mallory.submit(&form, "/device", &fields).await.expect_error_page(400);
    }
    poll(&app, &codes.device).await.expect_error(400, "authorization_pending");
    decide(&mut alice, &page, "approve").await.expect(200);
    let tokens = Tokens::of(&poll(&app, &codes.device).await);
    let sub = app.server.get_as("/userinfo", &tokens.access).await.json()["email"].clone();
    let home = alice.get("/").await;
    assert!(home.html().contains(sub.as_str().expect("an address")), "the device has the account of who allowed it");
    assert!(jwt::claims(tokens.id_token())["sub"].is_string());
}

#[tokio::test]
async fn a_code_that_nobody_has_entered_cannot_be_decided_about() {
    let app = device(Server::shared()).await;
    let codes = begin(&app).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let page = browser.get("/device").await.expect(200);
    let fields = [("user_code", codes.user.as_str()), ("decision", "approve")];
    browser.submit(&page, "/device", &fields).await.expect_error_page(400);
    poll(&app, &codes.device).await.expect_error(400, "authorization_pending");
}

#[tokio::test]
async fn the_form_of_one_user_decides_nothing_for_another_in_the_same_browser() {
    let app = device(Server::shared()).await;
    let codes = begin(&app).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let page = enter(&mut browser, &codes.user).await.expect(200);
    browser.cookies.remove(&app.server.cookie_name("session"));
    browser.sign_up().await;
    assert_eq!(decide(&mut browser, &page, "approve").await.status, 403);
    poll(&app, &codes.device).await.expect_error(400, "authorization_pending");
}

#[tokio::test]
async fn a_foreign_form_neither_enters_a_code_nor_allows_a_device() {
    let app = device(Server::shared()).await;
    let codes = begin(&app).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let mut foreign = Browser::new(app.server);
    let stranger = foreign.sign_up().await;
    let form = foreign.get("/device").await.expect(200);
    let csrf = foreign.form(&form, "/device").value("csrf").to_owned();
    assert!(!stranger.email.is_empty());
    for csrf in ["", "AAAA", &csrf] {
        for more in [&[][..], &[("decision", "approve")]] {
            let fields = [&[("csrf", csrf), ("user_code", codes.user.as_str())], more].concat();
            let answer = browser.post("/device", &fields).await;
            assert_eq!(answer.status, 403, "{}", answer.body);
        }
    }
    poll(&app, &codes.device).await.expect_error(400, "authorization_pending");
    // It was not even claimed.
    enter(&mut foreign, &codes.user).await.expect(200);
}

#[tokio::test]
async fn a_device_code_of_another_client_is_refused_and_not_burnt() {
    let app = device(Server::shared()).await;
    let other = device(app.server).await;
    let (mut browser, codes) = (Browser::new(app.server), begin(&app).await);
    browser.sign_up().await;
    let page = enter(&mut browser, &codes.user).await.expect(200);
    decide(&mut browser, &page, "approve").await.expect(200);
    poll(&other, &codes.device).await.expect_error(400, "invalid_grant");
    Tokens::of(&poll(&app, &codes.device).await);
}

#[tokio::test]
async fn a_suspended_user_allows_no_device_and_gets_it_no_tokens() {
    let app = device(Server::shared()).await;
    let (mut browser, codes) = (Browser::new(app.server), begin(&app).await);
    let person = browser.sign_up().await;
    let page = enter(&mut browser, &codes.user).await.expect(200);
    decide(&mut browser, &page, "approve").await.expect(200);
    app.server.set_access_level(&person.email, "suspended").await;
    poll(&app, &codes.device).await.expect_error(400, "invalid_grant");
    assert!(browser.get("/device").await.location().path().ends_with("/login"));
}
