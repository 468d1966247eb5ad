//! `prompt`, `max_age` and `login_hint`: OIDC Core §3.1.2.1.

use crate::support::{App, Browser, Callback, REDIRECT_URI, Server, json, jwt, pass, profile, signed_in};

#[tokio::test]
async fn prompt_none_without_a_session_is_login_required() {
    let app = App::confidential(Server::shared()).await;
    let answer = app.server.get(&app.authorize_path(&[("prompt", "none")])).await;
    let callback = Callback { url: answer.location() };
    callback.expect_error("login_required");
    assert_eq!(callback.get("state").as_deref(), Some("af0ifjsldkj"));
    assert_eq!(callback.get("iss").as_deref(), Some(app.server.issuer.as_str()));
}

#[tokio::test]
async fn prompt_none_without_consent_is_consent_required() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let answer = browser.get(&app.authorize_path(&[("prompt", "none")])).await;
    Callback { url: answer.location() }.expect_error("consent_required");
}

#[tokio::test]
async fn prompt_none_is_silent_for_who_is_signed_in_and_keeps_subject_and_auth_time() {
    let mut user = signed_in(Server::shared()).await;
    let first = jwt::claims(user.tokens.id_token());
    pass(1).await;
    let answer = user.browser.get(&user.app.authorize_path(&[("prompt", "none")])).await;
    let tokens = user.app.redeem(&Callback { url: answer.location() }).await;
    let second = jwt::claims(tokens.id_token());
    assert_eq!((&first["sub"], &first["auth_time"]), (&second["sub"], &second["auth_time"]));
}

#[tokio::test]
async fn prompt_login_asks_for_the_password_again_and_auth_time_is_newer() {
    let mut user = signed_in(Server::shared()).await;
    let first = jwt::claims(user.tokens.id_token());
    pass(1).await;
    let page = user.browser.begin(&user.app, &[("prompt", "login")]).await.expect(200);
    assert!(page.url.path().ends_with("/login"), "{}", page.url);
    let answer = user.browser.log_in_at(&page, &user.person).await;
    let tokens = user.app.redeem(&Callback { url: answer.location() }).await;
    let second = jwt::claims(tokens.id_token());
    assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64(), "{first} {second}");
}

#[tokio::test]
async fn prompt_login_cannot_be_skipped_by_resuming_the_request() {
    let mut user = signed_in(Server::shared()).await;
    pass(1).await;
    let answer = user.browser.get(&user.app.authorize_path(&[("prompt", "login")])).await;
    let login = answer.location();
    let (_, interaction) = login.query_pairs().find(|(name, _)| name == "interaction").expect("an interaction");
    let answer = user.browser.get(&format!("/authorize?interaction={interaction}")).await;
    assert!(answer.location().path().ends_with("/login"), "{:?}", answer.headers);
    // Nor by answering the consent page that a signed-in user did not have to see.
    let answer = user.browser.get(&format!("/consent?interaction={interaction}")).await;
    if answer.status == 200 {
        let answer = user.browser.submit(&answer, "/consent", &[("decision", "approve")]).await;
        assert!(!answer.header("location").contains("code="), "consent went past prompt=login: {:?}", answer.headers);
    }
}

#[tokio::test]
async fn the_registered_max_age_holds_where_the_request_has_none() {
    let metadata =
        json!({"redirect_uris": [REDIRECT_URI], "scope": "openid", "default_max_age": 1, "require_auth_time": true});
    let app = App::register(Server::shared(), metadata).await;
    let (mut browser, person, tokens) = crate::support::tokens_for(&app).await;
    assert!(jwt::claims(tokens.id_token())["auth_time"].is_i64());
    pass(2).await;
    let page = browser.begin(&app, &[]).await.expect(200);
    assert!(page.url.path().ends_with("/login"), "{}", page.url);
    // The request has the last word.
    browser.authorize(&app, &[("max_age", "10000")]).await.code();
    let answer = browser.log_in_at(&page, &person).await;
    let tokens = app.redeem(&Callback { url: answer.location() }).await;
    assert!(jwt::claims(tokens.id_token())["auth_time"].is_i64());
}

