//! Why a use case did not succeed: rich inside, generic outside.

use std::fmt;

use protocol::time::Seconds;

use crate::SettingError;

/// Why a use case did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// The client is told this.
    Refused(protocol::Error),
    /// The access token is good, but not for this: it lacks something.
    Insufficient(Insufficient),
    /// The DPoP proof must have this nonce.
    UseDpopNonce(String),
    /// Too many requests; the caller may try again after so many seconds.
    TooManyRequests {
        /// Seconds to wait.
        retry_after: i64,
    },
    /// Storage did not answer. The client is told to come back, the operator the reason.
    Storage(StorageError),
    /// A setting is missing or wrong. The operator is told which one.
    Setting(SettingError),
    /// Something stored or computed is not as it must be. The operator is told what.
    Internal(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "{error}"),
            Self::Insufficient(lack) => write!(f, "the access token lacks {lack:?}"),
            Self::UseDpopNonce(_) => f.write_str("the DPoP proof lacks the nonce"),
            Self::TooManyRequests { retry_after } => write!(f, "too many requests, retry after {retry_after} s"),
            Self::Storage(error) => write!(f, "storage: {}", error.0),
            Self::Setting(error) => write!(f, "{error}"),
            Self::Internal(reason) => write!(f, "internal: {reason}"),
        }
    }
}

impl std::error::Error for Failure {}

/// What an access token lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insufficient {
    /// This scope.
    Scope(&'static str),
    /// A sign-in of the user that has one of these values of `acr`.
    Acr(&'static str),
    /// A sign-in of the user that is not older than this.
    SignIn {
        /// In seconds.
        max_age: Seconds,
    },
}

/// Storage did not do what was asked; the text is for the operator's log.
#[derive(Debug)]
pub struct StorageError(pub String);

impl From<protocol::Error> for Failure {
    fn from(error: protocol::Error) -> Self {
        Self::Refused(error)
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<SettingError> for Failure {
    fn from(error: SettingError) -> Self {
        Self::Setting(error)
    }
}
