//! Passkeys over HTTP: pages, forms and what an application is told. What is refused is in
//! `crates/store/tests/use_cases/passkeys.rs`, too, case by case.

use crate::support::{
    Answer, App, Browser, Callback, Method, Person, Server, Value, html::unescape, json, jwt, passkeys::Passkey,
    profile, unique,
};

/// The options for the browser in the form of a page that goes to this endpoint.
#[track_caller]
fn options(page: &Answer, endpoint: &str) -> Value {
    let form = page.html().split("<form").find(|form| form.contains(&format!("{endpoint}\" data-passkey=\""))).unwrap();
    let options = form.split("data-passkey=\"").nth(1).unwrap().split('"').next().unwrap();
    serde_json::from_str(&unescape(options)).unwrap()
}

fn fields<'f>(fields: &'f [(&'static str, String)]) -> Vec<(&'f str, &'f str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// Adds a passkey to the account that is signed in; answers it and the page that follows.
async fn add(browser: &mut Browser<'_>) -> (Passkey, Answer) {
    let page = browser.visit("/account/factors").await.expect(200);
    let mut passkey = Passkey::new(&unique(), "id.example.com", "https://id.example.com");
    let options = options(&page, "/account/factors/passkey");
    let handle = jwt::from_base64url(options["user"]["id"].as_str().unwrap());
    let created = passkey.create(options["challenge"].as_str().unwrap(), &handle);
    let mut sent = fields(&created);
    sent.push(("name", "Telephone <1>"));
    let answer = browser.submit(&page, "/account/factors/passkey", &sent).await;
    (passkey, answer)
}

/// Sends the answer of the passkey to the challenge on this page.
async fn show(browser: &mut Browser<'_>, page: &Answer, passkey: &mut Passkey) -> Answer {
    let shown = passkey.get(options(page, "/login/passkey")["challenge"].as_str().unwrap());
    browser.submit(page, "/login/passkey", &fields(&shown)).await
}

async fn enrolled(server: &Server) -> (Browser<'_>, Person, Passkey) {
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    let (passkey, answer) = add(&mut browser).await;
    assert!(answer.expect(200).body.contains("<code>"), "recovery codes come with the first factor");
    (browser, person, passkey)
}

#[tokio::test]
async fn who_signs_in_by_a_passkey_goes_on_to_the_application_which_hears_how() {
    let Some(server) = Server::with(profile::NAMED) else { return };
    let app = App::confidential(server).await;
    let (_, _, mut passkey) = enrolled(server).await;
    let mut browser = Browser::new(server);
    let page = browser.begin(&app, &[("acr_values", "phr"), ("state", "kept")]).await.expect(200);
    let answer = show(&mut browser, &page, &mut passkey).await;
    let page = browser.follow(answer).await.expect(200);
    let callback = Callback { url: browser.decide(&page, "approve").await.location() };
    assert_eq!(callback.get("state").as_deref(), Some("kept"));
    let told = jwt::claims(app.redeem(&callback).await.id_token());
    assert_eq!((&told["acr"], &told["amr"]), (&json!("phr"), &json!(["swk", "user", "mfa"])));
}

#[tokio::test]
async fn a_passkey_satisfies_an_application_that_requires_two_factors() {
    let Some(server) = Server::with(profile::NAMED) else { return };
    let metadata =
        json!({"redirect_uris": ["https://app.example/callback"], "scope": "openid", "require_multi_factor": true});
    let app = App::register(server, metadata).await;
    let (_, _, mut passkey) = enrolled(server).await;
    let mut browser = Browser::new(server);
    let page = browser.begin(&app, &[]).await.expect(200);
    let answer = show(&mut browser, &page, &mut passkey).await;
    let page = browser.follow(answer).await.expect(200);
    assert!(page.url.path().ends_with("/consent"), "{}", page.url);
}

#[tokio::test]
async fn an_application_that_insists_on_a_passkey_gets_no_code_without_one() {
    let Some(server) = Server::with(profile::NAMED) else { return };
    let app = App::confidential(server).await;
    let claims = json!({"id_token": {"acr": {"essential": true, "value": "phr"}}}).to_string();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    let page = browser.begin(&app, &[("claims", &claims)]).await.expect(200);
    assert!(page.url.path().ends_with("/account/factors"), "{}", page.url);
    assert!(page.body.contains("asks for a passkey"));
    let (mut passkey, answer) = add(&mut browser).await;
    answer.expect(200);
    // In another browser, by the password first.
    let mut other = Browser::new(server);
    let page = other.begin(&app, &[("claims", &claims)]).await.expect(200);
    let page = other.log_in_at(&page, &person).await.expect(200);
    assert!(page.body.contains("asks for your passkey") && !page.body.contains("name=\"code\""));
    let answer = show(&mut other, &page, &mut passkey).await;
    let page = other.follow(answer).await.expect(200);
    let callback = Callback { url: other.decide(&page, "approve").await.location() };
    assert_eq!(jwt::claims(app.redeem(&callback).await.id_token())["acr"], json!("phr"));
}

#[tokio::test]
async fn the_passkeys_of_a_user_are_named_only_after_the_right_password() {
    let Some(server) = Server::with(profile::NAMED) else { return };
    let (_, person, mut passkey) = enrolled(server).await;
    let mut browser = Browser::new(server);
    let page = browser.get("/login").await.expect(200);
    assert_eq!(options(&page, "/login/passkey")["allowCredentials"], json!([]));
    let wrong = browser.try_sign_in(&person.email, "wrong").await.expect(401);
    assert_eq!(options(&wrong, "/login/passkey")["allowCredentials"], json!([]));
    let page = browser.try_sign_in(&person.email, &person.password).await.expect(200);
    let known = &options(&page, "/login/passkey")["allowCredentials"][0];
    assert_eq!(known["id"], json!(jwt::base64url(&passkey.id)));
    assert_eq!(known["transports"], json!(["internal", "hybrid"]));
    assert!(browser.session().is_none());
    show(&mut browser, &page, &mut passkey).await.location();
    assert!(browser.session().is_some());
}

#[tokio::test]
async fn a_passkey_that_is_not_right_is_told_on_the_page_that_asked_for_it() {
    let Some(server) = Server::with(profile::NAMED) else { return };
    let (_, person, mut passkey) = enrolled(server).await;
    let mut stranger = Passkey::new(&unique(), "id.example.com", "https://id.example.com");
    stranger.user_handle = passkey.user_handle.clone();
    let mut browser = Browser::new(server);
    let page = browser.get("/login").await.expect(200);
    let page = show(&mut browser, &page, &mut stranger).await.expect(401);
    assert!(page.html().contains("This passkey is not right here") && page.body.contains("type=\"password\""));
    show(&mut browser, &page, &mut passkey).await.location();
    let mut browser = Browser::new(server);
    let page = browser.try_sign_in(&person.email, &person.password).await.expect(200);
    let page = show(&mut browser, &page, &mut stranger).await.expect(401);
    assert!(page.body.contains("This passkey is not right here") && page.body.contains("name=\"code\""));
    assert!(browser.session().is_none());
}

#[tokio::test]
async fn what_one_browser_has_signed_signs_no_other_in_and_is_good_once() {
    let Some(server) = Server::with(profile::NAMED) else { return };
    let (_, _, mut passkey) = enrolled(server).await;
    let (mut browser, mut other) = (Browser::new(server), Browser::new(server));
    let page = browser.get("/login").await.expect(200);
    let shown = passkey.get(options(&page, "/login/passkey")["challenge"].as_str().unwrap());
    let others = other.get("/login").await.expect(200);
    other.submit(&others, "/login/passkey", &fields(&shown)).await.expect(401);
    browser.submit(&page, "/login/passkey", &fields(&shown)).await.location();
    browser.submit(&page, "/login/passkey", &fields(&shown)).await.expect(401);
    let forged = [&fields(&shown)[..], &[("csrf", "AAAA")]].concat();
    other.submit(&others, "/login/passkey", &forged).await.expect(403);
}

#[tokio::test]
async fn a_passkey_is_listed_renamed_and_removed() {
    let Some(server) = Server::with(profile::NAMED) else { return };
    let (mut browser, person, mut passkey) = enrolled(server).await;
    let page = browser.get("/account/factors").await.expect(200);
    assert!(page.html().contains("Telephone &#60;1&#62;"), "{}", page.body);
    let id = jwt::base64url(&passkey.id);
    let excluded = &options(&page, "/account/factors/passkey")["excludeCredentials"][0]["id"];
    assert_eq!(excluded, &json!(id));
    browser
        .submit(&page, "/account/factors", &[("action", "rename_passkey"), ("name", "Key ring"), ("id", &id)])
        .await
        .location();
    let page = browser.get("/account/factors").await.expect(200);
    assert!(page.body.contains("Key ring") && !page.body.contains("Telephone"));
    browser.submit(&page, "/account/factors", &[("action", "remove_passkey"), ("id", &id)]).await.location();
    assert!(!browser.get("/account/factors").await.body.contains("Key ring"));
    let mut other = Browser::new(server);
    let page = other.get("/login").await.expect(200);
    show(&mut other, &page, &mut passkey).await.expect(401);
    other.sign_in(&person).await;
}

#[tokio::test]
async fn a_session_from_before_the_passkey_cannot_remove_it() {
    let Some(server) = Server::with(profile::NAMED) else { return };
    let mut old = Browser::new(server);
    let person = old.sign_up().await;
    let mut browser = Browser::new(server);
    browser.sign_in(&person).await;
    let (passkey, answer) = add(&mut browser).await;
    answer.expect(200);
    let page = old.get("/account/factors").await.expect(200);
    let id = jwt::base64url(&passkey.id);
    let answer = old.submit(&page, "/account/factors", &[("action", "remove_passkey"), ("id", &id)]).await;
    assert!(answer.location().path().ends_with("/login"));
}

#[tokio::test]
async fn only_the_pages_that_use_passkeys_may_have_their_script_and_no_other() {
    let Some(server) = Server::with(profile::NAMED) else { return };
    let mut browser = Browser::new(server);
    let script = "script-src https://id.example.com/passkey.js;";
    let page = browser.get("/login").await.expect(200);
    assert!(page.header("content-security-policy").contains(script) && page.body.matches("<script").count() == 1);
    let page = browser.get("/signup").await.expect(200);
    assert!(!page.header("content-security-policy").contains("script-src") && !page.body.contains("<script"));
    let answer = server.get("/passkey.js").await.expect(200);
    assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn discovery_has_phr_where_there_are_passkeys() {
    let Some(server) = Server::with(profile::NAMED) else { return };
    let metadata = server.get("/.well-known/openid-configuration").await.expect(200).json();
    let values = json!(["urn:spin-auth:acr:password", "urn:spin-auth:acr:mfa", "phr"]);
    assert_eq!(metadata["acr_values_supported"], values);
}

#[tokio::test]
async fn where_the_issuer_is_an_address_no_page_offers_passkeys() {
    let server = Server::shared();
    if !server.issuer.contains("127.0.0.1") {
        return;
    }
    let mut browser = Browser::new(server);
    let page = browser.get("/login").await.expect(200);
    assert!(!page.html().contains("passkey") && !page.body.contains("<script"));
    browser.sign_up().await;
    assert!(!browser.get("/account/factors").await.expect(200).body.contains("passkey"));
}

#[tokio::test]
async fn an_administrator_removes_the_passkeys_of_somebody_who_has_lost_them() {
    let Some(server) = Server::with(profile::NAMED) else { return };
    let (_, person, mut passkey) = enrolled(server).await;
    let path = format!("/admin/api/users/{}/factors", person.email);
    server.administer(Method::DELETE, &path, json!({})).await.expect(204);
    let mut browser = Browser::new(server);
    let page = browser.get("/login").await.expect(200);
    show(&mut browser, &page, &mut passkey).await.expect(401);
    browser.sign_in(&person).await;
}