#[tokio::test]
async fn registered_acr_values_are_advice_too() {
    let metadata =
        json!({"redirect_uris": [REDIRECT_URI], "scope": "openid", "default_acr_values": ["urn:unheard:of"]});
    let app = App::register(Server::shared(), metadata).await;
    let (_, _, tokens) = crate::support::tokens_for(&app).await;
    assert_eq!(jwt::claims(tokens.id_token())["acr"], "urn:spin-auth:acr:password");
}

#[tokio::test]
async fn prompt_create_leads_to_the_sign_up_page_first() {
    // Also somebody who is signed in makes another account.
    let mut user = signed_in(Server::shared()).await;
    let request = [("prompt", "create"), ("login_hint", "new@example.org")];
    let page = user.browser.begin(&user.app, &request).await.expect(200);
    assert!(page.url.path().ends_with("/signup"), "{}", page.url);
    assert!(page.html().contains("value=\"new@example.org\""), "the hint fills in: {}", page.body);
    assert!(page.html().contains("Sample App"));
    let person = crate::support::Person::new();
    let answer = user.browser.submit(&page, "/signup", &person.application()).await;
    let page = user.browser.follow(answer).await.expect(200);
    assert!(page.url.path().ends_with("/consent"), "{}", page.url);
    let answer = user.browser.decide(&page, "approve").await;
    let tokens = user.app.redeem(&Callback { url: answer.location() }).await;
    assert_ne!(jwt::claims(tokens.id_token())["sub"], jwt::claims(user.tokens.id_token())["sub"]);
    let answer = user.browser.get(&user.app.authorize_path(&[("prompt", "none create")])).await;
    Callback { url: answer.location() }.expect_error("invalid_request");
}

#[tokio::test]
async fn prompt_create_may_end_in_an_account_that_is_there() {
    let mut user = signed_in(Server::shared()).await;
    let page = user.browser.begin(&user.app, &[("prompt", "create")]).await.expect(200);
    let url = page.url.to_string().replace("/signup?", "/login?");
    assert!(page.html().replace("&#38;", "&").contains("/login?interaction="), "{}", page.body);
    pass(1).await;
    let page = user.browser.get(&url).await.expect(200);
    let answer = user.browser.log_in_at(&page, &user.person).await;
    Callback { url: answer.location() }.code();
}

#[tokio::test]
async fn where_nobody_may_sign_up_prompt_create_is_not_advertised_and_leads_to_the_login_page() {
    let Some(server) = Server::with(profile::NO_SIGNUP) else { return };
    let app = App::confidential(server).await;
    let page = Browser::new(server).begin(&app, &[("prompt", "create")]).await.expect(200);
    assert!(page.url.path().ends_with("/login"), "{}", page.url);
    for (server, expected) in [(server, false), (Server::shared(), true)] {
        let metadata = server.get("/.well-known/openid-configuration").await.expect(200).json();
        let prompts = metadata["prompt_values_supported"].as_array().unwrap();
        assert_eq!(prompts.contains(&json!("create")), expected, "{prompts:?}");
    }
}

#[tokio::test]
async fn prompt_consent_asks_again() {
    let mut user = signed_in(Server::shared()).await;
    let page = user.browser.begin(&user.app, &[("prompt", "consent")]).await.expect(200);
    assert!(page.url.path().ends_with("/consent"));
    Callback { url: user.browser.decide(&page, "approve").await.location() }.code();
}

#[tokio::test]
async fn an_unknown_prompt_is_refused() {
    let app = App::confidential(Server::shared()).await;
    let answer = app.server.get(&app.authorize_path(&[("prompt", "sometimes")])).await;
    Callback { url: answer.location() }.expect_error("invalid_request");
}

#[tokio::test]
async fn acr_values_are_advice_and_the_acr_that_was_met_comes_back() {
    let mut user = signed_in(Server::shared()).await;
    let met = jwt::claims(user.tokens.id_token())["acr"].clone();
    for asked in ["urn:example:gold urn:example:silver", met.as_str().unwrap()] {
        let answer = user.browser.get(&user.app.authorize_path(&[("acr_values", asked)])).await;
        let tokens = user.app.redeem(&Callback { url: answer.location() }).await;
        assert_eq!(jwt::claims(tokens.id_token())["acr"], met, "{asked}");
    }
}

