//! Everything that this application says to the authorization server, and checks of what that says.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use form_urlencoded::{Serializer, byte_serialize, parse};
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use jwt_simple::prelude::{
    ECDSAP256PublicKeyLike, ES256PublicKey, JWTClaims, NoCustomClaims, Token, UnixTimeStamp, VerificationOptions,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use spin_sdk::variables;

use crate::{
    Result,
    cookie::{Pending, Session},
};

/// Why something did not work.
pub(crate) enum Trouble {
    /// The user can do something about it: what to tell them.
    Page(&'static str),
    /// The user said no.
    Denied,
    /// They cannot: what to tell the operator.
    Log(&'static str),
}

/// The settings of this application.
pub(crate) struct Settings {
    pub(crate) base_url: String,
    issuer: String,
    client_id: String,
    client_secret: String,
    pub(crate) cookie_secret: String,
}

/// What the authorization server says of itself ([OIDC Discovery §3](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata)).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: String,
    end_session_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: String,
    id_token: String,
}

/// Who somebody is, as far as they allowed this application to know.
#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
}

/// The authorization server, as this application knows it.
pub(crate) struct Provider {
    pub(crate) settings: Settings,
}

impl Provider {
    pub(crate) async fn new() -> Result<Self> {
        let get = async |name| variables::get(name).await.map_err(|_| Trouble::Log("a variable is not set"));
        Ok(Self {
            settings: Settings {
                base_url: get("base_url").await?.trim_end_matches('/').to_owned(),
                issuer: get("issuer").await?,
                client_id: get("client_id").await?,
                client_secret: get("client_secret").await?,
                cookie_secret: get("cookie_secret").await?,
            },
        })
    }

    /// Where the browser goes to sign in ([OIDC Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
    pub(crate) async fn authorization_url(&self, pending: &Pending) -> Result<String> {
        let metadata = self.metadata().await?;
        let query = query(&[
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &self.redirect_uri()),
            ("scope", "openid profile email offline_access"),
            ("state", &pending.state),
            ("nonce", &pending.nonce),
            ("code_challenge", &pending.code_challenge()),
            ("code_challenge_method", "S256"),
        ]);
        Ok(format!("{}?{query}", metadata.authorization_endpoint))
    }

    /// Takes what the browser brought back, and gets the tokens for it.
    pub(crate) async fn redeem(&self, answer: &str, pending: &Pending) -> Result<Session> {
        const FOREIGN: Trouble = Trouble::Page("This answer is not for the sign-in of this browser. Start again.");
        let told =
            |name: &str| parse(answer.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        // Nobody else's code gets in here (RFC 6749 §10.12), and no other server's (RFC 9207 §2.4).
        if told("state").as_ref() != Some(&pending.state) || told("iss").as_ref() != Some(&self.settings.issuer) {
            return Err(FOREIGN);
        }
        match told("error").as_deref() {
            None => {}
            Some("access_denied") => return Err(Trouble::Denied),
            Some(_) => return Err(Trouble::Log("the authorization server answers with an error")),
        }
        let code = told("code").ok_or(FOREIGN)?;
        let metadata = self.metadata().await?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &self.redirect_uri()),
            ("code_verifier", &pending.code_verifier),
        ];
        let tokens: Tokens = self.post(&metadata.token_endpoint, &form).await?;
        let claims = self.verify(&metadata, &tokens.id_token, &pending.nonce).await?;
        // "The sub Claim in the UserInfo Response MUST be verified to exactly match the sub Claim in the ID Token; if they do
        // not match, the UserInfo Response values MUST NOT be used." (OIDC Core §5.3.2)
        let user: Option<UserInfo> = get(&metadata.userinfo_endpoint, Some(&tokens.access_token)).await?;
        let user = user.filter(|user| claims.subject.as_ref() == Some(&user.sub));
        let user = user.ok_or(Trouble::Log("userinfo is about somebody else"))?;
        Ok(Session {
            subject: user.sub,
            name: user.name,
            email: user.email,
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            id_token: tokens.id_token,
        })
    }

    /// Checks an ID token ([OIDC Core §3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation)):
    /// who signed it, by the only algorithm that this application registered, for whom, when, and for which sign-in.
    async fn verify(&self, metadata: &Metadata, id_token: &str, nonce: &str) -> Result<JWTClaims<NoCustomClaims>> {
        const INVALID: Trouble = Trouble::Log("the ID token is not valid");
        let keys: Value = get(&metadata.jwks_uri, None).await?.ok_or(INVALID)?;
        let named = Token::decode_metadata(id_token).map_err(|_| INVALID)?;
        let mut keys = keys.get("keys").and_then(Value::as_array).into_iter().flatten();
        let key = keys.find(|key| key.get("kid").and_then(Value::as_str) == named.key_id()).ok_or(INVALID)?;
        let key = ES256PublicKey::from_jwk(&key.to_string()).map_err(|_| INVALID)?;
        let options = VerificationOptions {
            allowed_issuers: Some([self.settings.issuer.clone()].into()),
            allowed_audiences: Some([self.settings.client_id.clone()].into()),
            required_nonce: Some(nonce.to_owned()),
            artificial_time: Some(now()),
            ..VerificationOptions::default()
        };
        key.verify_token(id_token, Some(options)).map_err(|_| INVALID)
    }

    /// New tokens. The old refresh token is worth nothing from here on.
    pub(crate) async fn refresh(&self, session: &Session) -> Result<Session> {
        let metadata = self.metadata().await?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", session.refresh_token.as_str())];
        let tokens: Tokens = self.post(&metadata.token_endpoint, &form).await?;
        Ok(Session {
            subject: session.subject.clone(),
            name: session.name.clone(),
            email: session.email.clone(),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            id_token: tokens.id_token,
        })
    }

    /// The protected resource, as text for people; `None` where it does not take the access token.
    pub(crate) async fn notes(&self, session: &Session) -> Result<Option<String>> {
        let url = format!("{}/resource/notes", self.settings.issuer.trim_end_matches('/'));
        let notes: Option<Value> = get(&url, Some(&session.access_token)).await?;
        Ok(notes.map(|notes| format!("{notes:#}")))
    }

    /// Ends what was allowed: all tokens of this sign-in are worth nothing from here on
    /// ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)).
    pub(crate) async fn revoke(&self, session: &Session) -> Result<()> {
        let metadata = self.metadata().await?;
        self.post::<Value>(&metadata.revocation_endpoint, &[("token", &session.refresh_token)]).await.map(drop)
    }

    /// Where the browser goes to sign out
    /// ([OIDC RP-Initiated Logout §2](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout)).
    pub(crate) async fn logout_url(&self, session: &Session) -> Result<String> {
        let metadata = self.metadata().await?;
        let back = format!("{}/", self.settings.base_url);
        let query = query(&[("id_token_hint", &session.id_token), ("post_logout_redirect_uri", &back)]);
        Ok(format!("{}?{query}", metadata.end_session_endpoint))
    }

    fn redirect_uri(&self) -> String {
        format!("{}/callback", self.settings.base_url)
    }

    /// > The issuer value returned MUST be identical to the Issuer URL that was used as the prefix to
    /// > /.well-known/openid-configuration (OIDC Discovery §4.3)
    async fn metadata(&self) -> Result<Metadata> {
        const WRONG: Trouble = Trouble::Log("the metadata of the authorization server cannot be had");
        let url = format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let metadata: Metadata = get(&url, None).await?.ok_or(WRONG)?;
        if metadata.issuer == self.settings.issuer { Ok(metadata) } else { Err(WRONG) }
    }

    /// Posts a form, authenticated by `client_secret_basic`
    /// ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
    async fn post<T: DeserializeOwned>(&self, url: &str, form: &[(&str, &str)]) -> Result<T> {
        let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let credentials = format!("{}:{}", encode(&self.settings.client_id), encode(&self.settings.client_secret));
        let form = query(form);
        let request = Request::builder()
            .method(Method::POST)
            .uri(url)
            .header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(credentials)))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::CONTENT_LENGTH, form.len())
            .body(Full::new(Bytes::from(form)));
        match send(request).await? {
            (StatusCode::OK, body) => read(&body),
            (StatusCode::BAD_REQUEST, _) => Err(Trouble::Page("Your sign-in has ended. Sign in again.")),
            _ => Err(Trouble::Log("the authorization server refuses a request")),
        }
    }
}

