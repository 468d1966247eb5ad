use domain::{
    grant::{Grants, Presentation},
    user::AccessLevel,
};

use crate::{
    Value,
    fixtures::{
        REUSE_INTERVAL, Refused, at, count, email, hash, id, is_live, presentation, redeemed, refresh, rounds, state,
        value,
    },
    testing::{File, block_on, race},
};

#[test]
fn each_use_gives_the_next_generation() {
    let file = File::new();
    let store = redeemed(&file);
    for generation in 1..=5 {
        let now = at(i64::from(generation) * 100);
        assert_eq!(refresh(&store, &presentation(generation), now), Ok(generation + 1));
    }
    assert!(is_live(&store, 1));
}

#[test]
fn parallel_uses_of_one_token_all_get_the_same_successor() {
    let file = File::new();
    let store = redeemed(&file);
    for generation in 1..=rounds(8).try_into().unwrap() {
        let now = at(i64::from(generation) * 100);
        let got = race(&file, 8, |_, store| refresh(&store, &presentation(generation), now));
        assert_eq!(got, vec![Ok(generation + 1); 8]);
    }
    assert!(is_live(&store, 1));
}

#[test]
fn the_previous_token_gets_the_same_successor_until_the_reuse_interval_ends() {
    let file = File::new();
    let store = redeemed(&file);
    assert_eq!(refresh(&store, &presentation(1), at(100)), Ok(2));
    for seconds in [0, 1, REUSE_INTERVAL] {
        assert_eq!(refresh(&store, &presentation(1), at(100 + seconds)), Ok(2), "after {seconds} s");
    }
    assert_eq!(refresh(&store, &presentation(2), at(131)), Ok(3), "the successor is good meanwhile");
}

#[test]
fn using_the_previous_token_does_not_prolong_the_reuse_interval() {
    let file = File::new();
    let store = redeemed(&file);
    assert_eq!(refresh(&store, &presentation(1), at(100)), Ok(2));
    assert_eq!(refresh(&store, &presentation(1), at(130)), Ok(2));
    assert_eq!(refresh(&store, &presentation(1), at(131)), Ok(3), "counted from the rotation");
}

#[test]
fn the_previous_token_gets_one_more_chance_later() {
    let file = File::new();
    let store = redeemed(&file);
    assert_eq!(refresh(&store, &presentation(1), at(100)), Ok(2));
    assert_eq!(refresh(&store, &presentation(1), at(131)), Ok(3));
    for seconds in [0, 9, REUSE_INTERVAL] {
        assert_eq!(refresh(&store, &presentation(1), at(131 + seconds)), Ok(3), "again, {seconds} s after that");
    }
    assert_eq!(refresh(&store, &presentation(3), at(200)), Ok(4), "and the client goes on");
    assert!(is_live(&store, 1));
}

#[test]
fn whoever_shows_up_with_the_unseen_successor_is_caught() {
    for seconds in [0, 1, 1000] {
        let file = File::new();
        let store = redeemed(&file);
        assert_eq!(refresh(&store, &presentation(1), at(100)), Ok(2));
        assert_eq!(refresh(&store, &presentation(1), at(131)), Ok(3));
        assert_eq!(refresh(&store, &presentation(2), at(131 + seconds)), Err(Refused::Reused), "after {seconds} s");
        assert!(!is_live(&store, 1));
        assert_eq!(refresh(&store, &presentation(3), at(2000)), Err(Refused::Unknown), "nobody goes on");
    }
}

#[test]
fn a_second_late_use_of_the_previous_token_is_reuse() {
    let file = File::new();
    let store = redeemed(&file);
    assert_eq!(refresh(&store, &presentation(1), at(100)), Ok(2));
    assert_eq!(refresh(&store, &presentation(1), at(131)), Ok(3));
    assert_eq!(refresh(&store, &presentation(1), at(162)), Err(Refused::Reused));
    assert!(!is_live(&store, 1));
}

#[test]
fn parallel_late_uses_advance_once() {
    let file = File::new();
    let store = redeemed(&file);
    assert_eq!(refresh(&store, &presentation(1), at(100)), Ok(2));
    let got = race(&file, 8, |_, store| refresh(&store, &presentation(1), at(500)));
    assert_eq!(got, vec![Ok(3); 8]);
    assert_eq!(count(&store, "SELECT refresh_generation FROM grants"), 3);
}

#[test]
fn a_generation_that_is_neither_current_nor_previous_revokes_the_grant() {
    for generation in [0, 1, 4, u32::MAX] {
        let file = File::new();
        let store = redeemed(&file);
        assert_eq!(refresh(&store, &presentation(1), at(100)), Ok(2));
        assert_eq!(refresh(&store, &presentation(2), at(101)), Ok(3));
        assert_eq!(refresh(&store, &presentation(generation), at(102)), Err(Refused::Reused), "{generation}");
        assert!(!is_live(&store, 1), "{generation}");
        assert_eq!(value(&store, "SELECT revoked_reason FROM grants"), "refresh_reuse".into());
        assert_eq!(refresh(&store, &presentation(3), at(103)), Err(Refused::Unknown), "{generation}");
    }
}

