//! Signing keys that the operator gives, instead of those that are made here.

use jwt_simple::prelude::{ES256PublicKey, Ed25519PublicKey, RS256KeyPair};
use protocol::{Secret, Timestamp, client_metadata::SigningAlgorithm, secret::from_base64url};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{SigningKey, ed25519, es256};
use crate::SettingError;

#[derive(Deserialize)]
struct PrivateKeySet {
    keys: Vec<Value>,
}

/// Reads the setting `signing_keys`: a JWK Set of private keys ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)),
/// at least one for each algorithm, each with its `alg`. The first of an algorithm signs; the others are only published.
pub(super) fn parse(setting: &Secret) -> Result<Vec<SigningKey>, SettingError> {
    let refuse = |problem| SettingError { name: "signing_keys", problem };
    let set: PrivateKeySet =
        serde_json::from_str(setting.expose()).map_err(|_| refuse("must be a JWK Set with private keys, as JSON"))?;
    let mut keys = Vec::new();
    // The newest key of a ring comes last.
    for jwk in set.keys.iter().rev() {
        let algorithm = SigningAlgorithm::ALL
            .into_iter()
            .find(|known| jwk.get("alg").and_then(Value::as_str) == Some(known.as_str()));
        let algorithm = algorithm.ok_or(refuse("has a key whose alg is not RS256, ES256 or EdDSA"))?;
        let (private, public_jwk) =
            read(algorithm, &jwk.to_string()).ok_or(refuse("has a key that is broken, weak or not private"))?;
        keys.push(SigningKey::new(algorithm, 0, private, public_jwk, Timestamp(0)));
    }
    match SigningAlgorithm::ALL.iter().all(|algorithm| keys.iter().any(|key| key.algorithm == *algorithm)) {
        true => Ok(keys),
        false => Err(refuse("must have a key for each of RS256, ES256 and EdDSA")),
    }
}

/// The private octets as [`SigningKey`] keeps them, and the public JWK.
fn read(algorithm: SigningAlgorithm, jwk: &str) -> Option<(Vec<u8>, String)> {
    Some(match algorithm {
        SigningAlgorithm::RS256 => {
            let pair = RS256KeyPair::from_jwk(jwk).ok()?;
            (pair.to_der().ok()?, pair.public_key().with_key_id(&pair.jwk_thumbprint()).to_jwk())
        }
        // jwt-simple reads the public members and says what must be the public key of the private one.
        SigningAlgorithm::ES256 => {
            let (private, public) = split(jwk)?;
            let public = ES256PublicKey::from_jwk(&public).ok()?;
            let kid = public.jwk_thumbprint();
            es256::from_number(&private).ok().filter(|(_, own)| *own == public.with_key_id(&kid).to_jwk())?
        }
        SigningAlgorithm::EdDSA => {
            let (private, public) = split(jwk)?;
            let public = Ed25519PublicKey::from_jwk(&public).ok()?;
            let kid = public.jwk_thumbprint();
            ed25519::from_seed(&private).ok().filter(|(_, own)| *own == public.with_key_id(&kid).to_jwk())?
        }
    })
}

/// The private member of a JWK ([RFC 7518 §6.2.2](https://www.rfc-editor.org/rfc/rfc7518#section-6.2.2),
/// [RFC 8037 §2](https://www.rfc-editor.org/rfc/rfc8037#section-2)), and the JWK without it.
fn split(jwk: &str) -> Option<([u8; 32], String)> {
    let mut jwk: Map<String, Value> = serde_json::from_str(jwk).ok()?;
    let private = from_base64url(jwk.remove("d")?.as_str()?)?.try_into().ok()?;
    // What a private key may be for, a public one may not (RFC 7517 §4.3).
    let for_signing = [json!(["sign"]), json!(["sign", "verify"]), json!(["verify", "sign"])];
    match jwk.remove("key_ops") {
        Some(uses) if !for_signing.contains(&uses) => None,
        _ => Some((private, Value::Object(jwk).to_string())),
    }
}

#[cfg(test)]
mod tests {
    use jwt_simple::prelude::{ES256KeyPair, Ed25519KeyPair};

    use super::*;

