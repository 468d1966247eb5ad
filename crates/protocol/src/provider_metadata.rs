//! Provider metadata, [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2) and
//! [OIDC Discovery §3](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata).

use serde::Serialize;

use crate::{
    client_metadata::{GrantType, ResponseType, SigningAlgorithm, SubjectType, TokenEndpointAuthMethod},
    jws::JwsAlgorithm,
    resource::Resources,
};

/// What discovery answers: what this server is and can do.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "each member is named and described by the two specifications")]
pub struct ProviderMetadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub userinfo_endpoint: String,
    pub revocation_endpoint: String,
    pub introspection_endpoint: String,
    pub device_authorization_endpoint: String,
    pub end_session_endpoint: String,
    pub backchannel_logout_supported: bool,
    pub backchannel_logout_session_supported: bool,
    pub pushed_authorization_request_endpoint: String,
    pub require_pushed_authorization_requests: bool,
    pub jwks_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    pub scopes_supported: Vec<&'static str>,
    pub response_types_supported: Vec<ResponseType>,
    pub response_modes_supported: Vec<&'static str>,
    pub grant_types_supported: Vec<GrantType>,
    pub subject_types_supported: Vec<SubjectType>,
    pub id_token_signing_alg_values_supported: Vec<SigningAlgorithm>,
    pub authorization_signing_alg_values_supported: Vec<SigningAlgorithm>,
    pub access_token_signing_alg_values_supported: Vec<SigningAlgorithm>,
    pub userinfo_signing_alg_values_supported: Vec<SigningAlgorithm>,
    pub token_endpoint_auth_methods_supported: Vec<TokenEndpointAuthMethod>,
    pub token_endpoint_auth_signing_alg_values_supported: Vec<JwsAlgorithm>,
    pub revocation_endpoint_auth_methods_supported: Vec<TokenEndpointAuthMethod>,
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<JwsAlgorithm>,
    pub introspection_endpoint_auth_methods_supported: Vec<TokenEndpointAuthMethod>,
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<JwsAlgorithm>,
    pub introspection_signing_alg_values_supported: Vec<SigningAlgorithm>,
    pub code_challenge_methods_supported: Vec<&'static str>,
    pub acr_values_supported: Vec<&'static str>,
    pub claims_supported: Vec<&'static str>,
    pub claim_types_supported: Vec<&'static str>,
    pub prompt_values_supported: Vec<&'static str>,
    pub ui_locales_supported: Vec<&'static str>,
    pub dpop_signing_alg_values_supported: Vec<JwsAlgorithm>,
    pub protected_resources: Resources,
    pub authorization_response_iss_parameter_supported: bool,
    pub claims_parameter_supported: bool,
    pub client_id_metadata_document_supported: bool,
    pub request_parameter_supported: bool,
    pub request_object_signing_alg_values_supported: Vec<JwsAlgorithm>,
    pub request_uri_parameter_supported: bool,
}
