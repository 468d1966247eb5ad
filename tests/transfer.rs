//! Users and clients that come from other servers and go to others, by the admin API.

use crate::support::{Answer, App, Ask, Browser, Method, Person, REDIRECT_URI, Server, Tokens, Value, json, unique};

/// bcrypt of `PASSWORD` by crypt(3) of libxcrypt.
const HASHES: [&str; 3] = [
    "$2a$05$abcdefghijklmnopqrstuuZPlR/GBjbS59/jYjpAoznyNSxdiMtFy",
    "$2b$05$abcdefghijklmnopqrstuuZPlR/GBjbS59/jYjpAoznyNSxdiMtFy",
    "$2y$05$abcdefghijklmnopqrstuuZPlR/GBjbS59/jYjpAoznyNSxdiMtFy",
];
const PASSWORD: &str = "Trombone-Erdbeere-4";
const USERS: &str = "/admin/api/import/users";
const CLIENTS: &str = "/admin/api/import/clients";

/// Brings these lines.
async fn bring(server: &Server, path: &str, lines: impl Into<reqwest::Body>) -> Answer {
    server.request(Method::POST, path).bearer_auth(&server.admin_token).body(lines).ask().await
}

/// What became of each line.
async fn outcomes(server: &Server, path: &str, lines: &str) -> Vec<String> {
    let answer = bring(server, path, lines.to_owned()).await.expect(200).json();
    let items = answer["items"].as_array().unwrap().iter();
    items.map(|item| format!("{} {}", item["line"], item["outcome"].as_str().unwrap())).collect()
}

fn user(email: &str, more: Value) -> String {
    let mut user = json!({"email": email, "given_name": "Imke", "family_name": "Mahler", "password_hash": HASHES[0]});
    user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    format!("{user}\n")
}

#[tokio::test]
async fn users_sign_in_with_the_passwords_of_the_system_that_they_come_from() {
    let server = Server::shared();
    for hash in HASHES {
        let person =
            Person { email: format!("from.{}@example.org", unique()), password: PASSWORD.to_owned(), ..Person::new() };
        let line = user(&person.email.to_uppercase(), json!({"password_hash": hash, "email_verified": true}));
        assert_eq!(outcomes(server, USERS, &line).await, ["1 created"]);
        Browser::new(server).sign_in(&person).await;
        let answer = Browser::new(server).try_sign_in(&person.email, "Trombone-Erdbeere-5").await;
        assert_eq!(answer.status, 401);
    }
}

#[tokio::test]
async fn identifiers_are_kept_and_made_where_there_are_none() {
    let server = Server::shared();
    let (mark, sub) = (unique(), "0190f3c2-5b1e-7c3a-9d2e-6f1a2b3c4d5e".replace("0190f3c2", &hex_word()));
    let user_id = format!("IM-{}", mark.to_uppercase());
    let kept = json!({"sub": sub, "user_id": user_id, "created_at": 1_500_000_000, "last_login_at": 1_600_000_000,
        "access_level": "suspended", "claims": {"nickname": "Im", "address": {"country": "DE", "region": null}}});
    let lines = user(&format!("kept.{mark}@example.org"), kept) + &user(&format!("made.{mark}@example.org"), json!({}));
    assert_eq!(outcomes(server, USERS, &lines).await, ["1 created", "2 created"]);
    let get = async |who: &str| {
        let path = format!("/admin/api/users/{who}");
        server.administer(Method::GET, &path, json!({})).await.expect(200).json()
    };
    let kept = get(&sub).await;
    assert_eq!((&kept["user_id"], &kept["access_level"]), (&json!(user_id), &json!("suspended")));
    assert_eq!((&kept["created_at"], &kept["last_login_at"]), (&json!(1_500_000_000), &json!(1_600_000_000)));
    assert_eq!(kept["claims"], json!({"nickname": "Im", "address": {"country": "DE"}}));
    let made = get(&format!("made.{mark}@example.org")).await;
    assert!(made["user_id"].as_str().unwrap().starts_with("IM-") && made["user_id"] != kept["user_id"], "{made}");
    assert_eq!(made["email_verified"], false);
    let log = server.administer(Method::GET, &format!("/admin/api/audit?subject={user_id}"), json!({})).await.json();
    assert_eq!((&log["items"][0]["action"], &log["items"][0]["actor"]), (&json!("user.import"), &json!("admin_token")));
}

