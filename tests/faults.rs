//! Storage that fails while the server runs: 503 and nothing else, nothing acknowledged that is not stored, and all well
//! again as soon as it is.

use std::{
    os::unix::fs::FileExt,
    time::{Duration, Instant},
};

use crate::support::{Answer, App, Ask, Browser, Method, REDIRECT_URI, Server, json, server::State, signed_in};

pub const SETTINGS: [(&str, &str); 1] = [("login_throttle", "off")];

/// The components and the path that need no storage.
const WITHOUT_STORAGE: [&str; 3] = ["discovery", "passkey-script", "/health/live"];

/// Programs and people are told to come again, and nothing of the reason.
#[track_caller]
pub fn expect_unavailable(answer: &Answer) {
    if answer.header("content-type").starts_with("application/json") {
        answer.expect_error(503, "temporarily_unavailable");
    } else {
        answer.expect_error_page(503);
    }
    assert_eq!(answer.header("retry-after"), "1", "{}", answer.url);
    let reasons = ["I/O", "locked", "full", "readonly"];
    assert!(reasons.iter().all(|reason| !answer.body.contains(reason)), "{}: {}", answer.url, answer.body);
}

/// Every public route of `spin.toml`, with its component: a new one cannot be forgotten here.
fn routes() -> Vec<(String, String)> {
    let manifest = include_str!("../spin.toml");
    let value = |line: &str| line.split('"').nth(1).map(ToOwned::to_owned);
    let mut lines = manifest.lines();
    let mut routes = Vec::new();
    while let Some(line) = lines.next() {
        // A private route has no path.
        let Some(route) = line.strip_prefix("route = ").and_then(value) else { continue };
        let component = lines.next().and_then(value).expect("the component of the route");
        routes.push((route.replace(":client_id", "x").replace("/...", "/x"), component));
    }
    assert!(routes.len() > 35, "{routes:?}");
    routes
}

#[tokio::test]
async fn no_route_answers_anything_but_503_while_the_database_fails_and_all_do_afterwards() {
    let state = State::new();
    state.fail("sqlite=ioerr");
    let Some(server) = Server::start(&SETTINGS, &state) else { return };
    for fault in ["sqlite=ioerr", "sqlite=locked"] {
        state.fail(fault);
        for (path, component) in routes() {
            for method in [Method::GET, Method::POST] {
                let answer = server.request(method, &path).bearer_auth(&server.admin_token).ask().await;
                if WITHOUT_STORAGE.iter().any(|name| [component.as_str(), &path].contains(name)) || answer.status == 405
                {
                    assert!(answer.status < 500, "{path}: {} {}", answer.status, answer.body);
                    continue;
                }
                assert_eq!(answer.status, 503, "{fault}, {path}: {}", answer.body);
                expect_unavailable(&answer);
            }
        }
    }
    state.fail("");
    for (path, _) in routes() {
        let answer = server.request(Method::GET, &path).bearer_auth(&server.admin_token).ask().await;
        assert!(answer.status < 500, "{path}: {} {}", answer.status, answer.body);
    }
    server.stop();
}

#[tokio::test]
async fn what_could_not_be_written_is_refused_and_can_be_done_when_writing_works_again() {
    let state = State::new();
    let Some(server) = Server::start(&SETTINGS, &state) else { return };
    let mut user = signed_in(&server).await;
    let code = user.browser.authorize(&user.app, &[]).await.code();
    for fault in ["full", "readonly", "locked"] {
        state.fail(&format!("sqlite.writes={fault}"));
        user.app.try_redeem(&code, &[]).await.expect_error(503, "temporarily_unavailable");
        user.app.try_refresh(user.tokens.refresh_token(), &[]).await.expect_error(503, "temporarily_unavailable");
        user.app.revoke(&user.tokens.access).await.expect_error(503, "temporarily_unavailable");
        let metadata = json!({"redirect_uris": [REDIRECT_URI]});
        server.administer(Method::POST, "/register", metadata).await.expect_error(503, "temporarily_unavailable");
        let mut elsewhere = Browser::new(&server);
        let refused = elsewhere.try_sign_in(&user.person.email, &user.person.password).await;
        refused.expect_error_page(503);
        assert!(elsewhere.session().is_none(), "no session that is not stored");
        // What only reads goes on, and what was not revoked is not taken for revoked.
        assert!(server.accepts(&user.tokens.access).await, "{fault}");
    }
    state.fail("");
    user.app.try_redeem(&code, &[]).await.expect(200);
    let next = user.app.refresh(user.tokens.refresh_token()).await;
    user.app.revoke(&next.access).await.expect(200);
    assert!(!server.accepts(&next.access).await);
    Browser::new(&server).sign_in(&user.person).await;
    server.stop();
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "the real clock shows that an answer is late")]
async fn what_is_late_is_well() {
    const LATE: Duration = Duration::from_millis(100);
    let state = State::new();
    let Some(server) = Server::start(&[], &state) else { return };
    state.fail("sqlite=delay:100ms\nkv=delay:100ms");
    let begun = Instant::now();
    let user = signed_in(&server).await;
    assert!(server.accepts(&user.tokens.access).await);
    user.app.revoke(&user.tokens.access).await.expect(200);
    assert!(!server.accepts(&user.tokens.access).await);
    assert!(begun.elapsed() > 12 * LATE, "each of these requests uses the storage");
    server.get("/jwks").await.expect(200);
    state.fail("");
    let mut again = Browser::new(&server);
    again.sign_in(&user.person).await;
    server.stop();
}

