//! `id_token_hint`: which tokens are good, and what the authorization endpoint makes of them.

use domain::{authorize::Outcome, client::Client, consent::Step, id_token_hint::SignedHint, keys::rotate};
use jwt_simple::prelude::{
    Audiences, Claims, ECDSAP256KeyPairLike, ES256KeyPair, HS256Key, JWTClaims, MACLike, UnixTimeStamp,
};
use protocol::{
    Secret,
    client_metadata::SigningAlgorithm::{self, ES256},
    secret::base64url,
};
use serde_json::{Value, json};

use crate::{
    support::{App, Instance, NOW, answer, claims, furnished, redirect},
    testing::block_on,
};

fn is_good(server: &Instance, hint: &str, client: &Client) -> bool {
    block_on(SignedHint::read(&server.env(), hint)).unwrap().is_some_and(|signed| signed.for_client(client).is_some())
}

fn id_token(server: &Instance, app: &App, cookie: &Secret) -> String {
    server.tokens(app, "openid", cookie).id_token.unwrap()
}

/// Claims as those of an ID token, with one changed.
fn like_an_id_token(app: &App, change: impl FnOnce(&mut JWTClaims<Value>)) -> JWTClaims<Value> {
    let at = |seconds: i64| Some(UnixTimeStamp::from_secs(seconds.cast_unsigned()));
    let mut claims =
        Claims::with_custom_claims(json!({"auth_time": NOW, "acr": "0"}), jwt_simple::prelude::Duration::from_hours(1));
    (claims.issuer, claims.subject) = (Some("https://id.example".to_owned()), Some("ada".to_owned()));
    (claims.issued_at, claims.expires_at, claims.invalid_before) = (at(NOW), at(NOW + 900), None);
    claims.audiences = Some(Audiences::AsString(app.client.id.clone()));
    change(&mut claims);
    claims
}

#[test]
fn an_id_token_is_good_for_its_client_alone_however_old_it_is() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, other, ada) = (server.client(|_| {}), server.client(|_| {}), server.user("ada@example.org"));
    let hint = id_token(&server, &app, &ada);
    assert!(is_good(&server, &hint, &app.client) && !is_good(&server, &hint, &other.client));
    server.later(1_000_000);
    assert!(is_good(&server, &hint, &app.client));
}

#[test]
fn what_this_server_did_not_sign_is_no_hint() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let hint = id_token(&server, &app, &ada);
    let [header, payload, signature] = hint.split('.').collect::<Vec<_>>().try_into().unwrap();
    let key = block_on(server.env().signing_key(ES256)).unwrap();
    let kid = key.kid().unwrap();
    let changed = claims(&hint).to_string().replace(&app.client.id, "somebody");
    let unsigned = |alg: &str| base64url(json!({"alg": alg, "typ": "JWT", "kid": kid}).to_string().as_bytes());
    let shared_secret = HS256Key::from_bytes(key.public_jwk.as_bytes()).with_key_id(&kid);
    for forged in [
        String::new(),
        "..".to_owned(),
        "junk".to_owned(),
        format!("{header}.{payload}."),
        format!("{header}.{payload}"),
        format!("{header}.{}.{signature}", base64url(changed.as_bytes())),
        format!("{}.{payload}.", unsigned("none")),
        format!("{}.{payload}.{signature}", unsigned("none")),
        format!("{}.{payload}.{signature}", unsigned("RS256")),
        shared_secret.authenticate(like_an_id_token(&app, |_| {})).unwrap(),
        ES256KeyPair::generate().with_key_id(&kid).sign(like_an_id_token(&app, |_| {})).unwrap(),
        ES256KeyPair::generate().sign(like_an_id_token(&app, |_| {})).unwrap(),
        ada.expose().to_owned(),
        "x".repeat(20_000),
    ] {
        assert!(!is_good(&server, &forged, &app.client), "{forged}");
    }
}

#[test]
fn what_this_server_signed_and_is_no_id_token_is_no_hint() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|_| {});
    let key = block_on(server.env().signing_key(ES256)).unwrap();
    let sign = |change: &dyn Fn(&mut JWTClaims<Value>)| {
        key.sign("JWT", like_an_id_token(&app, change), server.env().random).unwrap()
    };
    assert!(is_good(&server, &sign(&|_| {}), &app.client));
    for (what, forged) in [
        ("another issuer", sign(&|claims| claims.issuer = Some("https://evil.example".to_owned()))),
        ("no issuer", sign(&|claims| claims.issuer = None)),
        ("another audience", sign(&|claims| claims.audiences = Some(Audiences::AsString("x".to_owned())))),
        ("no audience", sign(&|claims| claims.audiences = None)),
        ("no subject", sign(&|claims| claims.subject = None)),
        ("no expiry", sign(&|claims| claims.expires_at = None)),
        ("no auth_time", sign(&|claims| claims.custom = json!({}))),
    ] {
        assert!(!is_good(&server, &forged, &app.client), "{what}");
    }
}

