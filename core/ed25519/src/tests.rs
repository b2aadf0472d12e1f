//! The arithmetic against big integers of somebody else, over edges and random values.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

extern crate std;

use std::vec::Vec;

use num_bigint::BigUint;
use sha2::Digest as _;

use crate::base::{BASE, BASE_WIDTH, MULTIPLES};
use crate::comb::{Comb, HALF_ORDER, SignedBits};
#[cfg(limbs)]
use crate::field::limbs::Limbs;
use crate::field::portable::multiply_add_halves;
use crate::field::words::Words;
use crate::field::{Field, words};
use crate::point::{D, KEY_WIDTH, Point, ROOT_OF_MINUS_ONE};
use crate::scalar::{DIGITS, Digits, MINUS_ORDER, Scalar, Sign};
use crate::sha512::{ROUNDS, START, Sha512};
use crate::{FAILS, HOLDS, Pinned4, PinnedKey, Refused, TablePoint, answer_parts};

fn power_of_two(exponent: u32) -> BigUint {
    BigUint::from(1u32) << exponent
}

fn p() -> BigUint {
    power_of_two(255) - 19u32
}

fn order() -> BigUint {
    power_of_two(252) + "27742317777372353535851937790883648493".parse::<BigUint>().unwrap()
}

fn number(words: [u32; 8]) -> BigUint {
    BigUint::from_slice(&words)
}

/// The words of a number below 2^256.
fn words_of(number: &BigUint) -> [u32; 8] {
    let mut digits = number.to_u32_digits();
    digits.resize(8, 0);
    digits.try_into().unwrap()
}

fn bytes_of<const N: usize>(number: &BigUint) -> [u8; N] {
    let mut bytes = number.to_bytes_le();
    bytes.resize(N, 0);
    bytes.try_into().unwrap()
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Words that are all bits, no bits or any bits, a quarter, a quarter and a half of the time.
    fn word(&mut self) -> u32 {
        match self.next() % 4 {
            0 => 0,
            1 => u32::MAX,
            _ => self.next() as u32,
        }
    }

    fn words<const N: usize>(&mut self) -> [u32; N] {
        core::array::from_fn(|_| self.word())
    }
}

/// Values where something changes, each with its neighbours, below 2^256.
fn edges() -> Vec<BigUint> {
    let two_256 = power_of_two(256);
    let around = [
        BigUint::from(0u32),
        BigUint::from(19u32),
        BigUint::from(38u32),
        p(),
        p() * 2u32,
        power_of_two(255),
        two_256.clone(),
        order(),
        (p() - 1u32) / 2u32,
        power_of_two(128),
        power_of_two(32),
        BigUint::from(38u32) * 38u32,
    ];
    let mut edges = Vec::new();
    for value in around {
        for offset in 0..3u32 {
            edges.push(&value + offset);
            if value >= BigUint::from(offset) {
                edges.push(&value - offset);
            }
        }
    }
    // Products that come to just below 2^256 once their upper half is folded.
    for offset in [37u32, 38, 39, 75, 76, 1405, 1406, 1407] {
        edges.push(&two_256 - offset);
    }
    edges.retain(|value| *value < two_256);
    edges.sort();
    edges.dedup();
    edges
}

/// Checks the operations on numbers of a type: of two of them, and of one.
macro_rules! check_operations {
    ($field:ty, $pair:ident, $single:ident) => {
        fn $pair(field_a: $field, field_b: $field, a: &BigUint, b: &BigUint) -> [$field; 3] {
            let apply = |operation: fn(&mut $field, &$field), expected: BigUint, what: &str| {
                let mut result = field_a;
                operation(&mut result, &field_b);
                assert_eq!(number(result.canonical()), expected % p(), "{a} {what} {b}");
                result
            };
            let results = [
                apply(<$field>::add, a + b, "+"),
                apply(<$field>::subtract, a + p() * 5u32 - b, "-"),
                apply(<$field>::multiply, a * b, "*"),
            ];
            let setters = [<$field>::set_sum, <$field>::set_difference, <$field>::set_product];
            for (set, result) in setters.iter().zip(&results) {
                let mut other = <$field>::ZERO;
                set(&mut other, &field_a, &field_b);
                assert_eq!(other.canonical(), result.canonical());
            }
            results
        }

        fn $single(field: $field, a: &BigUint) -> [$field; 2] {
            let apply = |operation: fn(&mut $field), expected: BigUint, what: &str| {
                let mut result = field;
                operation(&mut result);
                assert_eq!(number(result.canonical()), expected % p(), "{what} {a}");
                result
            };
            assert_eq!(number(field.canonical()), a % p());
            assert_eq!(field.is_zero(), a % p() == BigUint::from(0u32));
            assert_eq!(field.is_odd(), (a % p()).bit(0));
            [apply(<$field>::double, a * 2u32, "twice"), apply(|field| field.square_times(1), a * a, "the square of")]
        }
    };
}

