//! The parameter `claims`: OIDC Core §5.5.

use crate::support::{App, Browser, Callback, REDIRECT_URI, Server, Tokens, Value, json, jwt, pass, signed_in};

/// Signs a new user up, who allows these claims to a new client that asks for the scope `openid` only.
async fn asked(claims: Value) -> (Browser<'static>, App<'static>, Tokens) {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, &[("scope", "openid"), ("claims", &claims.to_string())]).await;
    let tokens = app.redeem(&callback).await;
    (browser, app, tokens)
}

fn names(claims: &Value) -> Vec<&str> {
    claims.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn an_essential_name_is_answered_at_userinfo_without_the_scope() {
    let (_, app, tokens) = asked(json!({"userinfo": {"name": {"essential": true}}})).await;
    let claims = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert_eq!(claims["name"], "Jane Doe");
    assert_eq!(names(&claims), ["name", "sub"], "that and nothing else of its scope");
    assert!(jwt::claims(tokens.id_token()).get("name").is_none(), "it was asked for at userinfo");
    // The next access token opens the same.
    let tokens = app.refresh(tokens.refresh_token()).await;
    assert_eq!(app.server.get_as("/userinfo", &tokens.access).await.expect(200).json(), claims);
}

#[tokio::test]
async fn claims_asked_of_the_id_token_are_in_it_and_not_at_userinfo() {
    let claims = json!({"id_token": {"email": null, "email_verified": {"essential": true}, "auth_time": null}});
    let (_, app, tokens) = asked(claims).await;
    let id_token = jwt::claims(tokens.id_token());
    assert!(id_token["email"].as_str().unwrap().ends_with("@example.org"), "{id_token}");
    assert!(id_token["email_verified"].is_boolean() && id_token["auth_time"].is_i64(), "{id_token}");
    assert!(id_token.get("name").is_none() && id_token["sub"].is_string(), "{id_token}");
    let userinfo = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert_eq!(names(&userinfo), ["sub"]);
}

#[tokio::test]
async fn a_standard_claim_may_be_asked_for_by_name() {
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid phone profile"});
    let app = App::register(Server::shared(), metadata).await;
    let mut browser = Browser::new(app.server);
    let person = browser.sign_up().await;
    let known = json!({"phone_number": "+44 20 7183 8750", "nickname": "Janie"});
    let (path, patch) = (format!("/admin/api/users/{}", person.email), json!({"claims": known}));
    app.server.administer(crate::support::Method::PATCH, &path, patch).await.expect(200);
    let claims =
        json!({"userinfo": {"phone_number": null, "address": null}, "id_token": {"nickname": null}}).to_string();
    let callback = browser.authorize(&app, &[("scope", "openid"), ("claims", &claims)]).await;
    let tokens = app.redeem(&callback).await;
    let userinfo = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert_eq!(names(&userinfo), ["phone_number", "sub"], "the scope address is not registered");
    assert_eq!(jwt::claims(tokens.id_token())["nickname"], "Janie");
}

#[tokio::test]
async fn asked_claims_come_beside_those_of_the_scope() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let claims = json!({"userinfo": {"given_name": null}}).to_string();
    let callback = browser.authorize(&app, &[("scope", "openid email"), ("claims", &claims)]).await;
    let tokens = app.redeem(&callback).await;
    assert_eq!(tokens.scope, "openid email", "a claim widens no scope");
    let userinfo = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert_eq!(names(&userinfo), ["email", "email_verified", "given_name", "sub"]);
}

#[tokio::test]
async fn a_claim_is_consented_to_as_its_scope_is() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    browser.authorize(&app, &[("scope", "openid")]).await.code();
    let claims = json!({"userinfo": {"email": null}}).to_string();
    let more = [("scope", "openid"), ("claims", claims.as_str())];
    let silent = [("scope", "openid"), ("claims", claims.as_str()), ("prompt", "none")];
    Callback { url: browser.get(&app.authorize_path(&silent)).await.location() }.expect_error("consent_required");
    let page = browser.begin(&app, &more).await.expect(200);
    assert!(page.html().contains("see your email address"), "{}", page.body);
    browser.decide(&page, "approve").await.location();
    Callback { url: browser.get(&app.authorize_path(&silent)).await.location() }.code();
}

