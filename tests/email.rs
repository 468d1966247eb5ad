//! The email address of an account: confirmed by a link, and changed to another one.

use crate::support::{
    Answer, Browser, Method, Person, Server, json,
    mailbox::{Mailbox, link},
    unique,
};

fn another() -> String {
    format!("another.{}@example.org", unique())
}

/// Asks for another address.
async fn change(browser: &mut Browser<'_>, email: &str, password: &str) -> Answer {
    let page = browser.get("/account/email").await.expect(200);
    browser.submit(&page, "/account/email", &[("email", email), ("password", password)]).await
}

async fn user(server: &Server, email: &str) -> Answer {
    server.administer(Method::GET, &format!("/admin/api/users/{email}"), json!(null)).await
}

#[tokio::test]
async fn another_address_is_the_users_when_its_link_has_been_used_and_the_one_before_is_told() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let mut browser = Browser::new(server);
    let person = mailbox.sign_up(&mut browser).await;
    let new = another();
    change(&mut browser, &new.to_uppercase(), &person.password).await.expect(200);
    let told = mailbox.mail(&person.email, 1, "email_change").await;
    assert!(told["link"].is_null() && !told.to_string().contains(&new));
    let mail = mailbox.mail(&new, 1, "confirm_email").await;
    assert_eq!(mail["name"], "", "what somebody calls themselves is not mailed to a stranger");
    let link = link(server, &mail);
    for _ in 0..2 {
        server.get(&link).await.expect(200);
    }
    assert_eq!(user(server, &new).await.status, 404, "not before it is used");
    let mut elsewhere = Browser::new(server);
    let page = elsewhere.get(&link).await.expect(200);
    elsewhere.submit(&page, "/verify", &[]).await.expect(200);
    assert!(elsewhere.session().is_none(), "a link signs nobody in");
    assert_eq!(user(server, &new).await.expect(200).json()["email_verified"], true);
    server.get(&link).await.expect(410);
    assert_eq!(Browser::new(server).try_sign_in(&person.email, &person.password).await.status, 401);
    Browser::new(server).sign_in(&Person { email: new, ..person }).await;
}

#[tokio::test]
async fn an_address_that_is_anothers_is_answered_alike_and_its_owner_is_told() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let (mut browser, mut other) = (Browser::new(server), Browser::new(server));
    let person = mailbox.sign_up(&mut browser).await;
    let owner = mailbox.sign_up(&mut other).await;
    let free = change(&mut browser, &another(), &person.password).await.expect(200);
    let taken = change(&mut browser, &owner.email, &person.password).await.expect(200);
    assert_eq!(free.body, taken.body);
    mailbox.mail(&owner.email, 1, "address_taken").await;
}

#[tokio::test]
async fn the_address_that_a_user_has_is_confirmed_by_a_link() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let mut browser = Browser::new(server);
    let person = mailbox.sign_up(&mut browser).await;
    let page = browser.get("/account/email").await.expect(200);
    assert!(!page.body.contains("value=\"confirm\""), "it is confirmed already");
    let path = format!("/admin/api/users/{}", person.email);
    server.administer(Method::PATCH, &path, json!({ "email_verified": false })).await.expect(200);
    let page = browser.get("/account/email").await.expect(200);
    browser.submit(&page, "/account/email", &[]).await.expect(200);
    let page = browser.get(&link(server, &mailbox.mail(&person.email, 1, "confirm_email").await)).await.expect(200);
    browser.submit(&page, "/verify", &[]).await.expect(200);
    assert_eq!(user(server, &person.email).await.expect(200).json()["email_verified"], true);
}

#[tokio::test]
async fn the_address_is_changed_only_by_who_knows_the_password_and_by_a_form_of_this_page() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    let new = another();
    let answer = change(&mut browser, &new, "a guess").await.expect(401);
    assert!(answer.html().contains(&new) && !answer.body.contains("a guess"));
    for no_address in ["no address", &person.email] {
        change(&mut browser, no_address, &person.password).await.expect(400);
    }
    browser.post("/account/email", &[("email", &new), ("password", &person.password)]).await.expect(403);
    assert_eq!(user(server, &new).await.status, 404);
    assert_eq!(Browser::new(server).visit("/account/email").await.expect(200).url.path(), "/login");
}

#[tokio::test]
async fn without_a_hook_the_address_changes_at_once_and_nobody_has_confirmed_it() {
    let server = Server::shared();
    let (mut browser, mut other) = (Browser::new(server), Browser::new(server));
    let person = browser.sign_up().await;
    let owner = other.sign_up().await;
    change(&mut browser, &owner.email, &person.password).await.expect(400);
    let new = another();
    change(&mut browser, &new, &person.password).await.expect(200);
    assert_eq!(user(server, &new).await.expect(200).json()["email_verified"], false);
    Browser::new(server).sign_in(&Person { email: new, ..person }).await;
}
