use domain::{
    grant::{Grants, LiveRefreshToken, Redemption, RefreshTokenOfGrant},
    user::AccessLevel,
};

use crate::{
    Database, Store,
    fixtures::{
        REUSE_INTERVAL, at, count, email, hash, id, peopled, presentation, redeem, redeemed, redemption, refresh,
        start, state,
    },
    testing::{File, Sqlite, block_on, race},
};

/// This generation of the refresh token of grant 1, as its client asks about it.
fn asked(generation: u32) -> RefreshTokenOfGrant<'static> {
    RefreshTokenOfGrant { grant: id(1), generation, secret_hash: hash(1), client_id: "app" }
}

fn live(store: &Store<Sqlite>, token: &RefreshTokenOfGrant<'_>, seconds: i64) -> Option<LiveRefreshToken> {
    block_on(store.live_refresh_token(token, at(seconds))).unwrap()
}

#[test]
fn the_current_generation_is_live_until_it_expires() {
    let file = File::new();
    let store = redeemed(&file);
    let found = live(&store, &asked(1), 2_591_999).unwrap();
    assert_eq!((found.user.id, found.expires_at), (id(1), at(2_592_000)));
    assert!(live(&store, &asked(1), 2_592_000).is_none());
}

#[test]
fn a_replaced_generation_is_not_live_and_asking_does_not_count_as_reuse() {
    let file = File::new();
    let store = redeemed(&file);
    for generation in 1..=2 {
        refresh(&store, &presentation(generation), at(100)).unwrap();
    }
    let before = state(&store);
    for seconds in [100, 100 + REUSE_INTERVAL, 101 + REUSE_INTERVAL, 100_000] {
        for generation in [0, 1, 2, 4] {
            assert!(live(&store, &asked(generation), seconds).is_none(), "generation {generation} after {seconds} s");
        }
        assert!(live(&store, &asked(3), seconds).is_some(), "after {seconds} s");
    }
    assert_eq!(state(&store), before);
}

#[test]
fn what_does_not_match_is_not_live() {
    let file = File::new();
    let store = redeemed(&file);
    assert!(live(&store, &RefreshTokenOfGrant { client_id: "other", ..asked(1) }, 2).is_none());
    assert!(live(&store, &RefreshTokenOfGrant { secret_hash: hash(2), ..asked(1) }, 2).is_none());
    assert!(live(&store, &RefreshTokenOfGrant { grant: id(2), ..asked(1) }, 2).is_none());
}

#[test]
fn a_grant_without_a_refresh_token_has_no_live_one() {
    let file = File::new();
    let store = peopled(&file);
    start(&store, 1, |_| {}, at(0));
    assert!(live(&store, &asked(1), 1).is_none(), "the code is still out");
    redeem(&store, &Redemption { refresh: None, ..redemption(1) }).unwrap();
    assert!(live(&store, &asked(1), 2).is_none());
}

#[test]
fn what_ends_a_grant_ends_its_refresh_token() {
    let file = File::new();
    let store = redeemed(&file);
    block_on(store.0.query("UPDATE grants SET scope = 'openid offline_access'", vec![])).unwrap();
    block_on(store.set_access_level(&email(1), AccessLevel::Suspended, at(2))).unwrap();
    assert!(live(&store, &asked(1), 3).is_none());
    block_on(store.set_access_level(&email(1), AccessLevel::User, at(4))).unwrap();
    assert!(live(&store, &asked(1), 5).is_some());
    block_on(store.0.query("UPDATE grants SET revoked_at = 1, revoked_reason = 'client'", vec![])).unwrap();
    assert!(live(&store, &asked(1), 6).is_none());
    block_on(store.0.query("UPDATE grants SET revoked_at = NULL", vec![])).unwrap();
    assert!(live(&store, &asked(1), 7).is_some());
    block_on(store.delete_user(&email(1))).unwrap();
    assert!(live(&store, &asked(1), 8).is_none());
}

#[test]
fn asking_while_others_rotate_finds_one_generation_live_and_disturbs_none() {
    let file = File::new();
    let store = redeemed(&file);
    race(&file, 4, |runner, store| {
        for generation in 1..=20 {
            match runner {
                0 => assert_eq!(refresh(&store, &presentation(generation), at(2)), Ok(generation + 1)),
                _ => drop(live(&store, &asked(generation), 2)),
            }
        }
    });
    assert_eq!(count(&store, "SELECT refresh_generation FROM grants WHERE revoked_at IS NULL"), 21);
    let generations: Vec<u32> = (0..=22).filter(|generation| live(&store, &asked(*generation), 3).is_some()).collect();
    assert_eq!(generations, [21]);
}
