//! Signatures and multiples on P-256: the same as those of the `p256` crate. The first 32 octets are the number, the next 32
//! the digest, and the rest is the randomness.

use ecdsa::hazmat::sign_prehashed_rfc6979;
use p256::{NistP256, NonZeroScalar, ProjectivePoint, Sec1Point, elliptic_curve::Group};
use p256_sign::{Error, PrivateKey, multiple_of_generator, x_of_multiple_of_generator};
use sha2::Sha256;

pub(crate) fn check(data: &[u8]) {
    let (number, rest) = data.split_at(data.len().min(32));
    let (digest, random) = rest.split_at(rest.len().min(32));
    let [number, digest] = [number, digest].map(|octets| {
        let mut wide = [0; 32];
        wide[..octets.len()].copy_from_slice(octets);
        wide
    });
    let ours = PrivateKey::from_bytes(&number);
    let Some(theirs) = NonZeroScalar::from_repr(number.into()).into_option() else {
        return assert!(ours.is_err_and(|error| error == Error::InvalidKey));
    };
    let (expected, _) = sign_prehashed_rfc6979::<NistP256, Sha256>(&theirs, &digest, random);
    assert_eq!(ours.unwrap().sign(&digest, random).unwrap()[..], expected.to_bytes()[..]);
    let point = Sec1Point::from(ProjectivePoint::mul_by_generator(&theirs).to_affine());
    let [x, y]: [[u8; 32]; 2] = [point.x(), point.y()].map(|coordinate| (*coordinate.unwrap()).into());
    assert_eq!(multiple_of_generator(&theirs), Ok([x, y]));
    assert_eq!(x_of_multiple_of_generator(&theirs), Ok(x));
}
