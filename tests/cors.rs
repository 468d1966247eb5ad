//! Cross-origin requests: which pages may read which answers.

use crate::support::{Answer, App, Ask, Method, Server, Tokens, profile};

const LISTED: [&str; 2] = ["https://spa.example", "http://localhost:5173"];
const UNLISTED: [&str; 6] = [
    "https://evil.example",
    "https://spa.example.evil.example",
    "http://spa.example",
    "https://spa.example:8443",
    "null",
    "http://localhost:51730",
];

async fn preflight(server: &Server, path: &str, method: &str, origin: &str) -> Answer {
    let request = server.request(Method::OPTIONS, path).header("origin", origin);
    let request = request.header("access-control-request-method", method);
    request.header("access-control-request-headers", "authorization,content-type").ask().await
}

#[tokio::test]
async fn a_listed_origin_passes_the_preflight_of_every_json_endpoint() {
    let Some(server) = Server::with(profile::STRICT) else { return };
    for (path, method) in [
        ("/token", "POST"),
        ("/device_authorization", "POST"),
        ("/userinfo", "GET"),
        ("/userinfo", "POST"),
        ("/revoke", "POST"),
        ("/register", "POST"),
        ("/.well-known/openid-configuration", "GET"),
        ("/.well-known/oauth-authorization-server", "GET"),
        ("/jwks", "GET"),
    ] {
        for origin in LISTED {
            let answer = preflight(server, path, method, origin).await;
            assert_eq!(answer.status, 204, "{path}: {}", answer.body);
            let allowed = answer.header("access-control-allow-origin");
            assert!(allowed == origin || allowed == "*", "{path}: {allowed}");
            assert!(answer.header("access-control-allow-methods").contains(method), "{path}: {:?}", answer.headers);
            let headers = answer.header("access-control-allow-headers").to_lowercase();
            if method == "POST" || path == "/userinfo" {
                assert!(headers.contains("authorization") && headers.contains("content-type"), "{path}: {headers}");
            }
            assert!(answer.headers.get("access-control-allow-credentials").is_none(), "{path}");
        }
    }
}

#[tokio::test]
async fn an_unlisted_origin_is_told_nothing() {
    let Some(server) = Server::with(profile::STRICT) else { return };
    for path in ["/token", "/device_authorization", "/userinfo", "/revoke", "/register"] {
        for origin in UNLISTED {
            let answer = preflight(server, path, "POST", origin).await;
            assert!(
                answer.headers.get("access-control-allow-origin").is_none(),
                "{path} {origin}: {:?}",
                answer.headers
            );
            let answer = server.request(Method::POST, path).header("origin", origin).form(&[("a", "b")]).ask().await;
            assert!(answer.headers.get("access-control-allow-origin").is_none(), "{path} {origin}");
        }
    }
}

#[tokio::test]
async fn the_answers_and_their_challenges_can_be_read_errors_too() {
    let Some(server) = Server::with(profile::STRICT) else { return };
    let app = App::machine(server).await;
    let success =
        app.request("/token", &[("grant_type", "client_credentials")]).header("origin", LISTED[0]).ask().await;
    Tokens::of(&success);
    let failure = server.request(Method::GET, "/userinfo").bearer_auth("x").header("origin", LISTED[0]).ask().await;
    let failure = failure.expect(401);
    let exposed = failure.header("access-control-expose-headers").to_lowercase();
    assert!(exposed.contains("www-authenticate"), "{:?}", failure.headers);
    for answer in [success, failure] {
        assert_eq!(answer.header("access-control-allow-origin"), LISTED[0]);
        assert!(answer.headers.get("access-control-allow-credentials").is_none());
        // Caches must not give one origin the answer for another.
        let vary = answer.headers_of("vary").join(",").to_lowercase();
        assert!(vary.contains("origin"), "{:?}", answer.headers);
    }
}

#[tokio::test]
async fn pages_are_never_read_across_origins() {
    for settings in [profile::STRICT, profile::CLOSED] {
        let Some(server) = Server::with(settings) else { return };
        for path in ["/authorize", "/login", "/signup", "/consent", "/logout", "/"] {
            for method in [Method::GET, Method::OPTIONS, Method::POST] {
                let answer = server.request(method, path).header("origin", LISTED[0]).ask().await;
                assert!(answer.headers.get("access-control-allow-origin").is_none(), "{path}: {:?}", answer.headers);
            }
        }
    }
}

#[tokio::test]
async fn a_star_lets_any_origin_in_without_credentials() {
    let Some(server) = Server::with(profile::CLOSED) else { return };
    for (path, method) in [("/token", "POST"), ("/userinfo", "GET"), ("/revoke", "POST")] {
        let answer = preflight(server, path, method, "https://any.example").await;
        assert_eq!(answer.status, 204);
        let allowed = answer.header("access-control-allow-origin");
        assert!(allowed == "*" || allowed == "https://any.example", "{path}: {allowed}");
        assert!(answer.headers.get("access-control-allow-credentials").is_none());
    }
}

#[tokio::test]
async fn by_default_no_origin_may_read_tokens() {
    let server = Server::shared();
    for path in ["/token", "/userinfo", "/revoke", "/register"] {
        let answer = preflight(server, path, "POST", LISTED[0]).await;
        assert!(answer.headers.get("access-control-allow-origin").is_none(), "{path}: {:?}", answer.headers);
    }
}
