use std::collections::BTreeSet;

use domain::{
    backchannel_logout::{Due, LogoutNotices, MAX_ATTEMPTS, Notice},
    client::{Client, Clients},
    grant::Grants,
    session::{Session, Sessions, Which},
    user::AccessLevel,
};
use protocol::outbound_url::OutboundUrl;

use crate::{
    Database, Store,
    fixtures::{
        at, client, count, email, hash, id, password, peopled, redeem, redemption, session, session_key, start_in,
    },
    testing::{File, Sqlite, block_on, race},
};

/// The clients `app` and `other`, and one that wants to hear of sign-outs; session 1 of user 1, in which `app` and that
/// client have a grant each.
fn told(file: &File) -> Store<Sqlite> {
    let store = peopled(file);
    let mut listening = Client { secret_hash: None, ..client("listening") };
    std::sync::Arc::make_mut(&mut listening.metadata).backchannel_logout_uri =
        Some(OutboundUrl::parse("https://app.example/logout").unwrap());
    block_on(store.add_client(&listening, &hash(8), None)).unwrap();
    block_on(store.add_session(&session(1), id(1), &password(), &hash(1), "", at(0))).unwrap();
    start_in(&store, 1, 1, "openid", |_| {}, at(0));
    start_in(&store, 2, 1, "openid offline_access", |grant| grant.client_id = "listening", at(0));
    start_in(&store, 3, 1, "openid", |grant| grant.client_id = "listening", at(0));
    store
}

fn claim(store: &Store<Sqlite>, seconds: i64) -> Vec<Notice> {
    // A deletion takes the time from the database, which is far later than that of these tests.
    block_on(store.claim_logout_notices(Due::Longest, 20, at(seconds))).unwrap()
}

fn notice(attempt: u32) -> Notice {
    Notice { session: id(1), client_id: "listening".to_owned(), user: id(1), attempt }
}

#[test]
fn whoever_ends_a_session_leaves_one_notice_for_each_client_that_wants_it() {
    for end in [
        |store: &Store<Sqlite>| drop(block_on(store.end_sessions(Which::One(id(1)), at(10))).unwrap()),
        |store: &Store<Sqlite>| assert!(block_on(store.end_session(&session_key(1), at(10))).unwrap()),
        |store: &Store<Sqlite>| {
            assert!(block_on(store.set_access_level(&email(1), AccessLevel::Suspended, at(10))).unwrap());
        },
    ] {
        let store = told(&File::new());
        assert_eq!(claim(&store, 9), []);
        end(&store);
        assert_eq!(claim(&store, 10), [notice(1)]);
    }
}

#[test]
fn the_clock_and_the_deletion_of_the_user_leave_notices_too() {
    let store = told(&File::new());
    assert_eq!(block_on(store.end_expired_sessions(10, at(86_399))).unwrap(), 0);
    assert_eq!(block_on(store.end_expired_sessions(10, at(86_400))).unwrap(), 1);
    assert_eq!(claim(&store, 86_400), [notice(1)]);
    let store = told(&File::new());
    assert!(block_on(store.delete_user(&email(1))).unwrap());
    assert_eq!(count(&store, "SELECT count(*) FROM logout_notices WHERE attempts = 0"), 1);
    assert_eq!(count(&store, "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM grants)"), 0);
}

#[test]
fn of_many_who_deliver_at_once_one_gets_each_notice() {
    let file = File::new();
    let store = told(&file);
    block_on(store.end_sessions(Which::One(id(1)), at(10))).unwrap();
    for number in 10..20 {
        let its = Session { id: id(number), ..session(number) };
        block_on(store.add_session(&its, id(1), &password(), &hash(number), "", at(0))).unwrap();
        start_in(&store, number, number, "openid", |grant| grant.client_id = "listening", at(0));
        block_on(store.end_sessions(Which::One(id(number)), at(10))).unwrap();
    }
    let claimed: Vec<Notice> = race(&file, 8, |_, store| claim(&store, 10)).into_iter().flatten().collect();
    let sessions: BTreeSet<_> = claimed.iter().map(|notice| *notice.session.as_bytes()).collect();
    assert_eq!((claimed.len(), sessions.len()), (11, 11));
}

