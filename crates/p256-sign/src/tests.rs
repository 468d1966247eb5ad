//! The arithmetic against num-bigint at the limits of what is allowed, and the tables and multiples against `p256`.

extern crate std;

use std::{format, println, vec, vec::Vec};

use num_bigint::{BigInt, BigUint, Sign};
use p256::{
    NonZeroScalar, ProjectivePoint, Scalar,
    elliptic_curve::{Field, Group, PrimeField, point::AffineCoordinates},
};

use crate::{
    comb::{COMB, multiple_of_generator, x_of_multiple_of_generator},
    field::{Element, mul, mul_add_mul, square},
    point::{Affine, Point},
};

/// xorshift64*, which is random enough here.
struct Random(u64);

impl Random {
    fn word(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Limbs of at most so many units, the last as of a number below `2^256` so many times; often all of them at the limit.
    fn element(&mut self, units: i64) -> Element {
        let limit = |at: usize| units << if at == 8 { 24 } else { 28 };
        let kind = self.word() % 8;
        Element(core::array::from_fn(|at| {
            let limit = limit(at);
            match (kind, self.word() % 3) {
                (0, _) => limit,
                (1, _) => -limit,
                (2, _) => limit - 1,
                (3, 0) | (4, 0 | 1) => limit,
                (3 | 4, _) => -limit,
                (5, 0) => 0,
                _ => (self.word() as i64 >> 1) % (limit + 1),
            }
        }))
    }

    fn scalar(&mut self) -> Scalar {
        let mut wide = Scalar::from(self.word());
        for _ in 0..4 {
            wide = wide * Scalar::from(u64::MAX) + Scalar::from(self.word());
        }
        wide
    }
}

fn p() -> BigInt {
    let power = |exponent: u32| BigInt::from(1) << exponent;
    power(256) - power(224) + power(192) + power(96) - 1
}

fn r() -> BigInt {
    BigInt::from(1) << 261
}

fn value(element: &Element) -> BigInt {
    element.0.iter().rev().fold(BigInt::ZERO, |number, limb| (number << 29) + limb)
}

fn modulo(number: &BigInt) -> BigInt {
    let rest = number % p();
    if rest < BigInt::ZERO { rest + p() } else { rest }
}

fn element(number: &BigInt) -> Element {
    let (_, bytes) = modulo(number).to_bytes_le();
    let mut words = [0; 4];
    for (word, octets) in words.iter_mut().zip(bytes.chunks(8)) {
        *word = octets.iter().rev().fold(0, |word, octet| word << 8 | u64::from(*octet));
    }
    Element::from_words(words)
}

/// A number in Montgomery's form.
fn entered(number: &BigInt) -> Element {
    element(&(number * r()))
}

fn left(element: &Element) -> BigInt {
    BigInt::from_bytes_be(Sign::Plus, &element.to_be_bytes())
}

fn assert_has_one_unit(element: &Element) {
    assert!(element.0[..8].iter().all(|limb| (-(1 << 28)..1 << 28).contains(limb)), "{:?}", element.0);
    // Far from a unit: at most a few times p.
    assert!(element.0[8].abs() < 1 << 27, "{:?}", element.0);
}

#[test]
fn products_at_the_limits_of_the_units() {
    let mut random = Random(1);
    for (units_a, units_b) in [(1, 1), (1, 15), (2, 4), (3, 5), (15, 1), (5, 3), (2, 7)] {
        for _ in 0..500 {
            let (a, b) = (random.element(units_a), random.element(units_b));
            let product = mul(&a, &b);
            assert_has_one_unit(&product);
            assert_eq!(modulo(&(value(&product) * r())), modulo(&(value(&a) * value(&b))));
        }
    }
}

#[test]
fn sums_of_products_at_the_limits_of_the_units() {
    let mut random = Random(2);
    for units in [(1, 1, 1, 1), (1, 14, 1, 1), (3, 2, 2, 1), (2, 2, 1, 1), (2, 2, 3, 1), (3, 3, 6, 1), (5, 2, 1, 5)] {
        for _ in 0..500 {
            let [a, b, c, d] = [units.0, units.1, units.2, units.3].map(|units| random.element(units));
            let sum = mul_add_mul(&a, &b, &c, &d);
            assert_has_one_unit(&sum);
            let expected = value(&a) * value(&b) + value(&c) * value(&d);
            assert_eq!(modulo(&(value(&sum) * r())), modulo(&expected));
        }
    }
}

#[test]
fn squares_at_the_limits_of_the_units() {
    let mut random = Random(3);
    for units in [1, 2, 3] {
        for _ in 0..500 {
            let a = random.element(units);
            assert_eq!(square(&a).0, mul(&a, &a).0);
        }
    }
}

#[test]
fn carries_at_the_limits_of_the_units() {
    let mut random = Random(4);
    for units in [1, 2, 6, 9, 15] {
        for _ in 0..500 {
            let a = random.element(units);
            let carried = a.carried();
            assert_has_one_unit(&carried);
            assert!(value(&carried).magnitude() < &(p().magnitude() + (BigUint::from(1_u8) << 252)));
            assert_eq!(modulo(&value(&carried)), modulo(&value(&a)));
        }
    }
}

/// Numbers that are the least, the greatest, or have long runs of ones or zeros, and random ones.
fn numbers(random: &mut Random) -> Vec<BigInt> {
    let power = |exponent: u32| BigInt::from(1) << exponent;
    let mut numbers = vec![BigInt::ZERO, BigInt::from(1), BigInt::from(2), p() - 1, p() - 2, p() >> 1, power(255)];
    numbers.extend([29, 58, 96, 192, 224, 232].map(power));
    numbers.extend([29, 58, 96, 192, 224, 232, 255].map(|exponent| power(exponent) - 1));
    numbers.extend((0..20).map(|_| modulo(&value(&random.element(1)))));
    numbers
}

#[test]
fn reading_writing_comparing_and_inverting() {
    let mut random = Random(5);
    assert_eq!(left(&Element::ONE), BigInt::from(1));
    assert_eq!(value(&element(&(p() - 1))), p() - 1);
    for number in numbers(&mut random) {
        let a = entered(&number);
        assert_eq!(left(&a), number);
        assert_eq!(left(&a.negated_if(-1)), modulo(&-&number));
        assert_eq!(left(&a.negated_if(0)), number);
        assert_eq!(left(&a.tripled()), modulo(&(&number * 3)));
        // However the limbs lie, and with a multiple of p.
        let other = entered(&modulo(&(&number - 5))) + entered(&BigInt::from(5)).carried();
        assert!(a.is(&other) && other.is(&a) && !a.is(&(other + Element::ONE)));
        let multiple =
            Element(core::array::from_fn(|at| 4 * element(&(p() - 1)).0[at])) + Element([4, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert!(a.is(&(a + multiple)) && a.is(&(a - multiple)) && a.is(&a.carried()));
        let inverse = left(&a.inverse());
        assert_eq!(inverse, number.modpow(&(p() - 2), &p()));
        assert_eq!(modulo(&(inverse * &number)), if number == BigInt::ZERO { BigInt::ZERO } else { BigInt::from(1) });
    }
    // Zero, written as p and as -p.
    let zero = element(&(p() - 1)) + Element([1, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!([zero, Element::ZERO - zero, zero + zero].map(|zero| zero.to_be_bytes()), [[0; 32]; 3]);
}

/// The tables as `p256` has them.
fn comb() -> Vec<u8> {
    let power = |exponent: u64| Scalar::from(2_u64).pow_vartime(&p256::U256::from_u64(exponent));
    let mut octets = Vec::new();
    for table in 0..13 {
        for point in 0..16_u64 {
            let signed = |bit: u64| if point >> bit & 1 == 1 { power(4 * bit) } else { -power(4 * bit) };
            let multiple = power(20 * table) * (power(16) + (0..4).map(signed).sum::<Scalar>());
            let affine = ProjectivePoint::mul_by_generator(&multiple).to_affine();
            let (x, y) = (affine.x(), coordinate_y(&affine));
            for coordinate in [BigInt::from_bytes_be(Sign::Plus, &x), y] {
                let (_, mut bytes) = modulo(&(coordinate * r())).to_bytes_le();
                bytes.resize(32, 0);
                octets.extend(bytes);
            }
        }
    }
    octets
}

fn coordinate_y(point: &p256::AffinePoint) -> BigInt {
    BigInt::from_bytes_be(Sign::Plus, &p256::Sec1Point::from(*point).y().unwrap()[..])
}

#[test]
fn the_tables_are_multiples_of_the_generator() {
    let expected = comb();
    if let Ok(path) = std::env::var("WRITE_COMB") {
        std::fs::write(path, &expected).unwrap();
        println!("written");
    }
    assert!(COMB[..] == expected[..]);
}

fn affine(multiple: &Scalar) -> Affine {
    let point = ProjectivePoint::mul_by_generator(multiple).to_affine();
    Affine { x: entered(&BigInt::from_bytes_be(Sign::Plus, &point.x())), y: entered(&coordinate_y(&point)) }
}

fn projective(multiple: &Scalar) -> Point {
    if bool::from(multiple.is_zero()) {
        return Point::INFINITY;
    }
    let Affine { x, y } = affine(multiple);
    // Another third coordinate than one.
    let z = entered(&BigInt::from(0x1234_5678_9abc_u64));
    Point { x: mul(&x, &z), y: mul(&y, &z), z: z.carried() }
}

/// Sums of all kinds: with infinity, of a point and itself or its opposite, and of others.
#[test]
fn sums_of_points() {
    let numbers =
        [Scalar::ZERO, Scalar::ONE, -Scalar::ONE, Scalar::from(2_u64), -Scalar::from(2_u64), Random(6).scalar()];
    for a in numbers {
        assert_eq!(coordinates(&projective(&a).doubled()), expected(&(a + a)));
        for b in numbers.into_iter().filter(|b| *b != Scalar::ZERO) {
            let sum = projective(&a).plus(&affine(&b));
            assert_eq!(coordinates(&sum), expected(&(a + b)), "{a:?} {b:?}");
        }
    }
}

fn coordinates(point: &Point) -> Option<[[u8; 32]; 2]> {
    point.affine().map(|Affine { x, y }| [x.to_be_bytes(), y.to_be_bytes()])
}

fn expected(multiple: &Scalar) -> Option<[[u8; 32]; 2]> {
    let point = p256::Sec1Point::from(ProjectivePoint::mul_by_generator(multiple).to_affine());
    Some([(*point.x()?).into(), (*point.y()?).into()])
}

#[test]
fn a_point_that_is_not_on_the_curve_has_no_coordinates() {
    let good = projective(&Scalar::from(7_u64));
    assert!(good.affine().is_some());
    for coordinate in 0..3 {
        for limb in 0..9 {
            let mut bad = good;
            [&mut bad.x, &mut bad.y, &mut bad.z][coordinate].0[limb] ^= 1 << (limb * 2);
            assert!(bad.affine().is_none());
        }
    }
    assert!(Point { x: Element::ZERO, y: Element::ZERO, z: Element::ZERO }.affine().is_none());
    assert!(Point { y: Element::ZERO, ..good }.affine().is_none());
}

/// Numbers from one on; the last; powers of two, their opposites and neighbours; digits that are all the same; random ones.
#[test]
fn multiples_of_the_generator() {
    let mut scalars: Vec<Scalar> = (1..70_u64).map(Scalar::from).flat_map(|scalar| [scalar, -scalar]).collect();
    let mut power = Scalar::ONE;
    for _ in 0..256 {
        scalars.extend([power, -power, power - Scalar::ONE]);
        power = power.double();
    }
    for digits in ["0", "1", "7", "8", "9", "f", "01", "0f", "f0", "80", "08", "7f", "00ff", "00001", "fffff00000"] {
        let repeated: std::string::String = digits.chars().cycle().take(63).collect();
        for text in [format!("0{repeated}"), format!("7{repeated}"), format!("{repeated}0")] {
            let number = BigUint::parse_bytes(text.as_bytes(), 16).unwrap();
            let mut octets = [0; 32];
            let bytes = number.to_bytes_be();
            octets[32 - bytes.len()..].copy_from_slice(&bytes);
            scalars.extend(Scalar::from_repr(octets.into()).into_option());
        }
    }
    let mut random = Random(7);
    scalars.extend((0..100).map(|_| random.scalar()));
    for scalar in scalars {
        if let Some(k) = NonZeroScalar::new(scalar).into_option() {
            let [x, y] = expected(&scalar).unwrap();
            assert_eq!(multiple_of_generator(&k), Ok([x, y]), "{scalar:?}");
            assert_eq!(x_of_multiple_of_generator(&k), Ok(x), "{scalar:?}");
        }
    }
}
