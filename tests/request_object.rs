//! Request objects, RFC 9101 and OpenID Connect Core §6.1, and keys of clients by `jwks_uri`, over HTTP.

use crate::{
    client_assertion::{JWT_BEARER, Signing},
    support::{
        Answer, App, Ask, Browser, CHALLENGE, Callback, Method, REDIRECT_URI, Server, Tokens, VERIFIER, Value, dpop,
        json,
        jwt::{Signer, from_now, unsigned},
        pass, profile,
        site::{Reply, Site},
        unique,
    },
};

/// What the object of this client says, unless a test changes it.
fn claims(app: &App<'_>) -> Value {
    json!({
        "iss": app.id, "aud": app.server.issuer, "exp": from_now(60), "client_id": app.id, "response_type": "code",
        "redirect_uri": app.redirect_uri, "scope": app.scope, "state": "of the object", "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    })
}

/// The claims with these added or replaced; `null` takes one away.
fn with(mut claims: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap().clone() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(&name)),
            value => claims[name] = value,
        }
    }
    claims
}

fn path(app: &App<'_>, object: &str, more: &[(&str, &str)]) -> String {
    let params = [&[("client_id", app.id.as_str()), ("request", object)], more].concat();
    format!("/authorize?{}", crate::support::encode(&params))
}

/// Takes the browser of a new user from a request to its callback.
async fn follow(app: &App<'_>, path: &str) -> Callback {
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let page = browser.visit(path).await.expect(200);
    Callback { url: browser.decide(&page, "approve").await.location() }
}

/// What the client is told at once.
async fn told(app: &App<'_>, path: &str) -> Callback {
    Callback { url: app.server.get(path).await.expect(302).location() }
}

#[tokio::test]
async fn a_signed_request_object_is_answered_by_what_it_says_and_by_nothing_beside_it() {
    let client = Signing::register(Server::shared(), json!({})).await;
    let object = client.key.sign(&json!({"typ": "oauth-authz-req+jwt"}), &claims(&client.app));
    let beside = [("state", "forged"), ("redirect_uri", "https://evil.example/cb"), ("scope", "openid")];
    let callback = follow(&client.app, &path(&client.app, &object, &beside)).await;
    assert_eq!((callback.target().as_str(), callback.get("state").as_deref()), (REDIRECT_URI, Some("of the object")));
    let form = [
        ("grant_type", "authorization_code"),
        ("redirect_uri", REDIRECT_URI),
        ("code", &callback.code()),
        ("code_verifier", VERIFIER),
    ];
    let tokens = Tokens::of(&client.post("/token", &form).await);
    assert_eq!(tokens.scope, client.app.scope);
}

#[tokio::test]
async fn who_signs_in_on_the_way_may_take_longer_than_the_object_is_good_for() {
    let client = Signing::register(Server::shared(), json!({})).await;
    let person = Browser::new(client.app.server).sign_up().await;
    // A clock may differ by ten seconds, so this one is good for five.
    let short = with(claims(&client.app), json!({"exp": from_now(-5), "max_age": 3600, "claims": {"userinfo": {}}}));
    let path = path(&client.app, &client.key.sign(&json!({}), &short), &[("redirect_uri", REDIRECT_URI)]);
    let mut browser = Browser::new(client.app.server);
    let login = browser.visit(&path).await.expect(200);
    pass(6).await;
    told(&client.app, &path).await.expect_error("invalid_request_object");
    let consent = browser.log_in_at(&login, &person).await;
    let callback = Callback { url: browser.decide(&consent, "approve").await.location() };
    assert_eq!(callback.get("state").as_deref(), Some("of the object"));
}

#[tokio::test]
async fn an_unsigned_object_says_what_a_query_could_say_unless_the_client_signs() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let object = |app: &App<'_>| unsigned(&json!({"alg": "none"}), &claims(app));
    assert_eq!(follow(&app, &path(&app, &object(&app), &[])).await.get("state").as_deref(), Some("of the object"));
    for more in [json!({"request_object_signing_alg": "EdDSA"}), json!({"require_signed_request_object": true})] {
        let client = Signing::register(server, more).await;
        let path = path(&client.app, &object(&client.app), &[("redirect_uri", REDIRECT_URI)]);
        told(&client.app, &path).await.expect_error("invalid_request_object");
    }
}

#[tokio::test]
async fn a_client_that_must_sign_its_requests_cannot_send_them_in_the_open() {
    let client = Signing::register(Server::shared(), json!({"require_signed_request_object": true})).await;
    let mut browser = Browser::new(client.app.server);
    browser.authorize(&client.app, &[]).await.expect_error("invalid_request");
    let object = client.key.sign(&json!({}), &claims(&client.app));
    follow(&client.app, &path(&client.app, &object, &[])).await.code();
}