check_operations!(Words, check_pair_of_words, check_single_words);
#[cfg(limbs)]
check_operations!(Limbs, check_pair_of_limbs, check_single_limbs);

fn check_pair(a: &BigUint, b: &BigUint) {
    let [words_a, words_b] = [words_of(a), words_of(b)];
    check_pair_of_words(Words::from_words(words_a), Words::from_words(words_b), a, b);
    #[cfg(limbs)]
    check_pair_of_limbs(Limbs::from_words(words_a), Limbs::from_words(words_b), a, b);
}

fn check_single(a: &BigUint) {
    check_single_words(Words::from_words(words_of(a)), a);
    #[cfg(limbs)]
    check_single_limbs(Limbs::from_words(words_of(a)), a);
    assert_eq!(number(words(&bytes_of(a))), *a);
    let without_top = a % power_of_two(255);
    assert_eq!(number(Field::from_bytes(&bytes_of(a)).canonical()), without_top % p());
}

fn check_powers(a: &BigUint) {
    let apply = |operation: fn(&mut Field)| {
        let mut result = Field::from_words(words_of(a));
        operation(&mut result);
        number(result.canonical())
    };
    for invert in [Field::invert, Field::invert_by_power] {
        assert_eq!(apply(invert), a.modpow(&(p() - 2u32), &p()), "1 / {a}");
    }
    assert_eq!(apply(Field::raise_to_p58), a.modpow(&((p() - 5u32) / 8u32), &p()), "{a} ^ ((p - 5) / 8)");
}

#[test]
fn the_field_at_its_edges() {
    let edges = edges();
    for a in &edges {
        check_single(a);
        check_powers(a);
        for b in &edges {
            check_pair(a, b);
        }
    }
}

#[test]
fn the_field_at_random() {
    let mut random = Random(25519);
    for _ in 0..20_000 {
        let (a, b) = (number(random.words()), number(random.words()));
        check_pair(&a, &b);
        check_single(&a);
    }
    for _ in 0..300 {
        check_powers(&number(random.words()));
    }
}

/// Limbs are greatest between operations: the lowest, the seven between, and the top one.
#[cfg(limbs)]
const LIMBS_MAX: [u32; 9] = {
    let middle = (1 << 29) - 1;
    [middle + (1 << 15), middle, middle, middle, middle, middle, middle, middle, 1 << 25]
};

/// The number of these limbs.
#[cfg(limbs)]
fn number_of(limbs: &Limbs) -> BigUint {
    limbs.0.iter().rev().fold(BigUint::from(0u32), |number, limb| (number << 29u32) + limb)
}

#[cfg(limbs)]
#[test]
fn limbs_keep_their_bounds() {
    let check = |a: Limbs, b: Limbs| {
        let (number_a, number_b) = (number_of(&a), number_of(&b));
        let results = check_pair_of_limbs(a, b, &number_a, &number_b);
        for result in results.into_iter().chain(check_single_limbs(a, &number_a)) {
            for (limb, max) in result.0.iter().zip(LIMBS_MAX) {
                assert!(*limb <= max, "{:x?} {:x?} {:x?}", a.0, b.0, result.0);
            }
        }
    };
    let mut random = Random(29);
    let mut limbs = |extremes| {
        Limbs(LIMBS_MAX.map(|max| match random.next() % 8 {
            0 | 1 => 0,
            2 | 3 => max,
            4 => (1 << max.ilog2()) - 1,
            5 if extremes => 1,
            6 if extremes => max - 1,
            _ => (random.next() % (u64::from(max) + 1)) as u32,
        }))
    };
    let zero_and_all = [Limbs::ZERO, Limbs(LIMBS_MAX)];
    for a in zero_and_all {
        zero_and_all.iter().for_each(|b| check(a, *b));
        for _ in 0..1000 {
            let b = limbs(true);
            check(a, b);
            check(b, a);
        }
    }
    for round in 0..50_000 {
        check(limbs(round % 2 == 0), limbs(round % 3 == 0));
    }
}

