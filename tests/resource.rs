//! The sample protected resource.

use crate::support::{App, Ask, Browser, Method, Server, Tokens, signed_in};

#[tokio::test]
async fn a_token_opens_the_data_of_its_user() {
    let user = signed_in(Server::shared()).await;
    for path in ["/resource/me", "/resource/anything/below"] {
        let data = user.app.server.get_as(path, &user.tokens.access).await.expect(200).json();
        assert_eq!(data["resource"], path);
        assert_eq!(data["user"]["email"], user.person.email);
        assert_eq!(data["user"]["given_name"], "Jane");
        assert!(data.get("client").is_none(), "{data}");
    }
}

#[tokio::test]
async fn the_scope_profile_is_needed() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, &[("scope", "openid email")]).await;
    let tokens = app.redeem(&callback).await;
    let answer = app.server.get_as("/resource/me", &tokens.access).await;
    answer.expect_error(403, "insufficient_scope");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer") && challenge.contains("error=\"insufficient_scope\""), "{challenge}");
}

#[tokio::test]
async fn a_token_of_a_client_opens_the_resource_for_the_client_and_no_user_data() {
    let app = App::machine(Server::shared()).await;
    let tokens = Tokens::of(&app.token(&[("grant_type", "client_credentials")]).await);
    let data = app.server.get_as("/resource/me", &tokens.access).await.expect(200).json();
    assert_eq!(data["client"], app.id);
    assert!(data.get("user").is_none(), "{data}");
    let narrow = [("grant_type", "client_credentials"), ("scope", "api:write")];
    let tokens = Tokens::of(&app.token(&narrow).await);
    app.server.get_as("/resource/me", &tokens.access).await.expect_error(403, "insufficient_scope");
}

#[tokio::test]
async fn errors_are_json_with_a_challenge() {
    let server = Server::shared();
    let bare = server.get("/resource/me").await.expect(401);
    assert!(bare.header("www-authenticate").starts_with("Bearer"));
    assert!(bare.header("content-type").starts_with("application/json"), "{:?}", bare.headers);
    let bad = server.get_as("/resource/me", "sat_AAAA").await;
    bad.expect_error(401, "invalid_token");
    assert!(bad.header("www-authenticate").contains("error=\"invalid_token\""));
}

#[tokio::test]
async fn a_revoked_token_opens_nothing() {
    let user = signed_in(Server::shared()).await;
    user.app.revoke(&user.tokens.access).await.expect(200);
    user.app.server.get_as("/resource/me", &user.tokens.access).await.expect_error(401, "invalid_token");
}

#[tokio::test]
async fn the_resource_is_only_read() {
    let answer = Server::shared().request(Method::DELETE, "/resource/me").ask().await.expect(405);
    assert!(answer.header("allow").contains("GET"));
}
