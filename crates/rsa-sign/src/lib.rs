//! The RSA private-key operation RSASP1 ([RFC 8017 §5.2.1](https://www.rfc-editor.org/rfc/rfc8017#section-5.2.1)) for keys of
//! 2048 bits, and nothing else: no padding, no key formats, no key generation. It exists because it is several times as
//! fast in WebAssembly as the libraries are; `docs/adr/0009-rs256-arithmetic.md` has the figures.
//!
//! The arithmetic is plain Rust without unsafe code or target features, so that what the tests run natively is what signs.
//!
//! - The time of an operation and the memory that it reads do not depend on the key, the message or the blinding.
//! - The message is blinded by a random number, which the caller gives.
//! - The result is checked against the public key before it leaves, because a wrong one would give the primes away
//!   ([Boneh, DeMillo, Lipton](https://doi.org/10.1007/s001450010016)).
#![no_std]
#![forbid(unsafe_code)]

mod limbs;
mod montgomery;
mod prime;
#[cfg(test)]
mod tests;

use core::fmt;

use limbs::{Limbs, equal, from_be_bytes, less, mul_add, normalise, reduce_once, to_be_bytes};
use montgomery::Modulus;
use prime::{LIMBS, Prime};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The octets of a modulus, a message and a signature.
pub const OCTETS: usize = 256;

/// A number of 2048 bits, with 24 bits to spare.
type Wide = Limbs<{ 2 * LIMBS }>;

/// The integers of a private key, big-endian: the second form of
/// [RFC 8017 §3.2](https://www.rfc-editor.org/rfc/rfc8017#section-3.2), with two primes. The public exponent is 65537.
#[derive(Clone, Copy)]
pub struct Components<'a> {
    /// The modulus.
    pub n: &'a [u8],
    /// The first prime.
    pub p: &'a [u8],
    /// The second prime.
    pub q: &'a [u8],
    /// The exponent for the first prime.
    pub dp: &'a [u8],
    /// The exponent for the second prime.
    pub dq: &'a [u8],
    /// The inverse of the second prime modulo the first.
    pub qinv: &'a [u8],
}

/// A private key that is ready to sign.
pub struct PrivateKey {
    n: Modulus<{ 2 * LIMBS }>,
    p: Prime,
    q: Prime,
    /// In Montgomery's form.
    qinv: Limbs<LIMBS>,
}

/// Why there is no key or no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The modulus has not 2048 bits, or is not the product of two odd numbers of 1024 bits.
    UnsupportedKey,
    /// The message is not below the modulus.
    MessageTooLarge,
    /// The signature does not verify: the key is inconsistent, or the computation went wrong.
    Fault,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnsupportedKey => "not an RSA key of 2048 bits with two primes of 1024",
            Self::MessageTooLarge => "the message is not below the modulus",
            Self::Fault => "the signature does not verify",
        })
    }
}

impl core::error::Error for Error {}

impl PrivateKey {
    /// Prepares a key. Where its exponents are wrong, signing will say so.
    pub fn new(components: &Components<'_>) -> Result<Self, Error> {
        Self::read(components).ok_or(Error::UnsupportedKey)
    }

    fn read(components: &Components<'_>) -> Option<Self> {
        let n: Wide = from_be_bytes(components.n)?;
        let [p, q] = [prime(components.p)?, prime(components.q)?];
        if !equal(&n, &mul_add(&p, &q, &[0; LIMBS])) || to_be_bytes::<_, OCTETS>(&n)[0] < 0x80 {
            return None;
        }
        let p = Prime::new(p, number(components.dp)?);
        let q = Prime::new(q, number(components.dq)?);
        let qinv = p.modulus().enter(&number(components.qinv)?);
        Some(Self { n: Modulus::new(n, 2048), p, q, qinv })
    }

    /// Signs a message, by which is meant what comes out of padding
    /// ([RFC 8017 §8.2.1](https://www.rfc-editor.org/rfc/rfc8017#section-8.2.1)), with random octets for blinding.
    pub fn sign(&self, message: &[u8; OCTETS], random: &[u8; OCTETS]) -> Result<[u8; OCTETS], Error> {
        let message: Wide = from_be_bytes(message).ok_or(Error::MessageTooLarge)?;
        if !less(&message, self.n.value()) {
            return Err(Error::MessageTooLarge);
        }
        let mut random = from_be_bytes(random).ok_or(Error::Fault)?;
        let signature = self.combine(&self.p.sign(&message, &random), &self.q.sign(&message, &random));
        random.zeroize();
        match self.verifies(&signature, &message) {
            true => Ok(to_be_bytes(&signature)),
            false => Err(Error::Fault),
        }
    }

    /// The number below n that is `s1` modulo p and `s2` modulo q: step 2.b of RSASP1, and its numbers.
    fn combine(&self, s1: &Limbs<LIMBS>, s2: &Limbs<LIMBS>) -> Wide {
        let (p, q) = (self.p.modulus(), self.q.modulus());
        // As s2 is below 2 p, the difference gets 2 p.
        let mut difference = *s1;
        for (limb, (s2, p)) in difference.iter_mut().zip(s2.iter().zip(p.value())) {
            *limb = (*limb + 2 * p).wrapping_sub(*s2);
        }
        normalise(&mut difference);
        let h = reduce_once(&p.mul(&difference, &self.qinv), p.value());
        mul_add(q.value(), &h, s2)
    }

    /// RSAVP1 ([RFC 8017 §5.2.2](https://www.rfc-editor.org/rfc/rfc8017#section-5.2.2)) with the public exponent 65537.
    fn verifies(&self, signature: &Wide, message: &Wide) -> bool {
        less(signature, self.n.value()) && equal(&self.n.leave(&self.n.pow_65537(&self.n.enter(signature))), message)
    }
}

impl Drop for PrivateKey {
    fn drop(&mut self) {
        self.p.zeroize();
        self.q.zeroize();
        self.qinv.zeroize();
    }
}

impl ZeroizeOnDrop for PrivateKey {}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

/// A number below 2^1024.
fn number(bytes: &[u8]) -> Option<Limbs<LIMBS>> {
    from_be_bytes(bytes).filter(|limbs: &Limbs<LIMBS>| limbs[LIMBS - 1] < 1 << 16)
}

/// An odd number of exactly 1024 bits.
fn prime(bytes: &[u8]) -> Option<Limbs<LIMBS>> {
    number(bytes).filter(|limbs| limbs[0] % 2 == 1 && limbs[LIMBS - 1] >= 1 << 15)
}
