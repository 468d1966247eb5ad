//! Reading, changing and deleting a registration: RFC 7592.

use crate::support::{
    Answer, App, Ask, Browser, Method, REDIRECT_URI, Server, Tokens, Value, app::register, json, jwt::Signer, profile,
    signed_in, tokens_for,
};

/// What a client keeps of its registration.
struct Registration {
    server: &'static Server,
    client: Value,
}

impl Registration {
    async fn of(metadata: Value) -> Self {
        let server = Server::shared();
        Self { server, client: register(server, metadata).await.expect(201).json() }
    }

    fn text(&self, name: &str) -> String {
        self.client[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.client)).to_owned()
    }

    async fn ask_as(&self, token: &str, method: Method, body: Option<Value>) -> Answer {
        let url = self.server.own(&self.text("registration_client_uri")).expect("a URL of this server");
        let request = self.server.request(method, &url).bearer_auth(token);
        match body {
            Some(body) => request.json(&body).ask().await,
            None => request.ask().await,
        }
    }

    async fn ask(&self, method: Method, body: Option<Value>) -> Answer {
        self.ask_as(&self.text("registration_access_token"), method, body).await
    }

    /// Replaces the metadata by this, with the identifier that every such request must have.
    async fn put(&self, mut metadata: Value) -> Answer {
        metadata["client_id"] = self.client["client_id"].clone();
        self.ask(Method::PUT, Some(metadata)).await
    }
}

