//! Dynamic client registration: RFC 7591.

use crate::support::{App, Ask, Browser, Method, REDIRECT_URI, Server, Value, app::register, json, pass, profile};

#[tokio::test]
async fn a_client_gets_an_identifier_and_a_secret_and_the_defaults() {
    let server = Server::shared();
    let answer = register(server, json!({"redirect_uris": [REDIRECT_URI]})).await.expect(201);
    assert!(answer.header("cache-control").contains("no-store"));
    let client = answer.json();
    assert!(client["client_id"].as_str().is_some_and(|id| id.len() >= 16));
    assert!(client["client_secret"].as_str().is_some_and(|secret| secret.starts_with("scs_") && secret.len() > 40));
    assert_eq!(client["client_secret_expires_at"], 0);
    assert!(client["client_id_issued_at"].is_i64());
    assert_eq!(client["redirect_uris"], json!([REDIRECT_URI]));
    assert_eq!(client["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(client["response_types"], json!(["code"]));
    assert_eq!(client["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(client["scope"], "openid profile email offline_access");
    assert_eq!(client["id_token_signed_response_alg"], "RS256");
    assert!(!client.as_object().unwrap().values().any(Value::is_null), "absent members are omitted: {client}");
}

#[tokio::test]
async fn the_metadata_comes_back_as_it_was_registered() {
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI, "http://127.0.0.1/cb", "com.example.app:/cb"],
        "client_name": "Ada's <App>",
        "client_uri": "https://app.example/",
        "logo_uri": "https://app.example/logo.png",
        "policy_uri": "https://app.example/policy",
        "tos_uri": "https://app.example/terms",
        "contacts": ["ada@app.example"],
        "scope": "openid api:read",
        "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "id_token_signed_response_alg": "ES256",
    });
    let client = register(Server::shared(), metadata.clone()).await.expect(201).json();
    for (name, value) in metadata.as_object().unwrap() {
        assert_eq!(&client[name], value, "{name}");
    }
}

#[tokio::test]
async fn a_public_client_gets_no_secret() {
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"});
    let client = register(Server::shared(), metadata).await.expect(201).json();
    assert!(client.get("client_secret").is_none() && client.get("client_secret_expires_at").is_none(), "{client}");
}

#[tokio::test]
async fn further_metadata_come_back_as_they_were_registered() {
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI],
        "client_name": "Calendar",
        "client_name#de": "Kalender",
        "client_name#zh-Hant-TW": "\u{884c}\u{4e8b}\u{66c6}",
        "client_uri#de": "https://app.example/de",
        "policy_uri#de": "https://app.example/de/datenschutz",
        "application_type": "web",
        "software_id": "4NRB1-0XZABZI9E6-5SM3R",
        "software_version": "2.2",
        "default_max_age": 3600,
        "require_auth_time": true,
        "default_acr_values": ["urn:a", "urn:b"],
        "initiate_login_uri": "https://app.example/login?x=1",
        "subject_type": "pairwise",
    });
    let client = register(Server::shared(), metadata.clone()).await.expect(201).json();
    for (name, value) in metadata.as_object().unwrap() {
        assert_eq!(&client[name], value, "{name}");
    }
    assert!(client["default_max_age"].is_i64(), "whole seconds");
}

#[tokio::test]
async fn a_member_that_is_null_counts_as_omitted() {
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "client_name": null, "scope": null, "contacts": null,
        "default_max_age": null, "client_name#de": null, "software_statement": null});
    let client = register(Server::shared(), metadata).await.expect(201).json();
    assert!(!client.as_object().unwrap().values().any(Value::is_null), "{client}");
    assert!(client.get("client_name").is_none() && client["scope"].is_string());
}

