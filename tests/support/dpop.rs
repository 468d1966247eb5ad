//! A key and the DPoP proofs that it makes.

use std::time::{SystemTime, UNIX_EPOCH};

use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Answer, App, Ask, Server, jwt::base64url, unique};

/// A P-256 key of a client.
pub struct Key(SigningKey);

impl Key {
    pub fn new() -> Self {
        let octets = Sha256::digest(format!("{}{}", unique(), unique()));
        Self(SigningKey::from_slice(&octets).expect("a scalar below the order of the curve"))
    }

    /// The public part.
    pub fn jwk(&self) -> Value {
        let point = self.0.verifying_key().to_sec1_point(false);
        let octets = point.as_bytes();
        json!({"kty": "EC", "crv": "P-256", "x": base64url(&octets[1..33]), "y": base64url(&octets[33..])})
    }

    /// Its thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let (x, y) = (jwk["x"].as_str().unwrap(), jwk["y"].as_str().unwrap());
        base64url(Sha256::digest(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)))
    }

    /// A JWT of this header and these claims.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
        let signature: Signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", base64url(signature.to_bytes()))
    }

    /// The header of a proof.
    pub fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk()})
    }

    /// The claims of a proof for a request to this path, made now.
    pub fn claims(server: &Server, method: &Method, path: &str) -> Value {
        json!({"jti": unique(), "htm": method.as_str(), "htu": format!("{}{path}", server.issuer), "iat": now()})
    }

    /// A proof for a request to this path, with these claims added or replaced.
    pub fn proof(&self, server: &Server, method: &Method, path: &str, more: Value) -> String {
        let mut claims = Self::claims(server, method, path);
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.sign(&self.header(), &claims)
    }

    /// A request to a protected resource with this token and a proof for it.
    pub fn request(&self, server: &Server, method: Method, path: &str, token: &str) -> RequestBuilder {
        let proof = self.proof(server, &method, path, json!({"ath": ath(token)}));
        server.request(method, path).header("authorization", format!("DPoP {token}")).header("dpop", proof)
    }

    /// Asks a protected resource with this token and a proof for it.
    pub async fn get(&self, server: &Server, path: &str, token: &str) -> Answer {
        self.request(server, Method::GET, path, token).ask().await
    }

    /// A token request of this client with a proof.
    pub async fn token(&self, app: &App<'_>, form: &[(&str, &str)]) -> Answer {
        let proof = self.proof(app.server, &Method::POST, "/token", json!({}));
        app.request("/token", form).header("dpop", proof).ask().await
    }
}

/// `ath` of an access token.
pub fn ath(token: &str) -> String {
    base64url(Sha256::digest(token))
}

/// The time as proofs have it.
#[allow(clippy::disallowed_methods, reason = "a proof has the time of its making, by the clock of the client")]
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().cast_signed()
}
