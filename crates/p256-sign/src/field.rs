//! Arithmetic modulo the prime of P-256, `p = 2^256 - 2^224 + 2^192 + 2^96 - 1`
//! ([SP 800-186 §3.2.1.3](https://doi.org/10.6028/NIST.SP.800-186)), written for WebAssembly: there a product of two 32-bit
//! numbers is the widest that there is, there are no carries, and each jump back in a loop costs a check.
//!
//! An element has nine limbs of 29 bits with signs, so that a sum or a difference takes no carry. It is in Montgomery's form
//! ([Modular Multiplication Without Trial Division](https://doi.org/10.1090/S0025-5718-1985-0777282-X)) with `R = 2^261`.
//! As p is -1 modulo `2^96`, the multiple of p that makes a limb zero is that limb, and to add it takes shifts only.
//!
//! # Bounds
//!
//! A limb is measured in units of `2^28`. What comes out of a product or of [`Element::carried`] has limbs of at most one
//! unit, and a last limb, which has only 24 bits of a number below p, far below it; a sum has at most the sum of the units.
//! A column adds eight products of full limbs and one with a last limb at most, `8 * 2^56` for each product of units, and
//! less than `2^54` comes from the reduction: **the products of units of what is multiplied must add up to less than 16**,
//! and nothing overflows. Where a sum would be too wide, it is carried before. The values stay below 32 p by far.

use zeroize::Zeroize;

/// The bits of a limb.
const LIMB_BITS: u32 = 29;
/// What a limb can hold.
const LIMB_MASK: i64 = (1 << LIMB_BITS) - 1;
/// The bits of the last limb of a number below `2^256`.
const LAST_BITS: u32 = 24;
/// The limbs of an element.
const LIMBS: usize = 9;

/// An element of the field, the least significant limb first. Many arrays of limbs mean the same one.
#[derive(Clone, Copy)]
pub(crate) struct Element(pub(crate) [i64; LIMBS]);

/// The sums of products before they are reduced.
type Columns = [i64; 2 * LIMBS - 1];

impl Element {
    /// Zero.
    pub(crate) const ZERO: Self = Self([0; LIMBS]);
    /// One: `2^261 mod p`, which is `2^5 (2^224 - 2^192 - 2^96 + 1)`.
    pub(crate) const ONE: Self = Self([32, 0, 0, -(1 << 14), 0, 0, -(1 << 23), 1 << 26, 0]);

    /// Reads a number below `2^256` as it is, not into Montgomery's form, from words of 64 bits, the least significant first.
    /// Its limbs have two units.
    #[inline(always)]
    pub(crate) fn from_words([w0, w1, w2, w3]: [u64; 4]) -> Self {
        let limb = |bits: u64| bits.cast_signed() & LIMB_MASK;
        Self([
            limb(w0),
            limb(w0 >> 29),
            limb(w0 >> 58 | w1 << 6),
            limb(w1 >> 23),
            limb(w1 >> 52 | w2 << 12),
            limb(w2 >> 17),
            limb(w2 >> 46 | w3 << 18),
            limb(w3 >> 11),
            limb(w3 >> 40),
        ])
    }

    /// Out of Montgomery's form: the number below p, big-endian.
    pub(crate) fn to_be_bytes(self) -> [u8; 32] {
        // For a number a below R, whatever its sign, the product is above -1 and below p + 1: (a + q p) / R with q below R.
        let Self(mut limbs) = mul(&self, &Self([1, 0, 0, 0, 0, 0, 0, 0, 0]));
        let mut carry = 0;
        for limb in &mut limbs {
            let sum = *limb + carry;
            *limb = sum & LIMB_MASK;
            carry = sum >> LIMB_BITS;
        }
        let [l0, l1, l2, l3, l4, l5, l6, l7, l8] = limbs.map(i64::cast_unsigned);
        let words = [
            l8 << 40 | l7 << 11 | l6 >> 18,
            l6 << 46 | l5 << 17 | l4 >> 12,
            l4 << 52 | l3 << 23 | l2 >> 6,
            l2 << 58 | l1 << 29 | l0,
        ];
        // Zero may have come out as p.
        let is_p = words.iter().zip(P).fold(0, |difference, (word, p)| difference | (word ^ p)) == 0;
        let mut bytes = [0; 32];
        for (octets, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *octets = if is_p { 0 } else { word }.to_be_bytes();
        }
        bytes
    }

    /// Whether both are the same element; the units of both together must be below 16.
    pub(crate) fn is(&self, other: &Self) -> bool {
        (*self - *other).to_be_bytes().iter().fold(0, |bits, octet| bits | octet) == 0
    }