#[tokio::test]
async fn a_page_says_in_the_language_of_its_reader_that_nothing_is_lost() {
    let state = State::new();
    let Some(server) = Server::start(&SETTINGS, &state) else { return };
    state.fail("sqlite=ioerr\nkv=down");
    for (language, direction, words) in [
        ("en", "ltr", "Nothing is lost: try again in a moment."),
        ("de", "ltr", "Es ist nichts verloren"),
        ("ar", "rtl", "لم يُفقد شيء"),
    ] {
        for path in ["/login", "/account", "/admin/"] {
            let page = server.request(Method::GET, path).header("accept-language", language).ask().await;
            expect_unavailable(&page);
            let start = format!(r#"<html lang="{language}" dir="{direction}">"#);
            assert!(page.html().contains(&start) && page.body.contains(words), "{path}: {}", page.body);
        }
    }
    server.stop();
}

#[tokio::test]
async fn a_database_that_another_process_has_locked_is_waited_for_and_then_unavailable() {
    let state = State::new();
    let Some(server) = Server::start(&SETTINGS, &state) else { return };
    let user = signed_in(&server).await;
    let other = rusqlite::Connection::open(state.path("sqlite_db.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    user.app.revoke(&user.tokens.access).await.expect_error(503, "temporarily_unavailable");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(server.accepts(&user.tokens.access).await);
    user.app.revoke(&user.tokens.access).await.expect(200);
    assert!(!server.accepts(&user.tokens.access).await);
    server.stop();
}

#[tokio::test]
async fn whoever_has_opened_a_read_only_database_refuses_to_write_and_writes_as_soon_as_it_can_be_written() {
    let state = State::new();
    let Some(server) = Server::start(&SETTINGS, &state) else { return };
    let user = signed_in(&server).await;
    let file = state.path("sqlite_db.db");
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    let busy: i64 = rusqlite::Connection::open(&file).unwrap().query_row(checkpoint, [], |row| row.get(0)).unwrap();
    assert_eq!(busy, 0, "all is in the file");
    // The version that one must know to write. With a newer one SQLite only reads, for as long as the connection is open.
    let write_version = |version: u8| {
        let file = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
        file.write_all_at(&[version], 18).unwrap();
    };
    write_version(3);
    user.app.revoke(&user.tokens.access).await.expect_error(503, "temporarily_unavailable");
    assert!(server.log().contains("readonly"), "{}", server.log());
    assert!(server.accepts(&user.tokens.access).await);
    write_version(2);
    user.app.revoke(&user.tokens.access).await.expect(200);
    assert!(!server.accepts(&user.tokens.access).await);
    server.stop();
}

#[tokio::test]
async fn without_the_key_value_store_tokens_go_on_and_who_counts_attempts_refuses() {
    let state = State::new();
    let Some(server) = Server::start(&[], &state) else { return };
    let user = signed_in(&server).await;
    let machine = App::machine(&server).await;
    state.fail("kv=down");
    server.get("/health").await.expect(200);
    server.get("/.well-known/openid-configuration").await.expect(200);
    assert_eq!(server.get("/jwks").await.json()["keys"].as_array().unwrap().len(), 3);
    assert!(server.accepts(&user.tokens.access).await);
    let next = user.app.refresh(user.tokens.refresh_token()).await;
    machine.token(&[("grant_type", "client_credentials")]).await.expect(200);
    user.app.revoke(&next.access).await.expect(200);
    // Guesses that nobody counts would be free.
    let mut elsewhere = Browser::new(&server);
    elsewhere.try_sign_in(&user.person.email, &user.person.password).await.expect_error_page(503);
    assert!(elsewhere.session().is_none());
    state.fail("");
    elsewhere.sign_in(&user.person).await;
    server.stop();
}
