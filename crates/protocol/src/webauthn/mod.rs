//! Passkeys: registration and sign-in as the relying party verifies them,
//! [Web Authentication Level 3](https://www.w3.org/TR/webauthn-3/) §7.1 and §7.2. Whether a challenge is ours and a
//! signature right is for others to say: they need keys.

mod authenticator_data;
mod cbor;
mod cose;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use authenticator_data::AuthenticatorData;
pub use authenticator_data::State;
use cbor::{Map, integer, octets};
pub use cose::ALGORITHMS;

use crate::{issuer::Issuer, jwk::Jwk};

/// How many octets an identifier of a credential has at most (§7.1 step 25).
pub const MAX_ID: usize = 1023;

/// Why a ceremony fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Something cannot be read.
    Malformed,
    /// It was another ceremony.
    Type,
    /// The user was at another site.
    Origin,
    /// The page was part of another page.
    Frame,
    /// The credential is for another site.
    RelyingParty,
    /// Nobody was there.
    UserPresence,
    /// Nobody has shown who they are.
    UserVerification,
    /// It cannot be copied, and was.
    Backup,
    /// The key is of a kind that was not asked for.
    Algorithm,
    /// The attestation is of a kind that was not asked for.
    Attestation,
    /// The identifier is too long.
    CredentialId,
}

/// Whom passkeys are for: this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// Its RP ID: the host of the issuer.
    pub id: String,
    origin: String,
}

impl RelyingParty {
    /// That of this issuer; `None` where its host is an IP address.
    ///
    /// > RP ID: A valid domain string (§4)
    pub fn of(issuer: &Issuer) -> Option<Self> {
        let origin = issuer.origin().to_ascii_lowercase();
        let (scheme, authority) = origin.split_once("://")?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
            _ => (authority, ""),
        };
        let is_address = host.starts_with('[') || host.rsplit('.').next()?.bytes().all(|byte| byte.is_ascii_digit());
        if is_address {
            return None;
        }
        // Browsers leave the usual port out.
        let is_usual = matches!((scheme, port), (_, "") | ("https", "443") | ("http", "80"));
        let origin = if is_usual { format!("{scheme}://{host}") } else { origin.clone() };
        Some(Self { id: host.to_owned(), origin })
    }
}

/// What the browser says, [§5.8.1](https://www.w3.org/TR/webauthn-3/#dictionary-client-data).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    top_origin: Option<Value>,
}

impl ClientData {
    /// Reads and verifies it; answers the challenge as the browser got it, in base64url.
    fn verify(json: &[u8], ceremony: &str, relying_party: &RelyingParty) -> Result<String, Fault> {
        // "any leading byte order mark (BOM) must be stripped" (§7.1 step 5, §7.2 step 8)
        let json = json.strip_prefix("\u{feff}".as_bytes()).unwrap_or(json);
        let client_data: Self = serde_json::from_slice(json).map_err(|_| Fault::Malformed)?;
        // "Verify that the value of C.type is webauthn.create." (§7.1 step 7) "[…] is the string webauthn.get."
        // (§7.2 step 10)
        if client_data.r#type != ceremony {
            return Err(Fault::Type);
        }
        // "Verify that the value of C.origin is an origin expected by the Relying Party." (§7.1 step 9, §7.2 step 12)
        if client_data.origin != relying_party.origin {
            return Err(Fault::Origin);
        }
        // "If C.crossOrigin is present and set to true, verify that the Relying Party expects that this credential would
        // have been created within an iframe that is not same-origin with its ancestors." "If C.topOrigin is present: […]"
        // (§7.1 steps 10 and 11, §7.2 steps 13 and 14) No page of this server is ever in a frame.
        if client_data.cross_origin || client_data.top_origin.is_some() {
            return Err(Fault::Frame);
        }
        Ok(client_data.challenge)
    }
}

/// What was signed, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// "the binary concatenation of authData and hash" (§7.2 step 21)
    pub message: Vec<u8>,
    /// By the key of the credential, as its algorithm is written in WebAuthn.
    pub signature: Vec<u8>,
}

