//! Refresh tokens: RFC 6749 §6 and rotation by RFC 9700 §4.14.

use crate::support::{App, Ask, Method, Server, Tokens, jwt, pass, profile, signed_in, tokens_for};

#[tokio::test]
async fn a_refresh_gives_a_new_pair_of_the_same_scope() {
    let user = signed_in(Server::shared()).await;
    let next = user.app.refresh(user.tokens.refresh_token()).await;
    assert!(next.access.starts_with("sat_") && next.refresh_token().starts_with("srt_"));
    assert_ne!(next.access, user.tokens.access);
    assert_ne!(next.refresh, user.tokens.refresh);
    assert_eq!(next.scope, user.tokens.scope);
    assert!(user.app.server.accepts(&next.access).await);
    assert!(user.app.server.accepts(&user.tokens.access).await, "the first access token goes on until it expires");
}

#[tokio::test]
async fn a_client_goes_on_for_many_generations() {
    let user = signed_in(Server::shared()).await;
    let mut tokens = user.tokens;
    for _ in 0..5 {
        tokens = user.app.refresh(tokens.refresh_token()).await;
    }
    assert!(user.app.server.accepts(&tokens.access).await);
}

#[tokio::test]
async fn a_public_client_refreshes_by_its_identifier_alone() {
    let app = App::public(Server::shared()).await;
    let (_, _, tokens) = tokens_for(&app).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token()), ("client_id", &app.id)];
    let next = Tokens::of(&app.server.post("/token", &form).await);
    assert_ne!(next.refresh, tokens.refresh, "a public client's refresh token is rotated");
}

#[tokio::test]
async fn a_confidential_client_must_authenticate() {
    let user = signed_in(Server::shared()).await;
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", user.tokens.refresh_token()), ("client_id", &user.app.id)];
    let server = user.app.server;
    server.post("/token", &form).await.expect_error(401, "invalid_client");
    let wrong = server.request(Method::POST, "/token").basic_auth(&user.app.id, Some("scs_wrong")).form(&form[..2]);
    wrong.ask().await.expect_error(401, "invalid_client");
    user.app.refresh(user.tokens.refresh_token()).await;
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again() {
    let user = signed_in(Server::shared()).await;
    let lost = user.app.refresh(user.tokens.refresh_token()).await;
    let again = user.app.refresh(user.tokens.refresh_token()).await;
    assert_eq!(lost.refresh, again.refresh, "the same successor");
    assert!(user.app.server.accepts(&again.access).await);
    let next = user.app.refresh(again.refresh_token()).await;
    assert!(user.app.server.accepts(&next.access).await);
}

#[tokio::test]
async fn the_scope_may_be_narrowed_and_comes_back() {
    let user = signed_in(Server::shared()).await;
    let narrow = Tokens::of(&user.app.try_refresh(user.tokens.refresh_token(), &[("scope", "email")]).await);
    assert_eq!((narrow.scope.as_str(), narrow.id.clone()), ("email", None));
    let claims = user.app.server.get_as("/userinfo", &narrow.access).await.expect(200).json();
    assert!(claims.get("name").is_none() && claims["email"].is_string(), "{claims}");
    // "the scope […] if omitted is treated as equal to the scope originally granted" (RFC 6749 §6)
    assert_eq!(user.app.refresh(narrow.refresh_token()).await.scope, user.tokens.scope);
}

#[tokio::test]
async fn the_scope_cannot_be_widened_and_the_token_survives_the_attempt() {
    let user = signed_in(Server::shared()).await;
    for scope in ["openid profile email api:admin", "offline_access", "a\"b"] {
        let answer = user.app.try_refresh(user.tokens.refresh_token(), &[("scope", scope)]).await;
        answer.expect_error(400, "invalid_scope");
    }
    user.app.refresh(user.tokens.refresh_token()).await;
}

#[tokio::test]
async fn junk_is_an_invalid_grant() {
    let user = signed_in(Server::shared()).await;
    let good = user.tokens.refresh_token();
    for token in ["x", "srt_", "srt_AAAA", &good[..good.len() - 1], &good.replace("srt_", "sat_"), &user.tokens.access]
    {
        user.app.try_refresh(token, &[]).await.expect_error(400, "invalid_grant");
    }
    user.app.refresh(good).await;
}

#[tokio::test]
async fn an_old_generation_is_a_thief_and_ends_everything() {
    let user = signed_in(Server::shared()).await;
    let second = user.app.refresh(user.tokens.refresh_token()).await;
    let third = user.app.refresh(second.refresh_token()).await;
    user.app.try_refresh(user.tokens.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
    for access in [&user.tokens.access, &second.access, &third.access] {
        assert!(!user.app.server.accepts(access).await);
    }
    user.app.try_refresh(third.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn theft_ends_only_the_grant_that_it_happened_to() {
    let mut user = signed_in(Server::shared()).await;
    let callback = user.browser.authorize(&user.app, &[]).await;
    let other = user.app.redeem(&callback).await;
    let second = user.app.refresh(user.tokens.refresh_token()).await;
    user.app.refresh(second.refresh_token()).await;
    user.app.try_refresh(user.tokens.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
    assert!(user.app.server.accepts(&other.access).await);
    user.app.refresh(other.refresh_token()).await;
}

#[tokio::test]
async fn a_client_whose_answer_was_lost_long_ago_gets_one_more_chance() {
    let Some(server) = Server::with(profile::SHORT) else { return };
    let user = signed_in(server).await;
    let unseen = user.app.refresh(user.tokens.refresh_token()).await;
    pass(2).await;
    let next = user.app.refresh(user.tokens.refresh_token()).await;
    assert_ne!(next.refresh, unseen.refresh, "the unseen successor is dead");
    let after = user.app.refresh(next.refresh_token()).await;
    assert!(server.accepts(&after.access).await);
}

#[tokio::test]
async fn whoever_shows_up_with_the_successor_that_was_skipped_is_caught() {
    let Some(server) = Server::with(profile::SHORT) else { return };
    let user = signed_in(server).await;
    let stolen = user.app.refresh(user.tokens.refresh_token()).await;
    pass(2).await;
    let next = user.app.refresh(user.tokens.refresh_token()).await;
    user.app.try_refresh(stolen.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
    assert!(!server.accepts(&next.access).await);
    user.app.try_refresh(next.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_expires_unless_it_is_used() {
    let Some(server) = Server::with(profile::SHORT) else { return };
    let user = signed_in(server).await;
    let idle = signed_in(server).await;
    let mut tokens = user.tokens;
    for _ in 0..3 {
        pass(3).await;
        tokens = user.app.refresh(tokens.refresh_token()).await;
    }
    idle.app.try_refresh(idle.tokens.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_refresh_tells_when_the_user_signed_in() {
    let user = signed_in(Server::shared()).await;
    let next = user.app.refresh(user.tokens.refresh_token()).await;
    assert_eq!(jwt::claims(next.id_token())["auth_time"], jwt::claims(user.tokens.id_token())["auth_time"]);
}
