//! Signatures: what a client could be made to believe.

use crate::support::{App, REDIRECT_URI, Server, app::register, json, jwt, signed_in};

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
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &assertion),
    ];
    app.server.post("/token", &form).await.expect_error(401, "invalid_client");
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
