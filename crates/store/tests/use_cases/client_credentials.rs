//! Tokens that stand for the client itself.

use domain::{
    Failure,
    token::{ClientCredentialsRequest, GrantRequest, TokenRequest, token},
    userinfo::userinfo,
};
use protocol::{
    ErrorCode,
    client_metadata::{GrantType, TokenEndpointAuthMethod},
    resource::Resources,
    scope::Scope,
    token::TokenResponse,
};

use crate::{
    support::{App, Instance, Memory, bearer, furnished, refusal},
    testing::block_on,
};

fn machine(server: &Instance) -> App {
    server.client(|metadata| {
        metadata.grant_types = vec![GrantType::ClientCredentials];
        metadata.redirect_uris.clear();
        metadata.scope = Scope::parse("openid profile api:read api:write").unwrap();
    })
}

fn ask(server: &Instance, by: &App, scope: Option<&str>) -> Result<TokenResponse, Failure> {
    let scope = scope.map(|scope| Scope::parse(scope).unwrap());
    let grant = GrantRequest::ClientCredentials(ClientCredentialsRequest { scope, resource: Resources::default() });
    block_on(token(&server.env(), TokenRequest { client: by.credentials(), dpop: None, grant }))
}

#[test]
fn a_client_gets_what_it_asks_for_or_all_that_speaks_of_no_user() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = machine(&server);
    assert_eq!(ask(&server, &app, Some("api:write")).unwrap().scope.to_string(), "api:write");
    let all = ask(&server, &app, None).unwrap();
    assert_eq!(all.scope.to_string(), "api:read api:write");
    assert!(all.refresh_token.is_none() && all.id_token.is_none());
}

#[test]
fn a_scope_of_a_user_or_beyond_the_registered_one_is_refused() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = machine(&server);
    for scope in ["openid", "profile", "api:read admin"] {
        assert_eq!(refusal(ask(&server, &app, Some(scope))), ErrorCode::InvalidScope, "{scope}");
    }
}

#[test]
fn a_client_that_is_public_or_not_registered_for_it_is_refused() {
    let file = furnished();
    let server = Instance::of(&file);
    let public = server.client(|metadata| metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::None);
    assert_eq!(refusal(ask(&server, &public, None)), ErrorCode::UnauthorizedClient);
    assert_eq!(refusal(ask(&server, &server.client(|_| {}), None)), ErrorCode::UnauthorizedClient);
}

#[test]
fn a_clients_token_does_not_open_userinfo() {
    let file = furnished();
    let server = Instance::of(&file);
    let tokens = ask(&server, &machine(&server), None).unwrap();
    let token = bearer(tokens.access_token);
    assert_eq!(refusal(block_on(userinfo(&server.env(), &Memory::default(), &token))), ErrorCode::InsufficientScope);
}
