//! Scopes, [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3).

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// `openid`: asks for an ID token ([OIDC Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
pub const OPENID: &str = "openid";
/// `profile`: names and user ID at userinfo.
pub const PROFILE: &str = "profile";
/// `email`: the email address at userinfo.
pub const EMAIL: &str = "email";
/// `address`: the postal address at userinfo.
pub const ADDRESS: &str = "address";
/// `phone`: the telephone number at userinfo.
pub const PHONE: &str = "phone";
/// `offline_access`: a refresh token ([OIDC Core §11](https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess)).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// The scopes that speak of a user, as discovery lists them.
pub const OF_USERS: [&str; 6] = [OPENID, PROFILE, EMAIL, ADDRESS, PHONE, OFFLINE_ACCESS];

/// A set of scope tokens in the order in which they were first named.
///
/// ```abnf
/// scope       = scope-token *( SP scope-token )
/// scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Scope(Vec<String>);

/// The text is not a scope by the ABNF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidScope;

impl fmt::Display for InvalidScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a scope: tokens of printable ASCII without quote and backslash, separated by one space")
    }
}

impl Scope {
    /// Parses by the ABNF. The order is kept, repetition is dropped.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        let mut tokens: Vec<String> = Vec::new();
        for token in text.split(' ') {
            if token.is_empty() || !token.bytes().all(is_scope_char) {
                return Err(InvalidScope);
            }
            if !tokens.iter().any(|known| known == token) {
                tokens.push(token.to_owned());
            }
        }
        Ok(Self(tokens))
    }

    /// The tokens in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether this token is in the set.
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|known| known == token)
    }

    /// Whether every token of this set is in the other.
    pub fn is_within(&self, other: &Self) -> bool {
        self.iter().all(|token| other.contains(token))
    }

    /// Adds tokens of this server's own scopes that are not there yet.
    pub fn extend(&mut self, tokens: impl Iterator<Item = &'static str>) {
        for token in tokens {
            if !self.contains(token) {
                self.0.push(token.to_owned());
            }
        }
    }

    /// Whether no token is in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn is_scope_char(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().enumerate().try_for_each(|(at, token)| {
            f.write_str(if at == 0 { "" } else { " " })?;
            f.write_str(token)
        })
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Takes tokens of another scope.
impl<'a> FromIterator<&'a str> for Scope {
    fn from_iter<T: IntoIterator<Item = &'a str>>(tokens: T) -> Self {
        Self(tokens.into_iter().map(str::to_owned).collect())
    }
}

impl TryFrom<String> for Scope {
    type Error = InvalidScope;

    fn try_from(text: String) -> Result<Self, InvalidScope> {
        if text.is_empty() { Ok(Self::default()) } else { Self::parse(&text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_keeps_its_order_and_drops_repetition() {
        let scope = Scope::parse("openid api:read openid email").unwrap();
        assert_eq!(scope.to_string(), "openid api:read email");
    }

    #[test]
    fn characters_outside_the_abnf_are_refused() {
        for text in ["", " openid", "openid ", "a  b", "a\"b", "a\\b", "a\tb", "a\nb", "é"] {
            assert_eq!(Scope::parse(text), Err(InvalidScope), "{text:?}");
        }
    }

    #[test]
    fn a_scope_is_within_another_only_when_every_token_is() {
        let granted = Scope::parse("openid email").unwrap();
        assert!(Scope::parse("email").unwrap().is_within(&granted));
        assert!(!Scope::parse("email profile").unwrap().is_within(&granted));
        assert!(!Scope::parse("mail").unwrap().is_within(&granted));
    }
}
