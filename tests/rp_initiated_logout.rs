//! Sign-out that an application starts: OIDC RP-Initiated Logout. What the modules of the conformance suite assert.

use crate::support::{
    Answer, App, Browser, Callback, REDIRECT_URI, Server, Value, app::register, encode, json, jwt, signed_in,
    tokens_for,
};

/// Where the application wants its users back.
const BYE: &str = "https://app.example/bye?from=us";

async fn app(server: &Server) -> App<'_> {
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI], "client_name": "Sample App", "scope": "openid profile email",
        "post_logout_redirect_uris": ["https://app.example/other", BYE],
    });
    App::register(server, metadata).await
}

/// Where somebody is after sign-out: signed in, or not.
async fn is_signed_in(browser: &mut Browser<'_>, app: &App<'_>) -> bool {
    let answer = browser.get(&app.authorize_path(&[("prompt", "none")])).await;
    let callback = Callback { url: answer.location() };
    match callback.get("error") {
        Some(error) => {
            assert_eq!(error, "login_required");
            false
        }
        None => !callback.code().is_empty(),
    }
}

fn path(pairs: &[(&str, &str)]) -> String {
    format!("/logout?{}", encode(pairs))
}

#[track_caller]
fn led_to(answer: &Answer, uri: &str) {
    assert_eq!(answer.location().as_str(), uri);
}

/// The page that says that nobody is signed in any more.
#[track_caller]
fn is_the_end(answer: &Answer) {
    answer.expect_error_page(200);
    assert!(answer.html().contains("signed out"), "{}", answer.body);
}

#[tokio::test]
async fn a_valid_hint_signs_out_at_once_returns_with_the_state_and_prompt_none_fails_then() {
    let app = app(Server::shared()).await;
    let (mut browser, _, tokens) = tokens_for(&app).await;
    assert!(is_signed_in(&mut browser, &app).await);
    let request = [("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", BYE), ("state", "af 0&=")];
    let answer = browser.get(&path(&request)).await;
    led_to(&answer, &format!("{BYE}&state=af+0%26%3D"));
    let (value, attributes) = answer.cookie(&app.server.cookie_name("session")).expect("the cookie is cleared");
    assert!(value.is_empty() && attributes.contains(&"max-age=0".to_owned()), "{attributes:?}");
    assert!(browser.session().is_none());
    assert!(!is_signed_in(&mut browser, &app).await);
}

#[tokio::test]
async fn the_session_is_gone_for_every_copy_of_the_cookie() {
    let app = app(Server::shared()).await;
    let (mut browser, _, tokens) = tokens_for(&app).await;
    let mut copy = Browser::new(app.server);
    copy.cookies = browser.cookies.clone();
    browser.get(&path(&[("id_token_hint", tokens.id_token())])).await.expect(200);
    assert!(!is_signed_in(&mut copy, &app).await);
}

#[tokio::test]
async fn without_a_state_the_uri_is_the_registered_one() {
    let app = app(Server::shared()).await;
    let (mut browser, _, tokens) = tokens_for(&app).await;
    let request = [("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", BYE)];
    led_to(&browser.get(&path(&request)).await, BYE);
}

#[tokio::test]
async fn without_a_uri_there_is_a_page_that_says_it() {
    let app = app(Server::shared()).await;
    let (mut browser, _, tokens) = tokens_for(&app).await;
    let answer = browser.get(&path(&[("id_token_hint", tokens.id_token()), ("state", "s")])).await;
    is_the_end(&answer);
    assert!(!is_signed_in(&mut browser, &app).await);
}

#[tokio::test]
async fn a_uri_that_is_not_registered_to_the_letter_is_not_gone_to() {
    let app = app(Server::shared()).await;
    for uri in [
        "https://evil.example/",
        REDIRECT_URI,
        "https://app.example/bye",
        "https://app.example/bye?from=us&more=1",
        "https://app.example/bye?from=us#x",
        "https://app.example/other/",
        "https://app.example/other?x=1",
        "https://APP.example/other",
        "https://app.example:443/other",
        "https://app.example@evil.example/other",
        "//app.example/other",
        "javascript:alert(1)",
    ] {
        let (mut browser, _, tokens) = tokens_for(&app).await;
        let request = [("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", uri), ("state", "s")];
        is_the_end(&browser.get(&path(&request)).await);
        assert!(!is_signed_in(&mut browser, &app).await, "{uri}");
    }
}

