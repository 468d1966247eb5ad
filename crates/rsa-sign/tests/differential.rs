//! Against the `rsa` crate, over many keys and messages, and against signatures of OpenSSL.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod padding;

use self::padding::padded;
use num_bigint::BigUint;
use rsa::{
    Pkcs1v15Sign, RsaPrivateKey,
    rand_core::{CryptoRng, Error as RandomError, RngCore},
    sha2::{Digest, Sha256},
    traits::{PrivateKeyParts, PublicKeyParts},
};
use spin_auth_rsa_sign::{Components, Error, OCTETS, PrivateKey};

/// The same numbers each time: SHA-256 of a seed and a counter.
struct Random(u64, u64);

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.1 += 1;
        let digest = Sha256::digest([self.0.to_be_bytes(), self.1.to_be_bytes()].concat());
        u64::from_be_bytes(digest[..8].try_into().unwrap())
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.next_u64().to_be_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Random {}

fn octets(random: &mut Random) -> [u8; OCTETS] {
    let mut bytes = [0; OCTETS];
    random.fill_bytes(&mut bytes);
    bytes
}

/// The integers of a key, as they are given to the crate under test.
#[derive(Clone)]
struct Integers {
    n: Vec<u8>,
    p: Vec<u8>,
    q: Vec<u8>,
    dp: Vec<u8>,
    dq: Vec<u8>,
    qinv: Vec<u8>,
}

impl Integers {
    fn of(key: &RsaPrivateKey) -> Self {
        Self {
            n: key.n().to_bytes_be(),
            p: key.primes()[0].to_bytes_be(),
            q: key.primes()[1].to_bytes_be(),
            dp: key.dp().unwrap().to_bytes_be(),
            dq: key.dq().unwrap().to_bytes_be(),
            qinv: key.crt_coefficient().unwrap().to_bytes_be(),
        }
    }

    fn key(&self) -> Result<PrivateKey, Error> {
        let Self { n, p, q, dp, dq, qinv } = self;
        PrivateKey::new(&Components { n, p, q, dp, dq, qinv })
    }
}

fn generate(seed: u64, bits: usize) -> RsaPrivateKey {
    RsaPrivateKey::new(&mut Random(seed, 0), bits).unwrap()
}

#[test]
fn it_signs_what_the_rsa_crate_signs() {
    for seed in 0..12 {
        let theirs = generate(seed, 2048);
        let ours = Integers::of(&theirs).key().unwrap();
        let mut random = Random(seed, 1 << 32);
        for i in 0..8 {
            let message = octets(&mut random);
            let message = &message[..i * 30];
            let expected = theirs.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)).unwrap();
            assert_eq!(ours.sign(&padded(message), &octets(&mut random)).unwrap().as_slice(), expected, "{seed} {i}");
        }
    }
}

#[test]
fn it_computes_the_power_of_any_message_below_the_modulus() {
    let theirs = generate(100, 2048);
    let integers = Integers::of(&theirs);
    let ours = integers.key().unwrap();
    let [n, p, q] = [&integers.n, &integers.p, &integers.q].map(|bytes| BigUint::from_bytes_be(bytes));
    let d = BigUint::from_bytes_be(&theirs.d().to_bytes_be());
    let mut random = Random(100, 1 << 32);
    let mut messages = vec![BigUint::ZERO, BigUint::from(1_u8), BigUint::from(2_u8), &n - 1_u8, &n - 2_u8];
    // Multiples of the primes, and their neighbours.
    messages.extend([p.clone(), q.clone(), &p - 1_u8, &q + 1_u8, &p * (&q - 1_u8), &q * (&p - 1_u8), &p << 1_000]);
    messages.extend((1..9).map(|i| &n >> (i * 225)));
    messages.extend((0..16).map(|_| BigUint::from_bytes_be(&octets(&mut random)) % &n));
    for message in messages {
        let expected = message.modpow(&d, &n);
        let signature = ours.sign(&wide(&message), &octets(&mut random)).unwrap();
        assert_eq!(BigUint::from_bytes_be(&signature), expected, "{message}");
    }
}

