//! Proof of possession: RFC 9449.

use crate::support::{
    Answer, App, Ask, Browser, Method, REDIRECT_URI, Server, VERIFIER, Value,
    dpop::{Key, ath, now},
    json, jwt, profile, tokens_for,
};

/// The tokens of an answer of this type.
#[track_caller]
fn tokens(answer: &Answer, token_type: &str) -> (String, Option<String>) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let json = answer.json();
    assert_eq!(json["token_type"], token_type, "{}", answer.body);
    let text = |name: &str| json.get(name).map(|value| value.as_str().unwrap().to_owned());
    (text("access_token").unwrap(), text("refresh_token"))
}

async fn code_for(app: &App<'static>, more: &[(&str, &str)]) -> String {
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    browser.authorize(app, more).await.code()
}

fn code_form(code: &str) -> Vec<(&str, &str)> {
    let mut form = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT_URI)];
    form.push(("code_verifier", VERIFIER));
    form
}

async fn redeem(app: &App<'static>, key: &Key, code: &str) -> Answer {
    let form = code_form(code);
    let skip = usize::from(app.secret.is_some());
    key.token(app, &form[..form.len() - skip]).await
}

fn refresh_form(token: &str) -> [(&str, &str); 2] {
    [("grant_type", "refresh_token"), ("refresh_token", token)]
}

const MACHINE: [(&str, &str); 1] = [("grant_type", "client_credentials")];

#[tokio::test]
async fn a_token_that_is_bound_to_a_key_is_good_with_a_proof_and_says_its_key() {
    let (app, key) = (App::public(Server::shared()).await, Key::new());
    let (access, _) = tokens(&redeem(&app, &key, &code_for(&app, &[]).await).await, "DPoP");
    for path in ["/userinfo", "/resource/me"] {
        key.get(app.server, path, &access).await.expect(200);
    }
    key.request(app.server, Method::POST, "/userinfo", &access).ask().await.expect(200);
    let asking = App::machine(app.server).await;
    let told = asking.request("/introspect", &[("token", &access)]).ask().await.expect(200).json();
    assert_eq!((&told["token_type"], &told["cnf"]), (&json!("DPoP"), &json!({"jkt": key.thumbprint()})));
}

#[tokio::test]
async fn a_bound_token_is_no_bearer_token_and_a_bearer_token_is_not_for_the_scheme_dpop() {
    let (app, key) = (App::public(Server::shared()).await, Key::new());
    let (access, _) = tokens(&redeem(&app, &key, &code_for(&app, &[]).await).await, "DPoP");
    for path in ["/userinfo", "/resource/me"] {
        app.server.get_as(path, &access).await.expect_error(401, "invalid_token");
    }
    let form = [("access_token", access.as_str())];
    app.server.post("/userinfo", &form).await.expect_error(401, "invalid_token");
    let (_, _, bearer) = tokens_for(&app).await;
    let answer = key.get(app.server, "/userinfo", &bearer.access).await;
    answer.expect_error(401, "invalid_token");
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.starts_with("DPoP ") && challenge.contains("algs=\"") && challenge.contains("ES256"),
        "{challenge}"
    );
}

#[tokio::test]
async fn without_a_token_both_schemes_are_offered() {
    let answer = Server::shared().get("/userinfo").await.expect(401);
    let challenges = answer.headers_of("www-authenticate");
    assert!(challenges.iter().any(|one| one.starts_with("Bearer ")), "{challenges:?}");
    assert!(challenges.iter().any(|one| one.starts_with("DPoP ") && one.contains("algs=")), "{challenges:?}");
}

#[tokio::test]
async fn another_key_opens_nothing_with_a_stolen_token() {
    let (app, key, thief) = (App::public(Server::shared()).await, Key::new(), Key::new());
    let (access, _) = tokens(&redeem(&app, &key, &code_for(&app, &[]).await).await, "DPoP");
    thief.get(app.server, "/userinfo", &access).await.expect_error(401, "invalid_token");
    key.get(app.server, "/userinfo", &access).await.expect(200);
}

