use domain::{
    device_authorization::{Decision, DeviceAuthorizations, NewDeviceAuthorization, Poll},
    grant::{Grant, Grants, Redeemed, Redemption},
    session::SignedIn,
    user::{AccessLevel, Email},
};
use protocol::{Timestamp, resource::Resources};

use crate::{
    Store,
    fixtures::{at, code, count, email, hash, id, is_live, peopled, redeem, redemption, scope, session, user, value},
    testing::{File, Sqlite, block_on, race},
};

/// Starts the device authorization of this number, for `app`, which lives for 600 s.
fn add(store: &Store<Sqlite>, number: u64, now: Timestamp) -> bool {
    let authorization = NewDeviceAuthorization {
        code: &code(number),
        user_code_hash: hash(1000 + number),
        client_id: "app",
        scope: &scope("openid email"),
        resource: &Resources::parse("https://rs.example").unwrap(),
        expires_at: Timestamp(now.0 + 600),
    };
    block_on(store.add_device_authorization(&authorization, now)).unwrap()
}

fn signed_in(number: u64) -> SignedIn {
    SignedIn { session: session(number), user: user(number) }
}

/// Whether this user gets the user code of this number.
fn claim(store: &Store<Sqlite>, number: u64, by: u64, now: Timestamp) -> bool {
    block_on(store.claim_user_code(&hash(1000 + number), id(by), now)).unwrap().is_some()
}

/// Whether this user's decision counts.
fn decide(store: &Store<Sqlite>, number: u64, by: u64, decision: Decision, now: Timestamp) -> bool {
    block_on(store.decide_user_code(&hash(1000 + number), &signed_in(by), decision, now)).unwrap().is_some()
}

fn poll(store: &Store<Sqlite>, number: u64, now: Timestamp) -> Option<Poll> {
    block_on(store.poll_device_code(&code(number), "app", now)).unwrap()
}

/// Redeems a device code, as the client does that has polled it.
fn redeem_device(store: &Store<Sqlite>, number: u64) -> Option<Grant> {
    redeem(store, &Redemption { redirect_uri: None, ..redemption(number) })
}

/// A store with the device authorization 1.
fn asked(file: &File) -> Store<Sqlite> {
    let store = peopled(file);
    assert!(add(&store, 1, at(0)));
    store
}

/// A store with the device authorization 1, which user 1 has approved.
fn approved(file: &File) -> Store<Sqlite> {
    let store = asked(file);
    assert!(claim(&store, 1, 1, at(0)) && decide(&store, 1, 1, Decision::Approve, at(0)));
    store
}

#[test]
fn an_approved_device_code_redeems_an_ordinary_grant() {
    let file = File::new();
    let store = asked(&file);
    assert!(redeem_device(&store, 1).is_none(), "nobody has approved");
    assert!(claim(&store, 1, 1, at(0)) && redeem_device(&store, 1).is_none());
    assert!(decide(&store, 1, 1, Decision::Approve, at(0)));
    assert_eq!(poll(&store, 1, at(1)), Some(Poll::Approved));
    let grant = redeem_device(&store, 1).unwrap();
    assert_eq!((grant.id, grant.user_id, grant.scope.to_string().as_str()), (id(1), id(1), "openid email"));
    assert_eq!(grant.resource.to_string(), "https://rs.example");
    assert_eq!((grant.auth_time, grant.acr.as_str(), grant.amr.as_str(), grant.nonce), (at(0), "urn:a", "pwd", None));
    assert!(is_live(&store, 1));
}

#[test]
fn a_device_code_is_redeemed_once_of_many_devices_at_once() {
    let file = File::new();
    approved(&file);
    let won =
        race(&file, 8, |_, store| poll(&store, 1, at(1)) == Some(Poll::Approved) && redeem_device(&store, 1).is_some());
    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
}

#[test]
fn a_grant_of_a_device_has_a_session_of_its_own() {
    let file = File::new();
    let store = approved(&file);
    assert_eq!(redeem_device(&store, 1).unwrap().session_id, id(1));
    assert_eq!(count(&store, "SELECT count(*) FROM grants WHERE session_id = id"), 1);
}

#[test]
fn of_many_users_who_enter_one_code_one_gets_it() {
    let file = File::new();
    let store = peopled(&file);
    for number in 1..=8 {
        add(&store, number, at(0));
        let won = race(&file, 8, |by, store| (1 + by as u64 % 2, claim(&store, number, 1 + by as u64 % 2, at(1))));
        let owners: Vec<u64> = won.into_iter().filter(|(_, won)| *won).map(|(by, _)| by).collect();
        assert_eq!(owners.len(), 4, "who was first may come back, and nobody else");
        assert!(owners.iter().all(|by| *by == owners[0]), "{owners:?}");
    }
}

#[test]
fn nobody_decides_about_a_code_that_is_not_theirs() {
    let file = File::new();
    let store = asked(&file);
    assert!(!decide(&store, 1, 1, Decision::Approve, at(1)), "it was never claimed");
    assert!(claim(&store, 1, 1, at(1)) && !claim(&store, 1, 2, at(1)));
    assert!(!decide(&store, 1, 2, Decision::Approve, at(1)) && !decide(&store, 1, 2, Decision::Deny, at(1)));
    assert_eq!(poll(&store, 1, at(1)), Some(Poll::Pending));
    assert!(decide(&store, 1, 1, Decision::Approve, at(1)));
    assert_eq!(redeem_device(&store, 1).unwrap().user_id, id(1));
}

