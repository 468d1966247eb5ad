//! The published keys, [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5).

use std::rc::Rc;

use protocol::{Timestamp, secret::base64url, time::Seconds};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Env, Failure, StorageError,
    keys::{Keys, rotate_when_due},
};

/// How long a published set is served without looking whether it is still whole.
const MAX_AGE: Seconds = Seconds(600);
/// How long others may keep the set.
const MAX_AGE_ELSEWHERE: Seconds = Seconds(300);

/// A store that is read often and may lag: the published set.
pub trait Publisher {
    /// The published set, if there is one.
    async fn published(&self) -> Result<Option<Vec<u8>>, StorageError>;

    /// Publishes a set.
    async fn publish(&self, set: &[u8]) -> Result<(), StorageError>;
}

#[derive(Serialize, Deserialize)]
struct Published {
    at: Timestamp,
    jwks: String,
}

/// The published set, as an instance serves it for the rest of a second.
pub struct KeySet {
    /// The set as JSON.
    pub json: String,
    /// Names this content among all others.
    pub version: String,
    /// How long others may keep it.
    pub max_age: Seconds,
}

/// The set as it is published; `None` where there is none, or an old one, or none can be read, and [`renew`] has to make
/// one.
pub async fn published<S: Keys>(env: &Env<'_, S>, publisher: &impl Publisher) -> Result<Option<Rc<KeySet>>, Failure> {
    if let Some(set) = env.keys.set_of(env.now) {
        return Ok(Some(set));
    }
    let read = publisher.published().await.unwrap_or_else(|StorageError(reason)| {
        env.log.warn(&format!("the published keys cannot be read, and come from the database: {reason}"));
        None
    });
    let published: Option<Published> = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let max_age = within_delay(env, MAX_AGE)?.0.max(1);
    let fresh = published.filter(|set| (0..max_age).contains(&(env.now.0 - set.at.0)));
    fresh.map(|set| keep(env, set.jwks)).transpose()
}

/// Makes the set from the keys, which are themselves made where there are none, and publishes it. So a fresh server never
/// answers an empty set.
pub async fn renew<S: Keys>(env: &Env<'_, S>, publisher: &impl Publisher) -> Result<Rc<KeySet>, Failure> {
    rotate_when_due(env).await?;
    keep(env, publish(env, publisher).await?)
}

/// Many ask in one second, and nobody can tell whether they were asked before or after a rotation in it. Where new keys
/// sign at once, each answer is read anew.
fn keep<S>(env: &Env<'_, S>, json: String) -> Result<Rc<KeySet>, Failure> {
    let version = base64url(&Sha256::digest(&json));
    let set = Rc::new(KeySet { json, version, max_age: within_delay(env, MAX_AGE_ELSEWHERE)? });
    if within_delay(env, Seconds(1))?.0 > 0 {
        env.keys.keep_set(env.now, Rc::clone(&set));
    }
    Ok(set)
}

/// This time, or less: a new key is published for so long before it signs, and nobody may miss it then who has taken the set
/// from where it was published, which may be old, and has kept it. So each has half of the time.
fn within_delay<S>(env: &Env<'_, S>, time: Seconds) -> Result<Seconds, Failure> {
    Ok(Seconds(time.0.min(env.settings.key_publish_delay()?.0 / 2)))
}

/// Publishes the key set as it is now. Where that fails, instances go on to read the one before, which is soon too old for
/// them, and then the database.
pub(crate) async fn publish<S: Keys>(env: &Env<'_, S>, publisher: &impl Publisher) -> Result<String, Failure> {
    env.forget_keys();
    let ring = env.complete_key_ring().await?;
    let jwks = format!(r#"{{"keys":[{}]}}"#, ring.public_jwks().join(","));
    let set = Published { at: env.now, jwks: jwks.clone() };
    let bytes = serde_json::to_vec(&set).map_err(|error| Failure::Internal(error.to_string()))?;
    if let Err(StorageError(reason)) = publisher.publish(&bytes).await {
        env.log.warn(&format!("the keys cannot be published: {reason}"));
    }
    Ok(jwks)
}
