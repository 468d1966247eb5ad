//! An application: it is registered, asks for codes and redeems them.

use anyhow::Result;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::Method;
use serde_json::{Value, json};

use crate::client::{self, Answer, Connection, Request, administer, get, post};

/// Where codes go.
pub const REDIRECT_URI: &str = "https://app.example/callback";
/// [RFC 7636 appendix B](https://www.rfc-editor.org/rfc/rfc7636#appendix-B)
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A registered application.
#[derive(Clone)]
pub struct App {
    /// Its `client_id`.
    pub id: String,
    authorization: String,
    registration: String,
    scope: &'static str,
}

impl App {
    /// Registers one whose ID tokens are signed by this algorithm.
    pub async fn register(connection: &mut Connection, algorithm: &str, scope: &'static str) -> Result<Self> {
        let answer = connection.send(Self::registration(algorithm, scope)?).await?;
        Self::registered(answer, scope)
    }

    /// The request that registers one.
    pub fn registration(algorithm: &str, scope: &'static str) -> Result<Request> {
        administer(Method::POST, "/register", &metadata(algorithm, scope))
    }

    /// The application that was registered with this scope.
    pub fn registered(answer: Answer, scope: &'static str) -> Result<Self> {
        let answer = answer.expect(201)?;
        let (id, secret) = (answer.member("client_id")?, answer.member("client_secret")?);
        Ok(Self { registration: answer.member("registration_access_token")?, ..Self::known(id, &secret, scope) })
    }

    /// One whose registration cannot be changed.
    pub fn known(id: String, secret: &str, scope: &'static str) -> Self {
        let authorization = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        Self { id, authorization, registration: String::new(), scope }
    }

    /// A request about its registration ([RFC 7592](https://www.rfc-editor.org/rfc/rfc7592)).
    pub fn configure(&self, method: Method) -> Result<Request> {
        let authorization = format!("Bearer {}", self.registration);
        client::json(method, &format!("/register/{}", self.id), &[("authorization", &authorization)], &Value::Null)
    }

    /// The authorization request of a browser with this cookie.
    pub fn authorize(&self, cookie: &str) -> Result<Request> {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("response_type", "code"),
                ("client_id", &self.id),
                ("redirect_uri", REDIRECT_URI),
                ("scope", self.scope),
                ("state", "af0ifjsldkj"),
                ("nonce", "n-0S6_WzA2Mj"),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        get(&format!("/authorize?{query}"), &[("cookie", cookie)])
    }

    /// The token request for a code.
    pub fn redeem(&self, code: &str) -> Result<Request> {
        self.post(
            "/token",
            &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", REDIRECT_URI),
                ("code_verifier", VERIFIER),
            ],
        )
    }

    /// The token request for a refresh token.
    pub fn refresh(&self, refresh_token: &str) -> Result<Request> {
        self.post("/token", &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
    }

    /// The token request of a client for itself.
    pub fn client_credentials(&self) -> Result<Request> {
        self.post("/token", &[("grant_type", "client_credentials"), ("scope", "api:read")])
    }

    /// A request about a token, to the endpoint that introspects or to the one that revokes.
    pub fn about_token(&self, path: &str, token: &str) -> Result<Request> {
        self.post(path, &[("token", token)])
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Request> {
        post(path, &[("authorization", &self.authorization)], form)
    }
}

fn metadata(algorithm: &str, scope: &str) -> Value {
    json!({
        "client_name": format!("Driver {algorithm}"),
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": format!("{scope} api:read"),
        "id_token_signed_response_alg": algorithm,
    })
}
