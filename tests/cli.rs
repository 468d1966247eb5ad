//! `spin-auth`, the command line over the admin API.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use crate::support::{App, Browser, Person, Server, Tokens, Value, unique};

/// Where cargo puts it: beside the folder of this test.
pub(crate) fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let binary = test.parent().and_then(|deps| deps.parent()).unwrap().join("spin-auth");
    assert!(binary.exists(), "{} is not there: cargo build -p spin-auth-cli", binary.display());
    binary
}

/// Runs it with the token of the administrator.
pub(crate) fn spin_auth(server: &Server, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(arguments).env("SPIN_AUTH_SERVER", &server.base).env("SPIN_AUTH_ADMIN_TOKEN", &server.admin_token);
    command.output().unwrap()
}

/// What it prints for people.
#[track_caller]
pub(crate) fn told(server: &Server, arguments: &[&str]) -> String {
    let output = spin_auth(server, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What it prints for programs.
#[track_caller]
fn json(server: &Server, arguments: &[&str]) -> Value {
    serde_json::from_str(&told(server, &[arguments, &["--json"]].concat())).unwrap()
}

/// Why it fails.
#[track_caller]
fn failure(server: &Server, arguments: &[&str]) -> String {
    let output = spin_auth(server, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn a_user_is_made_found_changed_suspended_and_deleted() {
    let server = Server::shared();
    let email = format!("grace.{}@example.org", unique());
    let made =
        json(server, &["users", "create", "--email", &email, "--given-name", "Grace", "--family-name", "Hopper"]);
    assert!(made["temporary_password"].as_str().is_some_and(|password| password.len() >= 12), "{made}");
    let list = told(server, &["users", "list", "--query", &email]);
    let head = list.lines().next().unwrap();
    assert!(head.starts_with("USER ID ") && list.contains(&email) && list.contains("Hopper"), "{list}");
    told(server, &["users", "edit", &email, "--family-name", "Murray Hopper", "--access-level", "admin"]);
    let shown = json(server, &["users", "show", &email]);
    assert_eq!((&shown["family_name"], &shown["access_level"]), (&"Murray Hopper".into(), &"admin".into()));
    told(server, &["users", "suspend", &email]);
    assert_eq!(json(server, &["users", "show", &email])["access_level"], "suspended");
    assert_eq!(told(server, &["users", "delete", &email]), "Done.\n");
    assert!(failure(server, &["users", "show", &email]).contains("(404)"));
}

#[tokio::test]
async fn sessions_and_grants_of_a_user_are_listed_and_ended() {
    let server = Server::shared();
    let (mut browser, person, app) = (Browser::new(server), Person::new(), App::confidential(server).await);
    browser.sign_up_as(&person).await;
    let tokens = app.redeem(&browser.authorize(&app, &[]).await).await;
    let grants = json(server, &["users", "grants", &person.email]);
    assert_eq!(grants["items"][0]["client_id"], app.id, "{grants}");
    told(server, &["revoke-grant", grants["items"][0]["id"].as_str().unwrap()]);
    assert!(!server.accepts(&tokens.access).await);
    assert_eq!(json(server, &["users", "sessions", &person.email])["items"].as_array().unwrap().len(), 1);
    told(server, &["users", "end-sessions", &person.email]);
    assert!(json(server, &["users", "sessions", &person.email])["items"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn somebody_who_has_lost_their_factors_signs_in_by_password_again() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    browser.add_totp().await;
    assert_eq!(told(server, &["users", "remove-factors", &person.email]), "Done.\n");
    Browser::new(server).sign_in(&person).await;
}

#[tokio::test]
async fn an_application_is_registered_used_changed_and_deleted() {
    let server = Server::shared();
    let create =
        ["clients", "create", "--name", "By hand", "--grant-type", "client_credentials", "--scope", "api:read"];
    let made = json(server, &create);
    let id = made["client_id"].as_str().unwrap();
    let token = async |secret: &Value| {
        let form = [("grant_type", "client_credentials")];
        let request =
            server.request(crate::support::Method::POST, "/token").basic_auth(id, secret.as_str()).form(&form);
        crate::support::Ask::ask(request).await
    };
    Tokens::of(&token(&made["client_secret"]).await);
    let rotated = json(server, &["clients", "rotate-secret", id]);
    token(&made["client_secret"]).await.expect(401);
    Tokens::of(&token(&rotated["client_secret"]).await);
    told(server, &["clients", "edit", id, "--name", "Renamed"]);
    assert!(told(server, &["clients", "list", "--query", id]).contains("Renamed"));
    told(server, &["clients", "delete", id]);
    assert!(failure(server, &["clients", "show", id]).contains("(404)"));
}

#[tokio::test]
async fn a_long_list_comes_in_pages_or_whole() {
    let server = Server::shared();
    let mark = unique();
    for n in 0..3 {
        let email = format!("{mark}.{n}@example.org");
        told(server, &["users", "create", "--email", &email, "--given-name", "N", "--family-name", "N"]);
    }
    let page = told(server, &["users", "list", "--query", &mark, "--limit", "2"]);
    assert!(page.contains("There are more: --cursor "), "{page}");
    let cursor = page.split("--cursor ").nth(1).unwrap().split(',').next().unwrap();
    let rest = json(server, &["users", "list", "--query", &mark, "--limit", "2", "--cursor", cursor]);
    assert_eq!(rest["items"].as_array().unwrap().len(), 1, "{rest}");
    let all = json(server, &["users", "list", "--query", &mark, "--limit", "1", "--all"]);
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn keys_audit_purge_and_settings_are_told_and_no_secret_is() {
    let server = Server::shared();
    assert!(told(server, &["keys", "list"]).contains("RS256"));
    let email = format!("audited.{}@example.org", unique());
    let made = json(server, &["users", "create", "--email", &email, "--given-name", "A", "--family-name", "B"]);
    let audit = json(server, &["audit", "--subject", made["user_id"].as_str().unwrap()]);
    assert!(!audit["items"].as_array().unwrap().is_empty(), "{audit}");
    let until = json(server, &["audit", "--subject", made["user_id"].as_str().unwrap(), "--until", "2020-01-01"]);
    assert!(until["items"].as_array().unwrap().is_empty(), "{until}");
    let since =
        json(server, &["audit", "--subject", made["user_id"].as_str().unwrap(), "--since", "2020-01-01T00:00:00Z"]);
    assert_eq!(since, audit);
    assert_eq!(spin_auth(server, &["audit", "--since", "yesterday"]).status.code(), Some(2));
    told(server, &["purge"]);
    let settings = told(server, &["settings"]);
    assert!(settings.contains("access_token_expires_in") && !settings.contains(&server.admin_token), "{settings}");
}

#[tokio::test]
async fn each_column_of_a_table_is_a_member_of_what_it_lists() {
    let server = Server::shared();
    let (mut browser, person, app) = (Browser::new(server), Person::new(), App::confidential(server).await);
    browser.sign_up_as(&person).await;
    app.redeem(&browser.authorize(&app, &[]).await).await;
    for list in [
        &["users", "list", "--query", &person.email][..],
        &["users", "sessions", &person.email],
        &["users", "grants", &person.email],
        &["clients", "list", "--query", &app.id],
        &["clients", "grants", &app.id],
        &["keys", "list"],
        &["audit", "--limit", "1"],
        &["settings"],
    ] {
        let head = told(server, list).lines().next().unwrap().to_lowercase();
        let columns = head.split("  ").map(|name| name.trim().replace(' ', "_")).filter(|name| !name.is_empty());
        let item = &json(server, list)["items"][0];
        for column in columns {
            assert!(item.get(&column).is_some(), "{list:?} has no {column}: {item}");
        }
    }
}

#[tokio::test]
async fn what_people_read_of_an_application_and_know_of_a_user_is_set() {
    let server = Server::shared();
    let create = ["clients", "create", "--name", "Tour", "--redirect-uri", "https://tour.example/callback"];
    let more =
        ["--description", "A tour", "--home", "https://tour.example/", "--launchpad", "true", "--scope", "openid"];
    let made = json(server, &[&create[..], &more].concat());
    assert_eq!((&made["description"], &made["launchpad"]), (&"A tour".into(), &true.into()));
    let person = Browser::new(server).sign_up().await;
    let claims = std::env::temp_dir().join(format!("spin-auth-{}.json", unique()));
    std::fs::write(&claims, r#"{"nickname":"Janie"}"#).unwrap();
    let edit = ["users", "edit", &person.email, "--email-verified", "true", "--claims", claims.to_str().unwrap()];
    let edited = json(server, &edit);
    std::fs::remove_file(claims).unwrap();
    assert_eq!((&edited["email_verified"], &edited["claims"]["nickname"]), (&true.into(), &"Janie".into()));
}

#[tokio::test]
async fn a_wrong_token_and_a_server_that_is_not_there_are_told_apart() {
    let server = Server::shared();
    let run = |base: &str, token: &str| {
        let mut command = Command::new(binary());
        command.args(["keys", "list"]).env("SPIN_AUTH_SERVER", base).env("SPIN_AUTH_ADMIN_TOKEN", token);
        let output = command.output().unwrap();
        assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(1), true));
        String::from_utf8(output.stderr).unwrap()
    };
    let refused = run(&server.base, "not-the-token");
    assert!(refused.contains("(401)") && !refused.contains("not-the-token"), "{refused}");
    assert!(run("http://127.0.0.1:9", "x").contains("no answer from http://127.0.0.1:9"));
}
