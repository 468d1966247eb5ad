use domain::grant::{Grants, Presentation, Redemption, RefreshStart};

use crate::{
    Database, Store,
    fixtures::{at, count, hash, id, is_live, peopled, presentation, redeem, redemption, refresh, start},
    testing::{File, Sqlite, block_on},
};

/// Thousands of commits need not survive a power failure.
fn fast(file: &File) -> Store<Sqlite> {
    let store = peopled(file);
    block_on(store.0.query("PRAGMA synchronous=off", vec![])).unwrap();
    store
}

#[test]
fn codes_that_nobody_redeems_do_not_pile_up() {
    let file = File::new();
    let store = fast(&file);
    for number in 0_u64..3000 {
        start(&store, number, |_| {}, at(number.cast_signed()));
        let rows = count(&store, "SELECT count(*) FROM grants");
        assert!(rows <= 602, "{rows} rows, of which 600 are live");
    }
}

#[test]
fn a_backlog_of_expired_grants_shrinks_with_every_new_one() {
    let file = File::new();
    let store = fast(&file);
    (0..1000).for_each(|number| start(&store, number, |_| {}, at(0)));
    let before = count(&store, "SELECT count(*) FROM grants");
    (1000..1500).for_each(|number| start(&store, number, |_| {}, at(10_000)));
    assert_eq!((before, count(&store, "SELECT count(*) FROM grants")), (1000, 500));
}

#[test]
fn a_live_grant_is_never_purged() {
    let file = File::new();
    let store = fast(&file);
    start(&store, 1, |_| {}, at(0));
    start(&store, 2, |_| {}, at(0));
    assert!(redeem(&store, &redemption(1)).is_some());
    assert!(redeem(&store, &Redemption { refresh: None, ..redemption(2) }).is_some());
    (10..20).for_each(|number| start(&store, number, |_| {}, at(900)));
    assert!(is_live(&store, 1) && is_live(&store, 2), "its access token lives in this second");
    (20..30).for_each(|number| start(&store, number, |_| {}, at(2_592_000)));
    assert!(is_live(&store, 1) && !is_live(&store, 2));
    (30..40).for_each(|number| start(&store, number, |_| {}, at(2_592_001)));
    assert!(!is_live(&store, 1));
}

#[test]
fn a_grant_stays_as_long_as_an_access_token_that_outlives_its_refresh_token() {
    let file = File::new();
    let store = fast(&file);
    start(&store, 1, |_| {}, at(0));
    let short = RefreshStart { secret_hash: hash(1), expires_at: at(100) };
    assert!(redeem(&store, &Redemption { refresh: Some(short), ..redemption(1) }).is_some());
    let longer = Presentation { expires_at: at(200), access_expires_at: at(5000), ..presentation(1) };
    assert_eq!(refresh(&store, &longer, at(50)), Ok(2));
    (10..20).for_each(|number| start(&store, number, |_| {}, at(5000)));
    assert!(is_live(&store, 1));
    (20..30).for_each(|number| start(&store, number, |_| {}, at(5001)));
    assert!(!is_live(&store, 1));
}

#[test]
fn revocations_of_access_tokens_go_when_the_tokens_have_expired() {
    let file = File::new();
    let store = fast(&file);
    for number in 0_u64..3000 {
        let now = number.cast_signed();
        block_on(store.revoke_access_token(id(number), None, "app", at(now + 300), at(now))).unwrap();
        let rows = count(&store, "SELECT count(*) FROM revoked_tokens");
        assert!(rows <= 302, "{rows} rows, of which 300 are needed");
    }
    assert!(!block_on(store.is_client_token_live(id(2999), "app")).unwrap());
}
