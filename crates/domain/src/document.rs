//! Documents of other servers, kept for a while: a key set (`jwks_uri`), the metadata of a client.

use protocol::{Timestamp, outbound_url::OutboundUrl, secret::SecretHash, time::Seconds};

use crate::{
    Env, Failure, StorageError,
    outbound::{Fetched, Outbound},
};

/// How long a document is kept where its server does not say.
const USUAL_AGE: i64 = 3600;
/// How long it is kept, whatever its server says.
const AGES: std::ops::RangeInclusive<i64> = 300..=86_400;
/// How long a copy that is too old still serves where a new one cannot be had.
const STALE: Seconds = Seconds(86_400);
/// The least time between two fetches of one document, be the first a failure.
const RETRY: Seconds = Seconds(60);
/// The same where a key is looked for: a client that has just replaced its keys does not wait for a minute.
const RETRY_FOR_KEY: Seconds = Seconds(2);

/// How new a document must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// As new as its server says that it must be.
    Kept,
    /// Newer than what is kept, because that lacks something, such as the key that signed. That may be tried once a
    /// minute, so that junk cannot make this server ask for more.
    Newer,
    /// Newer than what is kept, because that lacks the key that a signature names. That may be tried every other second;
    /// the component `outbound` counts what it fetches from a host.
    AnotherKey,
}

/// A document as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Its octets; `None` where none came yet, or only ones that are too old to be used.
    pub body: Option<Vec<u8>>,
    /// When it was last asked for.
    pub tried_at: Timestamp,
    /// From when on a new one is asked for.
    pub stale_at: Timestamp,
}

/// Storage of documents, by the SHA-256 of their URL.
pub trait Documents {
    /// What is known of a document; a body only where it may still be used.
    async fn document(&self, url: &SecretHash, now: Timestamp) -> Result<Option<StoredDocument>, StorageError>;

    /// Takes it upon this request to fetch a document that is known already, where nobody has since `tried_before`: of
    /// any number of requests at once, one.
    async fn claim_fetch(
        &self,
        url: &SecretHash,
        tried_before: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StorageError>;

    /// Keeps a document until `stale_at`, and for want of a newer one until `expires_at`. Without a body, which says
    /// that the fetch has failed, an earlier one stays as it is.
    async fn keep_document(
        &self,
        url: &SecretHash,
        body: Option<&[u8]>,
        now: Timestamp,
        stale_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StorageError>;
}

/// A document of at most so many octets; `None` where it cannot be had, which the operator is told.
pub async fn document<S: Documents>(
    env: &Env<'_, S>,
    outbound: &impl Outbound,
    url: &OutboundUrl,
    max_octets: usize,
    wanted: Wanted,
) -> Result<Option<Vec<u8>>, Failure> {
    let key = SecretHash::of(url.as_str().as_bytes());
    let known = env.store.document(&key, env.now).await?;
    if let Some(known) = known {
        let is_wanted = wanted != Wanted::Kept || known.stale_at <= env.now;
        let tried_before = env.now.minus(if wanted == Wanted::AnotherKey { RETRY_FOR_KEY } else { RETRY });
        let may_fetch = is_wanted && known.tried_at <= tried_before;
        if !may_fetch || !env.store.claim_fetch(&key, tried_before, env.now).await? {
            return Ok(known.body);
        }
    }
    match outbound.fetch(url, max_octets).await {
        Ok(Fetched { body, max_age }) => {
            let age = max_age.map_or(USUAL_AGE, |age| age.0).clamp(*AGES.start(), *AGES.end());
            let stale_at = env.now.plus(Seconds(age));
            env.store.keep_document(&key, Some(&body), env.now, stale_at, stale_at.plus(STALE)).await?;
            Ok(Some(body))
        }
        Err(error) => {
            env.log.warn(&format!("a document of {} was not fetched: {}", url.host(), error.0));
            let retry_at = env.now.plus(RETRY);
            env.store.keep_document(&key, None, env.now, retry_at, retry_at).await?;
            Ok(env.store.document(&key, env.now).await?.and_then(|kept| kept.body))
        }
    }
}
