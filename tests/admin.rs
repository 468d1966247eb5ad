//! The administrator's JSON API. Rotation of keys is in `keys.rs`.

use crate::support::{Ask, Browser, Method, Server, Value, json, signed_in, unique};

const USERS: &str = "/admin/api/users";

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
    let patch = async |claims: Value| {
        server.administer(Method::PATCH, USERS, json!({"email": person.email, "claims": claims})).await
    };
    let answer = patch(json!({"nickname": "Janie", "phone_number": "+1 (425) 555-1212", "phone_number_verified": true,
        "address": {"locality": "Oxford", "country": "UK"}}))
    .await
    .expect(200)
    .json();
    assert_eq!(answer["claims"]["phone_number_verified"], true);
    // What is not named stays, what is null goes, and a new number is not verified.
    let change = json!({"nickname": null, "phone_number": "+44 20 7183 8750", "address": {"country": null}});
    let answer = patch(change).await.expect(200).json();
    assert_eq!(answer["claims"], json!({"phone_number": "+44 20 7183 8750", "address": {"locality": "Oxford"}}));
    for bad in [
        json!({"sub": "chosen"}),
        json!({"email_verified": true}),
        json!({"access_level": "admin"}),
        json!({"picture": "javascript:alert(1)"}),
        json!({"birthdate": "yesterday"}),
        json!("Janie"),
    ] {
        assert_eq!(patch(bad.clone()).await.status, 400, "{bad}");
    }
    for body in [
        json!({"email": person.email}),
        json!({"email": person.email, "claims": {}, "access_level": "user"}),
        json!({"email": "nobody@example.org", "claims": {}}),
    ] {
        server.administer(Method::PATCH, USERS, body).await.expect_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone_with_everything() {
    let mut user = signed_in(Server::shared()).await;
    let server = user.app.server;
    let callback = user.browser.authorize(&user.app, &[]).await;
    let body = json!({"email": user.person.email});
    let answer = server.administer(Method::DELETE, USERS, body.clone()).await.expect(204);
    assert!(answer.body.is_empty());
    assert!(!server.accepts(&user.tokens.access).await);
    user.app.try_refresh(user.tokens.refresh_token(), &[]).await.expect_error(400, "invalid_grant");
    user.app.try_redeem(&callback.code(), &[]).await.expect_error(400, "invalid_grant");
    assert!(!user.browser.get("/").await.html().contains("Jane"));
    assert_eq!(user.browser.try_sign_in(&user.person.email, &user.person.password).await.status, 401);
    assert!(matches!(server.administer(Method::DELETE, USERS, body).await.status, 400 | 404));
    // The address is free for somebody else, who is somebody else.
    let mut next = Browser::new(server);
    next.sign_up_as(&user.person).await;
    let page = next.begin(&user.app, &[]).await;
    assert_eq!(page.status, 200, "nobody consented yet");
}

#[tokio::test]
async fn nothing_is_done_without_the_token() {
    let user = signed_in(Server::shared()).await;
    let server = user.app.server;
    server.set_access_level(&user.person.email, "admin").await;
    let suspend = json!({"email": user.person.email, "access_level": "suspended"});
    for (method, path) in [(Method::PATCH, USERS), (Method::DELETE, USERS), (Method::POST, "/admin/api/keys/rotate")] {
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

#[tokio::test]
async fn the_session_of_an_administrator_does_not_open_the_json_api() {
    let mut browser = Browser::new(Server::shared());
    let person = browser.sign_up().await;
    browser.server.set_access_level(&person.email, "admin").await;
    assert_eq!(browser.post("/admin/api/keys/rotate", &[]).await.status, 401);
}

#[tokio::test]
async fn an_unknown_user_or_level_is_an_error() {
    let server = Server::shared();
    let person = Browser::new(server).sign_up().await;
    for body in [
        json!({"email": format!("nobody.{}@example.org", unique()), "access_level": "admin"}),
        json!({"email": person.email, "access_level": "root"}),
        json!({"email": person.email}),
        json!({"access_level": "admin"}),
        json!({"email": 1, "access_level": "admin"}),
        json!([]),
    ] {
        let answer = server.administer(Method::PATCH, USERS, body.clone()).await;
        assert!(matches!(answer.status, 400 | 404), "{body}: {} {}", answer.status, answer.body);
        assert!(answer.json()["error"].is_string());
    }
    let request = server.request(Method::PATCH, USERS).bearer_auth(&server.admin_token);
    let answer = request.header("content-type", "application/json").body("{").ask().await;
    assert_eq!(answer.status, 400, "{}", answer.body);
}

#[tokio::test]
async fn each_path_has_methods_of_its_own() {
    let server = Server::shared();
    for (path, own) in [(USERS, "PATCH, DELETE"), ("/admin/api/keys/rotate", "POST"), ("/admin/api/migrate", "POST")] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if own.split(", ").all(|one| one != method.as_str()) {
                let answer = server.request(method, path).bearer_auth(&server.admin_token).ask().await.expect(405);
                assert_eq!(answer.header("allow"), own, "{path}");
            }
        }
    }
}
