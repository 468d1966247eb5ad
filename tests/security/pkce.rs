//! PKCE cannot be left out, swapped or weakened once a request has used it.

use crate::support::{App, Browser, CHALLENGE, Callback, Server, VERIFIER};

async fn code_with(app: &App<'static>, more: &[(&str, &str)]) -> String {
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    browser.authorize(app, more).await.code()
}

#[tokio::test]
async fn a_verifier_cannot_be_left_out_by_a_confidential_client_either() {
    let app = App::confidential(Server::shared()).await;
    let code = code_with(&app, &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]).await;
    app.try_redeem(&code, &[]).await.expect_error(400, "invalid_grant");
    app.try_redeem(&code, &[("code_verifier", &"y".repeat(64))]).await.expect_error(400, "invalid_grant");
    let answer = app.try_redeem(&code, &[("code_verifier", VERIFIER)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn a_verifier_for_a_code_without_a_challenge_is_refused() {
    // "if there was no code_challenge in the authorization request, a token request containing code_verifier is rejected"
    // (RFC 9700 §2.1.1, the downgrade attack)
    let app = App::confidential(Server::shared()).await;
    let code = code_with(&app, &[]).await;
    app.try_redeem(&code, &[("code_verifier", VERIFIER)]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn the_challenge_is_not_its_own_verifier() {
    let app = App::public(Server::shared()).await;
    let code = code_with(&app, &[]).await;
    app.try_redeem(&code, &[("code_verifier", CHALLENGE)]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_method_in_the_token_request_changes_nothing() {
    let app = App::public(Server::shared()).await;
    let code = code_with(&app, &[]).await;
    let more = [("code_verifier", CHALLENGE), ("code_challenge_method", "plain"), ("code_challenge", CHALLENGE)];
    app.try_redeem(&code, &more).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_method_without_a_challenge_does_not_pass_for_pkce() {
    for app in [App::confidential(Server::shared()).await, App::public(Server::shared()).await] {
        let path = app.authorize_path(&[("code_challenge", ""), ("code_challenge_method", "S256")]);
        Callback { url: app.server.get(&path).await.location() }.expect_error("invalid_request");
    }
}

#[tokio::test]
async fn each_code_answers_to_the_challenge_of_its_own_request() {
    let app = App::public(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let own = browser.authorize(&app, &[]).await.code();
    let other_verifier = "z".repeat(50);
    let other = browser
        .authorize(&app, &[("code_challenge", &other_verifier), ("code_challenge_method", "plain")])
        .await
        .code();
    app.try_redeem(&own, &[("code_verifier", &other_verifier)]).await.expect_error(400, "invalid_grant");
    app.try_redeem(&other, &[]).await.expect_error(400, "invalid_grant");
    assert_eq!(app.try_redeem(&own, &[]).await.status, 200);
    assert_eq!(app.try_redeem(&other, &[("code_verifier", &other_verifier)]).await.status, 200);
}

#[tokio::test]
async fn two_challenges_are_refused_and_not_chosen_from() {
    let app = App::public(Server::shared()).await;
    let path = app.authorize_path(&[("code_challenge", CHALLENGE), ("code_challenge", VERIFIER)]);
    Callback { url: app.server.get(&path).await.location() }.expect_error("invalid_request");
}
