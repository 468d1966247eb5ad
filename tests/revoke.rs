//! Revocation: RFC 7009.

use crate::support::{App, Ask, Method, Server, Tokens, json, signed_in, tokens_for, unique};

#[tokio::test]
async fn a_revoked_access_token_opens_nothing_and_the_refresh_token_goes_on() {
    let user = signed_in(Server::shared()).await;
    let answer = user.app.revoke(&user.tokens.access).await.expect(200);
    assert_eq!(answer.json(), json!({"success": true}));
    assert!(answer.header("cache-control").contains("no-store"));
    assert!(!user.app.server.accepts(&user.tokens.access).await);
    let next = user.app.refresh(user.tokens.refresh_token()).await;
    assert!(user.app.server.accepts(&next.access).await);
}

#[tokio::test]
async fn a_revoked_refresh_token_takes_its_access_tokens_with_it() {
    let user = signed_in(Server::shared()).await;
    let next = user.app.refresh(user.tokens.refresh_token()).await;
    user.app.revoke(next.refresh_token()).await.expect(200);
    for access in [&user.tokens.access, &next.access] {
        assert!(!user.app.server.accepts(access).await);
    }
    user.app.try_refresh(next.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn an_unknown_token_is_a_success_too() {
    let app = App::confidential(Server::shared()).await;
    for token in ["x", "sat_AAAA", "srt_AAAA", "sac_AAAA", &unique(), "eyJhbGciOiJub25lIn0.e30."] {
        assert_eq!(app.revoke(token).await.expect(200).json(), json!({"success": true}));
    }
}

#[tokio::test]
async fn revoking_twice_is_the_same_as_once() {
    let user = signed_in(Server::shared()).await;
    for token in [&user.tokens.access, user.tokens.refresh_token()] {
        user.app.revoke(token).await.expect(200);
        user.app.revoke(token).await.expect(200);
    }
}

#[tokio::test]
async fn the_hint_may_be_wrong_or_unknown() {
    for hint in ["refresh_token", "access_token", "unknown"] {
        let user = signed_in(Server::shared()).await;
        let form = [("token", user.tokens.access.as_str()), ("token_type_hint", hint)];
        user.app.request("/revoke", &form).ask().await.expect(200);
        assert!(!user.app.server.accepts(&user.tokens.access).await, "{hint}");
    }
}

#[tokio::test]
async fn a_public_client_revokes_by_its_identifier() {
    let app = App::public(Server::shared()).await;
    let (_, _, tokens) = tokens_for(&app).await;
    let form = [("token", tokens.access.as_str()), ("client_id", &app.id)];
    assert_eq!(app.server.post("/revoke", &form).await.expect(200).json(), json!({"success": true}));
    assert!(!app.server.accepts(&tokens.access).await);
}

#[tokio::test]
async fn a_client_that_does_not_show_who_it_is_revokes_nothing() {
    let user = signed_in(Server::shared()).await;
    let server = user.app.server;
    let token = [("token", user.tokens.access.as_str())];
    let wrong = server.request(Method::POST, "/revoke").basic_auth(&user.app.id, Some("scs_wrong")).form(&token);
    let answer = wrong.ask().await;
    answer.expect_error(401, "invalid_client");
    assert!(answer.header("www-authenticate").starts_with("Basic "));
    server.post("/revoke", &[token[0], ("client_id", &user.app.id)]).await.expect_error(401, "invalid_client");
    server.post("/revoke", &[token[0], ("client_id", "unknown")]).await.expect_error(401, "invalid_client");
    let anonymous = server.post("/revoke", &token).await;
    assert!(matches!(anonymous.status, 400 | 401), "{}", anonymous.body);
    assert!(server.accepts(&user.tokens.access).await);
}

#[tokio::test]
async fn a_request_without_a_token_is_invalid() {
    let app = App::confidential(Server::shared()).await;
    app.request("/revoke", &[("token_type_hint", "access_token")]).ask().await.expect_error(400, "invalid_request");
    app.request("/revoke", &[("token", "")]).ask().await.expect_error(400, "invalid_request");
    let twice = app.request("/revoke", &[("token", "a"), ("token", "b")]).ask().await;
    twice.expect_error(400, "invalid_request");
}

#[tokio::test]
async fn a_client_revokes_its_own_credentials_token() {
    let app = App::machine(Server::shared()).await;
    let tokens = Tokens::of(&app.token(&[("grant_type", "client_credentials")]).await);
    app.server.get_as("/resource/me", &tokens.access).await.expect(200);
    app.revoke(&tokens.access).await.expect(200);
    app.server.get_as("/resource/me", &tokens.access).await.expect_error(401, "invalid_token");
}

#[tokio::test]
async fn revocation_is_by_post() {
    let answer = Server::shared().get("/revoke?token=x").await.expect(405);
    assert!(answer.header("allow").contains("POST"));
}
