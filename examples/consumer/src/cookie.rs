//! The state of one browser, in its cookies: sealed, so that nobody can read or change it, and nothing is kept here.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use http::{HeaderValue, Request, header};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{
    Response, Result,
    provider::{Settings, Trouble},
};

pub(crate) const SESSION: &str = "consumer_session";
pub(crate) const PENDING: &str = "consumer_pending";
const NONCE_LENGTH: usize = 24;

/// A sign-in that this browser has begun.
#[derive(Serialize, Deserialize)]
pub(crate) struct Pending {
    /// Comes back with the answer: it was this browser that asked.
    pub(crate) state: String,
    /// Comes back in the ID token: it was made for this sign-in.
    pub(crate) nonce: String,
    /// PKCE: only who asked can use the code ([RFC 7636 §4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
    pub(crate) code_verifier: String,
}

impl Pending {
    pub(crate) fn new() -> Self {
        Self { state: random_text(), nonce: random_text(), code_verifier: random_text() }
    }

    /// `BASE64URL(SHA256(code_verifier))` ([RFC 7636 §4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2)).
    pub(crate) fn code_challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(&self.code_verifier))
    }
}

/// Somebody who is signed in here.
#[derive(Serialize, Deserialize)]
pub(crate) struct Session {
    /// Never changes, whatever the name and the address do: what an application stores its data under.
    pub(crate) subject: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    /// Tells the authorization server at sign-out whose session it is about.
    pub(crate) id_token: String,
}

/// Reads and writes the cookies.
pub(crate) struct Jar {
    cipher: XChaCha20Poly1305,
    attributes: &'static str,
}

impl Jar {
    pub(crate) fn new(settings: &Settings) -> Self {
        let is_https = settings.base_url.starts_with("https://");
        Self {
            cipher: XChaCha20Poly1305::new(&Sha256::digest(&settings.cookie_secret)),
            attributes: if is_https {
                "; Path=/; HttpOnly; SameSite=Lax; Secure"
            } else {
                "; Path=/; HttpOnly; SameSite=Lax"
            },
        }
    }

    /// What is in a cookie; `None` where there is none, or one that was not made here.
    pub(crate) fn get<T: DeserializeOwned>(&self, request: &Request<()>, name: &str) -> Option<T> {
        let fields = request.headers().get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = fields.flat_map(|field| field.split("; ")).filter_map(|pair| pair.split_once('='));
        let sealed = URL_SAFE_NO_PAD.decode(pairs.find(|(key, _)| *key == name)?.1).ok()?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
        // One cookie does not pass for another: its name is sealed with it.
        let payload = Payload { msg: sealed, aad: name.as_bytes() };
        serde_json::from_slice(&self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?).ok()
    }

    /// Sets a cookie for as long as the browser runs, or takes it away.
    pub(crate) fn set<T: Serialize>(&self, mut response: Response, name: &str, value: Option<&T>) -> Result<Response> {
        const UNSEALED: Trouble = Trouble::Log("a cookie cannot be sealed");
        let cookie = match value {
            Some(value) => {
                let nonce = random::<NONCE_LENGTH>();
                let text = serde_json::to_vec(value).map_err(|_| UNSEALED)?;
                let payload = Payload { msg: &text, aad: name.as_bytes() };
                let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| UNSEALED)?;
                format!("{name}={}{}", URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()), self.attributes)
            }
            None => format!("{name}={}; Max-Age=0", self.attributes),
        };
        let cookie = HeaderValue::from_str(&cookie).map_err(|_| UNSEALED)?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
        Ok(response)
    }
}

/// 256 random bits as text.
fn random_text() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}

#[allow(clippy::disallowed_methods, reason = "a sample stays short: randomness is not handed around here")]
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if getrandom::fill(&mut bytes).is_err() {
        // Without randomness nothing can be kept apart. WASI's source cannot fail, so this is never reached.
        std::process::abort();
    }
    bytes
}
