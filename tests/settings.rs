//! Settings that are not covered where they matter.

use crate::support::{App, Browser, CHALLENGE, Callback, Person, Server, VERIFIER, profile};

#[tokio::test]
async fn a_wrong_setting_is_a_clear_error_that_names_it_for_the_operator_alone() {
    let Some(server) = Server::with(profile::BAD) else { return };
    let app = App::machine(server).await;
    let answer = app.token(&[("grant_type", "client_credentials")]).await;
    answer.expect_error(500, "server_error");
    assert!(!answer.body.contains("access_token_expires_in") && !answer.body.contains("15m"), "{}", answer.body);
    let discovery = server.get("/.well-known/openid-configuration").await;
    discovery.expect_error(500, "server_error");
    let page = server.get("/signup").await;
    assert_eq!(page.status, 500);
    assert!(!page.html().contains("opne"));
    let log = server.log();
    for name in ["access_token_expires_in", "pkce_methods", "signup"] {
        assert!(log.contains(name), "{name} is not in the log: {log}");
    }
    assert!(!log.contains("15m"), "the value may be a secret: {log}");
}

#[tokio::test]
async fn the_log_has_no_secrets() {
    let Some(server) = Server::with(profile::SECURE) else { return };
    let mut user = crate::support::signed_in(server).await;
    let code = user.browser.authorize(&user.app, &[]).await.code();
    user.app.redeem(&Callback { url: format!("https://app.example/?code={code}").parse().unwrap() }).await;
    user.app.try_redeem(&code, &[]).await.expect_error(400, "invalid_grant");
    Browser::new(server).try_sign_in(&user.person.email, "a wrong password").await;
    server.get_as("/userinfo", &format!("{}x", user.tokens.access)).await.expect(401);
    let log = server.log();
    for secret in [
        user.person.password.as_str(),
        "a wrong password",
        &user.tokens.access,
        user.tokens.refresh_token(),
        &code,
        user.app.secret.as_ref().unwrap(),
        &server.admin_token,
        user.browser.session().unwrap(),
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn s256_alone_refuses_plain() {
    let Some(server) = Server::with(profile::STRICT) else { return };
    let app = App::confidential(server).await;
    for more in [
        &[("code_challenge", VERIFIER), ("code_challenge_method", "plain")][..],
        // "Defaults to "plain" if not present" (RFC 7636 §4.3)
        &[("code_challenge", VERIFIER)],
    ] {
        let answer = server.get(&app.authorize_path(more)).await;
        Callback { url: answer.location() }.expect_error("invalid_request");
    }
    let mut browser = Browser::new(server);
    crate::signup::sign_up_with_invite(&mut browser).await;
    let more = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let callback = browser.authorize(&app, &more).await;
    let answer = app.try_redeem(&callback.code(), &[("code_verifier", VERIFIER)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn the_brand_is_on_the_pages() {
    let Some(server) = Server::with(profile::STRICT) else { return };
    let page = server.get("/login").await.expect(200);
    assert!(page.html().contains("Suite &amp; Sons") || page.html().contains("Suite &#38; Sons"), "{}", page.body);
    assert!(page.body.contains("https://help.example/stuck"));
}

#[tokio::test]
async fn over_https_cookies_are_bound_to_the_host_and_never_sent_in_clear() {
    let Some(server) = Server::with(profile::SECURE) else { return };
    let mut browser = Browser::new(server);
    let page = browser.get("/signup").await.expect(200);
    let person = Person::new();
    let answer = browser.submit(&page, "/signup", &person.application()).await;
    for (answer, name) in [(&page, "__Host-csrf"), (&answer, "__Host-session")] {
        let (_, attributes) = answer.cookie(name).unwrap_or_else(|| panic!("{name}: {:?}", answer.headers));
        for attribute in ["secure", "httponly", "path=/", "samesite=lax"] {
            assert!(attributes.iter().any(|known| known == attribute), "{name} {attribute}: {attributes:?}");
        }
        assert!(!attributes.iter().any(|attribute| attribute.starts_with("domain")), "{attributes:?}");
    }
    assert!(
        answer.header("strict-transport-security").contains("max-age")
            || page.header("strict-transport-security").contains("max-age"),
        "{:?}",
        page.headers
    );
    // The flow goes on behind a proxy that ends TLS.
    let app = App::confidential(server).await;
    let callback = browser.authorize(&app, &[]).await;
    assert_eq!(callback.get("iss").as_deref(), Some("https://id.example.com"));
    app.redeem(&callback).await;
    // What is cleared must be named like what was set, or browsers refuse to clear it.
    let page = browser.get("/logout").await.expect(200);
    let answer = browser.submit(&page, "/logout", &[]).await.expect(200);
    let (_, attributes) = answer.cookie("__Host-session").expect("the cookie is cleared");
    assert!(attributes.contains(&"secure".to_owned()) && attributes.contains(&"path=/".to_owned()), "{attributes:?}");
}

#[tokio::test]
async fn a_cookie_without_the_prefix_is_nobody_over_https() {
    let Some(server) = Server::with(profile::SECURE) else { return };
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let value = browser.cookies.remove("__Host-session").unwrap();
    browser.cookies.insert("session".to_owned(), value);
    assert!(!browser.get("/").await.expect(200).html().contains("Jane"));
}
