//! The sample protected resource.

use crate::support::{App, Ask, Browser, Method, Server, Tokens, json, profile, signed_in};

#[tokio::test]
async fn a_token_opens_the_data_of_its_user() {
    let user = signed_in(Server::shared()).await;
    for path in ["/resource/me", "/resource/anything/below"] {
        let data = user.app.server.get_as(path, &user.tokens.access).await.expect(200).json();
        assert_eq!(data["resource"], path);
        assert_eq!(data["user"]["email"], user.person.email);
        assert_eq!(data["user"]["given_name"], "Jane");
        assert!(data.get("client").is_none(), "{data}");
    }
}

#[tokio::test]
async fn the_scope_profile_is_needed() {
    let app = App::confidential(Server::shared()).await;
    let mut browser = Browser::new(app.server);
    browser.sign_up().await;
    let callback = browser.authorize(&app, &[("scope", "openid email")]).await;
    let tokens = app.redeem(&callback).await;
    let answer = app.server.get_as("/resource/me", &tokens.access).await;
    answer.expect_error(403, "insufficient_scope");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer") && challenge.contains("error=\"insufficient_scope\""), "{challenge}");
}

#[tokio::test]
async fn a_token_of_a_client_opens_the_resource_for_the_client_and_no_user_data() {
    let app = App::machine(Server::shared()).await;
    let tokens = Tokens::of(&app.token(&[("grant_type", "client_credentials")]).await);
    let data = app.server.get_as("/resource/me", &tokens.access).await.expect(200).json();
    assert_eq!(data["client"], app.id);
    assert!(data.get("user").is_none(), "{data}");
    let narrow = [("grant_type", "client_credentials"), ("scope", "api:write")];
    let tokens = Tokens::of(&app.token(&narrow).await);
    app.server.get_as("/resource/me", &tokens.access).await.expect_error(403, "insufficient_scope");
}

#[tokio::test]
async fn errors_are_json_with_a_challenge() {
    let server = Server::shared();
    let bare = server.get("/resource/me").await.expect(401);
    assert!(bare.header("www-authenticate").starts_with("Bearer"));
    assert!(bare.header("content-type").starts_with("application/json"), "{:?}", bare.headers);
    let bad = server.get_as("/resource/me", "sat_AAAA").await;
    bad.expect_error(401, "invalid_token");
    assert!(bad.header("www-authenticate").contains("error=\"invalid_token\""));
}

#[tokio::test]
async fn a_revoked_token_opens_nothing() {
    let user = signed_in(Server::shared()).await;
    user.app.revoke(&user.tokens.access).await.expect(200);
    user.app.server.get_as("/resource/me", &user.tokens.access).await.expect_error(401, "invalid_token");
}

#[tokio::test]
async fn the_resource_is_only_read() {
    let answer = Server::shared().request(Method::DELETE, "/resource/me").ask().await.expect(405);
    assert!(answer.header("allow").contains("GET"));
}

/// The value of a parameter of a challenge.
fn parameter(challenge: &str, name: &str) -> Option<String> {
    let (_, rest) = challenge.split_once(&format!("{name}=\""))?;
    Some(rest.split('"').next().unwrap().to_owned())
}

#[tokio::test]
async fn a_refusal_says_where_the_metadata_of_the_resource_is_and_that_names_the_resource() {
    let server = Server::shared();
    for path in ["/resource", "/resource/me", "/resource/a/b", "/userinfo"] {
        for answer in [server.get(path).await, server.get_as(path, "sat_AAAA").await] {
            let url = parameter(answer.expect(401).header("www-authenticate"), "resource_metadata").unwrap();
            assert_eq!(url, format!("{}/.well-known/oauth-protected-resource{path}", server.issuer));
            let metadata = server.get(&url).await.expect(200);
            assert!(metadata.header("cache-control").contains("max-age"));
            let metadata = metadata.json();
            assert_eq!(metadata["resource"], format!("{}{path}", server.issuer));
            assert_eq!(metadata["authorization_servers"], json!([server.issuer]));
            assert!(metadata["bearer_methods_supported"].as_array().unwrap().contains(&json!("header")));
            assert!(metadata["scopes_supported"].as_array().unwrap().contains(&json!("profile")));
        }
    }
    server.get("/.well-known/oauth-protected-resource").await.expect(200);
    for path in ["/token", "/resources", "/userinfo/x", "/", "x"] {
        server.get(&format!("/.well-known/oauth-protected-resource{path}")).await.expect(404);
    }
}

#[tokio::test]
async fn metadata_of_an_issuer_with_a_path_is_behind_that_path() {
    let Some(server) = Server::with(profile::CLOSED) else { return };
    let answer = server.get("/resource/me").await.expect(401);
    let url = parameter(answer.header("www-authenticate"), "resource_metadata").unwrap();
    let origin = server.issuer.strip_suffix("/tenant").unwrap();
    assert_eq!(url, format!("{origin}/.well-known/oauth-protected-resource/tenant/resource/me"));
    let metadata = server.get("/.well-known/oauth-protected-resource/tenant/resource/me").await.expect(200).json();
    assert_eq!(metadata["resource"], format!("{}/resource/me", server.issuer));
    server.get("/.well-known/oauth-protected-resource/resource/me").await.expect(404);
    let preflight = server.request(Method::OPTIONS, "/.well-known/oauth-protected-resource/tenant/resource/me");
    let preflight = preflight.header("origin", "https://any.example").header("access-control-request-method", "GET");
    assert_eq!(preflight.ask().await.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn the_scope_that_is_missing_is_named() {
    let app = App::machine(Server::shared()).await;
    let narrow = [("grant_type", "client_credentials"), ("scope", "api:write")];
    let tokens = Tokens::of(&app.token(&narrow).await);
    let answer = app.server.get_as("/resource/me", &tokens.access).await;
    answer.expect_error(403, "insufficient_scope");
    let challenge = answer.header("www-authenticate");
    assert_eq!(parameter(challenge, "scope").as_deref(), Some("api:read"), "{challenge}");
    assert!(parameter(challenge, "resource_metadata").is_some(), "{challenge}");
}

// The rest is in crates/store/tests/use_cases/resource.rs: five minutes are long.
#[tokio::test]
async fn a_part_of_the_resource_wants_a_user_who_has_just_signed_in() {
    let user = signed_in(Server::shared()).await;
    let server = user.app.server;
    server.get_as("/resource/recent", &user.tokens.access).await.expect(200);
    let app = App::machine(server).await;
    let tokens = Tokens::of(&app.token(&[("grant_type", "client_credentials")]).await);
    let answer = server.get_as("/resource/recent", &tokens.access).await;
    answer.expect_error(401, "insufficient_user_authentication");
    let challenge = answer.header("www-authenticate");
    assert_eq!(parameter(challenge, "max_age").as_deref(), Some("300"), "{challenge}");
    server.get_as("/resource/me", &tokens.access).await.expect(200);
}

#[tokio::test]
async fn the_metadata_of_the_server_names_the_resources_that_are_known() {
    let server = Server::shared();
    let resources = server.get("/.well-known/oauth-authorization-server").await.expect(200).json();
    assert_eq!(resources["protected_resources"], json!([format!("{}/resource", server.issuer)]));
    let Some(server) = Server::with(profile::STRICT) else { return };
    let resources = server.get("/.well-known/oauth-authorization-server").await.expect(200).json();
    let listed = json!([format!("{}/resource", server.issuer), "https://api.example"]);
    assert_eq!(resources["protected_resources"], listed);
}
