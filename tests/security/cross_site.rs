//! Forms of other sites: CSRF of login, sign-up, consent and logout, and pages in frames.

use crate::support::{Answer, App, Browser, Person, Server, signed_in};

/// The tokens that an attacker can get: none, junk, one of another browser.
async fn foreign_tokens() -> Vec<String> {
    let mut other = Browser::new(Server::shared());
    let page = other.get("/login").await.expect(200);
    vec![String::new(), "x".to_owned(), other.form(&page, "/login").value("csrf").to_owned()]
}

#[track_caller]
fn refused(answer: &Answer) {
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert!(answer.headers.get("location").is_none());
}

#[tokio::test]
async fn a_foreign_form_does_not_sign_a_victim_in() {
    let server = Server::shared();
    let attacker = Browser::new(server).sign_up().await;
    for csrf in foreign_tokens().await {
        let mut victim = Browser::new(server);
        victim.get("/login").await.expect(200);
        let form = [("email", attacker.email.as_str()), ("password", &attacker.password), ("csrf", &csrf)];
        let answer = victim.post("/login", &form).await;
        refused(&answer);
        assert!(victim.session().is_none());
        // The form is shown again, so that an honest user whose cookie was lost goes on.
        let answer = victim.submit(&answer, "/login", &form[..2]).await;
        assert!(answer.is_redirect(), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_foreign_form_does_not_sign_a_victim_in_without_any_cookie_either() {
    let server = Server::shared();
    let attacker = Browser::new(server).sign_up().await;
    for csrf in foreign_tokens().await {
        let form = [("email", attacker.email.as_str()), ("password", &attacker.password), ("csrf", &csrf)];
        let answer = server.post("/login", &form).await;
        refused(&answer);
        assert!(answer.cookie(&server.cookie_name("session")).is_none());
    }
}

#[tokio::test]
async fn a_foreign_form_does_not_sign_a_victim_up() {
    let server = Server::shared();
    for csrf in foreign_tokens().await {
        let mut victim = Browser::new(server);
        victim.get("/signup").await.expect(200);
        let person = Person::new();
        let mut form = person.application();
        form.push(("csrf", &csrf));
        refused(&victim.post("/signup", &form).await);
        assert!(victim.session().is_none());
    }
}

#[tokio::test]
async fn a_foreign_form_does_not_consent() {
    let app = App::confidential(Server::shared()).await;
    let mut victim = Browser::new(app.server);
    victim.sign_up().await;
    let page = victim.begin(&app, &[]).await.expect(200);
    let interaction = victim.form(&page, "/consent").value("interaction").to_owned();
    for csrf in foreign_tokens().await {
        let form = [("csrf", csrf.as_str()), ("interaction", &interaction), ("decision", "approve")];
        refused(&victim.post("/consent", &form).await);
    }
    let page = victim.begin(&app, &[]).await;
    assert_eq!(page.status, 200, "consent is still asked for");
    // Nor does a link.
    let csrf = victim.form(&page, "/consent").value("csrf").to_owned();
    let answer = victim.get(&format!("/consent?interaction={interaction}&csrf={csrf}&decision=approve")).await;
    assert_eq!(answer.status, 200, "GET only asks: {:?}", answer.headers);
}

#[tokio::test]
async fn the_token_of_one_session_does_not_consent_in_another() {
    let app = App::confidential(Server::shared()).await;
    let mut attacker = Browser::new(app.server);
    attacker.sign_up().await;
    let page = attacker.begin(&app, &[]).await.expect(200);
    let form = attacker.form(&page, "/consent");
    let mut victim = Browser::new(app.server);
    victim.sign_up().await;
    // The attacker's page, token and pending request, sent by the victim's browser.
    let fields = [("csrf", form.value("csrf")), ("interaction", form.value("interaction")), ("decision", "approve")];
    refused(&victim.post("/consent", &fields).await);
}

#[tokio::test]
async fn a_foreign_form_does_not_sign_a_victim_out() {
    let server = Server::shared();
    let mut victim = Browser::new(server);
    let person = victim.sign_up().await;
    for csrf in foreign_tokens().await {
        refused(&victim.post("/logout", &[("csrf", csrf.as_str())]).await);
        assert!(victim.get("/").await.html().contains(&person.given_name));
    }
    victim.get("/logout?csrf=x&confirm=yes").await;
    assert!(victim.get("/").await.html().contains(&person.given_name));
}

#[tokio::test]
async fn a_hint_of_the_attackers_own_account_does_not_sign_a_victim_out() {
    // CVE-2020-10734: any site could end its visitors' sessions with a logout request.
    let attacker = signed_in(Server::shared()).await;
    let mut victim = Browser::new(attacker.app.server);
    let person = victim.sign_up().await;
    let hint = attacker.tokens.id_token();
    let page = victim.get(&format!("/logout?id_token_hint={hint}")).await.expect(200);
    assert!(victim.get("/").await.html().contains(&person.given_name));
    // The attacker has such a page too, for the session of their own.
    let sealed = victim.form(&page, "/logout").value("request").to_owned();
    for csrf in foreign_tokens().await {
        refused(&victim.post("/logout", &[("csrf", csrf.as_str()), ("request", &sealed)]).await);
        let answer = victim.post("/logout", &[("csrf", csrf.as_str()), ("id_token_hint", hint)]).await;
        if answer.is_redirect() {
            victim.follow(answer).await.expect(200);
        } else {
            refused(&answer);
        }
        assert!(victim.get("/").await.html().contains(&person.given_name));
    }
}

#[tokio::test]
async fn a_pending_request_cannot_be_changed_on_its_way() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let page = browser.begin(&app, &[]).await.expect(200);
    let interaction = browser.form(&page, "/consent").value("interaction").to_owned();
    for at in [0, interaction.len() / 2, interaction.len() - 2] {
        let mut changed = interaction.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let answer = browser.submit(&page, "/consent", &[("interaction", &changed), ("decision", "approve")]).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_pending_request_carries_no_rights() {
    // A link to the consent page of an attacker's request asks the victim by name and app; it decides nothing.
    let app = App::confidential(Server::shared()).await;
    let mut attacker = Browser::new(app.server);
    attacker.sign_up().await;
    let page = attacker.begin(&app, &[]).await.expect(200);
    let interaction = attacker.form(&page, "/consent").value("interaction").to_owned();
    let mut victim = Browser::new(app.server);
    let person = victim.sign_up().await;
    let page = victim.get(&format!("/consent?interaction={interaction}")).await.expect(200);
    assert!(page.html().contains(&person.email), "it is about the one who looks at it");
    let stranger = Browser::new(app.server).get(&format!("/consent?interaction={interaction}")).await;
    assert!(stranger.location().path().ends_with("/login"));
}
