//! Second factors: what a user has beside the password to prove who they are.

mod manage;
mod passkeys;
mod recovery;
mod second_factor;
mod totp;

pub use manage::{
    Change, Enrolment, Overview, confirm_totp, may_change, overview, remove, rename_passkey, renew_recovery_codes,
};
pub use passkeys::{
    Challenge, Created, MAX_PASSKEYS, Passkey, Passkeys, Presented, Registered, register_passkey, relying_party,
    sign_in_by_passkey,
};
pub use recovery::RecoveryCodes;
pub use second_factor::{Claimant, Outcome, verify_code};
pub use totp::TotpSecret;
pub(crate) use totp::place as totp_place;

use crate::{By, Env, Failure, Id, StorageError, keys::Keys};
use protocol::{Timestamp, params::Params, secret::SecretHash};

/// Which factors a user has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Enrolled {
    /// Whether there is an authenticator app.
    pub totp: bool,
    /// How many passkeys there are.
    pub passkeys: u32,
    /// How many recovery codes are left; `None` where none were ever made.
    pub recovery_codes: Option<u32>,
}

impl Enrolled {
    /// Whether a password alone is not enough to sign in.
    pub fn has_second_factor(&self) -> bool {
        self.totp || self.passkeys > 0
    }
}

/// A factor of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An authenticator app.
    Totp,
    /// The passkey of this identifier.
    Passkey(Vec<u8>),
}

/// Storage of second factors.
pub trait Factors {
    /// Which factors this user has.
    async fn enrolled(&self, user: Id) -> Result<Enrolled, StorageError>;

    /// Adds an authenticator app, whose code of this time step has been used; whether the user is there and had none before. It is
    /// written to the audit log in the same act.
    async fn add_totp(&self, user: Id, sealed: &[u8], step: i64, by: &By) -> Result<bool, StorageError>;

    /// The sealed secret of the user's authenticator app.
    async fn totp(&self, user: Id) -> Result<Option<Vec<u8>>, StorageError>;

    /// Uses the code of this time step; whether it and all later ones were unused. Of any number of parallel uses one wins.
    async fn use_totp_step(&self, user: Id, step: i64) -> Result<bool, StorageError>;

    /// Sets the user's recovery codes, in place of those before; nothing where the user is gone in this moment.
    async fn set_recovery_codes(&self, user: Id, codes: &[SecretHash], now: Timestamp) -> Result<(), StorageError>;

    /// Uses a recovery code up; whether it was there. Of any number of parallel uses one wins.
    async fn use_recovery_code(&self, user: Id, code: &SecretHash) -> Result<bool, StorageError>;

    /// Removes the user's authenticator app and writes that to the audit log, in one act; whether there was one. With the
    /// last factor the recovery codes go.
    async fn remove_totp(&self, user: Id, by: &By) -> Result<bool, StorageError>;
}

const PURPOSE: &str = "factors page";

/// The page of factors, which waits until somebody has signed in again. It travels signed with the pages.
#[derive(Debug)]
pub struct FactorsInteraction;

impl FactorsInteraction {
    /// The signed text that travels with the pages.
    pub async fn seal<S: Keys>(env: &Env<'_, S>) -> Result<String, Failure> {
        crate::sealed::seal(env, PURPOSE, env.now, &Params::default()).await
    }

    /// Whether this is such a text.
    pub async fn is<S: Keys>(env: &Env<'_, S>, text: &str) -> Result<bool, Failure> {
        Ok(crate::sealed::open(env, PURPOSE, text).await?.is_some())
    }
}
