//! Asking about tokens.

use domain::{
    Failure,
    introspect::{Introspected, Introspection, introspect},
    revoke::{Revocation, revoke},
    token::{ClientCredentialsRequest, GrantRequest, TokenRequest, token},
    user::{Email, Users},
};
use protocol::{
    ErrorCode, Secret,
    client_metadata::{GrantType, TokenEndpointAuthMethod},
    introspection::ActiveToken,
    resource::Resources,
    scope::Scope,
};

use crate::{
    Database,
    support::{App, Instance, NOW, claims, delete_user, furnished, refusal, set_access_level},
    testing::block_on,
};

/// A resource server: a client that nobody signs in to.
fn resource_server(server: &Instance) -> App {
    server.client(|metadata| {
        metadata.grant_types = vec![GrantType::ClientCredentials];
        metadata.redirect_uris.clear();
    })
}

fn ask(server: &Instance, by: &App, token: &str, scope: Option<&str>) -> Result<Option<ActiveToken>, Failure> {
    let scope = scope.map(|scope| Scope::parse(scope).unwrap());
    let introspection = Introspection { client: by.credentials(), token: Secret::new(token), scope, wants_jwt: false };
    match block_on(introspect(&server.env(), introspection))? {
        Introspected::Json(token) => Ok(token.map(|token| *token)),
        Introspected::Jwt(_) => panic!("it was not asked for"),
    }
}

fn about(server: &Instance, by: &App, token: &str) -> Option<ActiveToken> {
    ask(server, by, token, None).unwrap()
}

fn own_token(server: &Instance, app: &App) -> String {
    let grant =
        GrantRequest::ClientCredentials(ClientCredentialsRequest { scope: None, resource: Resources::default() });
    block_on(token(&server.env(), TokenRequest { client: app.credentials(), dpop: None, grant })).unwrap().access_token
}

#[test]
fn a_resource_server_learns_whom_an_access_token_stands_for_and_how_long() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let tokens = server.tokens(&app, "openid api:read", &ada);
    let token = about(&server, &resource_server(&server), &tokens.access_token).unwrap();
    let user = block_on(server.store.user_by_email(&Email::parse("ada@example.org").unwrap())).unwrap().unwrap().0;
    assert_eq!(token.sub, claims(&tokens.id_token.unwrap())["sub"]);
    assert_eq!(token.username, Some(user.user_id));
    assert_eq!((token.scope.to_string().as_str(), token.client_id), ("openid api:read", app.client.id));
    assert_eq!((token.token_type, token.exp.0, token.iss.as_str()), (Some("Bearer"), NOW + 900, "https://id.example"));
}

#[test]
fn a_clients_own_token_stands_for_the_client() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = resource_server(&server);
    let token = about(&server, &server.client(|_| {}), &own_token(&server, &app)).unwrap();
    assert_eq!((&token.sub, &token.client_id, &token.username), (&app.client.id, &app.client.id, &None));
    assert_eq!(token.scope.to_string(), "api:read", "without what speaks of a user");
}

#[test]
fn a_token_says_its_own_scope_and_not_that_of_its_grant() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let first = server.tokens(&app, "openid profile api:read", &ada);
    let narrow = server.refresh(&app, first.refresh_token.as_ref().unwrap(), Some("openid")).unwrap();
    assert_eq!(about(&server, &app, &narrow.access_token).unwrap().scope.to_string(), "openid");
    let refresh = about(&server, &app, narrow.refresh_token.as_ref().unwrap()).unwrap();
    assert_eq!(refresh.scope.to_string(), "openid profile api:read");
}

#[test]
fn a_token_that_lacks_the_asked_scope_is_inactive() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let tokens = server.tokens(&app, "openid api:read", &ada);
    for token in [&tokens.access_token, tokens.refresh_token.as_ref().unwrap()] {
        for (scope, expected) in
            [("api:read", true), ("api:write", false), ("api:read api:write", false), ("api:read openid", true)]
        {
            assert_eq!(ask(&server, &app, token, Some(scope)).unwrap().is_some(), expected, "{scope}");
        }
    }
}

#[test]
fn a_refresh_token_is_known_to_its_client_alone() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, other, ada) = (server.client(|_| {}), server.client(|_| {}), server.user("ada@example.org"));
    let refresh_token = server.tokens(&app, "openid", &ada).refresh_token.unwrap();
    let token = about(&server, &app, &refresh_token).unwrap();
    assert_eq!((token.token_type, token.exp.0, token.client_id), (None, NOW + 2_592_000, app.client.id));
    assert!(about(&server, &other, &refresh_token).is_none());
}

