//! Userinfo: OIDC Core §5.3, bearer tokens by RFC 6750.

use crate::support::{App, Ask, Browser, Callback, Method, REDIRECT_URI, Server, Tokens, Value, json, jwt, signed_in};

async fn with_scope(scope: &str) -> (App<'static>, Tokens, crate::support::Person) {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    let person = browser.sign_up().await;
    let callback = browser.authorize(&app, &[("scope", scope)]).await;
    let tokens = app.redeem(&callback).await;
    (app, tokens, person)
}

#[tokio::test]
async fn every_scope_opens_its_claims() {
    let (app, tokens, person) = with_scope("openid profile email").await;
    let claims = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert_eq!(claims["given_name"], "Jane");
    assert_eq!(claims["family_name"], "Doe");
    assert_eq!(claims["name"], "Jane Doe");
    assert_eq!(claims["email"], person.email);
    assert_eq!(claims["access_level"], "user");
    assert!(claims["user_id"].as_str().unwrap().starts_with("JD-"));
}

/// What an administrator writes about somebody, and answers what userinfo then says for this scope.
async fn claims_of(scope: &str, claims: Value) -> Value {
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid profile email address phone"});
    let app = App::register(Server::shared(), metadata).await;
    let mut browser = Browser::new(app.server);
    let person = browser.sign_up().await;
    let (path, patch) = (format!("/admin/api/users/{}", person.email), json!({"claims": claims}));
    app.server.administer(Method::PATCH, &path, patch).await.expect(200);
    let tokens = app.redeem(&browser.authorize(&app, &[("scope", scope)]).await).await;
    app.server.get_as("/userinfo", &tokens.access).await.expect(200).json()
}

fn everything() -> Value {
    json!({
        "middle_name": "Q.", "nickname": "Janie", "preferred_username": "jane", "gender": "female",
        "profile": "https://jane.example/", "picture": "https://jane.example/me.jpg", "website": "https://jane.example/blog",
        "birthdate": "1990-10-31", "zoneinfo": "Europe/Paris", "locale": "en-GB",
        "address": {"street_address": "1 High Street\nFlat 2", "locality": "Oxford", "country": "UK"},
        "phone_number": "+44 20 7183 8750", "phone_number_verified": true,
    })
}

#[tokio::test]
async fn address_and_phone_open_their_claims_and_no_others_do() {
    let address = claims_of("openid address", everything()).await;
    assert_eq!(address["address"], everything()["address"]);
    assert_eq!(address.as_object().unwrap().keys().collect::<Vec<_>>(), ["address", "sub"]);
    let phone = claims_of("openid phone", everything()).await;
    let expected = ["phone_number", "phone_number_verified", "sub"];
    assert_eq!(phone.as_object().unwrap().keys().collect::<Vec<_>>(), expected);
    assert_eq!((&phone["phone_number"], &phone["phone_number_verified"]), (&json!("+44 20 7183 8750"), &json!(true)));
    let profile = claims_of("openid profile", everything()).await;
    assert!(profile.get("address").is_none() && profile.get("phone_number").is_none(), "{profile}");
}

#[tokio::test]
async fn all_scopes_together_open_every_standard_claim() {
    let claims = claims_of("openid profile email address phone", everything()).await;
    for (name, value) in everything().as_object().unwrap() {
        assert_eq!(&claims[name], value, "{name}");
    }
    assert!(claims["updated_at"].is_i64() && claims["name"].is_string() && claims["email"].is_string(), "{claims}");
    assert!(!claims.to_string().contains("null"), "{claims}");
}

#[tokio::test]
async fn what_nobody_has_said_is_omitted() {
    let claims = claims_of("openid profile email address phone", json!({"nickname": "Janie", "gender": null})).await;
    assert_eq!(claims["nickname"], "Janie");
    for name in ["address", "phone_number", "phone_number_verified", "gender", "picture"] {
        assert!(claims.get(name).is_none(), "{name}: {claims}");
    }
}

#[tokio::test]
async fn userinfo_is_signed_where_the_client_registered_that_whatever_it_accepts() {
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let metadata = json!({
            "redirect_uris": [REDIRECT_URI], "scope": "openid email", "userinfo_signed_response_alg": algorithm,
        });
        let app = App::register(Server::shared(), metadata).await;
        let (_, person, tokens) = crate::support::tokens_for(&app).await;
        let request = app.server.request(Method::GET, "/userinfo").header("accept", "application/json");
        let answer = request.bearer_auth(&tokens.access).ask().await.expect(200);
        assert_eq!(answer.header("content-type"), "application/jwt");
        assert!(answer.header("cache-control").contains("no-store"));
        let (header, claims) = (jwt::header(&answer.body), jwt::claims(&answer.body));
        assert_eq!(header["alg"], algorithm);
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(app.server.issuer), &json!(app.id)));
        assert_eq!(claims["sub"], jwt::claims(tokens.id_token())["sub"]);
        assert_eq!(claims["email"], person.email);
        // It is no ID token: nobody is hinted at with it.
        let mut browser = Browser::new(app.server);
        let answer = browser.get(&app.authorize_path(&[("prompt", "none"), ("id_token_hint", &answer.body)])).await;
        Callback { url: answer.location() }.expect_error("invalid_request");
    }
    let plain = signed_in(Server::shared()).await;
    let request = plain.app.server.request(Method::GET, "/userinfo").header("accept", "application/jwt");
    let answer = request.bearer_auth(&plain.tokens.access).ask().await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn openid_alone_opens_the_subject_alone() {
    let (app, tokens, _) = with_scope("openid").await;
    let claims = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert_eq!(claims.as_object().unwrap().keys().collect::<Vec<_>>(), ["sub"]);
}