/// JSON from a URL; `None` where the access token is not taken.
async fn get<T: DeserializeOwned>(url: &str, access_token: Option<&str>) -> Result<Option<T>> {
    let mut request = Request::builder().uri(url);
    if let Some(token) = access_token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    match send(request.body(Full::new(Bytes::new()))).await? {
        (StatusCode::OK, body) => read(&body).map(Some),
        (StatusCode::UNAUTHORIZED, _) => Ok(None),
        _ => Err(Trouble::Log("the authorization server refuses a request")),
    }
}

async fn send(request: http::Result<Request<Full<Bytes>>>) -> Result<(StatusCode, Bytes)> {
    const UNREACHED: Trouble = Trouble::Log("the authorization server cannot be reached");
    let response = spin_sdk::http::send(request.map_err(|_| UNREACHED)?).await.map_err(|_| UNREACHED)?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, 64 * 1024).collect().await.map_err(|_| UNREACHED)?;
    Ok((head.status, body.to_bytes()))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|_| Trouble::Log("the authorization server answers something unexpected"))
}

fn query(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[allow(clippy::disallowed_methods, reason = "a sample stays short: the time is not handed around here")]
fn now() -> UnixTimeStamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    UnixTimeStamp::from_secs(since.map_or(0, |since| since.as_secs()))
}