/// Hints that look like this one and are not of this server.
fn forgeries(hint: &str) -> Vec<String> {
    let [header, payload, signature] = hint.split('.').collect::<Vec<_>>().try_into().unwrap();
    let mut claims = jwt::claims(hint);
    let mut none = jwt::header(hint);
    none["alg"] = json!("none");
    let unsigned = jwt::unsigned(&none, &claims);
    claims["sub"] = json!("somebody");
    vec![
        "junk".to_owned(),
        unsigned.clone(),
        format!("{unsigned}{signature}"),
        format!("{header}.{payload}."),
        format!("{header}.{}.{signature}", jwt::base64url(claims.to_string())),
        format!("{header}.{payload}.{}", jwt::base64url([1; 256])),
        jwt::hs256(&jwt::claims(hint), b"secret"),
        // Signed by somebody else: RFC 7515 appendix A.2
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw".to_owned(),
    ]
}

#[tokio::test]
async fn an_unsigned_changed_or_foreign_hint_leads_nowhere_and_signs_nobody_out_unasked() {
    let app = app(Server::shared()).await;
    let (mut browser, person, tokens) = tokens_for(&app).await;
    for forged in forgeries(tokens.id_token()) {
        let request = [
            ("id_token_hint", forged.as_str()),
            ("client_id", &app.id),
            ("post_logout_redirect_uri", BYE),
            ("state", "s"),
        ];
        is_the_end(&Browser::new(app.server).get(&path(&request)).await);
        let page = browser.get(&path(&request)).await;
        page.expect_error_page(200);
        assert!(page.html().contains(&person.email), "the user is asked: {}", page.body);
        assert!(is_signed_in(&mut browser, &app).await);
        is_the_end(&browser.submit(&page, "/logout", &[]).await);
        assert!(!is_signed_in(&mut browser, &app).await);
        browser.sign_in(&person).await;
    }
}

#[tokio::test]
async fn without_a_hint_the_user_is_asked_and_the_uri_is_not_gone_to() {
    let app = app(Server::shared()).await;
    for request in [
        &[("post_logout_redirect_uri", BYE), ("state", "s")][..],
        &[("post_logout_redirect_uri", BYE)],
        &[("state", "s")],
        &[("logout_hint", "jane"), ("ui_locales", "fr en")],
        &[],
    ] {
        let (mut browser, person, _) = tokens_for(&app).await;
        let page = browser.get(&path(request)).await;
        page.expect_error_page(200);
        assert!(page.html().contains(&person.email));
        is_the_end(&browser.submit(&page, "/logout", &[]).await);
        assert!(!is_signed_in(&mut browser, &app).await, "{request:?}");
    }
}