    /// The same element with limbs of one unit and a value near p at most, from limbs of any units below `2^31`.
    #[inline(always)]
    pub(crate) fn carried(self) -> Self {
        let Self([l0, l1, l2, l3, l4, l5, l6, l7, l8]) = self;
        // 2^256 is 2^224 - 2^192 - 2^96 + 1.
        let high = l8 >> LAST_BITS;
        let (l0, l3, l6) = (l0 + high, l3 - (high << 9), l6 - (high << 18));
        carry([l0, l1, l2, l3, l4, l5, l6, l7 + (high << 21)], l8 & ((1 << LAST_BITS) - 1))
    }

    /// Three times this.
    #[inline(always)]
    pub(crate) fn tripled(self) -> Self {
        Self(self.0.map(|limb| 3 * limb))
    }

    /// This, or its opposite where the mask is all ones; it is all zeros else.
    #[inline(always)]
    pub(crate) fn negated_if(self, mask: i64) -> Self {
        Self(self.0.map(|limb| (limb ^ mask) - mask))
    }

    /// The inverse, or zero of zero: the power `p - 2` (Fermat's little theorem), which begins and ends with long rows of
    /// ones, by an addition chain.
    pub(crate) fn inverse(&self) -> Self {
        let power = |base: &Self, squarings, factor: &Self| mul(&square_times(base, squarings), factor);
        let ones_2 = power(self, 1, self);
        let ones_4 = power(&ones_2, 2, &ones_2);
        let ones_8 = power(&ones_4, 4, &ones_4);
        let ones_16 = power(&ones_8, 8, &ones_8);
        let ones_32 = power(&ones_16, 16, &ones_16);
        // The 256 bits of p - 2: 32 ones, 31 zeros and a one, 96 zeros, 94 ones, a zero and a one.
        let head = power(&ones_32, 32, self);
        let ones_64 = power(&head, 128, &ones_32);
        let ones_96 = power(&ones_64, 32, &ones_32);
        let ones_112 = power(&ones_96, 16, &ones_16);
        let ones_120 = power(&ones_112, 8, &ones_8);
        let ones_124 = power(&ones_120, 4, &ones_4);
        let all_but_two = power(&ones_124, 2, &ones_2);
        power(&all_but_two, 2, self)
    }
}

/// p in words of 64 bits, the most significant first.
const P: [u64; 4] = [0xffff_ffff_0000_0001, 0, 0xffff_ffff, 0xffff_ffff_ffff_ffff];

impl core::ops::Add for Element {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let ([a0, a1, a2, a3, a4, a5, a6, a7, a8], [b0, b1, b2, b3, b4, b5, b6, b7, b8]) = (self.0, other.0);
        Self([a0 + b0, a1 + b1, a2 + b2, a3 + b3, a4 + b4, a5 + b5, a6 + b6, a7 + b7, a8 + b8])
    }
}

impl core::ops::Sub for Element {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let ([a0, a1, a2, a3, a4, a5, a6, a7, a8], [b0, b1, b2, b3, b4, b5, b6, b7, b8]) = (self.0, other.0);
        Self([a0 - b0, a1 - b1, a2 - b2, a3 - b3, a4 - b4, a5 - b5, a6 - b6, a7 - b7, a8 - b8])
    }
}

