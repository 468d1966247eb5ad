use domain::{link::Purpose, user::Users};
use protocol::Secret;

use super::*;
use crate::{
    fixtures::{at, by, count, email, hash, id, password, peopled, user, value},
    testing::{File, block_on, race},
};

fn add(store: &impl SignUps, number: u64, address: u64, now: i64, expires_at: i64) {
    let url = Secret::new("https://id.example/verify");
    let link = NewLink { purpose: Purpose::SignUp, token_hash: hash(number), url, expires_at: at(expires_at) };
    let (given_name, family_name) = ("Grace".to_owned(), "Hopper".to_owned());
    let interaction = Some("waits".to_owned());
    let sign_up = SignUp { email: email(address), given_name, family_name, password: password(), interaction };
    block_on(store.add_sign_up(&link, &sign_up, at(now))).unwrap();
}

fn finish(store: &impl SignUps, number: u64, user: u64, now: i64) -> bool {
    block_on(store.finish_sign_up(&by(at(now)), &hash(number), id(user), &format!("GH-{user:04}"))).unwrap()
}

#[test]
fn of_many_parallel_uses_of_one_link_one_makes_the_account() {
    let file = File::new();
    let store = peopled(&file);
    add(&store, 1, 7, 1, 100);
    let made = race(&file, 16, |number, store| finish(&store, 1, 10 + number as u64, 2));
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
    let (user, _) = block_on(store.user_by_email(&email(7))).unwrap().unwrap();
    assert!(user.email_verified && user.given_name == "Grace");
    assert_eq!(count(&store, "SELECT count(*) FROM sign_ups"), 0);
    let told = "SELECT action || ' ' || actor || ' ' || address FROM audit_log WHERE subject LIKE 'GH-%'";
    assert_eq!(value(&store, told), "user.create user 192.0.2.1".into());
}

#[test]
fn a_sign_up_is_good_until_it_expires_and_a_newer_one_replaces_it() {
    let file = File::new();
    let store = peopled(&file);
    add(&store, 1, 7, 1, 100);
    assert_eq!(block_on(store.sign_up(&hash(1), at(99))).unwrap().unwrap().interaction.as_deref(), Some("waits"));
    assert!(block_on(store.sign_up(&hash(1), at(100))).unwrap().is_none() && !finish(&store, 1, 9, 100));
    add(&store, 2, 7, 2, 100);
    assert!(!finish(&store, 1, 9, 3) && finish(&store, 2, 9, 3));
}

#[test]
fn an_address_or_a_user_id_that_is_taken_meanwhile_changes_nothing() {
    let file = File::new();
    let store = peopled(&file);
    add(&store, 1, 7, 1, 100);
    assert!(!block_on(store.finish_sign_up(&by(at(2)), &hash(1), id(9), "UX-0001")).unwrap());
    assert!(block_on(store.sign_up(&hash(1), at(2))).unwrap().is_some(), "another user ID will do");
    assert!(block_on(store.add_user(&by(at(2)), &user(7), &password())).unwrap());
    assert!(!finish(&store, 1, 9, 3));
    assert!(
        block_on(store.sign_up(&hash(1), at(3))).unwrap().is_none(),
        "whoever made the account has made it worthless"
    );
}

#[test]
fn expired_sign_ups_go_two_at_a_time_when_others_come() {
    let file = File::new();
    let store = peopled(&file);
    for number in 3..6 {
        add(&store, number, number, 1, 10);
    }
    add(&store, 6, 6, 50, 100);
    assert_eq!(count(&store, "SELECT count(*) FROM sign_ups"), 2);
}
