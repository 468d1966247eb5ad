//! The authorization endpoint: RFC 6749 §4.1.1. What `prompt` and `max_age` ask for is in `authorize_prompt.rs`.

use crate::support::{
    Answer, App, Browser, CHALLENGE, Callback, REDIRECT_URI, Server, VERIFIER, decode, encode, json, signed_in, unique,
};

/// The answer that the client gets at once, without the user.
async fn at_once(app: &App<'_>, more: &[(&str, &str)]) -> Callback {
    let answer = app.server.get(&app.authorize_path(more)).await;
    let callback = Callback { url: answer.location() };
    assert_eq!(callback.target(), app.redirect_uri, "{}", callback.url);
    callback
}

#[tokio::test]
async fn a_user_who_is_not_signed_in_signs_in_first_and_consents_then() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let person = Browser::new(server).sign_up().await;
    let mut browser = Browser::new(server);
    let answer = browser.get(&app.authorize_path(&[])).await;
    let login = answer.location();
    assert!(login.path().ends_with("/login") && login.query_pairs().any(|(name, _)| name == "interaction"), "{login}");
    let page = browser.follow(answer).await.expect(200);
    let page = browser.log_in_at(&page, &person).await.expect(200);
    assert!(page.url.path().ends_with("/consent"), "{}", page.url);
    let callback = Callback { url: browser.decide(&page, "approve").await.location() };
    assert_eq!(callback.target(), REDIRECT_URI);
    assert!(callback.code().starts_with("sac_") && callback.code().len() > 40);
    assert_eq!(callback.get("state").as_deref(), Some("af0ifjsldkj"));
    assert_eq!(callback.get("iss").as_deref(), Some(server.issuer.as_str()));
}

#[tokio::test]
async fn the_callback_has_the_expected_parameters_and_no_others() {
    let (_, _, callback) = authorized(&[]).await;
    let mut names: Vec<String> = callback.url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    names.sort_unstable();
    assert_eq!(names, ["code", "iss", "state"]);
    assert_eq!(callback.url.fragment(), None);
}

async fn authorized(more: &[(&str, &str)]) -> (Browser<'static>, App<'static>, Callback) {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, more).await;
    (browser, app, callback)
}

#[tokio::test]
async fn each_fault_is_told_to_the_client_with_state_and_issuer() {
    let app = App::confidential(Server::shared()).await;
    for (more, error) in [
        (&[("response_type", "")][..], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("response_type", "code id_token")], "unsupported_response_type"),
        (&[("response_type", "code"), ("response_mode", "fragment")], "invalid_request"),
        (&[("scope", "openid unregistered")], "invalid_scope"),
        (&[("scope", "openid  profile")], "invalid_scope"),
        (&[("scope", "a\"b")], "invalid_scope"),
        (&[("code_challenge", CHALLENGE), ("code_challenge_method", "S512")], "invalid_request"),
        (&[("code_challenge", CHALLENGE), ("code_challenge_method", "s256")], "invalid_request"),
        (&[("code_challenge", "short"), ("code_challenge_method", "S256")], "invalid_request"),
        (&[("code_challenge_method", "S256")], "invalid_request"),
        (&[("prompt", "none login")], "invalid_request"),
        (&[("max_age", "-1")], "invalid_request"),
        (&[("max_age", "soon")], "invalid_request"),
        (&[("request", "e30")], "invalid_request_object"),
        (&[("request_uri", "https://app.example/request.jwt")], "request_uri_not_supported"),
        (&[("id_token_hint", "eyJhbGciOiJub25lIn0.e30.")], "invalid_request"),
        (&[("unknown", "1"), ("unknown", "2")], "invalid_request"),
        (&[("scope", "openid"), ("scope", "openid")], "invalid_request"),
        (&[("nonce", "1"), ("nonce", "2")], "invalid_request"),
    ] {
        let callback = at_once(&app, more).await;
        callback.expect_error(error);
        assert_eq!(callback.get("state").as_deref(), Some("af0ifjsldkj"), "{more:?}");
        assert_eq!(callback.get("iss").as_deref(), Some(app.server.issuer.as_str()), "{more:?}");
    }
}

#[tokio::test]
async fn a_client_without_the_grant_is_told_so() {
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "grant_types": ["client_credentials"], "scope": "api:read"});
    let app = App::register(Server::shared(), metadata).await;
    at_once(&app, &[]).await.expect_error("unauthorized_client");
}

