//! An application: it is registered, asks for codes and redeems them.

use anyhow::Result;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{
    client::{Connection, Request, get, post, post_json},
    host::ADMIN_TOKEN,
};

/// Where codes go.
const REDIRECT_URI: &str = "https://app.example/callback";
/// [RFC 7636 appendix B](https://www.rfc-editor.org/rfc/rfc7636#appendix-B)
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A registered application.
#[derive(Clone)]
pub struct App {
    /// Its `client_id`.
    pub id: String,
    authorization: String,
    scope: &'static str,
}

impl App {
    /// Registers one whose ID tokens are signed by this algorithm.
    pub async fn register(connection: &mut Connection, algorithm: &str, scope: &'static str) -> Result<Self> {
        let metadata = json!({
            "client_name": format!("Driver {algorithm}"),
            "redirect_uris": [REDIRECT_URI],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "scope": format!("{scope} api:read"),
            "id_token_signed_response_alg": algorithm,
        });
        let authorization = format!("Bearer {ADMIN_TOKEN}");
        let request = post_json("/register", &[("authorization", &authorization)], &metadata)?;
        let registered = connection.send(request).await?.expect(201)?;
        let (id, secret) = (registered.member("client_id")?, registered.member("client_secret")?);
        let authorization = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        Ok(Self { id, authorization, scope })
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