#[tokio::test]
async fn an_object_that_is_not_this_clients_for_this_server_now_is_refused() {
    let client = Signing::register(Server::shared(), json!({})).await;
    let (app, other) = (&client.app, Signing::register(Server::shared(), json!({})).await);
    let signed = |header: Value, more: Value| client.key.sign(&header, &with(claims(app), more));
    let good = signed(json!({}), json!({}));
    let (head, tail) = good.rsplit_once('.').unwrap();
    for (what, object) in [
        ("another key", Signer::new().sign(&json!({}), &claims(app))),
        ("the signature of another object", format!("{head}x.{tail}")),
        ("no signature", format!("{head}.")),
        ("unsigned, with a signature", format!("{}AA", unsigned(&json!({"alg": "none"}), &claims(app)))),
        ("another issuer", signed(json!({}), json!({"iss": other.app.id}))),
        ("another audience", signed(json!({}), json!({"aud": "https://other.example"}))),
        ("another client_id", signed(json!({}), json!({"client_id": other.app.id}))),
        ("another response_type", signed(json!({}), json!({"response_type": "token"}))),
        ("expired", signed(json!({}), json!({"exp": from_now(-60)}))),
        ("not good yet", signed(json!({}), json!({"nbf": from_now(60)}))),
        ("a subject, as an assertion has", signed(json!({}), json!({"sub": app.id}))),
        ("a client assertion", client.assertion()),
        ("a DPoP proof", signed(json!({"typ": "dpop+jwt"}), json!({}))),
        ("another request in it", signed(json!({}), json!({"request": "e30.e30."}))),
        ("a request_uri in it", signed(json!({}), json!({"request_uri": "https://a.example/"}))),
        ("no JWT", "e30".to_owned()),
        ("too long", signed(json!({}), json!({"nonce": "n".repeat(9000)}))),
        ("no object", client.key.sign(&json!({}), &json!([]))),
    ] {
        let outside = [("response_type", "code"), ("redirect_uri", REDIRECT_URI), ("state", "outside")];
        let answer = told(app, &path(app, &object, &outside)).await;
        assert_eq!(answer.get("error").as_deref(), Some("invalid_request_object"), "{what}: {}", answer.url);
        assert_eq!((answer.target().as_str(), answer.get("state").as_deref()), (REDIRECT_URI, Some("outside")));
        // Without a redirect URI that is registered there is nobody to tell but the user.
        let outside = [("response_type", "code"), ("redirect_uri", "https://evil.example/cb")];
        app.server.get(&path(app, &object, &outside)).await.expect_error_page(400);
    }
    let both = path(app, &good, &[("request_uri", "https://a.example/r"), ("redirect_uri", REDIRECT_URI)]);
    told(app, &both).await.expect_error("invalid_request");
}

#[tokio::test]
async fn the_redirect_uri_of_an_object_must_be_registered() {
    let client = Signing::register(Server::shared(), json!({})).await;
    let claims = with(claims(&client.app), json!({"redirect_uri": "https://evil.example/cb"}));
    let object = client.key.sign(&json!({}), &claims);
    client.app.server.get(&path(&client.app, &object, &[])).await.expect_error_page(400);
}

/// Pushes an object with this proof of a key.
async fn push(client: &Signing<'_>, object: &str, proof: Option<String>) -> Answer {
    let assertion = client.assertion();
    let form = [("request", object), ("client_assertion_type", JWT_BEARER), ("client_assertion", &assertion)];
    let request = client.app.server.request(Method::POST, "/par").form(&form);
    match proof {
        Some(proof) => request.header("dpop", proof).ask().await,
        None => request.ask().await,
    }
}

#[tokio::test]
async fn an_object_may_be_pushed_and_bound_to_the_key_that_it_is_pushed_with() {
    let client = Signing::register(Server::shared(), json!({"require_signed_request_object": true})).await;
    let (app, key, other) = (&client.app, dpop::Key::new(), dpop::Key::new());
    let proof = |key: &dpop::Key| Some(key.proof(app.server, &Method::POST, "/par", json!({})));
    let object = |more: Value| client.key.sign(&json!({}), &with(claims(app), more));
    push(&client, "e30.e30.", None).await.expect_error(400, "invalid_request_object");
    let mismatch = push(&client, &object(json!({"dpop_jkt": other.thumbprint()})), proof(&key)).await;
    mismatch.expect_error(400, "invalid_request");
    let wrong = Some(key.proof(app.server, &Method::POST, "/token", json!({})));
    push(&client, &object(json!({})), wrong).await.expect_error(400, "invalid_dpop_proof");

    let pushed = push(&client, &object(json!({"dpop_jkt": key.thumbprint()})), proof(&key)).await.expect(201);
    assert!(pushed.json()["request_uri"].is_string());
    let pushed = push(&client, &object(json!({})), proof(&key)).await.expect(201).json();
    let params = [("client_id", app.id.as_str()), ("request_uri", pushed["request_uri"].as_str().unwrap())];
    let callback = follow(app, &format!("/authorize?{}", crate::support::encode(&params))).await;
    let code = callback.code();
    let redeem = async |key: &dpop::Key| {
        let assertion = client.assertion();
        let form = [
            ("grant_type", "authorization_code"),
            ("redirect_uri", REDIRECT_URI),
            ("code", &code),
            ("code_verifier", VERIFIER),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &assertion),
        ];
        let proof = key.proof(app.server, &Method::POST, "/token", json!({}));
        app.server.request(Method::POST, "/token").form(&form).header("dpop", proof).ask().await
    };
    redeem(&other).await.expect_error(400, "invalid_grant");
    assert_eq!(redeem(&key).await.expect(200).json()["token_type"], "DPoP");
}

