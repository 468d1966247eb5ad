//! Arithmetic modulo one prime of the key.

use core::hint::black_box;

use zeroize::Zeroize;

use crate::{
    limbs::{LIMB_BITS, Limbs, carry, normalise},
    montgomery::Modulus,
};

/// Limbs of a number of 1024 bits, with 12 bits to spare.
pub(crate) const LIMBS: usize = 37;

/// Bits of an exponent that are looked up at once: a seventh of a limb.
const WINDOW: u32 = 4;

/// A prime and its exponents.
pub(crate) struct Prime {
    modulus: Modulus<LIMBS>,
    /// `R^3`.
    r3: Limbs<LIMBS>,
    /// The private exponent modulo the prime less one.
    exponent: Limbs<LIMBS>,
    /// The exponent that makes inverses: the prime less two (Fermat's little theorem).
    inverting: Limbs<LIMBS>,
}

type Powers = [Limbs<LIMBS>; 1 << WINDOW];

impl Prime {
    /// For an odd number of exactly 1024 bits.
    pub(crate) fn new(prime: Limbs<LIMBS>, exponent: Limbs<LIMBS>) -> Self {
        let modulus = Modulus::new(prime, 1024);
        let mut inverting = prime;
        inverting[0] = inverting[0].wrapping_sub(2);
        normalise(&mut inverting);
        Self { r3: modulus.r3(), modulus, exponent, inverting }
    }

    /// The prime and the multiplication modulo it.
    pub(crate) fn modulus(&self) -> &Modulus<LIMBS> {
        &self.modulus
    }

    /// `message^exponent`, below the prime. It is computed as `(message random^65537)^exponent / random`.
    pub(crate) fn sign(&self, message: &Limbs<{ 2 * LIMBS }>, random: &Limbs<{ 2 * LIMBS }>) -> Limbs<LIMBS> {
        let random = self.reduce(random);
        let blinded = self.modulus.mul(&self.reduce(message), &self.modulus.pow_65537(&random));
        self.modulus.leave(&self.pow2([&blinded, &random], [&self.exponent, &self.inverting]))
    }

    /// A number of 2072 bits modulo the prime, in Montgomery's form.
    fn reduce(&self, number: &Limbs<{ 2 * LIMBS }>) -> Limbs<LIMBS> {
        let (mut low, mut high) = ([0; LIMBS], [0; LIMBS]);
        for (half, limb) in low.iter_mut().chain(&mut high).zip(number) {
            *half = *limb;
        }
        let mut sum = self.modulus.enter(&low);
        for (limb, high) in sum.iter_mut().zip(self.modulus.mul(&high, &self.r3)) {
            *limb += high;
        }
        carry(&mut sum);
        sum
    }

    /// `a^x b^y`, in a time and with reads that do not depend on the numbers: windows of both exponents, from the highest,
    /// each multiplied in after a look at the whole table (Handbook of Applied Cryptography,
    /// [algorithms 14.82 and 14.88](https://cacr.uwaterloo.ca/hac/about/chap14.pdf)).
    fn pow2(&self, [a, b]: [&Limbs<LIMBS>; 2], [x, y]: [&Limbs<LIMBS>; 2]) -> Limbs<LIMBS> {
        let mut one = [0; LIMBS];
        one[0] = 1;
        let mut power = self.modulus.enter(&one);
        let mut powers_of_a = self.powers(&power, a);
        let mut powers_of_b = self.powers(&power, b);
        for (x, y) in x.iter().zip(y).rev() {
            for at in (0..LIMB_BITS).step_by(WINDOW as usize).rev() {
                for _ in 0..WINDOW {
                    power = self.modulus.square(&power);
                }
                power = self.modulus.mul(&power, &look_up(&powers_of_a, x >> at));
                power = self.modulus.mul(&power, &look_up(&powers_of_b, y >> at));
            }
        }
        powers_of_a.as_flattened_mut().zeroize();
        powers_of_b.as_flattened_mut().zeroize();
        power
    }

    /// The powers of `a` from zero on.
    fn powers(&self, one: &Limbs<LIMBS>, a: &Limbs<LIMBS>) -> Powers {
        let mut last = *one;
        let mut powers = [last; 1 << WINDOW];
        for power in powers.iter_mut().skip(1) {
            last = self.modulus.mul(&last, a);
            *power = last;
        }
        powers
    }
}

/// The power that the lowest bits of the window name, found by reading all of them.
fn look_up(powers: &Powers, window: u64) -> Limbs<LIMBS> {
    let window = window & ((1 << WINDOW) - 1);
    let mut found = [0; LIMBS];
    for (i, power) in (0..).zip(powers) {
        // All ones for the one that is meant, else zeros. The optimiser must not make a branch of it.
        let mask = black_box((window ^ i).wrapping_sub(1).cast_signed() >> 63).cast_unsigned();
        for (found, limb) in found.iter_mut().zip(power) {
            *found |= limb & mask;
        }
    }
    found
}

impl Zeroize for Prime {
    fn zeroize(&mut self) {
        self.modulus.zeroize();
        self.r3.zeroize();
        self.exponent.zeroize();
        self.inverting.zeroize();
    }
}
