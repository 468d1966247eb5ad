//! The language of the pages, and who chooses it.

use crate::support::{Answer, App, Ask, Browser, CHALLENGE, Method, REDIRECT_URI, Server, json};

async fn login_page(accepted: &str) -> Answer {
    let request = Server::shared().request(Method::GET, "/login");
    request.header("accept-language", accepted).ask().await.expect(200)
}

#[track_caller]
fn expect_language(page: &Answer, tag: &str, words: &str) {
    let direction = if tag == "ar" { "rtl" } else { "ltr" };
    assert!(page.html().contains(&format!(r#"<html lang="{tag}" dir="{direction}">"#)), "{}", page.body);
    assert_eq!(page.header("content-language"), tag);
    assert!(page.headers_of("vary").iter().any(|field| field.eq_ignore_ascii_case("accept-language")));
    assert!(page.body.contains(words), "{}", page.body);
}

#[tokio::test]
async fn the_browser_picks_the_language() {
    expect_language(&login_page("de-AT,de;q=0.9,en;q=0.8").await, "de", "E-Mail-Adresse");
    expect_language(&login_page("fr, ar;q=0.3, de;q=0.2").await, "ar", "عنوان البريد الإلكتروني");
}

#[tokio::test]
async fn a_language_that_is_not_there_or_not_wanted_falls_back_to_the_setting() {
    for accepted in ["fr", "de;q=0", "de;q=0, ar;q=0.000", "", "!"] {
        expect_language(&login_page(accepted).await, "en", "Email address");
    }
    let Some(server) = Server::with(&[("default_language", "de")]) else { return };
    expect_language(&server.get("/login").await, "de", "E-Mail-Adresse");
}

#[tokio::test]
async fn what_the_application_asks_for_lasts_from_sign_in_to_consent_whatever_the_browser_says() {
    let app = App::public(Server::shared()).await;
    let person = Browser::new(app.server).sign_up().await;
    let mut browser = Browser::new(app.server);
    let login = browser.begin(&app, &[("ui_locales", "fr-CA ar de")]).await;
    expect_language(&login, "ar", "كلمة المرور");
    let wrong = browser.submit(&login, "/login", &[("email", &person.email), ("password", "wrong")]).await.expect(401);
    expect_language(&wrong, "ar", "عنوان البريد الإلكتروني أو كلمة المرور غير صحيحة.");
    let consent = browser.log_in_at(&wrong, &person).await;
    expect_language(&consent, "ar", "باستخدام حسابك؟");
    // Names, addresses and hosts keep their own direction between Arabic words.
    assert!(consent.body.contains(&format!(r#"<bdi dir="ltr">{}</bdi>"#, person.email)), "{}", consent.body);
    let undecided = browser.decide(&consent, "perhaps").await;
    undecided.expect_error_page(400);
    expect_language(&undecided, "ar", "لم تنجح العملية");
}

#[tokio::test]
async fn the_language_of_a_pushed_request_is_that_of_its_pages() {
    let app = App::public(Server::shared()).await;
    let form = [
        ("client_id", app.id.as_str()),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("ui_locales", "de"),
    ];
    let pushed = app.server.post("/par", &form).await.expect(201).json();
    let uri = pushed["request_uri"].as_str().unwrap();
    let query = crate::support::encode(&[("client_id", app.id.as_str()), ("request_uri", uri)]);
    let page = Browser::new(app.server).visit(&format!("/authorize?{query}")).await;
    expect_language(&page, "de", "Passwort");
}

#[tokio::test]
async fn an_error_page_has_the_language_of_its_request_and_the_clients_error_stays_english() {
    let server = Server::shared();
    let page = server.get("/authorize?client_id=unknown&ui_locales=de").await;
    expect_language(&page, "de", "Diese Anwendung ist hier nicht bekannt.");
    let request = server.request(Method::POST, "/token").header("accept-language", "de");
    let error = request.form(&[("grant_type", "unknown")]).ask().await;
    assert!(error.json()["error_description"].as_str().unwrap().is_ascii());
    assert!(error.headers_of("content-language").is_empty());
}

#[tokio::test]
async fn signing_out_has_the_language_that_the_application_asks_for() {
    let mut browser = Browser::new(Server::shared());
    browser.sign_up().await;
    let page = browser.visit("/logout?ui_locales=de").await;
    expect_language(&page, "de", "Abmelden?");
    let done = browser.submit(&page, "/logout", &[]).await;
    expect_language(&browser.follow(done).await, "de", "Sie sind auf diesem Gerät abgemeldet.");
}

#[tokio::test]
async fn the_metadata_names_the_languages() {
    let metadata = Server::shared().get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["ui_locales_supported"], json!(["en", "de", "ar"]));
}
