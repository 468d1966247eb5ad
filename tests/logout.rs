//! Sign-out.

use crate::support::{App, Browser, Callback, REDIRECT_URI, Server, html, json, signed_in};

/// Signs out as a person would.
pub async fn sign_out(browser: &mut Browser<'_>) {
    let page = browser.get("/logout").await.expect(200);
    browser.submit(&page, "/logout", &[]).await.expect(200);
    assert!(browser.session().is_none(), "the cookie is cleared");
}

#[tokio::test]
async fn signing_out_ends_the_session_for_every_copy_of_the_cookie() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    let mut copy = Browser::new(server);
    copy.cookies = browser.cookies.clone();
    assert!(copy.get("/").await.html().contains(&person.given_name));
    sign_out(&mut browser).await;
    assert!(!copy.get("/").await.expect(200).html().contains(&person.given_name));
    let app = App::confidential(server).await;
    let answer = copy.get(&app.authorize_path(&[("prompt", "none")])).await;
    Callback { url: answer.location() }.expect_error("login_required");
}

#[tokio::test]
async fn opening_the_page_does_not_sign_out() {
    let mut browser = Browser::new(Server::shared());
    let person = browser.sign_up().await;
    browser.get("/logout").await.expect(200);
    assert!(browser.get("/").await.html().contains(&person.given_name));
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_so() {
    let mut browser = Browser::new(Server::shared());
    let page = browser.get("/logout").await.expect(200);
    assert!(page.html().contains("signed out"), "{}", page.body);
    assert!(html::forms(&page.body).iter().all(|form| !form.action.ends_with("/logout")));
}

#[tokio::test]
async fn signing_out_ends_one_session_and_not_another() {
    let server = Server::shared();
    let mut phone = Browser::new(server);
    let person = phone.sign_up().await;
    let mut laptop = Browser::new(server);
    laptop.sign_in(&person).await;
    sign_out(&mut laptop).await;
    assert!(phone.get("/").await.html().contains(&person.given_name));
}

#[tokio::test]
async fn the_launchpad_has_the_way_out() {
    let mut browser = Browser::new(Server::shared());
    browser.sign_up().await;
    let page = browser.get("/").await.expect(200);
    browser.submit(&page, "/logout", &[]).await.expect(200);
    assert!(browser.session().is_none());
}

#[tokio::test]
async fn what_was_allowed_in_a_session_ends_when_the_user_signs_out() {
    let mut user = signed_in(Server::shared()).await;
    let pending = user.browser.authorize(&user.app, &[]).await;
    sign_out(&mut user.browser).await;
    assert!(!user.app.server.accepts(&user.tokens.access).await);
    user.app.try_refresh(user.tokens.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
    user.app.try_redeem(&pending.code(), &[]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn what_may_go_on_without_the_user_and_what_was_allowed_on_another_device_goes_on() {
    let server = Server::shared();
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid offline_access"});
    let app = App::register(server, metadata).await;
    let (mut laptop, mut phone) = (Browser::new(server), Browser::new(server));
    let person = laptop.sign_up().await;
    let offline = app.redeem(&laptop.authorize(&app, &[]).await).await;
    phone.sign_in(&person).await;
    let elsewhere = app.redeem(&phone.authorize(&app, &[("scope", "openid")]).await).await;
    sign_out(&mut laptop).await;
    assert!(server.accepts(&offline.access).await && server.accepts(&elsewhere.access).await);
    app.refresh(offline.refresh_token()).await;
    app.refresh(elsewhere.refresh_token()).await;
}
