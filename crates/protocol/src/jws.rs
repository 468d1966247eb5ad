//! Signed JSON: JWS in its compact serialization, [RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1), with
//! the algorithms of [RFC 7518 §3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1) that are read here. Nothing here
//! verifies: that takes a key.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{client_metadata::SigningAlgorithm, secret::from_base64url};

/// More than any JWT has that this server reads, in octets.
pub const MAX_LENGTH: usize = 16 * 1024;

/// `alg`: how a JWS is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum JwsAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// Ed25519 ([RFC 8037 §3.1](https://www.rfc-editor.org/rfc/rfc8037#section-3.1)); `Ed25519` is its other name
    /// ([RFC 9864 §2.2](https://www.rfc-editor.org/rfc/rfc9864#section-2.2)).
    #[serde(alias = "Ed25519")]
    EdDSA,
    /// HMAC with SHA-256.
    HS256,
    /// Not secured ([RFC 7518 §3.6](https://www.rfc-editor.org/rfc/rfc7518#section-3.6)). No key verifies it.
    #[serde(rename = "none")]
    Unsecured,
}

impl JwsAlgorithm {
    /// The algorithms of public keys.
    pub const PUBLIC_KEY: [Self; 4] = [Self::RS256, Self::PS256, Self::ES256, Self::EdDSA];
    /// The algorithms that prove something, as discovery lists them for clients that authenticate by JWT.
    pub const PROVING: [Self; 5] = [Self::RS256, Self::PS256, Self::ES256, Self::EdDSA, Self::HS256];
}

impl From<SigningAlgorithm> for JwsAlgorithm {
    fn from(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::RS256 => Self::RS256,
            SigningAlgorithm::ES256 => Self::ES256,
            SigningAlgorithm::EdDSA => Self::EdDSA,
        }
    }
}

/// The header of a JWS ([RFC 7515 §4.1](https://www.rfc-editor.org/rfc/rfc7515#section-4.1)), as far as it is used. All of it
/// is what the sender says.
#[derive(Debug, Clone, Deserialize)]
pub struct Header {
    /// How it is secured.
    pub alg: JwsAlgorithm,
    /// What kind of object it is.
    pub typ: Option<String>,
    /// By which key.
    pub kid: Option<String>,
    /// The key itself, where the sender brings it along.
    pub jwk: Option<Value>,
    crit: Option<Value>,
}

/// A JWS that has been taken apart and not yet verified.
#[derive(Debug)]
pub struct Jws<'a> {
    /// What it says about itself.
    pub header: Header,
    /// The octets that are signed.
    pub signed: &'a [u8],
    /// The signature or the MAC.
    pub signature: Vec<u8>,
    payload: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Takes a compact JWS apart; `None` for anything that is none, or that needs what is not supported here.
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let header: Header = serde_json::from_slice(&from_base64url(header)?).ok()?;
        // "If any of the listed extension Header Parameters are not understood and supported by the recipient, then the
        // JWS is invalid." (RFC 7515 §4.1.11) None is, and the list may not be empty.
        if header.crit.is_some() {
            return None;
        }
        let (signature, payload) = (from_base64url(signature)?, from_base64url(payload)?);
        Some(Self { header, signed: signed.as_bytes(), signature, payload })
    }

    /// Whether it says that it is of this type. "a recipient using the media type value MUST treat it as if
    /// "application/" were prepended to any "typ" value not containing a '/'" (RFC 7515 §4.1.9)
    pub fn is_of_type(&self, typ: &str) -> bool {
        let told = self.header.typ.as_deref().unwrap_or_default();
        let told = match told.split_at_checked("application/".len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
            _ => told,
        };
        told.eq_ignore_ascii_case(typ)
    }

    /// What it says: a JSON object with the members of `C`.
    pub fn claims<C: DeserializeOwned>(&self) -> Option<C> {
        serde_json::from_slice(&self.payload).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::secret::base64url;

    fn jws(header: Value) -> String {
        format!("{}.{}.AA", base64url(header.to_string().as_bytes()), base64url(br#"{"iss":"a"}"#))
    }

    #[test]
    fn a_jws_comes_apart() {
        let text = jws(json!({"alg": "ES256", "typ": "JWT", "kid": "1", "unknown": [1]}));
        let read = Jws::parse(&text).unwrap();
        assert_eq!((read.header.alg, read.header.kid.as_deref()), (JwsAlgorithm::ES256, Some("1")));
        assert_eq!((read.signed, &read.signature[..]), (text.strip_suffix(".AA").unwrap().as_bytes(), &[0][..]));
        assert_eq!(read.claims::<Value>().unwrap(), json!({"iss": "a"}));
        assert!(read.claims::<String>().is_none());
    }

    #[test]
    fn what_is_broken_or_unknown_is_none() {
        let good = jws(json!({"alg": "ES256"}));
        assert!(Jws::parse(&good).is_some());
        for bad in [
            jws(json!({"alg": "ES512"})),
            jws(json!({"alg": "None"})),
            jws(json!({"typ": "JWT"})),
            jws(json!({"alg": "ES256", "kid": 1})),
            jws(json!(["ES256"])),
            format!("{good}.AA"),
            format!("{good}="),
            good.replace(".AA", ""),
            good.replacen('.', ".!", 1),
            String::new(),
            "..".to_owned(),
        ] {
            assert!(Jws::parse(&bad).is_none(), "{bad}");
        }
        assert!(Jws::parse(&format!("{good}{}", "A".repeat(MAX_LENGTH))).is_none());
        let twice = format!("{}.e30.AA", base64url(br#"{"alg":"none","alg":"ES256"}"#));
        assert!(Jws::parse(&twice).is_none(), "two readers could see two algorithms");
    }

    #[test]
    fn no_critical_extension_is_understood() {
        for crit in [json!(["b64"]), json!([]), json!("exp")] {
            assert!(Jws::parse(&jws(json!({"alg": "ES256", "crit": crit}))).is_none());
        }
    }

    #[test]
    fn a_type_is_compared_as_a_media_type() {
        for (typ, is) in [
            ("dpop+jwt", true),
            ("DPoP+JWT", true),
            ("Application/dpop+jwt", true),
            ("JWT", false),
            ("x/dpop+jwt", false),
        ] {
            let text = jws(json!({"alg": "ES256", "typ": typ}));
            assert_eq!(Jws::parse(&text).unwrap().is_of_type("dpop+jwt"), is, "{typ}");
        }
        assert!(!Jws::parse(&jws(json!({"alg": "ES256"}))).unwrap().is_of_type("JWT"));
    }
}
