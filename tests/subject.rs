//! Public and pairwise subjects: OIDC Core §8.

use std::{
    io::{Read, Write},
    net::TcpListener,
};

use crate::support::{App, Ask, Browser, Method, Server, Tokens, Value, app::register, json, jwt, profile};

async fn app_at(host: &str, subject_type: &str) -> App<'static> {
    let metadata = json!({
        "redirect_uris": [format!("https://{host}/callback")], "subject_type": subject_type,
        "scope": "openid profile email",
    });
    App::register(Server::shared(), metadata).await
}

fn subject(tokens: &Tokens) -> String {
    jwt::claims(tokens.id_token())["sub"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_pairwise_subject_is_the_same_within_a_sector_and_another_outside() {
    let mut browser = Browser::new(Server::shared());
    browser.sign_up().await;
    let mut subjects = Vec::new();
    for (host, subject_type) in [
        ("one.example", "pairwise"),
        ("one.example", "pairwise"),
        ("two.example", "pairwise"),
        ("one.example", "public"),
    ] {
        let app = app_at(host, subject_type).await;
        let callback = browser.authorize(&app, &[]).await;
        subjects.push(subject(&app.redeem(&callback).await));
    }
    assert_eq!(subjects[0], subjects[1]);
    assert!(subjects[0] != subjects[2] && subjects[0] != subjects[3] && subjects[2] != subjects[3], "{subjects:?}");
    // "It MUST NOT exceed 255 ASCII characters in length." (§2)
    assert!(subjects[0].is_ascii() && subjects[0].len() <= 255);
}

#[tokio::test]
async fn two_users_have_two_pairwise_subjects() {
    let app = app_at("pairwise.example", "pairwise").await;
    let (_, _, one) = crate::support::tokens_for(&app).await;
    let (_, _, other) = crate::support::tokens_for(&app).await;
    assert_ne!(subject(&one), subject(&other));
}

#[tokio::test]
async fn every_answer_names_the_same_pairwise_subject() {
    let app = app_at("pairwise.example", "pairwise").await;
    let server = app.server;
    let (_, _, tokens) = crate::support::tokens_for(&app).await;
    let expected = subject(&tokens);
    let named = |answer: Value| answer["sub"].as_str().unwrap().to_owned();
    assert_eq!(named(server.get_as("/userinfo", &tokens.access).await.expect(200).json()), expected);
    assert_eq!(named(server.get_as("/resource/a", &tokens.access).await.expect(200).json()["user"].clone()), expected);
    for token in [&tokens.access, tokens.refresh_token()] {
        assert_eq!(named(app.request("/introspect", &[("token", token)]).ask().await.expect(200).json()), expected);
    }
    assert_eq!(subject(&app.refresh(tokens.refresh_token()).await), expected);
    // Another client that asks learns the name that the token's client has, and none of its own sector.
    let other = app_at("other.example", "pairwise").await;
    assert_eq!(
        named(other.request("/introspect", &[("token", &tokens.access)]).ask().await.expect(200).json()),
        expected
    );
}

#[tokio::test]
async fn a_pairwise_subject_may_be_asked_for_and_hinted_at() {
    let app = app_at("pairwise.example", "pairwise").await;
    let (mut browser, _, tokens) = crate::support::tokens_for(&app).await;
    let hint = [("prompt", "none"), ("id_token_hint", tokens.id_token())];
    assert!(browser.authorize(&app, &hint).await.get("code").is_some());
    let mut claims = json!({"id_token": {"sub": {"value": subject(&tokens)}}}).to_string();
    assert!(browser.authorize(&app, &[("prompt", "none"), ("claims", &claims)]).await.get("code").is_some());
    // The public subject is nobody to this client.
    let public = app_at("pairwise.example", "public").await;
    let callback = browser.authorize(&public, &[]).await;
    claims = json!({"id_token": {"sub": {"value": subject(&public.redeem(&callback).await)}}}).to_string();
    browser.authorize(&app, &[("prompt", "none"), ("claims", &claims)]).await.expect_error("login_required");
}

#[tokio::test]
async fn an_id_token_of_a_pairwise_client_signs_out_at_once() {
    let metadata = json!({
        "redirect_uris": ["https://bye.example/callback"], "subject_type": "pairwise",
        "post_logout_redirect_uris": ["https://bye.example/bye"],
    });
    let app = App::register(Server::shared(), metadata).await;
    let (mut browser, person, tokens) = crate::support::tokens_for(&app).await;
    // Another session of the same user: the hint proves the user, not the session.
    browser.sign_in(&person).await;
    let query = [("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", "https://bye.example/bye")];
    let answer = browser.get(&format!("/logout?{}", crate::support::encode(&query))).await;
    assert_eq!(answer.location().as_str(), "https://bye.example/bye");
    assert!(browser.session().is_none());
}

/// A server on this machine that answers every request with this document; its URL.
fn serve_document(document: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/sector.json", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut octet = [0];
                stream.read_exact(&mut octet).unwrap();
                head.extend(octet);
            }
            let length = document.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(format!("{head}{document}").as_bytes()).unwrap();
        }
    });
    url
}

