//! A key that signs whatever a target finds, so that what stands behind the signature is reached.

use ed25519_compact::{KeyPair, Seed};
use protocol::secret::base64url;
use serde_json::{Value, json};

fn pair() -> KeyPair {
    KeyPair::from_seed(Seed::new([7; 32]))
}

/// Its public JWK.
pub(crate) fn jwk() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(&*pair().pk)})
}

/// A compact JWS of this header and this payload.
pub(crate) fn sign(header: &[u8], payload: &[u8]) -> String {
    let signed = format!("{}.{}", base64url(header), base64url(payload));
    let signature = pair().sk.sign(&signed, None);
    format!("{signed}.{}", base64url(&*signature))
}
