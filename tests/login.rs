//! Sign-in.

use crate::support::{Answer, App, Browser, Callback, PASSWORD, Person, Server, jwt, unique};

#[tokio::test]
async fn the_page_has_a_form_that_works_without_script() {
    let mut browser = Browser::new(Server::shared());
    let page = browser.get("/login").await.expect(200);
    let form = browser.form(&page, "/login");
    assert!(!form.value("csrf").is_empty());
    for name in ["email", "password"] {
        assert!(form.inputs.iter().any(|(input, _)| input == name), "{name}");
    }
    assert!(page.body.contains("autocomplete=\"current-password\""), "password managers are told which password");
    assert!(!page.body.to_lowercase().contains("<script"));
}

#[tokio::test]
async fn the_right_password_signs_in_and_leads_home() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    let mut browser = Browser::new(server);
    let answer = browser.try_sign_in(&person.email, PASSWORD).await;
    assert_eq!(server.own(answer.location().as_str()), Some(server.url("/")));
    assert!(browser.get("/").await.expect(200).html().contains(&person.given_name));
}

#[tokio::test]
async fn the_email_address_may_be_typed_in_any_case() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    let mut browser = Browser::new(server);
    browser.try_sign_in(&format!(" {} ", person.email.to_uppercase()), PASSWORD).await.location();
    assert!(browser.session().is_some());
}

#[tokio::test]
async fn the_session_cookie_is_a_jwt_that_scripts_and_other_sites_cannot_use() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    let answer = Browser::new(server).try_sign_in(&person.email, PASSWORD).await;
    let (value, attributes) = answer.cookie(&server.cookie_name("session")).expect("a session cookie");
    for attribute in ["httponly", "samesite=lax", "path=/"] {
        assert!(attributes.iter().any(|known| known == attribute), "{attribute}: {attributes:?}");
    }
    assert!(!attributes.iter().any(|attribute| attribute.starts_with("domain")), "{attributes:?}");
    assert_eq!(jwt::header(&value)["alg"], "HS256");
    let claims = jwt::claims(&value);
    assert!(claims["exp"].as_i64() > claims["iat"].as_i64());
    assert!(!claims.to_string().contains(&person.email), "{claims}");
}

async fn refused(email: &str, password: &str) -> Answer {
    let mut browser = Browser::new(Server::shared());
    let answer = browser.try_sign_in(email, password).await;
    assert!(browser.session().is_none());
    answer.expect(401)
}

#[tokio::test]
async fn a_wrong_password_shows_the_form_again_with_the_email_address() {
    let person = Browser::new(Server::shared()).sign_up().await;
    let page = refused(&person.email, "not the password").await;
    let form = Browser::new(Server::shared()).form(&page, "/login");
    assert!(form.inputs.contains(&("email".to_owned(), person.email.clone())), "{form:?}");
    assert!(!page.body.contains("not the password"), "a password is never shown again");
    assert!(page.headers.get("www-authenticate").is_none(), "no browser dialogue");
}

#[tokio::test]
async fn a_password_must_match_to_the_letter() {
    let person = Browser::new(Server::shared()).sign_up().await;
    for wrong in ["", &PASSWORD[1..], &PASSWORD.to_uppercase(), &format!("{PASSWORD} "), &format!("{PASSWORD}\u{0}")] {
        refused(&person.email, wrong).await;
    }
}

#[tokio::test]
async fn a_suspended_user_is_answered_like_a_wrong_password() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    let wrong = refused(&person.email, "not the password").await;
    server.set_access_level(&person.email, "suspended").await;
    let suspended = refused(&person.email, PASSWORD).await;
    assert_eq!(visible(&wrong, &person.email), visible(&suspended, &person.email));
}

#[tokio::test]
async fn an_unknown_email_address_is_answered_like_a_wrong_password() {
    let person = Browser::new(Server::shared()).sign_up().await;
    let unknown = format!("nobody.{}@example.org", unique());
    let known = refused(&person.email, "not the password").await;
    let other = refused(&unknown, "not the password").await;
    assert_eq!(visible(&known, &person.email), visible(&other, &unknown));
}

/// A page without what differs from request to request anyway.
pub fn visible(page: &Answer, email: &str) -> String {
    let mut text = page.body.replace(email, "EMAIL");
    for form in crate::support::html::forms(&page.body) {
        for (name, value) in form.hidden.iter().filter(|(_, value)| !value.is_empty()) {
            text = text.replace(value, name);
        }
    }
    text
}

#[tokio::test]
async fn two_tabs_do_not_disturb_each_other() {
    let server = Server::shared();
    let (one, two) = (App::confidential(server).await, App::confidential(server).await);
    let person = Browser::new(server).sign_up().await;
    let mut browser = Browser::new(server);
    let first = browser.begin(&one, &[("state", "first")]).await.expect(200);
    let second = browser.begin(&two, &[("state", "second")]).await.expect(200);
    for (page, app, state) in [(first, &one, "first"), (second, &two, "second")] {
        let page = browser.log_in_at(&page, &person).await.expect(200);
        let callback = Callback { url: browser.decide(&page, "approve").await.location() };
        assert_eq!(callback.get("state").as_deref(), Some(state));
        app.redeem(&callback).await;
    }
}

#[tokio::test]
async fn the_back_button_works() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let person = Browser::new(server).sign_up().await;
    let mut browser = Browser::new(server);
    let login = browser.begin(&app, &[]).await.expect(200);
    let again =
        browser.submit(&login, "/login", &[("email", &person.email), ("password", "mistyped")]).await.expect(401);
    browser.log_in_at(&again, &person).await.expect(200);
    // Back to the first page, which the browser still has, and once more.
    let consent = browser.log_in_at(&login, &person).await.expect(200);
    let callback = Callback { url: browser.decide(&consent, "approve").await.location() };
    app.redeem(&callback).await;
    // And back to the consent page, which has been answered: there is no second code, and a way on.
    browser.decide(&consent, "approve").await.expect_error_page(409);
}

#[tokio::test]
async fn signing_in_on_one_device_leaves_the_other_signed_in() {
    let server = Server::shared();
    let mut phone = Browser::new(server);
    let person = phone.sign_up().await;
    let mut laptop = Browser::new(server);
    laptop.sign_in(&person).await;
    for browser in [&mut phone, &mut laptop] {
        assert!(browser.get("/").await.expect(200).html().contains(&person.given_name));
    }
}

#[tokio::test]
async fn the_login_page_leads_to_sign_up_with_the_pending_request() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    let page = browser.begin(&app, &[]).await.expect(200);
    let link = page.body.split("href=\"").find(|rest| rest.contains("/signup?") && !rest.starts_with('<'));
    let link = link.and_then(|rest| rest.split('"').next()).filter(|link| link.contains("/signup?")).expect("a link");
    let page = browser.get(&crate::support::html::unescape(page.url.join(link).unwrap().as_str())).await.expect(200);
    let person = Person::new();
    let answer = browser.submit(&page, "/signup", &person.application()).await;
    let consent = browser.follow(answer).await.expect(200);
    let callback = Callback { url: browser.decide(&consent, "approve").await.location() };
    app.redeem(&callback).await;
}

#[tokio::test]
async fn a_session_ends_when_its_time_is_over() {
    let Some(server) = Server::with(crate::support::profile::SHORT_SESSION) else { return };
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    assert!(browser.get("/").await.html().contains(&person.given_name));
    crate::support::pass(2).await;
    assert!(!browser.get("/").await.expect(200).html().contains(&person.given_name));
}
