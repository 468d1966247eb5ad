//! Health.

use crate::support::{Ask, Method, Server};

#[tokio::test]
async fn a_server_that_can_answer_says_so() {
    let answer = Server::shared().get("/health").await.expect(200);
    assert_eq!(answer.json()["status"], "ok");
}

#[tokio::test]
async fn health_is_never_cached() {
    let answer = Server::shared().get("/health").await.expect(200);
    assert!(answer.header("cache-control").contains("no-store"), "{:?}", answer.headers);
}

#[tokio::test]
async fn health_is_only_read() {
    let answer = Server::shared().request(Method::DELETE, "/health").ask().await;
    assert_eq!(answer.status, 405);
    assert!(answer.header("allow").contains("GET"));
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let server = Server::shared();
    for path in ["/nowhere", "/tokens", "/token/x", "/x/token", "/authorize/../administer", "/healthz"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}
