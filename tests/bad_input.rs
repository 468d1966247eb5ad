//! Bad input gets the right error and changes nothing.

use crate::support::{
    App, Ask, Browser, Method, REDIRECT_URI, Server, Tokens, encode, html, jwt, raw::Connection, signed_in,
};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

#[tokio::test]
async fn methods_that_an_endpoint_does_not_have_are_answered_with_those_it_has() {
    let server = Server::shared();
    for (path, allowed) in [
        ("/authorize", &["GET", "POST"][..]),
        ("/login", &["GET", "POST"]),
        ("/signup", &["GET", "POST"]),
        ("/consent", &["GET", "POST"]),
        ("/logout", &["GET", "POST"]),
        ("/token", &["POST"]),
        ("/device_authorization", &["POST"]),
        ("/device", &["GET", "POST"]),
        ("/revoke", &["POST"]),
        ("/introspect", &["POST"]),
        ("/register", &["POST"]),
        ("/userinfo", &["GET", "POST"]),
        ("/resource/me", &["GET"]),
        ("/jwks", &["GET"]),
        ("/health", &["GET"]),
        ("/health/live", &["GET"]),
        ("/", &["GET"]),
        ("/.well-known/openid-configuration", &["GET"]),
    ] {
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE] {
            let answer = server.request(method.clone(), path).ask().await;
            assert_eq!(answer.status, 405, "{method} {path}: {}", answer.body);
            let allow = answer.header("allow");
            assert!(allowed.iter().all(|method| allow.contains(method)), "{path}: {allow}");
            assert!(!allow.contains(method.as_str()), "{path}: {allow}");
        }
    }
}

#[tokio::test]
async fn a_body_over_64_kib_is_too_large() {
    let server = Server::shared();
    let app = App::machine(server).await;
    let padding = "x".repeat(70 * 1024);
    let answer = app.token(&[("grant_type", "client_credentials"), ("padding", &padding)]).await;
    assert_eq!(answer.status, 413, "{}", answer.body);
    assert!(answer.json()["error"].is_string());
    for path in [
        "/revoke",
        "/introspect",
        "/device_authorization",
        "/device",
        "/userinfo",
        "/login",
        "/signup",
        "/consent",
        "/logout",
        "/authorize",
    ] {
        assert_eq!(server.post(path, &[("padding", &padding)]).await.status, 413, "{path}");
    }
    let body = format!("{{\"redirect_uris\":[\"{REDIRECT_URI}\"],\"x\":\"{padding}\"}}");
    let request = server.request(Method::POST, "/register").bearer_auth(&server.admin_token);
    let answer = request.header("content-type", "application/json").body(body).ask().await;
    assert_eq!(answer.status, 413, "{}", answer.body);
    // One that does not say its length beforehand is no way around.
    let chunk = format!("{:x}\r\ngrant_type=client_credentials&x={}\r\n0\r\n\r\n", padding.len() + 32, padding);
    let head = format!("POST /token HTTP/1.1\r\nHost: a\r\n{FORM}\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
    assert_eq!(Connection::open(&server.base).send(head.as_bytes()).status, 413);
    // And what is under the limit goes through.
    let form = [("grant_type", "client_credentials"), ("padding", &padding[..50 * 1024])];
    Tokens::of(&app.token(&form).await);
}

#[tokio::test]
async fn broken_percent_encoding_is_an_invalid_request() {
    let server = Server::shared();
    let app = App::machine(server).await;
    let credentials = encode(&[("client_id", &app.id), ("client_secret", app.secret.as_ref().unwrap())]);
    for broken in ["x=%", "x=%4", "x=%zz", "%=1", "x=%ff", "x=%C3%28", "scope=api%3", "x=\u{fffd}%80"] {
        for (path, rest) in
            [("/token", "grant_type=client_credentials"), ("/revoke", "token=x"), ("/introspect", "token=x")]
        {
            let body = format!("{rest}&{credentials}&{broken}");
            let answer = Connection::open(&server.base).request(&format!("POST {path}"), &[FORM], &body);
            assert_eq!(answer.status, 400, "{path} {broken}: {}", String::from_utf8_lossy(&answer.body));
            assert!(String::from_utf8_lossy(&answer.body).contains("\"invalid_request\""));
        }
    }
    for broken in ["%", "%4", "%zz", "%ff", "%00%"] {
        let line = format!("GET /authorize?response_type=code&client_id={}&state={broken}", app.id);
        let answer = Connection::open(&server.base).request(&line, &[], "");
        assert_eq!(answer.status, 400, "{broken}: {}", String::from_utf8_lossy(&answer.body));
        assert!(answer.header("location").is_none());
    }
}

#[tokio::test]
async fn a_token_request_of_another_content_type_is_an_invalid_request() {
    let server = Server::shared();
    let app = App::machine(server).await;
    let credentials = (app.id.as_str(), app.secret.as_deref());
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
        let mut request = server.request(Method::POST, "/token").basic_auth(credentials.0, credentials.1);
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        let answer = request.body("grant_type=client_credentials").ask().await;
        answer.expect_error(400, "invalid_request");
    }
    for kind in ["application/x-www-form-urlencoded; charset=UTF-8", "APPLICATION/x-www-form-urlencoded"] {
        let request = server.request(Method::POST, "/token").basic_auth(credentials.0, credentials.1);
        Tokens::of(&request.header("content-type", kind).body("grant_type=client_credentials").ask().await);
    }
}

