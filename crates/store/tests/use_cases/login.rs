//! Signing in, and the throttle.

use domain::{
    login::{Attempt, Outcome, login},
    session::current,
};
use protocol::Secret;

use crate::{
    support::{Instance, Memory, PASSWORD, furnished, set_access_level},
    testing::block_on,
};

fn attempt(server: &Instance, counters: &Memory, email: &str, password: &str, address: &str) -> Outcome {
    let attempt =
        Attempt { email: email.to_owned(), password: Secret::new(password), client_address: address.to_owned() };
    block_on(login(&server.env(), counters, attempt)).unwrap()
}

fn right(server: &Instance, counters: &Memory) -> Outcome {
    attempt(server, counters, "ada@example.org", PASSWORD, "192.0.2.1")
}

fn wrong(server: &Instance, counters: &Memory) -> Outcome {
    attempt(server, counters, "ada@example.org", "guess", "192.0.2.1")
}

#[test]
fn the_right_password_signs_in_whatever_the_case_of_the_address() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    let outcome = attempt(&server, &Memory::default(), " ADA@Example.org ", PASSWORD, "192.0.2.1");
    let Outcome::SignedIn(cookie) = outcome else { panic!("{outcome:?}") };
    let found = block_on(current(&server.env(), Some(cookie.expose()))).unwrap().unwrap();
    assert_eq!((found.user.email.as_str(), found.session.auth_time), ("ada@example.org", server.env().now));
}

#[test]
fn every_sign_in_is_a_new_session() {
    let file = furnished();
    let server = Instance::of(&file);
    let first = server.user("ada@example.org");
    let Outcome::SignedIn(second) = right(&server, &Memory::default()) else { panic!() };
    let session =
        |cookie: &Secret| block_on(current(&server.env(), Some(cookie.expose()))).unwrap().unwrap().session.id;
    assert_ne!(session(&first), session(&second));
}

#[test]
fn unknown_wrong_and_suspended_are_the_same_refusal() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    server.user("eve@example.org");
    block_on(set_access_level(&server.env(), "eve@example.org", "suspended")).unwrap();
    for (email, password) in [
        ("nobody@example.org", PASSWORD),
        ("ada@example.org", "guess"),
        ("ada@example.org", ""),
        ("eve@example.org", PASSWORD),
        ("no address", PASSWORD),
        ("", ""),
    ] {
        let outcome = attempt(&server, &Memory::default(), email, password, "192.0.2.1");
        assert!(matches!(outcome, Outcome::Refused), "{email}: {outcome:?}");
    }
}

#[test]
fn after_seven_failures_even_the_right_password_waits() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    let counters = Memory::default();
    for _ in 0..7 {
        assert!(matches!(wrong(&server, &counters), Outcome::Refused));
    }
    let Outcome::Throttled { retry_after: 60 } = right(&server, &counters) else { panic!("seven failures, 60 s") };
    server.later(59);
    assert!(matches!(right(&server, &counters), Outcome::Throttled { retry_after: 1 }));
    server.later(1);
    assert!(matches!(right(&server, &counters), Outcome::SignedIn(..)));
}

#[test]
fn a_success_forgets_the_failures_of_the_account() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    let counters = Memory::default();
    for _ in 0..4 {
        (0..6).for_each(|_| drop(wrong(&server, &counters)));
        assert!(matches!(right(&server, &counters), Outcome::SignedIn(..)));
    }
}

#[test]
fn the_wait_grows_and_being_throttled_does_not_lengthen_it() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    let counters = Memory::default();
    for _ in 0..10 {
        while let Outcome::Throttled { retry_after } = wrong(&server, &counters) {
            server.later(retry_after);
        }
    }
    for _ in 0..20 {
        assert!(matches!(wrong(&server, &counters), Outcome::Throttled { retry_after: 600 }));
    }
}

#[test]
fn an_unknown_address_is_throttled_like_a_known_one() {
    let file = furnished();
    let server = Instance::of(&file);
    let counters = Memory::default();
    for _ in 0..7 {
        assert!(matches!(attempt(&server, &counters, "no@example.org", "x", "192.0.2.1"), Outcome::Refused));
    }
    let outcome = attempt(&server, &counters, "NO@example.org ", "x", "192.0.2.9");
    assert!(matches!(outcome, Outcome::Throttled { .. }), "however it is written, wherever it comes from");
}

#[test]
fn one_address_that_tries_many_accounts_is_throttled_later() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    let counters = Memory::default();
    for number in 0..35 {
        let outcome = attempt(&server, &counters, &format!("{number}@example.org"), "x", "192.0.2.1");
        assert!(matches!(outcome, Outcome::Refused), "{number}");
    }
    assert!(matches!(right(&server, &counters), Outcome::Throttled { .. }));
    let elsewhere = attempt(&server, &counters, "ada@example.org", PASSWORD, "192.0.2.2");
    assert!(matches!(elsewhere, Outcome::SignedIn(..)), "others are not locked out");
}

#[test]
fn switched_off_the_throttle_counts_nothing() {
    let file = furnished();
    let server = Instance::with(&file, &[("login_throttle", "off")]);
    server.user("ada@example.org");
    let counters = Memory::default();
    (0..30).for_each(|_| assert!(matches!(wrong(&server, &counters), Outcome::Refused)));
    assert!(matches!(right(&server, &counters), Outcome::SignedIn(..)));
    assert_eq!(counters.len(), 0);
}
