//! RS256: signatures by RSASSA-PKCS1-v1_5 with SHA-256 ([RFC 7518 §3.3](https://www.rfc-editor.org/rfc/rfc7518#section-3.3)).
//!
//! jwt-simple makes, reads and checks the keys. The RSA operation is `rsa-sign`'s for keys of 2048 bits, which is what is
//! made here, and that of jwt-simple's `superboring` for larger ones, which can be given (`docs/adr/0009-rs256-arithmetic.md`).

use jwt_simple::prelude::{RS256KeyPair, RSAKeyPairLike};
use rsa_sign::{Components, OCTETS, PrivateKey};
use sha2::{Digest, Sha256};
use superboring::{hash::MessageDigest, pkey::PKey, rsa::Padding, sign::Signer};

use super::signing::internal;
use crate::{Failure, Random};

/// A key pair that signs.
pub(super) enum Rs256 {
    /// Of 2048 bits.
    Fast(Box<PrivateKey>),
    /// Any other.
    Other(Box<RS256KeyPair>),
}

/// DER of a `DigestInfo` up to the digest of SHA-256 ([RFC 8017 §9.2, note 1](https://www.rfc-editor.org/rfc/rfc8017#section-9.2)).
const DIGEST_INFO: [u8; 19] = *b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";

impl Rs256 {
    /// Reads the key as it is stored: PKCS #8, DER.
    pub(super) fn from_der(der: &[u8]) -> Result<Self, Failure> {
        let pair = RS256KeyPair::from_der(der).map_err(internal)?;
        Ok(match private_key(&pair) {
            Some(key) => Self::Fast(Box::new(key)),
            None => Self::Other(Box::new(pair)),
        })
    }

    /// The signature of this, with randomness for blinding.
    pub(super) fn sign(&self, signed: &[u8], random: &dyn Random) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Fast(key) => {
                let mut blinding = [0; OCTETS];
                random.fill(&mut blinding);
                Ok(key.sign(&encode(signed), &blinding).map_err(internal)?.to_vec())
            }
            Self::Other(pair) => {
                let key = PKey::from_rsa(pair.key_pair().as_ref().clone()).map_err(internal)?;
                let mut signer = Signer::new(MessageDigest::sha256(), &key).map_err(internal)?;
                signer.set_rsa_padding(Padding::PKCS1).map_err(internal)?;
                signer.update(signed).map_err(internal)?;
                signer.sign_to_vec().map_err(internal)
            }
        }
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
