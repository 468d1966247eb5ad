//! Profiles of security that a client keeps to, and is held to.

use serde::{Deserialize, Serialize};

use crate::{
    client_metadata::{ApplicationType, ClientMetadata, SigningAlgorithm, TokenEndpointAuthMethod},
    jws::JwsAlgorithm,
    redirect_uri::RedirectUri,
};

/// A profile that a client registers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecurityProfile {
    /// The [FAPI 2.0 Security Profile](https://openid.net/specs/fapi-security-profile-2_0-final.html).
    #[serde(rename = "fapi2")]
    Fapi2,
}

/// > shall adhere to the requirements in RFC8725, and use PS256, ES256, or EdDSA (using the Ed25519 variant) algorithms
/// > (FAPI 2.0 §5.4.1)
pub const FAPI2_ALGORITHMS: [JwsAlgorithm; 3] = [JwsAlgorithm::PS256, JwsAlgorithm::ES256, JwsAlgorithm::EdDSA];

impl ClientMetadata {
    /// Whether the client is held to the FAPI 2.0 Security Profile.
    pub fn is_fapi2(&self) -> bool {
        self.security_profile == Some(SecurityProfile::Fapi2)
    }

    /// Completes the metadata of a client that registers for a profile by what that asks for; the error says what does not go
    /// with it.
    pub fn complete_profile(&mut self) -> Result<(), &'static str> {
        if !self.is_fapi2() {
            return Ok(());
        }
        // "shall authenticate clients using one of the following methods: MTLS […], private_key_jwt" (§5.3.2.1)
        if self.token_endpoint_auth_method != TokenEndpointAuthMethod::PrivateKeyJwt {
            return Err("The profile fapi2 needs the token_endpoint_auth_method private_key_jwt.");
        }
        let by_client = [self.token_endpoint_auth_signing_alg, self.request_object_signing_alg];
        let by_server = [
            self.userinfo_signed_response_alg,
            self.introspection_signed_response_alg,
            self.authorization_signed_response_alg,
            self.access_token_signed_response_alg,
        ];
        if by_client.into_iter().flatten().any(|algorithm| !FAPI2_ALGORITHMS.contains(&algorithm))
            || by_server.into_iter().flatten().any(|algorithm| algorithm == SigningAlgorithm::RS256)
        {
            return Err("The profile fapi2 needs the algorithms PS256, ES256 or EdDSA.");
        }
        // "shall not transmit authorization responses over unencrypted network connections, and, to this end, shall not allow
        // redirect URIs that use the "http" scheme except for native clients that use loopback interface redirection"
        // (§5.3.2.2)
        let is_http = |uri: &RedirectUri| uri.as_str().to_ascii_lowercase().starts_with("http:");
        if self.application_type != Some(ApplicationType::Native) && self.redirect_uris.iter().any(is_http) {
            return Err("The profile fapi2 needs https, or the application_type native on a loopback host.");
        }
        // These have defaults that the profile does not allow.
        if self.id_token_signed_response_alg == SigningAlgorithm::RS256 {
            self.id_token_signed_response_alg = SigningAlgorithm::ES256;
        }
        for algorithm in [&mut self.authorization_signed_response_alg, &mut self.introspection_signed_response_alg] {
            algorithm.get_or_insert(SigningAlgorithm::ES256);
        }
        // "shall reject authorization requests sent without PAR" (§5.3.2.2), "shall only issue sender-constrained access
        // tokens" (§5.3.2.1)
        self.require_pushed_authorization_requests = true;
        self.dpop_bound_access_tokens = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(more: &str) -> Result<ClientMetadata, &'static str> {
        let json = format!(
            r#"{{"security_profile":"fapi2","token_endpoint_auth_method":"private_key_jwt",
                "redirect_uris":["https://a.example/cb"]{more}}}"#
        );
        let mut metadata: ClientMetadata = serde_json::from_str(&json).unwrap();
        metadata.complete_profile().map(|()| metadata)
    }

    #[test]
    fn fapi2_fills_what_it_asks_for() {
        let metadata = complete("").unwrap();
        assert!(metadata.require_pushed_authorization_requests && metadata.dpop_bound_access_tokens);
        assert_eq!(metadata.id_token_signed_response_alg, SigningAlgorithm::ES256);
        let ours = complete(r#","id_token_signed_response_alg":"EdDSA","token_endpoint_auth_signing_alg":"PS256""#);
        assert_eq!(ours.unwrap().id_token_signed_response_alg, SigningAlgorithm::EdDSA);
    }

    #[test]
    fn what_does_not_go_with_fapi2_is_refused() {
        for more in [
            r#","token_endpoint_auth_signing_alg":"RS256""#,
            r#","request_object_signing_alg":"none""#,
            r#","access_token_signed_response_alg":"RS256""#,
        ] {
            assert!(complete(more).is_err(), "{more}");
        }
        let mut basic = ClientMetadata { security_profile: Some(SecurityProfile::Fapi2), ..ClientMetadata::default() };
        assert!(basic.complete_profile().is_err());
        let mut loopback = complete("").unwrap();
        loopback.redirect_uris = vec![RedirectUri::parse("http://127.0.0.1/cb").unwrap()];
        assert!(loopback.complete_profile().is_err());
        loopback.application_type = Some(ApplicationType::Native);
        assert!(loopback.complete_profile().is_ok());
    }
}
