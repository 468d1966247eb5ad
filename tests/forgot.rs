//! A forgotten password: the mail, the link, and what it changes.

use std::time::{Duration, Instant};

use crate::support::{
    Answer, App, Browser, Method, Person, Server, json,
    mailbox::{Mailbox, link},
    server::State,
    site::Reply,
    unique,
};

const NEW: &str = "another horse altogether";

/// Asks for a link.
async fn forget(server: &Server, email: &str) -> Answer {
    let mut browser = Browser::new(server);
    let page = browser.get("/forgot").await.expect(200);
    browser.submit(&page, "/forgot", &[("email", email)]).await
}

/// Chooses a new password by a link, in a browser of its own.
async fn choose(server: &Server, link: &str, password: &str) -> Answer {
    let mut browser = Browser::new(server);
    let page = browser.get(link).await.expect(200);
    browser.submit(&page, "/reset", &[("new_password", password)]).await
}

#[tokio::test]
async fn a_link_comes_by_mail_and_sets_a_new_password_which_signs_out_everywhere() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let mut browser = Browser::new(server);
    let person = mailbox.sign_up(&mut browser).await;
    forget(server, &person.email).await.expect(200);
    let mail = mailbox.mail(&person.email, 1, "reset_password").await;
    assert_eq!(
        (&mail["name"], &mail["language"], &mail["brand_name"]),
        (&json!("Jane Doe"), &json!("en"), &json!("spin-auth"))
    );
    assert!(mail["expires_at"].is_number());
    let answer = choose(server, &link(server, &mail), NEW).await.expect(200);
    assert!(answer.html().contains("/login"), "nobody is signed in by a link");
    assert!(answer.headers_of("set-cookie").iter().all(|cookie| !cookie.starts_with("session=")));
    assert!(!browser.get("/").await.expect(200).html().contains("Jane"));
    assert_eq!(Browser::new(server).try_sign_in(&person.email, &person.password).await.status, 401);
    Browser::new(server).sign_in(&Person { password: NEW.to_owned(), ..person }).await;
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "what an attacker measures is the real clock")]
async fn the_page_for_a_forgotten_password_answers_alike_in_the_same_time_whoever_has_an_account() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let person = mailbox.sign_up(&mut Browser::new(server)).await;
    let suspended = mailbox.sign_up(&mut Browser::new(server)).await;
    server.set_access_level(&suspended.email, "suspended").await.expect(200);
    let nobody = format!("nobody.{}@example.org", unique());
    let mut bodies = Vec::new();
    for email in [&person.email, &nobody, &suspended.email, "no address"] {
        let begun = Instant::now();
        let answer = forget(server, email).await.expect(200);
        assert!(begun.elapsed() >= Duration::from_secs(2), "{email} was answered at once");
        bodies.push(answer.body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    mailbox.mail(&person.email, 1, "reset_password").await;
    assert!(mailbox.mails_to(&nobody).is_empty() && mailbox.mails_to(&suspended.email).is_empty());
}

#[tokio::test]
async fn a_hook_that_hangs_or_fails_shows_in_no_answer_and_the_operator_is_told() {
    let mailbox = Mailbox::open(&[]);
    let state = State::new();
    let Some(server) = Server::start(mailbox.variables(), &state) else { return };
    let person = mailbox.sign_up(&mut Browser::new(&server)).await;
    mailbox.answer(Reply::empty(500));
    let failed = forget(&server, &person.email).await.expect(200);
    let unknown = forget(&server, &format!("nobody.{}@example.org", unique())).await.expect(200);
    assert_eq!(failed.body, unknown.body);
    assert!(server.log().contains("a mail was not taken by the hook"), "{}", server.log());
    server.stop();
}

#[tokio::test]
async fn to_open_the_link_uses_nothing_up_and_to_send_its_form_does() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let person = mailbox.sign_up(&mut Browser::new(server)).await;
    forget(server, &person.email).await.expect(200);
    let link = link(server, &mailbox.mail(&person.email, 1, "reset_password").await);
    for _ in 0..3 {
        let page = server.get(&link).await.expect(200);
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(!page.body.contains("href=\"http"), "no link leads away from a page with a token");
    }
    server.request(Method::HEAD, &link).send().await.unwrap();
    choose(server, &link, "password1").await.expect(400);
    choose(server, &link, NEW).await.expect(200);
    server.get(&link).await.expect(410);
    let mut browser = Browser::new(server);
    forget(server, &person.email).await.expect(200);
    let next = crate::support::mailbox::link(server, &mailbox.mail(&person.email, 2, "reset_password").await);
    let page = browser.get(&next).await.expect(200);
    let used = link.split("token=").nth(1).unwrap();
    browser.submit(&page, "/reset", &[("token", used), ("new_password", NEW)]).await.expect(410);
}

#[tokio::test]
async fn a_newer_link_and_a_change_of_the_password_make_a_link_worthless() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let mut browser = Browser::new(server);
    let person = mailbox.sign_up(&mut browser).await;
    forget(server, &person.email).await.expect(200);
    let first = link(server, &mailbox.mail(&person.email, 1, "reset_password").await);
    forget(server, &person.email).await.expect(200);
    let second = link(server, &mailbox.mail(&person.email, 2, "reset_password").await);
    server.get(&first).await.expect(410);
    server.get(&second).await.expect(200);
    let page = browser.get("/account/password").await.expect(200);
    let fields = [("current_password", person.password.as_str()), ("new_password", NEW)];
    browser.submit(&page, "/account/password", &fields).await.expect(200);
    server.get(&second).await.expect(410);
}

