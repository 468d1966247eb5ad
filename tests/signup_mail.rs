//! Sign-up where mails can be sent: an account comes into being when its address has been confirmed.

use std::time::{Duration, Instant};

use crate::support::{
    Answer, App, Browser, Method, Person, Server, json,
    mailbox::{Mailbox, link},
    unique,
};

/// Sends the sign-up form.
async fn apply(server: &Server, person: &Person) -> Answer {
    let mut browser = Browser::new(server);
    let page = browser.get("/signup").await.expect(200);
    browser.submit(&page, "/signup/mail", &person.application()).await
}

#[tokio::test]
async fn an_account_is_made_by_the_link_and_the_password_together() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let person = Person::new();
    apply(server, &person).await.expect(200);
    assert_eq!(Browser::new(server).try_sign_in(&person.email, &person.password).await.status, 401, "not yet");
    let mail = mailbox.mail(&person.email, 1, "confirm_sign_up").await;
    assert_eq!(mail["name"], "", "what a stranger has typed is not mailed to anybody");
    let link = link(server, &mail);
    for _ in 0..3 {
        server.get(&link).await.expect(200);
    }
    let mut browser = Browser::new(server);
    let page = browser.get(&link).await.expect(200);
    let wrong = browser.submit(&page, "/verify", &[("password", "a password of another")]).await.expect(401);
    assert!(browser.session().is_none() && !wrong.body.contains("a password of another"));
    let answer = browser.submit(&page, "/verify", &[("password", &person.password)]).await;
    assert_eq!(server.own(answer.location().as_str()), Some(server.url("/")));
    assert!(browser.get("/").await.expect(200).html().contains(&person.given_name));
    server.get(&link).await.expect(410);
    let path = format!("/admin/api/users/{}", person.email);
    let user = server.administer(Method::GET, &path, json!(null)).await.expect(200).json();
    assert_eq!((&user["email_verified"], &user["access_level"]), (&json!(true), &json!("user")));
    Browser::new(server).sign_in(&person).await;
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "what an attacker measures is the real clock")]
async fn sign_up_with_an_address_that_is_taken_is_answered_like_any_other_and_its_owner_is_told() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let known = mailbox.sign_up(&mut Browser::new(server)).await;
    let new = Person::new();
    let mut bodies = Vec::new();
    for email in [&known.email, &new.email] {
        let begun = Instant::now();
        let impostor = Person { email: email.to_uppercase(), password: "of an impostor".to_owned(), ..Person::new() };
        bodies.push(apply(server, &impostor).await.expect(200).body);
        assert!(begun.elapsed() >= Duration::from_secs(2), "{email} was answered at once");
    }
    assert_eq!(bodies[0], bodies[1]);
    let told = mailbox.mail(&known.email, 1, "address_taken").await;
    assert_eq!((&told["link"], &told["name"]), (&json!(null), &json!("Jane Doe")));
    mailbox.mail(&new.email, 1, "confirm_sign_up").await;
    assert_eq!(Browser::new(server).try_sign_in(&known.email, "of an impostor").await.status, 401);
    Browser::new(server).sign_in(&known).await;
}

#[tokio::test]
async fn the_form_without_mail_is_no_way_around() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let known = mailbox.sign_up(&mut Browser::new(server)).await;
    for email in [known.email, format!("new.{}@example.org", unique())] {
        let mut browser = Browser::new(server);
        let person = Person { email, ..Person::new() };
        let page = browser.get("/signup").await.expect(200);
        let hidden = browser.form(&page, "/signup/mail").hidden;
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<_> = hidden.chain(person.application()).collect();
        browser.post("/signup", &fields).await.expect(200);
        assert!(browser.session().is_none());
        assert!(browser.get("/signup/mail").await.is_redirect(), "the page is at /signup");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_before_any_mail_and_a_foreign_form_sends_none() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let person = Person { password: "password1".to_owned(), ..Person::new() };
    let answer = apply(server, &person).await.expect(400);
    assert!(answer.html().contains(&person.email) && !answer.body.contains("password1"));
    assert!(answer.body.contains("action=\"/signup/mail\""), "the form can be sent again");
    Browser::new(server).post("/signup/mail", &Person::new().application()).await.expect(403);
    assert!(mailbox.mails_to(&person.email).is_empty());
}

#[tokio::test]
async fn a_newer_sign_up_of_the_same_address_replaces_the_older_one() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let person = Person::new();
    apply(server, &person).await.expect(200);
    let first = link(server, &mailbox.mail(&person.email, 1, "confirm_sign_up").await);
    apply(server, &person).await.expect(200);
    let second = link(server, &mailbox.mail(&person.email, 2, "confirm_sign_up").await);
    server.get(&first).await.expect(410);
    server.get(&second).await.expect(200);
}

#[tokio::test]
async fn an_authorization_that_waits_goes_on_from_the_link() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let app = App::confidential(server).await;
    let person = Person::new();
    let mut browser = Browser::new(server);
    let page = browser.begin(&app, &[("prompt", "create")]).await.expect(200);
    assert_eq!(page.url.path(), "/signup");
    browser.submit(&page, "/signup/mail", &person.application()).await.expect(200);
    let page = browser.get(&link(server, &mailbox.mail(&person.email, 1, "confirm_sign_up").await)).await.expect(200);
    let answer = browser.submit(&page, "/verify", &[("password", &person.password)]).await;
    let consent = browser.follow(answer).await.expect(200);
    assert_eq!(consent.url.path(), "/consent");
    let answer = browser.decide(&consent, "approve").await;
    assert!(answer.location().as_str().contains("code="));
}
