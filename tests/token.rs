//! The token endpoint: RFC 6749 §3.2, §4.1.3, §4.4 and §5. Refresh is in `refresh.rs`, ID tokens in `id_token.rs`.

use crate::support::{
    Answer, App, Ask, Browser, Callback, Method, REDIRECT_URI, Server, Tokens, VERIFIER, json, pass, profile,
    signed_in, tokens_for,
};

async fn code_for(app: &App<'static>, more: &[(&str, &str)]) -> Callback {
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    browser.authorize(app, more).await
}

#[tokio::test]
async fn a_code_is_redeemed_for_tokens() {
    let app = App::confidential(Server::shared()).await;
    let callback = code_for(&app, &[]).await;
    let answer = app.try_redeem(&callback.code(), &[]).await.expect(200);
    assert!(answer.header("cache-control").contains("no-store"));
    let json = answer.json();
    assert!(json["access_token"].as_str().unwrap().starts_with("sat_"));
    assert!(json["refresh_token"].as_str().unwrap().starts_with("srt_"));
    assert_eq!(json["token_type"], "Bearer");
    assert_eq!(json["expires_in"], 900);
    assert_eq!(json["scope"], "openid profile email");
    assert!(json["id_token"].is_string());
    assert_eq!(json.as_object().unwrap().len(), 6, "{json}");
}

#[tokio::test]
async fn a_client_may_send_its_secret_in_the_form() {
    let app = App::confidential(Server::shared()).await;
    let callback = code_for(&app, &[]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &callback.code()),
        ("redirect_uri", REDIRECT_URI),
        ("client_id", &app.id),
        ("client_secret", app.secret.as_ref().unwrap()),
    ];
    Tokens::of(&app.server.post("/token", &form).await);
}

#[tokio::test]
async fn basic_credentials_are_decoded_as_forms_are() {
    let app = App::machine(Server::shared()).await;
    // "encoded using the "application/x-www-form-urlencoded" encoding algorithm" (RFC 6749 §2.3.1)
    let encoded: String = app.secret.as_ref().unwrap().bytes().map(|byte| format!("%{byte:02X}")).collect();
    let request = app.server.request(Method::POST, "/token").basic_auth(app.id.replace('-', "%2D"), Some(encoded));
    Tokens::of(&request.form(&[("grant_type", "client_credentials")]).ask().await);
}

#[tokio::test]
async fn a_public_client_redeems_with_its_verifier_alone() {
    let app = App::public(Server::shared()).await;
    let tokens = app.redeem(&code_for(&app, &[]).await).await;
    assert!(tokens.refresh.is_some());
    assert!(app.server.accepts(&tokens.access).await);
}