    fn set() -> Vec<String> {
        vec![
            RS256KeyPair::generate(2048).unwrap().to_jwk(),
            ES256KeyPair::generate().to_jwk(),
            Ed25519KeyPair::generate().to_jwk(),
            ES256KeyPair::generate().to_jwk(),
        ]
    }

    fn parse_set(keys: &[String]) -> Result<Vec<SigningKey>, SettingError> {
        parse(&Secret::new(format!(r#"{{"keys":[{}]}}"#, keys.join(","))))
    }

    #[test]
    fn the_first_key_of_an_algorithm_signs_and_all_are_published_without_their_private_part() {
        let given = set();
        let keys = parse_set(&given).unwrap();
        assert_eq!(keys.len(), 4);
        let signs = keys.iter().rfind(|key| key.algorithm == SigningAlgorithm::ES256).unwrap();
        assert_eq!(signs.kid().unwrap(), ES256KeyPair::from_jwk(&given[1]).unwrap().jwk_thumbprint());
        assert!(keys.iter().all(|key| !key.public_jwk.contains("\"d\":")));
    }

    #[test]
    fn a_set_that_lacks_an_algorithm_or_has_a_public_key_is_refused_without_being_shown() {
        let mut keys = set();
        assert!(parse_set(&keys[1..]).is_err_and(|error| error.problem.contains("each of")));
        keys.push(ES256KeyPair::generate().public_key().to_jwk());
        assert!(parse_set(&keys).is_err());
        assert!(parse(&Secret::new("hunter2")).is_err_and(|error| !error.to_string().contains("hunter2")));
    }

    type Read = Option<(Vec<u8>, String)>;

    /// Some private JWKs of either algorithm, with what jwt-simple reads from them.
    fn pairs() -> Vec<(SigningAlgorithm, String, Read)> {
        let mut pairs = Vec::new();
        let mut add = |algorithm, jwk: String| {
            let read = match algorithm {
                SigningAlgorithm::ES256 => ES256KeyPair::from_jwk(&jwk)
                    .ok()
                    .map(|pair| (pair.to_bytes(), pair.public_key().with_key_id(&pair.jwk_thumbprint()).to_jwk())),
                _ => Ed25519KeyPair::from_jwk(&jwk)
                    .ok()
                    .map(|pair| (pair.to_bytes(), pair.public_key().with_key_id(&pair.jwk_thumbprint()).to_jwk())),
            };
            pairs.push((algorithm, jwk, read));
        };
        let changes = [
            ("use", json!("sig")),
            ("use", json!("enc")),
            ("key_ops", json!(["sign"])),
            ("key_ops", json!(["verify", "sign"])),
            ("key_ops", json!(["verify"])),
            ("key_ops", json!(["sign", "sign"])),
            ("key_ops", json!([])),
            ("kid", json!("another")),
            ("alg", json!("RS256")),
            ("kty", json!("RSA")),
            ("crv", json!("X25519")),
            ("d", json!("AAAA")),
            ("d", json!("A".repeat(43))),
            ("d", json!("_".repeat(42) + "8")),
            ("d", Value::Null),
            ("x", json!("A".repeat(43))),
            ("x", Value::Null),
            ("k", json!("AAAA")),
        ];
        for _ in 0..4 {
            for (algorithm, [jwk, other]) in [
                (SigningAlgorithm::ES256, [(); 2].map(|()| ES256KeyPair::generate().to_jwk())),
                (SigningAlgorithm::EdDSA, [(); 2].map(|()| Ed25519KeyPair::generate().to_jwk())),
            ] {
                let [jwk, other]: [Value; 2] = [jwk, other].map(|jwk| serde_json::from_str(&jwk).unwrap());
                add(algorithm, jwk.to_string());
                let others = ["d", "x", "y"].map(|member| (member, other[member].clone()));
                for (member, value) in changes.iter().cloned().chain(others) {
                    let mut jwk = jwk.clone();
                    jwk[member] = value;
                    add(algorithm, jwk.to_string());
                }
            }
        }
        pairs
    }

    #[test]
    fn keys_are_read_or_refused_as_by_jwt_simple() {
        let pairs = pairs();
        assert!(pairs.iter().filter(|(_, _, expected)| expected.is_some()).count() >= 4 * 2 * 4);
        for (algorithm, jwk, expected) in pairs {
            assert_eq!(read(algorithm, &jwk), expected, "{jwk}");
        }
    }
}
