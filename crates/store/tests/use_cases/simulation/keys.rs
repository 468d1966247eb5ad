//! How long somebody who verifies can lack a key that signs.

use std::{cell::RefCell, cmp::Reverse, collections::BinaryHeap, sync::OnceLock};

use domain::{
    StorageError,
    jwks::{Publisher, published, renew},
    keys::{KeyCache, Keys, StoredKey, rotate},
};
use protocol::{Timestamp, client_metadata::SigningAlgorithm::ES256};

use super::{Chance, NODES};
use crate::{
    support::{Instance, NOW, furnished},
    testing::block_on,
};

/// Each node has a copy of its own, and sees nothing of the others.
const NEVER: i64 = i64::MAX / 4;

/// The key-value store: what one node writes comes to each of the others up to `lag` later.
struct Lagging {
    lag: i64,
    chance: Chance,
    /// What was written, and from when on each node sees it.
    writes: RefCell<Vec<(Vec<u8>, Vec<i64>)>>,
}

/// The store as a node sees it now.
struct View<'a> {
    store: &'a Lagging,
    node: usize,
    now: i64,
}

impl Publisher for View<'_> {
    async fn published(&self) -> Result<Option<Vec<u8>>, StorageError> {
        let writes = self.store.writes.borrow();
        let visible = writes.iter().rev().find(|(_, from)| from[self.node] <= self.now);
        Ok(visible.map(|(set, _)| set.clone()))
    }

    async fn publish(&self, set: &[u8]) -> Result<(), StorageError> {
        let mut from: Vec<i64> = (0..NODES).map(|_| self.now + self.store.chance.below(self.store.lag + 1)).collect();
        from[self.node] = self.now;
        self.store.writes.borrow_mut().push((set.to_vec(), from));
        Ok(())
    }
}

/// A world of verifiers, each of which asks a node, any, when what it has is too old.
struct World {
    key_publish_delay: &'static str,
    lag: i64,
    /// How far the clocks of the nodes are apart.
    skew: i64,
    /// Verifiers that keep a set for so long whatever they are told.
    stubborn: Option<i64>,
}

/// What came of it.
#[derive(Debug)]
struct Seen {
    /// The longest time that a verifier lacked the key that signed, in seconds.
    missed: i64,
    /// How long after the rotation the last verifier had the new key.
    known_after: i64,
    /// Requests for the set, and how many of them made it from the database.
    asked: usize,
    made: usize,
}

fn run(world: &World) -> Seen {
    let file = furnished();
    let server = Instance::with(&file, &[("key_publish_delay", world.key_publish_delay)]);
    let chance = Chance::new(7);
    let keys: Vec<KeyCache> = (0..NODES).map(|_| KeyCache::default()).collect();
    let skews: Vec<i64> = (0..NODES).map(|_| chance.below(world.skew + 1)).collect();
    let store = Lagging { lag: world.lag, chance: Chance::new(11), writes: RefCell::default() };
    let begun = NOW + 10_000;
    // Each verifier has a set already, and asks for the next one some time soon.
    let keeps = world.stubborn.unwrap_or(300);
    let mut asks: BinaryHeap<_> = (0..NODES).map(|who| Reverse((begun - 1 - chance.below(keeps), who))).collect();
    let (mut rotated, mut activates_at) = (None, i64::MAX);
    let mut knows: Vec<Option<i64>> = vec![None; NODES];
    let mut seen = Seen { missed: 0, known_after: 0, asked: 0, made: 0 };
    while let Some(Reverse((now, who))) = asks.pop() {
        if rotated.is_none() && now >= begun {
            let node = server.node(&server.store, &keys[0], begun + skews[0]);
            activates_at = node.now.0 + world.key_publish_delay.parse::<i64>().unwrap();
            for key in successors() {
                let key = StoredKey { created_at: node.now, activates_at: Timestamp(activates_at), ..key.clone() };
                block_on(server.store.add_key(&key)).unwrap();
            }
            block_on(renew(&node, &View { store: &store, node: 0, now: begun })).unwrap();
            rotated = Some(newest(&server));
        }
        let at = chance.node();
        let (node, view) =
            (server.node(&server.store, &keys[at], now + skews[at]), View { store: &store, node: at, now });
        seen.asked += 1;
        let set = match block_on(published(&node, &view)).unwrap() {
            Some(set) => set,
            None => {
                seen.made += 1;
                block_on(renew(&node, &view)).unwrap()
            }
        };
        if rotated.as_ref().is_some_and(|kid| set.json.contains(kid)) {
            knows[who] = Some(now);
            continue;
        }
        asks.push(Reverse((now + world.stubborn.unwrap_or(set.max_age.0).max(1), who)));
    }
    for known in knows {
        let known = known.expect("everybody learns of it in the end");
        // A node whose clock is ahead signs with it so much earlier.
        seen.missed = seen.missed.max(known - (activates_at - world.skew));
        seen.known_after = seen.known_after.max(known - begun);
    }
    seen
}

/// What a rotation adds. It is made once: an RSA key takes its time.
fn successors() -> &'static [StoredKey] {
    static MADE: OnceLock<Vec<StoredKey>> = OnceLock::new();
    MADE.get_or_init(|| {
        let file = furnished();
        let server = Instance::of(&file);
        block_on(rotate(&server.env())).unwrap();
        block_on(server.store.keys()).unwrap().into_iter().filter(|key| key.generation == 2).collect()
    })
}

/// The key that was made last.
fn newest(server: &Instance) -> String {
    let late = server.node(&server.store, server.env().keys, NOW + 1_000_000);
    late.forget_keys();
    block_on(late.signing_key(ES256)).unwrap().kid().unwrap()
}

fn told(what: &str, world: &World) -> i64 {
    let seen = run(world);
    println!(
        "{what}: the last of {NODES} verifiers has the new key after {} s, longest without it while it signs {} s; \
         {} requests, {} sets made from the database",
        seen.known_after,
        seen.missed.max(0),
        seen.asked,
        seen.made
    );
    seen.missed
}

const DEFAULTS: World = World { key_publish_delay: "3600", lag: 0, skew: 0, stubborn: None };

#[test]
fn nobody_lacks_a_key_that_signs_however_far_the_key_value_store_lags() {
    for lag in [0, 60, 600, 3600, 86_400, NEVER] {
        let missed = told(
            &format!("keys, lag {}", if lag == NEVER { "without end".into() } else { format!("{lag} s") }),
            &World { lag, ..DEFAULTS },
        );
        assert!(missed <= 0, "{missed} s");
    }
    for lag in [0, NEVER] {
        let missed = told(
            &format!("keys that sign after a minute, lag {lag} s"),
            &World { key_publish_delay: "60", lag, ..DEFAULTS },
        );
        assert!(missed <= 0, "{missed} s");
    }
}

#[test]
fn who_keeps_keys_for_longer_than_they_are_told_lacks_one_and_clocks_that_differ_by_minutes_harm_nobody() {
    let missed = told("keys, clocks up to 5 min apart", &World { lag: NEVER, skew: 300, ..DEFAULTS });
    assert!(missed <= 0, "{missed} s");
    let missed =
        told("keys, verifiers that keep a set for 2 h", &World { lag: NEVER, stubborn: Some(7200), ..DEFAULTS });
    assert!((0..=7200 + 600 - 3600).contains(&missed), "{missed} s");
}
