//! Users: who can sign in.

use std::fmt;

use protocol::{Timestamp, standard_claims::StandardClaims};

pub use crate::password::PasswordHash;
use crate::{By, Id, StorageError};

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessLevel {
    /// Everything a user may, and administer this server.
    Admin,
    /// Sign in and use applications.
    User,
    /// Nothing: every session, token and refresh token is dead with the next request.
    Suspended,
}

impl AccessLevel {
    /// The name in the `access_level` claim, in storage and in the admin API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
            Self::Suspended => "suspended",
        }
    }

    /// The level of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Admin, Self::User, Self::Suspended].into_iter().find(|level| level.as_str() == name)
    }
}

/// An email address in lower case: the name that people sign in with.
///
/// Only what can never be an address is refused; whether mail arrives is for the mail to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Reads an address that somebody typed.
    pub fn parse(typed: &str) -> Option<Self> {
        let address = typed.trim().to_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        let fits = !local.is_empty() && local.len() <= 64 && !domain.is_empty() && address.len() <= 254;
        let clean =
            !address.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | ',' | ';'));
        let domain_is_sane = !domain.starts_with(['.', '-']) && !domain.ends_with(['.', '-']) && !domain.contains("..");
        (fits && clean && domain_is_sane && !local.contains('@')).then_some(Self(address))
    }

    /// The address in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Somebody who can sign in.
#[derive(Debug, Clone)]
pub struct User {
    /// The public `sub`, and what pairwise ones are made from: never changes, never reused.
    pub id: Id,
    /// The `user_id` claim: initials and digits, such as `JD-7392`, for people to read out.
    pub user_id: String,
    /// Unique among users.
    pub email: String,
    /// Whether somebody has shown that mail to the address reaches the user.
    pub email_verified: bool,
    /// First name.
    pub given_name: String,
    /// Last name; may be empty.
    pub family_name: String,
    /// What the user may do.
    pub access_level: AccessLevel,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
    /// What else is known of the user.
    pub claims: StandardClaims,
}

impl User {
    /// Both names, as the `name` claim has them.
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name).trim().to_owned()
    }
}

/// A user ID of these initials and digits. Four digits at first, one more with every third attempt, so that a common
/// pair of initials never runs out.
pub fn user_id(given_name: &str, family_name: &str, attempt: u32, random: [u8; 8]) -> String {
    let initial = |name: &str| name.chars().find(char::is_ascii_alphabetic).map_or('X', |c| c.to_ascii_uppercase());
    let digits = (4 + attempt / 3).min(12);
    let number = u64::from_be_bytes(random) % 10_u64.pow(digits);
    format!("{}{}-{number:0width$}", initial(given_name), initial(family_name), width = digits as usize)
}

/// Storage of users.
pub trait Users {
    /// Adds a user with this password and writes it to the audit log, in one act. `false` where the email address or the
    /// user ID is taken; then nothing has changed.
    async fn add_user(&self, by: &By, user: &User, password: &PasswordHash) -> Result<bool, StorageError>;

    /// The user of this email address and the password's hash, suspended ones too.
    async fn user_by_email(&self, email: &Email) -> Result<Option<(User, PasswordHash)>, StorageError>;

    /// The user of this identifier and the password's hash, suspended ones too.
    async fn user_by_id(&self, id: Id) -> Result<Option<(User, PasswordHash)>, StorageError>;

    /// Replaces the user's password, which must be the first of these, by one that they chose; whether it was. In the same
    /// act all of their sessions end, and it is written to the audit log.
    async fn set_password(&self, id: Id, from: &PasswordHash, to: &PasswordHash, by: &By)
    -> Result<bool, StorageError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_lower_case() {
        assert_eq!(Email::parse(" Ada@Example.ORG ").unwrap().as_str(), "ada@example.org");
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        for typed in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "a b@example.org",
            "a@b@example.org",
            "ada@.org",
            "ada@x..y",
            "<ada@example.org>",
            "a\n@b.c",
        ] {
            assert_eq!(Email::parse(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn a_user_id_is_initials_and_at_least_four_digits() {
        assert_eq!(user_id("jane", "Doe", 0, 7392_u64.to_be_bytes()), "JD-7392");
        assert_eq!(user_id("Élodie", "", 0, 42_u64.to_be_bytes()), "LX-0042");
        assert_eq!(user_id("王", "明", 3, 12_345_u64.to_be_bytes()), "XX-12345");
    }
}
