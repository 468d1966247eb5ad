//! Signing keys that the operator gives, instead of those that are made here.

use jwt_simple::prelude::{ES256KeyPair, RS256KeyPair};
use protocol::{Secret, Timestamp, client_metadata::SigningAlgorithm};
use serde::Deserialize;
use serde_json::Value;

use super::{SigningKey, ed25519};
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
        SigningAlgorithm::ES256 => {
            let pair = ES256KeyPair::from_jwk(jwk).ok()?;
            (pair.to_bytes(), pair.public_key().with_key_id(&pair.jwk_thumbprint()).to_jwk())
        }
        SigningAlgorithm::EdDSA => ed25519::from_jwk(jwk)?,
    })
}

#[cfg(test)]
mod tests {
    use jwt_simple::prelude::Ed25519KeyPair;

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

    #[test]
    fn a_key_for_eddsa_is_read_as_jwt_simple_reads_it() {
        for _ in 0..8 {
            let pair = Ed25519KeyPair::generate();
            let public = pair.public_key().with_key_id(&pair.jwk_thumbprint()).to_jwk();
            for uses in [r#""use":"sig","#, r#""key_ops":["verify","sign"],"#, ""] {
                let jwk = pair.to_jwk().replacen('{', &format!("{{{uses}"), 1).replacen(r#","use":"sig"}"#, "}", 1);
                assert!(Ed25519KeyPair::from_jwk(&jwk).is_ok(), "{jwk}");
                assert_eq!(read(SigningAlgorithm::EdDSA, &jwk), Some((pair.to_bytes(), public.clone())), "{jwk}");
            }
        }
    }

    #[test]
    fn a_key_for_eddsa_that_is_broken_is_refused_as_jwt_simple_refuses_it() {
        let pair = Ed25519KeyPair::generate().to_jwk();
        let jwk: Value = serde_json::from_str(&pair).unwrap();
        let other: Value = serde_json::from_str(&Ed25519KeyPair::generate().to_jwk()).unwrap();
        let changed = |member: &str, value: Value| {
            let mut jwk = jwk.clone();
            jwk[member] = value;
            jwk.to_string()
        };
        let broken = [
            changed("x", other["x"].clone()),
            changed("d", other["d"].clone()),
            changed("d", "AAAA".into()),
            changed("d", Value::Null),
            changed("x", Value::Null),
            changed("x", base64url_of_a_weak_key().into()),
            changed("crv", "X25519".into()),
            changed("kty", "EC".into()),
            changed("alg", "ES256".into()),
            changed("use", "enc".into()),
            changed("key_ops", serde_json::json!(["verify"])),
            changed("key_ops", serde_json::json!([])),
            changed("k", "AAAA".into()),
        ];
        for jwk in broken {
            assert!(Ed25519KeyPair::from_jwk(&jwk).is_err(), "{jwk}");
            assert_eq!(read(SigningAlgorithm::EdDSA, &jwk), None, "{jwk}");
        }
        assert_eq!(read(SigningAlgorithm::EdDSA, &pair).map(|(private, _)| private.len()), Some(64));
    }

    fn base64url_of_a_weak_key() -> String {
        protocol::secret::base64url(&[0; 32])
    }
}
