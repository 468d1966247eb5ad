//! `request_uri` of a pushed authorization request, [RFC 9126 §2.2](https://www.rfc-editor.org/rfc/rfc9126#section-2.2).

use crate::secret::{SecretHash, base64url, from_base64url};

/// "This URI MUST […] contain a part generated using a cryptographically strong pseudorandom algorithm" (§7.1); its form is
/// the one that the specification suggests.
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// The name of a pushed request, which only its client knows.
#[derive(Clone)]
pub struct RequestUri(String);

impl RequestUri {
    /// The name of these random octets.
    pub fn new(random: &[u8; 32]) -> Self {
        Self(format!("{PREFIX}{}", base64url(random)))
    }

    /// Reads a name as this server makes them; `None` for any other.
    pub fn parse(text: &str) -> Option<Self> {
        let octets = from_base64url(text.strip_prefix(PREFIX)?)?;
        (octets.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The name in clear.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.0.as_bytes())
    }
}

impl std::fmt::Debug for RequestUri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RequestUri(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_form_are_read() {
        let uri = RequestUri::new(&[7; 32]);
        assert!(RequestUri::parse(uri.as_str()).unwrap().hash().matches(&uri.hash()));
        assert!(!format!("{uri:?}").contains("BwcH"));
        for bad in ["", PREFIX, "https://app.example/request", &format!("{}A", uri.as_str()), &uri.as_str()[1..]] {
            assert!(RequestUri::parse(bad).is_none(), "{bad}");
        }
    }
}
