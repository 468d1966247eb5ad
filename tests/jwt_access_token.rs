//! Access tokens as JWTs: RFC 9068.

use crate::support::{App, Ask, Browser, REDIRECT_URI, Server, Tokens, Value, json, jwt, signed_in, tokens_for};

const API: &str = "https://api.example";

/// A client whose access tokens are JWTs of this algorithm.
async fn app(server: &'static Server, algorithm: &str) -> App<'static> {
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI], "scope": "openid profile email", "access_token_signed_response_alg": algorithm,
    });
    App::register(server, metadata).await
}

async fn machine(server: &'static Server) -> App<'static> {
    let metadata = json!({
        "grant_types": ["client_credentials"], "scope": "api:read", "access_token_signed_response_alg": "ES256",
    });
    App::register(server, metadata).await
}

async fn about(server: &'static Server, token: &str) -> Value {
    let asking = App::machine(server).await;
    asking.request("/introspect", &[("token", token)]).ask().await.expect(200).json()
}

#[tokio::test]
async fn the_token_has_the_header_and_the_claims_of_the_specification() {
    let server = Server::shared();
    let app = app(server, "ES256").await;
    let (_, _, tokens) = tokens_for(&app).await;
    let (header, mut claims) = (jwt::header(&tokens.access), jwt::claims(&tokens.access));
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("ES256")));
    let id_token = jwt::claims(tokens.id_token());
    let mut take = |name: &str| claims.as_object_mut().unwrap().remove(name).unwrap_or_default();
    let (iat, exp) = (take("iat").as_i64().unwrap(), take("exp").as_i64().unwrap());
    assert_eq!(exp - iat, 900);
    assert!(take("jti").is_string() && take("grant_id").is_string());
    assert_eq!(
        claims,
        json!({
            "iss": server.issuer, "aud": server.issuer, "sub": id_token["sub"], "client_id": app.id,
            "scope": "openid profile email", "auth_time": id_token["auth_time"], "acr": id_token["acr"],
            "amr": id_token["amr"],
        })
    );
}

#[tokio::test]
async fn a_published_key_of_each_algorithm_signs_and_the_token_is_good_here() {
    let server = Server::shared();
    let keys = server.get("/jwks").await.expect(200).json();
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let app = app(server, algorithm).await;
        let (_, _, tokens) = tokens_for(&app).await;
        let header = jwt::header(&tokens.access);
        let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).expect("published");
        assert_eq!((&key["alg"], &header["alg"]), (&json!(algorithm), &json!(algorithm)));
        server.get_as("/userinfo", &tokens.access).await.expect(200);
        server.get_as("/resource/me", &tokens.access).await.expect(200);
        let told = about(server, &tokens.access).await;
        assert_eq!((&told["active"], &told["client_id"]), (&json!(true), &json!(app.id)));
        assert_eq!((&told["aud"], &told["token_type"]), (&json!(server.issuer), &json!("Bearer")));
    }
}

#[tokio::test]
async fn a_clients_own_token_has_the_client_for_a_subject_and_no_sign_in() {
    let server = Server::shared();
    let app = machine(server).await;
    let tokens = Tokens::of(&app.token(&[("grant_type", "client_credentials"), ("resource", API)]).await);
    let claims = jwt::claims(&tokens.access);
    assert_eq!((&claims["sub"], &claims["client_id"], &claims["aud"]), (&json!(app.id), &json!(app.id), &json!(API)));
    for absent in ["auth_time", "acr", "amr", "grant_id"] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
    assert_eq!(about(server, &tokens.access).await["sub"], app.id);
    server.get_as("/resource/me", &tokens.access).await.expect_error(401, "invalid_token");
    let tokens = Tokens::of(&app.token(&[("grant_type", "client_credentials")]).await);
    server.get_as("/resource/me", &tokens.access).await.expect(200);
    app.revoke(&tokens.access).await.expect(200);
    server.get_as("/resource/me", &tokens.access).await.expect_error(401, "invalid_token");
}

