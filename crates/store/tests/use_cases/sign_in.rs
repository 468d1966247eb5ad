//! Sign-ins that wait for their next step.

use domain::{
    interaction::Interaction,
    sign_in::{Method, PendingSignIn, Shown},
    user::{Email, Users},
};
use protocol::params::Params;

use crate::{
    Database,
    support::{Instance, delete_user, furnished, set_access_level},
    testing::block_on,
};

fn begin(server: &Instance) -> String {
    let found = block_on(server.store.user_by_email(&Email::parse("ada@example.org").unwrap())).unwrap();
    let (user, password) = found.unwrap();
    let pending = PendingSignIn::begin(&server.env(), user, password, Shown::by(Method::Password));
    block_on(pending.seal(&server.env())).unwrap()
}

fn open(server: &Instance, text: &str) -> Option<PendingSignIn> {
    block_on(PendingSignIn::open(&server.env(), text)).unwrap()
}

#[test]
fn a_pending_sign_in_says_who_and_what_was_shown_for_ten_minutes() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    let text = begin(&server);
    server.later(600);
    let pending = open(&server, &text).unwrap();
    assert_eq!((pending.user.email.as_str(), pending.shown), ("ada@example.org", Shown::by(Method::Password)));
    server.later(1);
    assert!(open(&server, &text).is_none());
}

#[test]
fn a_pending_sign_in_ends_with_the_password_that_it_began_with() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    let text = begin(&server);
    block_on(server.store.0.query("UPDATE users SET password_hash = '$2b$04$other'", vec![])).unwrap();
    assert!(open(&server, &text).is_none());
    assert!(open(&server, &begin(&server)).is_some());
}

#[test]
fn a_pending_sign_in_is_worth_nothing_once_the_user_is_suspended_or_gone() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    let text = begin(&server);
    block_on(set_access_level(&server.env(), "ada@example.org", "suspended")).unwrap();
    assert!(open(&server, &text).is_none());
    block_on(set_access_level(&server.env(), "ada@example.org", "user")).unwrap();
    assert!(open(&server, &text).is_some());
    block_on(delete_user(&server.env(), "ada@example.org")).unwrap();
    assert!(open(&server, &text).is_none());
}

#[test]
fn what_was_sealed_for_another_page_is_no_pending_sign_in() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    let interaction = Interaction::begin(&server.env(), Params::from_iter([("user", "1"), ("shown", "pwd otp mfa")]));
    let text = block_on(interaction.seal(&server.env())).unwrap();
    assert!(open(&server, &text).is_none() && open(&server, "").is_none());
    let changed = begin(&server).replacen('A', "B", 1);
    assert!(open(&server, &changed).is_none());
}
