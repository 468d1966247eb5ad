//! ECDSA signatures on P-256 ([FIPS 186-5 §6.4.1](https://doi.org/10.6028/NIST.FIPS.186-5)), and the public key of a private one;
//! nothing else: no hashing of messages, no key formats. The multiplication of the generator is made here, because it is several
//! times as fast in WebAssembly as the libraries are; `docs/adr/0034-ecdsa-and-eddsa-arithmetic.md` has the figures. The
//! arithmetic modulo the order of the curve is that of `p256`, the secret number that of `rfc6979`.
//!
//! The arithmetic is plain Rust without unsafe code or target features, so that what the tests run natively is what signs.
//!
//! - The time of a signature and the memory that it reads do not depend on the key, the message or the secret number.
//! - The secret number comes from the key and the message ([RFC 6979 §3.2](https://www.rfc-editor.org/rfc/rfc6979#section-3.2)),
//!   and from random octets, so that a fault cannot be had twice with the same number
//!   ([§3.6](https://www.rfc-editor.org/rfc/rfc6979#section-3.6)).
//! - A point that is not on the curve never becomes a signature.
#![no_std]
#![forbid(unsafe_code)]

mod comb;
mod field;
mod point;
#[cfg(test)]
mod tests;

use core::fmt;

pub use comb::{multiple_of_generator, x_of_multiple_of_generator};

use p256::{
    FieldBytes, NistP256, NonZeroScalar, Scalar, U256,
    elliptic_curve::{
        Curve, Field, PrimeField,
        ops::{Invert, Reduce},
    },
};
use rfc6979::KGenerator;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The octets of a signature: r and s, big-endian ([RFC 7518 §3.4](https://www.rfc-editor.org/rfc/rfc7518#section-3.4)).
pub const OCTETS: usize = 64;

/// A private key that is ready to sign.
pub struct PrivateKey(NonZeroScalar);

/// Why there is no key or no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The private number is zero, or not below the order of the curve.
    InvalidKey,
    /// The computation went wrong.
    Fault,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidKey => "not a private key of P-256",
            Self::Fault => "a point is not on the curve",
        })
    }
}

impl core::error::Error for Error {}

impl PrivateKey {
    /// Reads the private number, big-endian.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        NonZeroScalar::from_repr((*bytes).into()).into_option().map(Self).ok_or(Error::InvalidKey)
    }

    /// The coordinates of the public key, big-endian.
    pub fn public_key(&self) -> Result<[[u8; 32]; 2], Error> {
        multiple_of_generator(&self.0)
    }

    /// Signs the SHA-256 digest of a message. Without random octets the signature is that of RFC 6979; 32 are enough.
    pub fn sign(&self, digest: &[u8; 32], random: &[u8]) -> Result<[u8; OCTETS], Error> {
        let z = <Scalar as Reduce<FieldBytes>>::reduce(&(*digest).into());
        let mut d = self.0.to_repr();
        let mut numbers = KGenerator::<Sha256, U256>::new(&d, digest, random, &NistP256::ORDER);
        d.zeroize();
        loop {
            let mut octets = FieldBytes::default();
            numbers.fill_next_k(&mut octets);
            let k = NonZeroScalar::from_repr(octets).into_option();
            octets.zeroize();
            let mut k = k.ok_or(Error::Fault)?;
            let x = x_of_multiple_of_generator(&k)?;
            let r = <Scalar as Reduce<FieldBytes>>::reduce(&x.into());
            let s = *Invert::invert(&k) * (z + r * *self.0);
            k.zeroize();
            // One in 2^255: "If r turns out to be zero, a new k should be selected" (RFC 6979 §2.4), and so with s.
            if !bool::from(r.is_zero() | s.is_zero()) {
                let mut signature = [0; OCTETS];
                for (octet, from) in signature.iter_mut().zip(r.to_repr().into_iter().chain(s.to_repr())) {
                    *octet = from;
                }
                return Ok(signature);
            }
        }
    }
}

impl Drop for PrivateKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for PrivateKey {}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}