impl Zeroize for Element {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// `a b`.
#[inline(never)]
pub(crate) fn mul(a: &Element, b: &Element) -> Element {
    reduce(products(a, b))
}

/// `a b + c d`, with one reduction for both.
#[inline(never)]
pub(crate) fn mul_add_mul(a: &Element, b: &Element, c: &Element, d: &Element) -> Element {
    let mut columns = products(a, b);
    for (column, product) in columns.iter_mut().zip(products(c, d)) {
        *column += product;
    }
    reduce(columns)
}

/// `a^2`.
#[inline(never)]
pub(crate) fn square(a: &Element) -> Element {
    reduce(squares(a))
}

/// `a^(2^times)`.
fn square_times(a: &Element, times: u32) -> Element {
    let mut power = *a;
    for _ in 0..times {
        power = square(&power);
    }
    power
}

#[inline(always)]
fn products(a: &Element, b: &Element) -> Columns {
    let ([a0, a1, a2, a3, a4, a5, a6, a7, a8], [b0, b1, b2, b3, b4, b5, b6, b7, b8]) = (a.0, b.0);
    [
        a0 * b0,
        a0 * b1 + a1 * b0,
        a0 * b2 + a1 * b1 + a2 * b0,
        a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0,
        a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0,
        a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0,
        a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0,
        a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0,
        a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0,
        a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1,
        a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2,
        a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3,
        a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4,
        a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5,
        a6 * b8 + a7 * b7 + a8 * b6,
        a7 * b8 + a8 * b7,
        a8 * b8,
    ]
}

/// [`products`] of a number with itself: half of them, twice.
#[inline(always)]
fn squares(a: &Element) -> Columns {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = a.0;
    let [d0, d1, d2, d3, d4, d5, d6, d7] = [2 * a0, 2 * a1, 2 * a2, 2 * a3, 2 * a4, 2 * a5, 2 * a6, 2 * a7];
    [
        a0 * a0,
        d0 * a1,
        d0 * a2 + a1 * a1,
        d0 * a3 + d1 * a2,
        d0 * a4 + d1 * a3 + a2 * a2,
        d0 * a5 + d1 * a4 + d2 * a3,
        d0 * a6 + d1 * a5 + d2 * a4 + a3 * a3,
        d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4,
        d0 * a8 + d1 * a7 + d2 * a6 + d3 * a5 + a4 * a4,
        d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5,
        d2 * a8 + d3 * a7 + d4 * a6 + a5 * a5,
        d3 * a8 + d4 * a7 + d5 * a6,
        d4 * a8 + d5 * a7 + a6 * a6,
        d5 * a8 + d6 * a7,
        d6 * a8 + a7 * a7,
        d7 * a8,
        a8 * a8,
    ]
}

/// Divides by R modulo p: from each column its lowest 29 bits go, which is `q` times the -1 in p, and the rest of `q p`
/// comes in above: `2^9 q` three limbs higher, `2^18 q` six, `-2^21 q` seven, and `2^24 q` eight limbs higher. A shift of a
/// negative number rounds down, which is what is needed: `q` is not negative.
#[inline(always)]
fn reduce(columns: Columns) -> Element {
    let [c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16] = columns;
    let (q0, c1) = (c0 & LIMB_MASK, c1 + (c0 >> LIMB_BITS));
    let (q1, c2) = (c1 & LIMB_MASK, c2 + (c1 >> LIMB_BITS));
    let (q2, c3) = (c2 & LIMB_MASK, c3 + (c2 >> LIMB_BITS) + (q0 << 9));
    let (q3, c4) = (c3 & LIMB_MASK, c4 + (c3 >> LIMB_BITS) + (q1 << 9));
    let (q4, c5) = (c4 & LIMB_MASK, c5 + (c4 >> LIMB_BITS) + (q2 << 9));
    let (q5, c6) = (c5 & LIMB_MASK, c6 + (c5 >> LIMB_BITS) + (q3 << 9) + (q0 << 18));
    let (q6, c7) = (c6 & LIMB_MASK, c7 + (c6 >> LIMB_BITS) + (q4 << 9) + (q1 << 18) - (q0 << 21));
    let (q7, c8) = (c7 & LIMB_MASK, c8 + (c7 >> LIMB_BITS) + (q5 << 9) + (q2 << 18) - (q1 << 21) + (q0 << 24));
    let (q8, c9) = (c8 & LIMB_MASK, c9 + (c8 >> LIMB_BITS) + (q6 << 9) + (q3 << 18) - (q2 << 21) + (q1 << 24));
    let c10 = c10 + (q7 << 9) + (q4 << 18) - (q3 << 21) + (q2 << 24);
    let c11 = c11 + (q8 << 9) + (q5 << 18) - (q4 << 21) + (q3 << 24);
    let c12 = c12 + (q6 << 18) - (q5 << 21) + (q4 << 24);
    let c13 = c13 + (q7 << 18) - (q6 << 21) + (q5 << 24);
    let c14 = c14 + (q8 << 18) - (q7 << 21) + (q6 << 24);
    let c15 = c15 - (q8 << 21) + (q7 << 24);
    let c16 = c16 + (q8 << 24);
    carry([c9, c10, c11, c12, c13, c14, c15, c16], 0)
}

/// Makes limbs of one unit, from `-2^28` to below `2^28`: what is more goes to the next.
#[inline(always)]
fn carry([c0, c1, c2, c3, c4, c5, c6, c7]: [i64; LIMBS - 1], last: i64) -> Element {
    const HALF: i64 = 1 << (LIMB_BITS - 1);
    let split = |sum: i64| {
        let high = (sum + HALF) >> LIMB_BITS;
        (sum - (high << LIMB_BITS), high)
    };
    let (l0, carry) = split(c0);
    let (l1, carry) = split(c1 + carry);
    let (l2, carry) = split(c2 + carry);
    let (l3, carry) = split(c3 + carry);
    let (l4, carry) = split(c4 + carry);
    let (l5, carry) = split(c5 + carry);
    let (l6, carry) = split(c6 + carry);
    let (l7, carry) = split(c7 + carry);
    Element([l0, l1, l2, l3, l4, l5, l6, l7, last + carry])
}
