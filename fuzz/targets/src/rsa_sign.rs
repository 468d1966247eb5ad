//! Signatures by RSA: the same as those of the `rsa` crate and of plain arithmetic, or none at all. The first octet chooses
//! a key and what is done with it, the next 32 the blinding.

#[path = "../../../crates/rsa-sign/tests/padding/mod.rs"]
mod padding;

use std::sync::OnceLock;

use self::padding::padded;
use num_bigint::BigUint;
use rsa::{
    Pkcs1v15Sign, RsaPrivateKey,
    sha2::{Digest, Sha256},
};
use rsa_sign::{Components, Error, OCTETS, PrivateKey};

const E: u32 = 65_537;

struct Key {
    integers: Vec<Vec<u8>>,
    theirs: RsaPrivateKey,
}

/// The keys of OpenSSL that the tests of the crate have.
fn keys() -> &'static [Key] {
    static KEYS: OnceLock<Vec<Key>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let hex = |text: &str| BigUint::parse_bytes(text.as_bytes(), 16).unwrap().to_bytes_be();
        let lines = include_str!("../../../crates/rsa-sign/tests/data/openssl.txt").lines();
        let integers: Vec<_> = lines
            .filter_map(|line| line.split_once(' '))
            .filter(|(name, _)| ["n", "p", "q", "dp", "dq", "qinv"].contains(name))
            .map(|(_, number)| hex(number))
            .collect();
        integers.chunks_exact(6).map(|integers| Key { integers: integers.to_vec(), theirs: theirs(integers) }).collect()
    })
}

fn theirs(integers: &[Vec<u8>]) -> RsaPrivateKey {
    let number = |at: usize| rsa::BigUint::from_bytes_be(&integers[at]);
    RsaPrivateKey::from_p_q(number(1), number(2), E.into()).unwrap()
}

fn ours(integers: &[Vec<u8>]) -> Result<PrivateKey, Error> {
    let [n, p, q, dp, dq, qinv] = integers else { panic!("{} integers", integers.len()) };
    PrivateKey::new(&Components { n, p, q, dp, dq, qinv })
}

fn wide(octets: &[u8]) -> [u8; OCTETS] {
    let mut wide = [0; OCTETS];
    let octets = &octets[..octets.len().min(OCTETS)];
    wide[OCTETS - octets.len()..].copy_from_slice(octets);
    wide
}

pub(crate) fn check(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else { return };
    let (blinding, message) = rest.split_at(rest.len().min(32));
    let key = &keys()[usize::from(choice >> 2) % keys().len()];
    let random = wide(blinding);
    let can_blind = blinding.iter().any(|octet| *octet != 0);
    let n = BigUint::from_bytes_be(&key.integers[0]);
    let is_signature = |signature: &[u8], of: &[u8]| {
        BigUint::from_bytes_be(signature).modpow(&E.into(), &n) == BigUint::from_bytes_be(of)
    };
    match choice % 4 {
        // As it is used.
        0 => {
            let signature = ours(&key.integers).unwrap().sign(&padded(message), &random);
            let expected = key.theirs.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)).unwrap();
            assert_eq!(signature.is_ok(), can_blind);
            assert!(signature.is_ok_and(|signature| signature.as_slice() == expected) || !can_blind);
        }
        // Any number for a message.
        1 => {
            let message = wide(message);
            let is_below = BigUint::from_bytes_be(&message) < n;
            match ours(&key.integers).unwrap().sign(&message, &random) {
                Ok(signature) => assert!(is_below && is_signature(&signature, &message)),
                Err(Error::MessageTooLarge) => assert!(!is_below),
                Err(error) => assert!(error == Error::Fault && !can_blind, "{error}"),
            }
        }
        // An octet of an integer is another: a fault, or a refusal, or it does no harm.
        _ => {
            let mut integers = key.integers.clone();
            let (at, which) = (usize::from(message.first().copied().unwrap_or_default()), message.len() % 6);
            let octets = &mut integers[which];
            let at = at % octets.len();
            octets[at] ^= message.last().copied().unwrap_or(1);
            let Ok(broken) = ours(&integers) else { return };
            if let Ok(signature) = broken.sign(&padded(b"message"), &random) {
                assert!(is_signature(&signature, &padded(b"message")), "a wrong signature gives the primes away");
            }
        }
    }
}
