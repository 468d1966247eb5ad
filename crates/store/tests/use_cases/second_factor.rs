//! Second factors: parallel guesses, codes, and what the operator is told.

use domain::{
    By,
    admin::may_act,
    factors::{Change, Claimant, Enrolment, Outcome, confirm_totp, overview, verify_code},
    session::{SessionKey, SignedIn, current, read_cookie},
};
use protocol::Secret;

use crate::{
    support::{Instance, Memory, furnished},
    testing::block_on,
};

fn signed_in(server: &Instance, cookie: &Secret) -> (SignedIn, SessionKey) {
    let env = server.env();
    let key = block_on(read_cookie(&env, cookie.expose())).unwrap().unwrap();
    (block_on(current(&env, Some(cookie.expose()))).unwrap().unwrap(), key)
}

fn claimant(server: &Instance, cookie: &Secret) -> Claimant {
    let (signed_in, key) = signed_in(server, cookie);
    Claimant::SignedIn(Box::new(signed_in), key)
}

fn try_code(server: &Instance, counters: &Memory, cookie: &Secret, code: &str) -> Outcome {
    block_on(verify_code(&server.env(), counters, claimant(server, cookie), code)).unwrap()
}

#[test]
fn guesses_are_counted_before_they_are_checked() {
    let file = furnished();
    let server = Instance::of(&file);
    let (ada, counters) = (server.user("ada@example.org"), Memory::default());
    for _ in 0..7 {
        assert!(matches!(try_code(&server, &counters, &ada, "000000"), Outcome::Refused));
    }
    assert!(matches!(try_code(&server, &counters, &ada, "000000"), Outcome::Throttled { retry_after: 60 }));
    let bob = server.user("bob@example.org");
    assert!(matches!(try_code(&server, &counters, &bob, "000000"), Outcome::Refused), "each account by itself");
}

#[test]
fn factors_are_changed_only_soon_after_signing_in() {
    let file = furnished();
    let server = Instance::of(&file);
    let ada = server.user("ada@example.org");
    let (who, key) = signed_in(&server, &ada);
    let may_change = || block_on(overview(&server.env(), &who)).unwrap().may_change;
    server.later(900);
    assert!(may_change());
    server.later(1);
    assert!(!may_change());
    let enrolment = block_on(Enrolment::begin(&server.env(), who.user.id)).unwrap();
    let by = By::user(&server.env(), "192.0.2.1").unwrap();
    assert!(block_on(confirm_totp(&server.env(), &who, key, &enrolment, "000000", &by)).is_err());
}

#[test]
fn a_wrong_code_confirms_nothing() {
    let file = furnished();
    let server = Instance::of(&file);
    let ada = server.user("ada@example.org");
    let (who, key) = signed_in(&server, &ada);
    let enrolment = block_on(Enrolment::begin(&server.env(), who.user.id)).unwrap();
    let by = By::user(&server.env(), "192.0.2.1").unwrap();
    for code in ["", "12345", "abcdef"] {
        let change = block_on(confirm_totp(&server.env(), &who, key, &enrolment, code, &by)).unwrap();
        assert!(matches!(change, Change::WrongCode), "{code}");
    }
    assert!(!block_on(overview(&server.env(), &who)).unwrap().enrolled.has_second_factor());
}

#[test]
fn an_administrator_changes_something_only_within_an_hour_of_signing_in() {
    let file = furnished();
    let server = Instance::of(&file);
    let ada = server.user("ada@example.org");
    let may_act = |cookie| block_on(may_act(&server.env(), &signed_in(&server, cookie).0)).unwrap();
    server.later(3600);
    assert!(may_act(&ada));
    server.later(1);
    assert!(!may_act(&ada) && may_act(&server.sign_in("ada@example.org")));
}