#[tokio::test]
async fn the_application_type_decides_which_redirect_uris_fit() {
    let private = "com.example.app:/cb";
    for (uris, asked, answered) in [
        (json!([REDIRECT_URI]), None, "web"),
        (json!(["http://127.0.0.1/cb"]), None, "web"),
        (json!([private]), None, "native"),
        (json!([private, "http://localhost/cb", REDIRECT_URI]), Some("native"), "native"),
    ] {
        let mut metadata = json!({"redirect_uris": uris});
        if let Some(asked) = asked {
            metadata["application_type"] = asked.into();
        }
        let client = register(Server::shared(), metadata.clone()).await.expect(201).json();
        assert_eq!(client["application_type"], answered, "{metadata}");
    }
    let web = json!({"redirect_uris": [private], "application_type": "web"});
    register(Server::shared(), web).await.expect_error(400, "invalid_redirect_uri");
}

#[tokio::test]
async fn software_statements_and_encryption_are_refused_and_not_ignored() {
    let ask = async |name: &str, value: Value| {
        let mut metadata = json!({"redirect_uris": [REDIRECT_URI]});
        metadata[name] = value;
        register(Server::shared(), metadata).await
    };
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzb2Z0d2FyZV9pZCI6IjQifQ.";
    ask("software_statement", unsigned.into()).await.expect_error(400, "invalid_software_statement");
    ask("software_statement", json!({})).await.expect_error(400, "invalid_software_statement");
    let signed = format!("{unsigned}c2lnbmF0dXJl");
    ask("software_statement", signed.into()).await.expect_error(400, "unapproved_software_statement");
    for name in [
        "id_token_encrypted_response_alg",
        "id_token_encrypted_response_enc",
        "userinfo_encrypted_response_alg",
        "userinfo_encrypted_response_enc",
        "request_object_encryption_alg",
        "request_object_encryption_enc",
    ] {
        ask(name, "RSA-OAEP-256".into()).await.expect_error(400, "invalid_client_metadata");
    }
}

#[tokio::test]
async fn a_client_that_is_not_known_is_told_so_that_it_registers_again() {
    // better-auth#11035
    let app = App { id: "00000000-0000-4000-8000-000000000000".to_owned(), ..App::public(Server::shared()).await };
    app.try_redeem("sac_x", &[]).await.expect_error(401, "invalid_client");
    app.try_refresh("srt_x", &[]).await.expect_error(401, "invalid_client");
}

/// Registers without the admin token.
async fn register_as_stranger(server: &Server, metadata: Value) -> crate::support::Answer {
    server.request(Method::POST, "/register").json(&metadata).ask().await
}

#[tokio::test]
async fn a_stranger_registers_no_scope_and_no_grant_that_the_operator_did_not_open() {
    let Some(server) = Server::with(profile::STRANGERS) else { return };
    for metadata in [
        json!({"redirect_uris": [REDIRECT_URI], "scope": "openid api:admin"}),
        json!({"redirect_uris": [REDIRECT_URI], "scope": "openid email"}),
        json!({"grant_types": ["client_credentials"], "scope": "mcp:tools"}),
        json!({"redirect_uris": [REDIRECT_URI], "grant_types": ["authorization_code", "client_credentials"]}),
    ] {
        register_as_stranger(server, metadata).await.expect_error(400, "invalid_client_metadata");
    }
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid mcp:tools"});
    assert_eq!(register_as_stranger(server, metadata).await.expect(201).json()["scope"], "openid mcp:tools");
    let metadata = json!({"redirect_uris": [REDIRECT_URI]});
    assert_eq!(register_as_stranger(server, metadata).await.expect(201).json()["scope"], "openid profile");
    // The administrator registers what they want.
    let metadata = json!({"grant_types": ["client_credentials"], "scope": "api:admin"});
    register(server, metadata).await.expect(201);
}

#[tokio::test]
async fn a_registration_that_nobody_uses_goes_and_one_that_was_used_stays() {
    let Some(server) = Server::with(profile::STRANGERS) else { return };
    let stranger = async || {
        let metadata = json!({"redirect_uris": [REDIRECT_URI], "scope": "openid"});
        let client = register_as_stranger(server, metadata).await.expect(201).json();
        App {
            server,
            id: client["client_id"].as_str().unwrap().to_owned(),
            secret: client["client_secret"].as_str().map(str::to_owned),
            redirect_uri: REDIRECT_URI.to_owned(),
            scope: "openid".to_owned(),
        }
    };
    let (used, unused) = (stranger().await, stranger().await);
    let registered = App::confidential(server).await;
    let (_, _, tokens) = crate::support::tokens_for(&used).await;
    pass(3).await;
    // Each registration takes two that are due with it; other tests leave theirs behind.
    let is_known = async |app: &App<'_>| app.request("/introspect", &[("token", "x")]).ask().await.status == 200;
    for _ in 0..20 {
        stranger().await;
        if !is_known(&unused).await {
            break;
        }
    }
    unused.try_refresh("srt_x", &[]).await.expect_error(401, "invalid_client");
    assert!(is_known(&used).await && is_known(&registered).await);
    used.refresh(tokens.refresh_token()).await;
}