#[tokio::test]
async fn several_resources_are_a_list() {
    let app = app(Server::shared(), "EdDSA").await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, &[("resource", API), ("resource", "urn:example:files")]).await;
    let tokens = app.redeem(&callback).await;
    let mut audience: Vec<Value> = jwt::claims(&tokens.access)["aud"].as_array().unwrap().clone();
    audience.sort_by_key(Value::to_string);
    assert_eq!(audience, [json!(API), json!("urn:example:files")]);
    app.server.get_as("/userinfo", &tokens.access).await.expect_error(401, "invalid_token");
}

#[tokio::test]
async fn revoking_the_token_its_grant_or_its_user_ends_it_here_at_once() {
    let server = Server::shared();
    let app = app(server, "ES256").await;
    let (_, _, tokens) = tokens_for(&app).await;
    let other = App::confidential(server).await;
    other.revoke(&tokens.access).await.expect(200);
    assert!(server.accepts(&tokens.access).await, "another client revokes nothing");
    app.revoke(&tokens.access).await.expect(200);
    assert!(!server.accepts(&tokens.access).await);
    let next = app.refresh(tokens.refresh_token()).await;
    assert!(server.accepts(&next.access).await, "its grant goes on");
    app.revoke(next.refresh_token()).await.expect(200);
    assert!(!server.accepts(&next.access).await);
    let (_, person, tokens) = tokens_for(&app).await;
    server.set_access_level(&person.email, "suspended").await;
    assert!(!server.accepts(&tokens.access).await);
    assert_eq!(about(server, &tokens.access).await, json!({"active": false}));
}

#[tokio::test]
async fn an_id_token_is_no_access_token_and_an_access_token_is_no_id_token() {
    let server = Server::shared();
    let app = app(server, "RS256").await;
    let (mut browser, _, tokens) = tokens_for(&app).await;
    server.get_as("/userinfo", tokens.id_token()).await.expect_error(401, "invalid_token");
    server.get_as("/resource/me", tokens.id_token()).await.expect_error(401, "invalid_token");
    assert_eq!(about(server, tokens.id_token()).await, json!({"active": false}));
    let hinted = browser.authorize(&app, &[("id_token_hint", &tokens.access), ("prompt", "none")]).await;
    hinted.expect_error("invalid_request");
}

#[tokio::test]
async fn a_token_that_was_changed_unsigned_or_signed_by_a_shared_secret_is_no_token() {
    let server = Server::shared();
    let app = app(server, "RS256").await;
    let (_, _, tokens) = tokens_for(&app).await;
    let (header, mut claims) = (jwt::header(&tokens.access), jwt::claims(&tokens.access));
    let keys = server.get("/jwks").await.body;
    claims["scope"] = json!("openid profile email api:read");
    let part = jwt::base64url(claims.to_string());
    let parts: Vec<&str> = tokens.access.split('.').collect();
    let none = json!({"alg": "none", "typ": "at+jwt", "kid": header["kid"]});
    for forged in [
        format!("{}.{part}.{}", parts[0], parts[2]),
        jwt::unsigned(&none, &claims),
        jwt::hs256(&claims, keys.as_bytes()),
        format!("{}.{}.", parts[0], parts[1]),
    ] {
        server.get_as("/userinfo", &forged).await.expect_error(401, "invalid_token");
        assert_eq!(about(server, &forged).await, json!({"active": false}), "{forged}");
    }
    assert!(server.accepts(&tokens.access).await);
}

#[tokio::test]
async fn it_is_the_clients_choice_and_metadata_says_what_it_can_be() {
    let server = Server::shared();
    let user = signed_in(server).await;
    assert!(user.tokens.access.starts_with("sat_"), "opaque unless the client wants it otherwise");
    let metadata = server.get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!(metadata["access_token_signing_alg_values_supported"], json!(["RS256", "ES256", "EdDSA"]));
    for unknown in ["none", "HS256", "ES512", ""] {
        let metadata = json!({"redirect_uris": [REDIRECT_URI], "access_token_signed_response_alg": unknown});
        let answer = crate::support::app::register(server, metadata).await;
        answer.expect_error(400, "invalid_client_metadata");
    }
}
