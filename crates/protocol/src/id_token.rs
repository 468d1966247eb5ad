//! ID tokens, [OIDC Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, Sha512};

use crate::{client_metadata::SigningAlgorithm, secret::base64url, time::Timestamp};

/// The claims of an ID token beyond those that every JWT has (`iss`, `sub`, `aud`, `exp`, `iat`, `nonce`).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// When the user last proved who they are.
    pub auth_time: Timestamp,
    /// How strongly, as a class.
    pub acr: String,
    /// By which methods ([RFC 8176](https://www.rfc-editor.org/rfc/rfc8176)).
    pub amr: Vec<String>,
    /// Ties the access token of the same response to this token.
    pub at_hash: String,
    /// The session at this server ([Back-Channel Logout §2.1](https://openid.net/specs/openid-connect-backchannel-1_0.html)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The claims about the user that the parameter `claims` asked for.
    #[serde(flatten)]
    pub asked: serde_json::Map<String, serde_json::Value>,
}

/// `at_hash`: the left half of the hash that the signature uses, over the access token's ASCII
/// ([OIDC Core §3.1.3.6](https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken)).
pub fn at_hash(access_token: &str, algorithm: SigningAlgorithm) -> String {
    match algorithm {
        SigningAlgorithm::RS256 | SigningAlgorithm::ES256 => {
            base64url(Sha256::digest(access_token).get(..16).unwrap_or_default())
        }
        // Ed25519 hashes with SHA-512.
        SigningAlgorithm::EdDSA => base64url(Sha512::digest(access_token).get(..32).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_hash_is_that_of_the_example_in_the_specification() {
        // OIDC Core appendix A.3
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(at_hash(token, SigningAlgorithm::RS256), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
