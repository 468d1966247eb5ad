//! MAC keys: HMAC-SHA-256, a key of its own for each purpose.

use std::{cell::RefCell, rc::Rc};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::Failure;

/// A key for HMAC-SHA-256 ([RFC 2104](https://www.rfc-editor.org/rfc/rfc2104)).
pub struct MacKey {
    octets: [u8; 32],
    /// HMAC that has taken the key in, which is half of the work for a short message. `None`: nothing verifies.
    keyed: Option<Hmac<Sha256>>,
    /// The keys for the purposes that were asked for: every request asks for the same few.
    derived: RefCell<Vec<(&'static str, Rc<MacKey>)>>,
}

impl MacKey {
    /// The key of these octets.
    pub(super) fn new(octets: [u8; 32]) -> Self {
        // HMAC takes keys of every length, so this cannot fail.
        let keyed = <Hmac<Sha256> as KeyInit>::new_from_slice(&octets).ok();
        Self { octets, keyed, derived: RefCell::default() }
    }

    /// A key as it was stored.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, Failure> {
        bytes.try_into().map(Self::new).map_err(|_| Failure::Internal("a MAC key has the wrong length".to_owned()))
    }

    /// Stands where a ring has no key, which [`super::Env::key_ring`] rules out; nothing ever verifies under it.
    pub(super) fn unusable() -> Self {
        Self { octets: [0; 32], keyed: None, derived: RefCell::default() }
    }

    /// The key for one purpose: what is made for one purpose never passes for another.
    pub(super) fn derive(&self, purpose: &'static str) -> Rc<Self> {
        let mut derived = self.derived.borrow_mut();
        if let Some((_, key)) = derived.iter().find(|(known, _)| *known == purpose) {
            return Rc::clone(key);
        }
        let key = Rc::new(Self::new(self.tag(&[purpose.as_bytes()])));
        derived.push((purpose, Rc::clone(&key)));
        key
    }

    /// The key itself, for what makes its tags elsewhere.
    pub(crate) fn octets(&self) -> [u8; 32] {
        self.octets
    }

    /// The tag over these parts in a row. Parts of variable length must say their length themselves.
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.keyed.clone().map_or([0; 32], |keyed| {
            parts.iter().fold(keyed, |mac, part| mac.chain_update(part)).finalize().into_bytes().into()
        })
    }

    /// Whether this is the tag over these parts, in constant time.
    pub fn verifies(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.keyed.is_some() && self.tag(parts).ct_eq(tag).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_is_that_of_rfc4231_test_case_1_with_a_padded_key() {
        // Test case 1 has a key of 20 octets 0x0b; HMAC pads keys with zeros, so the padded key gives the same tag.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let tag = MacKey::new(key).tag(&[b"Hi ", b"There"]);
        assert_eq!(tag[..8], [0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53]);
    }

    #[test]
    fn what_is_made_for_one_purpose_does_not_pass_for_another() {
        let key = MacKey::new([1; 32]);
        let tag = key.derive("access token").tag(&[b"x"]);
        assert!(key.derive("access token").verifies(&[b"x"], &tag));
        assert!(!key.derive("refresh token").verifies(&[b"x"], &tag));
        assert!(!key.derive("access token").verifies(&[b"y"], &tag));
    }

    #[test]
    fn nothing_verifies_under_the_stand_in_key() {
        let key = MacKey::unusable();
        assert!(!key.verifies(&[b"x"], &key.tag(&[b"x"])));
    }
}
