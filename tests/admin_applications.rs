//! The administrator's JSON API: applications, sessions and grants, the audit log, keys, settings, the purge.

use crate::support::{
    Answer, App, Ask, Browser, Method, REDIRECT_URI, Server, Value, json, profile, signed_in, unique,
};

const CLIENTS: &str = "/admin/api/clients";

async fn ask(server: &Server, method: Method, path: &str) -> Answer {
    server.administer(method, path, json!({})).await
}

fn app<'s>(server: &'s Server, json: &Value) -> App<'s> {
    let text = |name: &str| json[name].as_str().map(str::to_owned);
    App {
        server,
        id: text("client_id").unwrap(),
        secret: text("client_secret"),
        redirect_uri: REDIRECT_URI.to_owned(),
        scope: text("scope").unwrap(),
    }
}

#[tokio::test]
async fn an_application_is_made_used_changed_and_deleted() {
    let server = Server::shared();
    let body = json!({"client_name": "Wiki", "redirect_uris": [REDIRECT_URI], "logo_uri": "https://wiki.example/logo.png",
        "grant_types": ["authorization_code", "client_credentials"], "scope": "openid api:read", "launchpad": true});
    let made = server.administer(Method::POST, CLIENTS, body).await.expect(201).json();
    assert!(made["client_secret"].as_str().unwrap().starts_with("scs_") && made["launchpad"] == true, "{made}");
    assert!(made.get("registration_access_token").is_none(), "{made}");
    let mut wiki = app(server, &made);
    let form = [("grant_type", "client_credentials")];
    wiki.request("/token", &form).send().await.unwrap().error_for_status().unwrap();
    let path = format!("{CLIENTS}/{}", wiki.id);
    let read = ask(server, Method::GET, &path).await.expect(200).json();
    assert!(read.get("client_secret").is_none() && read["logo_uri"] == "https://wiki.example/logo.png", "{read}");
    let change = json!({"client_name": "Docs", "logo_uri": null, "launchpad": false});
    let changed = server.administer(Method::PATCH, &path, change).await.expect(200).json();
    assert_eq!((&changed["client_name"], &changed["launchpad"]), (&json!("Docs"), &json!(false)));
    assert!(changed.get("logo_uri").is_none() && changed["scope"] == "openid api:read", "{changed}");
    wiki.request("/token", &form).send().await.unwrap().error_for_status().unwrap();
    // Another secret, and the old one is worth nothing.
    let rotated = ask(server, Method::POST, &format!("{path}/rotate-secret")).await.expect(200).json();
    assert_eq!(wiki.request("/token", &form).send().await.unwrap().status(), 401);
    wiki.secret = rotated["client_secret"].as_str().map(str::to_owned);
    wiki.request("/token", &form).send().await.unwrap().error_for_status().unwrap();
    ask(server, Method::DELETE, &path).await.expect(204);
    assert_eq!(wiki.request("/token", &form).send().await.unwrap().status(), 401);
    for (method, path) in
        [(Method::DELETE, path.clone()), (Method::GET, path.clone()), (Method::POST, format!("{path}/rotate-secret"))]
    {
        ask(server, method, &path).await.expect(404);
    }
    server.administer(Method::PATCH, &path, json!({})).await.expect(404);
    let log = ask(server, Method::GET, &format!("/admin/api/audit?subject={}", wiki.id)).await.expect(200).json();
    let acts: Vec<_> = log["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(acts, ["client.delete", "client.rotate_secret", "client.change", "client.create"]);
    assert!(!log.to_string().contains("scs_"), "{log}");
}

#[tokio::test]
async fn what_an_application_is_for_is_told_to_people_where_the_administrator_says_it() {
    let server = Server::shared();
    let text = format!("Minutes & decisions {}", unique());
    let body = json!({"client_name": "Wiki", "redirect_uris": [REDIRECT_URI], "scope": "openid", "description": text,
        "launchpad": true});
    let made = server.administer(Method::POST, CLIENTS, body.clone()).await.expect(201).json();
    assert_eq!(made["description"], json!(text));
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let shown = text.replace('&', "&#38;");
    assert!(browser.get("/").await.html().contains(&shown), "the launchpad");
    assert!(browser.begin(&app(server, &made), &[]).await.html().contains(&shown), "the page of consent");
    let path = format!("{CLIENTS}/{}", made["client_id"].as_str().unwrap());
    let long = json!({"description": "x".repeat(301)});
    server.administer(Method::PATCH, &path, long).await.expect_error(400, "invalid_client_metadata");
    let changed = server.administer(Method::PATCH, &path, json!({"description": null})).await.expect(200).json();
    assert!(changed.get("description").is_none(), "{changed}");
    let Some(open) = Server::with(profile::STRANGERS) else { return };
    let strange = open.request(Method::POST, "/register").json(&body).ask().await.expect(201).json();
    assert!(strange.get("description").is_none(), "nobody vouches for what strangers say: {strange}");
}

#[tokio::test]
async fn what_register_refuses_is_refused_here_too() {
    let server = Server::shared();
    for (body, error) in [
        (json!({"redirect_uris": ["javascript:alert(1)"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["http://app.example/callback"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": []}), "invalid_redirect_uri"),
        (json!({"redirect_uris": [REDIRECT_URI], "grant_types": ["password"]}), "invalid_client_metadata"),
        (json!({"redirect_uris": [REDIRECT_URI], "launchpad": "yes"}), "invalid_request"),
    ] {
        server.administer(Method::POST, CLIENTS, body).await.expect_error(400, error);
    }
    let public = json!({"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"});
    let public = server.administer(Method::POST, CLIENTS, public).await.expect(201).json();
    let path = format!("{CLIENTS}/{}", public["client_id"].as_str().unwrap());
    ask(server, Method::POST, &format!("{path}/rotate-secret")).await.expect_error(400, "invalid_client_metadata");
    // It gets a secret with the method that needs one.
    let change = json!({"token_endpoint_auth_method": "client_secret_basic"});
    let changed = server.administer(Method::PATCH, &path, change).await.expect(200).json();
    assert!(changed["client_secret"].is_string(), "{changed}");
}

#[tokio::test]
async fn an_administrator_makes_applications_where_registration_is_closed() {
    let Some(server) = Server::with(profile::CLOSED) else { return };
    server.administer(Method::POST, CLIENTS, json!({"redirect_uris": [REDIRECT_URI]})).await.expect(201);
}

#[tokio::test]
async fn applications_are_searched_by_name_and_identifier() {
    let server = Server::shared();
    let name = format!("Q{}", unique());
    let mut ids = Vec::new();
    for title in ["B", "A"] {
        let body = json!({"client_name": format!("{name} {title}"), "redirect_uris": [REDIRECT_URI]});
        let made = server.administer(Method::POST, CLIENTS, body).await.expect(201).json();
        ids.push(made["client_id"].as_str().unwrap().to_owned());
    }
    let found = async |query: &str| {
        let page = ask(server, Method::GET, &format!("{CLIENTS}?{query}")).await.expect(200).json();
        let ids =
            page["items"].as_array().unwrap().iter().map(|client| client["client_id"].as_str().unwrap().to_owned());
        (ids.collect::<Vec<_>>(), page["next_cursor"].as_str().map(str::to_owned))
    };
    let (first, next) = found(&format!("q={}&limit=1", name.to_lowercase())).await;
    let (second, end) = found(&format!("q={name}&limit=1&cursor={}", next.unwrap())).await;
    assert_eq!((first, second, end), (vec![ids[1].clone()], vec![ids[0].clone()], None));
    assert_eq!(found(&format!("q={}", ids[0])).await.0, [ids[0].clone()]);
    for bad in ["sort=secret", "limit=-1", "cursor=e30"] {
        ask(server, Method::GET, &format!("{CLIENTS}?{bad}")).await.expect_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn grants_and_sessions_are_listed_and_ended() {
    let mut user = signed_in(Server::shared()).await;
    let server = user.app.server;
    let path = format!("/admin/api/users/{}", user.person.email);
    let grants = ask(server, Method::GET, &format!("{path}/grants")).await.expect(200).json();
    let grant = &grants["items"][0];
    assert_eq!((&grant["client_id"], &grant["scope"]), (&json!(user.app.id), &json!("openid profile email")));
    let of_client = ask(server, Method::GET, &format!("{CLIENTS}/{}/grants", user.app.id)).await.expect(200).json();
    assert_eq!(of_client["items"], grants["items"]);
    let revoke = format!("/admin/api/grants/{}", grant["id"].as_str().unwrap());
    ask(server, Method::DELETE, &revoke).await.expect(204);
    ask(server, Method::DELETE, &revoke).await.expect(404);
    assert!(!server.accepts(&user.tokens.access).await);
    user.app.try_refresh(user.tokens.refresh_token(), &[]).await.expect_error(400, "invalid_grant");

    let mut other = Browser::new(server);
    other.sign_in(&user.person).await;
    let sessions = ask(server, Method::GET, &format!("{path}/sessions")).await.expect(200).json();
    let newest = sessions["items"][0]["id"].as_str().unwrap();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 2);
    ask(server, Method::DELETE, &format!("/admin/api/sessions/{newest}")).await.expect(204);
    ask(server, Method::DELETE, &format!("/admin/api/sessions/{newest}")).await.expect(404);
    let signed_in = [other.get("/").await.html().contains("Jane"), user.browser.get("/").await.html().contains("Jane")];
    assert!(signed_in[0] != signed_in[1], "one of them has ended: {signed_in:?}");
    ask(server, Method::DELETE, &format!("{path}/sessions")).await.expect(204);
    for browser in [&mut other, &mut user.browser] {
        assert!(!browser.get("/").await.html().contains("Jane"));
    }
    for nothing in ["/admin/api/users/nobody@example.org/sessions", "/admin/api/clients/nothing/grants"] {
        ask(server, Method::GET, nothing).await.expect(404);
    }
    ask(server, Method::DELETE, "/admin/api/grants/1").await.expect(404);
}

#[tokio::test]
async fn settings_are_shown_without_their_secrets() {
    let server = Server::shared();
    let answer = ask(server, Method::GET, "/admin/api/settings").await.expect(200);
    assert!(!answer.body.contains(&server.admin_token), "{}", answer.body);
    let json = answer.json();
    let value = |name: &str| {
        let settings = json["items"].as_array().unwrap();
        settings.iter().find(|setting| setting["name"] == name).unwrap()["value"].clone()
    };
    assert_eq!((value("admin_token"), value("invite_code")), (json!("set"), json!("not set")));
    assert_eq!((value("issuer"), value("signup")), (json!(server.issuer), json!("open")));
}

#[tokio::test]
async fn the_keys_and_their_states_are_listed() {
    let server = Server::shared();
    let json = ask(server, Method::GET, "/admin/api/keys").await.expect(200).json();
    let published = server.get("/jwks").await.json();
    for key in json["items"].as_array().unwrap() {
        assert!(["next", "active", "retired"].contains(&key["state"].as_str().unwrap()), "{key}");
        assert!(published["keys"].as_array().unwrap().iter().any(|jwk| jwk["kid"] == key["kid"]), "{key}");
    }
    let active = json["items"].as_array().unwrap().iter().filter(|key| key["state"] == "active").count();
    assert_eq!(active, 3, "{json}");
}

#[tokio::test]
async fn a_step_of_the_purge_says_what_it_removed() {
    let server = Server::shared();
    let json = ask(server, Method::POST, "/admin/api/purge").await.expect(200).json();
    for table in ["sessions", "grants", "audit_log"] {
        assert!(json["removed"][table].is_u64(), "{json}");
    }
}
