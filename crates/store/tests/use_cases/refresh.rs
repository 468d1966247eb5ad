//! Refreshing, by the tokens themselves.

use domain::{token::AccessToken, userinfo::userinfo};
use protocol::{ErrorCode, Secret, client_metadata::TokenEndpointAuthMethod, token::TokenResponse};

use crate::{
    support::{CHALLENGE, Instance, Memory, VERIFIER, bearer, claims, furnished, refusal},
    testing::{block_on, race},
};

fn lives(server: &Instance, tokens: &TokenResponse) -> bool {
    block_on(userinfo(&server.env(), &Memory::default(), &bearer(&*tokens.access_token))).is_ok()
}

fn refresh_token(tokens: &TokenResponse) -> &str {
    tokens.refresh_token.as_deref().unwrap()
}

#[test]
fn parallel_refreshes_on_many_instances_agree_and_nobody_is_signed_out() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let first = server.tokens(&app, "api:read", &ada);
    let got = race(&file, 6, |_, _| {
        let tokens = Instance::of(&file).refresh(&app, refresh_token(&first), None).unwrap();
        (tokens.refresh_token.unwrap(), tokens.access_token)
    });
    assert!(got.iter().all(|(refresh_token, _)| *refresh_token == got[0].0), "one lineage");
    assert!(got.iter().skip(1).all(|(_, access_token)| *access_token != got[0].1), "access tokens differ");
    let next = server.refresh(&app, &got[0].0, None).unwrap();
    assert!(lives(&server, &next) && lives(&server, &first));
}

#[test]
fn a_lost_answer_does_not_sign_the_user_out_and_a_thief_is_caught() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let first = server.tokens(&app, "api:read", &ada);
    let lost = server.refresh(&app, refresh_token(&first), None).unwrap();
    server.later(31);
    let again = server.refresh(&app, refresh_token(&first), None).unwrap();
    assert_ne!(refresh_token(&again), refresh_token(&lost));
    assert_eq!(refusal(server.refresh(&app, refresh_token(&lost), None)), ErrorCode::InvalidGrant);
    assert_eq!(refusal(server.refresh(&app, refresh_token(&again), None)), ErrorCode::InvalidGrant);
    assert!(!lives(&server, &again), "the access tokens of the grant are dead, too");
}

#[test]
fn an_old_refresh_token_ends_the_grant() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let first = server.tokens(&app, "api:read", &ada);
    let second = server.refresh(&app, refresh_token(&first), None).unwrap();
    let third = server.refresh(&app, refresh_token(&second), None).unwrap();
    assert!(server.log.take().is_empty(), "nothing of this is worth a note");
    assert_eq!(refusal(server.refresh(&app, refresh_token(&first), None)), ErrorCode::InvalidGrant);
    let notes = server.log.take();
    assert!(notes.len() == 1 && notes[0].contains(&app.client.id) && !notes[0].contains("srt_"), "{notes:?}");
    assert!(!lives(&server, &third));
    assert_eq!(refusal(server.refresh(&app, refresh_token(&third), None)), ErrorCode::InvalidGrant);
}

#[test]
fn the_scope_of_an_access_token_can_be_narrowed_and_never_widened() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let first = server.tokens(&app, "openid api:read", &ada);
    let before = refresh_token(&first);
    assert_eq!(refusal(server.refresh(&app, before, Some("openid email"))), ErrorCode::InvalidScope);
    let narrow = server.refresh(&app, before, Some("api:read")).unwrap();
    assert_eq!(narrow.scope.to_string(), "api:read");
    assert!(narrow.id_token.is_none());
    let ring = block_on(server.env().key_ring()).unwrap();
    assert_eq!(AccessToken::open(&narrow.access_token, &ring).unwrap().scope.to_string(), "api:read");
    let whole = server.refresh(&app, refresh_token(&narrow), None).unwrap();
    assert_eq!(whole.scope.to_string(), "openid api:read", "the refresh token keeps all that was granted");
}

#[test]
fn a_refreshed_id_token_keeps_its_subject_and_auth_time_and_has_no_nonce() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let code = server.code(&app.client, "scope=openid&nonce=once", &ada);
    let first = server.redeem(&app, &code, None).unwrap();
    server.later(1000);
    let second = server.refresh(&app, refresh_token(&first), None).unwrap();
    let (before, after) = (claims(first.id_token.as_ref().unwrap()), claims(second.id_token.as_ref().unwrap()));
    for same in ["iss", "sub", "aud", "auth_time", "acr", "amr", "sid"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(before["nonce"], "once");
    assert!(after.get("nonce").is_none() && after["iat"].as_i64() > before["iat"].as_i64());
}

#[test]
fn another_client_cannot_use_a_refresh_token_and_does_no_harm() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, other, ada) = (server.client(|_| {}), server.client(|_| {}), server.user("ada@example.org"));
    let first = server.tokens(&app, "openid", &ada);
    let second = server.refresh(&app, refresh_token(&first), None).unwrap();
    server.later(100);
    for stolen in [&first, &second] {
        assert_eq!(refusal(server.refresh(&other, refresh_token(stolen), None)), ErrorCode::InvalidGrant);
    }
    assert!(server.refresh(&app, refresh_token(&second), None).is_ok());
}

#[test]
fn a_public_client_refreshes_by_its_identifier_alone() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|metadata| metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::None);
    let ada = server.user("ada@example.org");
    assert!(app.secret.is_none());
    let code = server.code(&app.client, &format!("scope=openid&{CHALLENGE}"), &ada);
    let first = server.redeem(&app, &code, Some(VERIFIER)).unwrap();
    assert!(server.refresh(&app, refresh_token(&first), None).is_ok());
}

#[test]
fn a_confidential_clients_refresh_token_needs_its_secret() {
    let file = furnished();
    let server = Instance::of(&file);
    let (mut app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let first = server.tokens(&app, "openid", &ada);
    app.secret = None;
    assert_eq!(refusal(server.refresh(&app, refresh_token(&first), None)), ErrorCode::InvalidClient);
    app.secret = Some(Secret::new("scs_guess"));
    assert_eq!(refusal(server.refresh(&app, refresh_token(&first), None)), ErrorCode::InvalidClient);
}

#[test]
fn a_refresh_token_expires_unless_it_is_used() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let first = server.tokens(&app, "api:read", &ada);
    server.later(2_591_999);
    let second = server.refresh(&app, refresh_token(&first), None).unwrap();
    server.later(2_592_000);
    assert_eq!(refusal(server.refresh(&app, refresh_token(&second), None)), ErrorCode::InvalidGrant);
}

#[test]
fn what_this_server_did_not_make_is_no_refresh_token() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let tokens = server.tokens(&app, "openid", &ada);
    let disguised = tokens.access_token.replace("sat_", "srt_");
    let cut = &refresh_token(&tokens)[..60];
    for junk in ["", "srt_", "srt_AAAA", cut, &disguised, &tokens.access_token] {
        assert_eq!(refusal(server.refresh(&app, junk, None)), ErrorCode::InvalidGrant, "{junk}");
    }
}
