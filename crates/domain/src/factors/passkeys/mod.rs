//! Passkeys, [Web Authentication Level 3](https://www.w3.org/TR/webauthn-3/): what a user has that signs for this server
//! alone. Each is two factors: the device that holds it, and what unlocks that.

mod challenge;
mod registration;
mod sign_in;

use protocol::{
    Timestamp,
    jwk::Jwk,
    webauthn::{RelyingParty, Signed, State},
};

pub use challenge::Challenge;
pub use registration::{Created, Registered, register_passkey};
pub use sign_in::{Presented, sign_in_by_passkey};

use crate::{By, Id, SettingError, Settings, StorageError, jose, sign_in::Method};

/// How many a user may have.
pub const MAX_PASSKEYS: usize = 20;
/// How many characters a name has at most.
const MAX_NAME: usize = 60;

/// A passkey of a user.
#[derive(Debug, Clone)]
pub struct Passkey {
    /// The identifier that its authenticator made.
    pub id: Vec<u8>,
    /// Whose it is. The identifier of the user is the user handle, too: it is no name, and never changes.
    pub user: Id,
    /// Its public key.
    pub key: Jwk,
    /// What its authenticator says of it.
    pub state: State,
    /// What the user calls it.
    pub name: String,
    /// How browsers reach it, separated by spaces.
    pub transports: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// Storage of passkeys.
pub trait Passkeys {
    /// The passkeys of this user, in the order in which they were added.
    async fn passkeys(&self, user: Id) -> Result<Vec<Passkey>, StorageError>;

    /// The passkey of this identifier, whoever's it is.
    async fn passkey(&self, id: &[u8]) -> Result<Option<Passkey>, StorageError>;

    /// Adds a passkey and writes that to the audit log, in one act; whether nobody had this one, and the user is
    /// there and has not too many.
    async fn add_passkey(&self, passkey: &Passkey, by: &By) -> Result<bool, StorageError>;

    /// Notes that this passkey was used and what its authenticator says of it now; whether it was there and its counter had
    /// gone on. Of any number of parallel uses of one count one wins.
    async fn use_passkey(&self, passkey: &Passkey, state: State, now: Timestamp) -> Result<bool, StorageError>;

    /// Renames a passkey of this user.
    async fn rename_passkey(&self, user: Id, id: &[u8], name: &str) -> Result<(), StorageError>;

    /// Removes a passkey of this user and writes that to the audit log, in one act. With the last factor the recovery codes
    /// go.
    async fn remove_passkey(&self, user: Id, id: &[u8], by: &By) -> Result<(), StorageError>;
}

/// Whom passkeys are for; `None` where the issuer is at an IP address, for which there are none.
pub fn relying_party(settings: &Settings) -> Result<Option<RelyingParty>, SettingError> {
    Ok(RelyingParty::of(settings.issuer()?))
}

/// A name as it is kept; `None` for one without characters.
pub(super) fn name(typed: &str) -> Option<String> {
    let name: String = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    (!name.is_empty()).then_some(name)
}

/// By which method whoever uses a passkey in this state has shown who they are.
fn method(state: State) -> Method {
    if state.is_backup_eligible { Method::SyncedPasskey } else { Method::DevicePasskey }
}

/// > Using credentialRecord.publicKey, verify that sig is a valid signature over the binary concatenation of authData and
/// > hash. (§7.2 step 21)
fn is_signed(key: &Jwk, signed: &Signed) -> bool {
    jose::verify_webauthn(key, &signed.message, &signed.signature)
}
