//! OAuth 2.0 Form Post Response Mode: the answer is a form that the browser posts to the client.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::support::{
    Answer, App, Browser, Callback, REDIRECT_URI, Server, decode, encode, html, json, jwt, pass, signed_in,
};

const MODE: (&str, &str) = ("response_mode", "form_post");

/// What the client gets: the fields of the page's only form, which is all that leaves the page.
#[track_caller]
fn posted(page: &Answer) -> Callback {
    assert_eq!(page.status, 200, "{} answered {:?}: {}", page.url, page.headers, page.body);
    assert!(page.headers.get("location").is_none() && page.headers.get("refresh").is_none(), "{:?}", page.headers);
    let forms = html::forms(page.html());
    assert_eq!(forms.len(), 1, "{}", page.body);
    assert_eq!((forms[0].method.as_str(), forms[0].action.as_str()), ("post", REDIRECT_URI));
    assert_eq!(forms[0].inputs, forms[0].hidden, "the button adds nothing");
    let fields: Vec<(&str, &str)> =
        forms[0].hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Callback { url: format!("{REDIRECT_URI}?{}", encode(&fields)).parse().unwrap() }
}

#[tokio::test]
async fn the_code_is_posted_with_the_expected_parameters_and_nothing_is_in_a_query() {
    let mut user = signed_in(Server::shared()).await;
    let page = user.browser.get(&user.app.authorize_path(&[MODE, ("nonce", "n-0S6")])).await;
    let callback = posted(&page);
    let mut names: Vec<String> = callback.url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    names.sort_unstable();
    assert_eq!(names, ["code", "iss", "state"]);
    assert_eq!(callback.get("state").as_deref(), Some("af0ifjsldkj"));
    assert_eq!(callback.get("iss").as_deref(), Some(user.app.server.issuer.as_str()));
    let tokens = user.app.redeem(&callback).await;
    assert_eq!(jwt::claims(tokens.id_token())["nonce"], "n-0S6");
}

#[tokio::test]
async fn the_page_is_not_kept() {
    let mut user = signed_in(Server::shared()).await;
    let page = user.browser.get(&user.app.authorize_path(&[MODE])).await.expect(200);
    assert!(page.header("cache-control").contains("no-store"), "{:?}", page.headers);
}

#[tokio::test]
async fn a_user_who_signs_in_and_consents_on_the_way_has_the_answer_posted_too() {
    let app = App::confidential(Server::shared()).await;
    let person = Browser::new(app.server).sign_up().await;
    let mut browser = Browser::new(app.server);
    let page = browser.begin(&app, &[MODE]).await.expect(200);
    let page = browser.log_in_at(&page, &person).await.expect(200);
    assert!(page.url.path().ends_with("/consent"), "{}", page.url);
    let page = browser.decide(&page, "approve").await;
    assert!(page.header("cache-control").contains("no-store"), "{:?}", page.headers);
    app.redeem(&posted(&page)).await;
    // Signing in again leads straight to the form.
    let page = browser.begin(&app, &[MODE, ("prompt", "login")]).await.expect(200);
    app.redeem(&posted(&browser.log_in_at(&page, &person).await)).await;
}

#[tokio::test]
async fn a_user_who_denies_is_told_to_the_client_by_a_form() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let page = browser.begin(&app, &[MODE]).await.expect(200);
    let callback = posted(&browser.decide(&page, "deny").await);
    callback.expect_error("access_denied");
    assert_eq!(callback.get("state").as_deref(), Some("af0ifjsldkj"));
}

#[tokio::test]
async fn errors_are_posted_with_state_and_issuer() {
    let app = App::confidential(Server::shared()).await;
    for (more, error) in [
        (("prompt", "none"), "login_required"),
        (("response_type", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "openid unregistered"), "invalid_scope"),
        (("request_uri", "https://app.example/request.jwt"), "request_uri_not_supported"),
        (("max_age", "soon"), "invalid_request"),
    ] {
        let callback = posted(&app.server.get(&app.authorize_path(&[MODE, more])).await);
        callback.expect_error(error);
        assert_eq!(callback.get("state").as_deref(), Some("af0ifjsldkj"), "{more:?}");
        assert_eq!(callback.get("iss").as_deref(), Some(app.server.issuer.as_str()), "{more:?}");
    }
}

