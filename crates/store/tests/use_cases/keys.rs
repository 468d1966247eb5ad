//! Keys: made on first need, rotated, published.

use std::cell::RefCell;

use domain::{
    Env, Failure, StorageError,
    jwks::{Publisher, published, renew},
    keys::{Keys, rotate, rotate_when_due},
};
use jwt_simple::prelude::{ES256KeyPair, Ed25519KeyPair, RS256KeyPair};
use protocol::{
    ErrorCode,
    client_metadata::SigningAlgorithm::{self, ES256},
    time::Seconds,
};

use crate::{
    support::{Instance, NOW, furnished, refusal},
    testing::{File, block_on, race},
};

const DAY: i64 = 86_400;

/// A published set in memory.
#[derive(Default)]
pub(crate) struct Memory(RefCell<Option<Vec<u8>>>);

impl Publisher for Memory {
    async fn published(&self) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.0.borrow().clone())
    }

    async fn publish(&self, set: &[u8]) -> Result<(), StorageError> {
        *self.0.borrow_mut() = Some(set.to_vec());
        Ok(())
    }
}

/// A store that is down.
struct Down;

impl Publisher for Down {
    async fn published(&self) -> Result<Option<Vec<u8>>, StorageError> {
        Err(StorageError("down".to_owned()))
    }

    async fn publish(&self, _: &[u8]) -> Result<(), StorageError> {
        Err(StorageError("down".to_owned()))
    }
}

/// The set as the endpoint answers it, and how long it may be kept.
async fn jwks<S: Keys>(env: &Env<'_, S>, publisher: &impl Publisher) -> Result<(String, Seconds), Failure> {
    let set = match published(env, publisher).await? {
        Some(set) => set,
        None => renew(env, publisher).await?,
    };
    Ok((set.json.clone(), set.max_age))
}

