//! Passwords: bcrypt with a configurable cost.

use std::fmt;

use protocol::Secret;

use crate::Failure;

/// The least length, in octets.
pub(crate) const MIN_LENGTH: usize = 8;
/// The greatest length, in octets: bcrypt reads no more.
pub(crate) const MAX_LENGTH: usize = 72;

/// A bcrypt hash in its usual text form.
#[derive(Clone)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password of an acceptable length with this cost.
    pub fn new(password: &Secret, rounds: u32, salt: [u8; 16]) -> Result<Self, Failure> {
        let hash = bcrypt::hash_with_salt(password.expose(), rounds, salt)
            .map_err(|error| Failure::Internal(error.to_string()))?;
        Ok(Self(hash.format_for_version(bcrypt::Version::TwoB)))
    }

    /// A hash as it was stored.
    pub fn from_stored(hash: String) -> Self {
        Self(hash)
    }

    /// The text to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the password.
    pub fn matches(&self, password: &Secret) -> bool {
        bcrypt::verify(password.expose(), &self.0).unwrap_or(false)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Whether a password may be chosen: long enough to matter, short enough that bcrypt reads all of it.
pub(crate) fn is_acceptable(password: &Secret) -> bool {
    let text = password.expose();
    (MIN_LENGTH..=MAX_LENGTH).contains(&text.len()) && !text.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_matches_its_password_only() {
        let hash = PasswordHash::new(&Secret::new("correct horse"), 4, [7; 16]).unwrap();
        assert!(hash.as_str().starts_with("$2b$04$"));
        assert!(hash.matches(&Secret::new("correct horse")));
        assert!(!hash.matches(&Secret::new("correct hors")));
        assert!(!PasswordHash::from_stored("not a hash".to_owned()).matches(&Secret::new("x")));
    }

    #[test]
    fn the_length_is_counted_in_octets() {
        assert!(!is_acceptable(&Secret::new("1234567")));
        assert!(is_acceptable(&Secret::new("12345678")));
        assert!(is_acceptable(&Secret::new("é".repeat(36))));
        assert!(!is_acceptable(&Secret::new("é".repeat(37))));
        assert!(!is_acceptable(&Secret::new("12345678\0")));
    }
}