#[tokio::test]
async fn a_client_reads_its_registration_as_it_was_answered_but_for_its_secret() {
    let registration = Registration::of(json!({
        "redirect_uris": [REDIRECT_URI], "client_name": "Ada's App", "client_name#de": "Adas Anwendung",
    }))
    .await;
    assert!(registration.text("registration_access_token").starts_with("sra_"));
    let answer = registration.ask(Method::GET, None).await.expect(200);
    assert!(answer.header("cache-control").contains("no-store"));
    let mut expected = registration.client.clone();
    expected.as_object_mut().unwrap().retain(|name, _| !name.starts_with("client_secret"));
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn whoever_has_not_the_token_of_this_very_client_gets_401() {
    let registration = Registration::of(json!({"redirect_uris": [REDIRECT_URI]})).await;
    let other = Registration::of(json!({"redirect_uris": [REDIRECT_URI]})).await;
    let server = registration.server;
    let own = registration.text("registration_access_token");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let body = (method == Method::PUT)
            .then(|| json!({"client_id": registration.client["client_id"], "redirect_uris": [REDIRECT_URI]}));
        for token in [&other.text("registration_access_token"), "wrong", &own[1..], &format!("{own}x")] {
            let answer = registration.ask_as(token, method.clone(), body.clone()).await;
            answer.expect_error(401, "invalid_token");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
        for token in [server.admin_token.clone(), registration.text("client_secret")] {
            registration.ask_as(&token, method.clone(), body.clone()).await.expect_error(401, "invalid_token");
        }
        // "If the client does not exist on this server, the server MUST respond with HTTP 401 Unauthorized"
        let unknown = server.request(method.clone(), "/register/00000000-0000-4000-8000-000000000000");
        unknown.bearer_auth(&own).json(&body).ask().await.expect_error(401, "invalid_token");
        let url = server.own(&registration.text("registration_client_uri")).unwrap();
        server.request(method, &url).ask().await.expect(401);
    }
    registration.ask(Method::GET, None).await.expect(200);
    for path in ["/register/", "/register/a/b"] {
        let answer = server.request(Method::GET, path).bearer_auth(&own).ask().await;
        assert!(matches!(answer.status, 404 | 405), "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn what_a_client_puts_replaces_all_of_its_metadata() {
    let registration = Registration::of(json!({
        "redirect_uris": [REDIRECT_URI, "https://app.example/old"], "client_name": "Before", "contacts": ["a@b.example"],
        "client_uri": "https://app.example/", "scope": "openid email",
    }))
    .await;
    let changed = json!({
        "redirect_uris": ["https://app.example/new"], "client_name": "After", "scope": "openid", "client_uri": null,
        "client_secret": registration.client["client_secret"],
    });
    let answer = registration.put(changed).await.expect(200).json();
    assert_eq!((&answer["client_name"], &answer["scope"]), (&json!("After"), &json!("openid")));
    assert_eq!(answer["redirect_uris"], json!(["https://app.example/new"]));
    assert!(answer.get("contacts").is_none() && answer.get("client_uri").is_none(), "{answer}");
    assert!(answer.get("client_secret").is_none(), "it was shown once and is as it was");
    assert_eq!(answer["registration_access_token"], registration.client["registration_access_token"]);
    assert_eq!(answer["client_id_issued_at"], registration.client["client_id_issued_at"]);
    assert_eq!(registration.ask(Method::GET, None).await.expect(200).json(), answer);
    // What was taken away is gone for the next request.
    let path = format!(
        "/authorize?client_id={}&response_type=code&redirect_uri={REDIRECT_URI}",
        registration.text("client_id")
    );
    registration.server.get(&path).await.expect_error_page(400);
}

#[tokio::test]
async fn the_secret_stays_when_metadata_change() {
    let registration = Registration::of(json!({"redirect_uris": [REDIRECT_URI]})).await;
    registration.put(json!({"redirect_uris": [REDIRECT_URI], "client_name": "Another"})).await.expect(200);
    let request = registration.server.request(Method::POST, "/introspect");
    let request = request.basic_auth(registration.text("client_id"), Some(registration.text("client_secret")));
    request.form(&[("token", "x")]).ask().await.expect(200);
}

#[tokio::test]
async fn a_client_that_becomes_confidential_gets_a_secret_and_one_that_becomes_public_loses_it() {
    let public = json!({"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"});
    let confidential = json!({"redirect_uris": [REDIRECT_URI]});
    let registration = Registration::of(public.clone()).await;
    let answer = registration.put(confidential.clone()).await.expect(200).json();
    let secret = answer["client_secret"].as_str().expect("a new secret").to_owned();
    assert_eq!(answer["client_secret_expires_at"], 0);
    let introspect = async || {
        let request = registration.server.request(Method::POST, "/introspect");
        request.basic_auth(registration.text("client_id"), Some(&secret)).form(&[("token", "x")]).ask().await
    };
    introspect().await.expect(200);
    assert!(registration.put(public).await.expect(200).json().get("client_secret").is_none());
    introspect().await.expect_error(401, "invalid_client");
    let next = registration.put(confidential).await.expect(200).json();
    assert_ne!(next["client_secret"], secret, "a secret that was given up does not come back");
}

#[tokio::test]
async fn what_the_server_sets_cannot_be_put() {
    let registration = Registration::of(json!({"redirect_uris": [REDIRECT_URI]})).await;
    let id = &registration.client["client_id"];
    for body in [
        json!({"redirect_uris": [REDIRECT_URI]}),
        json!({"redirect_uris": [REDIRECT_URI], "client_id": "another"}),
        json!({"redirect_uris": [REDIRECT_URI], "client_id": 7}),
        json!({"redirect_uris": [REDIRECT_URI], "client_id": id, "client_secret": "scs_chosen"}),
        json!({"redirect_uris": [REDIRECT_URI], "client_id": id, "registration_access_token": "sra_chosen"}),
        json!({"redirect_uris": [REDIRECT_URI], "client_id": id, "registration_client_uri": "https://a.example/"}),
        json!({"redirect_uris": [REDIRECT_URI], "client_id": id, "client_secret_expires_at": 0}),
        json!({"redirect_uris": [REDIRECT_URI], "client_id": id, "client_id_issued_at": 1}),
    ] {
        let answer = registration.ask(Method::PUT, Some(body.clone())).await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_request")), "{body}");
    }
    let bad = json!({"redirect_uris": ["javascript:alert(1)"]});
    registration.put(bad).await.expect_error(400, "invalid_redirect_uri");
    registration.put(json!({"redirect_uris": []})).await.expect_error(400, "invalid_redirect_uri");
    let bad = json!({"redirect_uris": [REDIRECT_URI], "id_token_encrypted_response_alg": "RSA-OAEP"});
    registration.put(bad).await.expect_error(400, "invalid_client_metadata");
    assert_eq!(registration.ask(Method::GET, None).await.expect(200).json()["redirect_uris"], json!([REDIRECT_URI]));
}

#[tokio::test]
async fn a_client_that_deletes_itself_takes_its_tokens_and_codes_with_it() {
    let server = Server::shared();
    let registration = Registration::of(json!({"redirect_uris": [REDIRECT_URI], "scope": "openid profile"})).await;
    let app = App {
        server,
        id: registration.text("client_id"),
        secret: Some(registration.text("client_secret")),
        redirect_uri: REDIRECT_URI.to_owned(),
        scope: "openid profile".to_owned(),
    };
    let (mut browser, _, tokens) = tokens_for(&app).await;
    let unredeemed = browser.authorize(&app, &[]).await;
    assert!(server.accepts(&tokens.access).await);
    let answer = registration.ask(Method::DELETE, None).await.expect(204);
    assert!(answer.body.is_empty());
    assert!(!server.accepts(&tokens.access).await);
    app.try_refresh(tokens.refresh_token(), &[]).await.expect_error(401, "invalid_client");
    app.try_redeem(&unredeemed.code(), &[]).await.expect_error(401, "invalid_client");
    let asker = signed_in(server).await.app;
    let told = asker.request("/introspect", &[("token", &tokens.access)]).ask().await.expect(200).json();
    assert_eq!(told, json!({"active": false}));
    registration.ask(Method::GET, None).await.expect_error(401, "invalid_token");
    registration.ask(Method::DELETE, None).await.expect_error(401, "invalid_token");
    browser.get(&app.authorize_path(&[])).await.expect_error_page(400);
}

#[tokio::test]
async fn a_machine_that_deletes_itself_takes_its_tokens_with_it() {
    let metadata = json!({"grant_types": ["client_credentials"], "scope": "api:read"});
    let registration = Registration::of(metadata).await;
    let request = registration.server.request(Method::POST, "/token");
    let request = request.basic_auth(registration.text("client_id"), Some(registration.text("client_secret")));
    let tokens = Tokens::of(&request.form(&[("grant_type", "client_credentials")]).ask().await);
    registration.server.get_as("/resource/a", &tokens.access).await.expect(200);
    registration.ask(Method::DELETE, None).await.expect(204);
    registration.server.get_as("/resource/a", &tokens.access).await.expect_error(401, "invalid_token");
}

#[tokio::test]
async fn a_client_cannot_put_itself_above_what_it_was_given() {
    // Where the administrator registers, a client adds nothing; where registration is open, what everybody may have.
    let registration = Registration::of(json!({"redirect_uris": [REDIRECT_URI], "scope": "openid api:read"})).await;
    for body in [
        json!({"redirect_uris": [REDIRECT_URI], "scope": "openid api:read api:write"}),
        json!({"redirect_uris": [REDIRECT_URI], "scope": "openid email"}),
        json!({"redirect_uris": [REDIRECT_URI], "grant_types": ["authorization_code", "client_credentials"]}),
    ] {
        registration.put(body).await.expect_error(400, "invalid_client_metadata");
    }
    let answer = registration.put(json!({"redirect_uris": [REDIRECT_URI], "launchpad": true})).await.expect(200);
    assert_eq!(answer.json()["scope"], "openid", "the default scope, as far as it was given before");
    let mut browser = Browser::new(registration.server);
    browser.sign_up().await;
    let name = crate::support::unique();
    registration
        .put(json!({"redirect_uris": [REDIRECT_URI], "launchpad": true, "client_name": name}))
        .await
        .expect(200);
    assert!(!browser.get("/").await.expect(200).html().contains(&name));

    let Some(server) = Server::with(profile::STRANGERS) else { return };
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid"});
    let stranger = server.request(Method::POST, "/register").json(&metadata).ask().await.expect(201).json();
    let stranger = Registration { server, client: stranger };
    let wider = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid mcp:tools"});
    assert_eq!(stranger.put(wider).await.expect(200).json()["scope"], "openid mcp:tools");
    let widest = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid api:admin"});
    stranger.put(widest).await.expect_error(400, "invalid_client_metadata");
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let registration = Registration::of(json!({"redirect_uris": [REDIRECT_URI]})).await;
    for method in [Method::POST, Method::PATCH] {
        let answer = registration.ask(method, None).await.expect(405);
        assert_eq!(answer.header("allow"), "GET, PUT, DELETE, OPTIONS");
    }
}

#[tokio::test]
async fn a_secret_comes_and_goes_with_the_method_that_needs_it() {
    let registration = Registration::of(json!({"redirect_uris": [REDIRECT_URI]})).await;
    let with = |method: &str| json!({"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": method});
    let secret_of = |answer: Answer| answer.expect(200).json().get("client_secret").cloned();
    let mut signing = with("private_key_jwt");
    signing["jwks"] = json!({"keys": [Signer::new().jwk()]});
    assert_eq!(secret_of(registration.put(signing).await), None);
    let derived = secret_of(registration.put(with("client_secret_jwt")).await).expect("a secret to sign with");
    assert_ne!(derived, registration.client["client_secret"]);
    // From here on it is known: as for every client, the answer does not repeat it, and it cannot be chosen.
    let mut again = with("client_secret_jwt");
    again["client_secret"] = derived.clone();
    assert_eq!(secret_of(registration.put(again.clone()).await), None);
    again["client_secret"] = registration.client["client_secret"].clone();
    registration.put(again).await.expect_error(400, "invalid_request");
    let random = secret_of(registration.put(with("client_secret_basic")).await).expect("a secret to send");
    assert_ne!(random, derived);
}