#[tokio::test]
async fn two_clients_of_the_same_metadata_are_two_clients() {
    let (one, two) = (App::confidential(Server::shared()).await, App::confidential(Server::shared()).await);
    assert_ne!(one.id, two.id);
    assert_ne!(one.secret, two.secret);
}

#[tokio::test]
async fn registration_needs_the_token() {
    let server = Server::shared();
    let metadata = json!({"redirect_uris": [REDIRECT_URI]});
    let answer = server.request(Method::POST, "/register").json(&metadata).ask().await;
    assert_eq!(answer.status, 401, "{}", answer.body);
    assert_eq!(answer.json()["error"], "invalid_token");
    assert!(answer.header("www-authenticate").starts_with("Bearer"));
    for token in ["wrong", "", &server.admin_token[1..], &format!("{}x", server.admin_token)] {
        let request = server.request(Method::POST, "/register").bearer_auth(token).json(&metadata);
        request.ask().await.expect_error(401, "invalid_token");
    }
}

#[tokio::test]
async fn dangerous_or_ambiguous_redirect_uris_are_refused() {
    for uri in [
        "",
        "/callback",
        "//evil.example/cb",
        "https://",
        "http://app.example/cb",
        "https://app.example/cb#fragment",
        "https://user@app.example/cb",
        "https://*.app.example/cb",
        "https://app.example/a/../b",
        "https://app.example/%2e%2e/b",
        "https://app.example/a b",
        "https://app.example\\@evil.example",
        "https://app.example/\tcb",
        "https://app.example/\ncb",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "vbscript:x",
        "http://127.0.0.1.evil.example/cb",
        "http://localhost.evil.example/cb",
    ] {
        let answer = register(Server::shared(), json!({"redirect_uris": [uri]})).await;
        answer.expect_error(400, "invalid_redirect_uri");
        let answer = register(Server::shared(), json!({"redirect_uris": [REDIRECT_URI, uri]})).await;
        answer.expect_error(400, "invalid_redirect_uri");
    }
}

#[tokio::test]
async fn a_client_with_redirects_must_name_one() {
    for metadata in [json!({}), json!({"redirect_uris": []})] {
        register(Server::shared(), metadata).await.expect_error(400, "invalid_redirect_uri");
    }
}

