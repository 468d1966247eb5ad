//! An application: a registered client and what it sends.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Answer, Ask, Callback, Server, encode};

/// The redirect URI of every application of the suite, unless a test says otherwise.
pub const REDIRECT_URI: &str = "https://app.example/callback";
/// [RFC 7636 appendix B](https://www.rfc-editor.org/rfc/rfc7636#appendix-B)
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its challenge by `S256`.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A registered client.
#[derive(Clone)]
pub struct App<'s> {
    pub server: &'s Server,
    pub id: String,
    pub secret: Option<String>,
    pub redirect_uri: String,
    pub scope: String,
}

/// What the token endpoint answered.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: String,
    pub refresh: Option<String>,
    pub id: Option<String>,
    pub scope: String,
}

impl Tokens {
    /// Reads a success, which must be one by every rule of RFC 6749 §5.1.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.header("cache-control").contains("no-store"), "{:?}", answer.headers);
        let json = answer.json();
        assert_eq!(json["token_type"], "Bearer");
        assert!(json["expires_in"].is_i64(), "whole seconds: {}", answer.body);
        assert!(!json.as_object().unwrap().values().any(Value::is_null), "absent members are omitted: {}", answer.body);
        let text = |name: &str| json.get(name).map(|value| value.as_str().expect(name).to_owned());
        Self {
            access: text("access_token").expect("access_token"),
            refresh: text("refresh_token"),
            id: text("id_token"),
            scope: text("scope").unwrap_or_default(),
        }
    }

    #[track_caller]
    pub fn refresh_token(&self) -> &str {
        self.refresh.as_deref().expect("a refresh token")
    }

    #[track_caller]
    pub fn id_token(&self) -> &str {
        self.id.as_deref().expect("an ID token")
    }
}

/// Registers as the administrator and answers what the server says.
pub async fn register(server: &Server, metadata: Value) -> Answer {
    server.administer(Method::POST, "/register", metadata).await
}

impl<'s> App<'s> {
    /// Registers a client with this metadata.
    pub async fn register(server: &'s Server, metadata: Value) -> Self {
        let json = register(server, metadata).await.expect(201).json();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            server,
            id: text(&json["client_id"]).expect("client_id"),
            secret: text(&json["client_secret"]),
            redirect_uri: text(&json["redirect_uris"][0]).unwrap_or_default(),
            scope: text(&json["scope"]).unwrap_or_default(),
        }
    }

    /// A confidential client.
    pub async fn confidential(server: &'s Server) -> Self {
        let metadata = json!({
            "redirect_uris": [REDIRECT_URI], "client_name": "Sample App", "scope": "openid profile email",
        });
        Self::register(server, metadata).await
    }

    /// A client without a secret.
    pub async fn public(server: &'s Server) -> Self {
        let metadata = json!({
            "redirect_uris": [REDIRECT_URI], "client_name": "Sample Public App", "scope": "openid profile email",
            "token_endpoint_auth_method": "none",
        });
        Self::register(server, metadata).await
    }

    /// A client that acts for itself.
    pub async fn machine(server: &'s Server) -> Self {
        Self::register(server, json!({"grant_types": ["client_credentials"], "scope": "api:read api:write"})).await
    }

    /// The path and query of an authorization request. What `more` names replaces the usual value; an empty value leaves
    /// the parameter out.
    pub fn authorize_path(&self, more: &[(&str, &str)]) -> String {
        let mut usual = vec![
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("state", "af0ifjsldkj"),
        ];
        if self.secret.is_none() {
            usual.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
        }
        let usual = usual.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let all: Vec<(&str, &str)> = usual.chain(more.iter().copied()).filter(|(_, value)| !value.is_empty()).collect();
        format!("/authorize?{}", encode(&all))
    }

    /// A form to an endpoint that authenticates clients, as this client usually authenticates.
    pub fn request(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let request = self.server.request(Method::POST, path);
        match &self.secret {
            Some(secret) => request.basic_auth(&self.id, Some(secret)).form(form),
            None => {
                let form: Vec<(&str, &str)> = form.iter().copied().chain([("client_id", self.id.as_str())]).collect();
                request.form(&form)
            }
        }
    }

    /// A token request.
    pub async fn token(&self, form: &[(&str, &str)]) -> Answer {
        self.request("/token", form).ask().await
    }

    /// The token request for this code; `more` replaces the usual value, an empty value leaves it out.
    pub async fn try_redeem(&self, code: &str, more: &[(&str, &str)]) -> Answer {
        let mut usual =
            vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", &self.redirect_uri)];
        if self.secret.is_none() {
            usual.push(("code_verifier", VERIFIER));
        }
        let usual = usual.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let form: Vec<(&str, &str)> =
            usual.chain(more.iter().copied()).filter(|(_, value)| !value.is_empty()).collect();
        self.token(&form).await
    }

    /// Redeems the code of a callback.
    pub async fn redeem(&self, callback: &Callback) -> Tokens {
        Tokens::of(&self.try_redeem(&callback.code(), &[]).await)
    }

    /// A refresh request.
    pub async fn try_refresh(&self, refresh_token: &str, more: &[(&str, &str)]) -> Answer {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        form.extend(more);
        self.token(&form).await
    }

    /// Refreshes.
    pub async fn refresh(&self, refresh_token: &str) -> Tokens {
        Tokens::of(&self.try_refresh(refresh_token, &[]).await)
    }

    /// Revokes a token.
    pub async fn revoke(&self, token: &str) -> Answer {
        self.request("/revoke", &[("token", token)]).ask().await
    }
}
