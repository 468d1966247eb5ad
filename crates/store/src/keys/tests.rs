use domain::keys::{KeyAlgorithm, Keys, Sealed, StoredKey};
use protocol::client_metadata::SigningAlgorithm;

use crate::{
    Store,
    fixtures::{at, rounds},
    testing::{File, Sqlite, block_on, race},
};

const DAY: i64 = 86_400;
const ES256: KeyAlgorithm = KeyAlgorithm::Signing(SigningAlgorithm::ES256);

fn key(algorithm: KeyAlgorithm, generation: u32, day: i64) -> StoredKey {
    StoredKey {
        algorithm,
        generation,
        sealed: vec![generation as u8],
        public_jwk: (algorithm != KeyAlgorithm::Mac).then(|| format!("{{\"kid\":\"{generation}\"}}")),
        created_at: at(day * DAY),
        activates_at: at(day * DAY + 3600),
    }
}

fn generations(store: &Store<Sqlite>, algorithm: KeyAlgorithm) -> Vec<u32> {
    let keys = block_on(store.keys()).unwrap();
    keys.into_iter().filter(|key| key.algorithm == algorithm).map(|key| key.generation).collect()
}

#[test]
fn instances_that_race_for_the_first_key_agree_on_one() {
    for _ in 0..rounds(1) {
        let file = File::new();
        let seen = race(&file, 8, |number, store| {
            let mine = StoredKey { sealed: vec![number as u8], ..key(KeyAlgorithm::Mac, 1, 0) };
            block_on(store.add_key(&mine)).unwrap();
            block_on(store.keys()).unwrap().into_iter().map(|key| key.sealed).collect::<Vec<_>>()
        });
        assert_eq!(seen[0].len(), 1);
        assert!(seen.iter().all(|keys| *keys == seen[0]), "{seen:?}");
    }
}

#[test]
fn instances_that_race_for_a_kept_secret_agree_on_one() {
    let file = File::new();
    let names: Vec<_> = (0..40).map(|number| format!("secret {number}")).collect();
    let seen = race(&file, 4, |number, store| {
        let get = |name| {
            block_on(store.keep_secret(name, &number.to_string())).unwrap();
            block_on(store.kept_secret(name)).unwrap().unwrap()
        };
        names.iter().map(|name| get(name)).collect::<Vec<_>>()
    });
    assert!(seen.iter().all(|secrets| *secrets == seen[0]), "{seen:?}");
    let store = file.store();
    block_on(store.keep_secret("secret 0", "later")).unwrap();
    assert_eq!(block_on(store.kept_secret("secret 0")).unwrap().as_ref(), Some(&seen[0][0]));
    assert_eq!(block_on(store.kept_secret("another")).unwrap(), None);
    block_on(store.forget_secret("secret 0")).unwrap();
    assert_eq!(block_on(store.kept_secret("secret 0")).unwrap(), None);
    assert!(block_on(store.kept_secret("secret 1")).unwrap().is_some(), "the others stay");
}

#[test]
fn of_many_parallel_replacements_of_a_sealed_key_one_wins() {
    let file = File::new();
    let old = key(ES256, 1, 0);
    block_on(file.store().add_key(&old)).unwrap();
    let won = race(&file, 8, |number, store| {
        block_on(store.replace_sealed_key(ES256, 1, &old.sealed, &[100 + number as u8])).unwrap()
    });
    let winner = won.iter().position(|won| *won).unwrap();
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    let read = block_on(file.store().keys()).unwrap();
    assert_eq!(read[0].sealed, [100 + winner as u8]);
    assert_eq!((&read[0].public_jwk, read[0].activates_at), (&old.public_jwk, old.activates_at), "all else stays");
}

#[test]
fn a_key_is_read_as_it_was_added_and_the_oldest_comes_first() {
    let file = File::new();
    let store = file.store();
    for generation in [2, 1, 10] {
        block_on(store.add_key(&key(ES256, generation, 0))).unwrap();
    }
    block_on(store.add_key(&key(KeyAlgorithm::Mac, 1, 0))).unwrap();
    assert_eq!(generations(&store, ES256), [1, 2, 10]);
    let read = block_on(store.keys()).unwrap();
    let first = read.iter().find(|key| key.algorithm == ES256).unwrap();
    assert_eq!(format!("{first:?}"), format!("{:?}", key(ES256, 1, 0)));
}

#[test]
fn a_retired_key_goes_a_month_after_its_successor_took_over() {
    let file = File::new();
    let store = file.store();
    block_on(store.add_key(&key(ES256, 1, 0))).unwrap();
    block_on(store.add_key(&key(ES256, 2, 90))).unwrap();
    assert_eq!(generations(&store, ES256), [1, 2], "what it signed is still out there");
    block_on(store.add_key(&key(ES256, 3, 119))).unwrap();
    assert_eq!(generations(&store, ES256), [1, 2, 3], "its successor has signed for 29 days");
    block_on(store.add_key(&key(ES256, 4, 121))).unwrap();
    assert_eq!(generations(&store, ES256), [2, 3, 4]);
}

#[test]
fn many_rotations_leave_few_keys() {
    let file = File::new();
    let store = file.store();
    for generation in 1..=60 {
        block_on(store.add_key(&key(ES256, generation, i64::from(generation) * 90))).unwrap();
        assert!(generations(&store, ES256).len() <= 3);
    }
    assert!(generations(&store, ES256).ends_with(&[59, 60]));
}

#[test]
fn mac_keys_and_other_algorithms_stay() {
    let file = File::new();
    let store = file.store();
    let eddsa = KeyAlgorithm::Signing(SigningAlgorithm::EdDSA);
    block_on(store.add_key(&key(eddsa, 1, 0))).unwrap();
    for (generation, day) in [(1, 0), (2, 90), (3, 1000), (4, 2000)] {
        block_on(store.add_key(&key(KeyAlgorithm::Mac, generation, day))).unwrap();
        block_on(store.add_key(&key(ES256, generation, day))).unwrap();
    }
    assert_eq!(generations(&store, KeyAlgorithm::Mac), [1, 2, 3, 4]);
    assert_eq!(generations(&store, eddsa), [1]);
}
