//! The FAPI 2.0 Security Profile, which a client registers for: `"security_profile": "fapi2"`.

use crate::{
    client_assertion::{JWT_BEARER, Signing},
    support::{
        Answer, Ask, Browser, CHALLENGE, Callback, Method, REDIRECT_URI, Server, VERIFIER, Value, app::register,
        dpop::Key, json, jwt,
    },
};

/// A client that is held to the profile, and the key that its tokens are bound to.
struct Fapi {
    client: Signing<'static>,
    key: Key,
}

impl Fapi {
    async fn register() -> Self {
        let profile = json!({"security_profile": "fapi2"});
        Self { client: Signing::register(Server::shared(), profile).await, key: Key::new() }
    }

    /// Pushes the usual request; `more` replaces what it names, and an empty value leaves it out.
    async fn push(&self, more: &[(&str, &str)]) -> Answer {
        let usual = [
            ("response_type", "code"),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "openid email"),
            ("state", "kept"),
            ("nonce", "n-0S6_WzA2Mj"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let usual = usual.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let form: Vec<_> = usual.chain(more.iter().copied()).filter(|(_, value)| !value.is_empty()).collect();
        self.client.post("/par", &form).await
    }

    /// The callback that a pushed request leads to.
    async fn authorize(&self, browser: &mut Browser<'_>, more: &[(&str, &str)]) -> Callback {
        let pushed = self.push(more).await.expect(201).json();
        let name =
            [("client_id", self.client.app.id.as_str()), ("request_uri", pushed["request_uri"].as_str().unwrap())];
        let mut answer = browser.visit(&format!("/authorize?{}", crate::support::encode(&name))).await;
        if !answer.is_redirect() {
            answer = browser.decide(&answer, "approve").await;
        }
        Callback { url: answer.location() }
    }

    /// A token request with a proof by this key.
    async fn token(&self, key: &Key, form: &[(&str, &str)]) -> Answer {
        let assertion = self.client.assertion();
        let proof = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())];
        let server = self.client.app.server;
        let dpop = key.proof(server, &Method::POST, "/token", json!({}));
        server.request(Method::POST, "/token").header("dpop", dpop).form(&[form, &proof].concat()).ask().await
    }

    async fn redeem(&self, key: &Key, code: &str) -> Answer {
        self.token(key, &code_form(code)).await
    }
}

fn code_form(code: &str) -> [(&str, &str); 4] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)]
}

async fn signed_up() -> Browser<'static> {
    let mut browser = Browser::new(Server::shared());
    browser.sign_up().await;
    browser
}

