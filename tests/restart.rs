//! State survives a restart.

use crate::support::{App, Browser, Callback, Server, Value, jwt, server::State, signed_in};

fn settings() -> Vec<(&'static str, &'static str)> {
    vec![("login_throttle", "off")]
}

#[tokio::test]
async fn users_clients_grants_sessions_and_keys_survive_a_restart() {
    let state = State::new();
    let Some(server) = Server::start(&settings(), &state) else { return };
    let mut user = signed_in(&server).await;
    let callback = user.browser.authorize(&user.app, &[]).await;
    let revoked = {
        let callback = user.browser.authorize(&user.app, &[]).await;
        user.app.redeem(&callback).await
    };
    user.app.revoke(&revoked.access).await.expect(200);
    let interaction_page = Browser::new(&server).begin(&user.app, &[]).await.expect(200);
    let keys: Value = server.get("/jwks").await.expect(200).json();
    let (person, tokens, cookies) = (user.person, user.tokens, user.browser.cookies);
    let (id, secret) = (user.app.id.clone(), user.app.secret.clone());
    let (redirect_uri, scope) = (user.app.redirect_uri.clone(), user.app.scope.clone());
    let status = server.stop();
    assert!(status.success(), "a clean shutdown: {status}");

    let server = Server::start(&settings(), &state).unwrap();
    assert_eq!(server.get("/jwks").await.expect(200).json(), keys, "keys");
    let app = App { server: &server, id, secret, redirect_uri, scope };
    assert!(server.accepts(&tokens.access).await, "access tokens");
    assert!(!server.accepts(&revoked.access).await, "revocations");
    let next = app.refresh(tokens.refresh_token()).await;
    assert_eq!(jwt::claims(next.id_token())["sub"], jwt::claims(tokens.id_token())["sub"]);
    app.redeem(&callback).await;
    let mut browser = Browser::new(&server);
    browser.cookies = cookies;
    let answer = browser.get(&app.authorize_path(&[("prompt", "none")])).await;
    app.redeem(&Callback { url: answer.location() }).await;
    let mut again = Browser::new(&server);
    again.sign_in(&person).await;
    // A login page that was open meanwhile can still be sent, with the cookies of its browser or a fresh form.
    let form = again.form(&interaction_page, "/login");
    let page = again.visit(&format!("/authorize?interaction={}", form.value("interaction"))).await;
    assert!(page.is_redirect(), "the pending request goes on: {}", page.body);
    server.stop();
}

#[tokio::test]
async fn a_server_that_was_killed_has_lost_nothing_it_answered() {
    let state = State::new();
    let Some(server) = Server::start(&settings(), &state) else { return };
    let user = signed_in(&server).await;
    let next = user.app.refresh(user.tokens.refresh_token()).await;
    let (id, secret) = (user.app.id.clone(), user.app.secret.clone());
    let (redirect_uri, scope) = (user.app.redirect_uri.clone(), user.app.scope.clone());
    server.kill();

    let server = Server::start(&settings(), &state).unwrap();
    let app = App { server: &server, id, secret, redirect_uri, scope };
    assert!(server.accepts(&next.access).await);
    let after = app.refresh(next.refresh_token()).await;
    app.refresh(after.refresh_token()).await;
    server.stop();
}

#[tokio::test]
async fn a_fresh_server_never_answers_an_empty_key_set_and_racing_requests_agree_on_it() {
    let state = State::new();
    let Some(server) = Server::start(&settings(), &state) else { return };
    let requests: Vec<_> = (0..8)
        .map(|_| {
            let url = server.url("/jwks");
            tokio::spawn(async move { crate::support::Ask::ask(crate::support::server::client().get(url)).await })
        })
        .collect();
    let mut sets = Vec::new();
    for request in requests {
        sets.push(request.await.unwrap().expect(200).json());
    }
    assert!(sets[0]["keys"].as_array().is_some_and(|keys| keys.len() >= 3), "{}", sets[0]);
    assert!(sets.iter().all(|set| *set == sets[0]), "{sets:?}");
    server.stop();
}

#[tokio::test]
async fn no_state_is_shared_by_servers_that_share_nothing() {
    let state = State::new();
    let Some(server) = Server::start(&settings(), &state) else { return };
    let user = signed_in(Server::shared()).await;
    assert!(!server.accepts(&user.tokens.access).await, "another server's access token");
    let mut browser = Browser::new(&server);
    browser.cookies = user.browser.cookies.clone();
    assert!(!browser.get("/").await.html().contains("Jane"), "another server's session");
    let app = App { server: &server, ..user.app.clone() };
    app.try_refresh(user.tokens.refresh_token(), &[]).await.expect_error(401, "invalid_client");
    server.stop();
}

#[tokio::test]
async fn without_its_key_value_file_a_server_has_lost_nothing_but_counts_and_by_default_few_things_are_counted() {
    let state = State::new();
    let Some(server) = Server::start(&[], &state) else { return };
    let mut user = signed_in(&server).await;
    user.browser.authorize(&user.app, &[]).await;
    assert!(server.accepts(&user.tokens.access).await);
    Browser::new(&server).try_sign_in(&user.person.email, "a wrong password").await;
    let keys: Value = server.get("/jwks").await.expect(200).json();
    let (access, refresh_token) = (user.tokens.access.clone(), user.tokens.refresh_token().to_owned());
    let (id, secret) = (user.app.id.clone(), user.app.secret.clone());
    let (redirect_uri, scope) = (user.app.redirect_uri.clone(), user.app.scope.clone());
    server.stop();

    let file = state.path("sqlite_key_value.db");
    let kept = rusqlite::Connection::open(&file).unwrap();
    let mut kept = kept.prepare("SELECT key FROM spin_key_value ORDER BY key").unwrap();
    let kept: Vec<String> = kept.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let kinds: Vec<_> = kept.iter().map(|key| key.rsplit_once('/').map_or(key.as_str(), |(kind, _)| kind)).collect();
    assert_eq!(kinds, ["jwks", "throttle/account", "throttle/address"]);
    std::fs::remove_file(file).unwrap();

    let server = Server::start(&[], &state).unwrap();
    assert_eq!(server.get("/jwks").await.expect(200).json(), keys, "published again");
    assert!(server.accepts(&access).await);
    App { server: &server, id, secret, redirect_uri, scope }.refresh(&refresh_token).await;
    server.stop();
}
