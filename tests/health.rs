//! Health.

use crate::support::{Ask, Method, Server, json, server::State};

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

#[tokio::test]
async fn without_a_database_a_server_is_alive_and_not_ready() {
    let state = State::new();
    state.write("sqlite_db.db", "no database, and too long to be taken for an empty one ".repeat(64));
    let Some(server) = Server::start(&[], &state) else { return };
    server.get("/health/live").await.expect(200);
    for path in ["/health", "/health/ready"] {
        let answer = server.get(path).await;
        answer.expect_error(503, "temporarily_unavailable");
        let named = format!("\"request_id\":\"{}\"", answer.header("x-request-id"));
        let line = server.log().lines().find(|line| line.contains(&named)).map(str::to_owned).expect(&named);
        for member in ["\"level\":\"error\"", "\"status\":503", &format!("\"path\":\"{path}\""), "\"reason\""] {
            assert!(line.contains(member), "{member}: {line}");
        }
    }
    server.stop();
}

#[tokio::test]
async fn with_a_schema_that_is_behind_a_server_is_alive_and_not_ready() {
    let Some(server) = Server::start(&[("auto_migrate", "off")], &State::new()) else { return };
    server.get("/health/live").await.expect(200);
    server.get("/health/ready").await.expect_error(503, "temporarily_unavailable");
    server.administer(Method::POST, "/admin/api/migrate", json!({})).await.expect(204);
    server.get("/health/ready").await.expect(200);
    server.stop();
}
