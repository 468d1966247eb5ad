//! Clients that authenticate by JWT.

use domain::{
    client::{ClientCredentials, Proof},
    client_assertion::ClientAssertion,
    token::{ClientCredentialsRequest, GrantRequest, TokenRequest, token},
};
use jwt_simple::prelude::{
    Audiences, ECDSAP256KeyPairLike, ES256KeyPair, Ed25519KeyPair, EdDSAKeyPairLike, HS256Key, HeaderOptions,
    JWTClaims, MACLike, NoCustomClaims, PS256KeyPair, RS256KeyPair, RSAKeyPairLike, UnixTimeStamp,
};
use protocol::{
    ErrorCode, Secret,
    client_metadata::{ClientMetadata, GrantType, TokenEndpointAuthMethod},
    jwk::JwkSet,
    jws::JwsAlgorithm,
    resource::Resources,
    scope::Scope,
    security_profile::SecurityProfile,
};

use crate::{
    support::{App, Instance, NOW, furnished, refusal},
    testing::{block_on, race},
};

fn seconds(offset: i64) -> Option<UnixTimeStamp> {
    Some(UnixTimeStamp::from_secs((NOW + offset).cast_unsigned()))
}

/// What the assertion of this client says, unless a test changes it.
fn claims(client_id: &str, jti: &str) -> JWTClaims<NoCustomClaims> {
    JWTClaims {
        issued_at: seconds(0),
        expires_at: seconds(60),
        invalid_before: None,
        issuer: Some(client_id.to_owned()),
        subject: Some(client_id.to_owned()),
        audiences: Some(Audiences::AsString("https://id.example".to_owned())),
        jwt_id: Some(jti.to_owned()),
        nonce: None,
        custom: NoCustomClaims {},
    }
}

fn machine(metadata: &mut ClientMetadata) {
    metadata.grant_types = vec![GrantType::ClientCredentials];
    metadata.redirect_uris.clear();
    metadata.scope = Scope::parse("api:read").unwrap();
}

