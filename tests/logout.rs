//! Sign-out.

use crate::support::{App, Browser, Callback, Server, html};

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
