//! What browsers say of passkeys: the client data, a line, and then octets of the authenticator.

use protocol::{
    issuer::Issuer,
    webauthn::{Assertion, Registration, RelyingParty},
};
use serde_json::Value;

pub(crate) fn check(data: &[u8]) {
    let party = RelyingParty::of(&Issuer::parse("https://example.org").unwrap()).unwrap();
    let at = data.iter().position(|octet| *octet == b'\n').unwrap_or(data.len());
    let (client_data, rest) = (&data[..at], data.get(at + 1..).unwrap_or_default());
    let said: Option<Value> = serde_json::from_slice(client_data).ok();
    let is_for = |ceremony: &str| {
        // What another reader cannot hold, such as a number beyond all bounds, stands in a member that nobody reads.
        let Some(said) = &said else { return };
        assert!(said["type"] == ceremony && said["origin"] == "https://example.org");
        assert!(said["crossOrigin"] != true && said.get("topOrigin").is_none_or(Value::is_null));
    };
    if let Ok(new) = Registration::verify(client_data, rest, &party) {
        is_for("webauthn.create");
        assert!(said.as_ref().is_none_or(|said| said["challenge"] == *new.challenge));
        assert!(new.id.len() <= 1023 && new.key.alg.is_some());
        assert!(!new.state.is_backed_up || new.state.is_backup_eligible);
    }
    // The octets as authenticator data, with and without a hash of the right server before them.
    let hash = Issuer::parse("https://example.org").map(|_| sha256(b"example.org")).unwrap();
    for octets in [rest.to_vec(), [&hash[..], rest].concat()] {
        if let Ok(assertion) = Assertion::verify(client_data, &octets, b"signature", &party) {
            is_for("webauthn.get");
            assert_eq!(octets[..32], hash, "it was made for another server");
            assert_eq!(octets[32] & 1, 1, "nobody was there");
            assert!(assertion.signed.message.starts_with(&octets));
        }
    }
}

fn sha256(text: &[u8]) -> [u8; 32] {
    use rsa::sha2::{Digest, Sha256};
    Sha256::digest(text).into()
}