#[tokio::test]
async fn a_public_client_must_use_pkce() {
    let app = App::public(Server::shared()).await;
    at_once(&app, &[("code_challenge", ""), ("code_challenge_method", "")]).await.expect_error("invalid_request");
}

#[tokio::test]
async fn a_confidential_client_may_go_without_pkce_state_and_nonce() {
    let (_, app, callback) = authorized(&[("state", "")]).await;
    assert_eq!(callback.get("state"), None);
    app.redeem(&callback).await;
}

#[tokio::test]
async fn the_scope_defaults_to_openid() {
    let (_, app, callback) = authorized(&[("scope", "")]).await;
    assert_eq!(app.redeem(&callback).await.scope, "openid");
}

#[tokio::test]
async fn offline_access_is_known_and_gives_a_refresh_token() {
    let app = App::register(Server::shared(), json!({"redirect_uris": [REDIRECT_URI]})).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, &[("scope", "openid offline_access")]).await;
    let tokens = app.redeem(&callback).await;
    assert_eq!(tokens.scope, "openid offline_access");
    app.refresh(tokens.refresh_token()).await;
}

#[tokio::test]
async fn both_pkce_methods_work_and_plain_is_the_default() {
    let app = App::public(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    for more in [
        &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")][..],
        &[("code_challenge", VERIFIER), ("code_challenge_method", "plain")],
        &[("code_challenge", VERIFIER), ("code_challenge_method", "")],
    ] {
        let callback = browser.authorize(&app, more).await;
        app.redeem(&callback).await;
    }
}

#[tokio::test]
async fn what_is_unknown_or_only_advice_is_accepted() {
    let (mut browser, app, _) = authorized(&[]).await;
    for (name, value) in [
        ("unknown", "1"),
        ("display", "page"),
        ("display", "popup"),
        ("display", "touch"),
        ("display", "wap"),
        ("display", "unheard of"),
        ("ui_locales", "fr-CA en"),
        ("claims_locales", "de"),
        ("acr_values", "urn:example:gold"),
        ("response_mode", "query"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("login_hint", "somebody@example.org"),
        ("claims", "{}"),
        ("resource", "https://api.example"),
    ] {
        browser.authorize(&app, &[(name, value)]).await.code();
    }
}

#[tokio::test]
async fn the_request_may_come_by_post() {
    let (mut browser, app, _) = authorized(&[]).await;
    let path = app.authorize_path(&[]);
    let pairs = decode(path.split_once('?').unwrap().1);
    let form: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = browser.post("/authorize", &form).await;
    let answer = browser.follow(answer).await;
    Callback { url: answer.location() }.code();
}

#[tokio::test]
async fn the_order_of_scope_and_parameters_does_not_matter() {
    let (mut browser, app, _) = authorized(&[]).await;
    let path = app.authorize_path(&[("scope", "email openid profile")]);
    let mut pairs = decode(path.split_once('?').unwrap().1);
    pairs.reverse();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = browser.get(&format!("/authorize?{}", encode(&pairs))).await;
    assert_eq!(app.redeem(&Callback { url: answer.location() }).await.scope, "email openid profile");
}

#[tokio::test]
async fn the_only_registered_redirect_uri_may_be_left_out() {
    let (_, app, callback) = authorized(&[("redirect_uri", "")]).await;
    assert_eq!(callback.target(), REDIRECT_URI);
    let answer = app.try_redeem(&callback.code(), &[("redirect_uri", "")]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn with_two_registered_redirect_uris_one_must_be_named() {
    let uris = json!({"redirect_uris": [REDIRECT_URI, "https://app.example/other"]});
    let app = App::register(Server::shared(), uris).await;
    app.server.get(&app.authorize_path(&[("redirect_uri", "")])).await.expect_error_page(400);
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    for uri in [REDIRECT_URI, "https://app.example/other"] {
        assert_eq!(browser.authorize(&app, &[("redirect_uri", uri)]).await.target(), uri);
    }
}

#[tokio::test]
async fn a_query_of_the_redirect_uri_is_kept() {
    let app =
        App::register(Server::shared(), json!({"redirect_uris": ["https://app.example/cb?tenant=1&x=%2F"]})).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, &[]).await;
    assert!(callback.url.as_str().starts_with("https://app.example/cb?tenant=1&x=%2F&"), "{}", callback.url);
    app.redeem(&callback).await;
}

#[tokio::test]
async fn a_native_app_chooses_its_loopback_port() {
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        let metadata = json!({"redirect_uris": [format!("http://{host}/cb")], "token_endpoint_auth_method": "none"});
        let app = App::register(Server::shared(), metadata).await;
        let mut browser = Browser::new(app.server);
        browser.sign_up().await;
        let uri = format!("http://{host}:49152/cb");
        let callback = browser.authorize(&app, &[("redirect_uri", &uri)]).await;
        assert_eq!(callback.target(), uri);
        let answer = app.try_redeem(&callback.code(), &[("redirect_uri", &uri)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_private_scheme_gets_its_answer() {
    let metadata = json!({"redirect_uris": ["com.example.app:/cb"], "token_endpoint_auth_method": "none"});
    let app = App::register(Server::shared(), metadata).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, &[]).await;
    assert_eq!(callback.target(), "com.example.app:/cb");
    app.redeem(&callback).await;
}

#[tokio::test]
async fn a_state_of_4_kb_comes_back_unchanged() {
    let state = "s+/ &=é".repeat(512);
    assert!(state.len() >= 4096);
    let (mut browser, app, callback) = authorized(&[("state", &state)]).await;
    assert_eq!(callback.get("state"), Some(state.clone()));
    // And where the user has to sign in on the way.
    let person = browser.sign_up().await;
    let mut other = Browser::new(app.server);
    let page = other.begin(&app, &[("state", &state)]).await.expect(200);
    let page = other.log_in_at(&page, &person).await.expect(200);
    let callback = Callback { url: other.decide(&page, "approve").await.location() };
    assert_eq!(callback.get("state"), Some(state));
}

#[tokio::test]
async fn a_client_or_redirect_uri_that_is_not_known_gets_a_page() {
    let app = App::confidential(Server::shared()).await;
    let faults: [&[(&str, &str)]; 7] = [
        &[("client_id", "")],
        &[("client_id", "unknown")],
        &[("client_id", "2b4d1b39-9c3e-4ecb-8c21-7e2a5e0d3f10")],
        &[("client_id", "' OR 1=1 --")],
        &[("redirect_uri", "https://evil.example/callback")],
        &[("redirect_uri", REDIRECT_URI), ("redirect_uri", "https://evil.example/")],
        &[("client_id", &app.id), ("client_id", &app.id)],
    ];
    for more in faults {
        app.server.get(&app.authorize_path(more)).await.expect_error_page(400);
        // Other faults do not change that, and neither does being signed in.
        let with_more: Vec<_> = more.iter().copied().chain([("response_type", "token")]).collect();
        app.server.get(&app.authorize_path(&with_more)).await.expect_error_page(400);
    }
    let mut signed_in = Browser::new(app.server);
    signed_in.sign_up().await;
    for more in faults {
        signed_in.get(&app.authorize_path(more)).await.expect_error_page(400);
    }
}

#[tokio::test]
async fn every_code_is_new() {
    let (mut browser, app, first) = authorized(&[]).await;
    let second = browser.authorize(&app, &[]).await;
    assert_ne!(first.code(), second.code());
    // One user holds several codes at once.
    app.redeem(&second).await;
    app.redeem(&first).await;
}

#[tokio::test]
async fn a_pending_request_that_was_not_begun_here_is_refused() {
    let server = Server::shared();
    for interaction in ["x", "AAAA", &unique(), &"A".repeat(5000)] {
        for path in ["/authorize", "/login", "/signup", "/consent"] {
            let answer: Answer = server.get(&format!("{path}?interaction={interaction}")).await;
            assert!(answer.headers.get("location").is_none(), "{path} {interaction}");
            assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn the_answer_is_never_cached() {
    let user = signed_in(Server::shared()).await;
    let mut browser = user.browser;
    let answer = browser.get(&user.app.authorize_path(&[])).await;
    assert!(answer.location().query_pairs().any(|(name, _)| name == "code"));
    assert!(answer.header("cache-control").contains("no-store"), "{:?}", answer.headers);
    assert!(answer.header("referrer-policy").contains("no-referrer"), "{:?}", answer.headers);
}