#[tokio::test]
async fn parameters_in_the_query_of_a_post_do_not_count() {
    let app = App::machine(Server::shared()).await;
    let answer = app.request("/token?grant_type=client_credentials", &[("x", "1")]).ask().await;
    answer.expect_error(400, "invalid_request");
}

#[tokio::test]
async fn basic_with_odd_characters_is_an_answer_and_never_a_crash() {
    let server = Server::shared();
    for credentials in [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic Og==",
        "Basic YQ==",
        "Basic YTo=",
        "Basic OmI=",
        "Basic /////w==",
        "Basic YSV6ejpi",
        "Basic YTpiOmM=",
        "Basic AGE6AGI=",
        "basic YTpi",
        "Bearer x",
        "Digest username=\"a\"",
        "x",
    ] {
        let header = format!("Authorization: {credentials}");
        let answer =
            Connection::open(&server.base).request("POST /token", &[FORM, &header], "grant_type=client_credentials");
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(matches!(answer.status, 400 | 401), "{credentials}: {} {body}", answer.status);
        assert!(body.contains("\"invalid_client\"") || body.contains("\"invalid_request\""), "{credentials}: {body}");
        assert_eq!(answer.header("www-authenticate").is_some(), answer.status == 401, "{credentials}");
    }
}

#[tokio::test]
async fn odd_authorization_headers_at_userinfo_are_answers_and_never_crashes() {
    let server = Server::shared();
    for header in
        ["Bearer", "Bearer ", "Bearer  x", "Bearer x y", "Bearer é", "bearer\tx", "Basic YTpi", "x", "Bearer sat_é"]
    {
        let header = format!("Authorization: {header}");
        let answer = Connection::open(&server.base).request("GET /userinfo", &[&header], "");
        assert!(matches!(answer.status, 400 | 401), "{header}: {}", answer.status);
    }
    let twice = ["Authorization: Bearer sat_a", "Authorization: Bearer sat_b"];
    let answer = Connection::open(&server.base).request("GET /userinfo", &twice, "");
    assert!(matches!(answer.status, 400 | 401), "{}", answer.status);
}

#[tokio::test]
async fn more_parameters_than_any_request_has_are_refused() {
    let app = App::machine(Server::shared()).await;
    let names: Vec<String> = (0..200).map(|number| format!("p{number}")).collect();
    let mut form = vec![("grant_type", "client_credentials")];
    form.extend(names.iter().map(|name| (name.as_str(), "1")));
    app.token(&form).await.expect_error(400, "invalid_request");
}