#[tokio::test]
async fn a_prompt_that_is_not_advertised_is_refused() {
    let app = App::confidential(Server::shared()).await;
    let metadata = app.server.get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!(metadata["prompt_values_supported"], json!(["none", "login", "consent", "select_account", "create"]));
    for prompt in ["Create", "login creates", "Login", "none consent"] {
        let answer = app.server.get(&app.authorize_path(&[("prompt", prompt)])).await;
        Callback { url: answer.location() }.expect_error("invalid_request");
    }
}

#[tokio::test]
async fn a_sign_in_older_than_max_age_is_done_again() {
    let mut user = signed_in(Server::shared()).await;
    let first = jwt::claims(user.tokens.id_token());
    pass(2).await;
    let page = user.browser.begin(&user.app, &[("max_age", "1")]).await.expect(200);
    assert!(page.url.path().ends_with("/login"), "{}", page.url);
    let answer = user.browser.log_in_at(&page, &user.person).await;
    let tokens = user.app.redeem(&Callback { url: answer.location() }).await;
    assert!(jwt::claims(tokens.id_token())["auth_time"].as_i64() > first["auth_time"].as_i64());
}

#[tokio::test]
async fn max_age_0_is_met_by_a_sign_in_that_it_led_to() {
    let mut user = signed_in(Server::shared()).await;
    pass(1).await;
    let page = user.browser.begin(&user.app, &[("max_age", "0")]).await.expect(200);
    let answer = user.browser.log_in_at(&page, &user.person).await;
    user.app.redeem(&Callback { url: answer.location() }).await;
}

#[tokio::test]
async fn a_sign_in_within_max_age_will_do() {
    let mut user = signed_in(Server::shared()).await;
    let answer = user.browser.get(&user.app.authorize_path(&[("max_age", "10000")])).await;
    let tokens = user.app.redeem(&Callback { url: answer.location() }).await;
    assert!(jwt::claims(tokens.id_token())["auth_time"].is_i64());
}

#[tokio::test]
async fn max_age_with_prompt_none_is_login_required_when_it_is_exceeded() {
    let mut user = signed_in(Server::shared()).await;
    pass(2).await;
    let answer = user.browser.get(&user.app.authorize_path(&[("max_age", "1"), ("prompt", "none")])).await;
    Callback { url: answer.location() }.expect_error("login_required");
}

#[tokio::test]
async fn a_login_hint_starts_the_login_page() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    let page = browser.begin(&app, &[("login_hint", "ada&\"<@example.org")]).await.expect(200);
    let form = browser.form(&page, "/login");
    let email = form.inputs.iter().find(|(name, _)| name == "email").expect("email");
    assert_eq!(email.1, "ada&\"<@example.org");
    assert!(!page.body.contains("\"<@"), "the hint is escaped");
}

#[tokio::test]
async fn prompt_login_and_consent_asks_for_both() {
    let mut user = signed_in(Server::shared()).await;
    pass(1).await;
    let page = user.browser.begin(&user.app, &[("prompt", "login consent")]).await.expect(200);
    assert!(page.url.path().ends_with("/login"), "{}", page.url);
    let page = user.browser.log_in_at(&page, &user.person).await.expect(200);
    assert!(page.url.path().ends_with("/consent"), "{}", page.url);
    Callback { url: user.browser.decide(&page, "approve").await.location() }.code();
}

#[tokio::test]
async fn prompt_select_account_lets_another_user_sign_in() {
    let mut user = signed_in(Server::shared()).await;
    let other = Browser::new(Server::shared()).sign_up().await;
    pass(1).await;
    let page = user.browser.begin(&user.app, &[("prompt", "select_account")]).await.expect(200);
    let page = user.browser.log_in_at(&page, &other).await.expect(200);
    assert!(page.html().contains(&other.email), "the other user is asked: {}", page.body);
    let callback = Callback { url: user.browser.decide(&page, "approve").await.location() };
    let tokens = user.app.redeem(&callback).await;
    assert_ne!(jwt::claims(tokens.id_token())["sub"], jwt::claims(user.tokens.id_token())["sub"]);
}