/// Numbers with which Euclid's algorithm comes to what is rare: quotients that are large or all 1,
/// rests that are near to each other, and few or many steps.
fn rare_numbers() -> Vec<BigUint> {
    let mut numbers: Vec<BigUint> = (0..300u32).map(BigUint::from).collect();
    for bits in 1..256 {
        for offset in 0..3u32 {
            numbers.extend([power_of_two(bits) - offset.min(1), power_of_two(bits) + offset]);
            numbers.push(p() / power_of_two(bits) + offset);
        }
    }
    let mut random = Random(1938);
    for bits in (1..33).cycle().take(1_000) {
        // Near a fraction of p whose quotients end after some steps: then comes a large one.
        let below = 1 + random.next() % (1 << bits);
        let above = random.next() % below;
        let near = p() * above / below;
        let offset = BigUint::from(random.next() >> (random.next() % 64));
        numbers.extend([&near + &offset, near + 1u32]);
    }
    // Of two numbers that follow each other in Fibonacci's row all quotients are 1.
    let (mut last, mut next) = (BigUint::from(1u32), BigUint::from(1u32));
    while next < p() {
        numbers.extend([p() * &last / &next, last.clone()]);
        (last, next) = (next.clone(), last + next);
    }
    for bits in 1..256 {
        numbers.extend((0..5).map(|_| number(random.words()) % power_of_two(bits)));
    }
    numbers.extend((0..4_000).map(|_| number(random.words())));
    let negatives: Vec<BigUint> = numbers.iter().map(|n| p() - n % p()).collect();
    numbers.extend(negatives);
    numbers.retain(|n| *n < power_of_two(256));
    numbers
}

#[test]
fn inverses_are_found_by_steps_or_by_the_power() {
    let (mut by_steps, mut by_power) = (0, 0);
    for n in rare_numbers() {
        let expected = n.modpow(&(p() - 2u32), &p());
        let mut inverse = Field::from_words(words_of(&n));
        let is_found = inverse.invert_by_steps();
        *(if is_found { &mut by_steps } else { &mut by_power }) += 1;
        // If it is not found, nothing was done.
        let found = if is_found { &expected } else { &(&n % p()) };
        assert_eq!(number(inverse.canonical()), *found, "1 / {n} in steps");
        let mut inverse = Field::from_words(words_of(&n));
        inverse.invert();
        assert_eq!(number(inverse.canonical()), expected, "1 / {n}");
    }
    assert!(by_steps > 3_000 && by_power > 3_000, "{by_steps} by steps, {by_power} by the power");
}

/// A number below 2^512 modulo L, by way of the hash that it is.
fn reduced(value: &BigUint) -> Scalar {
    let bytes: [u8; 64] = bytes_of(value);
    let mut hash = [0; 8];
    for (word, bytes) in hash.iter_mut().zip(bytes.as_chunks().0) {
        *word = u64::from_be_bytes(*bytes);
    }
    Scalar::reduce(&hash)
}

#[test]
fn scalars_are_reduced() {
    let check = |value: &BigUint| {
        let expected = value % order();
        assert_eq!(number(reduced(value).words()), expected, "{value}");
        if value.bits() <= 256 {
            let bytes = bytes_of(value);
            assert_eq!(Scalar::check(&bytes).is_ok(), *value == expected, "{value}");
        }
    };
    let two_512 = power_of_two(512);
    // Multiples of the order, and rests of 2^252 or more before a word is brought down.
    let mut factors: Vec<BigUint> = (0..260).map(power_of_two).collect();
    factors.extend((0..260).map(|bits| power_of_two(bits) - 1u32));
    factors.extend(edges());
    let mut values = edges();
    for factor in &factors {
        for value in [order() * factor, (order() - 1u32) * factor, power_of_two(252) * factor] {
            for shift in [0, 32, 64, 96, 128, 160, 192, 224, 256] {
                values.extend([(&value << shift) + 1u32, (&value << shift) + (power_of_two(shift) - 1u32)]);
                values.push(&value << shift);
                if value > BigUint::from(0u32) {
                    values.push((&value << shift) - 1u32);
                }
            }
        }
    }
    values.push(&two_512 - 1u32);
    values.retain(|value| *value < two_512);
    values.iter().for_each(check);
    let mut random = Random(252);
    for _ in 0..20_000 {
        check(&BigUint::from_slice(&random.words::<16>()));
        check(&number(random.words()));
    }
}

