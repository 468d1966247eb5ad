//! The access log: a line for each request, and no more in it than that.

use crate::support::{Answer, Server, Value, profile, signed_in};

/// The lines of this level.
fn lines(server: &Server, level: &str) -> Vec<Value> {
    let log = server.log();
    // The host puts the name of the component before what it prints.
    let json = log.lines().filter_map(|line| line.find('{').and_then(|at| line.get(at..)));
    let lines = json.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["level"] == level).collect()
}

/// The line of the request that was answered so.
#[track_caller]
fn line(server: &Server, answer: &Answer) -> Value {
    let id = answer.header("x-request-id");
    let mut of_it = lines(server, "info").into_iter().filter(|line| line["request_id"] == id);
    let line = of_it.next().unwrap_or_else(|| panic!("no line of {id}"));
    assert!(of_it.next().is_none(), "one line for each request");
    line
}

#[tokio::test]
async fn each_request_is_one_line_with_the_id_of_its_answer_and_what_came_of_it() {
    let Some(server) = Server::with(profile::LOGGED) else { return };
    let user = signed_in(server).await;
    let refused = user.app.try_redeem("sac_never", &[]).await;
    let refused_line = line(server, &refused);
    assert_eq!(refused_line["status"], 400);
    assert_eq!(refused_line["error"], "invalid_grant");
    assert_eq!(refused_line["client_id"], user.app.id);
    let redirected = server.get(&user.app.authorize_path(&[("prompt", "none")])).await;
    let redirected_line = line(server, &redirected);
    assert_eq!(redirected_line["error"], "login_required");
    assert_eq!(redirected_line["client_id"], user.app.id);
    assert_eq!((&redirected_line["path"], &redirected_line["route"]), (&"/authorize".into(), &"/authorize".into()));
    let told = server.get_as("/userinfo", &user.tokens.access).await.expect(200);
    let told_line = line(server, &told);
    assert!(told_line["error"].is_null() && told_line["duration_ms"].is_number(), "{told_line}");
    let known = ["level", "request_id", "method", "path", "route", "status", "error", "client_id", "duration_ms"];
    for line in lines(server, "info") {
        let unknown: Vec<_> = line.as_object().unwrap().keys().filter(|key| !known.contains(&key.as_str())).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        assert!(!line["path"].as_str().unwrap().contains('?'), "{line}");
    }
}

#[tokio::test]
async fn what_the_operator_should_know_names_the_request_that_it_came_of() {
    let Some(server) = Server::with(profile::LOGGED) else { return };
    let mut user = signed_in(server).await;
    let code = user.browser.authorize(&user.app, &[]).await.code();
    user.app.try_redeem(&code, &[]).await.expect(200);
    let replayed = user.app.try_redeem(&code, &[]).await;
    replayed.expect_error(400, "invalid_grant");
    let id = replayed.header("x-request-id");
    let warnings = lines(server, "warn");
    assert_eq!(warnings.iter().filter(|line| line["request_id"] == id).count(), 1, "{warnings:?}");
    assert_eq!(line(server, &replayed)["error"], "invalid_grant");
}

#[tokio::test]
async fn without_the_setting_a_request_that_went_well_has_neither_line_nor_id() {
    let Some(server) = Server::with(profile::DEFAULT) else { return };
    let answer = server.get("/health").await.expect(200);
    assert!(answer.headers.get("x-request-id").is_none());
    assert!(lines(server, "info").is_empty());
}
