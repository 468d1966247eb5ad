//! Choosing a new password.

use domain::{
    By,
    factors::Factors,
    login::{Attempt, Outcome as LoginOutcome, login},
    new_password::{Chooser, Outcome, Typed, choose_password},
    password::PasswordProblem,
    session::{SignedIn, current},
    sign_in::PendingSignIn,
};
use protocol::Secret;

use crate::{
    Database,
    support::{Instance, Memory, PASSWORD, furnished},
    testing::block_on,
};

const NEW: &str = "another horse altogether";

fn who(server: &Instance, cookie: &Secret) -> Option<SignedIn> {
    block_on(current(&server.env(), Some(cookie.expose()))).unwrap()
}

fn change(server: &Instance, counters: &Memory, cookie: &Secret, current: &str, new: &str) -> Outcome {
    let chooser = Chooser::SignedIn(Box::new(who(server, cookie).unwrap()));
    let typed = Typed { current: Secret::new(current), new: Secret::new(new), client_address: "192.0.2.1".to_owned() };
    block_on(choose_password(&server.env(), counters, &chooser, typed)).unwrap()
}

pub(crate) fn log_in(server: &Instance, password: &str) -> LoginOutcome {
    let attempt = Attempt {
        email: "ada@example.org".to_owned(),
        password: Secret::new(password),
        client_address: "192.0.2.1".to_owned(),
    };
    block_on(login(&server.env(), &Memory::default(), attempt)).unwrap()
}

#[test]
fn a_change_signs_out_everywhere_else_and_the_session_here_goes_on_until_its_end() {
    let file = furnished();
    let server = Instance::of(&file);
    let elsewhere = server.user("ada@example.org");
    let here = server.sign_in("ada@example.org");
    let before = who(&server, &here).unwrap().session;
    server.later(100);
    let Outcome::Changed(cookie) = change(&server, &Memory::default(), &here, PASSWORD, NEW) else { panic!() };
    assert!(who(&server, &elsewhere).is_none() && who(&server, &here).is_none());
    let after = who(&server, &cookie).unwrap().session;
    assert_ne!(after.id, before.id);
    assert_eq!((after.auth_time, after.expires_at), (before.auth_time, before.expires_at));
    assert!(matches!(log_in(&server, PASSWORD), LoginOutcome::Refused));
    assert!(matches!(log_in(&server, NEW), LoginOutcome::SignedIn(_)));
}

#[test]
fn the_password_so_far_is_asked_for_and_cannot_be_guessed() {
    let file = furnished();
    let server = Instance::of(&file);
    let cookie = server.user("ada@example.org");
    let counters = Memory::default();
    for _ in 0..7 {
        assert!(matches!(change(&server, &counters, &cookie, "a guess", NEW), Outcome::Wrong));
    }
    assert!(matches!(change(&server, &counters, &cookie, PASSWORD, NEW), Outcome::Throttled { .. }));
    server.later(60);
    assert!(matches!(change(&server, &counters, &cookie, PASSWORD, NEW), Outcome::Changed(_)));
}

#[test]
fn the_same_password_again_and_one_that_is_easily_guessed_change_nothing() {
    let file = furnished();
    let server = Instance::of(&file);
    let cookie = server.user("ada@example.org");
    for (new, problem) in [
        (PASSWORD, PasswordProblem::Same),
        ("ada lovelace", PasswordProblem::Own),
        ("password1", PasswordProblem::Common),
        ("short", PasswordProblem::Length),
    ] {
        let outcome = change(&server, &Memory::default(), &cookie, PASSWORD, new);
        assert!(matches!(outcome, Outcome::Problem(told) if told == problem), "{new}");
    }
    assert!(who(&server, &cookie).is_some());
}

#[test]
fn a_temporary_password_starts_no_session_before_another_one_is_chosen() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    block_on(server.store.0.query("UPDATE users SET password_is_temporary = 1", vec![])).unwrap();
    let LoginOutcome::NewPassword(pending) = log_in(&server, PASSWORD) else { panic!() };
    let text = block_on(pending.seal(&server.env())).unwrap();
    let open = || block_on(PendingSignIn::open(&server.env(), &text)).unwrap();
    let choose = |new: &str| {
        let chooser = Chooser::Pending(Box::new(open().unwrap()));
        let typed = Typed { current: Secret::new(""), new: Secret::new(new), client_address: "192.0.2.1".to_owned() };
        block_on(choose_password(&server.env(), &Memory::default(), &chooser, typed)).unwrap()
    };
    assert!(matches!(choose(PASSWORD), Outcome::Problem(PasswordProblem::Same)));
    let Outcome::Changed(cookie) = choose(NEW) else { panic!() };
    assert!(who(&server, &cookie).is_some());
    assert!(open().is_none(), "the page is good once");
    assert!(matches!(log_in(&server, NEW), LoginOutcome::SignedIn(_)));
}

#[test]
fn a_sign_in_that_waits_for_its_second_factor_does_not_get_on_by_a_new_password() {
    let file = furnished();
    let server = Instance::of(&file);
    let cookie = server.user("ada@example.org");
    let ada = who(&server, &cookie).unwrap().user.id;
    let by = By::user(&server.env(), "192.0.2.1").unwrap();
    assert!(block_on(server.store.add_totp(ada, b"sealed", 0, &by)).unwrap());
    let choose = || {
        let LoginOutcome::SecondFactor(pending) = log_in(&server, PASSWORD) else { panic!() };
        let text = block_on(pending.seal(&server.env())).unwrap();
        let pending = block_on(PendingSignIn::open(&server.env(), &text)).unwrap().unwrap();
        let typed = Typed { current: Secret::new(""), new: Secret::new(NEW), client_address: "192.0.2.1".to_owned() };
        let chooser = Chooser::Pending(Box::new(pending));
        block_on(choose_password(&server.env(), &Memory::default(), &chooser, typed)).unwrap()
    };
    assert!(matches!(choose(), Outcome::Expired));
    block_on(server.store.0.query("UPDATE users SET password_is_temporary = 1", vec![])).unwrap();
    assert!(matches!(choose(), Outcome::Expired), "a temporary one either");
    assert!(who(&server, &cookie).is_some(), "nothing has changed");
}
