//! Verification of signatures and MACs of JWTs, whoever made them: this server or its clients.

use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::{self, signature::Verifier as _};
use protocol::{
    jwk::{Jwk, PublicKey},
    jws::{Jws, JwsAlgorithm},
};
use sha2::Sha256;
use superboring::{
    bn::BigNum,
    hash::MessageDigest,
    pkey::PKey,
    rsa::{Padding, Rsa},
    sign::Verifier,
};

/// 65537, the exponent of every [`PublicKey::Rsa`].
const RSA_EXPONENT: [u8; 3] = [1, 0, 1];

/// The key that has signed this, among those that the header may mean; `None` where none of them has.
///
/// The algorithm is the header's, but only if it is one of these and the key is for it: "the algorithm and the key […] MUST
/// be used together" ([RFC 8725 §3.1](https://www.rfc-editor.org/rfc/rfc8725#section-3.1)). So neither `none` nor a public
/// key taken for a shared secret gets through, whatever the list says.
pub fn verify<'k>(
    jws: &Jws<'_>,
    keys: impl IntoIterator<Item = &'k Jwk>,
    algorithms: &[JwsAlgorithm],
) -> Option<&'k Jwk> {
    let algorithm = jws.header.alg;
    if !algorithms.contains(&algorithm) {
        return None;
    }
    // A key without a name may be the one that the header names.
    let is_meant = |key: &Jwk| match (&key.kid, &jws.header.kid) {
        (Some(kid), Some(named)) => kid == named,
        _ => true,
    };
    let fitting = |key: &&Jwk| key.fits(algorithm) && is_meant(key);
    keys.into_iter().filter(fitting).find(|key| has_signed(&key.key, algorithm, jws.signed, &jws.signature).is_some())
}

/// Whether a passkey with this key has signed this, as
/// [WebAuthn §6.5.5](https://www.w3.org/TR/webauthn-3/#sctn-signature-attestation-types) writes signatures.
pub fn verify_webauthn(key: &Jwk, signed: &[u8], signature: &[u8]) -> bool {
    let verify = |algorithm| match algorithm {
        // "For COSEAlgorithmIdentifier -7 (ES256) […] the sig value MUST be encoded as an ASN.1 DER Ecdsa-Sig-Value"
        JwsAlgorithm::ES256 => {
            let signature = ecdsa::Signature::from_der(signature).ok()?;
            has_signed(&key.key, algorithm, signed, &signature.to_bytes())
        }
        _ => has_signed(&key.key, algorithm, signed, signature),
    };
    key.alg.filter(|algorithm| key.fits(*algorithm)).and_then(verify).is_some()
}

fn has_signed(key: &PublicKey, algorithm: JwsAlgorithm, signed: &[u8], signature: &[u8]) -> Option<()> {
    match (key, algorithm) {
        (PublicKey::Rsa { n }, JwsAlgorithm::RS256) => verify_rsa(n, Padding::PKCS1, signed, signature),
        (PublicKey::Rsa { n }, JwsAlgorithm::PS256) => verify_rsa(n, Padding::PKCS1_PSS, signed, signature),
        (PublicKey::P256 { x, y }, JwsAlgorithm::ES256) => {
            // Uncompressed: 04, then both coordinates (SEC 1 §2.3.3). A point that is not on the curve is no key.
            let key = ecdsa::VerifyingKey::from_sec1_bytes(&[&[4], &x[..], &y[..]].concat()).ok()?;
            key.verify(signed, &ecdsa::Signature::from_slice(signature).ok()?).ok()
        }
        (PublicKey::Ed25519 { x }, JwsAlgorithm::EdDSA) => {
            let key = ed25519_dalek::VerifyingKey::try_from(&x[..]).ok()?;
            // Strictly: a weak key verifies what nobody has signed.
            key.verify_strict(signed, &ed25519_dalek::Signature::from_slice(signature).ok()?).ok()
        }
        _ => None,
    }
}

