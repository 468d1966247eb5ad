//! The surroundings of a request: the default settings, a clock that stands still, randomness that is none, and keys
//! in memory.

use std::cell::RefCell;

use domain::{
    Env, Log, Random, Settings, StorageError,
    keys::{KeyCache, Keys, StoredKey},
    settings::NAMES,
};
use http::{HeaderName, Method};
use protocol::Timestamp;

pub(crate) use crate::request::testing::request;
use crate::{Request, Response};

/// The defaults of `spin.toml` with some settings changed.
pub(crate) fn settings(changes: &[(&'static str, &str)]) -> Settings {
    let default = |name: &'static str| {
        let start = format!("{name} = {{ default = \"");
        let line = include_str!("../../../spin.toml").lines().find_map(|line| line.strip_prefix(&start)).unwrap();
        (name, line.split('"').next().unwrap().to_owned())
    };
    Settings::new(
        NAMES.into_iter().map(default).chain(changes.iter().map(|(name, value)| (*name, (*value).to_owned()))),
    )
}

/// A request with these header fields and an empty body.
pub(crate) fn bare(method: Method, headers: &[(HeaderName, &str)]) -> Request {
    request(method, headers, "")
}

/// The value of a header field of a response.
pub(crate) fn field(response: &Response, name: HeaderName) -> Option<&str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

/// The body of a response.
pub(crate) fn body(response: &Response) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

/// Keys and nothing else.
#[derive(Default)]
pub(crate) struct Memory(RefCell<Vec<StoredKey>>);

impl Keys for Memory {
    async fn keys(&self) -> Result<Vec<StoredKey>, StorageError> {
        Ok(self.0.borrow().clone())
    }

    async fn add_key(&self, key: &StoredKey) -> Result<(), StorageError> {
        self.0.borrow_mut().push(key.clone());
        Ok(())
    }

    async fn kept_secret(&self, _: &str) -> Result<Option<String>, StorageError> {
        Ok(Some("AAAA".to_owned()))
    }

    async fn keep_secret(&self, _: &str, _: &str) -> Result<(), StorageError> {
        Ok(())
    }
}

/// A server without a database.
pub(crate) struct Server {
    store: Memory,
    settings: Settings,
    keys: KeyCache,
    octet: u8,
}

impl Server {
    /// A server whose every random octet is this one.
    pub(crate) fn new(octet: u8, changes: &[(&'static str, &str)]) -> Self {
        Self { store: Memory::default(), settings: settings(changes), keys: KeyCache::default(), octet }
    }

    pub(crate) fn env(&self) -> Env<'_, Memory> {
        let now = Timestamp(1_700_000_000);
        Env {
            store: &self.store,
            settings: &self.settings,
            keys: &self.keys,
            now,
            user_agent: "",
            random: self,
            log: self,
        }
    }
}

impl Random for Server {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.octet);
    }
}

impl Log for Server {
    fn warn(&self, _: &str) {}
}