#[tokio::test]
async fn clients_of_one_sector_know_a_user_by_one_name_whatever_their_hosts() {
    let Some(server) = Server::with(profile::NEIGHBOURS) else { return };
    let uris = ["https://one.example/cb", "https://two.example/cb", "https://three.example/cb"];
    let sector = serve_document(json!([uris[0], uris[1]]).to_string());
    let metadata = |uris: &[&str]| json!({"redirect_uris": uris, "subject_type": "pairwise", "scope": "openid", "sector_identifier_uri": sector});
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let mut subjects = Vec::new();
    for uris in [&uris[..1], &uris[1..2], &uris[..2]] {
        let app = App::register(server, metadata(uris)).await;
        let callback = browser.authorize(&app, &[]).await;
        subjects.push(subject(&app.redeem(&callback).await));
    }
    assert!(subjects[0] == subjects[1] && subjects[1] == subjects[2], "{subjects:?}");
    // "The values of the registered redirect_uris MUST be included in the elements of the array, or registration MUST fail."
    register(server, metadata(&uris)).await.expect_error(400, "invalid_client_metadata");
    let mut public = metadata(&uris);
    public["subject_type"] = "public".into();
    register(server, public).await.expect_error(400, "invalid_client_metadata");
    // Nor does a client slip in afterwards.
    let client = register(server, metadata(&uris[..1])).await.expect(201).json();
    let mut changed = metadata(&uris[2..]);
    changed["client_id"] = client["client_id"].clone();
    let url = server.own(client["registration_client_uri"].as_str().unwrap()).unwrap();
    let request = server.request(Method::PUT, &url).bearer_auth(client["registration_access_token"].as_str().unwrap());
    request.json(&changed).ask().await.expect_error(400, "invalid_client_metadata");
}

#[tokio::test]
async fn a_sector_that_cannot_be_asked_is_none() {
    // Without the setting, nothing on this machine is asked.
    let sector = serve_document(json!(["https://one.example/cb"]).to_string());
    for uri in [sector.as_str(), "https://sector.invalid/list.json", "https://169.254.169.254/latest"] {
        let metadata = json!({"redirect_uris": ["https://one.example/cb"], "sector_identifier_uri": uri});
        register(Server::shared(), metadata).await.expect_error(400, "invalid_client_metadata");
    }
}

#[tokio::test]
async fn pairwise_redirect_uris_are_of_one_host() {
    let server = Server::shared();
    let uris = |second: &str| json!({"redirect_uris": ["https://a.example/cb", second], "subject_type": "pairwise"});
    for second in ["https://b.example/cb", "http://127.0.0.1/cb", "com.example.app:/cb"] {
        register(server, uris(second)).await.expect_error(400, "invalid_client_metadata");
    }
    let client = register(server, uris("https://A.example:8443/other")).await.expect(201).json();
    assert_eq!(client["subject_type"], "pairwise");
    let unknown = json!({"redirect_uris": ["https://a.example/cb"], "subject_type": "ephemeral"});
    register(server, unknown).await.expect_error(400, "invalid_client_metadata");
}
