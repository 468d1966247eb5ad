//! Montgomery's multiplication ([Modular Multiplication Without Trial Division](https://doi.org/10.1090/S0025-5718-1985-0777282-X)),
//! written for WebAssembly under epoch interruption, where a product of two 32-bit numbers is the widest there is and
//! each jump back in a loop costs a check.
//!
//! It goes by rows, two at a time, so that each sum is loaded and stored once for four products. Carries stay in the
//! 64-bit sums until the end: with limbs of 28 bits there is room for 256 products, and with 74 limbs a sum has 148. R is
//! `2^(28 N)`, at least `2^12` times the modulus, so that numbers below twice the modulus give such numbers again, and
//! nothing is compared in between.
#![expect(clippy::indexing_slicing, reason = "every index runs to the constant size of the arrays")]

use zeroize::Zeroize;

use crate::limbs::{LIMB_BITS, LIMB_MASK, Limbs, carry, negated_inverse, power_of_two, reduce_once};

/// An odd modulus of exactly 1024 bits in 37 limbs, or 2048 bits in 74.
pub(crate) struct Modulus<const N: usize> {
    m: Limbs<N>,
    /// `-1/m mod 2^28`.
    inverse: u64,
    /// `R^2 mod m`.
    r2: Limbs<N>,
}

/// A step in the making of `R^2`: 1036 and 2072, the exponents of both R, are 4 and 8 times 259.
const STEP: u32 = 259;

impl<const N: usize> Modulus<N> {
    /// For an odd modulus of exactly this many bits.
    pub(crate) fn new(m: Limbs<N>, bits: u32) -> Self {
        let mut modulus = Self { m, inverse: negated_inverse(&m), r2: power_of_two(&m, bits, STEP) };
        for _ in 0..(N as u32 * LIMB_BITS / STEP).ilog2() {
            modulus.r2 = modulus.square(&modulus.r2);
        }
        modulus
    }

    /// The modulus.
    pub(crate) fn value(&self) -> &Limbs<N> {
        &self.m
    }

    /// Into Montgomery's form: `a R mod m`, for a number below R.
    pub(crate) fn enter(&self, a: &Limbs<N>) -> Limbs<N> {
        self.mul(a, &self.r2)
    }

    /// `R^3 mod m`.
    pub(crate) fn r3(&self) -> Limbs<N> {
        self.square(&self.r2)
    }

    /// Out of Montgomery's form, and below the modulus.
    pub(crate) fn leave(&self, a: &Limbs<N>) -> Limbs<N> {
        let mut one = [0; N];
        one[0] = 1;
        reduce_once(&self.mul(a, &one), &self.m)
    }

    /// `a^65537`, in Montgomery's form.
    pub(crate) fn pow_65537(&self, a: &Limbs<N>) -> Limbs<N> {
        let mut power = *a;
        for _ in 0..16 {
            power = self.square(&power);
        }
        self.mul(&power, a)
    }

