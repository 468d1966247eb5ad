//! JWT Secured Authorization Response Mode: the answer is a signed JWT.

use crate::support::{
    App, Browser, Callback, REDIRECT_URI, Server, Value, html, json,
    jwt::{self, from_now},
    signed_in, tokens_for,
};

/// The one parameter of an answer, a JWT.
#[track_caller]
fn response(callback: &Callback) -> String {
    let names: Vec<String> = callback.url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!((callback.target().as_str(), &names[..]), (REDIRECT_URI, &["response".to_owned()][..]));
    callback.get("response").unwrap()
}

/// What the JWT says beside who says it to whom, which must be right.
#[track_caller]
fn told(app: &App<'_>, jwt: &str) -> Value {
    let mut claims = jwt::claims(jwt);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(app.server.issuer), &json!(app.id)));
    let exp = claims["exp"].as_i64().expect("exp");
    assert!(from_now(0) < exp && exp <= from_now(600), "{claims}");
    claims.as_object_mut().unwrap().retain(|name, _| !["iss", "aud", "exp", "iat"].contains(&name.as_str()));
    claims
}

#[tokio::test]
async fn the_code_comes_in_a_jwt_by_the_algorithm_that_the_client_registered() {
    let server = Server::shared();
    for (more, algorithm) in [(json!({}), "RS256"), (json!({"authorization_signed_response_alg": "ES256"}), "ES256")] {
        let mut metadata = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid profile email"});
        metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let app = App::register(server, metadata).await;
        let (mut browser, ..) = tokens_for(&app).await;
        for mode in ["query.jwt", "jwt"] {
            let jwt = response(&browser.authorize(&app, &[("response_mode", mode)]).await);
            let header = jwt::header(&jwt);
            assert_eq!(header["alg"], algorithm);
            let published = server.get("/jwks").await.expect(200).json();
            assert!(published["keys"].as_array().unwrap().iter().any(|key| key["kid"] == header["kid"]), "{header}");
            let mut told = told(&app, &jwt);
            let code = told["code"].take();
            assert_eq!(told, json!({"code": null, "state": "af0ifjsldkj"}));
            app.try_redeem(code.as_str().expect("code"), &[]).await.expect(200);
        }
    }
}

#[tokio::test]
async fn the_jwt_may_be_posted() {
    let mut user = signed_in(Server::shared()).await;
    let page = user.browser.get(&user.app.authorize_path(&[("response_mode", "form_post.jwt")])).await.expect(200);
    let forms = html::forms(page.html());
    assert_eq!((forms.len(), forms[0].action.as_str()), (1, REDIRECT_URI));
    let [(name, jwt)] = &forms[0].hidden[..] else { panic!("{forms:?}") };
    assert_eq!(name, "response");
    user.app.try_redeem(told(&user.app, jwt)["code"].as_str().expect("code"), &[]).await.expect(200);
}

#[tokio::test]
async fn errors_come_in_a_jwt_too() {
    let app = App::confidential(Server::shared()).await;
    let mode = ("response_mode", "jwt");
    for (more, error) in [
        (("prompt", "none"), "login_required"),
        (("scope", "openid admin"), "invalid_scope"),
        (("request", "e30"), "invalid_request_object"),
    ] {
        let answer = app.server.get(&app.authorize_path(&[mode, more])).await;
        let told = told(&app, &response(&Callback { url: answer.location() }));
        assert_eq!((&told["error"], &told["state"]), (&json!(error), &json!("af0ifjsldkj")));
        assert!(told["error_description"].is_string() && told.get("code").is_none(), "{told}");
    }
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let page = browser.begin(&app, &[mode]).await.expect(200);
    let answer = browser.decide(&page, "deny").await;
    assert_eq!(told(&app, &response(&Callback { url: answer.location() }))["error"], "access_denied");
}

#[tokio::test]
async fn an_answer_is_no_token_and_goes_nowhere_but_to_a_registered_uri() {
    let mut user = signed_in(Server::shared()).await;
    let jwt = response(&user.browser.authorize(&user.app, &[("response_mode", "jwt")]).await);
    assert!(!user.app.server.accepts(&jwt).await);
    let hinted = [("id_token_hint", jwt.as_str()), ("prompt", "none")];
    user.browser.authorize(&user.app, &hinted).await.expect_error("invalid_request");
    let elsewhere = [("response_mode", "jwt"), ("redirect_uri", "https://evil.example/cb")];
    user.app.server.get(&user.app.authorize_path(&elsewhere)).await.expect_error_page(400);
}

#[tokio::test]
async fn a_client_registers_how_answers_are_signed_and_cannot_have_them_encrypted() {
    let server = Server::shared();
    for more in [
        json!({"authorization_signed_response_alg": "none"}),
        json!({"authorization_signed_response_alg": "HS256"}),
        json!({"authorization_encrypted_response_alg": "RSA-OAEP"}),
    ] {
        let mut metadata = json!({"redirect_uris": [REDIRECT_URI]});
        metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = crate::support::app::register(server, metadata).await;
        answer.expect_error(400, "invalid_client_metadata");
    }
    let metadata = server.get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!(metadata["authorization_signing_alg_values_supported"], json!(["RS256", "ES256", "EdDSA"]));
}
