//! Public keys of clients: JSON Web Keys and their sets, [RFC 7517](https://www.rfc-editor.org/rfc/rfc7517).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    jws::JwsAlgorithm,
    secret::{base64url, from_base64url},
};

/// More keys than a client needs while it rotates them.
const MAX_KEYS: usize = 32;
/// The longest `kid`, in octets.
const MAX_KID: usize = 256;
/// The sizes of an RSA modulus in octets: "A key of size 2048 bits or larger MUST be used" (RFC 7518 §3.3); what is above
/// 4096 bits only costs time.
const RSA_OCTETS: std::ops::RangeInclusive<usize> = 256..=512;
/// 65537, the exponent of every RSA key in use.
const RSA_EXPONENT: &str = "AQAB";
/// Members that only private and symmetric keys have ([RFC 7518 §6](https://www.rfc-editor.org/rfc/rfc7518#section-6)).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA of 2048 to 4096 bits with the exponent 65537.
    Rsa {
        /// The modulus, without leading zeros.
        n: Vec<u8>,
    },
    /// A point on P-256, which may not be on the curve.
    P256 {
        /// Its first coordinate.
        x: [u8; 32],
        /// Its second coordinate.
        y: [u8; 32],
    },
    /// Ed25519 ([RFC 8037 §2](https://www.rfc-editor.org/rfc/rfc8037#section-2)).
    Ed25519 {
        /// The public key.
        x: [u8; 32],
    },
}

/// A public key for signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Jwk {
    /// Its name.
    pub kid: Option<String>,
    /// The only algorithm it is for, if it says so.
    pub alg: Option<JwsAlgorithm>,
    /// The key itself.
    pub key: PublicKey,
}

/// Why something is no public key for signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwkError {
    /// It has a part that only its owner may have.
    Private,
    /// It is malformed, or of a kind that is not supported here.
    Unusable,
}

impl std::fmt::Display for JwkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Private => "a private or symmetric key",
            Self::Unusable => "a key that is malformed or not supported",
        })
    }
}

impl Jwk {
    /// Whether signatures by this algorithm may be verified with it.
    pub fn fits(&self, algorithm: JwsAlgorithm) -> bool {
        self.alg.is_none_or(|only| only == algorithm)
            && match self.key {
                PublicKey::Rsa { .. } => matches!(algorithm, JwsAlgorithm::RS256 | JwsAlgorithm::PS256),
                PublicKey::P256 { .. } => algorithm == JwsAlgorithm::ES256,
                PublicKey::Ed25519 { .. } => algorithm == JwsAlgorithm::EdDSA,
            }
    }

    /// The thumbprint by SHA-256, in base64url ([RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3)).
    pub fn thumbprint(&self) -> String {
        // "containing only the required members of a JWK representing the key and with no whitespace or line breaks
        // before or after any syntactic elements and with the required members ordered lexicographically": serde_json's
        // maps are ordered so.
        base64url(&Sha256::digest(Value::Object(self.key.members()).to_string()))
    }
}

impl PublicKey {
    fn members(&self) -> Map<String, Value> {
        let members = match self {
            Self::Rsa { n } => json!({"e": RSA_EXPONENT, "kty": "RSA", "n": base64url(n)}),
            Self::P256 { x, y } => json!({"crv": "P-256", "kty": "EC", "x": base64url(x), "y": base64url(y)}),
            Self::Ed25519 { x } => json!({"crv": "Ed25519", "kty": "OKP", "x": base64url(x)}),
        };
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }
}

impl TryFrom<Value> for Jwk {
    type Error = JwkError;

    fn try_from(jwk: Value) -> Result<Self, JwkError> {
        // "The JWK […] MUST NOT contain a private key" stands wherever a public key is asked for (RFC 9449 §4.2).
        if PRIVATE.into_iter().any(|name| jwk.get(name).is_some()) {
            return Err(JwkError::Private);
        }
        read(&jwk).ok_or(JwkError::Unusable)
    }
}

impl From<Jwk> for Value {
    fn from(jwk: Jwk) -> Self {
        let mut members = jwk.key.members();
        members.extend(jwk.kid.map(|kid| ("kid".to_owned(), Self::String(kid))));
        members.extend(jwk.alg.map(|alg| ("alg".to_owned(), json!(alg))));
        Self::Object(members)
    }
}

/// Reads the members that are known: "Additional members can be present in the JWK; if not understood by implementations
/// encountering them, they MUST be ignored." (RFC 7517 §4)
fn read(jwk: &Value) -> Option<Jwk> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let octets = |name: &str| from_base64url(text(name)?);
    let coordinate = |name: &str| octets(name)?.try_into().ok();
    if jwk.get("use").is_some_and(|usage| usage != "sig") {
        return None;
    }
    let verifies = |operations: &Value| operations.as_array().is_some_and(|all| all.iter().any(|one| one == "verify"));
    if jwk.get("key_ops").is_some_and(|operations| !verifies(operations)) {
        return None;
    }
    let key = match (text("kty")?, text("crv")) {
        ("RSA", _) => {
            let n = octets("n")
                .filter(|n| RSA_OCTETS.contains(&n.len()) && n.first().is_some_and(|octet| *octet >= 128))?;
            (text("e")? == RSA_EXPONENT && n.last()? % 2 == 1).then_some(PublicKey::Rsa { n })?
        }
        ("EC", Some("P-256")) => PublicKey::P256 { x: coordinate("x")?, y: coordinate("y")? },
        ("OKP", Some("Ed25519")) => PublicKey::Ed25519 { x: coordinate("x")? },
        _ => return None,
    };
    let kid = match jwk.get("kid") {
        Some(kid) => Some(kid.as_str().filter(|kid| kid.len() <= MAX_KID)?.to_owned()),
        None => None,
    };
    let alg = match jwk.get("alg") {
        Some(alg) => Some(JwsAlgorithm::deserialize(alg).ok()?),
        None => None,
    };
    let jwk = Jwk { kid, alg, key };
    jwk.alg.is_none_or(|alg| jwk.fits(alg)).then_some(jwk)
}

