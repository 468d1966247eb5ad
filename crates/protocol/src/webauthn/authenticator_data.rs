//! What an authenticator says, [§6.1](https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data).

use sha2::{Digest, Sha256};

use super::{Fault, RelyingParty, cbor::Map, cose};
use crate::jwk::Jwk;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const HAS_CREDENTIAL: u8 = 0x40;
const HAS_EXTENSIONS: u8 = 0x80;

const AAGUID: usize = 16;

/// What it says of a credential and of who uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// How often it has signed; 0 for ever where it does not count.
    pub sign_count: u32,
    /// Whether it may be copied to other devices of its owner.
    pub is_backup_eligible: bool,
    /// Whether it has been.
    pub is_backed_up: bool,
}

/// Authenticator data whose relying party and flags have been verified.
pub(super) struct AuthenticatorData {
    pub(super) state: State,
    /// The identifier and the key of a new credential.
    pub(super) credential: Option<(Vec<u8>, Jwk)>,
}

impl AuthenticatorData {
    /// Reads and verifies it. Users are always verified here, whatever they sign in for.
    pub(super) fn verify(bytes: &[u8], relying_party: &RelyingParty) -> Result<Self, Fault> {
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>().ok_or(Fault::Malformed)?;
        let (flags, rest) = rest.split_first().ok_or(Fault::Malformed)?;
        let (sign_count, rest) = rest.split_first_chunk::<4>().ok_or(Fault::Malformed)?;
        let is_set = |flag| flags & flag != 0;
        // "Verify that the rpIdHash in authData is the SHA-256 hash of the RP ID expected by the Relying Party."
        // (§7.1 step 14, §7.2 step 15)
        if rp_id_hash[..] != Sha256::digest(&relying_party.id)[..] {
            return Err(Fault::RelyingParty);
        }
        // "Verify that the UP bit of the flags in authData is set." (§7.1 step 15, §7.2 step 16)
        if !is_set(USER_PRESENT) {
            return Err(Fault::UserPresence);
        }
        // "If the Relying Party requires user verification […], verify that the UV bit of the flags in authData is set."
        // (§7.1 step 16, §7.2 step 17)
        if !is_set(USER_VERIFIED) {
            return Err(Fault::UserVerification);
        }
        // "If the BE bit of the flags in authData is not set, verify that the BS bit is not set."
        // (§7.1 step 17, §7.2 step 18)
        if !is_set(BACKUP_ELIGIBLE) && is_set(BACKED_UP) {
            return Err(Fault::Backup);
        }
        let (credential, rest) = match is_set(HAS_CREDENTIAL) {
            true => credential(rest).map(|(credential, rest)| (Some(credential), rest))?,
            false => (None, rest),
        };
        // "The Relying Party MUST be prepared to handle such situations, whether by ignoring the unsolicited extensions or
        // by rejecting the attestation." (§7.1 step 28) They are ignored.
        let rest = match is_set(HAS_EXTENSIONS) {
            true => Map::read(rest).ok_or(Fault::Malformed)?.1,
            false => rest,
        };
        if !rest.is_empty() {
            return Err(Fault::Malformed);
        }
        let state = State {
            sign_count: u32::from_be_bytes(*sign_count),
            is_backup_eligible: is_set(BACKUP_ELIGIBLE),
            is_backed_up: is_set(BACKED_UP),
        };
        Ok(Self { state, credential })
    }
}

/// The identifier and the key of a credential.
type Attested = (Vec<u8>, Jwk);

/// Attested credential data ([§6.5.1](https://www.w3.org/TR/webauthn-3/#sctn-attested-credential-data)): the identifier
/// and the key of a credential, and what follows.
fn credential(bytes: &[u8]) -> Result<(Attested, &[u8]), Fault> {
    let (_, rest) = bytes.split_at_checked(AAGUID).ok_or(Fault::Malformed)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(Fault::Malformed)?;
    let (id, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or(Fault::Malformed)?;
    // "Verify that the credentialId is ≤ 1023 bytes. Credential IDs larger than this many bytes SHOULD cause the RP to fail
    // this registration ceremony." (§7.1 step 25)
    if id.is_empty() || id.len() > super::MAX_ID {
        return Err(Fault::CredentialId);
    }
    let (map, rest) = Map::read(rest).ok_or(Fault::Malformed)?;
    // "Verify that the "alg" parameter in the credential public key in authData matches the alg attribute of one of the
    // items in pkOptions.pubKeyCredParams." (§7.1 step 20)
    let key = cose::key(&map).ok_or(Fault::Algorithm)?;
    Ok(((id.to_vec(), key), rest))
}
