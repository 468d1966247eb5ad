//! An authenticator with one passkey, and what a browser says for it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use sha2::{Digest, Sha256};

/// Somebody is there, the device has recognized them, and the passkey may be copied.
pub(crate) const SYNCED: u8 = 0x0d;

/// A passkey, and all that may be wrong with its answers.
#[derive(Clone)]
pub(crate) struct Passkey {
    key: SigningKey,
    pub(crate) id: Vec<u8>,
    pub(crate) user_handle: Vec<u8>,
    pub(crate) rp_id: String,
    pub(crate) origin: String,
    pub(crate) flags: u8,
    pub(crate) sign_count: u32,
    pub(crate) ceremony: Option<&'static str>,
}

/// The fields that the script of a page fills in.
pub(crate) type Fields = Vec<(&'static str, String)>;

impl Passkey {
    /// One whose key is made from this text, for this site.
    pub(crate) fn new(seed: &str, rp_id: &str, origin: &str) -> Self {
        let seed: [u8; 32] = Sha256::digest(seed).into();
        Self {
            key: SigningKey::from_slice(&seed).unwrap(),
            id: Sha256::digest(seed).to_vec(),
            user_handle: Vec::new(),
            rp_id: rp_id.to_owned(),
            origin: origin.to_owned(),
            flags: SYNCED,
            sign_count: 0,
            ceremony: None,
        }
    }

    /// What the page gets that adds it for the user with this handle.
    pub(crate) fn create(&mut self, challenge: &str, user_handle: &[u8]) -> Fields {
        self.user_handle = user_handle.to_vec();
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        let mut data = self.data(0x40);
        data.extend([0; 16]);
        data.extend((self.id.len() as u16).to_be_bytes());
        data.extend(&self.id);
        data.extend([&b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"[..], x, b"\x22\x58\x20", y].concat());
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        object.extend((data.len() as u16).to_be_bytes());
        object.extend(data);
        vec![
            ("client_data", base64url(&self.client_data("webauthn.create", challenge))),
            ("attestation_object", base64url(&object)),
            ("transports", "internal hybrid nonsense".to_owned()),
        ]
    }

    /// What the page gets that signs in by it.
    pub(crate) fn get(&mut self, challenge: &str) -> Fields {
        let (data, client_data) = (self.data(0), self.client_data("webauthn.get", challenge));
        let signature: Signature = self.key.sign(&[&data[..], &Sha256::digest(&client_data)].concat());
        vec![
            ("id", base64url(&self.id)),
            ("user_handle", base64url(&self.user_handle)),
            ("client_data", base64url(&client_data)),
            ("authenticator_data", base64url(&data)),
            ("signature", base64url(signature.to_der().as_bytes())),
        ]
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let count = self.sign_count.to_be_bytes();
        [&Sha256::digest(&self.rp_id)[..], &[self.flags | more], &count].concat()
    }

    fn client_data(&self, ceremony: &str, challenge: &str) -> Vec<u8> {
        let ceremony = self.ceremony.unwrap_or(ceremony);
        let json = serde_json::json!({"type": ceremony, "challenge": challenge, "origin": self.origin});
        json.to_string().into_bytes()
    }
}

fn base64url(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}
