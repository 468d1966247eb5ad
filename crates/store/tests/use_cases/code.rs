//! Redeeming codes.

use domain::{
    Failure,
    client::ClientCredentials,
    token::{CodeRequest, GrantRequest, TokenRequest, token},
    userinfo::userinfo,
};
use jwt_simple::prelude::{ECDSAP256PublicKeyLike, ES256PublicKey, UnixTimeStamp, VerificationOptions};
use protocol::{
    ErrorCode, Secret,
    client_metadata::{GrantType, TokenEndpointAuthMethod},
    id_token::{IdTokenClaims, at_hash},
    resource::Resources,
};

use crate::{
    Database,
    support::{CHALLENGE, Instance, Memory, NOW, REDIRECT, VERIFIER, bearer, claims, furnished, plain, refusal},
    testing::{block_on, race},
};

fn lives(server: &Instance, access_token: &str) -> bool {
    block_on(userinfo(&server.env(), &Memory::default(), &bearer(access_token))).is_ok()
}

#[test]
fn a_code_gives_an_access_token_a_refresh_token_and_an_id_token() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let tokens = server.tokens(&app, "openid email", &ada);
    assert!(tokens.access_token.starts_with("sat_") && lives(&server, &tokens.access_token));
    assert!(tokens.refresh_token.unwrap().starts_with("srt_") && tokens.id_token.is_some());
    assert_eq!((tokens.token_type, tokens.expires_in.0), ("Bearer", 900));
    assert_eq!(tokens.scope.to_string(), "openid email");
}

#[test]
fn the_id_token_says_who_for_whom_and_when_and_is_signed_by_a_published_key() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    server.later(100);
    let code = server.code(&app.client, "scope=openid&nonce=n-0S6", &ada);
    server.later(5);
    let tokens = server.redeem(&app, &code, None).unwrap();
    let id_token = tokens.id_token.unwrap();

    let ring = block_on(server.env().complete_key_ring()).unwrap();
    let jwk = ring.public_jwks().into_iter().find(|jwk| jwk.contains("ES256")).unwrap();
    let options = VerificationOptions {
        artificial_time: Some(UnixTimeStamp::from_secs(NOW.cast_unsigned() + 106)),
        ..VerificationOptions::default()
    };
    let key = ES256PublicKey::from_jwk(jwk).unwrap();
    let verified = key.verify_token::<IdTokenClaims>(&id_token, Some(options)).unwrap();
    assert_eq!(
        verified.custom.at_hash,
        at_hash(&tokens.access_token, app.client.metadata.id_token_signed_response_alg)
    );

    let claims = claims(&id_token);
    assert_eq!((claims["iss"].as_str(), claims["aud"].as_str()), (Some("https://id.example"), Some(&*app.client.id)));
    assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(NOW + 105), Some(NOW + 1005)));
    assert_eq!((claims["auth_time"].as_i64(), claims["nonce"].as_str()), (Some(NOW), Some("n-0S6")));
    assert_eq!(claims["amr"], serde_json::json!(["pwd"]));
    let user = block_on(userinfo(&server.env(), &Memory::default(), &bearer(tokens.access_token))).unwrap();
    assert_eq!(claims["sub"].as_str(), Some(plain(user).sub.as_str()));
}

#[test]
fn a_code_of_a_client_of_fapi2_is_good_for_a_minute() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let held = "UPDATE clients SET metadata = json_set(metadata, '$.security_profile', 'fapi2')";
    block_on(server.store.0.query(held, vec![])).unwrap();
    let asked = format!("scope=openid&{CHALLENGE}");
    for (seconds, is_good) in [(59, true), (60, false)] {
        let code = server.code(&app.client, &asked, &ada);
        server.later(seconds);
        assert_eq!(server.redeem(&app, &code, Some(VERIFIER)).is_ok(), is_good, "after {seconds} seconds");
    }
}

#[test]
fn without_openid_there_is_no_id_token_and_without_its_grant_type_no_refresh_token() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|metadata| metadata.grant_types = vec![GrantType::AuthorizationCode]);
    let ada = server.user("ada@example.org");
    let tokens = server.tokens(&app, "api:read", &ada);
    assert!(tokens.id_token.is_none() && tokens.refresh_token.is_none());
}

#[test]
fn of_many_instances_that_redeem_one_code_one_gets_tokens_and_the_replay_revokes_them() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let code = server.code(&app.client, "scope=api:read", &ada);
    let outcomes = race(&file, 6, |_, _| {
        let instance = Instance::of(&file);
        instance.redeem(&app, &code, None).map(|tokens| tokens.access_token).map_err(|failure| failure.to_string())
    });
    let won: Vec<_> = outcomes.iter().flatten().collect();
    assert_eq!(won.len(), 1, "{outcomes:?}");
    assert!(!lives(&server, won[0]), "whoever came second has shown that the code leaked");
}

#[test]
fn a_replayed_code_takes_its_tokens_with_it_however_late() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let code = server.code(&app.client, "scope=openid", &ada);
    let tokens = server.redeem(&app, &code, None).unwrap();
    server.later(700);
    assert!(lives(&server, &tokens.access_token));
    server.log.take();
    assert_eq!(refusal(server.redeem(&app, &code, None)), ErrorCode::InvalidGrant);
    let notes = server.log.take();
    assert!(notes.len() == 1 && notes[0].contains(&app.client.id) && !notes[0].contains(&code), "{notes:?}");
    assert!(!lives(&server, &tokens.access_token));
    assert_eq!(refusal(server.refresh(&app, &tokens.refresh_token.unwrap(), None)), ErrorCode::InvalidGrant);
}

