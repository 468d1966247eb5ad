//! Second factors: an authenticator app and recovery codes.

use crate::support::{Answer, App, Authenticator, Browser, Callback, Method, Person, Server, json, jwt, profile};

/// A new user with an authenticator app and recovery codes, signed in.
async fn enrolled(server: &Server) -> (Browser<'_>, Person, Authenticator, Vec<String>) {
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    let (app, codes) = browser.add_totp().await;
    (browser, person, app, codes)
}

/// The page that asks for the second factor, in a new browser.
async fn half_way<'s>(server: &'s Server, person: &Person) -> (Browser<'s>, Answer) {
    let mut browser = Browser::new(server);
    let page = browser.try_sign_in(&person.email, &person.password).await.expect(200);
    (browser, page)
}

#[tokio::test]
async fn after_the_password_a_code_is_asked_for_and_there_is_no_session_before_it() {
    let server = Server::shared();
    let (_, person, mut app, _) = enrolled(server).await;
    let (mut browser, page) = half_way(server, &person).await;
    assert!(browser.session().is_none(), "the password alone starts nothing");
    assert!(page.body.contains("autocomplete=\"one-time-code\"") && !page.body.to_lowercase().contains("<script"));
    let wrong = browser.submit(&page, "/login/factor", &[("code", &app.wrong())]).await.expect(401);
    assert!(browser.session().is_none());
    let code = app.next().await;
    let answer = browser.submit(&wrong, "/login/factor", &[("code", &code)]).await;
    assert_eq!(server.own(answer.location().as_str()), Some(server.url("/")));
    assert!(browser.get("/").await.expect(200).html().contains(&person.given_name));
}

#[tokio::test]
async fn a_code_is_good_once() {
    let server = Server::shared();
    let (_, person, mut app, _) = enrolled(server).await;
    let code = app.next().await;
    let (mut first, page) = half_way(server, &person).await;
    first.submit(&page, "/login/factor", &[("code", &code)]).await.location();
    let (mut second, page) = half_way(server, &person).await;
    second.submit(&page, "/login/factor", &[("code", &code)]).await.expect(401);
    assert!(first.session().is_some() && second.session().is_none());
}

#[tokio::test]
async fn the_code_that_confirmed_the_app_does_not_sign_in_too() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    let page = browser.get("/account/factors?add=totp").await.expect(200);
    let code = Authenticator::scan(&page).next().await;
    browser.submit(&page, "/account/factors", &[("code", &code)]).await.expect(200);
    let (mut other, page) = half_way(server, &person).await;
    other.submit(&page, "/login/factor", &[("code", &code)]).await.expect(401);
}

#[tokio::test]
async fn each_recovery_code_gets_in_once() {
    let server = Server::shared();
    let (_, person, _, codes) = enrolled(server).await;
    assert_eq!(codes.len(), 10);
    for (code, status) in [(&codes[0], 303), (&codes[0], 401), (&codes[1].to_uppercase().replace('-', " "), 303)] {
        let (mut browser, page) = half_way(server, &person).await;
        browser.submit(&page, "/login/factor", &[("code", code)]).await.expect(status);
    }
}

#[tokio::test]
async fn new_recovery_codes_replace_the_old_ones() {
    let server = Server::shared();
    let (mut browser, person, _, old) = enrolled(server).await;
    let page = browser.get("/account/factors").await.expect(200);
    assert!(page.body.contains("10 recovery codes"));
    assert!(old.iter().all(|code| !page.body.contains(code)), "they are shown once");
    let page = browser.submit(&page, "/account/factors", &[("action", "renew_recovery_codes")]).await.expect(200);
    let new: Vec<&str> = page.body.split("<code>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
    for (code, status) in [(old[0].as_str(), 401), (new[0], 303)] {
        let (mut browser, page) = half_way(server, &person).await;
        browser.submit(&page, "/login/factor", &[("code", code)]).await.expect(status);
    }
}

#[tokio::test]
async fn an_app_counts_only_once_a_code_of_it_was_typed() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    let page = browser.get("/account/factors?add=totp").await.expect(200);
    let app = Authenticator::scan(&page);
    let again = browser.submit(&page, "/account/factors", &[("code", &app.wrong())]).await.expect(400);
    assert_eq!(Authenticator::scan(&again).wrong(), app.wrong(), "it is the same key still");
    Browser::new(server).sign_in(&person).await;
}

#[tokio::test]
async fn an_app_of_one_user_is_not_added_to_another() {
    let server = Server::shared();
    let (mut ada, mut eve) = (Browser::new(server), Browser::new(server));
    ada.sign_up().await;
    eve.sign_up().await;
    let of_eve = eve.get("/account/factors?add=totp").await.expect(200);
    let enrolment = eve.form(&of_eve, "/account/factors").value("enrolment").to_owned();
    let page = ada.get("/account/factors?add=totp").await.expect(200);
    let code = Authenticator::scan(&of_eve).next().await;
    ada.submit(&page, "/account/factors", &[("enrolment", &enrolment), ("code", &code)]).await.expect(400);
    assert!(ada.get("/account/factors").await.body.contains("Add an authenticator app"));
}

