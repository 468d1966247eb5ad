//! ID tokens: OIDC Core §2. Signatures are checked by a real client in `openidconnect.rs`.

use crate::support::{App, Browser, REDIRECT_URI, Server, json, jwt, pass, signed_in};

#[tokio::test]
async fn an_id_token_has_the_claims_of_the_specification() {
    let user = signed_in(Server::shared()).await;
    let server = user.app.server;
    let claims = jwt::claims(user.tokens.id_token());
    assert_eq!(claims["iss"], server.issuer);
    assert_eq!(claims["aud"], user.app.id);
    let (issued, expires, signed_in) = (&claims["iat"], &claims["exp"], &claims["auth_time"]);
    assert!(issued.is_i64() && expires.as_i64() > issued.as_i64() && signed_in.as_i64() <= issued.as_i64(), "{claims}");
    assert_eq!(claims["at_hash"], jwt::at_hash(&user.tokens.access, "RS256"));
    assert!(claims["acr"].is_string() && claims["sid"].is_string(), "{claims}");
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert!(claims.get("nonce").is_none(), "there was none in the request");
    let userinfo = server.get_as("/userinfo", &user.tokens.access).await.expect(200).json();
    assert_eq!(claims["sub"], userinfo["sub"]);
}

#[tokio::test]
async fn the_nonce_comes_back_unchanged() {
    let mut user = signed_in(Server::shared()).await;
    let nonce = "n-0S6_WzA2Mj é+/=&";
    let callback = user.browser.authorize(&user.app, &[("nonce", nonce)]).await;
    let tokens = user.app.redeem(&callback).await;
    assert_eq!(jwt::claims(tokens.id_token())["nonce"], nonce);
}

#[tokio::test]
async fn the_algorithm_is_that_of_the_registration_and_its_key_is_published() {
    let server = Server::shared();
    let jwks = server.get("/jwks").await.expect(200).json();
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let metadata = json!({"redirect_uris": [REDIRECT_URI], "id_token_signed_response_alg": algorithm});
        let app = App::register(server, metadata).await;
        let (_, _, tokens) = crate::support::tokens_for(&app).await;
        let header = jwt::header(tokens.id_token());
        assert_eq!(header["alg"], algorithm);
        let keys = jwks["keys"].as_array().unwrap();
        let key = keys.iter().find(|key| key["kid"] == header["kid"]).expect("a published key");
        assert_eq!(key["alg"], algorithm);
        assert_eq!(jwt::claims(tokens.id_token())["at_hash"], jwt::at_hash(&tokens.access, algorithm));
    }
}

#[tokio::test]
async fn without_openid_there_is_no_id_token() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, &[("scope", "profile")]).await;
    let tokens = app.redeem(&callback).await;
    assert_eq!((tokens.id, tokens.scope.as_str()), (None, "profile"));
}

#[tokio::test]
async fn a_refreshed_id_token_speaks_of_the_same_sign_in() {
    let user = signed_in(Server::shared()).await;
    pass(1).await;
    let refreshed = user.app.refresh(user.tokens.refresh_token()).await;
    let (first, second) = (jwt::claims(user.tokens.id_token()), jwt::claims(refreshed.id_token()));
    // OIDC Core §12.2
    for claim in ["iss", "sub", "aud", "auth_time", "sid"] {
        assert_eq!(first[claim], second[claim], "{claim}");
    }
    assert!(second["iat"].as_i64() > first["iat"].as_i64());
    assert!(second.get("nonce").is_none());
    assert_eq!(second["at_hash"], jwt::at_hash(&refreshed.access, "RS256"));
}

#[tokio::test]
async fn the_subject_is_the_same_for_every_client() {
    let mut user = signed_in(Server::shared()).await;
    let other = App::confidential(Server::shared()).await;
    let callback = user.browser.authorize(&other, &[]).await;
    let tokens = other.redeem(&callback).await;
    assert_eq!(jwt::claims(tokens.id_token())["sub"], jwt::claims(user.tokens.id_token())["sub"]);
    assert_eq!(jwt::claims(tokens.id_token())["aud"], other.id);
}
