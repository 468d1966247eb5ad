//! A key that signs whatever a target finds, so that what stands behind the signature is reached.

use ed25519_dalek::{Signer, SigningKey};
use protocol::secret::base64url;
use serde_json::{Value, json};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// Its public JWK.
pub(crate) fn jwk() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(key().verifying_key().as_bytes())})
}

/// A compact JWS of this header and this payload.
pub(crate) fn sign(header: &[u8], payload: &[u8]) -> String {
    let signed = format!("{}.{}", base64url(header), base64url(payload));
    let signature = key().sign(signed.as_bytes());
    format!("{signed}.{}", base64url(&signature.to_bytes()))
}