#[tokio::test]
async fn a_code_is_good_once() {
    let app = App::confidential(Server::shared()).await;
    let callback = code_for(&app, &[]).await;
    app.redeem(&callback).await;
    app.try_redeem(&callback.code(), &[]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_replayed_code_revokes_what_it_issued() {
    let app = App::confidential(Server::shared()).await;
    let callback = code_for(&app, &[]).await;
    let tokens = app.redeem(&callback).await;
    let next = app.refresh(tokens.refresh_token()).await;
    for access in [&tokens.access, &next.access] {
        assert!(app.server.accepts(access).await);
    }
    app.try_redeem(&callback.code(), &[]).await.expect_error(400, "invalid_grant");
    for access in [&tokens.access, &next.access] {
        assert!(!app.server.accepts(access).await);
    }
    app.try_refresh(next.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_request_that_does_not_match_leaves_the_code_as_it_was() {
    let app = App::public(Server::shared()).await;
    let callback = code_for(&app, &[]).await;
    for more in [
        &[("redirect_uri", "https://app.example/other")][..],
        &[("redirect_uri", "")],
        &[("code_verifier", "")],
        &[("code_verifier", "too-short")],
        &[("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX")],
    ] {
        let answer = app.try_redeem(&callback.code(), more).await;
        assert_eq!(answer.status, 400, "{more:?}: {}", answer.body);
        answer.expect_error(400, "invalid_grant");
    }
    app.redeem(&callback).await;
}

#[tokio::test]
async fn what_cannot_be_a_code_is_an_invalid_grant() {
    let app = App::confidential(Server::shared()).await;
    let good = code_for(&app, &[]).await.code();
    for code in ["x", "sac_", "sac_AAAA", &good[..good.len() - 1], &format!("{good}A"), &good.replace("sac_", "sat_")] {
        app.try_redeem(code, &[]).await.expect_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_code_expires() {
    let Some(server) = Server::with(profile::SHORT) else { return };
    let app = App::confidential(server).await;
    let callback = code_for(&app, &[]).await;
    pass(4).await;
    app.try_redeem(&callback.code(), &[]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn an_access_token_expires() {
    let Some(server) = Server::with(profile::SHORT) else { return };
    let app = App::confidential(server).await;
    let callback = code_for(&app, &[("scope", "profile")]).await;
    let answer = app.try_redeem(&callback.code(), &[]).await;
    assert_eq!(answer.json()["expires_in"], 3);
    let tokens = Tokens::of(&answer);
    assert!(server.accepts(&tokens.access).await);
    pass(4).await;
    assert!(!server.accepts(&tokens.access).await);
}

#[tokio::test]
async fn without_the_refresh_grant_there_is_no_refresh_token() {
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "grant_types": ["authorization_code"]});
    let app = App::register(Server::shared(), metadata).await;
    let tokens = app.redeem(&code_for(&app, &[]).await).await;
    assert_eq!(tokens.refresh, None);
}

#[tokio::test]
async fn each_malformed_request_is_an_invalid_request() {
    let app = App::confidential(Server::shared()).await;
    for form in [
        &[][..],
        &[("grant_type", "")],
        &[("grant_type", "authorization_code")],
        &[("grant_type", "refresh_token")],
        &[("grant_type", "client_credentials"), ("grant_type", "client_credentials")],
        &[("grant_type", "authorization_code"), ("code", "sac_a"), ("code", "sac_b")],
    ] {
        let answer = app.token(form).await;
        assert_eq!(answer.status, 400, "{form:?}: {}", answer.body);
        answer.expect_error(400, "invalid_request");
        assert!(answer.header("cache-control").contains("no-store"));
    }
}

#[tokio::test]
async fn an_unknown_grant_type_is_unsupported() {
    let app = App::confidential(Server::shared()).await;
    for grant_type in ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "AUTHORIZATION_CODE"] {
        app.token(&[("grant_type", grant_type)]).await.expect_error(400, "unsupported_grant_type");
    }
}

#[tokio::test]
async fn a_grant_that_the_client_did_not_register_is_not_authorized() {
    let app = App::confidential(Server::shared()).await;
    app.token(&[("grant_type", "client_credentials")]).await.expect_error(400, "unauthorized_client");
    let machine = App::machine(Server::shared()).await;
    machine.try_redeem("sac_AAAA", &[]).await.expect_error(400, "unauthorized_client");
    machine.try_refresh("srt_AAAA", &[]).await.expect_error(400, "unauthorized_client");
}

/// `invalid_client` with the challenge that must go with it.
#[track_caller]
fn expect_invalid_client(answer: &Answer) {
    answer.expect_error(401, "invalid_client");
    assert!(answer.header("www-authenticate").starts_with("Basic "), "{:?}", answer.headers);
}

#[tokio::test]
async fn a_client_that_does_not_show_who_it_is_is_refused() {
    let server = Server::shared();
    let app = App::machine(server).await;
    let secret = app.secret.as_deref().unwrap();
    let grant = [("grant_type", "client_credentials")];
    let wrong = format!("{}x", &secret[..secret.len() - 1]);
    for (id, given) in [(app.id.as_str(), wrong.as_str()), (&app.id, ""), (&app.id, "scs_"), ("unknown", secret)] {
        let basic = server.request(Method::POST, "/token").basic_auth(id, Some(given)).form(&grant).ask().await;
        expect_invalid_client(&basic);
        let form = [grant[0], ("client_id", id), ("client_secret", given)];
        expect_invalid_client(&server.post("/token", &form).await);
    }
    // A confidential client by its identifier alone.
    expect_invalid_client(&server.post("/token", &[grant[0], ("client_id", &app.id)]).await);
    // A public client does not authenticate, so a secret in its name is wrong.
    let public = App::public(server).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "srt_x"),
        ("client_id", &public.id),
        ("client_secret", "x"),
    ];
    expect_invalid_client(&server.post("/token", &form).await);
}

#[tokio::test]
async fn a_request_without_any_client_is_refused() {
    let answer = Server::shared().post("/token", &[("grant_type", "client_credentials")]).await;
    assert!(matches!(answer.status, 400 | 401), "{}", answer.body);
    assert!(matches!(answer.json()["error"].as_str(), Some("invalid_client" | "invalid_request")));
}

#[tokio::test]
async fn credentials_in_two_places_are_an_invalid_request() {
    let app = App::machine(Server::shared()).await;
    let secret = app.secret.as_deref().unwrap();
    let form = [("grant_type", "client_credentials"), ("client_id", &app.id), ("client_secret", secret)];
    // "The client MUST NOT use more than one authentication method in each request." (RFC 6749 §2.3)
    app.token(&form).await.expect_error(400, "invalid_request");
}

#[tokio::test]
async fn a_client_id_beside_basic_must_be_the_same() {
    let app = App::machine(Server::shared()).await;
    let same = [("grant_type", "client_credentials"), ("client_id", &app.id)];
    Tokens::of(&app.token(&same).await);
    let other = App::machine(Server::shared()).await;
    let answer = app.token(&[("grant_type", "client_credentials"), ("client_id", &other.id)]).await;
    assert!(matches!(answer.status, 400 | 401), "{}", answer.body);
}

#[tokio::test]
async fn client_credentials_give_an_access_token_and_nothing_else() {
    let app = App::machine(Server::shared()).await;
    let tokens = Tokens::of(&app.token(&[("grant_type", "client_credentials")]).await);
    assert!(tokens.access.starts_with("sat_"));
    assert_eq!((tokens.refresh, tokens.id, tokens.scope.as_str()), (None, None, "api:read api:write"));
}

#[tokio::test]
async fn client_credentials_may_ask_for_less_and_not_for_more() {
    let app = App::machine(Server::shared()).await;
    let ask = |scope| [("grant_type", "client_credentials"), ("scope", scope)];
    assert_eq!(Tokens::of(&app.token(&ask("api:read")).await).scope, "api:read");
    for scope in ["api:admin", "api:read api:admin", "openid", "api:read  api:write", "a\"b", "api"] {
        app.token(&ask(scope)).await.expect_error(400, "invalid_scope");
    }
}

#[tokio::test]
async fn a_client_on_its_own_cannot_ask_for_what_speaks_of_a_user() {
    let metadata = json!({"grant_types": ["client_credentials"], "scope": "openid profile api:read"});
    let app = App::register(Server::shared(), metadata).await;
    assert_eq!(Tokens::of(&app.token(&[("grant_type", "client_credentials")]).await).scope, "api:read");
    let answer = app.token(&[("grant_type", "client_credentials"), ("scope", "profile")]).await;
    answer.expect_error(400, "invalid_scope");
}

#[tokio::test]
async fn a_public_client_cannot_use_client_credentials() {
    let app = App::public(Server::shared()).await;
    app.token(&[("grant_type", "client_credentials")]).await.expect_error(400, "unauthorized_client");
}

#[tokio::test]
async fn unknown_parameters_are_ignored() {
    let app = App::confidential(Server::shared()).await;
    let callback = code_for(&app, &[]).await;
    let more = [("unknown", "1"), ("state", "x"), ("scope", "openid")];
    Tokens::of(&app.try_redeem(&callback.code(), &more).await);
}

#[tokio::test]
async fn one_user_may_have_tokens_of_many_clients_and_devices() {
    let user = signed_in(Server::shared()).await;
    let other = App::confidential(Server::shared()).await;
    let mut phone = Browser::new(Server::shared());
    phone.sign_in(&user.person).await;
    let callback = phone.authorize(&user.app, &[]).await;
    let on_phone = user.app.redeem(&callback).await;
    let mut browser = user.browser;
    let callback = browser.authorize(&other, &[]).await;
    let of_other = other.redeem(&callback).await;
    for tokens in [&user.tokens, &on_phone, &of_other] {
        assert!(user.app.server.accepts(&tokens.access).await);
    }
    user.app.refresh(user.tokens.refresh_token()).await;
    user.app.refresh(on_phone.refresh_token()).await;
}

#[tokio::test]
async fn a_code_is_known_at_once_on_every_connection() {
    let app = App::confidential(Server::shared()).await;
    let (mut browser, _, _) = tokens_for(&app).await;
    for _ in 0..5 {
        let callback = browser.authorize(&app, &[("code_challenge", VERIFIER)]).await;
        Tokens::of(&app.try_redeem(&callback.code(), &[("code_verifier", VERIFIER)]).await);
    }
}

#[tokio::test]
async fn tokens_are_got_by_post() {
    let answer = Server::shared().get("/token?grant_type=client_credentials").await;
    assert_eq!(answer.status, 405);
    assert!(answer.header("allow").contains("POST"));
    answer.json();
}