#[test]
fn another_client_neither_redeems_nor_revokes() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, other, ada) = (server.client(|_| {}), server.client(|_| {}), server.user("ada@example.org"));
    let code = server.code(&app.client, "scope=openid", &ada);
    assert_eq!(refusal(server.redeem(&other, &code, None)), ErrorCode::InvalidGrant);
    let tokens = server.redeem(&app, &code, None).unwrap();
    assert_eq!(refusal(server.redeem(&other, &code, None)), ErrorCode::InvalidGrant);
    assert!(lives(&server, &tokens.access_token));
}

#[test]
fn the_verifier_must_answer_the_challenge() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let code = server.code(&app.client, &format!("scope=openid&{CHALLENGE}"), &ada);
    let other = "A".repeat(43);
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for wrong in [None, Some(&*other), Some("short"), Some(challenge)] {
        assert_eq!(refusal(server.redeem(&app, &code, wrong)), ErrorCode::InvalidGrant, "{wrong:?}");
    }
    assert!(server.redeem(&app, &code, Some(VERIFIER)).is_ok(), "the code is as good as before");
}

#[test]
fn a_plain_challenge_is_answered_by_itself() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let code = server.code(&app.client, &format!("scope=openid&code_challenge={VERIFIER}"), &ada);
    assert_eq!(refusal(server.redeem(&app, &code, Some(&"A".repeat(43)))), ErrorCode::InvalidGrant);
    assert!(server.redeem(&app, &code, Some(VERIFIER)).is_ok());
}

#[test]
fn a_verifier_that_no_challenge_asked_for_is_refused() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let code = server.code(&app.client, "scope=openid", &ada);
    assert_eq!(refusal(server.redeem(&app, &code, Some(VERIFIER))), ErrorCode::InvalidGrant);
}

#[test]
fn the_redirect_uri_must_be_that_of_the_authorization_request() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let code = server.code(&app.client, "scope=openid", &ada);
    let redeem = |redirect_uri: Option<&str>| {
        let redirect_uri = redirect_uri.map(str::to_owned);
        let request = CodeRequest {
            code: Secret::new(&*code),
            redirect_uri,
            code_verifier: None,
            resource: Resources::default(),
        };
        let grant = GrantRequest::AuthorizationCode(request);
        block_on(token(&server.env(), TokenRequest { client: app.credentials(), dpop: None, grant }))
    };
    assert_eq!(refusal(redeem(None)), ErrorCode::InvalidGrant);
    assert_eq!(refusal(redeem(Some("https://app.example/callback/"))), ErrorCode::InvalidGrant);
    assert!(redeem(Some(REDIRECT)).is_ok());
}

#[test]
fn an_expired_code_is_refused() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let code = server.code(&app.client, "scope=openid", &ada);
    server.later(600);
    assert_eq!(refusal(server.redeem(&app, &code, None)), ErrorCode::InvalidGrant);
}

#[test]
fn junk_is_no_code() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|_| {});
    for junk in ["", "x", "sac_", "sac_AAAA", "' OR 1=1 --"] {
        assert_eq!(refusal(server.redeem(&app, junk, None)), ErrorCode::InvalidGrant, "{junk}");
    }
}

#[test]
fn a_client_must_show_who_it_is() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let public = server.client(|metadata| metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::None);
    let code = server.code(&app.client, "scope=openid", &ada);
    let try_as = |client_id: &str, secret: Option<&str>| -> Result<_, Failure> {
        let grant = GrantRequest::AuthorizationCode(CodeRequest {
            code: Secret::new(&*code),
            redirect_uri: Some(REDIRECT.to_owned()),
            code_verifier: None,
            resource: Resources::default(),
        });
        let client = ClientCredentials { client_id: client_id.to_owned(), proof: secret.map(Secret::new).into() };
        block_on(token(&server.env(), TokenRequest { client, dpop: None, grant }))
    };
    let secret = app.secret.as_ref().unwrap().expose();
    assert_eq!(refusal(try_as(&app.client.id, None)), ErrorCode::InvalidClient);
    assert_eq!(refusal(try_as(&app.client.id, Some("scs_wrong"))), ErrorCode::InvalidClient);
    assert_eq!(refusal(try_as(&app.client.id, Some(""))), ErrorCode::InvalidClient);
    assert_eq!(refusal(try_as("nobody", Some(secret))), ErrorCode::InvalidClient);
    assert_eq!(refusal(try_as(&public.client.id, Some(secret))), ErrorCode::InvalidClient, "it has no secret");
    assert!(try_as(&app.client.id, Some(secret)).is_ok(), "none of these has burned the code");
}

#[test]
fn a_client_uses_only_the_grants_that_it_registered() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|metadata| {
        metadata.grant_types = vec![GrantType::ClientCredentials];
        metadata.redirect_uris.clear();
    });
    assert_eq!(refusal(server.redeem(&app, "sac_x", None)), ErrorCode::UnauthorizedClient);
    assert_eq!(refusal(server.refresh(&app, "srt_x", None)), ErrorCode::UnauthorizedClient);
}