/// Reads a scalar in digits as the group does, and adds them up again.
fn check_digits(scalar: &Scalar, width: u32) {
    let (mut plus, mut minus) = (BigUint::from(0u32), BigUint::from(0u32));
    let mut digits = Digits::new(scalar, width);
    let mut last = DIGITS + width;
    for place in (0..DIGITS).rev() {
        let Some(digit) = digits.at(place) else { continue };
        assert!(digit.index < 1 << (width - 2), "an odd multiple that there is");
        assert!(last > place, "digits do not overlap");
        last = place;
        let value = BigUint::from(digit.index * 2 + 1) << place;
        *(if digit.sign == Sign::Plus { &mut plus } else { &mut minus }) += value;
    }
    assert_eq!(plus - minus, number(scalar.words()), "width {width}");
}

#[test]
fn digits_add_up() {
    let mut scalars: Vec<BigUint> = edges().into_iter().chain((0..252).map(power_of_two)).collect();
    scalars.extend((0..252).map(|bits| power_of_two(bits) - 1u32));
    scalars.extend((0..252).map(|bits| order() - power_of_two(bits)));
    scalars.extend((0..2048u32).map(BigUint::from));
    let mut random = Random(5);
    scalars.extend((0..5_000).map(|_| number(random.words())));
    for scalar in scalars {
        let scalar = reduced(&scalar);
        check_digits(&scalar, BASE_WIDTH);
        check_digits(&scalar, KEY_WIDTH);
        check_digits(&scalar, 5);
        check_digits(&scalar, 6);
    }
}

/// The powers of 2 in an entry of a comb: those whose sign is a plus, and the others.
fn powers(columns: u32, teeth: u32, index: usize) -> (BigUint, BigUint) {
    let (mut plus, mut minus) = (power_of_two(columns * (teeth - 1)), BigUint::from(0u32));
    for tooth in 0..teeth - 1 {
        *(if index >> tooth & 1 == 1 { &mut plus } else { &mut minus }) += power_of_two(columns * tooth);
    }
    (plus, minus)
}

/// Reads a scalar by a comb as the group does, and adds up what the points are multiplied by.
fn check_comb(scalar: &Scalar, entries: usize, columns: u32, teeth: u32) {
    let comb = Comb::of(entries).unwrap();
    assert_eq!((comb.columns, 1 << (teeth - 1)), (columns, entries));
    let bits = SignedBits::of(scalar, comb);
    let (mut plus, mut minus) = (BigUint::from(0u32), BigUint::from(0u32));
    for column in 0..columns {
        let signs = bits.columns(comb, column & !3);
        let digit = comb.digit(signs >> (column % 4 * 8));
        assert!(digit.index < entries, "an entry that there is");
        let (mut up, mut down) = powers(columns, teeth, digit.index);
        if digit.sign == Sign::Minus {
            core::mem::swap(&mut up, &mut down);
        }
        plus += up << column;
        minus += down << column;
    }
    // 2 n - L, which is odd: not only modulo L.
    let twice = number(scalar.words()) * 2u32;
    assert_eq!(plus + order(), minus + twice, "{teeth} teeth");
}

#[test]
fn combs_add_up() {
    let mut scalars: Vec<BigUint> = edges().into_iter().chain((0..253).map(power_of_two)).collect();
    for bits in 0..252 {
        let power = power_of_two(bits);
        scalars.extend([&power - 1u32, order() - &power, order() / 2u32 + &power, order() / 2u32 - &power]);
    }
    scalars.extend((0..2048u32).map(BigUint::from));
    let mut random = Random(6);
    scalars.extend((0..5_000).map(|_| number(random.words())));
    for scalar in scalars {
        let scalar = reduced(&scalar);
        check_comb(&scalar, 8, 64, 4);
        check_comb(&scalar, 16, 51, 5);
        check_comb(&scalar, 32, 43, 6);
    }
    for entries in (0..200).filter(|entries| ![8, 16, 32].contains(entries)) {
        assert!(Comb::of(entries).is_none(), "{entries}");
    }
}

