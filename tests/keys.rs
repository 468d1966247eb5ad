//! Rotation of the signing keys.

use crate::support::{
    App, Method, Server, Value, json, jwt, pass,
    server::{PUBLISHED_KEYS, State},
    signed_in, tokens_for,
};

fn ids(set: &Value) -> Vec<String> {
    set["keys"].as_array().expect("keys").iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_stays() {
    let state = State::new();
    let Some(server) = Server::start(&[], &state) else { return };
    let user = signed_in(&server).await;
    let before = server.get("/jwks").await.expect(200).json();
    let signed_by = jwt::header(user.tokens.id_token())["kid"].clone();
    let answer = server.administer(Method::POST, "/admin/api/keys/rotate", json!({})).await.expect(200).json();
    assert_eq!(ids(&answer).len(), 2 * ids(&before).len());
    pass(1).await;
    let published = server.get("/jwks").await.expect(200).json();
    assert_eq!(ids(&published), ids(&answer), "the new keys are published within a second");
    assert!(ids(&before).iter().all(|kid| ids(&published).contains(kid)), "the old keys stay");
    let next = user.app.refresh(user.tokens.refresh_token()).await;
    assert_eq!(jwt::header(next.id_token())["kid"], signed_by, "the old key goes on for a while");
    let early = server.administer(Method::POST, "/admin/api/keys/rotate", json!({})).await;
    early.expect_error(400, "invalid_request");
    server.stop();
}

#[tokio::test]
async fn a_key_that_was_published_long_enough_signs_and_what_was_signed_before_is_still_good() {
    let state = State::new();
    let Some(server) = Server::start(&[("key_publish_delay", "1")], &state) else { return };
    let user = signed_in(&server).await;
    let signed_by = jwt::header(user.tokens.id_token())["kid"].as_str().unwrap().to_owned();
    server.administer(Method::POST, "/admin/api/keys/rotate", json!({})).await.expect(200);
    pass(2).await;
    let next = user.app.refresh(user.tokens.refresh_token()).await;
    let kid = jwt::header(next.id_token())["kid"].as_str().unwrap().to_owned();
    assert_ne!(kid, signed_by);
    let published = ids(&server.get("/jwks").await.json());
    assert!(published.contains(&kid) && published.contains(&signed_by), "{published:?}");
    assert!(server.accepts(&user.tokens.access).await, "access tokens survive rotation");
    server.stop();
}

#[tokio::test]
async fn sessions_and_pending_requests_survive_rotation() {
    let state = State::new();
    let Some(server) = Server::start(&[("key_publish_delay", "0")], &state) else { return };
    let app = App::public(&server).await;
    let (mut browser, _, tokens) = tokens_for(&app).await;
    let other = App::confidential(&server).await;
    let consent = browser.begin(&other, &[]).await.expect(200);
    server.administer(Method::POST, "/admin/api/keys/rotate", json!({})).await.expect(200);
    assert!(browser.decide(&consent, "approve").await.location().as_str().contains("code="));
    app.refresh(tokens.refresh_token()).await;
    server.stop();
}

#[tokio::test]
async fn no_private_key_lies_in_the_database_in_clear() {
    let state = State::new();
    let key = "0123456789abcdef0123456789abcdef0123456789abcdef";
    let Some(server) = Server::start(&[("key_encryption_key", key)], &state) else { return };
    let user = signed_in(&server).await;
    let (password, code) = (user.person.password.clone(), user.tokens.access.clone());
    let refresh = user.tokens.refresh_token().to_owned();
    let secret = user.app.secret.clone().unwrap();
    server.stop();
    let bytes = state.bytes();
    let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has("@example.org"), "this looks at the right files");
    for (what, text) in [
        ("the key-encryption key", key),
        ("a password", &password),
        ("a client secret", &secret),
        ("an access token", &code),
        ("a refresh token", &refresh),
        ("a PEM key", "PRIVATE KEY"),
        ("a private JWK", "\"d\":\""),
    ] {
        assert!(!has(text), "{what} is stored in clear");
    }
    assert!(has("$2b$04$"), "passwords are bcrypt at the configured cost");
}

#[tokio::test]
async fn a_wrong_key_encryption_key_is_an_error_and_loses_nothing() {
    let state = State::new();
    let right = [("key_encryption_key", "0123456789abcdef0123456789abcdef")];
    let Some(server) = Server::start(&right, &state) else { return };
    let user = signed_in(&server).await;
    let keys = server.get("/jwks").await.expect(200).json();
    let (token, id, secret) = (user.tokens.access.clone(), user.app.id.clone(), user.app.secret.clone());
    server.stop();

    let wrong = [("key_encryption_key", "ffffffffffffffffffffffffffffffff")];
    let server = Server::start(&wrong, &state).unwrap();
    server.get_as("/userinfo", &token).await.expect_error(500, "server_error");
    let request = server.request(Method::POST, "/token").basic_auth(&id, secret.as_ref());
    let answer =
        crate::support::Ask::ask(request.form(&[("grant_type", "refresh_token"), ("refresh_token", "srt_AAAA")]));
    answer.await.expect_error(500, "server_error");
    assert!(!server.log().contains("ffffffff"), "{}", server.log());
    server.stop();

    let server = Server::start(&right, &state).unwrap();
    assert!(server.accepts(&token).await);
    assert_eq!(server.get("/jwks").await.expect(200).json(), keys);
    server.stop();
}

#[tokio::test]
async fn given_signing_keys_are_used_and_published_without_their_private_part() {
    let state = State::new();
    let given: Value = serde_json::from_str(PUBLISHED_KEYS).unwrap();
    let Some(server) = Server::start(&[("signing_keys", &given.to_string())], &state) else { return };
    let set = server.get("/jwks").await.expect(200).json();
    for key in given["keys"].as_array().unwrap() {
        let is_same =
            |known: &&Value| ["n", "x"].iter().any(|part| key.get(part).is_some() && known[part] == key[part]);
        let published = set["keys"].as_array().unwrap().iter().find(is_same).expect("every given key is published");
        assert!(["d", "p", "q", "dp", "dq", "qi"].iter().all(|part| published.get(part).is_none()), "{published}");
        let metadata =
            json!({"redirect_uris": ["https://app.example/callback"], "id_token_signed_response_alg": key["alg"]});
        let app = App::register(&server, metadata).await;
        let (_, _, tokens) = tokens_for(&app).await;
        assert_eq!(jwt::header(tokens.id_token())["kid"], published["kid"]);
    }
    // RFC 8037 appendix A.3
    assert!(ids(&set).contains(&"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".to_owned()), "{set}");
    // There is nothing here to rotate.
    let answer = server.administer(Method::POST, "/admin/api/keys/rotate", json!({})).await;
    assert!((400..500).contains(&answer.status), "{} {}", answer.status, answer.body);
    assert_eq!(server.get("/jwks").await.expect(200).json(), set);
    server.stop();
}

#[tokio::test]
async fn given_signing_keys_that_are_wrong_are_an_error_and_are_not_shown() {
    let state = State::new();
    let mut given: Value = serde_json::from_str(PUBLISHED_KEYS).unwrap();
    given["keys"].as_array_mut().unwrap().truncate(2);
    let Some(server) = Server::start(&[("signing_keys", &given.to_string())], &state) else { return };
    server.get("/jwks").await.expect_error(500, "server_error");
    let log = server.log();
    assert!(log.contains("signing_keys") && !log.contains(given["keys"][0]["d"].as_str().unwrap()), "{log}");
    server.stop();
}
