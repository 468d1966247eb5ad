//! The arithmetic against num-bigint: numbers at the limits of what is allowed, and random ones.

extern crate std;

use std::{vec, vec::Vec};

use num_bigint::BigUint;

use crate::{
    limbs::{LIMB_BITS, Limbs, from_be_bytes, less, mul_add, normalise, power_of_two, reduce_once, to_be_bytes},
    montgomery::Modulus,
    prime::{LIMBS, Prime},
};

/// xorshift64*, which is random enough here.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: &BigUint) -> BigUint {
        let bytes: Vec<u8> = (0..300)
            .map(|_| {
                self.0 ^= self.0 >> 12;
                self.0 ^= self.0 << 25;
                self.0 ^= self.0 >> 27;
                (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 56) as u8
            })
            .collect();
        BigUint::from_bytes_be(&bytes) % limit
    }
}

fn limbs<const N: usize>(number: &BigUint) -> Limbs<N> {
    from_be_bytes(&number.to_bytes_be()).unwrap()
}

fn number<const N: usize>(limbs: &Limbs<N>) -> BigUint {
    limbs.iter().rev().fold(BigUint::ZERO, |number, limb| (number << LIMB_BITS) + limb)
}

fn power(exponent: u32) -> BigUint {
    BigUint::from(1_u8) << exponent
}

/// Odd numbers of this many bits: the least, the greatest, some with long runs of ones or zeros, and random ones.
fn moduli(bits: u32, random: &mut Random) -> Vec<BigUint> {
    let top = power(bits - 1);
    let mut moduli =
        vec![&top + 1_u8, power(bits) - 1_u8, &top + power(bits / 2) - 1_u8, power(bits) - power(400) + 1_u8];
    moduli.extend((0..12).map(|_| (random.below(&top) | BigUint::from(1_u8)) + &top));
    moduli
}

/// Factors below a limit: the least, the greatest, and random ones.
fn factors(limit: &BigUint, random: &mut Random) -> Vec<BigUint> {
    let mut factors = vec![BigUint::ZERO, BigUint::from(1_u8), limit - 1_u8, limit - 2_u8, limit >> 1, limit >> 29];
    factors.extend((0..6).map(|_| random.below(limit)));
    factors
}

fn multiplication<const N: usize>(bits: u32) {
    let mut random = Random(bits.into());
    let r = power(LIMB_BITS * N as u32);
    for m in moduli(bits, &mut random) {
        let modulus = Modulus::<N>::new(limbs(&m), bits);
        let twice = &m << 1;
        for a in factors(&twice, &mut random) {
            for b in factors(&twice, &mut random) {
                let product = modulus.mul(&limbs(&a), &limbs(&b));
                assert!(product.iter().all(|limb| *limb < 1 << LIMB_BITS));
                let product = number(&product);
                assert!(product < twice);
                assert_eq!(product * &r % &m, &a * &b % &m);
            }
            assert_eq!(modulus.square(&limbs(&a)), modulus.mul(&limbs(&a), &limbs(&a)));
            let entered = modulus.enter(&limbs(&a));
            assert_eq!(number(&entered) % &m, &a * &r % &m);
            assert_eq!(number(&modulus.leave(&entered)), &a % &m);
        }
        // The widest numbers that are multiplied: any of N limbs, and limbs of 29 bits.
        let widest = [(1 << LIMB_BITS) - 1; N];
        let product = number(&modulus.enter(&widest));
        assert!(product < twice);
        assert_eq!(product % &m, number(&widest) * &r % &m);
        let loose = limbs::<N>(&(&m - 1_u8)).map(|limb| 2 * limb);
        assert_eq!(
            number(&modulus.mul(&loose, &limbs(&(&twice - 1_u8)))) * &r % &m,
            number(&loose) * (&twice - 1_u8) % &m
        );
    }
}

#[test]
fn multiplication_modulo_a_prime_of_the_key() {
    multiplication::<LIMBS>(1024);
}

#[test]
fn multiplication_modulo_the_modulus_of_the_key() {
    multiplication::<{ 2 * LIMBS }>(2048);
}

#[test]
fn powers() {
    let mut random = Random(1);
    for m in moduli(1024, &mut random) {
        let modulus = Modulus::<LIMBS>::new(limbs(&m), 1024);
        for a in factors(&m, &mut random) {
            let power = modulus.leave(&modulus.pow_65537(&modulus.enter(&limbs(&a))));
            assert_eq!(number(&power), a.modpow(&BigUint::from(65_537_u32), &m));
        }
    }
    // The prime of the Oakley group 2, RFC 2409 §6.2: blinding needs a prime.
    let prime = BigUint::parse_bytes(include_bytes!("../tests/data/oakley-group-2.hex").trim_ascii(), 16).unwrap();
    for exponent in factors(&power(1024), &mut random) {
        let key = Prime::new(limbs(&prime), limbs(&exponent));
        let (message, blinding) = (random.below(&power(2048)), random.below(&power(2048)));
        // What is left of the blinding where this exponent is not the inverse of 65537.
        let blinded = &message * blinding.modpow(&BigUint::from(65_537_u32), &prime);
        let expected = blinded.modpow(&exponent, &prime) * blinding.modpow(&(&prime - 2_u8), &prime) % &prime;
        assert_eq!(number(&key.sign(&limbs(&message), &limbs(&blinding))), expected);
    }
}

#[test]
fn octets_and_limbs() {
    let mut random = Random(2);
    for wanted in factors(&power(2048), &mut random) {
        let limbs: Limbs<74> = limbs(&wanted);
        assert_eq!(number(&limbs), wanted);
        assert_eq!(BigUint::from_bytes_be(&to_be_bytes::<_, 256>(&limbs)), wanted);
    }
    assert_eq!(from_be_bytes::<2>(&[0xff; 7]), Some([0xfff_ffff; 2]));
    assert_eq!(from_be_bytes::<2>(&[1, 0, 0, 0, 0, 0, 0, 0]), None);
    assert_eq!(from_be_bytes::<2>(&[0, 0, 0, 0, 0, 0, 0, 0, 1]), Some([1, 0]));
    assert_eq!(from_be_bytes::<2>(&[]), Some([0, 0]));
}

#[test]
fn sums_and_differences() {
    let mut random = Random(3);
    for m in moduli(1024, &mut random) {
        let m_limbs: Limbs<LIMBS> = limbs(&m);
        assert_eq!(number(&power_of_two(&m_limbs, 1024, 259)), power(LIMB_BITS * LIMBS as u32 + 259) % &m);
        for a in factors(&(&m << 1), &mut random).into_iter().chain([m.clone(), &m + 1_u8, &m - 1_u8]) {
            assert_eq!(number(&reduce_once(&limbs(&a), &m_limbs)), &a % &m);
            assert_eq!(less(&limbs(&a), &m_limbs), a < m);
            let product: Limbs<74> = mul_add(&limbs(&a), &m_limbs, &limbs(&a));
            assert_eq!(number(&product), &a * &m + &a);
        }
    }
    let mut negative = [0_u64.wrapping_sub(1), 0, 5];
    normalise(&mut negative);
    assert_eq!(negative, [(1 << LIMB_BITS) - 1, (1 << LIMB_BITS) - 1, 4]);
}