fn inverse(a: &BigUint) -> BigUint {
    a.modpow(&(p() - 2u32), &p())
}

fn curve_d() -> BigUint {
    (p() - 121_665u32) * inverse(&BigUint::from(121_666u32)) % p()
}

/// The sum of two points, by the affine law of the curve.
fn sum(a: &(BigUint, BigUint), b: &(BigUint, BigUint)) -> (BigUint, BigUint) {
    let ((x_a, y_a), (x_b, y_b)) = (a, b);
    let product = curve_d() * x_a * x_b * y_a * y_b % p();
    let x = (x_a * y_b + x_b * y_a) * inverse(&(1u32 + &product)) % p();
    let y = (y_a * y_b + x_a * x_b) * inverse(&(1u32 + p() - product)) % p();
    (x, y)
}

fn negative((x, y): &(BigUint, BigUint)) -> (BigUint, BigUint) {
    (p() - x, y.clone())
}

/// A multiple of a point, by doubling and adding.
fn multiple(point: &(BigUint, BigUint), factor: &BigUint) -> (BigUint, BigUint) {
    let mut product = (BigUint::from(0u32), BigUint::from(1u32));
    for place in (0..factor.bits()).rev() {
        product = sum(&product, &product);
        if factor.bit(place) {
            product = sum(&product, point);
        }
    }
    product
}

/// RFC 8032 5.1: y = 4 / 5, and this x.
fn base_point() -> (BigUint, BigUint) {
    let x = "15112221349535400772501151409588531511454012693041857206046113283949847762202".parse().unwrap();
    (x, BigUint::from(4u32) * inverse(&BigUint::from(5u32)) % p())
}

/// What a table has for a point.
fn addend((x, y): &(BigUint, BigUint)) -> [BigUint; 3] {
    let half = inverse(&BigUint::from(2u32));
    [(y + x) * &half % p(), (y + p() - x) * &half % p(), curve_d() * x * y % p()]
}

/// Compares both tables of a key with sums of affine points.
fn check_tables<const ENTRIES: usize>(columns: u32, teeth: u32) {
    let key = multiple(&base_point(), &BigUint::from(0x1234_5678_9abc_def1u64));
    let mut encoding = bytes_of::<32>(&key.1);
    encoding[31] |= u8::from(key.0.bit(0)) << 7;
    let base = PinnedKey::<ENTRIES>::BASE.iter().map(TablePoint::words).collect();
    let table = PinnedKey::<ENTRIES>::generate(&encoding).unwrap().words().to_vec();
    for (table, point) in [(base, base_point()), (table, negative(&key))] {
        let table: Vec<[[u32; 8]; 3]> = table;
        assert_eq!(table.len(), ENTRIES);
        let half = multiple(&point, &number(HALF_ORDER));
        assert_eq!(sum(&half, &half), point);
        let mut tooth = half;
        let mut powers = Vec::new();
        for _ in 0..teeth {
            powers.push(tooth.clone());
            tooth = multiple(&tooth, &power_of_two(columns));
        }
        for (index, words) in table.iter().enumerate() {
            let mut expected = powers[powers.len() - 1].clone();
            for (bit, power) in powers[..powers.len() - 1].iter().enumerate() {
                expected = sum(&expected, &if index >> bit & 1 == 1 { power.clone() } else { negative(power) });
            }
            assert_eq!(words.map(number), addend(&expected), "{teeth} teeth, entry {index}");
        }
    }
}

#[test]
fn tables_hold_the_sums_that_combs_ask_for() {
    assert_eq!(number(HALF_ORDER) * 2u32, order() + 1u32);
    check_tables::<8>(64, 4);
    check_tables::<16>(51, 5);
    check_tables::<32>(43, 6);
}