#[test]
fn asking_about_a_replaced_refresh_token_neither_rotates_nor_ends_anything() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let mut tokens = vec![server.tokens(&app, "openid", &ada).refresh_token.unwrap()];
    for replaced in 0..3 {
        tokens.push(server.refresh(&app, &tokens[replaced], None).unwrap().refresh_token.unwrap());
        server.later(1000);
        for token in &tokens[..=replaced] {
            assert!(about(&server, &app, token).is_none());
        }
        assert!(about(&server, &app, &tokens[replaced + 1]).is_some());
    }
    assert!(server.log.take().is_empty());
}

#[test]
fn what_has_expired_is_inactive() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let tokens = server.tokens(&app, "openid", &ada);
    server.later(899);
    assert!(about(&server, &app, &tokens.access_token).is_some());
    server.later(1);
    assert!(about(&server, &app, &tokens.access_token).is_none());
    assert!(about(&server, &app, tokens.refresh_token.as_ref().unwrap()).is_some());
    server.later(2_592_000 - 900);
    assert!(about(&server, &app, &tokens.refresh_token.unwrap()).is_none());
}

#[test]
fn what_was_revoked_is_inactive() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let tokens = server.tokens(&app, "openid", &ada);
    let refresh_token = tokens.refresh_token.unwrap();
    let machine = resource_server(&server);
    let own = own_token(&server, &machine);
    for (by, revoked, refresh_lives) in
        [(&app, &tokens.access_token, true), (&machine, &own, true), (&app, &refresh_token, false)]
    {
        block_on(revoke(&server.env(), Revocation { client: by.credentials(), token: Secret::new(revoked.as_str()) }))
            .unwrap();
        assert!(about(&server, by, revoked).is_none());
        assert_eq!(about(&server, &app, &refresh_token).is_some(), refresh_lives);
    }
}

#[test]
fn what_stands_for_nobody_any_more_is_inactive() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (
        server.client(|metadata| metadata.scope = Scope::parse("openid offline_access").unwrap()),
        server.user("ada@example.org"),
    );
    let asking = resource_server(&server);
    let tokens = server.tokens(&app, "openid offline_access", &ada);
    let own = own_token(&server, &resource_server(&server));
    let both =
        || [&tokens.access_token, tokens.refresh_token.as_ref().unwrap()].map(|t| about(&server, &app, t).is_some());
    block_on(set_access_level(&server.env(), "ada@example.org", "suspended")).unwrap();
    assert_eq!(both(), [false, false]);
    block_on(set_access_level(&server.env(), "ada@example.org", "user")).unwrap();
    assert_eq!(both(), [true, true], "they may go on without the user");
    block_on(delete_user(&server.env(), "ada@example.org")).unwrap();
    assert_eq!(both(), [false, false]);
    // A client that asks must be there; the one that got the tokens may be gone.
    let again = server.tokens(&app, "openid", &server.user("joan@example.org")).access_token;
    assert!(about(&server, &asking, &again).is_some() && about(&server, &asking, &own).is_some());
    let asking_id = asking.client.id.clone();
    block_on(server.store.0.query("DELETE FROM clients WHERE id <> ?1", vec![asking_id.into()])).unwrap();
    assert!(about(&server, &asking, &again).is_none() && about(&server, &asking, &own).is_none());
}

#[test]
fn junk_codes_and_id_tokens_are_inactive() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let code = server.code(&app.client, "scope=openid", &ada);
    let id_token = server.tokens(&app, "openid", &ada).id_token.unwrap();
    for token in ["x", "sat_", "sat_AAAA", "srt_AAAA", &code, &id_token] {
        assert!(about(&server, &app, token).is_none(), "{token}");
    }
}

#[test]
fn who_does_not_prove_who_they_are_is_told_nothing() {
    let file = furnished();
    let server = Instance::of(&file);
    let (mut app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let public = server.client(|metadata| metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::None);
    let tokens = server.tokens(&app, "openid", &ada);
    assert_eq!(refusal(ask(&server, &public, &tokens.access_token, None)), ErrorCode::InvalidClient);
    for secret in [None, Some(Secret::new("scs_guess"))] {
        app.secret = secret;
        for token in [&tokens.access_token, "sat_AAAA"] {
            assert_eq!(refusal(ask(&server, &app, token, None)), ErrorCode::InvalidClient);
        }
    }
}
