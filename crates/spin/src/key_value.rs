//! The key-value store: what is read often, and counters.

use domain::{
    Random, StorageError,
    jwks::Publisher,
    throttle::{Counter, Counters},
};
use protocol::Timestamp;
use spin_sdk::key_value::Store;

use crate::serve::HostRandom;
use bindings::wasi::keyvalue::{
    atomics::{Cas, CasError, swap},
    store::{Bucket, Error, open},
};

#[allow(missing_docs, unsafe_code, clippy::all, reason = "generated")]
mod bindings {
    use spin_sdk::wit_bindgen;

    wit_bindgen::generate!({
        path: "wit",
        world: "imports",
        runtime_path: "spin_sdk::wit_bindgen::rt",
        generate_all,
    });
}

const JWKS: &str = "jwks";
/// How often a counter is tried again where other requests are faster. What is lost then is one count of many.
const MAX_TRIES: u32 = 8;

/// The store `default`. It is opened when it is used: most requests of most components never do.
pub struct KeyValue;

impl Publisher for KeyValue {
    async fn published(&self) -> Result<Option<Vec<u8>>, StorageError> {
        let store = Store::open_default().await.map_err(failed)?;
        store.get(JWKS).await.map_err(failed)
    }

    async fn publish(&self, set: &[u8]) -> Result<(), StorageError> {
        let store = Store::open_default().await.map_err(failed)?;
        store.set(JWKS, set).await.map_err(failed)
    }
}

fn failed(error: spin_sdk::key_value::Error) -> StorageError {
    StorageError(format!("key-value store: {error}"))
}

/// Counters are swapped by `wasi:keyvalue/atomics`. From an absent key, and in stores that are eventually consistent,
/// the last writer wins, which a throttle can live with.
impl Counters for KeyValue {
    async fn update_counter(
        &self,
        bucket: &str,
        next: &dyn Fn(Option<Counter>) -> Counter,
    ) -> Result<Counter, StorageError> {
        let store = open_bucket()?;
        let mut cas = Cas::new(&store, bucket).map_err(refused)?;
        let mut current = cas.current().map_err(refused)?;
        // Without a mark two updates in one second write the same octets, and each would take the other's for its own.
        let mut mark = [0; 8];
        HostRandom.fill(&mut mark);
        for _ in 0..MAX_TRIES {
            let counter = next(current.as_deref().and_then(decode));
            let encoded = encode(counter, mark);
            match swap(cas, &encoded) {
                Ok(()) => return Ok(counter),
                Err(CasError::StoreError(error)) => return Err(refused(error)),
                Err(CasError::CasFailed(newer)) => {
                    cas = newer;
                    current = cas.current().map_err(refused)?;
                    // Spin's Redis provider reports a failure after it has swapped. By its mark the counter is our own.
                    if current.as_deref() == Some(&encoded[..]) {
                        return Ok(counter);
                    }
                }
            }
        }
        Ok(next(current.as_deref().and_then(decode)))
    }
}

fn open_bucket() -> Result<Bucket, StorageError> {
    open("default").map_err(refused)
}

fn refused(error: Error) -> StorageError {
    StorageError(format!("key-value store: {error:?}"))
}

/// Count, time and mark in a row, 20 octets.
fn encode(counter: Counter, mark: [u8; 8]) -> Vec<u8> {
    [&counter.count.to_be_bytes()[..], &counter.at.0.to_be_bytes(), &mark].concat()
}

/// What is not a counter counts as none.
fn decode(bytes: &[u8]) -> Option<Counter> {
    let (count, rest) = bytes.split_first_chunk()?;
    let (at, _) = rest.split_first_chunk()?;
    Some(Counter { count: u32::from_be_bytes(*count), at: Timestamp(i64::from_be_bytes(*at)) })
}