/// A client with these keys.
fn with_keys(server: &Instance, keys: &[String]) -> App {
    let set: JwkSet = serde_json::from_str(&format!(r#"{{"keys":[{}]}}"#, keys.join(","))).unwrap();
    server.client(|metadata| {
        machine(metadata);
        metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
        metadata.jwks = Some(set);
    })
}

fn ask(server: &Instance, client_id: &str, proof: Proof) -> Result<(), ErrorCode> {
    let client = ClientCredentials { client_id: client_id.to_owned(), proof };
    let asked = ClientCredentialsRequest { scope: None, resource: Resources::default() };
    let request = TokenRequest { client, dpop: None, grant: GrantRequest::ClientCredentials(asked) };
    match block_on(token(&server.env(), request)) {
        Ok(_) => Ok(()),
        failure => Err(refusal(failure)),
    }
}

fn present(server: &Instance, client_id: &str, assertion: &str) -> Result<(), ErrorCode> {
    ask(server, client_id, Proof::Assertion(ClientAssertion(Secret::new(assertion))))
}

const REFUSED: Result<(), ErrorCode> = Err(ErrorCode::InvalidClient);

#[test]
fn a_client_may_sign_by_each_algorithm_of_public_keys() {
    let file = furnished();
    let server = Instance::of(&file);
    let rsa = RS256KeyPair::generate(2048).unwrap();
    let (ps256, es256, eddsa) =
        (PS256KeyPair::from_der(&rsa.to_der().unwrap()).unwrap(), ES256KeyPair::generate(), Ed25519KeyPair::generate());
    // Without `alg`, one RSA key is for both of its algorithms.
    let rsa_jwk = rsa.public_key().to_jwk().replace(r#""alg":"RS256","#, "");
    let app = with_keys(&server, &[rsa_jwk, es256.public_key().to_jwk(), eddsa.public_key().to_jwk()]);
    assert!(app.secret.is_none());
    let id = app.client.id.as_str();
    for assertion in [
        rsa.sign(claims(id, "1")).unwrap(),
        ps256.sign(claims(id, "2")).unwrap(),
        es256.sign(claims(id, "3")).unwrap(),
        eddsa.sign(claims(id, "4")).unwrap(),
    ] {
        assert_eq!(present(&server, id, &assertion), Ok(()));
    }
    let stranger = ES256KeyPair::generate().sign(claims(id, "5")).unwrap();
    assert_eq!(present(&server, id, &stranger), REFUSED);
}

#[test]
fn every_claim_counts() {
    let file = furnished();
    let server = Instance::of(&file);
    let key = ES256KeyPair::generate();
    let app = with_keys(&server, &[key.public_key().to_jwk()]);
    let id = app.client.id.as_str();
    let audience = |text: &str| Some(Audiences::AsString(text.to_owned()));
    type Change<'a> = Box<dyn Fn(&mut JWTClaims<NoCustomClaims>) + 'a>;
    let cases: [(&str, bool, Change<'_>); 23] = [
        ("as it should be", true, Box::new(|_| {})),
        ("for the token endpoint", true, Box::new(|c| c.audiences = audience("https://id.example/token"))),
        ("for the endpoint of pushed requests", true, Box::new(|c| c.audiences = audience("https://id.example/par"))),
        (
            "for the endpoint of introspection",
            true,
            Box::new(|c| c.audiences = audience("https://id.example/introspect")),
        ),
        ("for the endpoint of revocation", true, Box::new(|c| c.audiences = audience("https://id.example/revoke"))),
        ("for another server", false, Box::new(|c| c.audiences = audience("https://other.example"))),
        ("for a page here", false, Box::new(|c| c.audiences = audience("https://id.example/login"))),
        ("for nobody", false, Box::new(|c| c.audiences = None)),
        ("of another issuer", false, Box::new(|c| c.issuer = Some("other".to_owned()))),
        ("of no issuer", false, Box::new(|c| c.issuer = None)),
        ("about another client", false, Box::new(|c| c.subject = Some("other".to_owned()))),
        ("about nobody", false, Box::new(|c| c.subject = None)),
        ("without an end", false, Box::new(|c| c.expires_at = None)),
        ("at its end by our clock", true, Box::new(|c| c.expires_at = seconds(-8))),
        ("long over", false, Box::new(|c| c.expires_at = seconds(-60))),
        ("for an hour", true, Box::new(|c| c.expires_at = seconds(3600))),
        ("for a day", false, Box::new(|c| c.expires_at = seconds(86_400))),
        ("signed 8 seconds from now", true, Box::new(|c| c.issued_at = seconds(8))),
        ("signed 60 seconds from now", false, Box::new(|c| c.issued_at = seconds(60))),
        ("good from 8 seconds from now", true, Box::new(|c| c.invalid_before = seconds(8))),
        ("good from 60 seconds from now", false, Box::new(|c| c.invalid_before = seconds(60))),
        ("without a time of signing", true, Box::new(|c| c.issued_at = None)),
        ("without a name", false, Box::new(|c| c.jwt_id = None)),
    ];
    for (number, (case, is_good, change)) in cases.iter().enumerate() {
        let mut claims = claims(id, &number.to_string());
        change(&mut claims);
        let outcome = present(&server, id, &key.sign(claims).unwrap());
        assert_eq!(outcome.is_ok(), *is_good, "{case}");
    }
}

#[test]
fn a_client_of_fapi2_does_not_sign_by_rs256() {
    let file = furnished();
    let server = Instance::of(&file);
    let (rsa, ec) = (RS256KeyPair::generate(2048).unwrap(), ES256KeyPair::generate());
    let set = format!(r#"{{"keys":[{},{}]}}"#, rsa.public_key().to_jwk(), ec.public_key().to_jwk());
    let app = server.client(|metadata| {
        machine(metadata);
        metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
        metadata.jwks = Some(serde_json::from_str(&set).unwrap());
        metadata.security_profile = Some(SecurityProfile::Fapi2);
    });
    let id = app.client.id.as_str();
    assert_eq!(present(&server, id, &rsa.sign(claims(id, "1")).unwrap()), REFUSED);
    // It is known, and told what else the profile asks for.
    assert_eq!(present(&server, id, &ec.sign(claims(id, "2")).unwrap()), Err(ErrorCode::InvalidDpopProof));
}

#[test]
fn what_was_signed_for_another_purpose_is_no_assertion() {
    let file = furnished();
    let server = Instance::of(&file);
    let key = ES256KeyPair::generate();
    let app = with_keys(&server, &[key.public_key().to_jwk()]);
    let id = app.client.id.as_str();
    for (typ, is_good) in [("client-authentication+jwt", true), ("dpop+jwt", false), ("oauth-authz-req+jwt", false)] {
        let header = HeaderOptions { signature_type: Some(typ.to_owned()), ..HeaderOptions::default() };
        let assertion = key.sign_with_options(claims(id, typ), &header).unwrap();
        assert_eq!(present(&server, id, &assertion).is_ok(), is_good, "{typ}");
    }
}

#[test]
fn an_assertion_is_good_once_whichever_instance_sees_it() {
    let file = furnished();
    let server = Instance::of(&file);
    let key = ES256KeyPair::generate();
    let app = with_keys(&server, &[key.public_key().to_jwk()]);
    let other = with_keys(&server, &[key.public_key().to_jwk()]);
    let assertion = key.sign(claims(&app.client.id, "once")).unwrap();
    let outcomes = race(&file, 8, |_, _| present(&Instance::of(&file), &app.client.id, &assertion));
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let again = key.sign(claims(&app.client.id, "once")).unwrap();
    assert_eq!(present(&server, &app.client.id, &again), REFUSED, "another JWT of the same name");
    let of_other = key.sign(claims(&other.client.id, "once")).unwrap();
    assert_eq!(present(&server, &other.client.id, &of_other), Ok(()), "each client names its own");
}

#[test]
fn an_assertion_that_is_refused_for_its_signature_spends_no_name() {
    let file = furnished();
    let server = Instance::of(&file);
    let key = ES256KeyPair::generate();
    let app = with_keys(&server, &[key.public_key().to_jwk()]);
    let id = app.client.id.as_str();
    let forged = ES256KeyPair::generate().sign(claims(id, "1")).unwrap();
    assert_eq!(present(&server, id, &forged), REFUSED);
    assert_eq!(present(&server, id, &key.sign(claims(id, "1")).unwrap()), Ok(()));
}

#[test]
fn a_client_may_close_assertions_with_its_secret_and_with_nothing_else() {
    let file = furnished();
    let server = Instance::of(&file);
    let jwt_client = |server: &Instance| {
        server.client(|metadata| {
            machine(metadata);
            metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::ClientSecretJwt;
        })
    };
    let (app, other) = (jwt_client(&server), jwt_client(&server));
    let id = app.client.id.as_str();
    let by = |secret: &str, jti: &str| HS256Key::from_bytes(secret.as_bytes()).authenticate(claims(id, jti)).unwrap();
    let (secret, foreign) = (app.secret.as_ref().unwrap().expose(), other.secret.as_ref().unwrap().expose());
    assert!(secret.len() >= 43 && secret.starts_with("scs_") && secret != foreign);
    assert!(app.client.secret_hash.is_none(), "nothing of it is stored");
    assert_eq!(present(&server, id, &by(secret, "1")), Ok(()));
    assert_eq!(present(&Instance::of(&file), id, &by(secret, "2")), Ok(()), "another instance derives the same");
    assert_eq!(present(&server, id, &by(secret, "1")), REFUSED);
    assert_eq!(present(&server, id, &by(foreign, "3")), REFUSED);
    assert_eq!(present(&server, id, &by("the secret of an attacker, long enough", "4")), REFUSED);
    assert_eq!(present(&server, id, &ES256KeyPair::generate().sign(claims(id, "5")).unwrap()), REFUSED);
}

#[test]
fn a_client_gets_in_by_the_method_that_it_registered_alone() {
    let file = furnished();
    let server = Instance::of(&file);
    let key = ES256KeyPair::generate();
    let signing = with_keys(&server, &[key.public_key().to_jwk()]);
    let closing = server.client(|metadata| {
        machine(metadata);
        metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::ClientSecretJwt;
    });
    let basic = server.client(|metadata| {
        machine(metadata);
        metadata.jwks = signing.client.metadata.jwks.clone();
    });
    let sign = |app: &App| key.sign(claims(&app.client.id, "1")).unwrap();
    let close = |app: &App, secret: &Secret| {
        HS256Key::from_bytes(secret.expose().as_bytes()).authenticate(claims(&app.client.id, "1")).unwrap()
    };
    let secret = |app: &App| app.secret.clone().unwrap();
    assert_eq!(ask(&server, &signing.client.id, Proof::Secret(Secret::new(""))), REFUSED);
    assert_eq!(ask(&server, &signing.client.id, Proof::None), REFUSED);
    let public_key_as_secret = HS256Key::from_bytes(key.public_key().to_pem().unwrap().as_bytes());
    let confused = public_key_as_secret.authenticate(claims(&signing.client.id, "2")).unwrap();
    assert_eq!(present(&server, &signing.client.id, &confused), REFUSED);
    assert_eq!(ask(&server, &closing.client.id, Proof::Secret(secret(&closing))), REFUSED);
    assert_eq!(present(&server, &basic.client.id, &sign(&basic)), REFUSED);
    assert_eq!(present(&server, &basic.client.id, &close(&basic, &secret(&basic))), REFUSED);
    assert_eq!(ask(&server, &basic.client.id, Proof::Secret(secret(&basic))), Ok(()));
}

#[test]
fn a_client_that_registered_an_algorithm_signs_by_that_one() {
    let file = furnished();
    let server = Instance::of(&file);
    let (es256, eddsa) = (ES256KeyPair::generate(), Ed25519KeyPair::generate());
    let keys = [es256.public_key().to_jwk(), eddsa.public_key().to_jwk()];
    let set: JwkSet = serde_json::from_str(&format!(r#"{{"keys":[{}]}}"#, keys.join(","))).unwrap();
    let app = server.client(|metadata| {
        machine(metadata);
        metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
        metadata.token_endpoint_auth_signing_alg = Some(JwsAlgorithm::EdDSA);
        metadata.jwks = Some(set);
    });
    let id = app.client.id.as_str();
    assert_eq!(present(&server, id, &es256.sign(claims(id, "1")).unwrap()), REFUSED);
    assert_eq!(present(&server, id, &eddsa.sign(claims(id, "1")).unwrap()), Ok(()));
}