#[tokio::test]
async fn a_client_gets_what_the_profile_asks_for_and_cannot_register_for_less() {
    let server = Server::shared();
    let jwks = json!({"keys": [jwt::Signer::new().jwk()]});
    let good = json!({
        "redirect_uris": [REDIRECT_URI], "security_profile": "fapi2", "token_endpoint_auth_method": "private_key_jwt",
        "jwks": jwks,
    });
    let client = register(server, good.clone()).await.expect(201).json();
    for (name, value) in [
        ("security_profile", json!("fapi2")),
        ("require_pushed_authorization_requests", json!(true)),
        ("dpop_bound_access_tokens", json!(true)),
        ("id_token_signed_response_alg", json!("ES256")),
    ] {
        assert_eq!(client[name], value, "{name}");
    }
    for (name, value) in [
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("token_endpoint_auth_method", json!("client_secret_jwt")),
        ("token_endpoint_auth_method", json!("none")),
        ("token_endpoint_auth_signing_alg", json!("RS256")),
        ("request_object_signing_alg", json!("none")),
        ("access_token_signed_response_alg", json!("RS256")),
        ("redirect_uris", json!(["http://127.0.0.1/callback"])),
        ("security_profile", json!("fapi1")),
    ] {
        let mut bad = good.clone();
        bad[name] = value.clone();
        if value != "private_key_jwt" && name == "token_endpoint_auth_method" {
            bad.as_object_mut().unwrap().remove("jwks");
        }
        let answer = register(server, bad).await;
        assert_eq!(answer.status, 400, "{name} {value}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_client_cannot_leave_the_profile_that_it_registered_for() {
    let server = Server::shared();
    let mut metadata = json!({
        "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [jwt::Signer::new().jwk()]}, "security_profile": "fapi2",
    });
    let client = register(server, metadata.clone()).await.expect(201).json();
    let url = server.own(client["registration_client_uri"].as_str().unwrap()).unwrap();
    metadata.as_object_mut().unwrap().remove("security_profile");
    metadata["client_id"] = client["client_id"].clone();
    let token = client["registration_access_token"].as_str().unwrap();
    let changed = server.request(Method::PUT, &url).bearer_auth(token).json(&metadata).ask().await.expect(200).json();
    assert_eq!((&changed["security_profile"], &changed["dpop_bound_access_tokens"]), (&json!("fapi2"), &json!(true)));
}

#[tokio::test]
async fn the_whole_way_is_open_to_a_client_of_the_profile() {
    let fapi = Fapi::register().await;
    let server = fapi.client.app.server;
    let pushed = fapi.push(&[]).await.expect(201).json();
    // "shall issue pushed authorization requests request_uri with expires_in values of less than 600 seconds"
    assert!(pushed["expires_in"].as_i64().unwrap() < 600, "{pushed}");
    let mut browser = signed_up().await;
    let callback = fapi.authorize(&mut browser, &[]).await;
    assert_eq!(callback.get("iss").as_deref(), Some(server.issuer.as_str()));
    assert_eq!(callback.get("state").as_deref(), Some("kept"));
    let tokens = fapi.redeem(&fapi.key, &callback.code()).await.expect(200).json();
    assert_eq!(tokens["token_type"], "DPoP");
    let id_token = tokens["id_token"].as_str().unwrap();
    assert_eq!(jwt::header(id_token)["alg"], "ES256");
    assert_eq!(jwt::claims(id_token)["nonce"], "n-0S6_WzA2Mj");
    let access = tokens["access_token"].as_str().unwrap();
    fapi.key.get(server, "/userinfo", access).await.expect(200);
    // "shall only issue sender-constrained access tokens"
    server.get_as("/userinfo", access).await.expect(401);
    Key::new().get(server, "/userinfo", access).await.expect(401);
}

#[tokio::test]
async fn a_refresh_token_stays_what_it_is() {
    let fapi = Fapi::register().await;
    let callback = fapi.authorize(&mut signed_up().await, &[]).await;
    let tokens = fapi.redeem(&fapi.key, &callback.code()).await.expect(200).json();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    for _ in 0..4 {
        let refreshed = fapi.token(&fapi.key, &form).await.expect(200).json();
        assert_eq!((&refreshed["refresh_token"], &refreshed["token_type"]), (&json!(refresh), &json!("DPoP")));
        let access = refreshed["access_token"].as_str().unwrap();
        fapi.key.get(fapi.client.app.server, "/userinfo", access).await.expect(200);
    }
    fapi.client.post("/token", &form).await.expect_error(400, "invalid_dpop_proof");
}

#[tokio::test]
async fn a_request_that_lacks_what_the_profile_asks_for_is_refused_when_it_is_pushed() {
    let fapi = Fapi::register().await;
    let (app, server) = (&fapi.client.app, fapi.client.app.server);
    for (more, error) in [
        ([("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
        ([("code_challenge", VERIFIER), ("code_challenge_method", "plain")], "invalid_request"),
        ([("code_challenge", CHALLENGE), ("code_challenge_method", "")], "invalid_request"),
        ([("redirect_uri", ""), ("state", "kept")], "invalid_request"),
        ([("redirect_uri", "https://app.example/other"), ("state", "kept")], "invalid_request"),
        ([("response_type", "code id_token"), ("state", "kept")], "unsupported_response_type"),
        ([("response_type", "token"), ("state", "kept")], "unsupported_response_type"),
    ] {
        fapi.push(&more).await.expect_error(400, error);
    }
    // Without client authentication, and through the browser alone.
    server.post("/par", &[("client_id", &app.id), ("response_type", "code")]).await.expect_error(401, "invalid_client");
    let open = app.authorize_path(&[]);
    Callback { url: signed_up().await.get(&open).await.location() }.expect_error("invalid_request");
    // Of another client of the profile.
    let other = Fapi::register().await;
    let uri = fapi.push(&[]).await.expect(201).json()["request_uri"].as_str().unwrap().to_owned();
    let stolen = [("client_id", other.client.app.id.as_str()), ("request_uri", uri.as_str())];
    signed_up().await.get(&format!("/authorize?{}", crate::support::encode(&stolen))).await.expect_error_page(400);
}

#[tokio::test]
async fn a_code_is_good_once_for_its_client_with_its_verifier_and_its_key() {
    let (fapi, other) = (Fapi::register().await, Fapi::register().await);
    let mut browser = signed_up().await;
    let bound = [("dpop_jkt", fapi.key.thumbprint())];
    let bound = bound.each_ref().map(|(name, value)| (*name, value.as_str()));
    let code = fapi.authorize(&mut browser, &bound).await.code();
    other.redeem(&other.key, &code).await.expect_error(400, "invalid_grant");
    fapi.redeem(&Key::new(), &code).await.expect_error(400, "invalid_grant");
    let mut form = code_form(&code);
    form[3].1 = CHALLENGE;
    fapi.token(&fapi.key, &form).await.expect_error(400, "invalid_grant");
    let tokens = fapi.redeem(&fapi.key, &code).await.expect(200).json();
    fapi.redeem(&fapi.key, &code).await.expect_error(400, "invalid_grant");
    let access = tokens["access_token"].as_str().unwrap();
    fapi.key.get(fapi.client.app.server, "/userinfo", access).await.expect(401);
    // A proof is asked for at once, and nothing is spent without one.
    let code = fapi.authorize(&mut browser, &[]).await.code();
    fapi.client.post("/token", &code_form(&code)).await.expect_error(400, "invalid_dpop_proof");
    fapi.redeem(&fapi.key, &code).await.expect(200);
}

#[tokio::test]
async fn an_assertion_names_the_issuer_as_a_string_and_nothing_else() {
    let fapi = Fapi::register().await;
    let issuer = fapi.client.app.server.issuer.as_str();
    let present = async |audience: Value| {
        let mut claims = fapi.client.claims();
        claims["aud"] = audience;
        let assertion = fapi.client.key.sign(&json!({}), &claims);
        fapi.client.post_with("/introspect", &assertion, &[("token", "sat_x")]).await.status
    };
    assert_eq!(present(json!(issuer)).await, 200);
    for audience in [
        json!([issuer]),
        json!([issuer, "https://other.example"]),
        json!(format!("{issuer}/token")),
        json!(format!("{issuer}/par")),
        json!(format!("{issuer}/introspect")),
        json!("https://other.example"),
    ] {
        assert_eq!(present(audience.clone()).await, 401, "{audience}");
    }
}