/// A set of public keys ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)), as a client registers or publishes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct JwkSet {
    /// Those of its keys that can be used here.
    pub keys: Vec<Jwk>,
}

impl TryFrom<Value> for JwkSet {
    type Error = JwkError;

    /// > Implementations SHOULD ignore JWKs within a JWK Set that use "kty" (key type) values that are not understood by
    /// > them, that are missing required members, or for which values are out of the supported ranges. (RFC 7517 §5)
    ///
    /// A private key spoils the whole set: its owner must learn of it.
    fn try_from(mut set: Value) -> Result<Self, JwkError> {
        let keys = match set.get_mut("keys").map(Value::take) {
            Some(Value::Array(keys)) if keys.len() <= MAX_KEYS => keys,
            _ => return Err(JwkError::Unusable),
        };
        let mut usable = Vec::new();
        for key in keys {
            match Jwk::try_from(key) {
                Ok(key) => usable.push(key),
                Err(JwkError::Unusable) => {}
                Err(JwkError::Private) => return Err(JwkError::Private),
            }
        }
        Ok(Self { keys: usable })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [RFC 7638 §3.1](https://www.rfc-editor.org/rfc/rfc7638#section-3.1)
    const RSA: &str = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
    /// [RFC 8037 appendix A.2](https://www.rfc-editor.org/rfc/rfc8037#appendix-A.2)
    const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    /// [RFC 9449 §4.1](https://www.rfc-editor.org/rfc/rfc9449#section-4.1)
    const P256: &str = r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}"#;

    fn key(json: &str) -> Result<Jwk, JwkError> {
        Jwk::try_from(serde_json::from_str::<Value>(json).unwrap())
    }

    /// The key with this member put in or replaced.
    fn with(json: &str, name: &str, value: Value) -> Result<Jwk, JwkError> {
        let mut jwk: Value = serde_json::from_str(json).unwrap();
        jwk[name] = value;
        Jwk::try_from(jwk)
    }

    #[test]
    fn thumbprints_are_those_of_the_specifications() {
        assert_eq!(key(RSA).unwrap().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!(key(ED25519).unwrap().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(key(P256).unwrap().thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }

    #[test]
    fn a_key_is_for_the_algorithms_of_its_kind_or_the_one_that_it_names() {
        let fitting = |json: &str| {
            let jwk = key(json).unwrap();
            JwsAlgorithm::PUBLIC_KEY.into_iter().filter(|algorithm| jwk.fits(*algorithm)).collect::<Vec<_>>()
        };
        assert_eq!(fitting(RSA), [JwsAlgorithm::RS256]);
        assert_eq!(fitting(P256), [JwsAlgorithm::ES256]);
        assert_eq!(fitting(ED25519), [JwsAlgorithm::EdDSA]);
        for alg in [JwsAlgorithm::HS256, JwsAlgorithm::Unsecured] {
            assert!([RSA, P256, ED25519].into_iter().all(|json| !key(json).unwrap().fits(alg)));
        }
    }

    #[test]
    fn a_private_or_symmetric_key_is_refused_and_not_merely_ignored() {
        for name in PRIVATE {
            assert_eq!(with(P256, name, json!("AA")), Err(JwkError::Private), "{name}");
        }
        let set = format!(r#"{{"keys":[{P256},{{"kty":"oct","k":"AA"}}]}}"#);
        assert!(serde_json::from_str::<JwkSet>(&set).is_err());
    }

    #[test]
    fn what_cannot_verify_here_is_unusable() {
        for (json, name, value) in [
            (RSA, "e", json!("Aw")),
            (RSA, "n", json!("AQAB")),
            (RSA, "alg", json!("RSA-OAEP")),
            (RSA, "alg", json!("HS256")),
            (RSA, "alg", json!("none")),
            (RSA, "use", json!("enc")),
            (RSA, "key_ops", json!(["wrapKey"])),
            (RSA, "kid", json!(1)),
            (RSA, "kid", json!("k".repeat(MAX_KID + 1))),
            (P256, "crv", json!("P-384")),
            (P256, "x", json!("AA")),
            (P256, "y", json!(null)),
            (ED25519, "crv", json!("X25519")),
            (ED25519, "kty", json!("AKP")),
        ] {
            assert_eq!(with(json, name, value.clone()), Err(JwkError::Unusable), "{name} {value}");
        }
        assert!(with(P256, "x5t", json!("unknown")).is_ok() && with(P256, "key_ops", json!(["verify"])).is_ok());
    }

    #[test]
    fn a_set_keeps_what_it_can_use_and_is_written_as_it_was_read() {
        let text = format!(r#"{{"keys":[{RSA},{{"kty":"quantum"}},{P256},7]}}"#);
        let set: JwkSet = serde_json::from_str(&text).unwrap();
        assert_eq!(set.keys.iter().map(|key| key.kid.as_deref()).collect::<Vec<_>>(), [Some("2011-04-29"), None]);
        let written = serde_json::to_string(&set).unwrap();
        assert_eq!(serde_json::from_str::<JwkSet>(&written).unwrap(), set);
        for bad in [r#"{}"#, r#"[]"#, r#"{"keys":{}}"#, &format!(r#"{{"keys":[{}7]}}"#, "7,".repeat(MAX_KEYS))] {
            assert!(serde_json::from_str::<JwkSet>(bad).is_err(), "{bad}");
        }
    }
}