#[tokio::test]
async fn claims_that_are_unknown_or_not_registered_are_ignored() {
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid profile"});
    let app = App::register(Server::shared(), metadata).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let claims = json!({
        "userinfo": {"email": {"essential": true}, "picture": null, "http://example.info/claims/groups": null},
        "unknown": {"name": null},
    });
    let callback = browser.authorize(&app, &[("scope", "openid"), ("claims", &claims.to_string())]).await;
    let tokens = app.redeem(&callback).await;
    let userinfo = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert_eq!(names(&userinfo), ["sub"]);
}

#[tokio::test]
async fn malformed_claims_are_an_invalid_request() {
    let app = App::confidential(Server::shared()).await;
    for claims in ["{", "[]", "null", r#"{"userinfo": "name"}"#, r#"{"id_token": {"name": 1}}"#] {
        let answer = app.server.get(&app.authorize_path(&[("claims", claims)])).await;
        Callback { url: answer.location() }.expect_error("invalid_request");
    }
}

#[tokio::test]
async fn a_subject_that_is_not_signed_in_is_never_answered_for() {
    let mut user = signed_in(Server::shared()).await;
    let other = signed_in(Server::shared()).await;
    let subject = |of: &str| json!({"id_token": {"sub": {"value": jwt::claims(of)["sub"]}}}).to_string();
    let (own, foreign) = (subject(user.tokens.id_token()), subject(other.tokens.id_token()));
    let answer = user.browser.get(&user.app.authorize_path(&[("claims", &own), ("prompt", "none")])).await;
    user.app.redeem(&Callback { url: answer.location() }).await;
    let answer = user.browser.get(&user.app.authorize_path(&[("claims", &foreign), ("prompt", "none")])).await;
    Callback { url: answer.location() }.expect_error("login_required");
    // Signing in is the way to become somebody else; whoever signs in as the wrong one again is refused.
    pass(1).await;
    let page = user.browser.begin(&user.app, &[("claims", &foreign)]).await.expect(200);
    assert!(page.url.path().ends_with("/login"), "{}", page.url);
    let answer = user.browser.log_in_at(&page, &user.person).await;
    Callback { url: answer.location() }.expect_error("access_denied");
    let page = user.browser.begin(&user.app, &[("claims", &foreign)]).await.expect(200);
    let page = user.browser.log_in_at(&page, &other.person).await.expect(200);
    let tokens = user.app.redeem(&Callback { url: user.browser.decide(&page, "approve").await.location() }).await;
    assert_eq!(jwt::claims(tokens.id_token())["sub"], jwt::claims(other.tokens.id_token())["sub"]);
}

#[tokio::test]
async fn an_essential_acr_must_be_met_and_a_voluntary_one_is_advice() {
    let mut user = signed_in(Server::shared()).await;
    let met = jwt::claims(user.tokens.id_token())["acr"].clone();
    for (wish, error) in [
        (json!({"essential": true, "values": ["urn:example:gold", met]}), None),
        (json!({"values": ["urn:example:gold"]}), None),
        (json!({"essential": true}), None),
        (json!({"essential": true, "values": ["urn:example:gold"]}), Some("unmet_authentication_requirements")),
        (json!({"essential": true, "value": "urn:spin-auth:acr:mfa"}), Some("login_required")),
    ] {
        let claims = json!({"id_token": {"acr": wish}}).to_string();
        let answer = user.browser.get(&user.app.authorize_path(&[("claims", &claims), ("prompt", "none")])).await;
        let callback = Callback { url: answer.location() };
        match error {
            Some(error) => callback.expect_error(error),
            None => {
                let tokens = user.app.redeem(&callback).await;
                assert_eq!(jwt::claims(tokens.id_token())["acr"], met, "{claims}");
            }
        }
    }
}
