//! Makes the tables of a key, in const functions.

use core::fmt;

use super::TablePoint;
use super::curve::{Number, Point, Words};
use crate::PUBLIC_KEY_BYTES;
use crate::comb::Comb;

/// Why a key cannot be pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unpinnable {
    /// The bytes are another way to write a point than RFC 8032 has: y is not below p, or x is 0 and
    /// has a sign. No signer makes such a key; take it from where it was made once more.
    NotCanonical,
    /// The bytes encode no point. The key is damaged, or it is no Ed25519 key.
    NotAPoint,
    /// The order of the point divides 8, so that the key would sign every message. It is nobody's
    /// key; do not trust it.
    SmallOrder,
    /// The point has a component of small order. No signer makes such a key, and a table cannot say
    /// what it means; `verify` can.
    NotPrimeOrder,
}

impl fmt::Display for Unpinnable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotCanonical => "the public key is not encoded as RFC 8032 says",
            Self::NotAPoint => "the public key is damaged, or it is no Ed25519 key",
            Self::SmallOrder => "the public key would sign every message",
            Self::NotPrimeOrder => "the public key has a component of small order",
        })
    }
}

impl core::error::Error for Unpinnable {}

/// (L + 1) / 2, least significant word first, which is 1 / 2 modulo L, the order of the base point.
const HALF_ORDER: Words = [0x2c09_318d_2e7a_e9f7, 0x0a6f_7cef_517b_ce6b, 0, 0x0800_0000_0000_0000];

/// (p - 5) / 8
const P58: Words = [0xffff_ffff_ffff_fffd, 0xffff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff, 0x0fff_ffff_ffff_ffff];

/// The table of the key's negative.
pub(super) const fn table<const ENTRIES: usize>(
    public_key: &[u8; PUBLIC_KEY_BYTES],
    comb: Comb,
) -> Result<[TablePoint; ENTRIES], Unpinnable> {
    let key = match decode(public_key) {
        Ok(key) => key,
        Err(unpinnable) => return Err(unpinnable),
    };
    // Half of a point of prime order, doubled, is the point: [L + 1]A = A says that [L]A = 0.
    let half = key.times(HALF_ORDER);
    if !half.double_times(1).is(key) {
        return Err(Unpinnable::NotPrimeOrder);
    }
    Ok(affine(&sums(half.negative(), comb)))
}

/// The point that a key encodes, in the one way that RFC 8032 5.1.3 has for it.
const fn decode(public_key: &[u8; PUBLIC_KEY_BYTES]) -> Result<Point, Unpinnable> {
    let (sign, y) = Number::from_bytes(public_key).split_top();
    if !matches!(y.plus_small(19).split_top(), (0, _)) {
        return Err(Unpinnable::NotCanonical);
    }
    // x^2 = u / v = (y^2 - 1) / (d y^2 + 1), and x = u v^3 (u v^7)^((p - 5) / 8).
    let square = y.times(y);
    let (u, v) = (square.minus(Number::ONE), square.times(Number::D).plus(Number::ONE));
    let cube = v.times(v).times(v);
    let root = u.times(cube).times(u.times(cube).times(cube).times(v).power(P58));
    // It is a root of u / v, or of -u / v, or there is none.
    let found = root.times(root).times(v);
    let root = if found.is(u) {
        root
    } else if found.is(u.negative()) {
        root.times(Number::ROOT_OF_MINUS_ONE)
    } else {
        return Err(Unpinnable::NotAPoint);
    };
    if sign == 1 && root.is(Number::ZERO) {
        return Err(Unpinnable::NotCanonical);
    }
    let x = if root.is_odd() == (sign == 1) { root } else { root.negative() };
    let point = Point::new(x, y);
    if point.double_times(3).is(Point::NEUTRAL) { Err(Unpinnable::SmallOrder) } else { Ok(point) }
}

/// The points of a comb: the top tooth, and each lower tooth added where its bit of the index is
/// set and subtracted where it is not.
const fn sums<const ENTRIES: usize>(point: Point, comb: Comb) -> [Point; ENTRIES] {
    let mut sums = [Point::NEUTRAL; ENTRIES];
    let (mut tooth, mut size) = (point, 1);
    // The first `size` entries are done as far as the teeth before this one go.
    while let Some((done, rest)) = sums.as_mut_slice().split_at_mut_checked(size) {
        let (mut done, mut rest) = (done, rest);
        while let (Some((minus, more_done)), Some((plus, more_rest))) =
            ({ done }.split_first_mut(), { rest }.split_first_mut())
        {
            (*plus, *minus) = (minus.plus(tooth), minus.plus(tooth.negative()));
            (done, rest) = (more_done, more_rest);
        }
        tooth = tooth.double_times(comb.columns);
        size = size.wrapping_mul(2);
        if size == ENTRIES {
            break;
        }
    }
    let mut left = sums.as_mut_slice();
    while let Some((sum, more)) = { left }.split_first_mut() {
        *sum = sum.plus(tooth);
        left = more;
    }
    sums
}

/// Points as a table has them, with z = 1: all are divided by the inverse of the product of their z.
const fn affine<const ENTRIES: usize>(points: &[Point; ENTRIES]) -> [TablePoint; ENTRIES] {
    // Of each point, the product of the z before it.
    let (mut products, mut product) = ([Number::ONE; ENTRIES], Number::ONE);
    let (mut slots, mut left) = (products.as_mut_slice(), points.as_slice());
    while let (Some((slot, more_slots)), Some((point, more))) = ({ slots }.split_first_mut(), left.split_first()) {
        *slot = product;
        product = product.times(point.z);
        (slots, left) = (more_slots, more);
    }
    let mut inverse = product.inverse();
    let mut table = [TablePoint::NEUTRAL; ENTRIES];
    let (mut entries, mut products, mut left) = (table.as_mut_slice(), products.as_slice(), points.as_slice());
    while let (Some((entry, more_entries)), Some((before, more_products)), Some((point, more))) =
        ({ entries }.split_last_mut(), products.split_last(), left.split_last())
    {
        let own = inverse.times(*before);
        inverse = inverse.times(point.z);
        let (x, y) = (point.x.times(own), point.y.times(own));
        let words = [y.plus(x).times(Number::HALF), y.minus(x).times(Number::HALF), x.times(y).times(Number::D)];
        let [sum, difference, product] = words;
        *entry = TablePoint::from_words(&[sum.words(), difference.words(), product.words()]);
        (entries, products, left) = (more_entries, more_products, more);
    }
    table
}