/// A client whose keys are at a URL, where this key is, named `one`.
async fn published<'s>(server: &'s Server, site: &Site, path: &str, key: &Signer) -> App<'s> {
    site.serve(path, key_set(&[("one", key)]));
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI], "grant_types": ["authorization_code", "client_credentials"],
        "scope": "openid profile email", "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": site.url(path),
    });
    App::register(server, metadata).await
}

fn key_set(keys: &[(&str, &Signer)]) -> Reply {
    let named = keys.iter().map(|(kid, key)| with(key.jwk(), json!({"kid": kid}))).collect::<Vec<_>>();
    Reply::json(&json!({"keys": named}))
}

async fn authenticate(app: &App<'_>, key: &Signer, kid: &str) -> Answer {
    let claims = json!({
        "iss": app.id, "sub": app.id, "aud": app.server.issuer, "exp": from_now(60), "jti": unique(),
    });
    let assertion = key.sign(&json!({"kid": kid}), &claims);
    let form =
        [("grant_type", "client_credentials"), ("client_assertion_type", JWT_BEARER), ("client_assertion", &assertion)];
    app.server.post("/token", &form).await
}

#[tokio::test]
async fn keys_at_a_jwks_uri_are_fetched_once_and_again_when_an_unknown_one_signs() {
    let Some(server) = Server::with(profile::NEIGHBOURS) else { return };
    let (site, path) = (Site::start(), format!("/{}/jwks", unique()));
    let (one, two) = (Signer::new(), Signer::new());
    let app = published(server, &site, &path, &one).await;
    authenticate(&app, &one, "one").await.expect(200);
    authenticate(&app, &one, "one").await.expect(200);
    assert_eq!(site.received(&path).len(), 1, "the set is kept");
    let object = one.sign(&json!({"kid": "one"}), &claims(&app));
    follow(&app, &self::path(&app, &object, &[])).await.code();
    // A forged signature under the name of a key that is there makes the server ask nobody, not at once.
    authenticate(&app, &two, "one").await.expect_error(401, "invalid_client");
    assert_eq!(site.received(&path).len(), 1, "it was fetched less than a minute ago");
    site.serve(&path, key_set(&[("two", &two)]));
    pass(3).await;
    authenticate(&app, &two, "two").await.expect(200);
    assert_eq!(site.received(&path).len(), 2);
}

#[tokio::test]
async fn a_set_that_cannot_be_had_authenticates_nobody_and_a_private_address_is_never_asked() {
    let site = Site::start();
    let (path, key) = (format!("/{}/jwks", unique()), Signer::new());
    let private = published(Server::shared(), &site, &path, &key).await;
    authenticate(&private, &key, "one").await.expect_error(401, "invalid_client");
    assert!(site.received(&path).is_empty());
    let Some(server) = Server::with(profile::NEIGHBOURS) else { return };
    let app = published(server, &site, &path, &key).await;
    site.serve(&path, Reply::empty(500));
    authenticate(&app, &key, "one").await.expect_error(401, "invalid_client");
}

#[tokio::test]
async fn keys_are_registered_by_value_or_by_url_and_those_that_must_sign_have_some() {
    let server = Server::shared();
    let key = Signer::new();
    let sets = json!({"jwks": {"keys": [key.jwk()]}, "jwks_uri": "https://app.example/jwks"});
    for metadata in [
        sets,
        json!({"require_signed_request_object": true}),
        json!({"request_object_signing_alg": "ES256", "jwks": {"keys": [key.jwk()]}}),
        json!({"request_object_signing_alg": "HS256"}),
        json!({"request_object_signing_alg": "none", "require_signed_request_object": true,
            "jwks": {"keys": [key.jwk()]}}),
        json!({"jwks_uri": "file:///etc/passwd"}),
    ] {
        let metadata = with(json!({"redirect_uris": [REDIRECT_URI]}), metadata);
        let answer = crate::support::app::register(server, metadata).await;
        answer.expect_error(400, "invalid_client_metadata");
    }
}
