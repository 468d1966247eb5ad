//! Client authentication by JWT, RFC 7523 and OpenID Connect Core §9, over HTTP.

use crate::support::{
    Answer, App, Ask, Method, REDIRECT_URI, Server, Value,
    app::register,
    json,
    jwt::{self, Signer, from_now},
    unique,
};

pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client that signs, and its key.
pub struct Signing<'s> {
    pub app: App<'s>,
    pub key: Signer,
}

impl<'s> Signing<'s> {
    /// Registers a client for private_key_jwt, with this further metadata.
    pub async fn register(server: &'s Server, more: Value) -> Self {
        let key = Signer::new();
        let mut metadata = json!({
            "redirect_uris": [REDIRECT_URI], "scope": "openid profile email", "client_name": "Signing App",
            "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key.jwk()]},
        });
        metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Self { app: App::register(server, metadata).await, key }
    }

    /// One that acts for itself.
    pub async fn machine(server: &'s Server) -> Self {
        let machine = json!({"redirect_uris": [], "grant_types": ["client_credentials"], "scope": "api:read"});
        Self::register(server, machine).await
    }

    /// What an assertion of this client says.
    pub fn claims(&self) -> Value {
        json!({
            "iss": self.app.id, "sub": self.app.id, "aud": self.app.server.issuer, "exp": from_now(60),
            "iat": from_now(0), "jti": unique(),
        })
    }

    /// A fresh assertion.
    pub fn assertion(&self) -> String {
        self.key.sign(&json!({}), &self.claims())
    }

    /// A form to an endpoint, with this assertion.
    pub async fn post_with(&self, path: &str, assertion: &str, form: &[(&str, &str)]) -> Answer {
        let proof = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
        self.app.server.post(path, &[form, &proof].concat()).await
    }

    /// A form to an endpoint, with a fresh assertion.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_with(path, &self.assertion(), form).await
    }
}

const MACHINE: [(&str, &str); 1] = [("grant_type", "client_credentials")];

#[tokio::test]
async fn a_client_that_signs_needs_no_secret_and_no_client_id_anywhere() {
    let client = Signing::machine(Server::shared()).await;
    assert!(client.app.secret.is_none());
    let tokens = client.post("/token", &MACHINE).await.expect(200).json();
    let token = tokens["access_token"].as_str().unwrap();
    let told = client.post("/introspect", &[("token", token)]).await.expect(200).json();
    assert_eq!((&told["active"], &told["client_id"]), (&json!(true), &json!(client.app.id)));
    client.post("/revoke", &[("token", token)]).await.expect(200);
    assert_eq!(client.post("/introspect", &[("token", token)]).await.expect(200).json()["active"], false);
}

