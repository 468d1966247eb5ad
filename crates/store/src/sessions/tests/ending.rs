//! Sessions that somebody ends, or the clock, and what ends with them.

use domain::{
    Id,
    session::{Session, Sessions, Which},
    user::AccessLevel,
};

use crate::{
    Store,
    fixtures::{
        Refused, at, count, email, hash, id, is_live, password, peopled, presentation, redeem, redemption, refresh,
        rounds, session, session_key, start_in, value,
    },
    testing::{File, Sqlite, block_on, race},
};

/// Three sessions: 1 and 2 of user 1, and 3 of user 2.
fn three(file: &File) -> Store<Sqlite> {
    let store = peopled(file);
    for (number, user) in [(1, 1), (2, 1), (3, 2)] {
        block_on(store.add_session(&session(number), id(user), &password(), &hash(number), "", at(0))).unwrap();
    }
    store
}

fn end(store: &Store<Sqlite>, which: Which) -> Vec<Id> {
    let mut ended = block_on(store.end_sessions(which, at(10))).unwrap();
    ended.sort_by_key(|id| *id.as_bytes());
    ended
}

fn live(store: &Store<Sqlite>) -> Vec<u64> {
    let lives = |number: &u64| block_on(store.session(&session_key(*number), at(11))).unwrap().is_some();
    (1..=3).filter(lives).collect()
}

/// Starts a grant in session 1 and redeems its code.
fn allow(store: &Store<Sqlite>, number: u64, tokens: &str) {
    start_in(store, number, 1, tokens, |_| {}, at(0));
    assert!(redeem(store, &redemption(number)).is_some());
}

#[test]
fn the_user_ends_one_session_or_all_others_and_never_somebody_elses() {
    let file = File::new();
    let store = three(&file);
    assert_eq!(end(&store, Which::OneOf { user: id(1), session: id(3) }), []);
    assert_eq!(end(&store, Which::OneOf { user: id(1), session: id(2) }), [id(2)]);
    assert_eq!(live(&store), [1, 3]);
    let store = three(&File::new());
    assert_eq!(end(&store, Which::OthersOf { user: id(1), but: id(2) }), [id(1)]);
    assert_eq!(live(&store), [2, 3]);
}

#[test]
fn an_administrator_ends_any_session_or_all_of_a_user() {
    let file = File::new();
    let store = three(&file);
    assert_eq!(end(&store, Which::One(id(3))), [id(3)]);
    assert_eq!(end(&store, Which::One(id(3))), [], "it has ended already");
    assert_eq!(end(&store, Which::AllOf(id(1))), [id(1), id(2)]);
    assert_eq!(count(&store, "SELECT count(*) FROM sessions"), 0, "the rows are gone");
}

#[test]
fn what_was_allowed_in_a_session_ends_with_it() {
    let file = File::new();
    let store = three(&file);
    allow(&store, 1, "openid email");
    start_in(&store, 2, 1, "openid", |_| {}, at(0));
    end(&store, Which::One(id(1)));
    assert!(!is_live(&store, 1));
    assert_eq!(refresh(&store, &presentation(1), at(11)), Err(Refused::Unknown));
    assert!(redeem(&store, &redemption(2)).is_none(), "a code that was under way is worth nothing");
    assert_eq!(value(&store, "SELECT DISTINCT revoked_reason FROM grants"), "session_ended".into());
    assert_eq!(count(&store, "SELECT DISTINCT revoked_at FROM grants"), at(10).0);
}

#[test]
fn what_may_go_on_without_the_user_goes_on_when_they_sign_out() {
    let file = File::new();
    let store = three(&file);
    allow(&store, 1, "openid offline_access");
    end(&store, Which::AllOf(id(1)));
    assert!(is_live(&store, 1));
    assert_eq!(refresh(&store, &presentation(1), at(11)), Ok(2));
}

#[test]
fn a_scope_that_only_looks_like_offline_access_does_not_go_on() {
    let file = File::new();
    let store = three(&file);
    allow(&store, 1, "openid my_offline_access offline_access2");
    end(&store, Which::AllOf(id(1)));
    assert!(!is_live(&store, 1));
}

#[test]
fn what_was_allowed_in_another_session_stays() {
    let file = File::new();
    let store = three(&file);
    start_in(&store, 1, 2, "openid", |_| {}, at(0));
    assert!(redeem(&store, &redemption(1)).is_some());
    end(&store, Which::One(id(1)));
    assert!(is_live(&store, 1));
}

#[test]
fn a_session_whose_time_is_over_takes_nothing_with_it() {
    let file = File::new();
    let store = three(&file);
    allow(&store, 1, "openid email");
    for number in 10..20 {
        let later = Session { expires_at: at(200_000), ..session(number) };
        block_on(store.add_session(&later, id(2), &password(), &hash(number), "", at(86_401))).unwrap();
    }
    assert_eq!(count(&store, "SELECT count(*) FROM sessions WHERE expires_at < 1700086401"), 0);
    assert!(is_live(&store, 1));
    assert_eq!(refresh(&store, &presentation(1), at(86_402)), Ok(2));
}

#[test]
fn a_suspension_ends_the_sessions_for_good() {
    let file = File::new();
    let store = three(&file);
    allow(&store, 1, "openid email");
    block_on(store.set_access_level(&email(1), AccessLevel::Suspended, at(10))).unwrap();
    block_on(store.set_access_level(&email(1), AccessLevel::User, at(11))).unwrap();
    assert_eq!(live(&store), [3]);
    assert!(!is_live(&store, 1));
}

#[test]
fn of_many_who_end_a_session_one_does() {
    let file = File::new();
    let store = three(&file);
    let winners = race(&file, 8, |_, store| end(&store, Which::One(id(1))).len());
    assert_eq!(winners.iter().sum::<usize>(), 1);
    assert_eq!(live(&store), [2, 3]);
}

#[test]
fn nothing_that_is_allowed_while_the_session_ends_outlives_it() {
    let file = File::new();
    for number in 1..=rounds(20) {
        let store = file.store();
        if number == 1 {
            drop(peopled(&file));
        }
        let its = Session { id: id(number), ..session(number) };
        block_on(store.add_session(&its, id(1), &password(), &hash(number), "", at(0))).unwrap();
        race(&file, 2, |runner, store| match runner {
            0 => drop(end(&store, Which::One(id(number)))),
            _ => start_in(&store, number, number, "openid", |_| {}, at(0)),
        });
        assert!(redeem(&store, &redemption(number)).is_none(), "grant {number}");
    }
}