#[tokio::test]
async fn an_error_in_the_mode_itself_goes_by_query() {
    let app = App::confidential(Server::shared()).await;
    for modes in [&["fragment"][..], &["web_message"], &["FORM_POST"], &["fragment.jwt"], &["form_post", "query"]] {
        let more: Vec<(&str, &str)> = modes.iter().map(|mode| ("response_mode", *mode)).collect();
        let callback = Callback { url: app.server.get(&app.authorize_path(&more)).await.location() };
        callback.expect_error("invalid_request");
        assert_eq!(callback.get("state").as_deref(), Some("af0ifjsldkj"), "{modes:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_posted_to_is_answered_by_query() {
    let metadata = json!({"redirect_uris": ["com.example.app:/cb"], "token_endpoint_auth_method": "none"});
    let app = App::register(Server::shared(), metadata).await;
    let callback = Callback { url: app.server.get(&app.authorize_path(&[MODE])).await.location() };
    assert_eq!(callback.target(), "com.example.app:/cb");
    callback.expect_error("invalid_request");
}

#[tokio::test]
async fn an_unregistered_redirect_uri_is_never_posted_to() {
    let app = App::confidential(Server::shared()).await;
    let answer = app.server.get(&app.authorize_path(&[MODE, ("redirect_uri", "https://evil.example/cb")])).await;
    answer.expect_error_page(400);
    assert!(html::forms(answer.html()).is_empty(), "{}", answer.body);
}

#[tokio::test]
async fn a_state_of_markup_is_text_and_comes_back_unchanged() {
    // authentik CVE-2024-21637: cross-site scripting through the state in form_post.
    let mut user = signed_in(Server::shared()).await;
    for state in [
        r#""></form><script>alert(1)</script>"#,
        r#"' onfocus='alert(1)' autofocus='"#,
        r#""><input name="code" value="stolen"><input name="x" value=""#,
        r#"</title></style><img src=x onerror=alert(1)>&lt;b&#60;"#,
        "javascript:alert(1)//`${1}`{{1}}{% if %}<!--",
    ] {
        for more in [&[MODE, ("state", state)][..], &[MODE, ("state", state), ("scope", "openid none")]] {
            let page = user.browser.get(&user.app.authorize_path(more)).await;
            assert_eq!(posted(&page).get("state").as_deref(), Some(state));
            assert_eq!(page.body.matches("<script").count(), 1, "{}", page.body);
            let fields = html::forms(&page.body)[0].hidden.len();
            assert_eq!(page.body.matches("<input").count(), fields, "{}", page.body);
            for markup in ["<img", "alert(1)</script", "' onfocus", "value=\"stolen", "<!--"] {
                assert!(!page.body.contains(markup), "{markup}: {}", page.body);
            }
        }
    }
}

#[tokio::test]
async fn the_policy_allows_one_script_by_its_hash_and_one_target() {
    let mut user = signed_in(Server::shared()).await;
    let page = user.browser.get(&user.app.authorize_path(&[MODE])).await.expect(200);
    let script = page.body.split("<script>").nth(1).and_then(|rest| rest.split("</script>").next()).unwrap();
    assert_eq!(script, "document.forms[0].submit()");
    let policy = page.header("content-security-policy");
    let directive = |name: &str| {
        let mut parts = policy.split(';').map(str::trim);
        parts.find_map(|part| part.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {policy}")).trim().to_owned()
    };
    assert_eq!(directive("script-src"), format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script))));
    assert_eq!(directive("form-action"), "https://app.example");
    assert_eq!(directive("default-src"), "'none'");
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn without_script_a_button_continues() {
    let mut user = signed_in(Server::shared()).await;
    let page = user.browser.get(&user.app.authorize_path(&[MODE])).await.expect(200);
    assert!(page.body.contains("<button type=\"submit\">Continue</button>"), "{}", page.body);
    assert!(page.body.contains("app.example"));
}

#[tokio::test]
async fn prompt_none_and_max_age_are_answered_by_form() {
    let mut user = signed_in(Server::shared()).await;
    let first = jwt::claims(user.tokens.id_token());
    for more in [("prompt", "none"), ("max_age", "10000")] {
        let page = user.browser.get(&user.app.authorize_path(&[MODE, more])).await;
        let again = jwt::claims(user.app.redeem(&posted(&page)).await.id_token());
        assert_eq!((&first["sub"], &first["auth_time"]), (&again["sub"], &again["auth_time"]), "{more:?}");
    }
    pass(2).await;
    let page = user.browser.begin(&user.app, &[MODE, ("max_age", "1")]).await.expect(200);
    let page = user.browser.log_in_at(&page, &user.person).await;
    let again = jwt::claims(user.app.redeem(&posted(&page)).await.id_token());
    assert!(again["auth_time"].as_i64() > first["auth_time"].as_i64(), "{first} {again}");
}

#[tokio::test]
async fn a_posted_request_may_ask_for_a_posted_answer() {
    let mut user = signed_in(Server::shared()).await;
    let path = user.app.authorize_path(&[MODE]);
    let pairs = decode(path.split_once('?').unwrap().1);
    let form: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = user.browser.post("/authorize", &form).await;
    user.app.redeem(&posted(&user.browser.follow(answer).await)).await;
}

#[tokio::test]
async fn a_code_that_was_posted_is_good_once() {
    let mut user = signed_in(Server::shared()).await;
    let callback = posted(&user.browser.get(&user.app.authorize_path(&[MODE])).await);
    let tokens = user.app.redeem(&callback).await;
    user.app.try_redeem(&callback.code(), &[]).await.expect_error(400, "invalid_grant");
    assert!(!user.app.server.accepts(&tokens.access).await);
}
