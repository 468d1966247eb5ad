//! Numbers of a fixed size as limbs of 28 bits in words of 64, and their arithmetic in constant time.
//!
//! The product of two limbs has 56 bits, so that 256 of them can be added before a carry must be taken.

use core::hint::black_box;

/// The bits of a limb.
pub(crate) const LIMB_BITS: u32 = 28;
/// What a limb can hold.
pub(crate) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// A number, the least significant limb first. Unless something else is said, each limb but the last is below 2^28.
pub(crate) type Limbs<const N: usize> = [u64; N];

/// Reads a number; `None` where it needs more limbs.
pub(crate) fn from_be_bytes<const N: usize>(bytes: &[u8]) -> Option<Limbs<N>> {
    let mut limbs = [0; N];
    let mut octets = bytes.iter().rev();
    let (mut window, mut bits) = (0, 0);
    for limb in &mut limbs {
        while bits < LIMB_BITS {
            window |= u64::from(octets.next().copied().unwrap_or(0)) << bits;
            bits += 8;
        }
        *limb = window & LIMB_MASK;
        window >>= LIMB_BITS;
        bits -= LIMB_BITS;
    }
    (window == 0 && octets.all(|octet| *octet == 0)).then_some(limbs)
}

/// Writes the lowest octets of a number that is below 2^(28 N).
pub(crate) fn to_be_bytes<const N: usize, const OCTETS: usize>(limbs: &Limbs<N>) -> [u8; OCTETS] {
    let mut bytes = [0; OCTETS];
    let mut rest = limbs.iter();
    let (mut window, mut bits) = (0, 0);
    for octet in bytes.iter_mut().rev() {
        if bits < 8 {
            window |= rest.next().copied().unwrap_or(0) << bits;
            bits += LIMB_BITS;
        }
        *octet = window as u8;
        window >>= 8;
        bits -= 8;
    }
    bytes
}

/// Takes the carries of sums: afterwards each limb but the last is below 2^28.
pub(crate) fn carry<const N: usize>(sums: &mut Limbs<N>) {
    let mut carry = 0;
    let mut last = 0;
    for sum in sums.iter_mut() {
        last = *sum + carry;
        *sum = last & LIMB_MASK;
        carry = last >> LIMB_BITS;
    }
    if let Some(limb) = sums.last_mut() {
        *limb = last;
    }
}

/// The same for differences, whose limbs are signed and whose carries may be negative.
pub(crate) fn normalise<const N: usize>(limbs: &mut Limbs<N>) {
    let mut carry = 0_i64;
    let mut last = 0_i64;
    for limb in limbs.iter_mut() {
        last = limb.cast_signed().wrapping_add(carry);
        *limb = last.cast_unsigned() & LIMB_MASK;
        carry = last >> LIMB_BITS;
    }
    if let Some(limb) = limbs.last_mut() {
        *limb = last.cast_unsigned();
    }
}

/// `a`, less `m` where it is not smaller.
pub(crate) fn reduce_once<const N: usize>(a: &Limbs<N>, m: &Limbs<N>) -> Limbs<N> {
    let mut difference = *a;
    for (limb, m) in difference.iter_mut().zip(m) {
        *limb = limb.wrapping_sub(*m);
    }
    normalise(&mut difference);
    // The sign of the last limb is the sign of the whole. The optimiser must not make a branch of it.
    let negative = black_box(difference.last().map_or(0, |last| (last.cast_signed() >> 63).cast_unsigned()));
    for (limb, a) in difference.iter_mut().zip(a) {
        *limb = (*limb & !negative) | (a & negative);
    }
    difference
}

/// `2^(28 N + exponent) mod m`, for `m` above `2^(bits - 1)`: what has `2^exponent` in Montgomery's form.
pub(crate) fn power_of_two<const N: usize>(m: &Limbs<N>, bits: u32, exponent: u32) -> Limbs<N> {
    let mut power = [0; N];
    let start = bits - 1;
    if let Some(limb) = power.get_mut((start / LIMB_BITS) as usize) {
        *limb = 1 << (start % LIMB_BITS);
    }
    for _ in start..N as u32 * LIMB_BITS + exponent {
        for limb in &mut power {
            *limb <<= 1;
        }
        carry(&mut power);
        power = reduce_once(&power, m);
    }
    power
}

/// `-1/m mod 2^28` for an odd `m`, by Newton's iteration: each step doubles the bits that are right.
pub(crate) fn negated_inverse<const N: usize>(m: &Limbs<N>) -> u64 {
    let m = m.first().copied().unwrap_or(1);
    let mut inverse = m;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(m.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg() & LIMB_MASK
}

/// `a b + c`; `D` must be twice `N`.
pub(crate) fn mul_add<const N: usize, const D: usize>(a: &Limbs<N>, b: &Limbs<N>, c: &Limbs<N>) -> Limbs<D> {
    let mut product = [0; D];
    for (limb, c) in product.iter_mut().zip(c) {
        *limb = *c;
    }
    for (i, a) in a.iter().enumerate() {
        for (limb, b) in product.iter_mut().skip(i).zip(b) {
            *limb += a * b;
        }
    }
    carry(&mut product);
    product
}

/// Whether two numbers are the same, without a hint at where they differ.
pub(crate) fn equal<const N: usize>(a: &Limbs<N>, b: &Limbs<N>) -> bool {
    a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// Whether `a` is below `b`; not in constant time.
pub(crate) fn less<const N: usize>(a: &Limbs<N>, b: &Limbs<N>) -> bool {
    a.iter().rev().lt(b.iter().rev())
}