#[tokio::test]
async fn metadata_that_does_not_fit_together_is_refused() {
    for metadata in [
        json!({"redirect_uris": [REDIRECT_URI], "grant_types": ["refresh_token"]}),
        json!({"redirect_uris": [REDIRECT_URI], "scope": "with \"quotes\""}),
        json!({"redirect_uris": [REDIRECT_URI], "grant_types": ["client_credentials"], "response_types": ["code"]}),
        json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}),
        json!({"redirect_uris": [REDIRECT_URI], "grant_types": ["implicit"]}),
        json!({"redirect_uris": [REDIRECT_URI], "grant_types": ["password"]}),
        json!({"redirect_uris": [REDIRECT_URI], "response_types": ["token"]}),
        json!({"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "private_key_jwt"}),
        json!({"redirect_uris": [REDIRECT_URI], "id_token_signed_response_alg": "none"}),
        json!({"redirect_uris": [REDIRECT_URI], "id_token_signed_response_alg": "HS256"}),
        json!({"redirect_uris": [REDIRECT_URI], "client_name": "x".repeat(101)}),
        json!({"redirect_uris": [REDIRECT_URI], "client_name": "two\nlines"}),
        json!({"redirect_uris": [REDIRECT_URI], "client_uri": "javascript:alert(1)"}),
        json!({"redirect_uris": [REDIRECT_URI], "logo_uri": "data:image/svg+xml,<svg/>"}),
        json!({"redirect_uris": [REDIRECT_URI], "client_name": 7}),
        json!({"redirect_uris": [REDIRECT_URI], "client_name#de": 7}),
        json!({"redirect_uris": [REDIRECT_URI], "client_name#de": "two\nlines"}),
        json!({"redirect_uris": [REDIRECT_URI], "tos_uri#fr": "javascript:alert(1)"}),
        json!({"redirect_uris": [REDIRECT_URI], "initiate_login_uri": "com.example.app:/login"}),
        json!({"redirect_uris": [REDIRECT_URI], "initiate_login_uri": "http://app.example/login"}),
        json!({"redirect_uris": [REDIRECT_URI], "default_max_age": -1}),
        json!({"redirect_uris": [REDIRECT_URI], "default_max_age": 1.5}),
        json!({"redirect_uris": [REDIRECT_URI], "default_max_age": "60"}),
        json!({"redirect_uris": [REDIRECT_URI], "require_auth_time": "yes"}),
        json!({"redirect_uris": [REDIRECT_URI], "default_acr_values": "urn:a"}),
        json!({"redirect_uris": [REDIRECT_URI], "application_type": "desktop"}),
        json!({"redirect_uris": [REDIRECT_URI], "software_version": 2.2}),
        json!({"redirect_uris": [REDIRECT_URI], "contacts": vec!["a@b.example"; 21]}),
        json!([]),
        json!("text"),
    ] {
        let answer = register(Server::shared(), metadata.clone()).await;
        assert_eq!(answer.status, 400, "{metadata} was answered: {}", answer.body);
        answer.expect_error(400, "invalid_client_metadata");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let server = Server::shared();
    for (kind, body) in [
        ("application/json", "{"),
        ("application/json", ""),
        ("application/json", "{\"redirect_uris\":[\"https://a.example/\u{0}\"]"),
        ("application/x-www-form-urlencoded", "redirect_uris=https%3A%2F%2Fa.example"),
    ] {
        let request = server.request(Method::POST, "/register").bearer_auth(&server.admin_token);
        let answer = request.header("content-type", kind).body(body).ask().await;
        assert_eq!(answer.status, 400, "{kind} {body}: {}", answer.body);
        assert!(matches!(answer.json()["error"].as_str(), Some("invalid_client_metadata" | "invalid_request")));
    }
}

#[tokio::test]
async fn unknown_members_are_ignored_and_not_echoed() {
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI], "x_unknown": 1, "client_id": "chosen", "client_secret": "scs_chosen",
        "client_id_issued_at": 1,
    });
    let client = register(Server::shared(), metadata).await.expect(201).json();
    assert_ne!(client["client_id"], "chosen");
    assert_ne!(client["client_secret"], "scs_chosen");
    assert_ne!(client["client_id_issued_at"], 1);
    assert!(client.get("x_unknown").is_none());
}

#[tokio::test]
async fn an_open_server_registers_anybody_but_puts_nobody_on_the_launchpad() {
    let Some(server) = Server::with(profile::STRICT) else { return };
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "client_name": "Stranger", "launchpad": true});
    let answer = server.request(Method::POST, "/register").json(&metadata).ask().await.expect(201);
    assert_ne!(answer.json()["launchpad"], true);
    let mut browser = Browser::new(server);
    crate::signup::sign_up_with_invite(&mut browser).await;
    assert!(!browser.get("/").await.expect(200).html().contains("Stranger"));
}

#[tokio::test]
async fn a_closed_server_registers_nobody_not_even_its_administrator() {
    let Some(server) = Server::with(profile::CLOSED) else { return };
    let answer = register(server, json!({"redirect_uris": [REDIRECT_URI]})).await;
    answer.expect_error(400, "access_denied");
}

#[tokio::test]
async fn registration_is_by_post() {
    let answer = Server::shared().get("/register").await;
    assert_eq!(answer.status, 405);
    assert!(answer.header("allow").contains("POST"));
}
