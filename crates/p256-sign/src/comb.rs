//! Multiples of the generator by a comb with signs and several tables ([Hamburg](https://eprint.iacr.org/2012/309)).
//!
//! An odd number below `2^260` is a sum of all powers of two below that, each added or subtracted: bit `i + 1` of the number
//! says which for `2^i`, and the last is added. The signs are taken 20 at a time, one table for each, and of these those
//! that are 4 apart at once, five together. A table has the 16 sums in which the last of the five is added; the others are
//! their opposites. So there are 52 sums, 4 doublings, no digit that is zero, and 13 KiB of tables.
#![expect(clippy::indexing_slicing, reason = "every index runs to the constant size of the arrays")]

use core::hint::black_box;

use p256::{
    NonZeroScalar, Scalar,
    elliptic_curve::{
        PrimeField,
        subtle::{Choice, ConditionallySelectable},
    },
};
use zeroize::Zeroize;

use crate::{
    Error,
    field::Element,
    point::{Affine, Point},
};

/// How many tables there are.
const TABLES: usize = 13;
/// How many signs a table is for.
const TABLE_BITS: usize = 20;
/// The distance of signs that are taken at once.
const SPACING: usize = 4;
/// How many signs are taken at once.
const TEETH: usize = 5;
/// The octets of a point of a table: both coordinates in Montgomery's form, little-endian.
const POINT_OCTETS: usize = 64;
/// The points of a table.
const POINTS: usize = 1 << (TEETH - 1);

/// The tables: point `i` of table `t` is `2^(20 t)` times the sum of `2^16` and the four numbers `2^(4 j)`, j below 4, added
/// where bit j of `i` is one and subtracted where it is zero, times the generator. A test makes them again.
pub(crate) static COMB: [u8; TABLES * POINTS * POINT_OCTETS] = *include_bytes!("comb.bin");

/// The first coordinate of the multiple of the generator, big-endian: what becomes r of a signature with the secret number
/// k. It takes the same time for every k.
pub fn x_of_multiple_of_generator(k: &NonZeroScalar) -> Result<[u8; 32], Error> {
    // The opposite has the same.
    multiple_or_opposite(k).map(|point| point.x.to_be_bytes())
}

/// Both coordinates of the multiple of the generator, big-endian. It takes the same time for every k.
pub fn multiple_of_generator(k: &NonZeroScalar) -> Result<[[u8; 32]; 2], Error> {
    let is_even = i64::from(black_box(k.is_even().unwrap_u8()));
    multiple_or_opposite(k).map(|point| [point.x, point.y.negated_if(-is_even)].map(Element::to_be_bytes))
}

/// The multiple of the generator, or its opposite where k is even.
fn multiple_or_opposite(k: &NonZeroScalar) -> Result<Affine, Error> {
    let mut windows = windows(k);
    let mut sum = Point::INFINITY;
    for row in (0..SPACING).rev() {
        sum = sum.doubled();
        for (table, window) in COMB.as_chunks::<POINT_OCTETS>().0.chunks_exact(POINTS).zip(&windows) {
            sum = sum.plus(&select(table, window >> row));
        }
    }
    let point = sum.affine().ok_or(Error::Fault);
    sum.zeroize();
    windows.zeroize();
    point
}

/// The signs for each table: of k where it is odd, else of its opposite.
fn windows(k: &NonZeroScalar) -> [u64; TABLES] {
    let is_even = Choice::from(black_box(k.is_even().unwrap_u8()));
    let mut odd = Scalar::conditional_select(k, &-**k, is_even);
    let mut octets = odd.to_repr();
    let mut words = [0; 5];
    for (word, octets) in words.iter_mut().zip(octets.as_chunks::<8>().0.iter().rev()) {
        *word = u64::from_be_bytes(*octets);
    }
    // The last of the 260 signs is that of 2^259, from bit 260.
    words[4] = 1 << 4;
    let mut windows = [0; TABLES];
    for (table, window) in windows.iter_mut().enumerate() {
        let at = TABLE_BITS * table + 1;
        let (word, shift) = (at / 64, at % 64);
        let next = words.get(word + 1).copied().unwrap_or(0);
        *window = words[word] >> shift | next << 1 << (63 - shift);
    }
    odd.zeroize();
    octets.zeroize();
    words.zeroize();
    windows
}

/// The point that the signs at every fourth bit name, found by reading the whole table.
#[inline(always)]
fn select(table: &[[u8; POINT_OCTETS]], signs: u64) -> Affine {
    let is_negative = (signs >> (SPACING * (TEETH - 1)) & 1).wrapping_sub(1);
    let signs = signs ^ is_negative;
    let index = signs & 1 | signs >> 3 & 2 | signs >> 6 & 4 | signs >> 9 & 8;
    let mut found = [0; 8];
    for (i, point) in (0..).zip(table) {
        // All ones for the one that is meant, else zeros. The optimiser must not make a branch of it.
        let mask = black_box((index ^ i).wrapping_sub(1).cast_signed() >> 63).cast_unsigned();
        for (found, word) in found.iter_mut().zip(point.as_chunks::<8>().0) {
            *found |= u64::from_le_bytes(*word) & mask;
        }
    }
    let [x0, x1, x2, x3, y0, y1, y2, y3] = found;
    let y = Element::from_words([y0, y1, y2, y3]).negated_if(black_box(is_negative.cast_signed()));
    Affine { x: Element::from_words([x0, x1, x2, x3]), y }
}