#[tokio::test]
async fn a_proof_must_be_whole_and_for_this_request() {
    let (server, key) = (Server::shared(), Key::new());
    let app = App::machine(server).await;
    let claims = || Key::claims(server, &Method::POST, "/token");
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        key.sign(&key.header(), &claims)
    };
    let without = |name: &str| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        key.sign(&key.header(), &claims)
    };
    let header = |name: &str, value: Value| {
        let mut header = key.header();
        header[name] = value;
        key.sign(&header, &claims())
    };
    let good = key.sign(&key.header(), &claims());
    let (signed, _) = good.rsplit_once('.').unwrap();
    let mut private = key.jwk();
    private["d"] = json!("AAAA");
    for (what, proof) in [
        ("no JWT", "x".to_owned()),
        ("no signature", format!("{signed}.")),
        ("another signature", format!("{signed}.{}", "A".repeat(86))),
        ("typ", header("typ", json!("JWT"))),
        ("alg none", header("alg", json!("none"))),
        ("alg of another kind", header("alg", json!("RS256"))),
        ("alg of a shared secret", header("alg", json!("HS256"))),
        ("a shared secret", jwt::hs256(&claims(), b"secret")),
        ("no key", header("jwk", Value::Null)),
        ("another key", header("jwk", Key::new().jwk())),
        ("a private key", header("jwk", private)),
        ("crit", header("crit", json!(["b64"]))),
        ("no jti", without("jti")),
        ("an empty jti", with("jti", json!(""))),
        ("no htm", without("htm")),
        ("another method", with("htm", json!("GET"))),
        ("no htu", without("htu")),
        ("another endpoint", with("htu", json!(format!("{}/userinfo", server.issuer)))),
        ("another host", with("htu", json!("https://evil.example/token"))),
        ("no iat", without("iat")),
        ("a minute old", with("iat", json!(now() - 60))),
        ("a minute ahead", with("iat", json!(now() + 60))),
    ] {
        let answer = app.request("/token", &MACHINE).header("dpop", proof).ask().await;
        assert_eq!(answer.status, 400, "{what}: {}", answer.body);
        assert_eq!(answer.json()["error"], "invalid_dpop_proof", "{what}");
    }
    let two = app.request("/token", &MACHINE).header("dpop", good).header("dpop", key.sign(&key.header(), &claims()));
    two.ask().await.expect_error(400, "invalid_dpop_proof");
    tokens(&key.token(&app, &MACHINE).await, "DPoP");
}

#[tokio::test]
async fn a_clock_that_differs_by_ten_seconds_and_a_url_in_another_form_will_do() {
    let (server, key) = (Server::shared(), Key::new());
    let app = App::machine(server).await;
    let url = format!("{}/token?x=1#y", server.issuer.replacen("http", "HTTP", 1));
    for more in
        [json!({"iat": now() - 10}), json!({"iat": now() + 8}), json!({"htu": url}), json!({"nonce": "unasked"})]
    {
        let proof = key.proof(server, &Method::POST, "/token", more);
        tokens(&app.request("/token", &MACHINE).header("dpop", proof).ask().await, "DPoP");
    }
}

// fosite CVE-2020-15222 was of assertions; a proof is no different.
#[tokio::test]
async fn a_proof_is_good_once() {
    let (server, key) = (Server::shared(), Key::new());
    let app = App::machine(server).await;
    let proof = key.proof(server, &Method::POST, "/token", json!({}));
    let ask = || app.request("/token", &MACHINE).header("dpop", proof.clone()).ask();
    let (access, _) = tokens(&ask().await, "DPoP");
    ask().await.expect_error(400, "invalid_dpop_proof");
    let proof = key.proof(server, &Method::GET, "/resource/me", json!({"ath": ath(&access)}));
    let read = || {
        let request = server.request(Method::GET, "/resource/me").header("authorization", format!("DPoP {access}"));
        request.header("dpop", proof.clone()).ask()
    };
    read().await.expect(200);
    let again = read().await;
    again.expect_error(401, "invalid_dpop_proof");
    assert!(again.header("www-authenticate").starts_with("DPoP "), "{:?}", again.headers);
}

#[tokio::test]
async fn at_a_resource_the_proof_names_the_token() {
    let (app, key) = (App::machine(Server::shared()).await, Key::new());
    let (access, _) = tokens(&key.token(&app, &MACHINE).await, "DPoP");
    let (other, _) = tokens(&key.token(&app, &MACHINE).await, "DPoP");
    let ask = async |more: Value, path: &str| {
        let proof = key.proof(app.server, &Method::GET, path, more);
        let request = app.server.request(Method::GET, "/resource/me").header("authorization", format!("DPoP {access}"));
        request.header("dpop", proof).ask().await
    };
    ask(json!({}), "/resource/me").await.expect_error(401, "invalid_dpop_proof");
    ask(json!({"ath": ath(&other)}), "/resource/me").await.expect_error(401, "invalid_dpop_proof");
    ask(json!({"ath": ath(&access)}), "/resource/you").await.expect_error(401, "invalid_dpop_proof");
    ask(json!({"ath": ath(&access)}), "/resource/me").await.expect(200);
    let bare = app.server.request(Method::GET, "/resource/me").header("authorization", format!("DPoP {access}"));
    bare.ask().await.expect_error(401, "invalid_dpop_proof");
}

#[tokio::test]
async fn a_public_clients_refresh_token_is_bound_to_the_key_and_a_confidential_clients_is_not() {
    let (key, other) = (Key::new(), Key::new());
    let public = App::public(Server::shared()).await;
    let (_, refresh) = tokens(&redeem(&public, &key, &code_for(&public, &[]).await).await, "DPoP");
    let refresh = refresh.unwrap();
    other.token(&public, &refresh_form(&refresh)).await.expect_error(400, "invalid_grant");
    public.token(&refresh_form(&refresh)).await.expect_error(400, "invalid_grant");
    let (access, refresh) = tokens(&key.token(&public, &refresh_form(&refresh)).await, "DPoP");
    key.get(public.server, "/userinfo", &access).await.expect(200);
    tokens(&key.token(&public, &refresh_form(&refresh.unwrap())).await, "DPoP");

    let confidential = App::confidential(Server::shared()).await;
    let (_, refresh) = tokens(&redeem(&confidential, &key, &code_for(&confidential, &[]).await).await, "DPoP");
    let (access, refresh) = tokens(&other.token(&confidential, &refresh_form(&refresh.unwrap())).await, "DPoP");
    other.get(confidential.server, "/userinfo", &access).await.expect(200);
    tokens(&confidential.token(&refresh_form(&refresh.unwrap())).await, "Bearer");
}