    /// `a b / R mod m`, below `2 m` where `a b` is below `R m`. The limbs of one factor may have 29 bits.
    #[inline(never)]
    pub(crate) fn mul(&self, a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N> {
        let mut sums = [[0; N]; 2];
        let mut window = sums.as_flattened_mut();
        let (twos, last) = a.as_chunks::<2>();
        for two in twos {
            self.two_rows(window, *two, b);
            window = &mut window[2..];
        }
        for a in last {
            self.row(window, *a, b);
        }
        let [_, mut product] = sums;
        carry(&mut product);
        product
    }

    /// `a^2 / R mod m`: the same with half the products of `a`, which come first.
    #[inline(never)]
    pub(crate) fn square(&self, a: &Limbs<N>) -> Limbs<N> {
        let mut sums = [[0; N]; 2];
        let mut window = sums.as_flattened_mut();
        let mut rest = a.as_slice();
        while let [a0, a1, more @ ..] = rest {
            window[0] += a0 * a0;
            window[1] += 2 * a0 * a1;
            window[2] += a1 * a1;
            let mut column = Column { factors: [2 * a0, 2 * a1], last: 0 };
            by_seven(&mut window[2..], more, more, |sum, a, _| *sum += column.next(*a));
            window[2 + more.len()] += column.next(0);
            window = &mut window[4..];
            rest = more;
        }
        if let [a] = rest {
            window[0] += a * a;
        }
        let mut window = sums.as_flattened_mut();
        for _ in 0..N / 2 {
            self.two_rows_of_nothing(window);
            window = &mut window[2..];
        }
        if N % 2 == 1 {
            self.row(window, 0, &self.m);
        }
        let [_, mut square] = sums;
        carry(&mut square);
        square
    }

    /// Adds two limbs of `a`, times `b`, and that multiple of the modulus which makes the two lowest limbs zero, whose
    /// carry goes to the third.
    #[inline(always)]
    fn two_rows(&self, sums: &mut [u64], a: [u64; 2], b: &Limbs<N>) {
        sums[0] += a[0] * b[0];
        sums[1] += a[0] * b[1] + a[1] * b[0];
        let mut products = Column { factors: a, last: b[1] };
        let mut multiples = self.quotients(sums);
        by_seven(&mut sums[2..], &b[2..], &self.m[2..], |sum, b, m| *sum += products.next(*b) + multiples.next(*m));
        sums[N] += products.next(0) + multiples.next(0);
    }

    /// The same without `a` and `b`.
    #[inline(always)]
    fn two_rows_of_nothing(&self, sums: &mut [u64]) {
        let mut multiples = self.quotients(sums);
        by_seven(&mut sums[2..], &self.m[2..], &self.m[2..], |sum, m, _| *sum += multiples.next(*m));
        sums[N] += multiples.next(0);
    }

    /// What makes the two lowest limbs zero; adds their carry to the third.
    #[inline(always)]
    fn quotients(&self, sums: &mut [u64]) -> Column {
        let m = &self.m;
        let q0 = self.quotient(sums[0]);
        let sum = sums[1] + q0 * m[1] + ((sums[0] + q0 * m[0]) >> LIMB_BITS);
        let q1 = self.quotient(sum);
        sums[2] += (sum + q1 * m[0]) >> LIMB_BITS;
        Column { factors: [q0, q1], last: m[1] }
    }

    /// [`Self::two_rows`] with one limb.
    #[inline(always)]
    fn row(&self, sums: &mut [u64], a: u64, b: &Limbs<N>) {
        let m = &self.m;
        let sum = sums[0] + a * b[0];
        let q = self.quotient(sum);
        sums[1] += (sum + q * m[0]) >> LIMB_BITS;
        for ((sum, b), m) in sums[1..].iter_mut().zip(&b[1..]).zip(&m[1..]) {
            *sum += a * b + q * m;
        }
    }

    /// How often the modulus must be added for the lowest limb to become zero.
    #[inline(always)]
    fn quotient(&self, sum: u64) -> u64 {
        ((sum & LIMB_MASK) * self.inverse) & LIMB_MASK
    }
}

/// Two rows of products, column by column.
struct Column {
    factors: [u64; 2],
    /// The limb of the column before.
    last: u64,
}

impl Column {
    #[inline(always)]
    fn next(&mut self, limb: u64) -> u64 {
        let sum = self.factors[0] * limb + self.factors[1] * self.last;
        self.last = limb;
        sum
    }
}

/// Goes through three slices, with a jump back for each seven.
#[inline(always)]
fn by_seven(sums: &mut [u64], a: &[u64], b: &[u64], mut column: impl FnMut(&mut u64, &u64, &u64)) {
    let (sums_by_seven, _) = sums[..a.len()].as_chunks_mut::<7>();
    for ((sums, a), b) in sums_by_seven.iter_mut().zip(a.as_chunks::<7>().0).zip(b.as_chunks::<7>().0) {
        for i in 0..7 {
            column(&mut sums[i], &a[i], &b[i]);
        }
    }
    let done = a.len() / 7 * 7;
    for ((sum, a), b) in sums[done..].iter_mut().zip(&a[done..]).zip(&b[done..]) {
        column(sum, a, b);
    }
}

impl<const N: usize> Zeroize for Modulus<N> {
    fn zeroize(&mut self) {
        self.m.zeroize();
        self.inverse.zeroize();
        self.r2.zeroize();
    }
}
