//! Devices that ask for tokens, and their users.

use domain::{
    Env, Failure, Random,
    authorize::Outcome as Authorized,
    device::{DeviceInteraction, Outcome, Question, claim, decide},
    device_authorization::{Decision, DeviceAuthorizationRequest, authorize},
    session::{SignedIn, current},
    token::{AccessToken, DeviceRequest, GrantRequest, TokenRequest, token},
};
use protocol::{
    ErrorCode, Secret,
    client_metadata::GrantType,
    device_authorization::{DeviceAuthorizationResponse, UserCode},
    resource::Resources,
    secret::SecretHash,
    token::TokenResponse,
};

use crate::{
    Database, Store, Value,
    support::{App, Instance, Memory, furnished, refusal},
    testing::{Sqlite, block_on},
};

const ADDRESS: &str = "192.0.2.1";

/// Registers a client for devices.
fn television(server: &Instance) -> App {
    server.client(|metadata| metadata.grant_types = vec![GrantType::DeviceCode, GrantType::RefreshToken])
}

fn ask(server: &Instance, by: &App, scope: Option<&str>) -> Result<DeviceAuthorizationResponse, Failure> {
    ask_for(server, by, scope, "")
}

fn ask_for(
    server: &Instance,
    by: &App,
    scope: Option<&str>,
    resource: &str,
) -> Result<DeviceAuthorizationResponse, Failure> {
    let (scope, resource) = (scope.map(str::to_owned), Resources::parse(resource).unwrap());
    let request = DeviceAuthorizationRequest { client: by.credentials(), scope, resource };
    block_on(authorize(&server.env(), request))
}

fn signed_in(server: &Instance, cookie: &Secret) -> SignedIn {
    block_on(current(&server.env(), Some(cookie.expose()))).unwrap().unwrap()
}

fn entered(server: &Instance, counters: &Memory, who: &SignedIn, typed: &str) -> Outcome {
    block_on(claim(&server.env(), counters, who, typed, ADDRESS)).unwrap()
}

fn question(server: &Instance, who: &SignedIn, typed: &str) -> Box<Question> {
    match entered(server, &Memory::default(), who, typed) {
        Outcome::Ask(question) => question,
        other => panic!("{other:?}"),
    }
}

fn approve(server: &Instance, who: &SignedIn, user_code: &str) -> Result<(), Failure> {
    block_on(decide(&server.env(), who, user_code, Decision::Approve))
}

fn poll(server: &Instance, by: &App, device_code: &str) -> Result<TokenResponse, Failure> {
    poll_for(server, by, device_code, "")
}

fn poll_for(server: &Instance, by: &App, device_code: &str, resource: &str) -> Result<TokenResponse, Failure> {
    let (device_code, resource) = (Secret::new(device_code), Resources::parse(resource).unwrap());
    let grant = GrantRequest::DeviceCode(DeviceRequest { device_code, resource });
    block_on(token(&server.env(), TokenRequest { client: by.credentials(), grant, dpop: None }))
}

#[test]
fn the_scope_is_openid_unless_the_device_says_what_it_wants() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (television(&server), server.user("ada@example.org"));
    let ada = signed_in(&server, &ada);
    for (asked, expected) in [(None, "openid"), (Some("email profile"), "email profile")] {
        let codes = ask(&server, &app, asked).unwrap();
        let question = question(&server, &ada, &codes.user_code);
        assert_eq!((question.scope.to_string().as_str(), &question.client.id), (expected, &app.client.id));
        assert_eq!(question.user_code.to_string(), codes.user_code);
        approve(&server, &ada, &codes.user_code).unwrap();
        let tokens = poll(&server, &app, &codes.device_code).unwrap();
        assert_eq!((tokens.scope.to_string().as_str(), tokens.id_token.is_some()), (expected, asked.is_none()));
    }
    assert_eq!(refusal(ask(&server, &app, Some("api:write"))), ErrorCode::InvalidScope);
}

#[test]
fn the_tokens_say_when_the_user_had_signed_in_and_live_as_any_others() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (television(&server), server.user("ada@example.org"));
    let signed_in_at = server.now.get();
    server.later(100);
    let (ada, codes) = (signed_in(&server, &ada), ask(&server, &app, None).unwrap());
    question(&server, &ada, &codes.user_code);
    approve(&server, &ada, &codes.user_code).unwrap();
    server.later(599);
    let tokens = poll(&server, &app, &codes.device_code).unwrap();
    let claims = crate::support::claims(&tokens.id_token.unwrap());
    assert_eq!((claims["auth_time"].as_i64(), claims["amr"][0].as_str()), (Some(signed_in_at), Some("pwd")));
    assert_ne!(
        claims["sid"].as_str(),
        Some(&*ada.session.id.to_string()),
        "a device is no part of the browser's session"
    );
    // Long after its codes have expired.
    server.later(100_000);
    let next = server.refresh(&app, &tokens.refresh_token.unwrap(), None).unwrap();
    assert!(server.refresh(&app, &next.refresh_token.unwrap(), None).is_ok());
}

