use domain::{
    link::{Links, NewLink, Purpose},
    user::Users,
};
use protocol::Secret;

use super::*;
use crate::{
    fixtures::{at, by, count, email, hash, id, peopled, value},
    testing::{File, block_on, race},
};

fn add(store: &impl Links, number: u64, user: u64, address: &Email) {
    let url = Secret::new("https://id.example/verify");
    let link = NewLink { purpose: Purpose::Email, token_hash: hash(number), url, expires_at: at(100) };
    block_on(store.add_link(&link, id(user), address.as_str(), None, at(1))).unwrap();
}

fn confirm(store: &impl Emails, number: u64, now: i64) -> bool {
    block_on(store.confirm_email(&by(at(now)), &hash(number))).unwrap()
}

#[test]
fn of_many_parallel_uses_of_one_link_one_changes_the_address() {
    let file = File::new();
    let store = peopled(&file);
    add(&store, 1, 1, &email(7));
    let used = race(&file, 16, |_, store| confirm(&store, 1, 2));
    assert_eq!(used.iter().filter(|used| **used).count(), 1);
    let (user, _) = block_on(store.user_by_id(id(1))).unwrap().unwrap();
    assert!(user.email_verified && user.email == email(7).as_str());
    let told = "SELECT detail FROM audit_log WHERE action = 'user.change'";
    assert_eq!(value(&store, told), "email email_verified ".into());
}

#[test]
fn the_address_that_a_user_has_is_confirmed_once() {
    let file = File::new();
    let store = peopled(&file);
    add(&store, 1, 1, &email(1));
    assert_eq!(block_on(store.email_link(&hash(1), at(99))).unwrap().as_deref(), Some(email(1).as_str()));
    assert!(block_on(store.email_link(&hash(1), at(100))).unwrap().is_none() && !confirm(&store, 1, 100));
    assert!(confirm(&store, 1, 2) && !confirm(&store, 1, 3));
    assert_eq!(count(&store, "SELECT email_verified FROM users WHERE user_id = 'UX-0001'"), 1);
}

#[test]
fn an_address_that_is_anothers_by_now_changes_nothing() {
    let file = File::new();
    let store = peopled(&file);
    add(&store, 1, 1, &email(2));
    assert!(!confirm(&store, 1, 2));
    assert!(!block_on(store.change_email(&by(at(2)), id(1), &email(2))).unwrap());
    assert!(block_on(store.change_email(&by(at(2)), id(1), &email(7))).unwrap());
    let (user, _) = block_on(store.user_by_id(id(1))).unwrap().unwrap();
    assert!(!user.email_verified && user.email == email(7).as_str());
    assert_eq!(
        count(&store, "SELECT count(*) FROM one_time_links"),
        0,
        "a link to the address before is worth nothing"
    );
}
