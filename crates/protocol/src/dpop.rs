//! Demonstrating proof of possession (DPoP), [RFC 9449](https://www.rfc-editor.org/rfc/rfc9449).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Timestamp,
    jwk::Jwk,
    jwt::numeric_date,
    secret::{base64url, from_base64url},
};

/// The `typ` of a proof ([§4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)).
pub const TYP: &str = "dpop+jwt";

/// `jkt`: the thumbprint by SHA-256 of a public key ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)), in base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Thumbprint(String);

impl Thumbprint {
    /// Reads a thumbprint; `None` for what cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        from_base64url(text).filter(|octets| octets.len() == 32).map(|_| Self(text.to_owned()))
    }

    /// The thumbprint of this key.
    pub fn of(key: &Jwk) -> Self {
        Self(key.thumbprint())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Thumbprint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        Self::parse(&text).ok_or("not the thumbprint of a key")
    }
}

impl From<Thumbprint> for String {
    fn from(thumbprint: Thumbprint) -> Self {
        thumbprint.0
    }
}

/// `cnf`: the key that a token is bound to ([§6](https://www.rfc-editor.org/rfc/rfc9449#section-6)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Its thumbprint.
    pub jkt: Thumbprint,
}

/// What a proof says ([§4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)).
#[derive(Debug, Deserialize)]
pub struct ProofClaims {
    /// Its name, which no other proof of this key has.
    pub jti: String,
    /// The method of the request.
    pub htm: String,
    /// The URL of the request.
    pub htu: String,
    /// When it was made.
    #[serde(default, deserialize_with = "numeric_date")]
    pub iat: Option<Timestamp>,
    /// The hash of the access token that the request brings along.
    pub ath: Option<String>,
    /// What the server gave to put in.
    pub nonce: Option<String>,
}

/// `ath`: "the base64url encoding […] of the SHA-256 hash of the ASCII encoding of the associated access token's value".
pub fn ath(access_token: &str) -> String {
    base64url(&Sha256::digest(access_token))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::{Jws, JwsAlgorithm};

    /// The proofs of [§4.1](https://www.rfc-editor.org/rfc/rfc9449#section-4.1) and [§7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1).
    const AT_TOKEN_ENDPOINT: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

    #[test]
    fn the_proof_of_the_specification_is_read_and_its_key_has_the_thumbprint_of_the_specification() {
        let jws = Jws::parse(AT_TOKEN_ENDPOINT).unwrap();
        assert!(jws.is_of_type(TYP) && jws.header.alg == JwsAlgorithm::ES256);
        let key = Jwk::try_from(jws.header.jwk.clone().unwrap()).unwrap();
        assert_eq!(Thumbprint::of(&key).as_str(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        let claims: ProofClaims = jws.claims().unwrap();
        assert_eq!((claims.jti.as_str(), claims.htm.as_str()), ("-BwC3ESc6acc2lTc", "POST"));
        assert_eq!(
            (claims.htu.as_str(), claims.iat),
            ("https://server.example.com/token", Some(Timestamp(1_562_262_616)))
        );
        assert!(claims.ath.is_none() && claims.nonce.is_none());
    }

    #[test]
    fn ath_is_that_of_the_specification() {
        // §7.1
        let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
        assert_eq!(ath(token), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    }

    #[test]
    fn only_32_octets_are_a_thumbprint() {
        assert!(Thumbprint::parse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I").is_some());
        for bad in
            ["", "AAAA", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I=", "0ZcOCORZNYy+DWpqq30jZyJGHTN0d2HglBV3uiguA4I"]
        {
            assert!(Thumbprint::parse(bad).is_none(), "{bad}");
        }
    }
}
