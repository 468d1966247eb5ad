//! No trick with a redirect URI leads anywhere but to the registered one.

use crate::support::{App, Browser, Callback, REDIRECT_URI, Server, json};

const TRICKS: [&str; 43] = [
    "https://app.example/callback/",
    "https://app.example/callbac",
    "https://app.example/callback2",
    "https://app.example/Callback",
    "https://APP.example/callback",
    "HTTPS://app.example/callback",
    "https://app.example:443/callback",
    "https://app.example:8443/callback",
    "https://app.example./callback",
    "https://app.example/callback?x=1",
    "https://app.example/callback?",
    "https://app.example/callback#x",
    "https://app.example/callback#",
    "http://app.example/callback",
    "https://app.example/x/../callback",
    "https://app.example/callback/..",
    "https://app.example/callback/../../evil",
    "https://app.example/./callback",
    "https://app.example/%63allback",
    "https://app.example/callback%2f",
    "https://app.example/callback%252f..",
    "https://app.example%2f/callback",
    "https://app.example%00.evil.example/callback",
    "https://app.example@evil.example/callback",
    "https://app.example:x@evil.example/callback",
    "https://user@app.example/callback",
    "https://app.example\\@evil.example/callback",
    "https:\\\\app.example\\callback",
    "https:/app.example/callback",
    "https://appXexample/callback",
    "https://app.example.evil.example/callback",
    "https://evil.example/https://app.example/callback",
    "https://evil.example/?https://app.example/callback",
    "https://*.example/callback",
    "https://evil-app.example/callback",
    "//evil.example",
    "//app.example/callback",
    "/callback",
    " https://app.example/callback",
    "https://app.example/callback\t",
    "https://app.example/call\nback",
    "javascript:alert(1)//https://app.example/callback",
    "data:text/html,<script>alert(1)</script>",
];

#[tokio::test]
async fn nothing_but_the_registered_uri_is_redirected_to() {
    let app = App::confidential(Server::shared()).await;
    let mut signed_in = Browser::new(app.server);
    signed_in.sign_up().await;
    signed_in.authorize(&app, &[]).await;
    for trick in TRICKS {
        // Nobody signed in, somebody signed in who consented, an error to tell, and an answer that may not ask.
        let path = app.authorize_path(&[("redirect_uri", trick)]);
        app.server.get(&path).await.expect_error_page(400);
        signed_in.get(&path).await.expect_error_page(400);
        for more in [("response_type", "token"), ("prompt", "none")] {
            let path = app.authorize_path(&[("redirect_uri", trick), more]);
            signed_in.get(&path).await.expect_error_page(400);
        }
    }
}

#[tokio::test]
async fn a_loopback_uri_may_vary_in_its_port_and_nothing_else() {
    let metadata = json!({"redirect_uris": ["http://127.0.0.1/cb"], "token_endpoint_auth_method": "none"});
    let app = App::register(Server::shared(), metadata).await;
    for trick in [
        "http://127.0.0.1:1234/other",
        "http://127.0.0.1:1234/cb/",
        "http://127.0.0.1:1234/cb?x=1",
        "http://127.0.0.1:1234/cb#x",
        "https://127.0.0.1:1234/cb",
        "http://localhost:1234/cb",
        "http://[::1]:1234/cb",
        "http://127.0.0.2:1234/cb",
        "http://127.1:1234/cb",
        "http://2130706433/cb",
        "http://u@127.0.0.1:1234/cb",
        "http://127.0.0.1:1234@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:x/cb",
    ] {
        app.server.get(&app.authorize_path(&[("redirect_uri", trick)])).await.expect_error_page(400);
    }
}

#[tokio::test]
async fn the_uri_of_another_client_is_not_this_clients() {
    let app = App::confidential(Server::shared()).await;
    let other = App::register(Server::shared(), json!({"redirect_uris": ["https://other.example/cb"]})).await;
    app.server.get(&app.authorize_path(&[("redirect_uri", &other.redirect_uri)])).await.expect_error_page(400);
}

#[tokio::test]
async fn a_code_of_one_registered_uri_is_not_redeemed_with_another() {
    let metadata = json!({"redirect_uris": [REDIRECT_URI, "https://app.example/second"]});
    let app = App::register(Server::shared(), metadata).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, &[("redirect_uri", REDIRECT_URI)]).await;
    for other in ["https://app.example/second", "https://app.example/callback/", ""] {
        app.try_redeem(&callback.code(), &[("redirect_uri", other)]).await.expect_error(400, "invalid_grant");
    }
    app.redeem(&callback).await;
}

#[tokio::test]
async fn a_loopback_port_is_bound_to_the_code() {
    let metadata = json!({"redirect_uris": ["http://127.0.0.1/cb"], "token_endpoint_auth_method": "none"});
    let app = App::register(Server::shared(), metadata).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let code = browser.authorize(&app, &[("redirect_uri", "http://127.0.0.1:1111/cb")]).await.code();
    let other = app.try_redeem(&code, &[("redirect_uri", "http://127.0.0.1:2222/cb")]).await;
    other.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn neither_login_nor_logout_redirects_to_where_a_parameter_says() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    for name in ["redirect", "redirect_uri", "return_to", "next", "continue", "post_logout_redirect_uri"] {
        let mut other = Browser::new(server);
        let page = other.get(&format!("/login?{name}=https%3A%2F%2Fevil.example")).await.expect(200);
        let fields = [("email", person.email.as_str()), ("password", &person.password), (name, "https://evil.example")];
        let answer = other.submit(&page, "/login", &fields).await;
        assert!(server.own(answer.location().as_str()).is_some(), "{name}: {:?}", answer.headers);
        let page = other.get(&format!("/logout?{name}=https%3A%2F%2Fevil.example")).await;
        assert!(!page.is_redirect() && !page.body.contains("href=\"https://evil"), "{name}");
    }
}

#[tokio::test]
async fn an_error_goes_to_the_registered_uri_and_never_to_one_in_the_request() {
    let app = App::confidential(Server::shared()).await;
    let path =
        app.authorize_path(&[("redirect_uri", ""), ("scope", "unknown"), ("request_uri", "https://evil.example")]);
    let callback = Callback { url: app.server.get(&path).await.location() };
    assert_eq!(callback.target(), REDIRECT_URI);
}

// keycloak CVE-2026-9689
#[tokio::test]
async fn a_redirect_uri_that_would_have_the_answer_twice_cannot_be_registered() {
    for query in ["code=x", "a=1&state=x", "iss=https://evil.example", "error", "%63ode=x"] {
        let metadata = json!({"redirect_uris": [format!("{REDIRECT_URI}?{query}")]});
        let answer = crate::support::app::register(Server::shared(), metadata).await;
        answer.expect_error(400, "invalid_redirect_uri");
    }
}