#[tokio::test]
async fn email_opens_no_name_and_profile_no_address() {
    let (app, tokens, _) = with_scope("openid email").await;
    let claims = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert!(claims["email"].is_string() && claims.get("name").is_none() && claims.get("user_id").is_none(), "{claims}");
    let (app, tokens, _) = with_scope("openid profile").await;
    let claims = app.server.get_as("/userinfo", &tokens.access).await.expect(200).json();
    assert!(claims["name"].is_string() && claims.get("email").is_none(), "{claims}");
}

#[tokio::test]
async fn the_token_may_come_by_post_in_the_header_or_the_form() {
    let user = signed_in(Server::shared()).await;
    let server = user.app.server;
    let by_get = server.get_as("/userinfo", &user.tokens.access).await.expect(200).json();
    let header = server.request(Method::POST, "/userinfo").bearer_auth(&user.tokens.access).ask().await;
    assert_eq!(header.expect(200).json(), by_get);
    let form = server.post("/userinfo", &[("access_token", &user.tokens.access)]).await;
    assert_eq!(form.expect(200).json(), by_get);
}

#[tokio::test]
async fn the_name_of_the_scheme_may_be_in_any_case() {
    let user = signed_in(Server::shared()).await;
    let request = user.app.server.request(Method::GET, "/userinfo");
    request.header("authorization", format!("bearer {}", user.tokens.access)).ask().await.expect(200);
}

#[tokio::test]
async fn a_token_in_the_query_is_no_token() {
    let user = signed_in(Server::shared()).await;
    let answer = user.app.server.get(&format!("/userinfo?access_token={}", user.tokens.access)).await;
    assert!(matches!(answer.status, 400 | 401), "{}", answer.body);
}

#[tokio::test]
async fn a_token_in_two_places_is_an_invalid_request() {
    let user = signed_in(Server::shared()).await;
    let request = user.app.server.request(Method::POST, "/userinfo").bearer_auth(&user.tokens.access);
    let answer = request.form(&[("access_token", &user.tokens.access)]).ask().await;
    // "Clients MUST NOT use more than one method to transmit the token in each request." (RFC 6750 §2)
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(answer.json()["error"], "invalid_request");
}

#[tokio::test]
async fn without_a_token_the_challenge_is_bare() {
    for method in [Method::GET, Method::POST] {
        let answer = Server::shared().request(method, "/userinfo").ask().await.expect(401);
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer"), "{challenge}");
        // "the resource server SHOULD NOT include an error code or other error information" (RFC 6750 §3.1)
        assert!(!challenge.contains("error="), "{challenge}");
    }
}

#[tokio::test]
async fn a_bad_token_is_challenged_with_the_reason() {
    let user = signed_in(Server::shared()).await;
    let good = &user.tokens.access;
    let mut changed = good.clone().into_bytes();
    changed[20] = if changed[20] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    for token in [
        "x",
        "sat_",
        "sat_AAAA",
        &good[..good.len() - 1],
        &good.replace("sat_", "srt_"),
        &changed,
        user.tokens.refresh_token(),
        user.tokens.id_token(),
    ] {
        let answer = user.app.server.get_as("/userinfo", token).await;
        answer.expect_error(401, "invalid_token");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer") && challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
}

#[tokio::test]
async fn a_token_of_a_client_stands_for_no_user() {
    let app = App::machine(Server::shared()).await;
    let tokens = Tokens::of(&app.token(&[("grant_type", "client_credentials")]).await);
    let answer = app.server.get_as("/userinfo", &tokens.access).await;
    answer.expect_error(403, "insufficient_scope");
    assert!(answer.header("www-authenticate").contains("error=\"insufficient_scope\""));
}

#[tokio::test]
async fn basic_credentials_are_no_token() {
    let app = App::confidential(Server::shared()).await;
    let request = app.server.request(Method::GET, "/userinfo").basic_auth(&app.id, app.secret.as_ref());
    let answer = request.ask().await;
    assert!(matches!(answer.status, 400 | 401), "{}", answer.body);
}

#[tokio::test]
async fn what_userinfo_says_is_not_kept() {
    let user = signed_in(Server::shared()).await;
    let answer = user.app.server.get_as("/userinfo", &user.tokens.access).await.expect(200);
    assert!(answer.header("cache-control").contains("no-store"), "{:?}", answer.headers);
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let answer = Server::shared().request(Method::PUT, "/userinfo").ask().await.expect(405);
    let allow = answer.header("allow");
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
}
