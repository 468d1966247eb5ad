//! Passkeys: what is refused, and what signing in by one shows.

use domain::{
    By,
    factors::{
        Challenge, Claimant, Created, Kind, MAX_PASSKEYS, Outcome, Passkeys, Presented, Registered, overview,
        register_passkey, remove, sign_in_by_passkey,
    },
    session::{SessionKey, SignedIn, current, read_cookie},
    sign_in::{Method, PendingSignIn, Shown},
    user::{Email, Users},
};
use protocol::Secret;

use crate::{
    authenticator::{Fields, Passkey, SYNCED},
    support::{Instance, Memory, furnished},
    testing::block_on,
};

/// The passkey stays on its device.
const VERIFIED: u8 = 0x05;
const FORM: &str = "the token of the form";

fn passkey(seed: &str) -> Passkey {
    Passkey::new(seed, "id.example", "https://id.example")
}

fn signed_in(server: &Instance, cookie: &Secret) -> (SignedIn, SessionKey) {
    let env = server.env();
    let key = block_on(read_cookie(&env, cookie.expose())).unwrap().unwrap();
    (block_on(current(&env, Some(cookie.expose()))).unwrap().unwrap(), key)
}

fn challenge(server: &Instance, of: Challenge) -> String {
    block_on(of.issue(&server.env(), FORM)).unwrap()
}

fn text(fields: &Fields, name: &str) -> String {
    fields.iter().find(|(field, _)| *field == name).unwrap().1.clone()
}

/// Sends what the browser got to the page of factors.
fn add_with(server: &Instance, cookie: &Secret, fields: &Fields, form: &str) -> Registered {
    let (who, key) = signed_in(server, cookie);
    let env = server.env();
    let created = Created {
        client_data: text(fields, "client_data"),
        attestation_object: text(fields, "attestation_object"),
        transports: text(fields, "transports"),
        name: String::new(),
        usual_name: "Passkey",
        form: form.to_owned(),
    };
    let by = By::user(&env, "192.0.2.1").unwrap();
    block_on(register_passkey(&env, &who, key, &created, &by)).unwrap()
}

fn add(server: &Instance, cookie: &Secret, passkey: &mut Passkey) -> Registered {
    let handle = *signed_in(server, cookie).0.user.id.as_bytes();
    let fields = passkey.create(&challenge(server, Challenge::Registration), &handle);
    add_with(server, cookie, &fields, FORM)
}

fn show_with(server: &Instance, claimant: Option<Claimant>, fields: &Fields, form: &str) -> Outcome {
    let presented = Presented {
        id: text(fields, "id"),
        user_handle: text(fields, "user_handle"),
        client_data: text(fields, "client_data"),
        authenticator_data: text(fields, "authenticator_data"),
        signature: text(fields, "signature"),
        form: form.to_owned(),
    };
    block_on(sign_in_by_passkey(&server.env(), &Memory::default(), claimant, &presented, "192.0.2.1")).unwrap()
}

/// Signs in by this passkey alone.
fn show(server: &Instance, passkey: &mut Passkey) -> Outcome {
    let fields = passkey.get(&challenge(server, Challenge::SignIn));
    show_with(server, None, &fields, FORM)
}

/// Who has shown the password of this account.
fn after_password(server: &Instance, email: &str) -> Option<Claimant> {
    let env = server.env();
    let (user, hash) = block_on(env.store.user_by_email(&Email::parse(email).unwrap())).unwrap().unwrap();
    let pending = PendingSignIn::begin(&env, user, hash, Shown::by(Method::Password));
    Some(Claimant::Pending(Box::new(pending)))
}