#[tokio::test]
async fn a_code_that_is_bound_to_a_key_is_redeemed_by_that_key_alone() {
    for app in [App::public(Server::shared()).await, App::confidential(Server::shared()).await] {
        let (key, other) = (Key::new(), Key::new());
        let code = code_for(&app, &[("dpop_jkt", &key.thumbprint())]).await;
        redeem(&app, &other, &code).await.expect_error(400, "invalid_grant");
        app.try_redeem(&code, &[]).await.expect_error(400, "invalid_grant");
        tokens(&redeem(&app, &key, &code).await, "DPoP");
    }
    let app = App::confidential(Server::shared()).await;
    for malformed in ["x", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I="] {
        let mut browser = Browser::new(app.server);
        browser.sign_up().await;
        browser.authorize(&app, &[("dpop_jkt", malformed)]).await.expect_error("invalid_request");
    }
}

#[tokio::test]
async fn a_client_that_registered_for_bound_tokens_gets_no_others() {
    let (server, key) = (Server::shared(), Key::new());
    let metadata = json!({
        "grant_types": ["client_credentials"], "scope": "api:read", "dpop_bound_access_tokens": true,
        "access_token_signed_response_alg": "ES256",
    });
    let app = App::register(server, metadata).await;
    app.token(&MACHINE).await.expect_error(400, "invalid_dpop_proof");
    let (access, _) = tokens(&key.token(&app, &MACHINE).await, "DPoP");
    assert_eq!(jwt::claims(&access)["cnf"], json!({"jkt": key.thumbprint()}), "a JWT says its key");
    key.get(server, "/resource/me", &access).await.expect(200);
    server.get_as("/resource/me", &access).await.expect_error(401, "invalid_token");
}

#[tokio::test]
async fn metadata_says_which_algorithms_proofs_may_have() {
    let server = Server::shared();
    for document in ["/.well-known/openid-configuration", "/.well-known/oauth-protected-resource/resource"] {
        let metadata = server.get(document).await.expect(200).json();
        assert_eq!(metadata["dpop_signing_alg_values_supported"], json!(["RS256", "PS256", "ES256", "EdDSA"]));
    }
}

#[tokio::test]
async fn where_the_server_wants_a_nonce_it_gives_one_and_takes_no_other() {
    let Some(server) = Server::with(profile::STRICT) else { return };
    let (app, key) = (App::machine(server).await, Key::new());
    let ask = async |more: Value| {
        let proof = key.proof(server, &Method::POST, "/token", more);
        let request = app.request("/token", &MACHINE).header("dpop", proof);
        request.header("origin", "https://spa.example").ask().await
    };
    let answer = ask(json!({})).await;
    answer.expect_error(400, "use_dpop_nonce");
    assert!(
        answer.header("access-control-expose-headers").to_lowercase().contains("dpop-nonce"),
        "{:?}",
        answer.headers
    );
    let nonce = answer.header("dpop-nonce").to_owned();
    let changed = format!("{}{}", if nonce.starts_with('A') { "B" } else { "A" }, &nonce[1..]);
    for wrong in ["x", &changed, &jwt::base64url([0; 40])] {
        ask(json!({"nonce": wrong})).await.expect_error(400, "use_dpop_nonce");
    }
    let (access, _) = tokens(&ask(json!({"nonce": nonce})).await, "DPoP");
    let answer = key.get(server, "/resource/me", &access).await;
    answer.expect_error(401, "use_dpop_nonce");
    assert!(answer.header("www-authenticate").contains("error=\"use_dpop_nonce\""), "{:?}", answer.headers);
    let nonce = answer.header("dpop-nonce");
    let proof = key.proof(server, &Method::GET, "/resource/me", json!({"ath": ath(&access), "nonce": nonce}));
    let request = server.request(Method::GET, "/resource/me").header("authorization", format!("DPoP {access}"));
    request.header("dpop", proof).ask().await.expect(200);
}

#[tokio::test]
async fn a_page_may_send_the_proof() {
    let Some(server) = Server::with(profile::STRICT) else { return };
    for path in ["/token", "/userinfo", "/resource/me"] {
        let request = server.request(Method::OPTIONS, path).header("origin", "https://spa.example");
        let answer = request.header("access-control-request-method", "POST").ask().await;
        assert!(answer.header("access-control-allow-headers").to_lowercase().contains("dpop"), "{:?}", answer.headers);
    }
}
