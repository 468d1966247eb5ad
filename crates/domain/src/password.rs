//! Passwords: bcrypt with a configurable cost.

use std::fmt;

use protocol::Secret;

use crate::{Env, Failure};

/// The least length, in octets.
const MIN_LENGTH: usize = 8;
/// The greatest length, in octets: bcrypt reads no more.
const MAX_LENGTH: usize = 72;
/// The most common passwords that are long enough, one a line, in lower case: 10,000 of the list of zxcvbn 4.4.2
/// (Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc., MIT licence).
const COMMON: &str = include_str!("common_passwords.txt");

/// Why a password cannot be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProblem {
    /// Too short, or longer than bcrypt reads.
    Length,
    /// One of the most common ones, which are guessed first.
    Common,
    /// The name or the email address of its owner, which are guessed next.
    Own,
    /// The one that is to be replaced.
    Same,
}

/// A password that may be chosen.
#[derive(Debug)]
pub struct NewPassword(Secret);

impl NewPassword {
    /// Takes what somebody with this email address and these names typed.
    ///
    /// > the verifier SHALL compare the prospective secret against a blocklist that contains known commonly used, expected,
    /// > or compromised passwords ([NIST SP 800-63B-4 §3.1.1.2](https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver))
    pub fn choose(typed: &Secret, email: &str, given_name: &str, family_name: &str) -> Result<Self, PasswordProblem> {
        let text = typed.expose();
        if !(MIN_LENGTH..=MAX_LENGTH).contains(&text.len()) || text.contains('\0') {
            return Err(PasswordProblem::Length);
        }
        let folded = text.to_lowercase();
        if COMMON.lines().any(|common| common == folded) {
            return Err(PasswordProblem::Common);
        }
        let local = email.split('@').next().unwrap_or_default();
        let (first, last) = (given_name, family_name);
        let own = [email, local, first, last, &format!("{first}{last}"), &format!("{last}{first}")].map(letters);
        if own.contains(&letters(&folded)) {
            return Err(PasswordProblem::Own);
        }
        Ok(Self(typed.clone()))
    }

    /// Its hash, to be stored.
    pub(crate) fn hash<S>(&self, env: &Env<'_, S>) -> Result<PasswordHash, Failure> {
        PasswordHash::new(&self.0, env.settings.bcrypt_rounds()?, env.random_bytes())
    }
}

