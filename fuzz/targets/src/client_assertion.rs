//! Client assertions: what authenticates a client is signed by it, for this server, now, and used for the first time. The
//! lines are the header and the claims, which the client signs; anything else is taken as the assertion itself.

use std::cell::OnceCell;

use domain::{
    client::{ClientCredentials, Proof, authenticate},
    client_assertion::ClientAssertion,
};
use protocol::{Secret, client_metadata::TokenEndpointAuthMethod};
use serde_json::Value;

use crate::{
    server::{Server, once},
    signer,
    support::NOW,
    testing::block_on,
};

thread_local! {
    static SERVER: OnceCell<Server<String>> = const { OnceCell::new() };
}

fn server() -> Server<String> {
    Server::with(&[], |instance| {
        let client = instance.client(|metadata| {
            metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
            metadata.jwks = serde_json::from_value(serde_json::json!({"keys": [signer::jwk()]})).unwrap();
        });
        client.client.id
    })
}

fn authenticates(server: &Server<String>, assertion: &str) -> bool {
    let proof = Proof::Assertion(ClientAssertion(Secret::new(assertion)));
    let credentials = ClientCredentials { client_id: server.prepared.clone(), proof };
    match block_on(authenticate(&server.instance.env(), credentials)) {
        Ok(client) => client.id == server.prepared,
        Err(domain::Failure::Refused(_)) => false,
        Err(failure) => panic!("{failure}"),
    }
}

pub(crate) fn check(data: &[u8]) {
    once(&SERVER, server, |server| {
        let text = String::from_utf8_lossy(data);
        assert!(!authenticates(server, &text), "nobody has signed this");
        // What a fuzzer cannot guess, the identifier of the client, stands for APP.
        let text = text.replace("APP", &server.prepared);
        let Some((header, payload)) = text.split_once('\n') else { return };
        server.instance.query("DELETE FROM replay_marks");
        let assertion = signer::sign(header.as_bytes(), payload.as_bytes());
        if !authenticates(server, &assertion) {
            return;
        }
        assert!(!authenticates(server, &assertion), "an assertion is good once");
        let claims: Value = serde_json::from_str(payload).unwrap();
        assert!(claims["iss"] == *server.prepared && claims["sub"] == *server.prepared);
        let exp = claims["exp"].as_f64().unwrap();
        assert!(exp > (NOW - 11) as f64 && exp < (NOW + 3611) as f64, "{exp}");
        assert!(claims["jti"].as_str().is_some_and(|jti| !jti.is_empty() && jti.len() <= 256));
        let audience = claims["aud"].to_string();
        assert!(audience.contains("https://id.example"), "{audience}");
        let header: Value = serde_json::from_str(header).unwrap();
        assert!(header["alg"] == "EdDSA" || header["alg"] == "Ed25519");
    });
}
