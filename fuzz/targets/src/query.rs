//! Authorization requests: an answer goes to a registered redirect URI, with what the client may have, and says each thing
//! once.

use protocol::{
    authorization::AuthorizationRequest,
    client_metadata::{ClientMetadata, GrantType, TokenEndpointAuthMethod},
    params::Params,
    pkce::CodeChallengeMethod::{Plain, S256},
    redirect_uri::{RedirectUri, VerifiedRedirect},
    response_mode::AuthorizationResponse,
    scope::Scope,
};

const ISSUER: &str = "https://id.example";
const URIS: [&str; 4] = [
    "https://app.example/callback",
    "https://app.example/callback?tenant=1",
    "http://127.0.0.1/callback",
    "com.example.app:/callback",
];

fn client() -> ClientMetadata {
    ClientMetadata {
        redirect_uris: URIS.iter().map(|uri| RedirectUri::parse(uri).unwrap()).collect(),
        scope: Scope::parse("openid profile email api:read").unwrap(),
        grant_types: vec![GrantType::AuthorizationCode],
        token_endpoint_auth_method: TokenEndpointAuthMethod::None,
        ..ClientMetadata::default()
    }
}

pub(crate) fn check(data: &[u8]) {
    let Ok(params) = Params::parse(data) else { return };
    let client = client();
    let Ok(requested) = params.get("redirect_uri") else { return };
    let Some(redirect) = VerifiedRedirect::verify(requested, &client.redirect_uris) else { return };
    assert!(URIS.contains(&redirect.as_str()) || redirect.is_loopback(), "{redirect:?}");
    let Ok(request) = AuthorizationRequest::parse(&params, redirect.clone(), &client, &[S256, Plain]) else { return };
    assert!(request.scope.is_within(&client.scope) && request.consent_scope().is_within(&client.scope));
    assert!(request.code_challenge.is_some(), "a public client without PKCE");
    assert!(!request.prompt.none || !request.prompt.login && !request.prompt.consent);
    assert!(request.max_age.is_none_or(|age| age >= 0));
    for (name, read) in [("state", &request.state), ("nonce", &request.nonce), ("login_hint", &request.login_hint)] {
        assert_eq!(read.as_deref(), params.get(name).unwrap(), "{name} is returned unchanged");
    }
    let answer = request.success("sac_code", ISSUER);
    let state = answer.parameters.iter().find(|(name, _)| *name == "state").map(|(_, value)| value.as_str());
    assert_eq!((&answer.redirect, state), (&redirect, request.state.as_deref()));
    match answer.deliver() {
        AuthorizationResponse::Query(location) => {
            let rest = location.strip_prefix(redirect.as_str()).expect("it begins with the redirect URI");
            let answered = Params::parse(rest.trim_start_matches(['?', '&']).as_bytes()).unwrap();
            answered.ensure_unique().unwrap();
            assert_eq!(answered.get("code").unwrap(), Some("sac_code"));
            assert_eq!(answered.get("iss").unwrap(), Some(ISSUER));
            assert_eq!(answered.get("state").unwrap(), request.state.as_deref());
        }
        AuthorizationResponse::FormPost { redirect: to, parameters } => {
            assert_eq!(to, redirect);
            assert!(to.as_str().starts_with("http"), "a private scheme gets no form");
            assert!(parameters.iter().any(|(name, value)| *name == "iss" && value == ISSUER));
        }
    }
}
