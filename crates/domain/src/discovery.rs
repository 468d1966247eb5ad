//! Discovery: what this server is and can do, made from the same tables that enforce it.

use protocol::{
    claims::Claim,
    client_metadata::{GrantType, ResponseType, SigningAlgorithm, SubjectType, TokenEndpointAuthMethod},
    jws::JwsAlgorithm,
    language::Language,
    provider_metadata::ProviderMetadata,
    response_mode::ResponseMode,
    scope,
};

use crate::{
    Failure, Settings, audience, dpop, request_object,
    settings::{Registration, Signup},
    sign_in::Acr,
};

/// The metadata of this server.
pub fn metadata(settings: &Settings) -> Result<ProviderMetadata, Failure> {
    let issuer = settings.issuer()?;
    let is_open = settings.registration()? != Registration::Closed;
    Ok(ProviderMetadata {
        authorization_endpoint: issuer.endpoint("/authorize"),
        token_endpoint: issuer.endpoint("/token"),
        userinfo_endpoint: issuer.endpoint("/userinfo"),
        revocation_endpoint: issuer.endpoint("/revoke"),
        introspection_endpoint: issuer.endpoint("/introspect"),
        device_authorization_endpoint: issuer.endpoint("/device_authorization"),
        end_session_endpoint: issuer.endpoint("/logout"),
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        pushed_authorization_request_endpoint: issuer.endpoint("/par"),
        require_pushed_authorization_requests: settings.require_pushed_authorization_requests()?,
        jwks_uri: issuer.endpoint("/jwks"),
        registration_endpoint: is_open.then(|| issuer.endpoint("/register")),
        issuer: issuer.to_string(),
        scopes_supported: scope::OF_USERS.to_vec(),
        response_types_supported: vec![ResponseType::Code],
        response_modes_supported: ResponseMode::NAMES.map(|(name, _)| name).to_vec(),
        grant_types_supported: GrantType::ALL.to_vec(),
        subject_types_supported: SubjectType::ALL.to_vec(),
        id_token_signing_alg_values_supported: SigningAlgorithm::ALL.to_vec(),
        userinfo_signing_alg_values_supported: SigningAlgorithm::ALL.to_vec(),
        authorization_signing_alg_values_supported: SigningAlgorithm::ALL.to_vec(),
        access_token_signing_alg_values_supported: SigningAlgorithm::ALL.to_vec(),
        token_endpoint_auth_methods_supported: TokenEndpointAuthMethod::ALL.to_vec(),
        token_endpoint_auth_signing_alg_values_supported: JwsAlgorithm::PROVING.to_vec(),
        revocation_endpoint_auth_methods_supported: TokenEndpointAuthMethod::ALL.to_vec(),
        revocation_endpoint_auth_signing_alg_values_supported: JwsAlgorithm::PROVING.to_vec(),
        introspection_endpoint_auth_methods_supported: TokenEndpointAuthMethod::confidential().collect(),
        introspection_endpoint_auth_signing_alg_values_supported: JwsAlgorithm::PROVING.to_vec(),
        introspection_signing_alg_values_supported: SigningAlgorithm::ALL.to_vec(),
        code_challenge_methods_supported: settings.pkce_methods()?.into_iter().map(|method| method.as_str()).collect(),
        acr_values_supported: Acr::offered(settings)?.iter().map(|acr| acr.as_str()).collect(),
        claims_supported: ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid"]
            .into_iter()
            .chain(Claim::ALL.map(Claim::as_str))
            .collect(),
        claim_types_supported: vec!["normal"],
        prompt_values_supported: prompts(settings)?,
        ui_locales_supported: Language::ALL.map(Language::tag).to_vec(),
        dpop_signing_alg_values_supported: dpop::ALGORITHMS.to_vec(),
        protected_resources: audience::listed(settings)?,
        authorization_response_iss_parameter_supported: true,
        claims_parameter_supported: true,
        client_id_metadata_document_supported: settings.client_id_metadata_documents()?,
        request_parameter_supported: true,
        request_object_signing_alg_values_supported: request_object::ALGORITHMS.to_vec(),
        request_uri_parameter_supported: false,
    })
}

fn prompts(settings: &Settings) -> Result<Vec<&'static str>, Failure> {
    let mut prompts = vec!["none", "login", "consent", "select_account"];
    if settings.signup()? != Signup::Closed {
        prompts.push("create");
    }
    Ok(prompts)
}