#[test]
fn a_notice_that_is_not_settled_is_due_again_later_each_time() {
    let store = told(&File::new());
    block_on(store.end_sessions(Which::One(id(1)), at(0))).unwrap();
    let mut now = 0;
    for (attempt, delay) in (1..).zip([60, 240, 960, 3840, 15_360, 61_440]) {
        assert_eq!(claim(&store, now - 1), []);
        assert_eq!(claim(&store, now), [notice(attempt)]);
        now += delay;
    }
    assert_eq!(claim(&store, now)[0].attempt, MAX_ATTEMPTS + 1, "who delivers settles it before that");
    block_on(store.settle_logout_notice(&notice(1))).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM logout_notices"), 0);
}

#[test]
fn the_notices_of_one_session_can_be_claimed_alone() {
    let store = told(&File::new());
    block_on(store.end_sessions(Which::One(id(1)), at(0))).unwrap();
    assert_eq!(block_on(store.claim_logout_notices(Due::Of(id(2)), 20, at(0))).unwrap(), []);
    assert_eq!(block_on(store.claim_logout_notices(Due::Of(id(1)), 20, at(0))).unwrap(), [notice(1)]);
    assert_eq!(block_on(store.claim_logout_notices(Due::Of(id(1)), 20, at(0))).unwrap(), [], "somebody has it");
}

#[test]
fn what_has_just_ended_is_claimed_before_what_has_waited_for_long_or_after_it() {
    let store = told(&File::new());
    block_on(store.add_session(&session(2), id(1), &password(), &hash(2), "", at(0))).unwrap();
    start_in(&store, 4, 2, "openid", |grant| grant.client_id = "listening", at(0));
    let ended = |number, seconds| drop(block_on(store.end_sessions(Which::One(id(number)), at(seconds))).unwrap());
    ended(1, 10);
    ended(2, 20);
    let first = |due| block_on(store.claim_logout_notices(due, 1, at(20))).unwrap();
    assert_eq!(first(Due::Latest), [Notice { session: id(2), ..notice(1) }]);
    assert_eq!(first(Due::Longest), [notice(1)]);
    assert_eq!(first(Due::Latest), [], "somebody has it");
}

#[test]
fn notices_go_with_their_client_and_when_nobody_delivers_them() {
    let store = told(&File::new());
    block_on(store.0.query("PRAGMA synchronous=off", vec![])).unwrap();
    for number in 1000..1200_u64 {
        let now = number.cast_signed() * 1000;
        let its = Session { id: id(number), expires_at: at(now + 10), ..session(number) };
        block_on(store.add_session(&its, id(2), &password(), &hash(number), "", at(now))).unwrap();
        start_in(&store, number, number, "openid", |grant| grant.client_id = "listening", at(now));
        block_on(store.0.query("UPDATE grants SET user_id = (SELECT user_id FROM sessions WHERE id = session_id) WHERE session_id IN (SELECT id FROM sessions)", vec![])).unwrap();
        block_on(store.end_sessions(Which::One(id(number)), at(now))).unwrap();
        assert!(count(&store, "SELECT count(*) FROM logout_notices") <= 90, "a day has 86 of them");
    }
    assert!(count(&store, "SELECT count(*) FROM logout_notices") > 80);
    block_on(store.0.query("DELETE FROM clients WHERE id = 'listening'", vec![])).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM logout_notices"), 0);
}

#[test]
fn the_grant_of_a_client_that_wants_to_hear_stays_until_its_session_has_ended() {
    let store = told(&File::new());
    let short = domain::grant::Redemption { client_id: "listening", refresh: None, ..redemption(3) };
    assert!(redeem(&store, &domain::grant::Redemption { until_session_ends: true, ..short }).is_some());
    assert_eq!(count(&store, "SELECT expires_at - created_at FROM grants WHERE redeemed_at IS NOT NULL"), 2 * 86_400);
    assert!(block_on(store.owner_of_user_token(id(9), id(3))).unwrap().is_some());
}
