//! Signatures: what a client could be made to believe.

use crate::{
    client_assertion::{JWT_BEARER, Signing},
    support::{App, REDIRECT_URI, Server, app::register, json, jwt, signed_in},
};

#[tokio::test]
async fn an_id_token_is_never_unsigned_or_signed_with_a_shared_secret() {
    let server = Server::shared();
    for algorithm in ["none", "None", "HS256", "HS512", "RS1", ""] {
        let metadata = json!({"redirect_uris": [REDIRECT_URI], "id_token_signed_response_alg": algorithm});
        register(server, metadata).await.expect_error(400, "invalid_client_metadata");
    }
    let user = signed_in(server).await;
    let header = jwt::header(user.tokens.id_token());
    assert_eq!(header["alg"], "RS256");
    for member in ["jwk", "jku", "x5u", "x5c"] {
        assert!(header.get(member).is_none(), "a key in the header invites trust in it: {header}");
    }
}

#[tokio::test]
async fn an_id_token_opens_no_endpoint() {
    let user = signed_in(Server::shared()).await;
    let token = user.tokens.id_token();
    assert!(!user.app.server.accepts(token).await);
    user.app.server.get_as("/resource/me", token).await.expect_error(401, "invalid_token");
    user.app.try_refresh(token, &[]).await.expect_error(400, "invalid_grant");
    user.app.try_redeem(token, &[]).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_client_assertion_is_not_taken_for_a_secret() {
    let app = App::machine(Server::shared()).await;
    let claims = json!({"iss": app.id, "sub": app.id, "aud": app.server.issuer, "exp": 4_102_444_800_i64, "jti": "1"});
    let assertion = jwt::unsigned(&json!({"alg": "none"}), &claims);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", app.id.as_str()),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &assertion),
    ];
    app.server.post("/token", &form).await.expect_error(401, "invalid_client");
}

/// fosite CVE-2020-15222
#[tokio::test]
async fn an_assertion_that_was_seen_once_opens_nothing_again() {
    let client = Signing::machine(Server::shared()).await;
    let form = [("grant_type", "client_credentials")];
    let assertion = client.assertion();
    client.post_with("/token", &assertion, &form).await.expect(200);
    for path in ["/token", "/revoke", "/introspect"] {
        let form = [form[0], ("token", "sat_x")];
        client.post_with(path, &assertion, &form).await.expect_error(401, "invalid_client");
    }
    // Nor does another JWT of the same name.
    let mut claims = client.claims();
    claims["jti"] = jwt::claims(&assertion)["jti"].clone();
    let again = client.key.sign(&json!({}), &claims);
    client.post_with("/token", &again, &form).await.expect_error(401, "invalid_client");
}

#[tokio::test]
async fn an_assertion_is_never_unsigned_or_closed_with_a_public_key() {
    let client = Signing::machine(Server::shared()).await;
    let jwk = client.key.jwk();
    let public = jwk["x"].as_str().unwrap();
    for assertion in [
        jwt::unsigned(&json!({"alg": "none"}), &client.claims()),
        jwt::unsigned(&json!({"alg": "EdDSA"}), &client.claims()),
        jwt::hs256(&client.claims(), &jwt::from_base64url(public)),
        jwt::hs256(&client.claims(), public.as_bytes()),
        jwt::hs256(&client.claims(), jwk.to_string().as_bytes()),
        client.key.sign(&json!({"crit": ["b64"], "b64": true}), &client.claims()),
        // The key in the header is the sender's and not the client's.
        jwt::Signer::new().sign(&json!({"jwk": jwk}), &client.claims()),
    ] {
        let form = [("grant_type", "client_credentials"), ("client_id", client.app.id.as_str())];
        client.post_with("/token", &assertion, &form).await.expect_error(401, "invalid_client");
    }
}

#[tokio::test]
async fn an_assertion_for_another_server_or_of_another_client_opens_nothing() {
    let (client, other) = (Signing::machine(Server::shared()).await, Signing::machine(Server::shared()).await);
    let form = [("grant_type", "client_credentials")];
    for (name, value) in [
        ("aud", json!("https://other.example")),
        ("aud", json!([])),
        ("aud", json!(format!("{}/", client.app.server.issuer))),
        ("iss", json!(other.app.id)),
        ("sub", json!(other.app.id)),
        ("exp", json!(jwt::from_now(-60))),
        ("iat", json!(jwt::from_now(60))),
    ] {
        let mut claims = client.claims();
        claims[name] = value;
        let assertion = client.key.sign(&json!({}), &claims);
        client.post_with("/token", &assertion, &form).await.expect_error(401, "invalid_client");
    }
    let foreign = other.key.sign(&json!({}), &client.claims());
    client.post_with("/token", &foreign, &form).await.expect_error(401, "invalid_client");
}

#[tokio::test]
async fn every_octet_of_an_access_token_counts() {
    let user = signed_in(Server::shared()).await;
    let bytes = jwt::from_base64url(user.tokens.access.strip_prefix("sat_").unwrap());
    for at in (0..bytes.len()).step_by(5) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(!user.app.server.accepts(&format!("sat_{}", jwt::base64url(changed))).await, "octet {at}");
    }
}
