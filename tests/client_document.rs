//! Client ID Metadata Documents: clients whose `client_id` is the URL of their metadata.

use crate::support::{
    App, Ask, Browser, CHALLENGE, Method, REDIRECT_URI, Server, Value, json, profile,
    site::{Reply, Site},
    unique,
};

/// The document of a public client at this path of the site.
fn document(site: &Site, path: &str) -> Value {
    json!({
        "client_id": site.url(path), "client_name": "Published App", "redirect_uris": [REDIRECT_URI],
        "token_endpoint_auth_method": "none", "scope": "openid profile email offline_access",
    })
}

fn app<'s>(server: &'s Server, id: &str) -> App<'s> {
    App {
        id: id.to_owned(),
        secret: None,
        redirect_uri: REDIRECT_URI.to_owned(),
        scope: "openid profile email".to_owned(),
        server,
    }
}

/// The path of a document that no other test has used.
fn path() -> String {
    format!("/{}/client.json", unique())
}

#[tokio::test]
async fn a_client_is_known_by_the_document_at_its_client_id() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let (site, path) = (Site::start(), path());
    site.serve(&path, Reply::json(&document(&site, &path)));
    let app = app(server, &site.url(&path));
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let tokens = app.redeem(&browser.authorize(&app, &[]).await).await;
    assert!(server.accepts(&tokens.access).await);
    let tokens = app.refresh(tokens.refresh_token()).await;
    assert!(server.accepts(&tokens.access).await);
    // The document is kept, and the user is not asked again.
    browser.authorize(&app, &[("prompt", "none")]).await.code();
    assert_eq!(site.received(&path).len(), 1);
    let received = site.received(&path).remove(0);
    assert_eq!((received.method.as_str(), received.body.as_str()), ("GET", ""));
    assert!(!received.headers.contains_key("cookie") && !received.headers.contains_key("authorization"));
}

#[tokio::test]
async fn the_consent_page_names_the_host_of_the_client_id() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let (site, path) = (Site::start(), path());
    site.serve(&path, Reply::json(&document(&site, &path)));
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let page = browser.begin(&app(server, &site.url(&path)), &[]).await;
    let host = site.base.strip_prefix("http://").unwrap().split(':').next().unwrap();
    assert!(
        page.html().contains("Published App")
            && page.html().contains(&format!("published by <strong><bdi dir=\"ltr\">{host}</bdi></strong>")),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn documents_that_are_not_valid_get_an_error_page() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let site = Site::start();
    let changed = |change: &dyn Fn(&mut Value)| {
        let path = path();
        let mut document = document(&site, &path);
        change(&mut document);
        (path, Reply::json(&document))
    };
    let too_long = "x".repeat(5 * 1024);
    for (path, reply) in [
        changed(&|document| document["client_id"] = json!("https://other.example/client.json")),
        changed(&|document| document["token_endpoint_auth_method"] = json!("client_secret_basic")),
        changed(&|document| document["client_secret"] = json!("secret")),
        changed(&|document| document["redirect_uris"] = json!(["http://evil.example/"])),
        changed(&|document| document["client_name"] = json!(too_long)),
        changed(&|document| *document = json!([])),
        (path(), Reply::empty(404)),
        (path(), Reply::empty(302).with("Location", "/somewhere.json")),
    ] {
        site.serve(&path, reply.clone());
        let answer = server.get(&app(server, &site.url(&path)).authorize_path(&[])).await;
        answer.expect_error_page(400);
        assert!(!answer.body.contains(&too_long));
        // What does not hold is not asked for again and again.
        server.get(&app(server, &site.url(&path)).authorize_path(&[])).await.expect_error_page(400);
        assert_eq!(site.received(&path).len(), 1, "{reply:?}");
    }
    assert!(site.received("/somewhere.json").is_empty());
}

#[tokio::test]
async fn a_media_type_that_is_not_json_is_refused() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let (site, path) = (Site::start(), path());
    let reply =
        Reply { headers: vec![("Content-Type", "text/html".to_owned())], ..Reply::json(&document(&site, &path)) };
    site.serve(&path, reply);
    server.get(&app(server, &site.url(&path)).authorize_path(&[])).await.expect_error_page(400);
}

#[tokio::test]
async fn without_the_settings_nothing_is_fetched() {
    let server = Server::shared();
    let (site, path) = (Site::start(), path());
    site.serve(&path, Reply::json(&document(&site, &path)));
    server.get(&app(server, &site.url(&path)).authorize_path(&[])).await.expect_error_page(400);
    let Some(public_only) = Server::with(profile::DOCUMENTS) else { return };
    public_only.get(&app(public_only, &site.url(&path)).authorize_path(&[])).await.expect_error_page(400);
    assert!(site.received(&path).is_empty());
}

#[tokio::test]
async fn a_host_is_not_flooded_with_requests_for_documents() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    // The host counts, not its port: a name that no other test uses, of the same machine.
    let site = Site::start();
    let host = site.base.replace("127.0.0.1", "127.0.0.77");
    for number in 0..40 {
        let id = format!("{host}/{number}/client.json");
        server.get(&app(server, &id).authorize_path(&[])).await.expect_error_page(400);
    }
    let log = server.log();
    assert!(log.contains("too many documents were fetched from this host"), "{log}");
}

#[tokio::test]
async fn discovery_says_whether_documents_are_supported() {
    for (variables, supported) in [(profile::DEFAULT, false), (profile::OUTBOUND, true)] {
        let Some(server) = Server::with(variables) else { return };
        let metadata = server.request(Method::GET, "/.well-known/openid-configuration").ask().await.expect(200).json();
        assert_eq!(metadata["client_id_metadata_document_supported"], supported);
    }
}

#[tokio::test]
async fn a_client_may_begin_by_pushing_its_request() {
    let Some(server) = Server::with(profile::OUTBOUND) else { return };
    let (site, path) = (Site::start(), path());
    site.serve(&path, Reply::json(&document(&site, &path)));
    let app = app(server, &site.url(&path));
    let form = [
        ("response_type", "code"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let pushed = app.request("/par", &form).ask().await.expect(201).json();
    assert!(pushed["request_uri"].is_string());
    assert_eq!(site.received(&path).len(), 1);
}
