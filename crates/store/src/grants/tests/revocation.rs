use std::sync::atomic::{AtomicBool, Ordering};

use domain::{
    consent::Consents,
    grant::{Grants, RevocationReason},
    session::Sessions,
    user::AccessLevel,
};

use crate::{
    Database, Store,
    fixtures::{
        Refused, at, count, email, id, is_live, peopled, presentation, redeem, redeemed, redemption, refresh, rounds,
        scope, session_key, start, start_in, value,
    },
    testing::{File, Sqlite, block_on, race},
};

fn revoke(store: &Store<Sqlite>, client_id: &str) {
    block_on(store.revoke_grant(id(1), client_id, RevocationReason::Client, at(2))).unwrap();
}

#[test]
fn a_revoked_grant_has_no_live_token() {
    let file = File::new();
    let store = redeemed(&file);
    revoke(&store, "app");
    assert!(!is_live(&store, 1));
    assert_eq!(refresh(&store, &presentation(1), at(3)), Err(Refused::Unknown));
    assert_eq!(value(&store, "SELECT revoked_reason FROM grants"), "client".into());
}

#[test]
fn another_client_revokes_nothing() {
    let file = File::new();
    let store = redeemed(&file);
    revoke(&store, "other");
    assert!(is_live(&store, 1));
}

#[test]
fn the_first_reason_of_a_revocation_stays() {
    let file = File::new();
    let store = redeemed(&file);
    revoke(&store, "app");
    block_on(store.revoke_grant(id(1), "app", RevocationReason::CodeReplay, at(9))).unwrap();
    assert_eq!(count(&store, "SELECT revoked_at FROM grants"), at(2).0);
    assert_eq!(value(&store, "SELECT revoked_reason FROM grants"), "client".into());
}

#[test]
fn a_code_of_a_revoked_grant_cannot_be_redeemed() {
    let file = File::new();
    let store = peopled(&file);
    start(&store, 1, |_| {}, at(0));
    revoke(&store, "app");
    assert!(redeem(&store, &redemption(1)).is_none());
}

#[test]
fn redeeming_and_revoking_at_once_never_leaves_a_live_grant() {
    let file = File::new();
    let store = peopled(&file);
    for number in 1..=rounds(20) {
        start(&store, number, |_| {}, at(0));
        race(&file, 2, |runner, store| match runner {
            0 => block_on(store.revoke_grant(id(number), "app", RevocationReason::Client, at(1))).unwrap(),
            _ => drop(redeem(&store, &redemption(number))),
        });
        assert!(!is_live(&store, number));
        assert!(redeem(&store, &redemption(number)).is_none());
    }
}

#[test]
fn no_refresh_succeeds_after_a_revocation_was_acknowledged() {
    for _ in 0..rounds(1) {
        let file = File::new();
        let store = redeemed(&file);
        let is_acknowledged = AtomicBool::new(false);
        race(&file, 4, |runner, store| {
            if runner == 0 {
                std::thread::yield_now();
                revoke(&store, "app");
                is_acknowledged.store(true, Ordering::SeqCst);
                return;
            }
            for _ in 0..50 {
                let was_acknowledged = is_acknowledged.load(Ordering::SeqCst);
                let refreshed = refresh(&store, &presentation(1), at(2));
                assert!(!was_acknowledged || refreshed.is_err(), "{refreshed:?}");
            }
        });
        assert!(!is_live(&store, 1));
    }
}

#[test]
fn revoking_one_access_token_leaves_the_others() {
    let file = File::new();
    let store = redeemed(&file);
    let owner = |token| block_on(store.owner_of_user_token(id(token), id(1))).unwrap();
    block_on(store.revoke_access_token(id(50), Some(id(1)), "app", at(900), at(2))).unwrap();
    assert!(owner(50).is_none());
    let other = owner(51).unwrap();
    assert_eq!((other.user.id, other.client.id.as_str()), (id(1), "app"));
    assert_eq!(refresh(&store, &presentation(1), at(3)), Ok(2));
}

#[test]
fn an_access_token_can_be_revoked_by_many_at_once() {
    let file = File::new();
    let store = redeemed(&file);
    race(&file, 8, |_, store| {
        block_on(store.revoke_access_token(id(50), Some(id(1)), "app", at(900), at(2))).unwrap();
    });
    assert_eq!(count(&store, "SELECT count(*) FROM revoked_tokens"), 1);
}