fn verify_rsa(modulus: &[u8], padding: Padding, signed: &[u8], signature: &[u8]) -> Option<()> {
    let key = Rsa::from_public_components(BigNum::from_slice(modulus).ok()?, BigNum::from_slice(&RSA_EXPONENT).ok()?);
    let key = PKey::from_rsa(key.ok()?).ok()?;
    let mut verifier = Verifier::new(MessageDigest::sha256(), &key).ok()?;
    verifier.set_rsa_padding(padding).ok()?;
    verifier.update(signed).ok()?;
    verifier.verify(signature).ok()?.then_some(())
}

/// Whether this is closed by HS256 under this secret, in constant time.
pub fn verify_mac(jws: &Jws<'_>, secret: &[u8]) -> bool {
    // HMAC takes keys of every length, so this cannot fail.
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret);
    jws.header.alg == JwsAlgorithm::HS256
        && mac.is_ok_and(|mac| mac.chain_update(jws.signed).verify_slice(&jws.signature).is_ok())
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use jwt_simple::prelude::{
        Claims, Duration, ECDSAP256KeyPairLike, ES256KeyPair, Ed25519KeyPair, EdDSAKeyPairLike, HS256Key, MACLike,
        PS256KeyPair, RS256KeyPair, RSAKeyPairLike,
    };
    use protocol::{
        jwk::JwkSet,
        secret::{base64url, from_base64url},
    };

    use super::*;

    /// One RSA key for all tests: making one takes seconds.
    fn rs256() -> RS256KeyPair {
        static DER: OnceLock<Vec<u8>> = OnceLock::new();
        RS256KeyPair::from_der(DER.get_or_init(|| RS256KeyPair::generate(2048).unwrap().to_der().unwrap())).unwrap()
    }

    fn jwk(json: &str) -> Jwk {
        serde_json::from_str(json).unwrap()
    }

    fn is_verified(token: &str, keys: &[Jwk], algorithms: &[JwsAlgorithm]) -> bool {
        verify(&Jws::parse(token).unwrap(), keys, algorithms).is_some()
    }

    /// The token with one bit of its last part changed.
    fn forged(token: &str) -> String {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let mut signature = from_base64url(signature).unwrap();
        *signature.last_mut().unwrap() ^= 1;
        format!("{signed}.{}", base64url(&signature))
    }

    #[test]
    fn each_algorithm_verifies_what_its_key_has_signed_and_nothing_else() {
        let claims = || Claims::create(Duration::from_secs(60));
        let (rs256, ps256) = (rs256(), PS256KeyPair::from_der(&rs256().to_der().unwrap()).unwrap());
        let (es256, eddsa) = (ES256KeyPair::generate(), Ed25519KeyPair::generate());
        let signed = [
            (JwsAlgorithm::RS256, rs256.sign(claims()).unwrap(), rs256.public_key().to_jwk()),
            (JwsAlgorithm::PS256, ps256.sign(claims()).unwrap(), ps256.public_key().to_jwk()),
            (JwsAlgorithm::ES256, es256.sign(claims()).unwrap(), es256.public_key().to_jwk()),
            (JwsAlgorithm::EdDSA, eddsa.sign(claims()).unwrap(), eddsa.public_key().to_jwk()),
        ];
        for (algorithm, token, own) in &signed {
            let keys: Vec<Jwk> = signed.iter().map(|(_, _, key)| jwk(key)).collect();
            assert!(is_verified(token, &keys, &JwsAlgorithm::PUBLIC_KEY), "{algorithm:?}");
            assert!(is_verified(token, &[jwk(own)], &[*algorithm]), "{algorithm:?}");
            let others: Vec<Jwk> = keys.into_iter().filter(|key| *key != jwk(own)).collect();
            assert!(!is_verified(token, &others, &JwsAlgorithm::PUBLIC_KEY), "{algorithm:?}");
            let rest: Vec<_> = JwsAlgorithm::PUBLIC_KEY.into_iter().filter(|other| other != algorithm).collect();
            assert!(!is_verified(token, &[jwk(own)], &rest), "{algorithm:?} was not asked for");
            assert!(!is_verified(&forged(token), &[jwk(own)], &[*algorithm]), "{algorithm:?}");
        }
    }

    #[test]
    fn a_signature_by_pkcs1_does_not_pass_for_pss_with_a_key_for_both() {
        let pair = rs256();
        let mut key = jwk(&pair.public_key().to_jwk());
        key.alg = None;
        let token = pair.sign(Claims::create(Duration::from_secs(60))).unwrap();
        let renamed =
            token.replacen(token.split('.').next().unwrap(), &base64url(br#"{"alg":"PS256","typ":"JWT"}"#), 1);
        assert!(is_verified(&token, std::slice::from_ref(&key), &JwsAlgorithm::PUBLIC_KEY));
        assert!(!is_verified(&renamed, &[key], &JwsAlgorithm::PUBLIC_KEY));
    }

    #[test]
    fn a_header_that_names_a_key_means_that_key_or_one_without_a_name() {
        let pair = ES256KeyPair::generate().with_key_id("a");
        let token = pair.sign(Claims::create(Duration::from_secs(60))).unwrap();
        let named = |kid: Option<&str>| Jwk { kid: kid.map(str::to_owned), ..jwk(&pair.public_key().to_jwk()) };
        assert!(is_verified(&token, &[named(Some("b")), named(Some("a"))], &[JwsAlgorithm::ES256]));
        assert!(is_verified(&token, &[named(None)], &[JwsAlgorithm::ES256]));
        assert!(!is_verified(&token, &[named(Some("b"))], &[JwsAlgorithm::ES256]));
    }

    #[test]
    fn neither_none_nor_a_public_key_as_secret_passes_even_where_the_list_has_them() {
        let pair = rs256();
        let key = jwk(&pair.public_key().to_jwk());
        let every = [&JwsAlgorithm::PUBLIC_KEY[..], &[JwsAlgorithm::HS256, JwsAlgorithm::Unsecured]].concat();
        let unsecured = format!("{}.{}.", base64url(br#"{"alg":"none"}"#), base64url(b"{}"));
        assert!(!is_verified(&unsecured, std::slice::from_ref(&key), &every));
        let confused = HS256Key::from_bytes(pair.public_key().to_pem().unwrap().as_bytes());
        let confused = confused.authenticate(Claims::create(Duration::from_secs(60))).unwrap();
        assert!(!is_verified(&confused, &[key], &every));
    }

    #[test]
    fn what_cannot_be_a_key_or_a_signature_verifies_nothing_and_panics_nowhere() {
        let set = r#"{"keys":[
            {"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
            {"kty":"OKP","crv":"Ed25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
            {"kty":"RSA","e":"AQAB","n":"NNNN"}]}"#;
        let set: JwkSet = serde_json::from_str(&set.replace("NNNN", &base64url(&[0xff; 256]))).unwrap();
        assert_eq!(set.keys.len(), 3);
        for alg in ["RS256", "PS256", "ES256", "EdDSA"] {
            for signature in [vec![], vec![0; 64], vec![0; 256], vec![0xff; 64], vec![0xff; 256], vec![1; 1000]] {
                let header = base64url(format!(r#"{{"alg":"{alg}"}}"#).as_bytes());
                let token = format!("{header}.e30.{}", base64url(&signature));
                assert!(!is_verified(&token, &set.keys, &JwsAlgorithm::PUBLIC_KEY), "{token}");
            }
        }
    }

    #[test]
    fn the_mac_is_that_of_rfc7515_appendix_a_1() {
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let key = from_base64url(key).unwrap();
        assert!(verify_mac(&Jws::parse(token).unwrap(), &key));
        assert!(!verify_mac(&Jws::parse(&forged(token)).unwrap(), &key));
        assert!(!verify_mac(&Jws::parse(token).unwrap(), b""));
    }
}