/// Eight hexadecimal digits that no other test has.
fn hex_word() -> String {
    unique().bytes().take(8).map(|byte| char::from_digit(u32::from(byte) % 16, 16).unwrap()).collect()
}

#[tokio::test]
async fn who_is_there_already_stays_as_they_are() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    let path = format!("/admin/api/users/{}", person.email);
    let before = server.administer(Method::GET, &path, json!({})).await.expect(200).json();
    let new = format!("new.{}@example.org", unique());
    let lines = user(&person.email, json!({"access_level": "admin"}))
        + &user(&new, json!({}))
        + &user(&new, json!({"given_name": "Again"}))
        + &user(&format!("x{new}"), json!({"sub": before["sub"]}))
        + &user(&person.email, json!({"sub": "0190f3c2-5b1e-7c3a-9d2e-6f1a2b3c4d5e"}))
        + &user(&format!("y{new}"), json!({"user_id": before["user_id"]}));
    let first = outcomes(server, USERS, &lines).await;
    assert_eq!(first, ["1 exists", "2 created", "3 exists", "4 exists", "5 refused", "6 refused"]);
    let again = outcomes(server, USERS, &lines).await;
    assert_eq!(again, ["1 exists", "2 exists", "3 exists", "4 exists", "5 refused", "6 refused"]);
    assert_eq!(server.administer(Method::GET, &path, json!({})).await.expect(200).json(), before);
    Browser::new(server).sign_in(&person).await;
}

#[tokio::test]
async fn a_hostile_line_is_refused_and_loses_no_other() {
    let server = Server::shared();
    let good = |n: usize| user(&format!("good{n}.{}@example.org", unique()), json!({}));
    let bad = |more: Value| user(&format!("bad.{}@example.org", unique()), more);
    let mut lines = good(1).into_bytes();
    lines.extend_from_slice(b"{\"email\":\"\xff\xfe@example.org\"}\n");
    for line in [
        bad(json!({"password_hash": "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$K3L5gqd8SdRhdYkXqJsqZw"})),
        bad(json!({"password_hash": HASHES[0].replace("$05$", "$31$")})),
        bad(json!({"password": "in clear"})),
        bad(json!({"given_name": "x".repeat(20_000)})),
        bad(json!({"sub": "auth0|507f1f77bcf86cd799439020"})),
        bad(json!({"access_level": "root"})),
        bad(json!({"created_at": i64::MAX})),
        bad(json!({"claims": {"sub": "chosen"}})),
        bad(json!({"email": "nobody"})),
        "[".repeat(10_000) + "\n",
        "\u{0}\n".to_owned(),
    ] {
        lines.extend_from_slice(line.as_bytes());
    }
    lines.extend_from_slice(good(2).as_bytes());
    let answer = bring(server, USERS, lines).await.expect(200).json();
    let items = answer["items"].as_array().unwrap();
    assert_eq!(items.len(), 14);
    for (at, item) in items.iter().enumerate() {
        let expected = if matches!(at, 0 | 13) { "created" } else { "refused" };
        assert_eq!(item["outcome"], expected, "{item}");
    }
    assert!(!answer.to_string().contains("argon2") && !answer.to_string().contains("in clear"), "{answer}");
    bring(server, USERS, "{}\n".repeat(501)).await.expect_error(400, "invalid_request");
    assert_eq!(bring(server, USERS, "x".repeat(70_000)).await.status, 413);
}

#[tokio::test]
async fn a_user_without_a_hash_has_a_password_that_nobody_knows() {
    let server = Server::shared();
    let email = format!("hashless.{}@example.org", unique());
    let line = json!({"email": email, "given_name": "Imke"});
    assert_eq!(outcomes(server, USERS, &line.to_string()).await, ["1 created"]);
    for password in ["", " ", "spin-auth"] {
        assert_eq!(Browser::new(server).try_sign_in(&email, password).await.status, 401);
    }
    let path = format!("/admin/api/users/{email}/reset-password");
    let reset = server.administer(Method::POST, &path, json!({})).await.expect(200).json();
    let page = Browser::new(server).try_sign_in(&email, reset["temporary_password"].as_str().unwrap()).await;
    assert_eq!(page.status, 200, "the page for a new password: {}", page.body);
}

