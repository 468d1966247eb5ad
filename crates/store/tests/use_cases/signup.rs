//! Signing up.

use domain::{
    password::PasswordProblem::{Common, Length, Own},
    session::current,
    signup::{Application, Problem, signup},
    user::{Email, Users},
};
use protocol::Secret;

use crate::{
    support::{Instance, application, furnished},
    testing::{block_on, race},
};

fn problem(server: &Instance, application: Application) -> Option<Problem> {
    block_on(signup(&server.env(), application)).unwrap().err()
}

#[test]
fn a_new_user_is_signed_in_at_once() {
    let file = furnished();
    let server = Instance::of(&file);
    let cookie = server.user(" Ada@Example.ORG ");
    let who = block_on(current(&server.env(), Some(cookie.expose()))).unwrap().unwrap();
    assert_eq!((who.user.email.as_str(), who.user.name().as_str()), ("ada@example.org", "Ada Lovelace"));
    let digits = who.user.user_id.strip_prefix("AL-").unwrap();
    assert!(digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_digit()));
}

#[test]
fn an_address_is_taken_whatever_its_case() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    assert_eq!(problem(&server, application("ADA@example.org")), Some(Problem::Taken));
}

#[test]
fn of_many_who_sign_up_with_one_address_at_once_one_gets_it() {
    let file = furnished();
    let problems = race(&file, 6, |_, _| problem(&Instance::of(&file), application("ada@example.org")));
    assert_eq!(problems.iter().filter(|problem| problem.is_none()).count(), 1);
    assert_eq!(problems.iter().filter(|problem| **problem == Some(Problem::Taken)).count(), 5);
}

#[test]
fn people_with_the_same_initials_all_get_a_user_id() {
    let file = furnished();
    let server = Instance::of(&file);
    for number in 0..150 {
        server.user(&format!("ada{number}@example.org"));
    }
}

#[test]
fn closed_means_closed() {
    let file = furnished();
    let server = Instance::with(&file, &[("signup", "closed")]);
    let invited = Application { invite_code: Some(Secret::new("let-me-in")), ..application("ada@example.org") };
    assert_eq!(problem(&server, invited), Some(Problem::Closed));
}

#[test]
fn an_invite_code_opens_sign_up_where_it_is_needed() {
    let file = furnished();
    let server = Instance::with(&file, &[("signup", "invite")]);
    let with =
        |code: Option<&str>| Application { invite_code: code.map(Secret::new), ..application("ada@example.org") };
    for wrong in [None, Some(""), Some("let-me-i"), Some("LET-ME-IN")] {
        assert_eq!(problem(&server, with(wrong)), Some(Problem::Invite), "{wrong:?}");
    }
    assert_eq!(problem(&server, with(Some("let-me-in"))), None);
}

#[test]
fn without_an_invite_code_in_the_settings_nobody_is_invited() {
    let file = furnished();
    let server = Instance::with(&file, &[("signup", "invite"), ("invite_code", "")]);
    let with =
        |code: Option<&str>| Application { invite_code: code.map(Secret::new), ..application("ada@example.org") };
    assert_eq!(problem(&server, with(None)), Some(Problem::Invite));
    assert_eq!(problem(&server, with(Some(""))), Some(Problem::Invite));
}

#[test]
fn each_field_has_its_problem() {
    let file = furnished();
    let server = Instance::of(&file);
    let typed = || application("ada@example.org");
    for (what, application, expected) in [
        ("no first name", Application { given_name: "  ".to_owned(), ..typed() }, Problem::Name),
        ("long name", Application { given_name: "x".repeat(101), ..typed() }, Problem::Name),
        ("long last name", Application { family_name: "x".repeat(101), ..typed() }, Problem::Name),
        ("control character", Application { family_name: "a\u{7}b".to_owned(), ..typed() }, Problem::Name),
        ("no address", Application { email: "ada".to_owned(), ..typed() }, Problem::Email),
        ("short password", Application { password: Secret::new("1234567"), ..typed() }, Problem::Password(Length)),
        ("long password", Application { password: Secret::new("x".repeat(73)), ..typed() }, Problem::Password(Length)),
        ("common password", Application { password: Secret::new("Password1"), ..typed() }, Problem::Password(Common)),
        ("own name", Application { password: Secret::new("ada lovelace"), ..typed() }, Problem::Password(Own)),
    ] {
        assert_eq!(problem(&server, application), Some(expected), "{what}");
    }
    let email = Email::parse("ada@example.org").unwrap();
    assert!(block_on(server.store.user_by_email(&email)).unwrap().is_none(), "nothing was stored");
}

#[test]
fn a_last_name_is_not_needed_and_spaces_are_tidied() {
    let file = furnished();
    let server = Instance::of(&file);
    let typed = Application {
        given_name: "  Mary   Ann ".to_owned(),
        family_name: String::new(),
        ..application("m@example.org")
    };
    let cookie = block_on(signup(&server.env(), typed)).unwrap().unwrap();
    let who = block_on(current(&server.env(), Some(cookie.expose()))).unwrap().unwrap();
    assert_eq!(who.user.name(), "Mary Ann");
}

#[test]
fn the_password_is_stored_as_a_hash_of_the_configured_cost() {
    let file = furnished();
    let server = Instance::with(&file, &[("bcrypt_rounds", "5")]);
    server.user("ada@example.org");
    let email = Email::parse("ada@example.org").unwrap();
    let (_, hash) = block_on(server.store.user_by_email(&email)).unwrap().unwrap();
    assert!(hash.as_str().starts_with("$2b$05$"));
}