#[test]
fn of_an_approval_and_a_denial_at_once_one_counts_and_the_device_hears_that_one() {
    let file = File::new();
    let store = peopled(&file);
    for number in 1..=8 {
        add(&store, number, at(0));
        assert!(claim(&store, number, 1, at(0)));
        let outcomes = race(&file, 9, |at_once, store| match at_once % 3 {
            0 => (Some(Decision::Approve), decide(&store, number, 1, Decision::Approve, at(1))),
            1 => (Some(Decision::Deny), decide(&store, number, 1, Decision::Deny, at(1))),
            _ => (None, poll(&store, number, at(1)).is_some()),
        });
        let won: Vec<_> = outcomes.into_iter().filter(|(decision, won)| decision.is_some() && *won).collect();
        assert_eq!(won.len(), 1);
        let (heard, starts) = match won[0].0 {
            Some(Decision::Approve) => (Poll::Approved, true),
            _ => (Poll::Denied, false),
        };
        assert_eq!((poll(&store, number, at(100)), redeem_device(&store, number).is_some()), (Some(heard), starts));
    }
}

#[test]
fn a_decision_is_final() {
    let file = File::new();
    let store = asked(&file);
    assert!(claim(&store, 1, 1, at(0)) && decide(&store, 1, 1, Decision::Deny, at(0)));
    assert!(!claim(&store, 1, 1, at(1)) && !decide(&store, 1, 1, Decision::Approve, at(1)));
    assert_eq!((poll(&store, 1, at(1)), redeem_device(&store, 1).is_none()), (Some(Poll::Denied), true));
}

#[test]
fn a_device_that_asks_too_soon_waits_five_seconds_longer_each_time() {
    let file = File::new();
    let store = asked(&file);
    let answers =
        [(0, Poll::Pending), (5, Poll::Pending), (9, Poll::TooSoon), (18, Poll::TooSoon), (33, Poll::Pending)];
    for (seconds, expected) in answers {
        assert_eq!(poll(&store, 1, at(seconds)), Some(expected), "{seconds}");
    }
    assert_eq!(count(&store, "SELECT interval FROM device_authorizations"), 15);
}

#[test]
fn another_clients_device_code_is_unknown_and_stays_as_it_was() {
    let file = File::new();
    let store = approved(&file);
    let state = "SELECT json_array(polled_at, interval, polled_too_soon, decision) FROM device_authorizations";
    let before = value(&store, state);
    assert_eq!(block_on(store.poll_device_code(&code(1), "other", at(1))).unwrap(), None);
    let forged = domain::grant::Code { hash: hash(2), ..code(1) };
    assert_eq!(block_on(store.poll_device_code(&forged, "app", at(1))).unwrap(), None);
    assert!(redeem(&store, &Redemption { client_id: "other", redirect_uri: None, ..redemption(1) }).is_none());
    assert_eq!(value(&store, state), before);
    assert!(redeem_device(&store, 1).is_some());
}

#[test]
fn both_codes_are_good_until_the_second_in_which_they_expire() {
    let file = File::new();
    let store = asked(&file);
    assert!(!claim(&store, 1, 1, at(600)) && claim(&store, 1, 1, at(599)));
    assert!(!decide(&store, 1, 1, Decision::Approve, at(600)));
    assert_eq!((poll(&store, 1, at(599)), poll(&store, 1, at(600))), (Some(Poll::Pending), Some(Poll::Expired)));
    assert!(decide(&store, 1, 1, Decision::Approve, at(599)));
    assert_eq!(poll(&store, 1, at(600)), Some(Poll::Expired), "approved in time, asked too late");
    let late = block_on(store.redeem_code(&Redemption { redirect_uri: None, ..redemption(1) }, at(600))).unwrap();
    assert!(matches!(late, Redeemed::Unknown));
}

#[test]
fn a_suspended_user_gets_a_device_nothing() {
    let file = File::new();
    let store = approved(&file);
    block_on(store.set_access_level(&email(1), AccessLevel::Suspended, at(1))).unwrap();
    assert!(redeem_device(&store, 1).is_none());
}

#[test]
fn with_its_user_a_device_authorization_is_gone() {
    let file = File::new();
    let store = approved(&file);
    let email: Email = email(1);
    assert!(block_on(store.delete_user(&email)).unwrap());
    assert_eq!((poll(&store, 1, at(1)), redeem_device(&store, 1).is_none()), (None, true));
}

#[test]
fn a_user_who_is_gone_in_this_moment_gets_no_user_code() {
    let file = File::new();
    let store = asked(&file);
    assert!(!claim(&store, 1, 99, at(1)));
    assert!(claim(&store, 1, 1, at(1)), "the code is for the next one");
}

#[test]
fn a_user_code_that_is_taken_is_not_given_again() {
    let file = File::new();
    let store = asked(&file);
    let again = NewDeviceAuthorization {
        code: &code(2),
        user_code_hash: hash(1001),
        client_id: "other",
        scope: &scope("openid"),
        resource: &Resources::default(),
        expires_at: at(600),
    };
    assert!(!block_on(store.add_device_authorization(&again, at(0))).unwrap());
    assert_eq!(value(&store, "SELECT client_id FROM device_authorizations"), "app".into());
}

#[test]
fn device_authorizations_do_not_pile_up() {
    let file = File::new();
    let store = peopled(&file);
    block_on(crate::Database::query(&store.0, "PRAGMA synchronous=off", vec![])).unwrap();
    for number in 0_u64..3000 {
        assert!(add(&store, number, at(number.cast_signed())));
        let rows = count(&store, "SELECT count(*) FROM device_authorizations");
        assert!(rows <= 1203, "{rows} rows, of which 600 are live and as many tell that they have expired");
    }
}
