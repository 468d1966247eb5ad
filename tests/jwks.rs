//! The published keys: RFC 7517.

use crate::support::{Ask, Method, Server, Value, jwt};

async fn keys(server: &Server) -> Vec<Value> {
    server.get("/jwks").await.expect(200).json()["keys"].as_array().expect("keys").clone()
}

#[tokio::test]
async fn there_is_a_key_of_every_advertised_algorithm() {
    let server = Server::shared();
    let keys = keys(server).await;
    for (algorithm, kind) in [("RS256", "RSA"), ("ES256", "EC"), ("EdDSA", "OKP")] {
        let key = keys.iter().find(|key| key["alg"] == algorithm).unwrap_or_else(|| panic!("no key for {algorithm}"));
        assert_eq!(key["kty"], kind);
        assert_eq!(key["use"], "sig");
    }
}

#[tokio::test]
async fn every_key_has_an_identifier_of_its_own() {
    let keys = keys(Server::shared()).await;
    let mut ids: Vec<&str> = keys.iter().map(|key| key["kid"].as_str().expect("kid")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), keys.len());
}

#[tokio::test]
async fn nothing_private_is_published() {
    for key in keys(Server::shared()).await {
        for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(member).is_none(), "{member} in {key}");
        }
    }
}

#[tokio::test]
async fn keys_are_as_large_as_their_algorithm_asks() {
    for key in keys(Server::shared()).await {
        let length = |member: &str| jwt::from_base64url(key[member].as_str().expect("a number")).len();
        match key["kty"].as_str().unwrap() {
            // "A key of size 2048 bits or larger MUST be used" (RFC 7518 §3.3)
            "RSA" => assert!(length("n") >= 256, "{key}"),
            "EC" => assert_eq!((&key["crv"], length("x"), length("y")), (&"P-256".into(), 32, 32)),
            "OKP" => assert_eq!((&key["crv"], length("x")), (&"Ed25519".into(), 32)),
            other => panic!("unexpected {other}"),
        }
    }
}

#[tokio::test]
async fn the_set_is_stable_between_requests() {
    let server = Server::shared();
    assert_eq!(keys(server).await, keys(server).await);
}

#[tokio::test]
async fn a_client_that_has_the_set_is_told_that_it_has_not_changed() {
    let server = Server::shared();
    let set = server.get("/jwks").await.expect(200);
    let (tag, kept) = (set.header("etag"), set.header("cache-control"));
    assert_eq!(kept, "public, max-age=300");
    for (known, status) in [(tag, 304), ("\"other\"", 200), (&*format!("\"other\", W/{tag}"), 304)] {
        let answer = server.request(Method::GET, "/jwks").header("if-none-match", known).ask().await.expect(status);
        assert_eq!((answer.header("etag"), answer.header("cache-control")), (tag, kept));
        assert_eq!(answer.body.is_empty(), status == 304);
    }
}