#[track_caller]
fn session_of(server: &Instance, outcome: Outcome) -> SignedIn {
    match outcome {
        Outcome::SignedIn(cookie) => signed_in(server, &cookie).0,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(outcome: Outcome) {
    assert!(matches!(outcome, Outcome::Refused), "{outcome:?}");
}

/// A server with a user who has a passkey.
fn enrolled(file: &crate::testing::File) -> (Instance, Secret, Passkey) {
    let server = Instance::of(file);
    let cookie = server.user("ada@example.org");
    let mut passkey = passkey("ada's");
    let registered = add(&server, &cookie, &mut passkey);
    let Registered::Added(domain::factors::Change::Enrolled { cookie: Some(cookie), recovery_codes: Some(_) }) =
        registered
    else {
        panic!("{registered:?}")
    };
    (server, cookie, passkey)
}

#[test]
fn a_passkey_alone_signs_in_and_is_two_factors_that_no_other_page_can_have() {
    let file = furnished();
    let (server, cookie, mut passkey) = enrolled(&file);
    let session = session_of(&server, show(&server, &mut passkey)).session;
    assert_eq!((session.acr.as_str(), session.amr.as_str()), ("phr", "swk user mfa"));
    let mut bound = self::passkey("a key ring");
    bound.flags = VERIFIED;
    assert!(matches!(add(&server, &cookie, &mut bound), Registered::Added(_)));
    assert_eq!(session_of(&server, show(&server, &mut bound)).session.amr, "hwk user mfa");
}

#[test]
fn after_the_password_a_passkey_makes_the_sign_in_stronger() {
    let file = furnished();
    let (server, _, mut passkey) = enrolled(&file);
    let fields = passkey.get(&challenge(&server, Challenge::SignIn));
    let outcome = show_with(&server, after_password(&server, "ada@example.org"), &fields, FORM);
    let session = session_of(&server, outcome).session;
    assert_eq!((session.acr.as_str(), session.amr.as_str()), ("phr", "pwd swk user mfa"));
}

#[test]
fn a_challenge_is_good_once() {
    let file = furnished();
    let (server, cookie, mut passkey) = enrolled(&file);
    let fields = passkey.get(&challenge(&server, Challenge::SignIn));
    session_of(&server, show_with(&server, None, &fields, FORM));
    refused(show_with(&server, None, &fields, FORM));
    let challenge = challenge(&server, Challenge::Registration);
    let handle = passkey.user_handle.clone();
    let [first, second] = ["b", "c"].map(|seed| self::passkey(seed).create(&challenge, &handle));
    assert!(matches!(add_with(&server, &cookie, &first, FORM), Registered::Added(_)));
    let again = server.user("eve@example.org");
    assert!(matches!(add_with(&server, &again, &second, FORM), Registered::Refused));
}

#[test]
fn a_challenge_is_good_for_ten_minutes_for_its_form_and_for_its_ceremony() {
    let file = furnished();
    let (server, cookie, mut passkey) = enrolled(&file);
    let fields = passkey.get(&challenge(&server, Challenge::SignIn));
    refused(show_with(&server, None, &fields, "another form"));
    let fields = passkey.get(&challenge(&server, Challenge::Registration));
    refused(show_with(&server, None, &fields, FORM));
    let fields = passkey.get("AAAAAAAAAAAAAAAAAAAAAA");
    refused(show_with(&server, None, &fields, FORM));
    let handle = passkey.user_handle.clone();
    let other = self::passkey("b").create(&challenge(&server, Challenge::SignIn), &handle);
    assert!(matches!(add_with(&server, &cookie, &other, FORM), Registered::Refused));
    let fields = passkey.get(&challenge(&server, Challenge::SignIn));
    server.later(601);
    refused(show_with(&server, None, &fields, FORM));
}

#[test]
fn a_wrong_origin_site_type_or_flag_is_refused() {
    let file = furnished();
    let (server, cookie, right) = enrolled(&file);
    let wrongs: [fn(&mut Passkey); 6] = [
        |passkey| passkey.origin = "https://id.example.evil.example".to_owned(),
        |passkey| passkey.rp_id = "example".to_owned(),
        |passkey| passkey.ceremony = Some("payment.get"),
        |passkey| passkey.flags = 0x01,
        |passkey| passkey.flags = 0x04,
        |passkey| passkey.flags = 0x15,
    ];
    for (number, wrong) in wrongs.into_iter().enumerate() {
        let mut passkey = right.clone();
        wrong(&mut passkey);
        refused(show(&server, &mut passkey));
        let mut new = self::passkey(&format!("new {number}"));
        wrong(&mut new);
        assert!(matches!(add(&server, &cookie, &mut new), Registered::Refused), "{number}");
    }
    session_of(&server, show(&server, &mut right.clone()));
}

#[test]
fn a_wrong_signature_is_refused() {
    let file = furnished();
    let (server, _, mut right) = enrolled(&file);
    let mut other = passkey("another key");
    (other.id, other.user_handle) = (right.id.clone(), right.user_handle.clone());
    refused(show(&server, &mut other));
    let mut fields = right.get(&challenge(&server, Challenge::SignIn));
    fields.iter_mut().filter(|(name, _)| *name == "signature").for_each(|(_, value)| *value = "AAAA".to_owned());
    refused(show_with(&server, None, &fields, FORM));
}

#[test]
fn the_passkey_of_another_user_is_refused() {
    let file = furnished();
    let (server, _, mut adas) = enrolled(&file);
    let eve = server.user("eve@example.org");
    let handle = *signed_in(&server, &eve).0.user.id.as_bytes();
    let mut stolen = adas.clone();
    stolen.user_handle = handle.to_vec();
    refused(show(&server, &mut stolen));
    stolen.user_handle = Vec::new();
    refused(show(&server, &mut stolen));
    let fields = adas.get(&challenge(&server, Challenge::SignIn));
    refused(show_with(&server, after_password(&server, "eve@example.org"), &fields, FORM));
}

#[test]
fn a_passkey_is_registered_once_and_for_one_user() {
    let file = furnished();
    let (server, cookie, mut passkey) = enrolled(&file);
    assert!(matches!(add(&server, &cookie, &mut passkey), Registered::Refused));
    let eve = server.user("eve@example.org");
    assert!(matches!(add(&server, &eve, &mut passkey.clone()), Registered::Refused));
}

#[test]
fn a_counter_that_goes_back_is_refused_and_the_operator_is_told() {
    let file = furnished();
    let (server, cookie, _) = enrolled(&file);
    let mut counting = passkey("counts");
    counting.sign_count = 5;
    assert!(matches!(add(&server, &cookie, &mut counting), Registered::Added(_)));
    counting.sign_count = 6;
    session_of(&server, show(&server, &mut counting));
    server.log.take();
    for count in [6, 5, 0] {
        counting.sign_count = count;
        refused(show(&server, &mut counting));
        assert!(server.log.take().iter().any(|note| note.contains("counts backwards")), "{count}");
    }
    counting.sign_count = 7;
    session_of(&server, show(&server, &mut counting));
}

#[test]
fn a_passkey_that_can_suddenly_be_copied_is_refused() {
    let file = furnished();
    let (server, cookie, mut synced) = enrolled(&file);
    synced.flags = VERIFIED;
    refused(show(&server, &mut synced));
    let mut bound = passkey("bound");
    bound.flags = VERIFIED;
    assert!(matches!(add(&server, &cookie, &mut bound), Registered::Added(_)));
    bound.flags = SYNCED;
    refused(show(&server, &mut bound));
}

#[test]
fn a_removed_passkey_signs_nobody_in() {
    let file = furnished();
    let (server, cookie, mut passkey) = enrolled(&file);
    let (who, _) = signed_in(&server, &cookie);
    let by = By::user(&server.env(), "192.0.2.1").unwrap();
    block_on(remove(&server.env(), &who, Kind::Passkey(passkey.id.clone()), &by)).unwrap();
    refused(show(&server, &mut passkey));
    let enrolled = block_on(overview(&server.env(), &who)).unwrap().enrolled;
    assert!(!enrolled.has_second_factor() && enrolled.recovery_codes.is_none());
}

#[test]
fn a_user_has_no_more_than_so_many_and_an_old_session_adds_none() {
    let file = furnished();
    let (server, cookie, _) = enrolled(&file);
    let mut cookie = cookie;
    for number in 1..MAX_PASSKEYS {
        match add(&server, &cookie, &mut passkey(&number.to_string())) {
            Registered::Added(domain::factors::Change::Enrolled { cookie: Some(next), .. }) => cookie = next,
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(add(&server, &cookie, &mut passkey("one more")), Registered::TooMany));
    let user = signed_in(&server, &cookie).0.user.id;
    assert_eq!(block_on(server.env().store.passkeys(user)).unwrap().len(), MAX_PASSKEYS);
    let bob = server.user("bob@example.org");
    let (who, key) = signed_in(&server, &bob);
    server.later(901);
    let fields = passkey("late").create(&challenge(&server, Challenge::Registration), who.user.id.as_bytes());
    let created = Created {
        client_data: text(&fields, "client_data"),
        attestation_object: text(&fields, "attestation_object"),
        transports: String::new(),
        name: String::new(),
        usual_name: "Passkey",
        form: FORM.to_owned(),
    };
    let env = server.env();
    let by = By::user(&env, "192.0.2.1").unwrap();
    assert!(block_on(register_passkey(&env, &who, key, &created, &by)).is_err());
}

#[test]
fn where_the_issuer_is_an_address_there_are_no_passkeys() {
    let file = furnished();
    let (server, _, mut passkey) = enrolled(&file);
    drop(server);
    let server = Instance::with(&file, &[("issuer", "http://127.0.0.1:3000")]);
    refused(show(&server, &mut passkey));
}
