//! Reads and forges JWTs. Signatures are checked where the real client does it, in `openidconnect.rs`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::Signer as _;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};

pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn from_base64url(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

/// The header of a JWT.
pub fn header(token: &str) -> Value {
    part(token, 0)
}

/// The claims of a JWT.
pub fn claims(token: &str) -> Value {
    part(token, 1)
}

fn part(token: &str, index: usize) -> Value {
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "a signed JWT has three parts: {token}");
    serde_json::from_slice(&from_base64url(parts[index])).expect("JSON")
}

/// A token with this header and these claims and no signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}.", base64url(header.to_string()), base64url(claims.to_string()))
}

/// A token signed with HMAC-SHA-256 under a key of the attacker's choice.
pub fn hs256(claims: &Value, key: &[u8]) -> String {
    let header = serde_json::json!({"alg": "HS256", "typ": "JWT"});
    let body = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(body.as_bytes());
    format!("{body}.{}", base64url(mac.finalize().into_bytes()))
}

/// What `at_hash` must be for this access token and this algorithm.
pub fn at_hash(access_token: &str, algorithm: &str) -> String {
    match algorithm {
        "EdDSA" => base64url(&Sha512::digest(access_token)[..32]),
        _ => base64url(&Sha256::digest(access_token)[..16]),
    }
}

/// A client's key for signatures by Ed25519.
pub struct Signer(ed25519_dalek::SigningKey);

impl Signer {
    /// A key that nobody else has.
    pub fn new() -> Self {
        let seed: [u8; 32] = Sha256::digest(super::unique()).into();
        Self(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// Its public part.
    pub fn jwk(&self) -> Value {
        serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(self.0.verifying_key().as_bytes())})
    }

    /// A JWT with this header, which is completed by `alg`, and these claims.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let mut header = header.clone();
        header["alg"] = "EdDSA".into();
        let body = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
        let signature = self.0.sign(body.as_bytes());
        format!("{body}.{}", base64url(signature.to_bytes()))
    }
}

/// Seconds since 1970, so many from now.
#[allow(clippy::disallowed_methods, reason = "the server under test goes by the real time")]
pub fn from_now(seconds: i64) -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_secs().cast_signed() + seconds
}