#[test]
fn a_generation_before_the_first_rotation_is_not_taken_for_the_previous_one() {
    let file = File::new();
    let store = redeemed(&file);
    assert_eq!(value(&store, "SELECT refresh_previous FROM grants"), Value::Null);
    assert_eq!(refresh(&store, &presentation(0), at(2)), Err(Refused::Reused));
}

#[test]
fn a_thief_and_the_owner_at_once_never_leave_a_live_grant() {
    for _ in 0..rounds(8) {
        let file = File::new();
        let store = redeemed(&file);
        assert_eq!(refresh(&store, &presentation(1), at(100)), Ok(2));
        assert_eq!(refresh(&store, &presentation(2), at(200)), Ok(3));
        // One presents the current generation, the other one that is two older.
        let got = race(&file, 2, |number, store| refresh(&store, &presentation([3, 1][number]), at(300)));
        assert_eq!(got[1], Err(Refused::Reused));
        assert!(!is_live(&store, 1));
    }
}

#[test]
fn what_does_not_match_changes_nothing() {
    let file = File::new();
    let store = redeemed(&file);
    assert_eq!(refresh(&store, &presentation(1), at(100)), Ok(2));
    let before = state(&store);
    for generation in [1, 2, 9] {
        for (what, wrong) in [
            ("another client", Presentation { client_id: "other", ..presentation(generation) }),
            ("another secret", Presentation { secret_hash: hash(2), ..presentation(generation) }),
            ("another grant", Presentation { grant: id(2), ..presentation(generation) }),
        ] {
            assert_eq!(refresh(&store, &wrong, at(500)), Err(Refused::Unknown), "{what}");
            assert_eq!(state(&store), before, "{what}");
        }
    }
}

#[test]
fn a_refresh_token_expires_unless_it_is_used() {
    let file = File::new();
    let store = redeemed(&file);
    let until = |expires_at| Presentation { expires_at, ..presentation(1) };
    assert_eq!(refresh(&store, &until(at(9_000_000)), at(2_592_000)), Err(Refused::Unknown), "in that very second");
    assert_eq!(refresh(&store, &until(at(5_000_000)), at(2_591_999)), Ok(2));
    assert_eq!(refresh(&store, &presentation(2), at(4_999_999)), Ok(3), "its use made it live longer");
    assert!(count(&store, "SELECT expires_at FROM grants") >= at(5_000_000).0, "and its row with it");
}

#[test]
fn a_suspended_users_refresh_token_is_dead_and_stays_as_it_was() {
    let file = File::new();
    let store = redeemed(&file);
    block_on(store.set_access_level(&email(1), AccessLevel::Suspended, at(2))).unwrap();
    let before = state(&store);
    assert_eq!(refresh(&store, &presentation(1), at(3)), Err(Refused::Unknown));
    assert_eq!(refresh(&store, &presentation(9), at(3)), Err(Refused::Unknown));
    assert_eq!(state(&store), before);
    assert!(!is_live(&store, 1));
}

#[test]
fn without_a_reuse_interval_the_previous_token_is_late_in_the_next_second() {
    let file = File::new();
    let store = redeemed(&file);
    let strict = |generation| Presentation { reuse_interval: 0, ..presentation(generation) };
    assert_eq!(refresh(&store, &strict(1), at(100)), Ok(2));
    assert_eq!(refresh(&store, &strict(1), at(100)), Ok(2), "parallel requests still agree");
    assert_eq!(refresh(&store, &strict(1), at(101)), Ok(3));
    assert_eq!(refresh(&store, &strict(2), at(101)), Err(Refused::Reused));
}

#[test]
fn a_rotation_answers_the_grant() {
    let file = File::new();
    let store = redeemed(&file);
    let rotation = block_on(store.rotate_refresh_token(&presentation(1), at(2))).unwrap();
    let domain::grant::Rotation::Rotated { grant, generation: 2 } = rotation else { panic!("{rotation:?}") };
    assert_eq!((grant.id, grant.user_id, grant.scope.to_string().as_str()), (id(1), id(1), "openid email"));
}

#[test]
fn a_token_that_does_not_rotate_stays_what_it_is_and_one_that_was_replaced_before_is_still_told_apart() {
    let file = File::new();
    let store = redeemed(&file);
    let same = |generation| Presentation { rotates: false, ..presentation(generation) };
    for seconds in [1, 100, 10_000] {
        assert_eq!(refresh(&store, &same(1), at(seconds)), Ok(1));
    }
    assert_eq!(refresh(&store, &presentation(1), at(10_001)), Ok(2));
    assert_eq!(refresh(&store, &same(2), at(20_000)), Ok(2));
    assert_eq!(refresh(&store, &same(1), at(20_001)), Err(Refused::Reused));
}
