//! What one client got is worth nothing to another, and an attempt does no harm.

use crate::support::{App, Browser, Server, Tokens, json, signed_in, tokens_for};

#[tokio::test]
async fn a_code_of_another_client_is_refused_and_not_burnt() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let code = browser.authorize(&app, &[]).await.code();
    for thief in [App::confidential(server).await, App::public(server).await] {
        thief.try_redeem(&code, &[]).await.expect_error(400, "invalid_grant");
    }
    let tokens = Tokens::of(&app.try_redeem(&code, &[]).await);
    // A replay by another client is an attempt, too, and must not end the owner's grant.
    App::confidential(server).await.try_redeem(&code, &[]).await.expect_error(400, "invalid_grant");
    assert!(server.accepts(&tokens.access).await);
    app.refresh(tokens.refresh_token()).await;
}

#[tokio::test]
async fn a_code_of_a_public_client_is_refused_under_another_client_id() {
    let server = Server::shared();
    let app = App::public(server).await;
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let code = browser.authorize(&app, &[]).await.code();
    App::public(server).await.try_redeem(&code, &[]).await.expect_error(400, "invalid_grant");
    assert_eq!(app.try_redeem(&code, &[]).await.status, 200);
}

#[tokio::test]
async fn a_refresh_token_of_another_client_is_refused_and_not_spent() {
    let server = Server::shared();
    for owner in [App::confidential(server).await, App::public(server).await] {
        let (_, _, tokens) = tokens_for(&owner).await;
        for thief in [App::confidential(server).await, App::public(server).await] {
            thief.try_refresh(tokens.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
        }
        assert!(server.accepts(&tokens.access).await);
        let next = owner.refresh(tokens.refresh_token()).await;
        // An old generation in the hands of another client is no reuse by the owner.
        App::confidential(server)
            .await
            .try_refresh(tokens.refresh_token(), &[])
            .await
            .expect_error(400, "invalid_grant");
        owner.refresh(next.refresh_token()).await;
    }
}

#[tokio::test]
async fn a_client_cannot_revoke_what_is_anothers() {
    let server = Server::shared();
    let user = signed_in(server).await;
    for thief in [App::confidential(server).await, App::public(server).await] {
        for token in [&user.tokens.access, user.tokens.refresh_token()] {
            // The answer is the same as for an unknown token.
            assert_eq!(thief.revoke(token).await.expect(200).json(), json!({"success": true}));
        }
    }
    assert!(server.accepts(&user.tokens.access).await);
    user.app.refresh(user.tokens.refresh_token()).await;
}

#[tokio::test]
async fn a_machine_client_cannot_revoke_another_machines_token() {
    let server = Server::shared();
    let (owner, thief) = (App::machine(server).await, App::machine(server).await);
    let tokens = Tokens::of(&owner.token(&[("grant_type", "client_credentials")]).await);
    thief.revoke(&tokens.access).await.expect(200);
    server.get_as("/resource/me", &tokens.access).await.expect(200);
}

#[tokio::test]
async fn an_access_token_is_no_refresh_token_and_a_code_is_neither() {
    let mut user = signed_in(Server::shared()).await;
    let code = user.browser.authorize(&user.app, &[]).await.code();
    for token in [&user.tokens.access, &code] {
        user.app.try_refresh(token, &[]).await.expect_error(400, "invalid_grant");
        user.app
            .try_refresh(&token.replace("sat_", "srt_").replace("sac_", "srt_"), &[])
            .await
            .expect_error(400, "invalid_grant");
    }
    for token in [user.tokens.refresh_token(), &code] {
        assert!(!user.app.server.accepts(token).await);
        assert!(!user.app.server.accepts(&token.replace("srt_", "sat_").replace("sac_", "sat_")).await);
    }
    user.app.try_redeem(user.tokens.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_scope_cannot_be_widened_at_the_exchange() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let code = browser.authorize(&app, &[("scope", "openid")]).await.code();
    let answer = app.try_redeem(&code, &[("scope", "openid profile email")]).await;
    let tokens = Tokens::of(&answer);
    assert_eq!(tokens.scope, "openid");
    app.server.get_as("/resource/me", &tokens.access).await.expect_error(403, "insufficient_scope");
    app.try_refresh(tokens.refresh_token(), &[("scope", "openid profile")]).await.expect_error(400, "invalid_scope");
}

#[tokio::test]
async fn a_secret_of_one_client_is_not_that_of_another() {
    let server = Server::shared();
    let (one, two) = (App::machine(server).await, App::machine(server).await);
    let mixed = App { secret: two.secret.clone(), ..one.clone() };
    mixed.token(&[("grant_type", "client_credentials")]).await.expect_error(401, "invalid_client");
}
