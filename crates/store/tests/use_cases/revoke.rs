//! Revoking tokens.

use domain::{
    grant::Grants,
    revoke::{Revocation, revoke},
    token::{AccessToken, ClientCredentialsRequest, GrantRequest, TokenRequest, token},
    userinfo::userinfo,
};
use protocol::{ErrorCode, Secret, client_metadata::GrantType, resource::Resources};

use crate::{
    support::{App, Instance, Memory, bearer, furnished, refusal, set_access_level},
    testing::block_on,
};

fn revoked(server: &Instance, by: &App, token: &str) {
    let revocation = Revocation { client: by.credentials(), token: Secret::new(token) };
    block_on(revoke(&server.env(), revocation)).unwrap();
}

fn lives(server: &Instance, access_token: &str) -> bool {
    block_on(userinfo(&server.env(), &Memory::default(), &bearer(access_token))).is_ok()
}

#[test]
fn a_revoked_access_token_is_dead_everywhere_and_the_grant_goes_on() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let first = server.tokens(&app, "openid", &ada);
    let second = server.refresh(&app, first.refresh_token.as_ref().unwrap(), None).unwrap();
    revoked(&server, &app, &first.access_token);
    assert!(!lives(&server, &first.access_token) && !lives(&Instance::of(&file), &first.access_token));
    assert!(lives(&server, &second.access_token));
    assert!(server.refresh(&app, second.refresh_token.as_ref().unwrap(), None).is_ok());
}

#[test]
fn revoking_any_generation_of_a_refresh_token_ends_the_grant() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    for generation in [0, 1] {
        let first = server.tokens(&app, "openid", &ada);
        let second = server.refresh(&app, first.refresh_token.as_ref().unwrap(), None).unwrap();
        revoked(&server, &app, [&first, &second][generation].refresh_token.as_ref().unwrap());
        assert!(!lives(&server, &first.access_token) && !lives(&server, &second.access_token));
        for tokens in [first, second] {
            let refreshed = server.refresh(&app, &tokens.refresh_token.unwrap(), None);
            assert_eq!(refusal(refreshed), ErrorCode::InvalidGrant);
        }
    }
}

#[test]
fn another_clients_tokens_cannot_be_revoked() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, other, ada) = (server.client(|_| {}), server.client(|_| {}), server.user("ada@example.org"));
    let tokens = server.tokens(&app, "openid", &ada);
    revoked(&server, &other, &tokens.access_token);
    revoked(&server, &other, tokens.refresh_token.as_ref().unwrap());
    assert!(lives(&server, &tokens.access_token));
    assert!(server.refresh(&app, &tokens.refresh_token.unwrap(), None).is_ok());
}

#[test]
fn who_does_not_show_who_they_are_revokes_nothing() {
    let file = furnished();
    let server = Instance::of(&file);
    let (mut app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let tokens = server.tokens(&app, "openid", &ada);
    for secret in [None, Some(Secret::new("scs_guess"))] {
        app.secret = secret;
        let revocation = Revocation { client: app.credentials(), token: Secret::new(&*tokens.access_token) };
        assert_eq!(refusal(block_on(revoke(&server.env(), revocation))), ErrorCode::InvalidClient);
    }
    assert!(lives(&server, &tokens.access_token));
}

#[test]
fn junk_and_repetition_are_answered_like_anything_else() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let tokens = server.tokens(&app, "openid", &ada);
    for token in ["", "x", "sat_AAAA", "srt_AAAA", &tokens.access_token, &tokens.access_token] {
        revoked(&server, &app, token);
    }
    server.later(10_000);
    revoked(&server, &app, &tokens.access_token);
}

#[test]
fn a_clients_own_token_can_be_revoked_by_that_client_alone() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|metadata| {
        metadata.grant_types = vec![GrantType::ClientCredentials];
        metadata.redirect_uris.clear();
    });
    let other = server.client(|_| {});
    let grant =
        GrantRequest::ClientCredentials(ClientCredentialsRequest { scope: None, resource: Resources::default() });
    let tokens = block_on(token(&server.env(), TokenRequest { client: app.credentials(), dpop: None, grant })).unwrap();
    let ring = block_on(server.env().key_ring()).unwrap();
    let id = AccessToken::open(&tokens.access_token, &ring).unwrap().id;
    let is_live = || block_on(server.store.is_client_token_live(id, &app.client.id)).unwrap();
    revoked(&server, &other, &tokens.access_token);
    assert!(is_live());
    revoked(&server, &app, &tokens.access_token);
    assert!(!is_live());
}

#[test]
fn a_revocation_counts_although_the_user_is_suspended_meanwhile() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let tokens = server.tokens(&app, "openid", &ada);
    block_on(set_access_level(&server.env(), "ada@example.org", "suspended")).unwrap();
    revoked(&server, &app, &tokens.access_token);
    block_on(set_access_level(&server.env(), "ada@example.org", "user")).unwrap();
    assert!(!lives(&server, &tokens.access_token));
}
