//! ECDSA with P-256 and SHA-256 ([RFC 7518 §3.4](https://www.rfc-editor.org/rfc/rfc7518#section-3.4)), by `p256-sign`.

use jwt_simple::prelude::ES256PublicKey;
use p256_sign::PrivateKey;

use super::signing::internal;
use crate::{Failure, Random};

/// Makes a key: as it is stored, and its public JWK.
pub(super) fn generate(random: &dyn Random) -> Result<(Vec<u8>, String), Failure> {
    let mut number = [0; 32];
    loop {
        random.fill(&mut number);
        // One in 2^32 is not below the order of the curve; another one is taken then, so that all keys are as likely
        // (FIPS 186-5, appendix A.2.2).
        if PrivateKey::from_bytes(&number).is_ok() {
            return from_number(&number);
        }
    }
}

/// The key of this private number, big-endian, as it is stored, and its public JWK.
pub(super) fn from_number(number: &[u8; 32]) -> Result<(Vec<u8>, String), Failure> {
    let [x, y] = PrivateKey::from_bytes(number).and_then(|key| key.public_key()).map_err(internal)?;
    // Uncompressed: 04, then both coordinates (SEC 1 §2.3.3).
    let public = ES256PublicKey::from_bytes(&[&[4], &x[..], &y[..]].concat()).map_err(internal)?;
    let kid = public.jwk_thumbprint();
    Ok((number.to_vec(), public.with_key_id(&kid).to_jwk()))
}