#[tokio::test]
async fn a_client_id_beside_the_assertion_must_be_its_subject() {
    let (client, other) = (Signing::machine(Server::shared()).await, App::machine(Server::shared()).await);
    let with = |id: &str| [MACHINE[0], ("client_id", id)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    for (id, status) in [(client.app.id.as_str(), 200), (other.id.as_str(), 401), ("nobody", 401)] {
        let form = with(id);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        client.post("/token", &form).await.expect(status);
    }
}

#[tokio::test]
async fn a_client_may_close_its_assertions_with_its_secret() {
    let server = Server::shared();
    let metadata = json!({
        "grant_types": ["client_credentials"], "scope": "api:read", "token_endpoint_auth_method": "client_secret_jwt",
    });
    let app = App::register(server, metadata).await;
    let secret = app.secret.clone().expect("a secret");
    let claims = json!({"iss": app.id, "sub": app.id, "aud": server.issuer, "exp": from_now(60), "jti": unique()});
    let assertion = jwt::hs256(&claims, secret.as_bytes());
    let form = [MACHINE[0], ("client_assertion_type", JWT_BEARER), ("client_assertion", &assertion)];
    server.post("/token", &form).await.expect(200);
    server.post("/token", &form).await.expect_error(401, "invalid_client");
    // The secret itself opens nothing: it was registered for signing.
    app.token(&MACHINE).await.expect_error(401, "invalid_client");
}

#[tokio::test]
async fn a_client_that_signs_does_not_get_in_by_its_identifier_alone_or_by_a_secret() {
    let client = Signing::machine(Server::shared()).await;
    let id = client.app.id.as_str();
    for form in [&[MACHINE[0], ("client_id", id)][..], &[MACHINE[0], ("client_id", id), ("client_secret", "scs_x")]] {
        client.app.server.post("/token", form).await.expect_error(401, "invalid_client");
    }
}

#[tokio::test]
async fn an_assertion_beside_another_method_is_an_invalid_request() {
    let client = Signing::machine(Server::shared()).await;
    client.post("/token", &[MACHINE[0], ("client_secret", "x")]).await.expect_error(400, "invalid_request");
    let assertion = client.assertion();
    let form = [MACHINE[0], ("client_assertion_type", JWT_BEARER), ("client_assertion", &assertion)];
    let request = client.app.server.request(Method::POST, "/token").basic_auth(&client.app.id, Some("x"));
    request.form(&form).ask().await.expect_error(400, "invalid_request");
}

#[tokio::test]
async fn an_assertion_of_an_unknown_type_or_none_is_an_invalid_client() {
    let client = Signing::machine(Server::shared()).await;
    let (server, assertion) = (client.app.server, client.assertion());
    for (kind, assertion) in [
        ("", assertion.as_str()),
        ("urn:ietf:params:oauth:client-assertion-type:saml2-bearer", &assertion),
        (JWT_BEARER, ""),
        (JWT_BEARER, "a.b.c"),
        (JWT_BEARER, "eyJhbGciOiJFZERTQSJ9.e30.AA"),
    ] {
        let form = [MACHINE[0], ("client_assertion_type", kind), ("client_assertion", assertion)];
        server.post("/token", &form).await.expect_error(401, "invalid_client");
    }
}

#[tokio::test]
async fn a_client_registers_keys_that_it_can_sign_with_and_no_private_ones() {
    let (server, key) = (Server::shared(), Signer::new().jwk());
    let with = |method: &str, more: Value| {
        let mut metadata = json!({"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": method});
        metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        metadata
    };
    let mut private = key.clone();
    private["d"] = "AAAA".into();
    for metadata in [
        with("private_key_jwt", json!({})),
        with("private_key_jwt", json!({"jwks": {"keys": []}})),
        with("private_key_jwt", json!({"jwks": {"keys": [{"kty": "quantum"}]}})),
        with("private_key_jwt", json!({"jwks": {"keys": [key]}, "token_endpoint_auth_signing_alg": "ES256"})),
        with("private_key_jwt", json!({"jwks": {"keys": [key]}, "token_endpoint_auth_signing_alg": "HS256"})),
        with("client_secret_jwt", json!({"token_endpoint_auth_signing_alg": "RS256"})),
        with("client_secret_basic", json!({"token_endpoint_auth_signing_alg": "none"})),
        with("client_secret_basic", json!({"jwks": {"keys": [private]}})),
        with("client_secret_basic", json!({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}})),
        with("client_secret_basic", json!({"jwks": "https://app.example/keys"})),
    ] {
        register(server, metadata.clone()).await.expect_error(400, "invalid_client_metadata");
    }
    let good = with("private_key_jwt", json!({"jwks": {"keys": [key]}, "token_endpoint_auth_signing_alg": "EdDSA"}));
    let registered = register(server, good).await.expect(201).json();
    assert_eq!(registered["jwks"], json!({"keys": [key]}));
    assert_eq!(registered["token_endpoint_auth_signing_alg"], "EdDSA");
    assert!(registered.get("client_secret").is_none() && registered.get("client_secret_expires_at").is_none());
}
