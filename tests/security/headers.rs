//! What a caller writes into headers decides nothing about who this server is.

use crate::support::{App, Ask, Browser, Method, Server, raw::Connection};

const FORGED: [(&str, &str); 8] = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-for", "203.0.113.7"),
    ("forwarded", "host=evil.example;proto=https"),
    ("x-original-url", "https://evil.example/"),
    ("x-host", "evil.example"),
    ("x-forwarded-prefix", "//evil.example"),
];

#[tokio::test]
async fn the_issuer_and_every_endpoint_stay_as_configured() {
    let server = Server::shared();
    let genuine = server.get("/.well-known/openid-configuration").await.expect(200).json();
    for (name, value) in FORGED {
        let request = server.request(Method::GET, "/.well-known/openid-configuration").header(name, value);
        assert_eq!(request.ask().await.expect(200).json(), genuine, "{name}");
    }
}

#[tokio::test]
async fn no_redirect_or_link_leads_to_a_forged_host() {
    let server = Server::shared();
    let app = App::confidential(server).await;
    for (name, value) in FORGED {
        for path in [app.authorize_path(&[]).as_str(), "/login", "/signup", "/", "/logout", "/resource/me"] {
            let answer = server.request(Method::GET, path).header(name, value).ask().await;
            assert!(!answer.header("location").contains("evil.example"), "{name} {path}: {:?}", answer.headers);
            assert!(!answer.body.contains("evil.example"), "{name} {path}: {}", answer.body);
            assert!(!answer.header("www-authenticate").contains("evil.example"), "{name} {path}");
        }
    }
}

#[tokio::test]
async fn the_issuer_of_an_authorization_response_stays_as_configured() {
    let app = App::confidential(Server::shared()).await;
    for (name, value) in FORGED {
        let path = app.authorize_path(&[("prompt", "none")]);
        let answer = app.server.request(Method::GET, &path).header(name, value).ask().await;
        let url = answer.location();
        let issuer = url.query_pairs().find(|(name, _)| name == "iss").map(|(_, value)| value.into_owned());
        assert_eq!(issuer.as_deref(), Some(app.server.issuer.as_str()), "{name}");
    }
}

#[tokio::test]
async fn spin_headers_from_outside_do_not_pass_for_the_hosts() {
    let server = Server::shared();
    // A caller that could choose its own address or route could get around limits and routing.
    for header in [
        "spin-path-info: /admin/api/keys/rotate",
        "spin-client-addr: 203.0.113.7:1",
        "spin-full-url: https://evil.example/",
        "spin-matched-route: /admin",
    ] {
        let answer =
            Connection::open(&server.base).request("GET /.well-known/oauth-authorization-server", &[header], "");
        assert_eq!(answer.status, 200, "{header}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("evil.example"), "{header}");
    }
}

#[tokio::test]
async fn a_method_override_is_ignored() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    let request = server.request(Method::GET, "/token").header("x-http-method-override", "POST");
    assert_eq!(request.ask().await.status, 405);
    Browser::new(server).sign_in(&person).await;
}

#[tokio::test]
async fn errors_say_nothing_about_what_runs_inside() {
    let server = Server::shared();
    for answer in
        [server.get("/nowhere").await, server.get("/token").await, server.post("/token", &[("grant_type", "'")]).await]
    {
        let text = format!("{} {:?}", answer.body, answer.headers).to_lowercase();
        for word in ["sqlite", "wasm", "panicked", "stack", "backtrace", "/home/", "x-powered-by"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}