#[tokio::test]
async fn a_link_does_not_get_round_the_second_factor() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let mut browser = Browser::new(server);
    let person = mailbox.sign_up(&mut browser).await;
    browser.add_totp().await;
    forget(server, &person.email).await.expect(200);
    let link = link(server, &mailbox.mail(&person.email, 1, "reset_password").await);
    choose(server, &link, NEW).await.expect(200);
    let mut browser = Browser::new(server);
    let page = browser.try_sign_in(&person.email, NEW).await.expect(200);
    browser.form(&page, "/login/factor");
    assert!(browser.session().is_none());
}

#[tokio::test]
async fn a_mailed_link_verifies_the_address_and_one_that_was_handed_over_does_not() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let is_verified = async |email: &str| {
        let user = server.administer(Method::GET, &format!("/admin/api/users/{email}"), json!(null)).await;
        user.expect(200).json()["email_verified"].clone()
    };
    let (mailed, handed) =
        (mailbox.sign_up(&mut Browser::new(server)).await, mailbox.sign_up(&mut Browser::new(server)).await);
    for person in [&mailed, &handed] {
        let path = format!("/admin/api/users/{}", person.email);
        server.administer(Method::PATCH, &path, json!({ "email_verified": false })).await.expect(200);
    }
    forget(server, &mailed.email).await.expect(200);
    choose(server, &link(server, &mailbox.mail(&mailed.email, 1, "reset_password").await), NEW).await.expect(200);
    let path = format!("/admin/api/users/{}/reset-link", handed.email);
    let given = server.administer(Method::POST, &path, json!({})).await.expect(200);
    choose(server, &link(server, &given.json()), NEW).await.expect(200);
    assert_eq!(is_verified(&mailed.email).await, true);
    assert_eq!(is_verified(&handed.email).await, false);
}

#[tokio::test]
async fn without_a_hook_the_page_says_whom_to_ask_and_the_administrator_hands_the_link_over() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    assert!(browser.get("/login").await.expect(200).body.contains("/forgot"));
    let page = browser.get("/forgot").await.expect(200);
    assert!(!page.body.contains("<form"), "{}", page.body);
    let path = format!("/admin/api/users/{}/reset-link", person.email);
    let given = server.administer(Method::POST, &path, json!({})).await.expect(200).json();
    assert!(browser.get("/").await.expect(200).html().contains("Jane"), "nothing changes before it is used");
    choose(server, &link(server, &given), NEW).await.expect(200);
    Browser::new(server).sign_in(&Person { password: NEW.to_owned(), ..person }).await;
    let log = server.administer(Method::GET, "/admin/api/audit?action=user.reset_link&limit=200", json!(null)).await;
    assert!(!log.expect(200).body.contains("token="), "the audit log has no link");
    server.administer(Method::POST, "/admin/api/users/nobody@example.org/reset-link", json!({})).await.expect(404);
}

#[tokio::test]
async fn what_was_waiting_goes_on_after_the_sign_in_with_the_new_password() {
    let Some((server, mailbox)) = Mailbox::shared() else { return };
    let app = App::confidential(server).await;
    let person = mailbox.sign_up(&mut Browser::new(server)).await;
    let mut browser = Browser::new(server);
    let login = browser.begin(&app, &[]).await.expect(200);
    let query = login.url.query().unwrap();
    assert!(login.body.contains("/forgot?interaction="), "{}", login.body);
    let page = browser.get(&format!("/forgot?{query}")).await.expect(200);
    browser.submit(&page, "/forgot", &[("email", &person.email)]).await.expect(200);
    let page = browser.get(&link(server, &mailbox.mail(&person.email, 1, "reset_password").await)).await.expect(200);
    let changed = browser.submit(&page, "/reset", &[("new_password", NEW)]).await.expect(200);
    let onward = changed.body.split("href=\"").find(|part| part.starts_with("/login?interaction=")).unwrap();
    let login = browser.get(onward.split('"').next().unwrap()).await.expect(200);
    let person = Person { password: NEW.to_owned(), ..person };
    let consent = browser.log_in_at(&login, &person).await.expect(200);
    assert_eq!(consent.url.path(), "/consent");
}

#[tokio::test]
async fn nobodys_mailbox_is_flooded_and_no_token_is_in_the_log_or_the_database() {
    let mailbox = Mailbox::open(&[]);
    let state = State::new();
    let Some(server) = Server::start(mailbox.variables(), &state) else { return };
    let person = mailbox.sign_up(&mut Browser::new(&server)).await;
    let asked = (0..7).map(|_| forget(&server, &person.email));
    let mut statuses = Vec::new();
    for answer in asked {
        statuses.push(answer.await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 429]);
    let link = link(&server, &mailbox.mail(&person.email, 6, "reset_password").await);
    choose(&server, &link, NEW).await.expect(200);
    let token = link.split("token=").nth(1).unwrap();
    assert!(!server.log().contains(token));
    server.stop();
    let stored = state.bytes();
    assert!(!stored.windows(token.len()).any(|window| window == token.as_bytes()));
}