#[test]
fn the_algorithm_must_be_the_one_that_the_client_registered() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|_| {});
    for algorithm in SigningAlgorithm::ALL {
        let key = block_on(server.env().signing_key(algorithm)).unwrap();
        let token = key.sign("JWT", like_an_id_token(&app, |_| {}), server.env().random).unwrap();
        assert_eq!(is_good(&server, &token, &app.client), algorithm == ES256, "{algorithm:?}");
    }
}

#[test]
fn a_key_that_has_been_replaced_still_verifies_and_one_made_elsewhere_is_found() {
    let file = furnished();
    let (server, other) = (Instance::of(&file), Instance::of(&file));
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let old = id_token(&server, &app, &ada);
    assert!(is_good(&other, &old, &app.client));
    block_on(rotate(&server.env())).unwrap();
    server.later(3600);
    let new = id_token(&server, &app, &ada);
    assert_ne!(old.split('.').next(), new.split('.').next(), "another key signs");
    assert!(is_good(&server, &old, &app.client) && is_good(&server, &new, &app.client));
    assert!(is_good(&other, &new, &app.client), "an instance that read the keys before the rotation");
}

#[test]
fn keys_that_the_operator_gives_verify_and_no_others_do() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let hint = id_token(&server, &app, &ada);
    let jwks: Vec<String> = vec![
        jwt_simple::prelude::RS256KeyPair::generate(2048).unwrap().to_jwk(),
        ES256KeyPair::generate().to_jwk(),
        jwt_simple::prelude::Ed25519KeyPair::generate().to_jwk(),
    ];
    let given = Instance::with(&file, &[("signing_keys", &format!(r#"{{"keys":[{}]}}"#, jwks.join(",")))]);
    assert!(!is_good(&given, &hint, &app.client));
    let own = id_token(&given, &app, &ada);
    assert!(is_good(&given, &own, &app.client) && !is_good(&server, &own, &app.client));
}

#[test]
fn a_hint_of_who_is_signed_in_is_answered_silently() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let hint = id_token(&server, &app, &ada);
    for prompt in ["", "&prompt=none"] {
        let more = format!("id_token_hint={hint}{prompt}");
        let location = redirect(server.authorize(&app.client, &more, Some(&ada)));
        assert!(answer(&location, "code").is_some(), "{location}");
    }
    let nobody = redirect(server.authorize(&app.client, &format!("id_token_hint={hint}&prompt=none"), None));
    assert_eq!(answer(&nobody, "error").as_deref(), Some("login_required"));
    assert!(matches!(server.authorize(&app.client, &format!("id_token_hint={hint}"), None), Outcome::Login(_)));
}

#[test]
fn a_hint_of_somebody_else_leads_to_login_or_to_login_required() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada, bob) = (server.client(|_| {}), server.user("ada@example.org"), server.user("bob@example.org"));
    let hint = id_token(&server, &app, &ada);
    server.code(&app.client, "scope=openid", &bob);
    let more = format!("id_token_hint={hint}");
    let silent = redirect(server.authorize(&app.client, &format!("{more}&prompt=none"), Some(&bob)));
    assert_eq!(answer(&silent, "error").as_deref(), Some("login_required"));
    server.later(10);
    let Outcome::Login(interaction) = server.authorize(&app.client, &more, Some(&bob)) else { panic!() };
    let params = || interaction.params.clone();
    let skipped = server.resume(params(), Some(interaction.clone()), Some(&bob));
    assert!(matches!(skipped, Outcome::Login(_)), "coming back without signing in changes nothing");
    let asked = block_on(domain::consent::question(&server.env(), &interaction, Some(bob.expose()))).unwrap();
    assert!(matches!(asked, Step::Login), "nor does the consent page");
    server.later(10);
    let again = server.sign_in("bob@example.org");
    let refused = redirect(server.resume(params(), Some(interaction.clone()), Some(&again)));
    assert_eq!(answer(&refused, "error").as_deref(), Some("login_required"), "Bob cannot be Ada");
    let right = server.sign_in("ada@example.org");
    let done = redirect(server.resume(params(), Some(interaction), Some(&right)));
    assert!(answer(&done, "code").is_some());
}

#[test]
fn a_bad_hint_is_told_to_the_client() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, other, ada) = (server.client(|_| {}), server.client(|_| {}), server.user("ada@example.org"));
    let foreign = id_token(&server, &other, &ada);
    for hint in ["junk", "eyJhbGciOiJub25lIn0.e30.", &foreign] {
        for (prompt, cookie) in [("", None), ("", Some(&ada)), ("&prompt=none", Some(&ada))] {
            let location = redirect(server.authorize(&app.client, &format!("id_token_hint={hint}{prompt}"), cookie));
            assert_eq!(answer(&location, "error").as_deref(), Some("invalid_request"), "{hint}");
            assert_eq!(answer(&location, "state").as_deref(), Some("s"));
        }
    }
}
