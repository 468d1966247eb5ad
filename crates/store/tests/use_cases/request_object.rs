//! Requests that arrive in a JWT.

use domain::{authorize::Outcome, client_keys};
use jwt_simple::prelude::{Claims, Duration, ECDSAP256KeyPairLike, ES256KeyPair};
use protocol::{
    client_metadata::TokenEndpointAuthMethod, outbound_url::OutboundUrl, params::Params, secret::base64url,
};
use serde_json::{Value, json};

use crate::{
    support::{App, Elsewhere, Instance, REDIRECT, answer, furnished, redirect},
    testing::block_on,
};

fn unsigned(claims: &Value) -> String {
    format!("{}.{}.", base64url(br#"{"alg":"none"}"#), base64url(claims.to_string().as_bytes()))
}

fn send(server: &Instance, app: &App, object: &str) -> Outcome {
    let params =
        [("client_id", app.client.id.as_str()), ("request", object), ("scope", "beside"), ("redirect_uri", REDIRECT)];
    server.resume(Params::from_iter(params), None, None)
}

#[test]
fn an_object_goes_on_as_the_parameters_that_it_stands_for() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|_| {});
    let object = json!({
        "iss": app.client.id, "aud": "https://id.example", "iat": 1, "jti": "x", "response_type": "code",
        "scope": "openid email", "max_age": 60, "state": "&=", "claims": {"id_token": {"email": null}},
        "resource": ["https://a.example", "urn:b"],
    });
    let Outcome::Login(interaction) = send(&server, &app, &unsigned(&object)) else { panic!("no sign-in") };
    let params = &interaction.params;
    let get = |name: &str| params.get(name).unwrap();
    assert_eq!((get("client_id"), get("scope")), (Some(app.client.id.as_str()), Some("openid email")));
    assert_eq!((get("max_age"), get("state")), (Some("60"), Some("&=")));
    assert_eq!(get("claims"), Some(r#"{"id_token":{"email":null}}"#));
    assert_eq!(params.all("resource").collect::<Vec<_>>(), ["https://a.example", "urn:b"]);
    // Neither the object goes on, nor what it says of itself, nor what stood beside it.
    assert!(["request", "redirect_uri", "iss", "aud", "iat", "jti"].into_iter().all(|name| get(name).is_none()));
}

#[test]
fn what_goes_on_is_at_most_8_kib() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|_| {});
    let object = |length: usize| unsigned(&json!({"response_type": "code", "state": "s".repeat(length)}));
    assert!(matches!(send(&server, &app, &object(8000)), Outcome::Login(_)));
    let told = redirect(send(&server, &app, &object(8192)));
    assert_eq!(answer(&told, "error").as_deref(), Some("invalid_request_object"));
}

#[test]
fn keys_that_a_client_publishes_are_looked_for_anew_every_other_second_and_no_more_often() {
    const URL: &str = "https://app.example.com/keys.json";
    let file = furnished();
    let server = Instance::of(&file);
    let (old, new) = (ES256KeyPair::generate().with_key_id("1"), ES256KeyPair::generate().with_key_id("2"));
    let set = |pair: &ES256KeyPair| -> &'static str {
        // The stub keeps what is written in the test.
        Box::leak(format!(r#"{{"keys":[{}]}}"#, pair.public_key().to_jwk()).into_boxed_str())
    };
    let app = server.client(|metadata| {
        metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
        metadata.jwks_uri = Some(OutboundUrl::parse(URL).unwrap());
    });
    let says = |site: &'static str, by: &ES256KeyPair| {
        let claims = json!({"response_type": "code"});
        let object = by.sign(Claims::with_custom_claims(claims, Duration::from_secs(60))).unwrap();
        // Its times are those of the real clock.
        let elsewhere = Elsewhere([(URL, site)].into());
        block_on(client_keys::refresh(&server.env(), &elsewhere, &app.client.id, &object)).unwrap();
        let kept = block_on(domain::document::Documents::document(
            &server.store,
            &protocol::secret::SecretHash::of(URL.as_bytes()),
            server.env().now,
        ));
        String::from_utf8(kept.unwrap().unwrap().body.unwrap()).unwrap()
    };
    let (first, second) = (set(&old), set(&new));
    assert_eq!(says(first, &old), first);
    assert_eq!(says(second, &old), first, "they are kept");
    server.later(1);
    assert_eq!(says(second, &new), first, "a second is too early");
    server.later(1);
    assert_eq!(says(second, &new), second);
}
