//! Pushed authorization requests, RFC 9126, over HTTP.

use crate::{
    client_assertion::{JWT_BEARER, Signing},
    support::{
        Answer, App, Ask, Browser, CHALLENGE, Callback, Method, REDIRECT_URI, Server, Tokens, VERIFIER, json,
        jwt::from_now, pass, profile,
    },
};

/// What is pushed, unless a test says otherwise.
fn usual<'a>(app: &'a App<'_>) -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", &app.id),
        ("redirect_uri", &app.redirect_uri),
        ("scope", &app.scope),
        ("state", "pushed state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// Pushes the usual request; `more` replaces what it names, and an empty value leaves it out.
async fn push(app: &App<'_>, more: &[(&str, &str)]) -> Answer {
    let usual = usual(app).into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    let mut form: Vec<(&str, &str)> =
        usual.chain(more.iter().copied()).filter(|(_, value)| !value.is_empty()).collect();
    if app.secret.is_none() {
        // The helper adds it for a public client.
        form.retain(|(name, _)| *name != "client_id");
    }
    app.request("/par", &form).ask().await
}

async fn pushed(app: &App<'_>, more: &[(&str, &str)]) -> String {
    push(app, more).await.expect(201).json()["request_uri"].as_str().expect("request_uri").to_owned()
}

fn path(client_id: &str, request_uri: &str, more: &[(&str, &str)]) -> String {
    let params = [&[("client_id", client_id), ("request_uri", request_uri)], more].concat();
    format!("/authorize?{}", crate::support::encode(&params))
}

/// Takes the browser of a new user from the name of a request to its callback.
async fn follow(browser: &mut Browser<'_>, app: &App<'_>, request_uri: &str) -> Callback {
    let page = browser.visit(&path(&app.id, request_uri, &[])).await.expect(200);
    let answer = browser.decide(&page, "approve").await;
    Callback { url: answer.location() }
}

#[tokio::test]
async fn a_pushed_request_is_answered_as_one_in_the_browser() {
    let app = App::confidential(Server::shared()).await;
    let answer = push(&app, &[]).await.expect(201);
    assert!(answer.header("cache-control").contains("no-store"));
    let json = answer.json();
    assert_eq!(json["expires_in"], 60);
    let uri = json["request_uri"].as_str().unwrap();
    assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:") && uri.len() > 70, "{uri}");
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let callback = follow(&mut browser, &app, uri).await;
    assert_eq!(callback.get("state").as_deref(), Some("pushed state"));
    assert_eq!(callback.get("iss").as_deref(), Some(app.server.issuer.as_str()));
    Tokens::of(&app.try_redeem(&callback.code(), &[("code_verifier", VERIFIER)]).await);
}

#[tokio::test]
async fn what_the_browser_adds_does_not_count() {
    let app = App::confidential(Server::shared()).await;
    let uri = pushed(&app, &[("scope", "openid")]).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let more = [("scope", "openid email"), ("state", "forged"), ("redirect_uri", "https://evil.example/cb")];
    let page = browser.visit(&path(&app.id, &uri, &more)).await.expect(200);
    let callback = Callback { url: browser.decide(&page, "approve").await.location() };
    assert_eq!((callback.target().as_str(), callback.get("state").as_deref()), (REDIRECT_URI, Some("pushed state")));
    let tokens = Tokens::of(&app.try_redeem(&callback.code(), &[("code_verifier", VERIFIER)]).await);
    assert_eq!(tokens.scope, "openid");
}

#[tokio::test]
async fn a_request_is_good_for_one_code_and_until_then_the_pages_may_be_reloaded() {
    let app = App::confidential(Server::shared()).await;
    let uri = pushed(&app, &[]).await;
    let mut browser = Browser::new(app.server);
    let person = browser.sign_up().await;
    let mut other = Browser::new(app.server);
    for _ in 0..2 {
        assert!(other.visit(&path(&app.id, &uri, &[])).await.expect(200).url.path().ends_with("/login"));
    }
    let login = other.visit(&path(&app.id, &uri, &[])).await;
    let consent = other.log_in_at(&login, &person).await.expect(200);
    let code = Callback { url: other.decide(&consent, "approve").await.location() }.code();
    // By its name, by the page that is still open, and by the button that is pressed again.
    browser.visit(&path(&app.id, &uri, &[])).await.expect_error_page(400);
    other.visit(login.url.as_str()).await.expect_error_page(400);
    other.decide(&consent, "approve").await.expect_error_page(409);
    Tokens::of(&app.try_redeem(&code, &[("code_verifier", VERIFIER)]).await);
}

#[tokio::test]
async fn a_request_is_bound_to_its_client() {
    let (app, other) = (App::confidential(Server::shared()).await, App::confidential(Server::shared()).await);
    let uri = pushed(&app, &[]).await;
    let mut browser = Browser::new(app.server);
    browser.visit(&path(&other.id, &uri, &[])).await.expect_error_page(400);
    assert!(browser.visit(&path(&app.id, &uri, &[])).await.expect(200).url.path().ends_with("/login"));
}

#[tokio::test]
async fn a_name_that_was_never_given_opens_nothing_and_another_kind_is_not_supported() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    let forged = format!("urn:ietf:params:oauth:request_uri:{}", "A".repeat(43));
    browser.visit(&path(&app.id, &forged, &[])).await.expect_error_page(400);
    for uri in ["https://app.example/request.jwt", "urn:ietf:params:oauth:request_uri:short"] {
        let usual = usual(&app);
        let answer = browser.visit(&path(&app.id, uri, &usual[..1])).await;
        Callback { url: answer.location() }.expect_error("request_uri_not_supported");
    }
}