#[tokio::test]
async fn a_client_id_leads_back_once_the_user_has_said_yes() {
    let app = app(Server::shared()).await;
    let request = [("client_id", app.id.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s")];
    is_the_end(&Browser::new(app.server).get(&path(&request)).await);
    let (mut browser, person, _) = tokens_for(&app).await;
    let page = browser.get(&path(&request)).await.expect(200);
    assert!(
        page.html().contains("Sample App")
            && page.html().contains("app.example")
            && page.html().contains(&person.email)
    );
    // Browsers hold the redirect after the form against the policy, too.
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https://app.example;"), "{policy}");
    led_to(&browser.submit(&page, "/logout", &[]).await, &format!("{BYE}&state=s"));
    assert!(!is_signed_in(&mut browser, &app).await);
}

#[tokio::test]
async fn a_hint_for_another_client_than_client_id_leads_nowhere() {
    let (app, other) = (app(Server::shared()).await, app(Server::shared()).await);
    let (mut browser, _, tokens) = tokens_for(&app).await;
    let request = [("id_token_hint", tokens.id_token()), ("client_id", &other.id), ("post_logout_redirect_uri", BYE)];
    let page = browser.get(&path(&request)).await;
    page.expect_error_page(200);
    is_the_end(&browser.submit(&page, "/logout", &[]).await);
}

#[tokio::test]
async fn a_user_who_is_signed_out_already_goes_back_all_the_same() {
    let app = app(Server::shared()).await;
    let (mut browser, _, tokens) = tokens_for(&app).await;
    crate::logout::sign_out(&mut browser).await;
    let request = [("id_token_hint", tokens.id_token()), ("client_id", &app.id), ("post_logout_redirect_uri", BYE)];
    led_to(&browser.get(&path(&request)).await, BYE);
}

#[tokio::test]
async fn the_request_may_come_by_post() {
    let app = app(Server::shared()).await;
    let (mut browser, _, tokens) = tokens_for(&app).await;
    let state = "s".repeat(4096);
    let form = [("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", BYE), ("state", &state)];
    // The form of another site comes without the session cookie, which is SameSite=Lax; the GET that follows has it.
    let answer = Browser::new(app.server).post("/logout", &form).await;
    let next = app.server.own(answer.location().as_str()).expect("asked again by GET");
    led_to(&browser.get(&next).await, &format!("{BYE}&state={state}"));
    assert!(!is_signed_in(&mut browser, &app).await);
}

#[tokio::test]
async fn a_repeated_parameter_gets_an_error_page_and_ends_nothing() {
    let app = app(Server::shared()).await;
    let (mut browser, _, tokens) = tokens_for(&app).await;
    let hint = ("id_token_hint", tokens.id_token());
    for request in [
        &[hint, hint][..],
        &[hint, ("state", "a"), ("state", "b")],
        &[hint, ("post_logout_redirect_uri", BYE), ("post_logout_redirect_uri", "https://app.example/other")],
    ] {
        browser.get(&path(request)).await.expect_error_page(400);
        browser.post("/logout", request).await.expect_error_page(400);
    }
    assert!(is_signed_in(&mut browser, &app).await);
}

#[tokio::test]
async fn the_request_on_the_page_cannot_be_changed() {
    let app = app(Server::shared()).await;
    let (mut browser, _, _) = tokens_for(&app).await;
    let request = [("client_id", app.id.as_str()), ("post_logout_redirect_uri", BYE)];
    let page = browser.get(&path(&request)).await.expect(200);
    let sealed = browser.form(&page, "/logout").value("request").to_owned();
    for at in [0, sealed.len() / 2, sealed.len() - 2] {
        let mut changed = sealed.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        browser.submit(&page, "/logout", &[("request", &changed)]).await.expect_error_page(400);
    }
    assert!(is_signed_in(&mut browser, &app).await);
}

#[tokio::test]
async fn a_hint_that_has_expired_is_good_for_signing_out() {
    let Some(server) = Server::with(crate::support::profile::SHORT) else { return };
    let app = app(server).await;
    let (mut browser, _, tokens) = tokens_for(&app).await;
    crate::support::pass(4).await;
    let request = [("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", BYE)];
    led_to(&browser.get(&path(&request)).await, BYE);
}

#[tokio::test]
async fn a_hint_of_each_algorithm_is_good() {
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let metadata = json!({
            "redirect_uris": [REDIRECT_URI], "scope": "openid", "id_token_signed_response_alg": algorithm,
            "post_logout_redirect_uris": [BYE],
        });
        let app = App::register(Server::shared(), metadata).await;
        let (mut browser, _, tokens) = tokens_for(&app).await;
        let request = [("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", BYE)];
        led_to(&browser.get(&path(&request)).await, BYE);
    }
}

#[tokio::test]
async fn the_endpoint_is_in_the_metadata() {
    let server = Server::shared();
    let metadata = server.get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!(metadata["end_session_endpoint"], format!("{}/logout", server.issuer));
}

#[tokio::test]
async fn the_uris_are_registered_and_checked_as_redirect_uris_are() {
    let server = Server::shared();
    let metadata = |uris: Value| json!({"redirect_uris": [REDIRECT_URI], "post_logout_redirect_uris": uris});
    let client = register(server, metadata(json!([BYE, "com.example.app:/bye"]))).await.expect(201).json();
    assert_eq!(client["post_logout_redirect_uris"], json!([BYE, "com.example.app:/bye"]));
    let client = register(server, metadata(json!([]))).await.expect(201).json();
    assert!(client.get("post_logout_redirect_uris").is_none());
    for uris in [
        json!(["http://app.example/bye"]),
        json!(["https://app.example/bye#x"]),
        json!(["https://*.app.example/bye"]),
        json!(["javascript:alert(1)"]),
        json!([BYE, "data:text/html,x"]),
        json!(["/bye"]),
        json!("https://app.example/bye"),
        json!(vec![BYE; 21]),
    ] {
        register(server, metadata(uris.clone())).await.expect_error(400, "invalid_client_metadata");
    }
}

#[tokio::test]
async fn a_client_that_registered_no_uri_gets_nobody_back() {
    let mut user = signed_in(Server::shared()).await;
    let request = [("id_token_hint", user.tokens.id_token()), ("post_logout_redirect_uri", REDIRECT_URI)];
    is_the_end(&user.browser.get(&path(&request)).await);
}
