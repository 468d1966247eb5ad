//! What a use case gets besides its request: storage, settings, keys, time, randomness and the log, all as parameters.

use protocol::{Secret, Timestamp, secret::base64url};

use crate::{Id, Settings, keys::KeyCache};

/// The surroundings of one request.
pub struct Env<'a, S> {
    /// The ports to storage.
    pub store: &'a S,
    /// The configuration.
    pub settings: &'a Settings,
    /// The keys, read once per instance.
    pub keys: &'a KeyCache,
    /// When the request is handled: one reading of the clock for the whole request.
    pub now: Timestamp,
    /// What the client says that it is, its `User-Agent`; empty where it says nothing.
    pub user_agent: &'a str,
    /// Where random octets come from.
    pub random: &'a dyn Random,
    /// Where the operator is told what they should know although the request went well, or was merely refused.
    pub log: &'a dyn Log,
}

impl<S> Clone for Env<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Env<'_, S> {}

/// A cryptographic source of random octets.
pub trait Random {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operator's log.
pub trait Log {
    /// Notes an event. It may name identifiers, never secrets.
    fn warn(&self, event: &str);
}

impl<S> Env<'_, S> {
    /// `N` random octets.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A new identifier that sorts by the time of its making.
    pub fn new_id(&self) -> Id {
        Id::v7(self.now, self.random_bytes())
    }

    /// A new secret of 256 bit with this prefix.
    pub fn new_secret(&self, prefix: &str) -> Secret {
        Secret::new(format!("{prefix}{}", base64url(&self.random_bytes::<32>())))
    }
}