#[tokio::test]
async fn a_client_must_authenticate_and_push_its_own_requests() {
    let (app, other) = (App::confidential(Server::shared()).await, App::confidential(Server::shared()).await);
    app.server.post("/par", &usual(&app)).await.expect_error(401, "invalid_client");
    let wrong = app.server.request(Method::POST, "/par").basic_auth(&app.id, Some("scs_wrong"));
    wrong.form(&usual(&app)).ask().await.expect_error(401, "invalid_client");
    push(&app, &[("client_id", &other.id)]).await.expect_error(400, "invalid_request");
    push(&app, &[("client_id", "")]).await.expect(201);
}

#[tokio::test]
async fn a_public_client_may_push_and_must_use_pkce() {
    let app = App::public(Server::shared()).await;
    push(&app, &[]).await.expect(201);
    push(&app, &[("code_challenge", ""), ("code_challenge_method", "")]).await.expect_error(400, "invalid_request");
}

#[tokio::test]
async fn a_client_that_signs_may_name_this_endpoint_as_audience() {
    let client = Signing::register(Server::shared(), json!({})).await;
    let issuer = &client.app.server.issuer;
    for audience in [issuer.clone(), format!("{issuer}/token"), format!("{issuer}/par")] {
        let mut claims = client.claims();
        claims["aud"] = audience.into();
        client.post_with("/par", &client.key.sign(&json!({}), &claims), &usual(&client.app)).await.expect(201);
    }
    let mut late = client.claims();
    late["exp"] = from_now(-60).into();
    let late = client.key.sign(&json!({}), &late);
    let form =
        [&usual(&client.app)[..], &[("client_assertion_type", JWT_BEARER), ("client_assertion", &late)]].concat();
    client.app.server.post("/par", &form).await.expect_error(401, "invalid_client");
}

#[tokio::test]
async fn a_faulty_request_is_refused_when_it_is_pushed() {
    let app = App::confidential(Server::shared()).await;
    for (name, value, error) in [
        ("redirect_uri", "https://evil.example/cb", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("scope", "openid admin", "invalid_scope"),
        ("code_challenge_method", "S512", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x", "invalid_request"),
    ] {
        push(&app, &[(name, value)]).await.expect_error(400, error);
    }
    app.server.get("/par").await.expect(405);
    let twice = format!("{}&state=1&state=2", crate::support::encode(&usual(&app)));
    let request = app.server.request(Method::POST, "/par").basic_auth(&app.id, app.secret.as_ref());
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(twice);
    request.ask().await.expect_error(400, "invalid_request");
    // "If the request size is beyond the upper bound that the authorization server allows" (§2.3)
    push(&app, &[("state", &"s".repeat(70_000))]).await.expect(413);
}

#[tokio::test]
async fn a_client_that_must_push_cannot_ask_through_the_browser_alone() {
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI], "scope": "openid", "require_pushed_authorization_requests": true,
    });
    let app = App::register(Server::shared(), metadata).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let answer = browser.begin(&app, &[]).await;
    Callback { url: answer.location() }.expect_error("invalid_request");
    let uri = pushed(&app, &[]).await;
    follow(&mut browser, &app, &uri).await.code();
}

#[tokio::test]
async fn a_server_may_ask_every_client_to_push_and_a_request_expires() {
    let Some(server) = Server::with(profile::PUSHED) else { return };
    let metadata = server.get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
    assert_eq!(metadata["pushed_authorization_request_endpoint"], format!("{}/par", server.issuer));
    let app = App::confidential(server).await;
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    let answer = browser.begin(&app, &[]).await;
    Callback { url: answer.location() }.expect_error("invalid_request");
    let uri = pushed(&app, &[]).await;
    let mut slow = Browser::new(server);
    let login = slow.visit(&path(&app.id, &uri, &[])).await.expect(200);
    pass(5).await;
    browser.visit(&path(&app.id, &uri, &[])).await.expect_error_page(400);
    // Who had begun in time may take their time.
    let consent = slow.log_in_at(&login, &person).await.expect(200);
    Callback { url: slow.decide(&consent, "approve").await.location() }.code();
}
