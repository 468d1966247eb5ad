use domain::factors::{Enrolled, Factors};

use super::*;
use crate::{
    fixtures::{at, by, count, hash, id, peopled, value},
    testing::{File, block_on, race},
};

fn passkey(number: u8, user: u8, sign_count: u32) -> Passkey {
    let key = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"EdDSA"}"#;
    Passkey {
        id: vec![number; 32],
        user: id(user.into()),
        key: serde_json::from_str(key).unwrap(),
        state: State { sign_count, is_backup_eligible: true, is_backed_up: false },
        name: "Telephone".to_owned(),
        transports: "internal hybrid".to_owned(),
        created_at: at(5),
        last_used_at: None,
    }
}

fn add<D: Database>(store: &Store<D>, passkey: &Passkey) -> bool {
    block_on(store.add_passkey(passkey, &by(at(5)))).unwrap()
}

#[test]
fn a_passkey_is_one_users_and_registered_once() {
    let file = File::new();
    let store = peopled(&file);
    let added = race(&file, 8, |number, store| add(&store, &passkey(1, 1 + (number % 2) as u8, 0)));
    assert_eq!(added.iter().filter(|added| **added).count(), 1);
    assert_eq!(count(&store, "SELECT count(*) FROM audit_log WHERE action = 'user.factor_added'"), 1);
    assert_eq!(value(&store, "SELECT detail FROM audit_log WHERE action = 'user.factor_added'"), "passkey".into());
}

#[test]
fn a_user_who_is_gone_in_this_moment_gets_none() {
    let file = File::new();
    let store = peopled(&file);
    assert!(!add(&store, &passkey(1, 99, 0)));
    assert_eq!(count(&store, "SELECT count(*) FROM audit_log"), 0);
}

#[test]
fn a_passkey_is_read_as_it_was_added() {
    let file = File::new();
    let store = peopled(&file);
    let added = passkey(1, 1, 7);
    assert!(add(&store, &added));
    let read = block_on(store.passkey(&added.id)).unwrap().unwrap();
    assert_eq!(format!("{read:?}"), format!("{added:?}"));
    assert_eq!(block_on(store.passkeys(id(1))).unwrap().len(), 1);
    assert!(block_on(store.passkeys(id(2))).unwrap().is_empty());
    assert!(block_on(store.passkey(&[9])).unwrap().is_none());
}

#[test]
fn a_user_has_so_many_at_most() {
    let file = File::new();
    let store = peopled(&file);
    let all = MAX_PASSKEYS as u8;
    assert!((0..all).all(|number| add(&store, &passkey(number, 1, 0))));
    assert!(!add(&store, &passkey(all, 1, 0)));
    assert!(add(&store, &passkey(all, 2, 0)), "another user's are counted by themselves");
}

#[test]
fn of_many_parallel_uses_of_one_count_one_wins_and_no_count_goes_back() {
    let file = File::new();
    let store = peopled(&file);
    let passkey = passkey(1, 1, 7);
    assert!(add(&store, &passkey));
    let to = |sign_count| State { sign_count, ..passkey.state };
    let used = race(&file, 16, |_, store| block_on(store.use_passkey(&passkey, to(8), at(9))).unwrap());
    assert_eq!(used.iter().filter(|used| **used).count(), 1);
    for count in [0, 7, 8] {
        assert!(!block_on(store.use_passkey(&passkey, to(count), at(10))).unwrap(), "{count}");
    }
    assert_eq!(block_on(store.passkey(&passkey.id)).unwrap().unwrap().last_used_at, Some(at(9)));
}

#[test]
fn an_authenticator_that_does_not_count_may_be_used_again() {
    let file = File::new();
    let store = peopled(&file);
    let passkey = passkey(1, 1, 0);
    assert!(add(&store, &passkey));
    assert!((0..3).all(|_| block_on(store.use_passkey(&passkey, passkey.state, at(9))).unwrap()));
}

#[test]
fn only_its_user_renames_and_removes_a_passkey() {
    let file = File::new();
    let store = peopled(&file);
    let passkey = passkey(1, 1, 0);
    add(&store, &passkey);
    block_on(store.rename_passkey(id(2), &passkey.id, "Mine")).unwrap();
    block_on(store.remove_passkey(id(2), &passkey.id, &by(at(6)))).unwrap();
    assert_eq!(block_on(store.passkey(&passkey.id)).unwrap().unwrap().name, "Telephone");
    block_on(store.rename_passkey(id(1), &passkey.id, "Key ring")).unwrap();
    assert_eq!(block_on(store.passkey(&passkey.id)).unwrap().unwrap().name, "Key ring");
}

#[test]
fn recovery_codes_stay_while_there_is_any_factor() {
    let file = File::new();
    let store = peopled(&file);
    let (first, second) = (passkey(1, 1, 0), passkey(2, 1, 0));
    add(&store, &first);
    add(&store, &second);
    block_on(store.add_totp(id(1), b"sealed", 1, &by(at(0)))).unwrap();
    block_on(store.set_recovery_codes(id(1), &[hash(1)], at(0))).unwrap();
    block_on(store.remove_totp(id(1), &by(at(6)))).unwrap();
    block_on(store.remove_passkey(id(1), &first.id, &by(at(6)))).unwrap();
    let left = Enrolled { totp: false, passkeys: 1, recovery_codes: Some(1) };
    assert_eq!(block_on(store.enrolled(id(1))).unwrap(), left);
    block_on(store.remove_passkey(id(1), &second.id, &by(at(7)))).unwrap();
    assert_eq!(block_on(store.enrolled(id(1))).unwrap(), Enrolled::default());
    assert_eq!(
        count(&store, "SELECT count(*) FROM audit_log WHERE detail = 'passkey' AND action = 'user.factor_removed'"),
        2
    );
}
