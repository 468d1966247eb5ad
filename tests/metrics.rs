//! Metrics.

use crate::support::{Ask, Method, Server, signed_in, unique};

/// The value of a sample of the metrics.
fn sample(text: &str, name: &str) -> i64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().expect("a whole number")
}

#[tokio::test]
async fn metrics_are_for_the_holder_of_the_admin_token() {
    let server = Server::shared();
    server.get("/metrics").await.expect_error(401, "invalid_token");
    server.get_as("/metrics", &unique()).await.expect_error(401, "invalid_token");
    let user = signed_in(server).await;
    server.get_as("/metrics", &user.tokens.access).await.expect_error(401, "invalid_token");
    let answer = server.request(Method::POST, "/metrics").bearer_auth(&server.admin_token).ask().await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn metrics_say_what_an_alarm_should_know() {
    let server = Server::shared();
    server.get("/jwks").await.expect(200);
    let answer = server.get_as("/metrics", &server.admin_token).await.expect(200);
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"), "{:?}", answer.headers);
    assert!(answer.header("cache-control").contains("no-store"));
    let text = &answer.body;
    assert_eq!(sample(text, "spin_auth_schema_version"), sample(text, "spin_auth_schema_version_wanted"));
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        assert!(sample(text, &format!("spin_auth_signing_key_age_seconds{{algorithm=\"{algorithm}\"}}")) >= 0);
    }
    for table in ["sessions", "grants", "replay_marks", "audit_log"] {
        assert!(sample(text, &format!("spin_auth_purge_overdue_seconds{{table=\"{table}\"}}")) >= 0);
    }
    assert!(sample(text, "spin_auth_logout_notices_due") >= 0);
    // The shared server has no key_encryption_key, unless the suite is aimed at another one.
    assert!((0..=1).contains(&sample(text, "spin_auth_kept_key")));
}
