//! Signatures against those of the `p256` crate, over many keys, messages and random octets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use ecdsa::hazmat::sign_prehashed_rfc6979;
use p256::{
    NistP256, NonZeroScalar, Scalar,
    ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier},
    elliptic_curve::PrimeField,
};
use sha2::{Digest, Sha256};
use spin_auth_p256_sign::{Error, PrivateKey};

/// The same octets each time.
fn octets(name: &str, number: u32) -> [u8; 32] {
    Sha256::digest(format!("{name} {number}")).into()
}

/// The order of the curve less this.
fn below_the_order(less: u64) -> [u8; 32] {
    (-Scalar::from(less)).to_repr().into()
}

fn keys() -> impl Iterator<Item = [u8; 32]> {
    let small = |number: u8| {
        let mut octets = [0; 32];
        octets[31] = number;
        octets
    };
    [small(1), small(2), below_the_order(1), below_the_order(2)].into_iter().chain((0..4).map(|i| octets("key", i)))
}

#[test]
fn it_signs_what_the_p256_crate_signs() {
    let digests = [[0; 32], [0xff; 32], below_the_order(1), below_the_order(2)];
    for (number, d) in (0..).zip(keys()) {
        let ours = PrivateKey::from_bytes(&d).unwrap();
        let theirs = NonZeroScalar::from_repr(d.into()).unwrap();
        let public = VerifyingKey::from(&p256::SecretKey::from(theirs).public_key());
        for digest in digests.into_iter().chain((0..2).map(|i| octets("message", i))) {
            for random in [&[][..], &[0; 32], &octets("random", number), &[7; 100]] {
                let (expected, _) = sign_prehashed_rfc6979::<NistP256, Sha256>(&theirs, &digest, random);
                let signature = ours.sign(&digest, random).unwrap();
                assert_eq!(signature[..], expected.to_bytes()[..]);
            }
            let signature = Signature::from_slice(&ours.sign(&digest, b"random").unwrap()).unwrap();
            public.verify_prehash(&digest, &signature).unwrap();
        }
    }
}

#[test]
fn a_number_that_is_no_key_is_refused() {
    let mut order = below_the_order(1);
    order[31] += 1;
    for number in [[0; 32], order, [0xff; 32]] {
        assert_eq!(PrivateKey::from_bytes(&number).err(), Some(Error::InvalidKey));
    }
}
