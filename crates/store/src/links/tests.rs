use domain::{
    link::Purpose,
    user::{AccessLevel, Users},
};
use protocol::Secret;

use super::*;
use crate::{
    fixtures::{administrator, at, by, count, email, hash, have_session, id, password, peopled, user, value},
    testing::{File, block_on, race},
};

fn new(number: u64, expires_at: i64) -> NewLink {
    let url = Secret::new("https://id.example/reset");
    NewLink { purpose: Purpose::Reset, token_hash: hash(number), url, expires_at: at(expires_at) }
}

fn add(store: &impl Links, number: u64, user: u64, expires_at: i64) {
    let address = email(user);
    block_on(store.add_link(&new(number, expires_at), id(user), address.as_str(), None, at(1))).unwrap();
}

fn another(number: u64) -> PasswordHash {
    PasswordHash::from_stored(format!("$2b$04${number}"))
}

fn reset(store: &impl Links, number: u64, now: i64) -> bool {
    block_on(store.reset_password(&hash(number), &another(number), &by(at(now)))).unwrap()
}

#[test]
fn of_many_parallel_uses_of_one_link_one_wins() {
    let file = File::new();
    let store = peopled(&file);
    add(&store, 1, 1, 100);
    let used = race(&file, 16, |number, store| {
        block_on(store.reset_password(&hash(1), &another(number as u64), &by(at(2)))).unwrap()
    });
    assert_eq!(used.iter().filter(|used| **used).count(), 1);
    let winner = used.iter().position(|used| *used).unwrap();
    let (_, stored) = block_on(store.user_by_id(id(1))).unwrap().unwrap();
    assert_eq!(stored.as_str(), another(winner as u64).as_str());
}

#[test]
fn a_used_link_ends_the_sessions_verifies_the_address_and_is_in_the_audit_log() {
    let file = File::new();
    let store = peopled(&file);
    have_session(&store);
    add(&store, 1, 1, 100);
    add(&store, 2, 2, 100);
    assert!(block_on(store.reset_link(&hash(1), at(2))).unwrap().is_some());
    assert!(reset(&store, 1, 2) && !reset(&store, 1, 3));
    assert_eq!(count(&store, "SELECT count(*) FROM sessions"), 0);
    let (user, _) = block_on(store.user_by_id(id(1))).unwrap().unwrap();
    assert!(user.email_verified);
    assert_eq!(
        value(&store, "SELECT action || ' ' || subject FROM audit_log WHERE action = 'user.password'"),
        "user.password UX-0001".into()
    );
    assert!(block_on(store.reset_link(&hash(2), at(3))).unwrap().is_some(), "another user's is as good as before");
}

#[test]
fn a_link_is_good_until_it_expires_and_a_newer_one_replaces_it() {
    let file = File::new();
    let store = peopled(&file);
    add(&store, 1, 1, 100);
    assert!(block_on(store.reset_link(&hash(1), at(99))).unwrap().is_some());
    assert!(block_on(store.reset_link(&hash(1), at(100))).unwrap().is_none() && !reset(&store, 1, 100));
    add(&store, 2, 1, 100);
    assert!(!reset(&store, 1, 2));
    assert_eq!(count(&store, "SELECT count(*) FROM one_time_links"), 1);
    assert!(reset(&store, 2, 2));
}

#[test]
fn another_password_another_address_and_a_suspension_make_a_link_worthless() {
    let file = File::new();
    let store = peopled(&file);
    add(&store, 1, 1, 100);
    assert!(block_on(store.set_password(id(1), &password(), &another(7), &by(at(2)))).unwrap());
    assert!(!reset(&store, 1, 3));
    add(&store, 2, 1, 100);
    block_on(store.0.query("UPDATE users SET email = 'new@example.org' WHERE id = ?1", params![id(1)])).unwrap();
    assert!(!reset(&store, 2, 3));
    add(&store, 3, 2, 100);
    assert!(block_on(store.set_access_level(&email(2), AccessLevel::Suspended, at(3))).unwrap());
    assert!(block_on(store.reset_link(&hash(3), at(4))).unwrap().is_none() && !reset(&store, 3, 4));
}

#[test]
fn a_link_that_an_administrator_hands_over_verifies_no_address() {
    use domain::admin::HandedLinks;

    let file = File::new();
    let store = peopled(&file);
    assert!(block_on(store.hand_over_link(&administrator(at(1)), id(1), &new(1, 100))).unwrap());
    assert!(
        !block_on(store.hand_over_link(&administrator(at(1)), id(9), &new(2, 100))).unwrap(),
        "there is no such user"
    );
    assert_eq!(
        count(&store, "SELECT count(*) FROM audit_log WHERE action = 'user.reset_link' AND actor = 'admin_token'"),
        1
    );
    assert!(reset(&store, 1, 2));
    assert!(!block_on(store.user_by_id(id(1))).unwrap().unwrap().0.email_verified);
}

#[test]
fn expired_links_go_two_at_a_time_when_others_come() {
    let file = File::new();
    let store = peopled(&file);
    for number in 3..6 {
        assert!(block_on(store.add_user(&by(at(0)), &user(number), &password())).unwrap());
        add(&store, number, number, 10);
    }
    let later = |number: u64| block_on(store.add_link(&new(number, 100), id(number), "", None, at(50))).unwrap();
    later(1);
    assert_eq!(count(&store, "SELECT count(*) FROM one_time_links"), 2);
    later(2);
    assert_eq!(count(&store, "SELECT count(*) FROM one_time_links"), 2);
}