fn wide(number: &BigUint) -> [u8; OCTETS] {
    let bytes = number.to_bytes_be();
    let mut wide = [0; OCTETS];
    wide[OCTETS - bytes.len()..].copy_from_slice(&bytes);
    wide
}

#[test]
fn the_blinding_is_not_in_the_signature() {
    let ours = Integers::of(&generate(101, 2048)).key().unwrap();
    let message = padded(b"message");
    let mut small = [0; OCTETS];
    small[OCTETS - 1] = 1;
    let signatures = [small, [0xff; OCTETS], [0x55; OCTETS]].map(|random| ours.sign(&message, &random).unwrap());
    assert_eq!(signatures[0], signatures[1]);
    assert_eq!(signatures[0], signatures[2]);
}

#[test]
fn a_number_without_an_inverse_does_not_blind() {
    let integers = Integers::of(&generate(101, 2048));
    let ours = integers.key().unwrap();
    for random in [&BigUint::ZERO, &BigUint::from_bytes_be(&integers.p)] {
        assert_eq!(ours.sign(&padded(b"message"), &wide(random)), Err(Error::Fault));
    }
}

#[test]
fn a_message_that_is_not_below_the_modulus_is_refused() {
    let integers = Integers::of(&generate(102, 2048));
    let ours = integers.key().unwrap();
    let n = integers.n.as_slice().try_into().unwrap();
    assert_eq!(ours.sign(n, &[7; OCTETS]), Err(Error::MessageTooLarge));
    assert_eq!(ours.sign(&[0xff; OCTETS], &[7; OCTETS]), Err(Error::MessageTooLarge));
}

#[test]
fn a_fault_in_any_private_integer_never_leaves() {
    let good = Integers::of(&generate(103, 2048));
    let parts: [fn(&mut Integers) -> &mut Vec<u8>; 3] = [|key| &mut key.dp, |key| &mut key.dq, |key| &mut key.qinv];
    for part in parts {
        for octet in [0, 64, 120] {
            let mut bad = good.clone();
            part(&mut bad)[octet] ^= 4;
            assert_eq!(bad.key().unwrap().sign(&padded(b"message"), &[7; OCTETS]), Err(Error::Fault));
        }
    }
}

#[test]
fn the_primes_may_come_in_either_order_and_with_leading_zeros() {
    let theirs = generate(104, 2048);
    let mut turned = Integers::of(&theirs);
    std::mem::swap(&mut turned.p, &mut turned.q);
    std::mem::swap(&mut turned.dp, &mut turned.dq);
    let [p, q] = [&turned.p, &turned.q].map(|bytes| BigUint::from_bytes_be(bytes));
    turned.qinv = q.modinv(&p).unwrap().to_bytes_be();
    turned.n.splice(0..0, [0, 0]);
    turned.p.insert(0, 0);
    let expected = theirs.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(b"m")).unwrap();
    assert_eq!(turned.key().unwrap().sign(&padded(b"m"), &[7; OCTETS]).unwrap().as_slice(), expected);
}

#[test]
fn other_keys_are_refused() {
    let good = Integers::of(&generate(105, 2048));
    let refused = |change: fn(&mut Integers)| {
        let mut key = good.clone();
        change(&mut key);
        assert_eq!(key.key().err(), Some(Error::UnsupportedKey));
    };
    refused(|key| key.n[200] ^= 1);
    refused(|key| key.n.insert(0, 1));
    refused(|key| key.n.clear());
    refused(|key| key.p.clear());
    refused(|key| key.p[127] ^= 1);
    refused(|key| key.q[5] ^= 1);
    refused(|key| key.dp.insert(0, 1));
    refused(|key| std::mem::swap(&mut key.n, &mut key.p));
    for bits in [1024, 2040, 2056] {
        assert_eq!(Integers::of(&generate(106, bits)).key().err(), Some(Error::UnsupportedKey), "{bits}");
    }
}