#[tokio::test]
async fn odd_cookies_are_nobody() {
    let server = Server::shared();
    let mut signed_in = Browser::new(server);
    signed_in.sign_up().await;
    let good = signed_in.session().unwrap().to_owned();
    for cookie in
        ["", "session", "session=", "session=x", "=;=", ";;;", "session=a.b.c", "session=\"x\"", "s%C3%A9ssion=1"]
    {
        let answer = server.request(Method::GET, "/").header("cookie", cookie).ask().await.expect(200);
        assert!(!answer.html().contains("Jane"), "{cookie}");
    }
    let among_others = format!("a=b; session={good}; c=d");
    if server.cookie_name("session") == "session" {
        let answer = server.request(Method::GET, "/").header("cookie", among_others).ask().await.expect(200);
        assert!(answer.html().contains("Jane"));
    }
    assert!(jwt::claims(&good)["exp"].is_i64());
}

#[tokio::test]
async fn failed_requests_change_nothing() {
    let user = signed_in(Server::shared()).await;
    let server = user.app.server;
    let refresh = user.tokens.refresh_token();
    let attempts = [
        vec![("grant_type", "refresh_token"), ("refresh_token", refresh), ("refresh_token", refresh)],
        vec![("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", "more")],
        vec![("grant_type", "refresh_token"), ("refresh_token", refresh), ("grant_type", "refresh_token")],
        vec![("grant_type", "authorization_code"), ("code", refresh)],
    ];
    for form in attempts {
        assert_eq!(user.app.token(&form).await.status, 400, "{form:?}");
    }
    assert!(server.accepts(&user.tokens.access).await);
    let next = user.app.refresh(refresh).await;
    let again = user.app.refresh(refresh).await;
    assert_eq!(next.refresh, again.refresh, "nothing had rotated it before");
}

#[tokio::test]
async fn hostile_text_in_any_parameter_of_authorize_is_never_markup() {
    let app = App::confidential(Server::shared()).await;
    let evil = "\"><script>alert(1)</script>";
    for name in
        ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "login_hint", "prompt", "display"]
    {
        let mut browser = Browser::new(app.server);
        let answer = browser.begin(&app, &[(name, evil)]).await;
        assert!(!answer.body.contains("<script>alert"), "{name}: {}", answer.body);
        assert!(!html::forms(&answer.body).iter().any(|form| form.action.contains("alert")), "{name}");
        assert!(!answer.header("location").contains("<script"), "{name}");
    }
}

#[tokio::test]
async fn line_breaks_in_state_do_not_split_the_response() {
    let app = App::confidential(Server::shared()).await;
    let answer = app.server.get(&app.authorize_path(&[("state", "a\r\nSet-Cookie: x=y"), ("prompt", "none")])).await;
    assert!(answer.cookie("x").is_none());
    let state = answer.location().query_pairs().find(|(name, _)| name == "state").map(|(_, value)| value.into_owned());
    assert_eq!(state.as_deref(), Some("a\r\nSet-Cookie: x=y"));
}

#[tokio::test]
async fn a_very_long_url_is_refused_and_the_server_goes_on() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    let line = format!("GET /authorize?client_id={}&state={}", app.id, "s".repeat(200_000));
    let status = std::panic::catch_unwind(|| Connection::open(&server.base).request(&line, &[], "").status);
    assert!(status.is_err() || status.is_ok_and(|status| (400..500).contains(&status)));
    server.get("/health").await.expect(200);
}

#[tokio::test]
async fn head_is_answered_as_get_is_without_the_body() {
    let server = Server::shared();
    for path in ["/", "/login", "/health", "/jwks", "/.well-known/openid-configuration"] {
        let answer = server.request(Method::HEAD, path).ask().await.expect(200);
        assert!(answer.body.is_empty(), "{path}");
        assert_eq!(answer.header("content-type"), server.get(path).await.header("content-type"), "{path}");
    }
}

#[tokio::test]
async fn an_authorization_request_by_head_starts_nothing() {
    let answer = Server::shared().request(Method::HEAD, "/authorize").ask().await.expect(405);
    assert_eq!(answer.header("allow"), "GET, POST");
}
