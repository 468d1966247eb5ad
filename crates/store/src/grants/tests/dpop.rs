use std::sync::LazyLock;

use domain::grant::{Presentation, Redemption};
use protocol::dpop::Thumbprint;

use crate::{
    Value,
    fixtures::{Refused, at, peopled, presentation, redeem, redemption, refresh, start, state, value},
    testing::{File, race},
};

static OWN: LazyLock<Thumbprint> = LazyLock::new(|| key("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"));
static OTHER: LazyLock<Thumbprint> = LazyLock::new(|| key("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));

fn key(text: &str) -> Thumbprint {
    Thumbprint::parse(text).unwrap()
}

const BOUND_TO: &str = "SELECT dpop_jkt FROM grants";

#[test]
fn a_code_that_is_bound_to_a_key_is_redeemed_with_that_key_alone() {
    let file = File::new();
    let store = peopled(&file);
    start(&store, 1, |grant| grant.dpop_jkt = Some(&OWN), at(0));
    let before = state(&store);
    for wrong in [None, Some(&*OTHER)] {
        assert!(redeem(&store, &Redemption { key: wrong, ..redemption(1) }).is_none());
        assert_eq!(state(&store), before);
    }
    assert!(redeem(&store, &Redemption { key: Some(&OWN), ..redemption(1) }).is_some());
    assert_eq!(value(&store, BOUND_TO), Value::Null, "the refresh token of a confidential client is not bound");
}

#[test]
fn of_many_keys_that_redeem_an_unbound_code_one_wins_and_has_the_refresh_token() {
    let (file, keys) = (File::new(), [&*OWN, &*OTHER]);
    let store = peopled(&file);
    start(&store, 1, |_| {}, at(0));
    let won = race(&file, 2, |number, store| {
        redeem(&store, &Redemption { key: Some(keys[number]), binds: true, ..redemption(1) }).is_some()
    });
    let (winner, loser) = if won[0] { (keys[0], keys[1]) } else { (keys[1], keys[0]) };
    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(value(&store, BOUND_TO), Value::from(winner.as_str()));
    let before = state(&store);
    for wrong in [None, Some(loser)] {
        let presentation = Presentation { key: wrong, binds: true, ..presentation(1) };
        assert_eq!(refresh(&store, &presentation, at(2)), Err(Refused::Unknown));
        assert_eq!(state(&store), before, "a thief without the key does not end the grant");
    }
    assert_eq!(refresh(&store, &Presentation { key: Some(winner), binds: true, ..presentation(1) }, at(2)), Ok(2));
}

#[test]
fn a_refresh_token_that_is_bound_to_no_key_is_bound_by_its_first_use_with_one() {
    let file = File::new();
    let store = peopled(&file);
    start(&store, 1, |_| {}, at(0));
    assert!(redeem(&store, &redemption(1)).is_some());
    assert_eq!(refresh(&store, &Presentation { key: Some(&OWN), binds: false, ..presentation(1) }, at(2)), Ok(2));
    assert_eq!(value(&store, BOUND_TO), Value::Null);
    assert_eq!(refresh(&store, &Presentation { key: Some(&OWN), binds: true, ..presentation(2) }, at(3)), Ok(3));
    let wrong = Presentation { key: Some(&OTHER), binds: true, ..presentation(3) };
    assert_eq!(refresh(&store, &wrong, at(4)), Err(Refused::Unknown));
    assert_eq!(refresh(&store, &Presentation { key: Some(&OWN), binds: true, ..presentation(3) }, at(4)), Ok(4));
}
