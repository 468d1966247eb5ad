//! Points of P-256 in projective coordinates, by the complete formulas of
//! [Renes, Costello and Batina](https://eprint.iacr.org/2015/1060) for `a = -3`: no case is another, so that nothing branches
//! on a secret. In brackets are units of limbs, see [`crate::field`]. Two products with one sum get one reduction.

use zeroize::Zeroize;

use crate::field::{Element, mul, mul_add_mul, square};

/// The coefficient b of the curve ([SP 800-186 §3.2.1.3](https://doi.org/10.6028/NIST.SP.800-186)) in Montgomery's form, of two units.
const B: Element = Element([
    0x1897_bbfb,
    0x1cdf_6229,
    0x0184_86c4,
    0x0173_2821,
    0x1dad_59e0,
    0x0abf_7212,
    0x1a06_d110,
    0x1772_1d20,
    0x0086_00c3,
]);

/// The point `(x/z, y/z)`, with coordinates of one unit; no point of the plane where z is zero.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    pub(crate) x: Element,
    pub(crate) y: Element,
    pub(crate) z: Element,
}

/// A point of the plane, with coordinates of two units at most.
#[derive(Clone, Copy)]
pub(crate) struct Affine {
    pub(crate) x: Element,
    pub(crate) y: Element,
}

impl Point {
    /// The point at infinity.
    pub(crate) const INFINITY: Self = Self { x: Element::ZERO, y: Element::ONE, z: Element::ZERO };

    /// The sum with a point of the plane: algorithm 5.
    pub(crate) fn plus(&self, other: &Affine) -> Self {
        let Self { x, y, z } = self;
        let xx = mul(x, &other.x);
        let yy = mul(y, &other.y);
        // [3], and the factors [2] and [4]
        let xy = mul(&(*x + *y), &(other.x + other.y)) - xx - yy;
        // [2] and [2]
        let yz = mul(&other.y, z) + *y;
        let xz = mul(&other.x, z) + *x;
        combine(xx, yy, *z, xy, xz, yz)
    }

    /// The double. What algorithm 6 saves of a sum with itself is a tenth of it, and there are few.
    pub(crate) fn doubled(&self) -> Self {
        let Self { x, y, z } = self;
        let twice = |product: Element| product + product;
        combine(square(x), square(y), square(z), twice(mul(x, y)), twice(mul(x, z)), twice(mul(y, z)))
    }

    /// The same in the plane, if it is there and on the curve.
    pub(crate) fn affine(&self) -> Option<Affine> {
        let mut inverse = self.z.inverse();
        let (x, y) = (mul(&self.x, &inverse), mul(&self.y, &inverse));
        inverse.zeroize();
        // y^2 = x (x^2 - 3) + b. Where z is zero, x and y are, too, and that is not on the curve.
        let right = mul(&x, &(square(&x) - Element::ONE.tripled())) + B;
        square(&y).is(&right).then_some(Affine { x, y })
    }
}

/// The sum of two points from the products of their coordinates: `x x`, `y y` and `z z` of both, of one unit each, and what
/// is `x y + y x`, of three, `x z + z x` and `y z + z y`, of two each, of the one and the other.
#[inline(never)]
fn combine(xx: Element, yy: Element, zz: Element, xy: Element, xz: Element, yz: Element) -> Point {
    // [9, 15 and 6 before they are carried, then 1]
    let a = (xz - mul(&B, &zz)).tripled().carried();
    let b = (mul(&B, &xz) - zz.tripled() - xx).tripled().carried();
    let c = (xx - zz).tripled().carried();
    // [2]
    let (plus, minus) = (yy + a, yy - a);
    Point {
        x: mul_add_mul(&xy, &plus, &yz, &(Element::ZERO - b)),
        y: mul_add_mul(&plus, &minus, &b, &c),
        z: mul_add_mul(&yz, &minus, &xy, &c),
    }
}

impl Zeroize for Point {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
        self.z.zeroize();
    }
}