#[test]
fn tokens_are_for_the_resources_that_the_device_asked_for_or_some_of_them() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (television(&server), server.user("ada@example.org"));
    let ada = signed_in(&server, &ada);
    let both = "https://a.example https://b.example";
    let codes = ask_for(&server, &app, Some("email"), both).unwrap();
    question(&server, &ada, &codes.user_code);
    approve(&server, &ada, &codes.user_code).unwrap();
    assert_eq!(refusal(poll_for(&server, &app, &codes.device_code, "https://c.example")), ErrorCode::InvalidTarget);
    let tokens = poll_for(&server, &app, &codes.device_code, "https://b.example").unwrap();
    let audience = |token: &str| {
        let ring = block_on(server.env().key_ring()).unwrap();
        AccessToken::open(token, &ring).unwrap().audience.to_string()
    };
    assert_eq!(audience(&tokens.access_token), "https://b.example");
    let next = server.refresh(&app, &tokens.refresh_token.unwrap(), None).unwrap();
    assert_eq!(audience(&next.access_token), both, "the grant is for both");
    let listed = Instance::with(&file, &[("protected_resources", "https://a.example")]);
    assert_eq!(refusal(ask_for(&listed, &app, None, "https://b.example")), ErrorCode::InvalidTarget);
}

#[test]
fn an_approval_in_the_last_second_is_too_late_for_a_device_that_asks_after_it() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (television(&server), server.user("ada@example.org"));
    let (ada, codes) = (signed_in(&server, &ada), ask(&server, &app, None).unwrap());
    server.later(599);
    question(&server, &ada, &codes.user_code);
    approve(&server, &ada, &codes.user_code).unwrap();
    server.later(1);
    assert_eq!(refusal(poll(&server, &app, &codes.device_code)), ErrorCode::ExpiredToken);
}

#[test]
fn what_is_allowed_is_remembered_and_what_is_denied_is_not() {
    let file = furnished();
    let server = Instance::of(&file);
    let app =
        server.client(|metadata| metadata.grant_types = vec![GrantType::AuthorizationCode, GrantType::DeviceCode]);
    let cookie = server.user("ada@example.org");
    let ada = signed_in(&server, &cookie);
    for (decision, is_remembered) in [(Decision::Deny, false), (Decision::Approve, true)] {
        let codes = ask(&server, &app, Some("openid email")).unwrap();
        question(&server, &ada, &codes.user_code);
        block_on(decide(&server.env(), &ada, &codes.user_code, decision)).unwrap();
        let outcome = server.authorize(&app.client, "scope=email", Some(&cookie));
        assert_eq!(matches!(outcome, Authorized::Redirect(_)), is_remembered, "{outcome:?}");
    }
}

#[test]
fn a_copy_of_the_database_does_not_tell_user_codes() {
    let file = furnished();
    let server = Instance::of(&file);
    let codes = ask(&server, &television(&server), None).unwrap();
    let user_code = UserCode::parse(&codes.user_code).unwrap();
    let found = |hash: Vec<u8>| {
        let sql = "SELECT 1 FROM device_authorizations WHERE user_code_hash = ?1 OR user_code_hash <> ?1";
        let all = block_on(server.store.0.query(sql, vec![Value::Blob(hash.clone())])).unwrap().len();
        let sql = "SELECT 1 FROM device_authorizations WHERE user_code_hash = ?1";
        (all, block_on(server.store.0.query(sql, vec![Value::Blob(hash)])).unwrap().len())
    };
    // Without a key, every code could be tried.
    assert_eq!(found(SecretHash::of(user_code.letters()).as_bytes().to_vec()), (1, 0));
    assert_eq!(found(SecretHash::of(codes.user_code.as_bytes()).as_bytes().to_vec()), (1, 0));
}

/// Something random, in the moment of which another request deletes every client.
struct Meanwhile(Store<Sqlite>);

impl Random for Meanwhile {
    fn fill(&self, bytes: &mut [u8]) {
        block_on(self.0.0.query("DELETE FROM clients", vec![])).unwrap();
        bytes.fill(7);
    }
}

#[test]
fn a_client_that_is_deleted_in_this_moment_is_unknown() {
    let file = furnished();
    let server = Instance::of(&file);
    let request = DeviceAuthorizationRequest {
        client: television(&server).credentials(),
        scope: None,
        resource: Resources::default(),
    };
    let answer = block_on(authorize(&Env { random: &Meanwhile(file.store()), ..server.env() }, request));
    assert_eq!(refusal(answer), ErrorCode::InvalidClient);
}

#[test]
fn guesses_are_counted_for_the_account_and_for_the_address() {
    let file = furnished();
    let server = Instance::of(&file);
    let counters = Memory::default();
    let guess = |who: &SignedIn, number| entered(&server, &counters, who, &UserCode::of(number).to_string());
    let people: Vec<SignedIn> =
        (0..6).map(|number| signed_in(&server, &server.user(&format!("user{number}@example.org")))).collect();
    for who in &people[..5] {
        assert!((0..7).all(|number| matches!(guess(who, number), Outcome::Unknown)));
    }
    assert!(matches!(guess(&people[0], 7), Outcome::Throttled { .. }));
    assert!(matches!(guess(&people[5], 8), Outcome::Throttled { .. }), "35 of one address");
    let unthrottled = Instance::with(&file, &[("login_throttle", "off")]);
    assert!(matches!(entered(&unthrottled, &counters, &people[0], "BCDF-GHJK"), Outcome::Unknown));
}

#[test]
fn what_waits_while_somebody_signs_in_is_no_authorization_request() {
    let file = furnished();
    let server = Instance::of(&file);
    let waiting = block_on(DeviceInteraction::begin(&server.env(), "BCDF-GHJK").seal(&server.env())).unwrap();
    let opened = block_on(DeviceInteraction::open(&server.env(), &waiting)).unwrap();
    assert_eq!(opened.unwrap().user_code, "BCDF-GHJK");
    let other = block_on(domain::interaction::Interaction::open(&server.env(), &waiting));
    assert_eq!(refusal(other), ErrorCode::InvalidRequest);
    server.later(3601);
    assert!(block_on(DeviceInteraction::open(&server.env(), &waiting)).unwrap().is_none());
}
