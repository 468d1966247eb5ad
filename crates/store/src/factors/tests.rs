use domain::admin::Accounts;

use super::*;
use crate::{
    fixtures::{administrator, at, by, count, hash, id, peopled, value},
    testing::{File, block_on, race},
};

#[test]
fn of_many_parallel_uses_of_one_code_one_wins_and_older_codes_are_used_with_it() {
    let file = File::new();
    let store = peopled(&file);
    assert!(block_on(store.add_totp(id(1), b"sealed", 100, &by(at(0)))).unwrap());
    let used = race(&file, 16, |_, store| block_on(store.use_totp_step(id(1), 101)).unwrap());
    assert_eq!(used.iter().filter(|used| **used).count(), 1);
    for step in [99, 100, 101] {
        assert!(!block_on(store.use_totp_step(id(1), step)).unwrap(), "{step}");
    }
    assert!(block_on(store.use_totp_step(id(1), 102)).unwrap());
    assert!(!block_on(store.use_totp_step(id(2), 200)).unwrap(), "another user has none");
}

#[test]
fn of_many_apps_that_are_added_at_once_one_is_and_the_audit_log_says_so() {
    let file = File::new();
    let store = peopled(&file);
    let added =
        race(&file, 8, |number, store| block_on(store.add_totp(id(1), &[number as u8], 1, &by(at(5)))).unwrap());
    let winner = added.iter().position(|added| *added).unwrap();
    assert_eq!(added.iter().filter(|added| **added).count(), 1);
    assert_eq!(block_on(store.totp(id(1))).unwrap(), Some(vec![winner as u8]));
    let told = "SELECT group_concat(concat_ws(' ', actor, address, action, subject, detail, expires_at - at), ', ') FROM audit_log";
    assert_eq!(value(&store, told), "user 192.0.2.1 user.factor_added UX-0001 totp 495".into());
}

#[test]
fn of_many_parallel_uses_of_one_recovery_code_one_wins_and_the_others_stay_good() {
    let file = File::new();
    let store = peopled(&file);
    block_on(store.set_recovery_codes(id(1), &[hash(1), hash(2), hash(3)], at(0))).unwrap();
    let used = race(&file, 16, |_, store| block_on(store.use_recovery_code(id(1), &hash(2))).unwrap());
    assert_eq!(used.iter().filter(|used| **used).count(), 1);
    assert_eq!(block_on(store.enrolled(id(1))).unwrap().recovery_codes, Some(2));
    // Different codes at once: none is lost, none comes back.
    let used = race(&file, 2, |number, store| {
        block_on(store.use_recovery_code(id(1), &hash(if number == 0 { 1 } else { 3 }))).unwrap()
    });
    assert_eq!(used, [true, true]);
    assert_eq!(block_on(store.enrolled(id(1))).unwrap().recovery_codes, Some(0));
    assert!(!block_on(store.use_recovery_code(id(2), &hash(1))).unwrap(), "another user has none");
}

#[test]
fn new_recovery_codes_replace_those_before() {
    let file = File::new();
    let store = peopled(&file);
    block_on(store.set_recovery_codes(id(1), &[hash(1)], at(0))).unwrap();
    block_on(store.set_recovery_codes(id(1), &[hash(2)], at(1))).unwrap();
    assert!(!block_on(store.use_recovery_code(id(1), &hash(1))).unwrap());
    assert!(block_on(store.use_recovery_code(id(1), &hash(2))).unwrap());
}

#[test]
fn with_the_factor_its_row_and_the_recovery_codes_go() {
    let file = File::new();
    let store = peopled(&file);
    assert!(!block_on(store.remove_totp(id(1), &by(at(1)))).unwrap());
    block_on(store.add_totp(id(1), b"sealed", 100, &by(at(0)))).unwrap();
    block_on(store.set_recovery_codes(id(1), &[hash(1)], at(0))).unwrap();
    assert!(block_on(store.remove_totp(id(1), &by(at(7)))).unwrap());
    assert_eq!(block_on(store.enrolled(id(1))).unwrap(), Enrolled::default());
    assert_eq!(count(&store, "SELECT count(*) FROM totp_factors"), 0);
    let told =
        "SELECT at FROM audit_log WHERE action = 'user.factor_removed' AND address <> '' AND expires_at = at + 495";
    assert_eq!(count(&store, told), at(7).0);
}

#[test]
fn an_administrator_removes_all_factors_and_the_line_says_which_there_were() {
    let file = File::new();
    let store = peopled(&file);
    for number in [1, 2] {
        assert!(block_on(store.add_totp(id(number), b"sealed", 100, &by(at(0)))).unwrap());
        block_on(store.set_recovery_codes(id(number), &[hash(1)], at(0))).unwrap();
    }
    for _ in 0..2 {
        assert!(block_on(store.remove_factors_of(&administrator(at(5)), id(1))).unwrap());
    }
    assert!(!block_on(store.remove_factors_of(&administrator(at(5)), id(9))).unwrap());
    let of = |user| block_on(store.enrolled(id(user))).unwrap();
    assert!(!of(1).totp && of(1).recovery_codes.is_none(), "they are gone");
    assert!(of(2).totp && of(2).recovery_codes == Some(1), "another's are there");
    let told = "SELECT group_concat(concat_ws(' ', at, subject, detail), ',') FROM audit_log WHERE action = 'user.remove_factors'";
    let at = at(5).0;
    assert_eq!(value(&store, told), format!("{at} UX-0001 totp recovery_codes,{at} UX-0001 ").as_str().into());
}
