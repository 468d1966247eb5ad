//! The published keys, [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5).

use protocol::{Timestamp, time::Seconds};
use serde::{Deserialize, Serialize};

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

/// The key set as JSON, and how long it may be kept. Read from where it is published; where there is none, or an old one,
/// made from the keys, which are themselves made where there are none. So a fresh server never answers an empty set.
pub async fn jwks<S: Keys>(env: &Env<'_, S>, publisher: &impl Publisher) -> Result<(String, Seconds), Failure> {
    let published: Option<Published> =
        publisher.published().await?.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let max_age = within_delay(env, MAX_AGE)?.0.max(1);
    let jwks = match published.filter(|set| (0..max_age).contains(&(env.now.0 - set.at.0))) {
        Some(set) => set.jwks,
        None => {
            rotate_when_due(env).await?;
            publish(env, publisher).await?
        }
    };
    Ok((jwks, within_delay(env, MAX_AGE_ELSEWHERE)?))
}

/// This time, or less: a new key is published for so long before it signs, and nobody may miss it then who has taken the set
/// from where it was published, which may be old, and has kept it. So each has half of the time.
fn within_delay<S>(env: &Env<'_, S>, time: Seconds) -> Result<Seconds, Failure> {
    Ok(Seconds(time.0.min(env.settings.key_publish_delay()?.0 / 2)))
}

/// Publishes the key set as it is now.
pub(crate) async fn publish<S: Keys>(env: &Env<'_, S>, publisher: &impl Publisher) -> Result<String, Failure> {
    env.forget_keys();
    let ring = env.complete_key_ring().await?;
    let jwks = format!(r#"{{"keys":[{}]}}"#, ring.public_jwks().join(","));
    let set = Published { at: env.now, jwks: jwks.clone() };
    let bytes = serde_json::to_vec(&set).map_err(|error| Failure::Internal(error.to_string()))?;
    publisher.publish(&bytes).await?;
    Ok(jwks)
}