#[test]
fn another_client_revokes_no_access_token_of_the_grant() {
    let file = File::new();
    let store = redeemed(&file);
    block_on(store.revoke_access_token(id(50), Some(id(1)), "other", at(900), at(2))).unwrap();
    block_on(store.revoke_access_token(id(50), Some(id(2)), "app", at(900), at(2))).unwrap();
    assert!(block_on(store.owner_of_user_token(id(50), id(1))).unwrap().is_some());
    assert_eq!(count(&store, "SELECT count(*) FROM revoked_tokens"), 0);
}

#[test]
fn a_token_that_was_revoked_while_its_user_was_suspended_stays_revoked() {
    let file = File::new();
    let store = redeemed(&file);
    block_on(store.set_access_level(&email(1), AccessLevel::Suspended, at(2))).unwrap();
    block_on(store.revoke_access_token(id(50), Some(id(1)), "app", at(900), at(3))).unwrap();
    block_on(store.set_access_level(&email(1), AccessLevel::User, at(4))).unwrap();
    assert!(block_on(store.owner_of_user_token(id(50), id(1))).unwrap().is_none());
}

#[test]
fn a_clients_own_token_lives_as_long_as_the_client_and_no_revocation() {
    let file = File::new();
    let store = peopled(&file);
    let lives = |token| block_on(store.is_client_token_live(id(token), "app")).unwrap();
    block_on(store.revoke_access_token(id(50), None, "app", at(900), at(2))).unwrap();
    assert_eq!((lives(50), lives(51)), (false, true));
    assert!(!block_on(store.is_client_token_live(id(51), "unknown")).unwrap());
    block_on(store.0.query("DELETE FROM clients WHERE id = 'app'", vec![])).unwrap();
    assert!(!lives(51));
}

/// A grant, a session and a consent of user 1 with the client `app`.
fn entangled(file: &File) -> Store<Sqlite> {
    let store = redeemed(file);
    block_on(store.remember_consent(id(1), "app", &scope("openid"), at(0))).unwrap();
    block_on(store.remember_consent(id(2), "other", &scope("openid"), at(0))).unwrap();
    store
}

#[test]
fn a_deleted_user_leaves_no_grant_session_or_consent() {
    let file = File::new();
    let store = entangled(&file);
    assert!(block_on(store.delete_user(&email(1))).unwrap());
    assert!(!is_live(&store, 1));
    assert_eq!(refresh(&store, &presentation(1), at(2)), Err(Refused::Unknown));
    assert!(block_on(store.session(&session_key(1), at(1))).unwrap().is_none());
    assert_eq!(count(&store, "SELECT (SELECT count(*) FROM grants) + (SELECT count(*) FROM sessions)"), 0);
    assert_eq!(count(&store, "SELECT count(*) FROM consents"), 1, "another user's stays");
    assert!(!block_on(store.delete_user(&email(1))).unwrap(), "there is no such user any more");
}

#[test]
fn a_deleted_client_leaves_no_grant_or_consent() {
    let file = File::new();
    let store = entangled(&file);
    block_on(store.0.query("DELETE FROM clients WHERE id = 'app'", vec![])).unwrap();
    assert!(!is_live(&store, 1));
    assert_eq!(refresh(&store, &presentation(1), at(2)), Err(Refused::Unknown));
    assert_eq!(count(&store, "SELECT count(*) FROM grants"), 0);
    assert_eq!(count(&store, "SELECT count(*) FROM consents"), 1, "another client's stays");
    assert!(block_on(store.session(&session_key(1), at(1))).unwrap().is_some(), "the user is still signed in");
}

#[test]
fn a_suspended_user_owns_no_token_and_gets_back_those_that_may_go_on_without_them() {
    let file = File::new();
    let store = redeemed(&file);
    start_in(&store, 2, 1, "openid offline_access", |_| {}, at(0));
    assert!(redeem(&store, &redemption(2)).is_some());
    block_on(store.set_access_level(&email(1), AccessLevel::Suspended, at(2))).unwrap();
    assert!(!is_live(&store, 1) && !is_live(&store, 2));
    block_on(store.set_access_level(&email(1), AccessLevel::Admin, at(3))).unwrap();
    assert!(is_live(&store, 2));
    assert!(!is_live(&store, 1), "it ended with the session in which it was allowed");
}
