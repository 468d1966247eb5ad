//! The administrator's JSON API: users, callers, methods. Applications and access are in `admin_applications.rs`, rotation
//! of keys is in `keys.rs`.

use crate::support::{Answer, Ask, Browser, Method, Server, Value, json, signed_in, unique};

const USERS: &str = "/admin/api/users";

fn user_path(who: &str) -> String {
    format!("{USERS}/{who}")
}

async fn patch(server: &Server, who: &str, change: Value) -> Answer {
    server.administer(Method::PATCH, &user_path(who), change).await
}

async fn get(server: &Server, path: &str) -> Answer {
    server.administer(Method::GET, path, json!({})).await
}

#[tokio::test]
async fn an_administrator_makes_administrators() {
    let user = signed_in(Server::shared()).await;
    let server = user.app.server;
    let json = server.set_access_level(&user.person.email, "admin").await.json();
    assert_eq!(json["access_level"], "admin");
    assert_eq!(json["email"], user.person.email);
    assert!(json["sub"].is_string() && json["user_id"].as_str().unwrap().starts_with("JD-"), "{json}");
    assert!(!json.to_string().contains("$2"), "no password hash: {json}");
    let claims = server.get_as("/userinfo", &user.tokens.access).await.expect(200).json();
    assert_eq!(claims["access_level"], "admin");
    assert_eq!(claims["sub"], json["sub"]);
}

