//! The pages of a user's own account.

use serde_json::json;

use crate::support::{Answer, App, Browser, Person, Server};

/// Presses a button of the page of devices and applications.
async fn press(browser: &mut Browser<'_>, action: &str, more: &[(&str, &str)]) -> Answer {
    let page = browser.get("/account").await.expect(200);
    let fields = [&[("action", action)], more].concat();
    browser.submit(&page, "/account", &fields).await
}

/// A confidential client of this scope.
async fn of_scope<'s>(server: &'s Server, scope: &str) -> App<'s> {
    let redirect_uris = ["https://app.example/callback"];
    App::register(server, json!({"redirect_uris": redirect_uris, "client_name": "Sample App", "scope": scope})).await
}

/// The value of the first hidden input of this name behind a mark in the page.
fn hidden(page: &Answer, after: &str, name: &str) -> String {
    let (_, rest) = page.html().split_once(after).unwrap_or_else(|| panic!("no {after} in {}", page.body));
    let (_, rest) = rest.split_once(&format!("name=\"{name}\" value=\"")).expect("the input");
    rest.split('"').next().expect("a value").to_owned()
}

async fn is_signed_in(browser: &mut Browser<'_>) -> bool {
    browser.get("/").await.expect(200).html().contains("Jane")
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_first_and_comes_back_to_each_page() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    for path in ["/account", "/account/profile", "/account/delete"] {
        let mut browser = Browser::new(server);
        let login = browser.visit(path).await.expect(200);
        assert_eq!(login.url.path(), "/login");
        assert_eq!(browser.log_in_at(&login, &person).await.expect(200).url.path(), path);
    }
}

#[tokio::test]
async fn a_user_signs_out_of_one_other_browser_and_of_all_others() {
    let server = Server::shared();
    let (mut here, mut there, mut elsewhere) = (Browser::new(server), Browser::new(server), Browser::new(server));
    let person = here.sign_up().await;
    there.sign_in(&person).await;
    let page = here.get("/account").await.expect(200);
    let other = hidden(&page, "Last used", "session");
    let (_, second) = page.html().split_once(&other).expect("the first");
    let second = second.split("name=\"session\" value=\"").nth(1).map_or(other, |rest| rest[..36].to_owned());
    press(&mut here, "end", &[("session", &second)]).await.location();
    assert!(is_signed_in(&mut here).await && !is_signed_in(&mut there).await);

    elsewhere.sign_in(&person).await;
    there.sign_in(&person).await;
    press(&mut here, "end_others", &[]).await.location();
    assert!(is_signed_in(&mut here).await);
    assert!(!is_signed_in(&mut there).await && !is_signed_in(&mut elsewhere).await);

    there.sign_in(&person).await;
    press(&mut here, "end_all", &[]).await.location();
    assert!(here.session().is_none() && !is_signed_in(&mut there).await);
}

#[tokio::test]
async fn nobody_ends_the_session_of_another_user() {
    let server = Server::shared();
    let (mut jane, mut eve) = (Browser::new(server), Browser::new(server));
    jane.sign_up().await;
    eve.sign_up().await;
    let session = hidden(&jane.get("/account").await.expect(200), "Last used", "session");
    press(&mut eve, "end", &[("session", &session)]).await.location();
    assert!(is_signed_in(&mut jane).await);
    press(&mut eve, "end", &[("session", "nonsense")]).await.expect(400);
}

#[tokio::test]
async fn an_application_that_is_shut_out_loses_its_tokens_at_once_and_must_ask_again() {
    let server = Server::shared();
    let app = of_scope(server, "openid email offline_access").await;
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, &[("prompt", "consent")]).await;
    let tokens = app.redeem(&callback).await;
    assert!(server.accepts(&tokens.access).await);
    let page = browser.get("/account").await.expect(200);
    assert!(page.html().contains("see your email address"), "{}", page.body);

    press(&mut browser, "disconnect", &[("client_id", &app.id)]).await.location();
    assert!(!server.accepts(&tokens.access).await);
    app.try_refresh(tokens.refresh_token(), &[]).await.expect(400);
    assert!(browser.get("/account").await.expect(200).html().contains("There are none."));
    assert!(browser.begin(&app, &[]).await.expect(200).url.path().ends_with("/consent"));
}

#[tokio::test]
async fn a_profile_is_saved_as_a_whole_or_not_at_all_and_applications_see_it() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let page = browser.get("/account/profile").await.expect(200);
    let wrong = [("given_name", "Janet <b>"), ("phone_number", "0123"), ("locality", "Paris")];
    let answer = browser.submit(&page, "/account/profile", &wrong).await.expect(400);
    for kept in ["Janet &#60;b&#62;", "0123", "Paris", "aria-invalid"] {
        assert!(answer.body.contains(kept), "{kept} is not in {}", answer.body);
    }
    assert!(is_signed_in(&mut browser).await, "nothing is saved");

    let right = [("given_name", "Janet"), ("phone_number", "+33 1 23456789"), ("locality", "Paris")];
    browser.submit(&page, "/account/profile", &right).await.expect(200);
    let app = of_scope(server, "openid profile phone address").await;
    let callback = browser.authorize(&app, &[]).await;
    let tokens = app.redeem(&callback).await;
    let claims = server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert_eq!((&claims["given_name"], &claims["family_name"]), (&"Janet".into(), &"Doe".into()));
    assert_eq!((&claims["phone_number"], &claims["address"]["locality"]), (&"+33 1 23456789".into(), &"Paris".into()));
}

#[tokio::test]
async fn an_account_is_deleted_by_its_password_and_everything_ends_with_the_next_request() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let (mut here, mut there) = (Browser::new(server), Browser::new(server));
    let person = here.sign_up().await;
    there.sign_in(&person).await;
    let callback = here.authorize(&app, &[]).await;
    let tokens = app.redeem(&callback).await;
    let page = here.get("/account/delete").await.expect(200);
    here.submit(&page, "/account/delete", &[("current_password", "a guess")]).await.expect(401);
    assert!(is_signed_in(&mut here).await);
    here.submit(&page, "/account/delete", &[("current_password", &person.password)]).await.expect(200);
    assert!(here.session().is_none() && !is_signed_in(&mut there).await);
    assert!(!server.accepts(&tokens.access).await);
    assert_eq!(Browser::new(server).try_sign_in(&person.email, &person.password).await.status, 401);
    Browser::new(server).sign_up_as(&Person { ..person }).await;
}

#[tokio::test]
async fn forms_of_other_pages_and_other_browsers_change_nothing() {
    let server = Server::shared();
    let (mut jane, mut eve) = (Browser::new(server), Browser::new(server));
    let person = jane.sign_up().await;
    eve.sign_up().await;
    let page = eve.get("/account/profile").await.expect(200);
    let csrf = hidden(&page, "<form", "csrf");
    for (path, fields) in [
        ("/account", vec![("action", "end_all")]),
        ("/account/profile", vec![("given_name", "Eve")]),
        ("/account/delete", vec![("current_password", person.password.as_str())]),
    ] {
        jane.post(path, &fields).await.expect(403);
        jane.post(path, &[fields.clone(), vec![("csrf", &csrf)]].concat()).await.expect(403);
    }
    assert!(is_signed_in(&mut jane).await);
}