#[tokio::test]
async fn a_removed_app_is_not_asked_for_any_more() {
    let server = Server::shared();
    let (mut browser, person, _, _) = enrolled(server).await;
    let page = browser.get("/account/factors").await.expect(200);
    browser.submit(&page, "/account/factors", &[("action", "remove_totp")]).await.location();
    assert!(browser.get("/account/factors").await.body.contains("Add an authenticator app"));
    Browser::new(server).sign_in(&person).await;
}

#[tokio::test]
async fn a_session_from_before_the_app_cannot_remove_it() {
    let server = Server::shared();
    let mut old = Browser::new(server);
    let person = old.sign_up().await;
    let mut browser = Browser::new(server);
    browser.sign_in(&person).await;
    browser.add_totp().await;
    let page = old.get("/account/factors").await.expect(200);
    for action in ["remove_totp", "renew_recovery_codes"] {
        let answer = old.submit(&page, "/account/factors", &[("action", action)]).await;
        assert!(answer.location().path().ends_with("/login"), "it must sign in anew");
    }
    half_way(server, &person).await.1.expect(200);
}

#[tokio::test]
async fn who_must_sign_in_anew_comes_back_to_the_page_of_factors() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = Browser::new(server).sign_up().await;
    let page = browser.visit("/account/factors").await.expect(200);
    let answer = browser.log_in_at(&page, &person).await.expect(200);
    assert!(answer.url.path().ends_with("/account/factors"), "{}", answer.url);
}

#[tokio::test]
async fn adding_an_app_makes_the_session_a_new_one_to_its_cookies() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let mut copy = Browser::new(server);
    copy.cookies = browser.cookies.clone();
    browser.add_totp().await;
    assert!(browser.get("/").await.body.contains("Jane"));
    assert!(!copy.get("/").await.body.contains("Jane"), "whoever had the cookie before gains nothing");
}

#[tokio::test]
async fn the_form_of_one_sign_in_is_worth_nothing_in_another_browser() {
    let server = Server::shared();
    let (_, person, mut app, _) = enrolled(server).await;
    let (_, page) = half_way(server, &person).await;
    let code = app.next().await;
    let mut other = Browser::new(server);
    other.get("/login").await;
    other.submit(&page, "/login/factor", &[("code", &code)]).await.expect(403);
    assert!(other.session().is_none());
}

#[tokio::test]
async fn the_pending_request_goes_on_after_the_second_factor_and_the_id_token_names_it() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let (_, person, mut authenticator, _) = enrolled(server).await;
    let mut browser = Browser::new(server);
    let page = browser.begin(&app, &[]).await.expect(200);
    let page = browser.log_in_at(&page, &person).await.expect(200);
    let code = authenticator.next().await;
    let answer = browser.submit(&page, "/login/factor", &[("code", &code)]).await;
    let consent = browser.follow(answer).await.expect(200);
    let callback = Callback { url: browser.decide(&consent, "approve").await.location() };
    let claims = jwt::claims(app.redeem(&callback).await.id_token());
    assert_eq!(claims["acr"], "urn:spin-auth:acr:mfa");
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
}

#[tokio::test]
async fn zitadel_cve_2025_64102_the_second_factor_cannot_be_guessed_from_many_browsers() {
    let Some(server) = Server::with(profile::DEFAULT) else { return };
    let (_, person, mut app, codes) = enrolled(server).await;
    for _ in 0..7 {
        let (mut browser, page) = half_way(server, &person).await;
        browser.submit(&page, "/login/factor", &[("code", &app.wrong())]).await.expect(401);
    }
    let code = app.next().await;
    for code in [&code, &codes[0]] {
        let (mut browser, page) = half_way(server, &person).await;
        let answer = browser.submit(&page, "/login/factor", &[("code", code)]).await.expect(429);
        assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|wait| (1..=60).contains(&wait)));
        assert!(browser.session().is_none());
    }
}

#[tokio::test]
async fn the_administrator_removes_what_a_user_has_lost_and_the_log_says_what() {
    let server = Server::shared();
    let (mut browser, person, ..) = enrolled(server).await;
    let ask = async |method, path: String| server.administer(method, &path, json!({})).await;
    let user = format!("/admin/api/users/{}", person.email);
    ask(Method::DELETE, format!("{user}/factors")).await.expect(204);
    Browser::new(server).sign_in(&person).await;
    let page = browser.get("/account/factors").await.expect(200);
    assert!(!page.body.contains("remove_totp") && !page.body.contains("renew_recovery_codes"));
    let user_id = ask(Method::GET, user).await.json()["user_id"].as_str().unwrap().to_owned();
    let audit = format!("/admin/api/audit?subject={user_id}&action=user.remove_factors");
    let line = ask(Method::GET, audit).await.json()["items"][0].clone();
    assert_eq!((&line["actor"], &line["detail"]), (&json!("admin_token"), &json!("totp recovery_codes")));
    ask(Method::DELETE, format!("/admin/api/users/nobody.{}@example.org/factors", crate::support::unique()))
        .await
        .expect(404);
}
