//! "OAuth Auth Server through Workers": each defect of its published code, as a test that fails against it.

use crate::support::{
    App, Browser, Callback, REDIRECT_URI, Server, Tokens, jwt, pass, profile, server::State, signed_in, tokens_for,
};

async fn fresh_code(app: &App<'static>) -> String {
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    browser.authorize(app, &[]).await.code()
}

#[tokio::test]
async fn a_client_is_authenticated_at_the_token_endpoint() {
    let app = App::confidential(Server::shared()).await;
    let code = fresh_code(&app).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT_URI),
        ("client_id", &app.id),
    ];
    app.server.post("/token", &form).await.expect_error(401, "invalid_client");
    let wrong = App { secret: Some("scs_guessed".to_owned()), ..app.clone() };
    wrong.try_redeem(&code, &[]).await.expect_error(401, "invalid_client");
    Tokens::of(&app.try_redeem(&code, &[]).await);
}

#[tokio::test]
async fn the_redirect_uri_is_checked_at_both_ends() {
    let app = App::confidential(Server::shared()).await;
    app.server.get(&app.authorize_path(&[("redirect_uri", "https://evil.example/")])).await.expect_error_page(400);
    let code = fresh_code(&app).await;
    app.try_redeem(&code, &[("redirect_uri", "https://evil.example/")]).await.expect_error(400, "invalid_grant");
    app.try_redeem(&code, &[("redirect_uri", "")]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn the_state_is_the_clients_and_not_a_constant() {
    let mut user = signed_in(Server::shared()).await;
    for state in ["one", "two", "three four+five"] {
        let callback = user.browser.authorize(&user.app, &[("state", state)]).await;
        assert_eq!(callback.get("state").as_deref(), Some(state));
    }
    assert_eq!(user.browser.authorize(&user.app, &[("state", "")]).await.get("state"), None);
}

#[tokio::test]
async fn a_token_is_verified_and_not_only_decoded() {
    let user = signed_in(Server::shared()).await;
    let claims = jwt::claims(user.tokens.id_token());
    let none = serde_json::json!({"alg": "none", "typ": "JWT"});
    for forged in [
        jwt::unsigned(&none, &claims),
        jwt::hs256(&claims, b""),
        jwt::hs256(&claims, b"secret"),
        format!("sat_{}", jwt::base64url(claims.to_string())),
    ] {
        assert!(!user.app.server.accepts(&forged).await);
        user.app.server.get_as("/resource/me", &forged).await.expect_error(401, "invalid_token");
    }
}

#[tokio::test]
async fn a_user_has_as_many_codes_and_tokens_as_they_ask_for() {
    let mut user = signed_in(Server::shared()).await;
    let other = App::confidential(Server::shared()).await;
    let first = user.browser.authorize(&user.app, &[]).await;
    let second = user.browser.authorize(&other, &[]).await;
    let third = user.browser.authorize(&user.app, &[]).await;
    let mut alive = vec![user.tokens.access.clone()];
    for (app, callback) in [(&user.app, third), (&other, second), (&user.app, first)] {
        alive.push(app.redeem(&callback).await.access);
    }
    for access in alive {
        assert!(user.app.server.accepts(&access).await, "a later token has pushed out an earlier one");
    }
}

#[tokio::test]
async fn a_code_is_consumed() {
    let app = App::confidential(Server::shared()).await;
    let code = fresh_code(&app).await;
    Tokens::of(&app.try_redeem(&code, &[]).await);
    for _ in 0..2 {
        app.try_redeem(&code, &[]).await.expect_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn passwords_cannot_be_read_back_from_storage() {
    let state = State::new();
    let Some(server) = Server::start(&[], &state) else { return };
    let person = Browser::new(&server).sign_up().await;
    server.stop();
    let bytes = state.bytes();
    let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(has(person.email.as_bytes()) && has(b"$2b$"), "the user is stored, with a bcrypt hash");
    assert!(!has(person.password.as_bytes()));
    assert!(!has(jwt::base64url(&person.password).as_bytes()), "not encoded either");
}

#[tokio::test]
async fn codes_are_long_and_random() {
    let mut user = signed_in(Server::shared()).await;
    let mut secrets = Vec::new();
    for _ in 0..20 {
        let code = user.browser.authorize(&user.app, &[]).await.code();
        let bytes = jwt::from_base64url(code.strip_prefix("sac_").unwrap());
        assert!(bytes.len() >= 32, "at least 256 bit");
        secrets.push(bytes[bytes.len() - 32..].to_vec());
    }
    // No octet of the secret part is the same in all, as a counter or a clock would leave it.
    for at in 0..32 {
        assert!(secrets.iter().any(|secret| secret[at] != secrets[0][at]), "octet {at} is constant");
    }
    secrets.sort_unstable();
    secrets.dedup();
    assert_eq!(secrets.len(), 20);
}

#[tokio::test]
async fn routes_match_whole_paths_and_not_substrings() {
    let server = Server::shared();
    for path in [
        "/x/authorize",
        "/authorizex",
        "/xtoken",
        "/token2",
        "/login/token",
        "/userinfo/token",
        "/jwks.json",
        "/registered",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn cookies_are_for_this_server_alone_and_not_for_scripts() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let page = browser.get("/login").await.expect(200);
    let person = Browser::new(server).sign_up().await;
    let answer = browser.try_sign_in(&person.email, &person.password).await;
    for (answer, name) in [(&page, "csrf"), (&answer, "session")] {
        let (_, attributes) = answer.cookie(&server.cookie_name(name)).unwrap_or_else(|| panic!("{name}"));
        for attribute in ["httponly", "samesite=lax", "path=/"] {
            assert!(attributes.iter().any(|known| known == attribute), "{name} {attribute}: {attributes:?}");
        }
    }
}

#[tokio::test]
async fn no_token_is_ever_put_into_a_cookie() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, &[]).await;
    let answer = app.try_redeem(&callback.code(), &[]).await;
    assert!(answer.headers.get("set-cookie").is_none(), "the token endpoint sets no cookie");
    let names: Vec<&str> = browser.cookies.keys().map(String::as_str).collect();
    let known = [app.server.cookie_name("csrf"), app.server.cookie_name("session")];
    assert!(names.iter().all(|name| known.iter().any(|other| other == name)), "{names:?}");
    assert!(browser.cookies.values().all(|value| !value.contains("sat_") && !value.contains("srt_")));
    // And a token in a cookie opens nothing.
    let tokens = Tokens::of(&answer);
    let request =
        app.server.request(reqwest::Method::GET, "/userinfo").header("cookie", format!("token={}", tokens.access));
    assert_eq!(crate::support::Ask::ask(request).await.status, 401);
}

#[tokio::test]
async fn no_origin_is_let_in_with_credentials() {
    for settings in [profile::STRICT, profile::CLOSED] {
        let Some(server) = Server::with(settings) else { return };
        for path in ["/token", "/userinfo", "/revoke", "/register", "/jwks", "/resource/me", "/authorize", "/login"] {
            for origin in ["https://spa.example", "https://evil.example", "null"] {
                let request = server.request(reqwest::Method::GET, path).header("origin", origin);
                let answer = crate::support::Ask::ask(request).await;
                assert!(answer.headers.get("access-control-allow-credentials").is_none(), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn pkce_is_enforced() {
    let app = App::public(Server::shared()).await;
    let answer = app.server.get(&app.authorize_path(&[("code_challenge", ""), ("code_challenge_method", "")])).await;
    Callback { url: answer.location() }.expect_error("invalid_request");
    let code = fresh_code(&app).await;
    app.try_redeem(&code, &[("code_verifier", "")]).await.expect_error(400, "invalid_grant");
    let other = "x".repeat(43);
    app.try_redeem(&code, &[("code_verifier", &other)]).await.expect_error(400, "invalid_grant");
    Tokens::of(&app.try_redeem(&code, &[]).await);
}

#[tokio::test]
async fn expiry_is_a_number_and_compared_as_one() {
    // Compared as text, "9…" is later than "10…": with lives of very different length some would never end.
    let Some(server) = Server::with(profile::SHORT) else { return };
    let app = App::confidential(server).await;
    let (_, _, tokens) = tokens_for(&app).await;
    let claims = jwt::claims(tokens.id_token());
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3);
    assert!(server.accepts(&tokens.access).await);
    pass(4).await;
    assert!(!server.accepts(&tokens.access).await);
}
