//! Time in whole seconds, as the specifications count it (`NumericDate`, `expires_in`).

use serde::{Deserialize, Serialize};

/// A point in time: seconds since 1970-01-01T00:00:00Z ([RFC 7519 §2](https://www.rfc-editor.org/rfc/rfc7519#section-2), NumericDate).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The point in time `seconds` later.
    pub fn plus(self, seconds: Seconds) -> Self {
        Self(self.0.saturating_add(seconds.0))
    }

    /// The point in time `seconds` earlier.
    pub fn minus(self, seconds: Seconds) -> Self {
        Self(self.0.saturating_sub(seconds.0))
    }
}

/// A length of time in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub i64);
