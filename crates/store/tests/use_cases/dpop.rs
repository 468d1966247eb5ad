//! Proof of possession, where the time matters.

use domain::{
    Failure,
    dpop::Proof,
    token::{ClientCredentialsRequest, GrantRequest, TokenRequest, token},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use protocol::{ErrorCode, client_metadata::GrantType, resource::Resources, secret::base64url, token::TokenResponse};
use serde_json::{Value, json};

use crate::{
    Database,
    support::{App, Instance, furnished, refusal},
    testing::block_on,
};

/// A proof for the token endpoint, made at this time with these further claims.
fn proof(iat: i64, jti: &str, more: Value) -> Proof {
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let coordinate = |range: std::ops::Range<usize>| base64url(&point.as_bytes()[range]);
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": coordinate(1..33), "y": coordinate(33..65)});
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk});
    let mut claims = json!({"jti": jti, "htm": "POST", "htu": "https://id.example/token", "iat": iat});
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature: Signature = key.sign(signed.as_bytes());
    let jwt = format!("{signed}.{}", base64url(&signature.to_bytes()));
    Proof { jwt, method: "POST".to_owned(), path: "/token".to_owned() }
}

fn machine(server: &Instance) -> App {
    server.client(|metadata| {
        metadata.redirect_uris.clear();
        metadata.grant_types = vec![GrantType::ClientCredentials];
    })
}

fn ask(server: &Instance, by: &App, proof: Proof) -> Result<TokenResponse, Failure> {
    let grant =
        GrantRequest::ClientCredentials(ClientCredentialsRequest { scope: None, resource: Resources::default() });
    block_on(token(&server.env(), TokenRequest { client: by.credentials(), dpop: Some(proof), grant }))
}

#[test]
fn a_proof_is_refused_for_its_age_before_its_mark_is_forgotten() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = machine(&server);
    let made_at = server.now.get() + 10;
    assert_eq!(ask(&server, &app, proof(made_at, "a", json!({}))).unwrap().token_type, "DPoP");
    for _ in 0..40 {
        server.later(1);
        // Marks are purged when others come.
        let now = server.now.get();
        ask(&server, &app, proof(now, &now.to_string(), json!({}))).unwrap();
        assert_eq!(refusal(ask(&server, &app, proof(made_at, "a", json!({})))), ErrorCode::InvalidDpopProof);
    }
    let marks = block_on(server.store.0.query("SELECT id FROM replay_marks", vec![])).unwrap();
    assert!(marks.len() < 30, "they do not pile up");
}

#[test]
fn a_proof_that_is_refused_is_not_spent() {
    let file = furnished();
    let server = Instance::with(&file, &[("dpop_nonce", "on")]);
    let app = machine(&server);
    let now = server.now.get();
    let nonce = |result| match result {
        Err(Failure::UseDpopNonce(nonce)) => nonce,
        _ => panic!("it was not asked for a nonce"),
    };
    for _ in 0..2 {
        nonce(ask(&server, &app, proof(now, "a", json!({}))));
    }
    let given = nonce(ask(&server, &app, proof(now, "a", json!({}))));
    ask(&server, &app, proof(now, "a", json!({"nonce": given}))).unwrap();
}

#[test]
fn a_nonce_is_good_for_a_quarter_of_an_hour_on_every_instance_and_not_elsewhere() {
    let file = furnished();
    let server = Instance::with(&file, &[("dpop_nonce", "on")]);
    let app = machine(&server);
    let now = server.now.get();
    let Err(Failure::UseDpopNonce(nonce)) = ask(&server, &app, proof(now, "a", json!({}))) else {
        panic!("it was not asked for a nonce")
    };
    let second = Instance::with(&file, &[("dpop_nonce", "on")]);
    ask(&second, &app, proof(now, "b", json!({"nonce": nonce}))).unwrap();
    server.later(900);
    ask(&server, &app, proof(now + 900, "c", json!({"nonce": nonce}))).unwrap();
    server.later(1);
    let late = ask(&server, &app, proof(now + 901, "d", json!({"nonce": nonce})));
    assert!(matches!(late, Err(Failure::UseDpopNonce(_))));
}