impl Signed {
    fn of(authenticator_data: &[u8], client_data: &[u8], signature: &[u8]) -> Self {
        // "Let hash be the result of computing a hash over the cData using SHA-256." (§7.1 step 12, §7.2 step 20)
        let message = [authenticator_data, &Sha256::digest(client_data)].concat();
        Self { message, signature: signature.to_vec() }
    }
}

/// A new credential, verified by all of §7.1 but the challenge (step 8), the signature of [`Self::attestation`] (step 22)
/// and whether somebody has it already (step 26).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The challenge that it answers, in base64url.
    pub challenge: String,
    /// The identifier of the credential.
    pub id: Vec<u8>,
    /// Its key.
    pub key: Jwk,
    /// What else is known of it.
    pub state: State,
    /// What it has signed itself.
    pub attestation: Option<Signed>,
}

impl Registration {
    /// Reads and verifies what `navigator.credentials.create()` answered.
    pub fn verify(client_data: &[u8], attestation_object: &[u8], relying_party: &RelyingParty) -> Result<Self, Fault> {
        let challenge = ClientData::verify(client_data, "webauthn.create", relying_party)?;
        // "Perform CBOR decoding on the attestationObject field […] to obtain the attestation statement format fmt, the
        // authenticator data authData, and the attestation statement attStmt." (§7.1 step 13)
        let (object, rest) = Map::read(attestation_object).ok_or(Fault::Malformed)?;
        let bytes = object.named("authData").and_then(octets).filter(|_| rest.is_empty()).ok_or(Fault::Malformed)?;
        let bytes = bytes.to_vec();
        let data = AuthenticatorData::verify(&bytes, relying_party)?;
        let (id, key) = data.credential.ok_or(Fault::Malformed)?;
        let is_none = match object.text("fmt").ok_or(Fault::Malformed)? {
            "none" => true,
            "packed" => false,
            _ => return Err(Fault::Attestation),
        };
        let statement = object.into_map("attStmt").ok_or(Fault::Malformed)?;
        // "If no attestation was provided, verify that None attestation is acceptable under Relying Party policy. If self
        // attestation was used, verify that self attestation is acceptable under Relying Party policy." (§7.1 step 24) Both
        // are: no attestation is asked for, and then browsers leave that of the credential itself in place (§5.1.3).
        // Certificates are not looked at, so what has one is refused.
        let attestation = match is_none {
            true if statement.len() == 0 => None,
            false if statement.named("x5c").is_none() => {
                let algorithm = statement.named("alg").and_then(integer);
                let is_of_key = |(own, number): &(_, i64)| Some(*own) == key.alg && Some(*number) == algorithm;
                // "Validate that alg matches the algorithm of the credentialPublicKey in authenticatorData." (§8.2)
                if !ALGORITHMS.iter().any(is_of_key) {
                    return Err(Fault::Attestation);
                }
                let signature = statement.named("sig").and_then(octets).ok_or(Fault::Malformed)?;
                Some(Signed::of(&bytes, client_data, signature))
            }
            _ => return Err(Fault::Attestation),
        };
        Ok(Self { challenge, id, key, state: data.state, attestation })
    }
}

/// A sign-in, verified by all of §7.2 but whose the credential is (steps 5 and 6), the challenge (step 11), what is known of
/// the credential (steps 19 and 22) and the signature (step 21).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The challenge that it answers, in base64url.
    pub challenge: String,
    /// What the authenticator says of the credential.
    pub state: State,
    /// What it has signed.
    pub signed: Signed,
}

impl Assertion {
    /// Reads and verifies what `navigator.credentials.get()` answered.
    pub fn verify(
        client_data: &[u8],
        authenticator_data: &[u8],
        signature: &[u8],
        relying_party: &RelyingParty,
    ) -> Result<Self, Fault> {
        let challenge = ClientData::verify(client_data, "webauthn.get", relying_party)?;
        let state = AuthenticatorData::verify(authenticator_data, relying_party)?.state;
        Ok(Self { challenge, state, signed: Signed::of(authenticator_data, client_data, signature) })
    }
}

#[cfg(test)]
mod tests;