#[tokio::test]
async fn suspension_ends_all_access_at_once_and_can_be_lifted() {
    let mut user = signed_in(Server::shared()).await;
    let server = user.app.server;
    server.set_access_level(&user.person.email, "suspended").await;
    assert!(!server.accepts(&user.tokens.access).await);
    user.app.try_refresh(user.tokens.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
    assert!(!user.browser.get("/").await.html().contains("Jane"));
    server.set_access_level(&user.person.email, "user").await;
    Browser::new(server).sign_in(&user.person).await;
}

#[tokio::test]
async fn an_administrator_says_what_is_known_of_a_user() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    let claims = async |claims: Value| patch(server, &person.email, json!({"claims": claims})).await;
    let answer =
        claims(json!({"nickname": "Janie", "phone_number": "+1 (425) 555-1212", "phone_number_verified": true,
        "address": {"locality": "Oxford", "country": "UK"}}))
        .await
        .expect(200)
        .json();
    assert_eq!(answer["claims"]["phone_number_verified"], true);
    // What is not named stays, what is null goes, and a new number is not verified.
    let change = json!({"nickname": null, "phone_number": "+44 20 7183 8750", "address": {"country": null}});
    let answer = claims(change).await.expect(200).json();
    assert_eq!(answer["claims"], json!({"phone_number": "+44 20 7183 8750", "address": {"locality": "Oxford"}}));
    for bad in [
        json!({"sub": "chosen"}),
        json!({"email_verified": true}),
        json!({"access_level": "admin"}),
        json!({"picture": "javascript:alert(1)"}),
        json!({"birthdate": "yesterday"}),
        json!("Janie"),
    ] {
        assert_eq!(claims(bad.clone()).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone_with_everything() {
    let mut user = signed_in(Server::shared()).await;
    let server = user.app.server;
    let callback = user.browser.authorize(&user.app, &[]).await;
    let path = user_path(&user.person.email);
    let answer = server.administer(Method::DELETE, &path, json!({})).await.expect(204);
    assert!(answer.body.is_empty());
    assert!(!server.accepts(&user.tokens.access).await);
    user.app.try_refresh(user.tokens.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
    user.app.try_redeem(&callback.code(), &[]).await.expect_error(400, "invalid_grant");
    assert!(!user.browser.get("/").await.html().contains("Jane"));
    assert_eq!(user.browser.try_sign_in(&user.person.email, &user.person.password).await.status, 401);
    server.administer(Method::DELETE, &path, json!({})).await.expect(404);
    // The address is free for somebody else, who is somebody else.
    let mut next = Browser::new(server);
    next.sign_up_as(&user.person).await;
    let page = next.begin(&user.app, &[]).await;
    assert_eq!(page.status, 200, "nobody consented yet");
}

#[tokio::test]
async fn a_user_is_made_with_a_temporary_password_that_is_shown_once() {
    let server = Server::shared();
    let email = format!("made.{}@example.org", unique());
    let body = json!({"email": email, "given_name": " Mary ", "family_name": "Jackson", "access_level": "user"});
    let made = server.administer(Method::POST, USERS, body.clone()).await.expect(201).json();
    assert_eq!((&made["given_name"], &made["password_is_temporary"]), (&json!("Mary"), &json!(true)));
    let password = made["temporary_password"].as_str().unwrap();
    assert!(password.len() >= 16);
    let read = get(server, &user_path(made["sub"].as_str().unwrap())).await.expect(200).json();
    assert_eq!(read["email"], email);
    assert!(read.get("temporary_password").is_none() && read["last_login_at"].is_null());
    server.administer(Method::POST, USERS, body).await.expect_error(400, "invalid_request");
    assert_ne!(Browser::new(server).try_sign_in(&email, password).await.status, 401, "the password is right");
    for bad in [
        json!({"email": "x", "given_name": "A"}),
        json!({"email": format!("b.{email}"), "given_name": " "}),
        json!({"email": format!("b.{email}")}),
        json!({"email": format!("b.{email}"), "given_name": "A", "access_level": "root"}),
    ] {
        server.administer(Method::POST, USERS, bad).await.expect_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_reset_password_is_worth_nothing_and_neither_are_the_sessions() {
    let mut user = signed_in(Server::shared()).await;
    let server = user.app.server;
    let path = format!("{}/reset-password", user_path(&user.person.email));
    let reset = server.administer(Method::POST, &path, json!({})).await.expect(200).json();
    assert!(!user.browser.get("/").await.html().contains("Jane"));
    let mut browser = Browser::new(server);
    assert_eq!(browser.try_sign_in(&user.person.email, &user.person.password).await.status, 401);
    let password = reset["temporary_password"].as_str().unwrap();
    assert_ne!(browser.try_sign_in(&user.person.email, password).await.status, 401);
    let nobody = format!("{}/reset-password", user_path("nobody@example.org"));
    server.administer(Method::POST, &nobody, json!({})).await.expect(404);
}

#[tokio::test]
async fn users_are_searched_filtered_sorted_and_paged() {
    let server = Server::shared();
    let family = format!("Q{}", unique());
    for (given, level) in [("Cleo", "user"), ("Abel", "suspended"), ("Bea", "user")] {
        let email = format!("{given}.{}@example.org", unique());
        let body = json!({"email": email, "given_name": given, "family_name": family, "access_level": level});
        server.administer(Method::POST, USERS, body).await.expect(201);
    }
    let list = async |query: &str| {
        let mut names = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("{USERS}?limit=1&{query}{cursor}");
            let page = get(server, &path).await.expect(200).json();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 1);
            names.extend(items.iter().map(|user| user["given_name"].as_str().unwrap().to_owned()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return names,
            }
        }
    };
    assert_eq!(list(&format!("q={family}")).await, ["Abel", "Bea", "Cleo"]);
    assert_eq!(list(&format!("q={family}&access_level=user")).await, ["Bea", "Cleo"]);
    let newest = get(server, &format!("{USERS}?limit=200")).await.expect(200).json();
    let times: Vec<_> = newest["items"].as_array().unwrap().iter().map(|user| user["created_at"].as_i64()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "the newest first");
    for bad in ["sort=password_hash", "limit=0", "limit=1000", "cursor=x", "access_level=root"] {
        get(server, &format!("{USERS}?{bad}")).await.expect_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn nothing_is_done_without_the_token() {
    let user = signed_in(Server::shared()).await;
    let server = user.app.server;
    server.set_access_level(&user.person.email, "admin").await;
    let own = user_path(&user.person.email);
    let suspend = json!({"access_level": "suspended"});
    for (method, path) in [
        (Method::PATCH, own.as_str()),
        (Method::DELETE, &own),
        (Method::GET, USERS),
        (Method::POST, "/admin/api/clients"),
        (Method::GET, "/admin/api/audit"),
        (Method::GET, "/admin/api/settings"),
        (Method::POST, "/admin/api/keys/rotate"),
        (Method::POST, "/admin/api/keys/reseal"),
    ] {
        let answer = server.request(method.clone(), path).json(&suspend).ask().await.expect(401);
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{:?}", answer.headers);
        answer.json();
        // Not even by the access token of an administrator.
        for token in ["", "wrong", &user.tokens.access, &server.admin_token[1..]] {
            let answer = server.request(method.clone(), path).bearer_auth(token).json(&suspend).ask().await;
            assert_eq!(answer.status, 401, "{path} {token}: {}", answer.body);
        }
    }
    assert!(server.accepts(&user.tokens.access).await);
}

fn cookie(browser: &Browser<'_>) -> String {
    format!("{}={}", browser.server.cookie_name("session"), browser.session().unwrap())
}

/// A request with the session of this browser, as a script of this origin would send it.
async fn by_session(browser: &Browser<'_>, method: Method, path: &str, origin: Option<&str>, body: Value) -> Answer {
    let request = browser.server.request(method, path).header("cookie", cookie(browser)).json(&body);
    match origin {
        Some(origin) => request.header("origin", origin).ask().await,
        None => request.ask().await,
    }
}

#[tokio::test]
async fn a_signed_in_administrator_acts_from_pages_of_this_server_only_and_is_named_in_the_log() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    let other = Browser::new(server).sign_up().await;
    let path = user_path(&other.email);
    let ours = Some(server.issuer.as_str());
    let change = json!({"given_name": "Changed"});
    // An ordinary user is nobody here.
    by_session(&browser, Method::PATCH, &path, ours, change.clone()).await.expect(403);
    let admin = server.set_access_level(&person.email, "admin").await.json();
    for origin in [None, Some("https://evil.example"), Some("null")] {
        by_session(&browser, Method::PATCH, &path, origin, change.clone()).await.expect(403);
        by_session(&browser, Method::GET, USERS, origin, json!({})).await.expect(403);
    }
    let changed = by_session(&browser, Method::PATCH, &path, ours, change).await.expect(200).json();
    assert_eq!(changed["given_name"], "Changed");
    // A form is no way in.
    let form = server.request(Method::POST, "/admin/api/purge").header("cookie", cookie(&browser));
    form.header("origin", &server.issuer).form(&[("a", "b")]).ask().await.expect(403);
    let subject = changed["user_id"].as_str().unwrap();
    let log = get(server, &format!("/admin/api/audit?subject={subject}")).await.expect(200).json();
    let entry = &log["items"][0];
    assert_eq!((&entry["actor"], &entry["action"]), (&admin["user_id"], &json!("user.change")));
    assert_eq!((entry["detail"].as_str().unwrap().trim(), entry["address"].as_str().unwrap()), ("name", "127.0.0.1"));
    // Demoted, they are nobody again.
    server.set_access_level(&person.email, "user").await;
    by_session(&browser, Method::GET, USERS, ours, json!({})).await.expect(403);
}

#[tokio::test]
async fn the_last_administrator_cannot_lock_everybody_out() {
    let state = crate::support::server::State::new();
    let Some(server) = Server::start(&[("login_throttle", "off")], &state) else { return };
    let mut browser = Browser::new(&server);
    let person = browser.sign_up().await;
    server.set_access_level(&person.email, "admin").await;
    let path = user_path(&person.email);
    let ours = Some(server.issuer.as_str());
    for level in ["user", "suspended"] {
        let change = json!({"access_level": level});
        by_session(&browser, Method::PATCH, &path, ours, change).await.expect_error(400, "invalid_request");
    }
    by_session(&browser, Method::DELETE, &path, ours, json!({})).await.expect_error(400, "invalid_request");
    let second = Browser::new(&server).sign_up().await;
    server.set_access_level(&second.email, "admin").await;
    by_session(&browser, Method::DELETE, &path, ours, json!({})).await.expect(204);
    // The holder of the token can, and is not locked out.
    server.set_access_level(&second.email, "user").await;
}

#[tokio::test]
async fn an_unknown_user_or_level_is_an_error() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    for nobody in [&format!("nobody.{}@example.org", unique()), "abababab-abab-4bab-abab-abababababab", "JD-0000", "x"]
    {
        patch(server, nobody, json!({"access_level": "user"})).await.expect(404);
        get(server, &user_path(nobody)).await.expect(404);
    }
    for body in
        [json!({"access_level": "root"}), json!({"access_level": 1}), json!([]), json!({"password": "hunter22"})]
    {
        patch(server, &person.email, body.clone()).await.expect_error(400, "invalid_request");
    }
    let request = server.request(Method::PATCH, &user_path(&person.email)).bearer_auth(&server.admin_token);
    request.header("content-type", "application/json").body("{").ask().await.expect(400);
}

#[tokio::test]
async fn each_path_has_methods_of_its_own() {
    let server = Server::shared();
    for (path, own) in [
        (USERS, "GET, POST"),
        ("/admin/api/users/a@example.org", "GET, PATCH, DELETE"),
        ("/admin/api/users/a@example.org/sessions", "GET, DELETE"),
        ("/admin/api/users/a@example.org/factors", "DELETE"),
        ("/admin/api/clients/x/rotate-secret", "POST"),
        ("/admin/api/audit", "GET"),
        ("/admin/api/keys", "GET"),
        ("/admin/api/keys/rotate", "POST"),
        ("/admin/api/keys/reseal", "POST"),
        ("/admin/api/migrate", "POST"),
    ] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if own.split(", ").all(|one| one != method.as_str()) {
                let answer = server.request(method, path).bearer_auth(&server.admin_token).ask().await.expect(405);
                assert_eq!(answer.header("allow"), own, "{path}");
            }
        }
    }
}
