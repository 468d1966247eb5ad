//! Keys that clients publish at their `jwks_uri`, RFC 7591 §2, over HTTP.

use crate::{
    client_assertion::Signing,
    support::{
        App, Browser, CHALLENGE, REDIRECT_URI, Server, Tokens, VERIFIER, Value, json,
        jwt::Signer,
        pass, profile,
        site::{Reply, Site},
        unique,
    },
};

const MACHINE: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// A set of this key under this name.
fn set(key: &Signer, kid: &str) -> Reply {
    let mut jwk = key.jwk();
    jwk["kid"] = kid.into();
    Reply::json(&json!({"keys": [jwk]}))
}

/// A client that publishes its key at a path that no other test has used.
async fn publishing<'s>(server: &'s Server, site: &Site, more: Value) -> (Signing<'s>, String) {
    let (path, key) = (format!("/{}/keys.json", unique()), Signer::new());
    site.serve(&path, set(&key, "1"));
    let mut metadata = json!({
        "redirect_uris": [REDIRECT_URI], "scope": "openid profile email", "client_name": "Publishing App",
        "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": site.url(&path),
    });
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    (Signing { app: App::register(server, metadata).await, key }, path)
}

fn machine() -> Value {
    json!({"redirect_uris": [], "grant_types": ["client_credentials"], "scope": "api:read"})
}

/// An assertion by this key under this name.
fn by(client: &Signing<'_>, key: &Signer, kid: &str) -> String {
    key.sign(&json!({"kid": kid}), &client.claims())
}

#[tokio::test]
async fn a_client_publishes_its_keys_and_signs_with_them_everywhere() {
    let Some(server) = Server::with(profile::NEIGHBOURS) else { return };
    let site = Site::start();
    let (client, path) = publishing(server, &site, machine()).await;
    assert!(site.received(&path).is_empty(), "registration does not need the keys");
    let assertion = || by(&client, &client.key, "1");
    let token = client.post_with("/token", &assertion(), &MACHINE).await.expect(200).json();
    let token = token["access_token"].as_str().unwrap();
    let told = client.post_with("/introspect", &assertion(), &[("token", token)]).await.expect(200).json();
    assert_eq!(told["active"], true);
    client.post_with("/revoke", &assertion(), &[("token", token)]).await.expect(200);
    let received = site.received(&path);
    assert_eq!(received.len(), 1, "they are kept");
    assert!(!received[0].headers.contains_key("authorization") && !received[0].headers.contains_key("cookie"));
    let (pushing, _) = publishing(server, &site, json!({})).await;
    let form = [("response_type", "code"), ("redirect_uri", REDIRECT_URI), ("scope", "openid")];
    pushing.post_with("/par", &by(&pushing, &pushing.key, "1"), &form).await.expect(201);
    let device = json!({"redirect_uris": [], "grant_types": ["urn:ietf:params:oauth:grant-type:device_code"]});
    let (device, _) = publishing(server, &site, device).await;
    device.post_with("/device_authorization", &by(&device, &device.key, "1"), &[]).await.expect(200);
}

#[tokio::test]
async fn a_client_replaces_its_keys_between_two_requests_and_goes_on_with_its_refresh_token() {
    let Some(server) = Server::with(profile::NEIGHBOURS) else { return };
    let site = Site::start();
    let (client, path) = publishing(server, &site, json!({})).await;
    let mut browser = Browser::new(server);
    browser.sign_up().await;
    let challenge = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let code = browser.authorize(&client.app, &challenge).await.code();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    let tokens = Tokens::of(&client.post_with("/token", &by(&client, &client.key, "1"), &form).await);
    let new = Signer::new();
    site.serve(&path, set(&new, "2"));
    pass(3).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token())];
    let tokens = Tokens::of(&client.post_with("/token", &by(&client, &new, "2"), &form).await);
    assert_eq!(site.received(&path).len(), 2);
    // What is not published any more signs nothing any more.
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token())];
    let answer = client.post_with("/token", &by(&client, &client.key, "1"), &form).await;
    answer.expect_error(401, "invalid_client");
}

#[tokio::test]
async fn keys_that_cannot_be_had_open_nothing_and_are_not_asked_for_again_and_again() {
    let Some(server) = Server::with(profile::NEIGHBOURS) else { return };
    let site = Site::start();
    let mut private = Signer::new().jwk();
    private["d"] = "AAAA".into();
    for reply in [
        Reply::empty(404),
        Reply::empty(302).with("Location", "/elsewhere.json"),
        Reply::json(&json!([])),
        Reply::json(&json!({"keys": [private]})),
    ] {
        let (client, path) = publishing(server, &site, machine()).await;
        site.serve(&path, reply.clone());
        for _ in 0..3 {
            let answer = client.post_with("/token", &by(&client, &client.key, "1"), &MACHINE).await;
            answer.expect_error(401, "invalid_client");
        }
        assert!(site.received(&path).len() <= 2, "{reply:?}");
    }
    assert!(site.received("/elsewhere.json").is_empty());
}

#[tokio::test]
async fn what_no_published_key_could_have_signed_makes_the_server_ask_nobody() {
    let Some(server) = Server::with(profile::NEIGHBOURS) else { return };
    let site = Site::start();
    let (client, path) = publishing(server, &site, machine()).await;
    for assertion in ["junk".to_owned(), crate::support::jwt::hs256(&client.claims(), b"guessed")] {
        let form = [MACHINE[0], ("client_id", client.app.id.as_str())];
        client.post_with("/token", &assertion, &form).await.expect_error(401, "invalid_client");
    }
    assert!(site.received(&path).is_empty());
}