#[tokio::test]
async fn clients_authenticate_with_the_secrets_of_the_system_that_they_come_from() {
    let server = Server::shared();
    let mark = unique();
    let client = |id: &str, more: Value| {
        let mut client =
            json!({"client_id": format!("{id}-{mark}"), "grant_types": ["client_credentials"], "scope": "api:read"});
        client.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.to_string() + "\n"
    };
    let secret = "a secret of the other system";
    let public = json!({"token_endpoint_auth_method": "none", "grant_types": ["authorization_code"], "redirect_uris": [REDIRECT_URI]});
    let with = |base: &Value, name: &str, value: Value| {
        let mut base = base.clone();
        base[name] = value;
        base
    };
    // echo -n 'a secret of the other system' | sha256sum
    let sha256 = "12ff2a7235c991271e0ea0eb04a7f06a4727facef7f5293e5c7043fe64626137";
    let lines = client("clear", json!({"client_secret": secret, "client_name": "Clear", "launchpad": false}))
        + &client("hashed", json!({"client_secret_sha256": sha256}))
        + &client("none", json!({}))
        + &client("short", json!({"client_secret": "guess me"}))
        + &client("both", json!({"client_secret": secret, "client_secret_sha256": sha256}))
        + &client("derived", json!({"token_endpoint_auth_method": "client_secret_jwt"}))
        + &client("unknown", json!({"client_secret": secret, "webOrigins": ["+"]}))
        + &client("public", public.clone())
        + &client("secretive", with(&public, "client_secret", json!(secret)))
        + &client("script", with(&public, "redirect_uris", json!(["javascript:alert(1)"])))
        + &client("https://url.example/", public.clone())
        + &client("clear", json!({"client_secret": "another secret, of somebody else"}))
        + &(public.to_string() + "\n");
    let first = outcomes(server, CLIENTS, &lines).await;
    let expected = [(1, "created"), (2, "created"), (8, "created"), (12, "exists")];
    for (at, outcome) in first.iter().enumerate() {
        let expected = expected.iter().find(|(line, _)| *line == at + 1).map_or("refused", |(_, outcome)| outcome);
        assert_eq!(outcome, &format!("{} {expected}", at + 1));
    }
    let again = outcomes(server, CLIENTS, &lines).await;
    assert_eq!(again.iter().filter(|outcome| outcome.ends_with("exists")).count(), 4, "{again:?}");
    for id in ["clear", "hashed"] {
        let app = App {
            server,
            id: format!("{id}-{mark}"),
            secret: Some(secret.to_owned()),
            redirect_uri: String::new(),
            scope: String::new(),
        };
        Tokens::of(&app.token(&[("grant_type", "client_credentials")]).await);
    }
}

#[tokio::test]
async fn hashes_go_out_only_where_the_holder_of_the_token_asks_for_them() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    let app = App::confidential(server).await;
    for (path, member) in [("users", "password_hash"), ("clients", "client_secret_sha256")] {
        let page = async |query: &str| {
            let path = format!("/admin/api/export/{path}?limit=200&{query}");
            server.administer(Method::GET, &path, json!({})).await
        };
        let plain = page("").await.expect(200).json();
        assert!(!plain["items"].as_array().unwrap().is_empty() && !plain.to_string().contains(member), "{plain}");
        assert!(page("with_hashes=true").await.expect(200).body.contains(member));
        page("with_hashes=yes").await.expect_error(400, "invalid_request");
        let action = format!("{}.export_with_hashes", path.trim_end_matches('s'));
        let log = server.administer(Method::GET, &format!("/admin/api/audit?action={action}"), json!({})).await.json();
        assert_eq!(log["items"][0]["actor"], "admin_token", "{log}");
    }
    server.set_access_level(&person.email, "admin").await;
    let cookie = format!("{}={}", server.cookie_name("session"), browser.session().unwrap());
    for (method, path) in [
        (Method::GET, "/admin/api/export/users"),
        (Method::GET, "/admin/api/export/clients"),
        (Method::POST, USERS),
        (Method::POST, CLIENTS),
    ] {
        server.request(method.clone(), path).ask().await.expect(401);
        let wrong = server.request(method.clone(), path).bearer_auth("not-the-admin-token").ask().await;
        wrong.expect(401);
        let request = server.request(method, path).header("cookie", &cookie).header("origin", &server.issuer);
        request.ask().await.expect(401);
    }
    server.administer(Method::GET, "/admin/api/export/keys", json!({})).await.expect(404);
    assert!(!app.id.is_empty());
}
