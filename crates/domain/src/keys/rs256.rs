//! RS256: JWTs signed by RSASSA-PKCS1-v1_5 with SHA-256 ([RFC 7518 §3.3](https://www.rfc-editor.org/rfc/rfc7518#section-3.3)).
//!
//! jwt-simple makes, reads and checks the keys. The RSA operation is `rsa-sign`'s for keys of 2048 bits, which is what is
//! made here, and jwt-simple's for larger ones, which can be given (`docs/adr/0009-rs256-arithmetic.md`).

use jwt_simple::prelude::{JWTClaims, RS256KeyPair, RSAKeyPairLike};
use protocol::secret::base64url;
use rsa_sign::{Components, OCTETS, PrivateKey};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::signing::{header, internal};
use crate::{Failure, Random};

/// A key pair that signs.
pub(super) enum Rs256 {
    /// Of 2048 bits, with its `kid`.
    Fast(Box<PrivateKey>, String),
    /// Any other.
    Other(Box<RS256KeyPair>),
}

/// DER of a `DigestInfo` up to the digest of SHA-256 ([RFC 8017 §9.2, note 1](https://www.rfc-editor.org/rfc/rfc8017#section-9.2)).
const DIGEST_INFO: [u8; 19] = *b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

impl Rs256 {
    /// Reads the key as it is stored: PKCS #8, DER.
    pub(super) fn from_der(der: &[u8], kid: &str) -> Result<Self, Failure> {
        let pair = RS256KeyPair::from_der(der).map_err(internal)?;
        Ok(match private_key(&pair) {
            Some(key) => Self::Fast(Box::new(key), kid.to_owned()),
            None => Self::Other(Box::new(pair.with_key_id(kid))),
        })
    }

    /// Signs these claims into a JWT of this `typ`, with randomness for blinding.
    pub(super) fn sign<C: Serialize>(
        &self,
        typ: &str,
        claims: JWTClaims<C>,
        random: &dyn Random,
    ) -> Result<String, Failure> {
        let (key, kid) = match self {
            Self::Fast(key, kid) => (key, kid),
            Self::Other(pair) => return pair.sign_with_options(claims, &header(typ)).map_err(internal),
        };
        let header = serde_json::to_vec(&Header { alg: "RS256", kid, typ }).map_err(internal)?;
        let claims = serde_json::to_vec(&claims).map_err(internal)?;
        let mut token = format!("{}.{}", base64url(&header), base64url(&claims));
        let mut blinding = [0; OCTETS];
        random.fill(&mut blinding);
        let signature = key.sign(&encode(token.as_bytes()), &blinding).map_err(internal)?;
        token.push('.');
        token.push_str(&base64url(&signature));
        Ok(token)
    }
}

fn private_key(pair: &RS256KeyPair) -> Option<PrivateKey> {
    let key = pair.key_pair().as_ref();
    let (n, p, q) = (key.n().to_vec(), key.p().to_vec(), key.q().to_vec());
    let (dp, dq, qinv) = (key.dmp1()?.to_vec(), key.dmq1()?.to_vec(), key.iqmp()?.to_vec());
    PrivateKey::new(&Components { n: &n, p: &p, q: &q, dp: &dp, dq: &dq, qinv: &qinv }).ok()
}

/// EMSA-PKCS1-v1_5 ([RFC 8017 §9.2](https://www.rfc-editor.org/rfc/rfc8017#section-9.2)): `00 01 FF … FF 00`, then the `DigestInfo`.
fn encode(message: &[u8]) -> [u8; OCTETS] {
    let mut encoded = [0xff; OCTETS];
    let digest = Sha256::digest(message);
    let tail = [0].into_iter().chain(DIGEST_INFO).chain(digest);
    for (octet, from) in encoded.iter_mut().zip([0, 1]) {
        *octet = from;
    }
    for (octet, from) in encoded.iter_mut().skip(OCTETS - 1 - DIGEST_INFO.len() - digest.len()).zip(tail) {
        *octet = from;
    }
    encoded
}

#[cfg(test)]
mod tests {
    use jwt_simple::prelude::{Audiences, UnixTimeStamp};
    use serde_json::json;

    use super::*;

    struct Counting(std::cell::Cell<u8>);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            self.0.set(self.0.get() + 1);
            bytes.fill(self.0.get());
        }
    }

    fn claims(nonce: Option<&str>) -> JWTClaims<serde_json::Value> {
        JWTClaims {
            issued_at: Some(UnixTimeStamp::from_secs(1_700_000_000)),
            expires_at: Some(UnixTimeStamp::from_secs(1_700_000_900)),
            invalid_before: None,
            issuer: Some("https://id.example".to_owned()),
            subject: Some("s\u{fc}b\"ject".to_owned()),
            audiences: Some(Audiences::AsString("client".to_owned())),
            jwt_id: None,
            nonce: nonce.map(str::to_owned),
            custom: json!({ "amr": ["pwd"], "auth_time": 1_700_000_000 }),
        }
    }

    #[test]
    fn its_tokens_are_those_of_jwt_simple_to_the_octet() {
        let random = Counting(0.into());
        for bits in [2048, 3072] {
            let pair = RS256KeyPair::generate(bits).unwrap().with_key_id("kid");
            let key = Rs256::from_der(&pair.to_der().unwrap(), "kid").unwrap();
            assert_eq!(matches!(key, Rs256::Fast(..)), bits == 2048);
            for (typ, nonce) in [("JWT", None), ("JWT", Some("nonce")), ("at+jwt", Some("another"))] {
                let theirs = pair.sign_with_options(claims(nonce), &header(typ)).unwrap();
                assert_eq!(key.sign(typ, claims(nonce), &random).unwrap(), theirs);
            }
        }
        assert_eq!(random.0.get(), 3, "each signature is blinded anew");
    }
}
