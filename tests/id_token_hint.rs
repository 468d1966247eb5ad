//! `id_token_hint` at the authorization endpoint: OIDC Core §3.1.2.1.

use crate::support::{App, Browser, Callback, Server, jwt, pass, signed_in};

/// What the client gets, at once.
async fn at_once(browser: &mut Browser<'_>, app: &App<'_>, more: &[(&str, &str)]) -> Callback {
    Callback { url: browser.get(&app.authorize_path(more)).await.location() }
}

#[tokio::test]
async fn with_prompt_none_the_hinted_user_is_answered_silently() {
    let mut user = signed_in(Server::shared()).await;
    let hint = user.tokens.id_token().to_owned();
    for prompt in ["none", ""] {
        let callback = at_once(&mut user.browser, &user.app, &[("id_token_hint", &hint), ("prompt", prompt)]).await;
        let tokens = user.app.redeem(&callback).await;
        assert_eq!(jwt::claims(tokens.id_token())["sub"], jwt::claims(&hint)["sub"]);
    }
}

#[tokio::test]
async fn with_prompt_none_another_user_is_login_required() {
    let user = signed_in(Server::shared()).await;
    let mut browser = Browser::new(user.app.server);
    browser.sign_up().await;
    browser.authorize(&user.app, &[]).await.code();
    let more = [("id_token_hint", user.tokens.id_token()), ("prompt", "none")];
    at_once(&mut browser, &user.app, &more).await.expect_error("login_required");
    at_once(&mut Browser::new(user.app.server), &user.app, &more).await.expect_error("login_required");
}

#[tokio::test]
async fn another_user_is_asked_to_sign_in_and_the_hinted_one_gets_through() {
    let user = signed_in(Server::shared()).await;
    let mut browser = Browser::new(user.app.server);
    browser.sign_up().await;
    browser.authorize(&user.app, &[]).await.code();
    let page = browser.begin(&user.app, &[("id_token_hint", user.tokens.id_token())]).await.expect(200);
    assert!(page.url.path().ends_with("/login"), "{}", page.url);
    let callback = Callback { url: browser.log_in_at(&page, &user.person).await.location() };
    let tokens = user.app.redeem(&callback).await;
    assert_eq!(jwt::claims(tokens.id_token())["sub"], jwt::claims(user.tokens.id_token())["sub"]);
}

#[tokio::test]
async fn no_token_is_issued_for_another_user_than_the_hint_names() {
    let user = signed_in(Server::shared()).await;
    let mut browser = Browser::new(user.app.server);
    let other = browser.sign_up().await;
    browser.authorize(&user.app, &[]).await.code();
    pass(1).await;
    let answer = browser.get(&user.app.authorize_path(&[("id_token_hint", user.tokens.id_token())])).await;
    let login = answer.location();
    let (_, interaction) = login.query_pairs().find(|(name, _)| name == "interaction").expect("an interaction");
    for page in ["authorize", "consent"] {
        let answer = browser.get(&format!("/{page}?interaction={interaction}")).await;
        assert!(answer.location().path().ends_with("/login"), "{page}: {:?}", answer.headers);
    }
    let page = browser.get(login.as_str()).await.expect(200);
    let answer = browser.log_in_at(&page, &other).await;
    Callback { url: answer.location() }.expect_error("login_required");
}

#[tokio::test]
async fn a_hint_that_is_not_an_id_token_of_this_client_is_an_invalid_request() {
    let mut user = signed_in(Server::shared()).await;
    let other = signed_in(Server::shared()).await;
    let hint = user.tokens.id_token().to_owned();
    let unsigned = jwt::unsigned(&serde_json::json!({"alg": "none", "typ": "JWT"}), &jwt::claims(&hint));
    let shared_secret = jwt::hs256(&jwt::claims(&hint), user.app.secret.as_deref().unwrap().as_bytes());
    let cut = &hint[..hint.len() - 4];
    for hint in ["junk", &unsigned, &shared_secret, cut, other.tokens.id_token(), &user.tokens.access] {
        for prompt in ["none", ""] {
            let more = [("id_token_hint", hint), ("prompt", prompt)];
            let callback = at_once(&mut user.browser, &user.app, &more).await;
            callback.expect_error("invalid_request");
            assert_eq!(callback.get("state").as_deref(), Some("af0ifjsldkj"));
        }
    }
}

#[tokio::test]
async fn a_hint_may_have_expired() {
    let Some(server) = Server::with(crate::support::profile::SHORT) else { return };
    let mut user = signed_in(server).await;
    pass(4).await;
    let more = [("id_token_hint", user.tokens.id_token()), ("prompt", "none")];
    at_once(&mut user.browser, &user.app, &more).await.code();
}