fn kids(set: &str) -> Vec<String> {
    let set: serde_json::Value = serde_json::from_str(set).unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn signing_kid(server: &Instance) -> String {
    block_on(server.env().signing_key(ES256)).unwrap().kid().unwrap()
}

#[test]
fn instances_that_race_for_the_first_keys_agree_on_them() {
    let file = File::new();
    let seen = race(&file, 2, |_, _| {
        let server = Instance::of(&file);
        let ring = block_on(server.env().complete_key_ring()).unwrap();
        let jwks = ring.public_jwks().join(",");
        (jwks, ring.mac("x").tag(&[b"y"]), signing_kid(&server))
    });
    assert_eq!(seen[0], seen[1]);
    assert_eq!(block_on(file.store().keys()).unwrap().len(), 4, "one of each algorithm and one for MACs");
}

#[test]
fn a_first_key_that_another_instance_made_a_moment_later_signs_at_once() {
    let file = furnished();
    let server = Instance::of(&file);
    server.later(-5);
    assert_eq!(signing_kid(&server), signing_kid(&Instance::of(&file)), "this request began before the key was made");
}

#[test]
fn the_operator_is_told_where_the_keys_lie_beside_the_key_that_opens_them() {
    let file = File::new();
    let server = Instance::with(&file, &[("key_encryption_key", "")]);
    block_on(server.env().key_ring()).unwrap();
    assert!(server.log.take().iter().any(|note| note.contains("key_encryption_key")));
}

#[test]
fn instances_without_a_configured_key_agree_on_one_that_is_kept() {
    let file = File::new();
    let tags = race(&file, 4, |_, _| {
        let server = Instance::with(&file, &[("key_encryption_key", "")]);
        block_on(server.env().key_ring()).unwrap().mac("x").tag(&[b"y"])
    });
    assert!(tags.iter().all(|tag| *tag == tags[0]));
}

#[test]
fn another_key_encryption_key_opens_nothing_and_changes_nothing() {
    let file = furnished();
    let before = block_on(file.store().keys()).unwrap().len();
    let wrong = Instance::with(&file, &[("key_encryption_key", "another key of more than 32 characters")]);
    assert!(block_on(wrong.env().key_ring()).is_err());
    assert!(block_on(wrong.env().signing_key(ES256)).is_err());
    assert_eq!(block_on(file.store().keys()).unwrap().len(), before);
}

#[test]
fn a_fresh_server_answers_a_set_with_every_algorithm() {
    let file = furnished();
    let set = block_on(jwks(&Instance::of(&file).env(), &Memory::default())).unwrap().0;
    for algorithm in SigningAlgorithm::ALL {
        assert!(set.contains(algorithm.as_str()), "{set}");
    }
    assert_eq!(kids(&set).len(), 3);
    assert!(!set.contains("\"d\"") && !set.contains("\"p\""), "no private member");
}

#[test]
fn a_rotation_publishes_before_it_signs() {
    let file = furnished();
    let (server, published) = (Instance::of(&file), Memory::default());
    let old = signing_kid(&server);
    block_on(rotate(&server.env())).unwrap();
    assert_eq!(signing_kid(&server), old);
    let during = kids(&block_on(jwks(&server.env(), &published)).unwrap().0);
    assert_eq!(during.len(), 6);
    server.later(3599);
    assert_eq!(signing_kid(&server), old);
    server.later(1);
    let new = signing_kid(&server);
    assert!(new != old && during.contains(&new));
    assert!(kids(&block_on(jwks(&server.env(), &published)).unwrap().0).contains(&old), "the retired key stays");
    let fresh = Instance::of(&file);
    fresh.later(3600);
    assert_eq!(signing_kid(&fresh), new, "another instance does the same");
}

#[test]
fn a_rotation_cannot_overtake_the_last_one() {
    let file = furnished();
    let server = Instance::of(&file);
    block_on(rotate(&server.env())).unwrap();
    assert_eq!(refusal(block_on(rotate(&server.env()))), ErrorCode::InvalidRequest);
    server.later(3600);
    assert!(block_on(rotate(&server.env())).is_ok());
}

#[test]
fn keys_are_rotated_when_they_are_due() {
    let file = furnished();
    let server = Instance::of(&file);
    server.later(90 * DAY - 1);
    assert!(!block_on(rotate_when_due(&server.env())).unwrap());
    server.later(1);
    assert!(block_on(rotate_when_due(&server.env())).unwrap());
    assert!(!block_on(rotate_when_due(&server.env())).unwrap(), "the next ones wait already");
    server.later(90 * DAY + 3600);
    assert!(block_on(rotate_when_due(&server.env())).unwrap());
}

#[test]
fn an_interval_of_zero_rotates_by_hand_only() {
    let file = furnished();
    let server = Instance::with(&file, &[("key_rotation_interval", "0")]);
    server.later(10_000 * DAY);
    assert!(!block_on(rotate_when_due(&server.env())).unwrap());
}

#[test]
fn instances_that_rotate_at_once_make_one_generation() {
    let file = furnished();
    race(&file, 2, |_, _| {
        let server = Instance::of(&file);
        server.later(90 * DAY);
        block_on(rotate_when_due(&server.env())).unwrap();
    });
    let keys = block_on(file.store().keys()).unwrap();
    assert_eq!(keys.iter().map(|key| key.generation).max(), Some(2));
    assert_eq!(keys.len(), 7);
}

#[test]
fn given_keys_sign_and_are_published_instead_of_made_ones_and_are_not_rotated_here() {
    let file = furnished();
    let made = Instance::of(&file);
    let (rsa, ec) = (RS256KeyPair::generate(2048).unwrap(), ES256KeyPair::generate());
    let ed = Ed25519KeyPair::generate();
    let set = format!(r#"{{"keys":[{},{},{}]}}"#, rsa.to_jwk(), ec.to_jwk(), ed.to_jwk());
    let server = Instance::with(&file, &[("signing_keys", &set)]);
    assert_eq!(signing_kid(&server), ec.jwk_thumbprint());
    let published = block_on(jwks(&server.env(), &Memory::default())).unwrap().0;
    let mut kids = kids(&published);
    kids.sort_unstable();
    let mut expected = vec![rsa.jwk_thumbprint(), ec.jwk_thumbprint(), ed.jwk_thumbprint()];
    expected.sort_unstable();
    assert_eq!(kids, expected);
    assert!(!published.contains("\"d\""));
    assert_eq!(refusal(block_on(rotate(&server.env()))), ErrorCode::InvalidRequest);
    server.later(1000 * DAY);
    assert!(!block_on(rotate_when_due(&server.env())).unwrap());
    let tag = |server: &Instance| block_on(server.env().key_ring()).unwrap().mac("x").tag(&[b"y"]);
    assert_eq!(tag(&server), tag(&made), "what only this server reads stays readable");
}

#[test]
fn a_published_set_is_served_for_ten_minutes_and_made_anew_then() {
    let file = furnished();
    let (server, published) = (Instance::of(&file), Memory::default());
    let first = block_on(jwks(&server.env(), &published)).unwrap().0;
    block_on(rotate(&Instance::of(&file).env())).unwrap();
    server.later(599);
    assert_eq!(block_on(jwks(&server.env(), &published)).unwrap().0, first);
    server.later(1);
    assert_eq!(kids(&block_on(jwks(&server.env(), &published)).unwrap().0).len(), 6);
}

#[test]
fn a_broken_or_future_published_set_is_replaced() {
    let file = furnished();
    let future = format!(r#"{{"at":{},"jwks":"{{}}"}}"#, NOW + 5000);
    for stored in ["", "{}", "not json", &future] {
        let server = Instance::of(&file);
        let published = Memory(RefCell::new(Some(stored.as_bytes().to_vec())));
        assert_eq!(kids(&block_on(jwks(&server.env(), &published)).unwrap().0).len(), 3, "{stored}");
    }
}

#[test]
fn where_the_published_set_can_be_neither_read_nor_written_it_comes_from_the_database_and_the_operator_is_told() {
    let file = furnished();
    let server = Instance::of(&file);
    assert_eq!(kids(&block_on(jwks(&server.env(), &Down)).unwrap().0).len(), 3);
    let told = server.log.take();
    assert!(told.len() == 2 && told.iter().all(|event| event.ends_with(": down")), "{told:?}");
    block_on(rotate(&Instance::of(&file).env())).unwrap();
    server.later(1);
    assert_eq!(kids(&block_on(jwks(&server.env(), &Down)).unwrap().0).len(), 6, "as it is in this moment");
}

#[test]
fn nobody_may_keep_a_set_until_a_key_that_it_lacks_signs() {
    for (delay, kept_elsewhere) in [("3600", 300), ("300", 150), ("60", 30), ("1", 0), ("0", 0)] {
        let file = furnished();
        let server = Instance::with(&file, &[("key_publish_delay", delay)]);
        let published = Memory::default();
        let (_, max_age) = block_on(jwks(&server.env(), &published)).unwrap();
        assert_eq!(max_age.0, kept_elsewhere, "{delay}");
    }
    // Where the new set could not be published, the old one is not served until then either.
    let file = furnished();
    let server = Instance::with(&file, &[("key_publish_delay", "60")]);
    let published = Memory::default();
    block_on(jwks(&server.env(), &published)).unwrap();
    block_on(rotate(&server.env())).unwrap();
    server.later(29);
    assert_eq!(kids(&block_on(jwks(&server.env(), &published)).unwrap().0).len(), 3);
    server.later(1);
    assert_eq!(kids(&block_on(jwks(&server.env(), &published)).unwrap().0).len(), 6);
}

#[test]
fn an_instance_serves_the_set_that_it_read_until_the_second_is_over_unless_new_keys_sign_at_once() {
    for (delay, immediately, a_second_later) in [("3600", 3, 6), ("1", 6, 6), ("0", 6, 6)] {
        let file = furnished();
        let with_delay = || Instance::with(&file, &[("key_publish_delay", delay)]);
        let (server, other, published) = (with_delay(), with_delay(), Memory::default());
        let seen = || kids(&block_on(jwks(&server.env(), &published)).unwrap().0).len();
        assert_eq!(seen(), 3);
        block_on(rotate(&other.env())).unwrap();
        block_on(renew(&other.env(), &published)).unwrap();
        assert_eq!(seen(), immediately, "{delay}");
        server.later(1);
        assert_eq!(seen(), a_second_later, "{delay}");
    }
}