/// Letters and digits alone: punctuation hides nothing from who guesses.
fn letters(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A bcrypt hash in its usual text form.
#[derive(Clone)]
pub struct PasswordHash {
    text: String,
    is_temporary: bool,
}

impl PasswordHash {
    /// Hashes a password of an acceptable length with this cost.
    pub fn new(password: &Secret, rounds: u32, salt: [u8; 16]) -> Result<Self, Failure> {
        let hash = bcrypt::hash_with_salt(password.expose(), rounds, salt)
            .map_err(|error| Failure::Internal(error.to_string()))?;
        Ok(Self::from_stored(hash.format_for_version(bcrypt::Version::TwoB)))
    }

    /// A hash as it was stored.
    pub fn from_stored(hash: String) -> Self {
        Self { text: hash, is_temporary: false }
    }

    /// A hash that another system has made: bcrypt of any of its versions but `$2x$`, which hashed wrongly, at a cost that
    /// a sign-in can wait for.
    pub fn import(hash: String) -> Option<Self> {
        let parts: bcrypt::HashParts = hash.parse().ok()?;
        let is_known = ["$2a$", "$2b$", "$2y$"].iter().any(|version| hash.starts_with(version));
        (is_known && (4..=16).contains(&parts.get_cost())).then(|| Self::from_stored(hash))
    }

    /// The same of a password that somebody else has made, if it is one.
    pub fn temporary(self, is_temporary: bool) -> Self {
        Self { is_temporary, ..self }
    }

    /// Whether its user must choose another one before they are signed in.
    pub fn is_temporary(&self) -> bool {
        self.is_temporary
    }

    /// The text to store.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this is the password.
    pub fn matches(&self, password: &Secret) -> bool {
        bcrypt::verify(password.expose(), &self.text).unwrap_or(false)
    }

    /// The same after the work of a hash of this cost, if this is one of a lower cost, such as another system may have made:
    /// the time that it takes does not tell it from one that is not there.
    pub(crate) fn matches_after(&self, rounds: u32, password: &Secret) -> Result<bool, Failure> {
        match self.text.parse::<bcrypt::HashParts>() {
            Ok(parts) => missing(parts.get_cost(), rounds).try_for_each(|cost| spend(cost, [0; 16]))?,
            Err(_) => spend(rounds, [0; 16])?,
        }
        Ok(self.matches(password))
    }
}

/// Does the work of hashing a password at this cost, where there is none.
pub(crate) fn spend(rounds: u32, salt: [u8; 16]) -> Result<(), Failure> {
    PasswordHash::new(&Secret::new("spin-auth"), rounds, salt).map(drop)
}

/// The costs whose work, with that of the lower one, is that of the higher one: a step up doubles it.
fn missing(lower: u32, higher: u32) -> std::ops::Range<u32> {
    lower..higher
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
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
    fn a_bcrypt_hash_of_another_system_is_kept_and_nothing_else_is_one() {
        let hash = PasswordHash::new(&Secret::new("correct horse"), 4, [7; 16]).unwrap();
        for version in ["$2a$04$", "$2b$04$", "$2y$04$"] {
            let text = hash.as_str().replace("$2b$04$", version);
            let imported = PasswordHash::import(text.clone()).unwrap();
            assert!(imported.as_str() == text && imported.matches(&Secret::new("correct horse")), "{version}");
        }
        let changed = |from: &str, to: &str| hash.as_str().replace(from, to);
        for other in [
            changed("$2b$", "$2x$"),
            changed("$04$", "$03$"),
            changed("$04$", "$17$"),
            format!("{}A", hash.as_str()),
            hash.as_str()[..59].to_owned(),
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$K3L5gqd8SdRhdYkXqJsqZw".to_owned(),
            "$2b$04$éééééééééééééééééééééééééééé".to_owned(),
            String::new(),
        ] {
            assert!(PasswordHash::import(other.clone()).is_none(), "{other}");
        }
    }

    #[test]
    fn what_a_lower_cost_leaves_out_is_spent() {
        let work = |cost: u32| 1_u64 << cost;
        for (lower, higher) in [(4, 10), (9, 10), (10, 10), (12, 10)] {
            let spent: u64 = missing(lower, higher).map(work).sum();
            assert_eq!(work(lower) + spent, work(lower.max(higher)), "{lower} {higher}");
        }
        let hash = PasswordHash::new(&Secret::new("correct horse"), 4, [7; 16]).unwrap();
        for rounds in [4, 5, 6] {
            assert!(hash.matches_after(rounds, &Secret::new("correct horse")).unwrap());
            assert!(!hash.matches_after(rounds, &Secret::new("correct hors")).unwrap());
        }
        assert!(!PasswordHash::from_stored("not a hash".to_owned()).matches_after(5, &Secret::new("x")).unwrap());
    }

    fn problem(typed: &str) -> Option<PasswordProblem> {
        NewPassword::choose(&Secret::new(typed), "countess.ada@example.org", "Ada", "Lovelace").err()
    }

    #[test]
    fn the_length_is_counted_in_octets() {
        assert_eq!(problem("zq7-xk2"), Some(PasswordProblem::Length));
        assert_eq!(problem("zq7-xk2v"), None);
        assert_eq!(problem(&"é".repeat(36)), None);
        assert_eq!(problem(&"é".repeat(37)), Some(PasswordProblem::Length));
        assert_eq!(problem("zq7-xk2v\0"), Some(PasswordProblem::Length));
    }

    #[test]
    fn a_common_password_is_refused_whatever_its_case() {
        for common in ["password", "PassWord1", "12345678", "qwertyuiop", "iloveyou", "trustno1"] {
            assert_eq!(problem(common), Some(PasswordProblem::Common), "{common}");
        }
    }

    #[test]
    fn names_and_the_address_of_its_owner_are_no_password() {
        for own in
            ["Ada Lovelace", "lovelace", "LovelaceAda", "ada-lovelace", "countess.ada", "Countess.Ada@example.org"]
        {
            assert_eq!(problem(own), Some(PasswordProblem::Own), "{own}");
        }
        assert_eq!(problem("lovelace walks at dawn"), None);
    }

    #[test]
    fn the_list_has_what_could_be_chosen_otherwise_in_the_form_that_is_compared() {
        assert_eq!(COMMON.lines().count(), 10_000);
        assert!(COMMON.lines().all(|line| line.len() >= MIN_LENGTH && line == line.to_lowercase()));
    }
}
