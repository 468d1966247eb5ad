//! Public keys of passkeys: COSE keys, [RFC 9052 §7](https://www.rfc-editor.org/rfc/rfc9052#section-7).

use serde_json::json;

use super::cbor::{Map, integer, octets};
use crate::{jwk::Jwk, jws::JwsAlgorithm, secret::base64url};

/// What passkeys may sign by, the preferred first, with the numbers of the
/// [registry](https://www.iana.org/assignments/cose/cose.xhtml#algorithms).
pub const ALGORITHMS: [(JwsAlgorithm, i64); 3] =
    [(JwsAlgorithm::EdDSA, -8), (JwsAlgorithm::ES256, -7), (JwsAlgorithm::RS256, -257)];

const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;

/// The key of this map; `None` for one that cannot be used here.
///
/// > The COSE_Key-encoded credential public key MUST contain the "alg" parameter and MUST NOT contain any other OPTIONAL
/// > parameters. ([§6.5.1](https://www.w3.org/TR/webauthn-3/#sctn-attested-credential-data))
pub(super) fn key(map: &Map) -> Option<Jwk> {
    let number = |label| map.numbered(label).and_then(integer);
    let text = |label| map.numbered(label).and_then(octets).map(base64url);
    let algorithm = number(ALGORITHM)?;
    let (algorithm, _) = ALGORITHMS.into_iter().find(|(_, number)| *number == algorithm)?;
    let (jwk, parameters) = match (algorithm, number(KEY_TYPE)?) {
        // "Keys with algorithm ES256 (-7) MUST specify P-256 (1) as the crv parameter and MUST NOT use the compressed point
        // form." (§5.8.5) A y that is no octets is compressed.
        (JwsAlgorithm::ES256, 2) if number(-1)? == 1 => {
            (json!({"kty": "EC", "crv": "P-256", "x": text(-2)?, "y": text(-3)?}), 5)
        }
        // "Keys with algorithm EdDSA (-8) MUST specify Ed25519 (6) as the crv parameter." (§5.8.5)
        (JwsAlgorithm::EdDSA, 1) if number(-1)? == 6 => (json!({"kty": "OKP", "crv": "Ed25519", "x": text(-2)?}), 4),
        (JwsAlgorithm::RS256, 3) => (json!({"kty": "RSA", "n": text(-1)?, "e": text(-2)?}), 4),
        _ => return None,
    };
    let jwk = Jwk::try_from(jwk).ok().filter(|_| map.len() == parameters)?;
    Some(Jwk { alg: Some(algorithm), ..jwk })
}
