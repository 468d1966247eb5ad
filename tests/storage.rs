//! Storage that is not there or not ready: 503, to everybody the same, and never a success that did not happen.

use crate::support::{App, Ask, Browser, Method, Server, json, server::State, signed_in, unique};

/// Every endpoint that needs storage says that it cannot answer, and not why.
async fn expect_unavailable(server: &Server) {
    let form =
        [("client_id", "x"), ("client_secret", "scs_x"), ("grant_type", "client_credentials"), ("token", "sat_x")];
    let client = [("response_type", "code"), ("client_id", "x"), ("redirect_uri", "https://app.example/callback")];
    let json_answers = [
        server.post("/token", &form).await,
        server.post("/device_authorization", &form).await,
        // A revocation that was not stored must not look like one that was.
        server.post("/revoke", &form).await,
        // Nor must a token that nobody could look up look like one that is worth nothing.
        server.post("/introspect", &form).await,
        server.get_as("/userinfo", "sat_AAAA").await,
        server.get_as("/resource/me", "sat_AAAA").await,
        server.administer(Method::POST, "/register", json!({"redirect_uris": ["https://app.example/callback"]})).await,
        server.get("/health").await,
    ];
    for answer in json_answers {
        answer.expect_error(503, "temporarily_unavailable");
        expect_discreet(&answer.body);
    }
    for page in [
        server.get(&format!("/authorize?{}", crate::support::encode(&client))).await,
        server.post("/authorize", &client).await,
    ] {
        if page.is_redirect() {
            continue;
        }
        page.expect_error_page(503);
        expect_discreet(&page.body);
    }
}

#[track_caller]
fn expect_discreet(body: &str) {
    for word in ["sqlite", "schema", "database", "no such table", "malformed"] {
        assert!(!body.to_lowercase().contains(word), "{word}: {body}");
    }
}

#[tokio::test]
async fn without_its_schema_a_server_is_unavailable_until_the_administrator_migrates() {
    let state = State::new();
    let Some(server) = Server::start(&[("auto_migrate", "off")], &state) else { return };
    expect_unavailable(&server).await;
    assert!(server.log().contains("auto_migrate"), "the operator is told why: {}", server.log());
    let stranger = server.request(Method::POST, "/admin/api/migrate").bearer_auth(unique()).ask().await;
    assert_eq!(stranger.status, 401);
    for _ in 0..2 {
        server.administer(Method::POST, "/admin/api/migrate", json!({})).await.expect(204);
    }
    server.get("/health").await.expect(200);
    let user = signed_in(&server).await;
    assert!(server.accepts(&user.tokens.access).await);
    server.stop();
}

#[tokio::test]
async fn with_a_broken_database_a_server_is_unavailable_and_goes_on_answering() {
    let state = State::new();
    state.write(
        "sqlite_db.db",
        "this is no database, and it is long enough not to be taken for an empty one ".repeat(64),
    );
    let Some(server) = Server::start(&[], &state) else { return };
    for _ in 0..3 {
        expect_unavailable(&server).await;
    }
    // What needs no storage is still there.
    server.get("/.well-known/openid-configuration").await.expect(200);
    assert!(!server.log().contains("panicked"), "{}", server.log());
    server.stop();
}

#[tokio::test]
async fn an_empty_directory_becomes_a_server_whoever_asks_first() {
    let state = State::new();
    let Some(server) = Server::start(&[], &state) else { return };
    // Every instance finds an empty database, and each brings it up to date.
    let requests: Vec<_> = (0..4)
        .flat_map(|_| ["/health", "/", "/logout", "/signup", "/jwks"])
        .map(|path| {
            let request = server.request(Method::GET, path);
            tokio::spawn(async move { request.ask().await })
        })
        .collect();
    for request in requests {
        request.await.unwrap().expect(200);
    }
    let app = App::confidential(&server).await;
    let mut browser = Browser::new(&server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, &[]).await;
    app.redeem(&callback).await;
    server.stop();
}