#[test]
fn halves_multiply_as_words_do() {
    let mut random = Random(16);
    let edges = [0, 1, 0xffff, 0x1_0000, 0x1_0001, 0xffff_0000, 0xffff_fffe, u32::MAX];
    let check = |[a, b, sum, carry]: [u32; 4]| {
        assert_eq!(multiply_add_halves(a, b, sum, carry), a.carrying_mul_add(b, sum, carry), "{a} {b} {sum} {carry}");
    };
    for a in edges {
        for b in edges {
            for sum in edges {
                edges.iter().for_each(|carry| check([a, b, sum, *carry]));
            }
        }
    }
    (0..100_000).for_each(|_| check(random.words()));
}

#[test]
fn constants_are_what_they_are_called() {
    assert_eq!(number(MINUS_ORDER), power_of_two(256) - order());
    assert_eq!(number(D.canonical()), curve_d());
    let root = number(ROOT_OF_MINUS_ONE.canonical());
    assert_eq!(&root * &root % p(), p() - 1u32);

    let base = base_point();
    let twice = sum(&base, &base);
    let mut multiple = base;
    assert_eq!(BASE.len(), 1 << (BASE_WIDTH - 2));
    for entry in &MULTIPLES {
        let found = [&entry.sum, &entry.difference, &entry.product];
        assert_eq!(found.map(|stored| number(stored.words())), addend(&multiple));
        multiple = sum(&multiple, &twice);
    }
}

#[test]
fn an_r_has_one_encoding() {
    // Nobody can sign with such an R, so no signature would show it.
    let mut points = 0;
    for y in 0..19u32 {
        let mut other = bytes_of::<32>(&(p() + y));
        let mut canonical = bytes_of::<32>(&BigUint::from(y));
        let decoded = || {
            let mut point = Point::ROOM;
            point.decode_negated(&bytes_of(&BigUint::from(y))).map(|()| point)
        };
        if decoded().is_err() || y < 2 {
            continue;
        }
        // The negative of the point without a sign has one.
        canonical[31] |= 0x80;
        other[31] |= 0x80;
        let compared = |r| {
            let mut point = decoded().unwrap();
            point.z.invert();
            point.compare(r)
        };
        assert_eq!(compared(&canonical), Ok(HOLDS), "y = {y}");
        assert_eq!(compared(&other), Err(Refused::Signature), "y = p + {y}");
        points += 1;
    }
    assert!(points > 3, "{points}");
}

#[test]
fn sha_512_is_the_one_of_fips_180() {
    let primes = (2u32..).filter(|n| (2..*n).all(|d| n % d != 0));
    for (constant, prime) in ROUNDS.iter().zip(primes.clone()) {
        assert_eq!(BigUint::from(*constant), (power_of_two(192) * prime).cbrt() % power_of_two(64));
    }
    for (constant, prime) in START.iter().zip(primes) {
        assert_eq!(BigUint::from(*constant), (power_of_two(128) * prime).sqrt() % power_of_two(64));
    }
    let message: Vec<u8> = (0..600u32).map(|index| (index * 7 + 3) as u8).collect();
    for length in 0..message.len() {
        let (part, split) = (&message[..length], length / 3);
        let mut hash = Sha512::new();
        hash.update(&part[..split]);
        hash.update(&part[split..]);
        let digest: Vec<u8> = hash.finish().iter().flat_map(|word| word.to_be_bytes()).collect();
        assert_eq!(digest, sha2::Sha512::digest(part)[..], "{length} bytes");
    }
}

#[test]
fn a_word_is_far_from_every_other() {
    // RFC 8032 7.1, test 1: an empty message.
    let key: [u8; 32] = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    let good: [u8; 64] = hex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    );
    let pinned = Pinned4::generate(&key).unwrap();
    let words = |message: &[&[u8]], signature: &[u8; 64]| {
        [answer_parts(&key, message, signature), pinned.table().answer_parts(message, signature)]
    };
    assert_eq!(words(&[], &good), [HOLDS; 2]);
    assert_eq!(words(&[b"", b""], &good), [HOLDS; 2]);
    assert_eq!(words(&[b"x"], &good), [FAILS; 2]);
    for bit in (0..512).step_by(31) {
        let mut changed = good;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(words(&[], &changed), [FAILS; 2], "{bit}");
    }
    assert_eq!((HOLDS ^ FAILS).count_ones(), 32);
}

/// The bytes of hexadecimal digits.
fn hex<const N: usize>(digits: &str) -> [u8; N] {
    core::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
}
