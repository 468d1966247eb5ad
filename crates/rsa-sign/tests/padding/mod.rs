//! What is signed, as it is padded.

use rsa::sha2::{Digest, Sha256};

use super::OCTETS;

/// EMSA-PKCS1-v1_5 with SHA-256, RFC 8017 §9.2.
pub(crate) fn padded(message: &[u8]) -> [u8; OCTETS] {
    let prefix = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
    let tail = [&[0], prefix.as_slice(), &Sha256::digest(message)].concat();
    let mut padded = [0xff; OCTETS];
    padded[..2].copy_from_slice(&[0, 1]);
    padded[OCTETS - tail.len()..].copy_from_slice(&tail);
    padded
}
