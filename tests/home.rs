//! The launchpad.

use crate::support::{App, Browser, Person, REDIRECT_URI, Server, html, json, unique};

async fn app(name: &str, on_launchpad: bool) -> App<'static> {
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI], "client_name": name, "launchpad": on_launchpad,
        "client_uri": format!("https://{name}.example/start"),
    });
    App::register(Server::shared(), metadata).await
}

#[tokio::test]
async fn a_stranger_is_shown_the_ways_in() {
    let page = Browser::new(Server::shared()).get("/").await.expect(200);
    for path in ["/login", "/signup"] {
        assert!(page.html().contains(&format!("{path}\"")), "{path}: {}", page.body);
    }
}

#[tokio::test]
async fn a_user_sees_their_name_and_the_public_apps() {
    let public = format!("public{}", unique());
    let private = format!("private{}", unique());
    app(&public, true).await;
    app(&private, false).await;
    let person = Person { given_name: "Grace".to_owned(), family_name: "Hopper".to_owned(), ..Person::new() };
    let mut browser = Browser::new(Server::shared());
    browser.sign_up_as(&person).await;
    let page = browser.get("/").await.expect(200);
    assert!(page.html().contains("Grace"));
    assert!(
        page.body.contains(&public) && page.body.contains(&format!("https://{public}.example/start")),
        "{}",
        page.body
    );
    assert!(!page.body.contains(&private));
}

#[tokio::test]
async fn a_user_sees_the_apps_that_they_allowed() {
    let name = format!("allowed{}", unique());
    let app = app(&name, false).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    assert!(!browser.get("/").await.html().contains(&name));
    browser.authorize(&app, &[]).await.code();
    assert!(browser.get("/").await.html().contains(&name));
    let mut other = Browser::new(app.server);
    other.sign_up().await;
    assert!(!other.get("/").await.html().contains(&name));
}

#[tokio::test]
async fn a_tile_leads_to_where_the_app_lets_others_begin_a_sign_in() {
    let name = format!("initiated{}", unique());
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI], "client_name": name, "launchpad": true, "client_uri": "https://home.example/",
        "initiate_login_uri": format!("https://{name}.example/login?tenant=1"),
    });
    let app = App::register(Server::shared(), metadata).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let page = browser.get("/").await.expect(200);
    let issuer = crate::support::encode(&[("iss", &app.server.issuer)]);
    let link = format!("https://{name}.example/login?tenant=1&{issuer}");
    // The template writes the character by its number.
    assert!(page.body.replace("&#38;", "&").contains(&format!("href=\"{link}\"")), "{link}: {}", page.body);
}

#[tokio::test]
async fn names_of_apps_are_escaped() {
    let name = format!("<b>{}</b>", unique());
    let metadata =
        json!({"redirect_uris": [REDIRECT_URI], "client_name": name, "client_uri": "https://a.example/?a=1&b=%22"});
    let app = App::register(Server::shared(), metadata).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    browser.authorize(&app, &[]).await.code();
    let page = browser.get("/").await.expect(200);
    assert!(!page.html().contains(&name) && html::unescape(&page.body).contains(&name));
}

#[tokio::test]
async fn pages_carry_the_policies_that_keep_others_out() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let app = App::confidential(server).await;
    let consent = browser.begin(&app, &[]).await;
    let error = server.get("/authorize").await;
    for page in [
        server.get("/").await,
        server.get("/login").await,
        server.get("/signup").await,
        server.get("/logout").await,
        browser.get("/").await,
        consent,
        error,
    ] {
        let policy = page.header("content-security-policy");
        for directive in ["default-src 'none'", "frame-ancestors 'none'", "form-action", "base-uri 'none'"] {
            assert!(policy.contains(directive), "{} lacks {directive}: {policy}", page.url);
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"), "{}: {policy}", page.url);
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{}", page.url);
        assert!(!page.header("referrer-policy").is_empty(), "{}", page.url);
        assert!(page.header("cache-control").contains("no-store"), "{}", page.url);
        let html = page.html().to_lowercase();
        assert!(
            !html.contains("<script") && !html.contains(" onclick=") && !html.contains("javascript:"),
            "{}",
            page.url
        );
        for part in ["<!doctype html>", "<html lang=", "name=\"viewport\"", "<main", "<h1", "<title>"] {
            assert!(html.contains(part), "{} lacks {part}", page.url);
        }
    }
}

#[tokio::test]
async fn every_field_has_a_label() {
    let server = Server::shared();
    for path in ["/login", "/signup"] {
        let page = server.get(path).await.expect(200);
        for input in page.html().split("<input").skip(1).map(|rest| rest.split('>').next().unwrap()) {
            if input.contains("type=\"hidden\"") {
                continue;
            }
            let id = input.split(" id=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            assert!(page.body.contains(&format!("for=\"{id}\"")), "{path}: {input}");
        }
    }
}

#[tokio::test]
async fn an_administrator_finds_the_way_to_the_dashboard_and_nobody_else_does() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    assert!(!browser.get("/").await.expect(200).html().contains("href=\"/admin/\""));
    server.set_access_level(&person.email, "admin").await.expect(200);
    assert!(browser.get("/").await.expect(200).html().contains("href=\"/admin/\""));
    browser.visit("/admin/").await.expect(200);
}
