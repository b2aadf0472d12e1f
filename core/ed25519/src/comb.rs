//! Numbers read in combs, and the sum of their multiples of two points.
//!
//! An odd number v between -2^D and 2^D is a sum of all powers of 2 below 2^D, each of them added or
//! subtracted. In a comb of t teeth with c columns between them, D is t c, and column j takes the
//! powers j, j + c, j + 2 c, ... together: their sum times the point lies in a table, for each
//! choice of signs, half of them as the negative of the other half. A number n below L becomes odd
//! without any division: it is v / 2 modulo L for v = 2 n - L, and the table is of half the point.
//!
//! # Source
//! Lim, Lee: More Flexible Exponentiation with Precomputation, CRYPTO 1994, for the comb; Hamburg:
//! Fast and Compact Elliptic-Curve Cryptography, 2012, for that of all bits with signs.

use crate::pinned::TablePoint;
use crate::point::Point;
use crate::scalar::{Digit, Scalar, Sign};

/// (L + 1) / 2, least significant word first.
pub(crate) const HALF_ORDER: [u32; 8] = [0x2e7a_e9f7, 0x2c09_318d, 0x517b_ce6b, 0x0a6f_7cef, 0, 0, 0, 0x0800_0000];

/// How a number is read.
#[derive(Clone, Copy)]
pub(crate) struct Comb {
    /// The bit of the greatest power among those of a column: 1 moved by the teeth but one.
    top: u32,
    /// Columns, which is also the distance of two teeth.
    pub(crate) columns: u32,
    /// The greatest power of column 0.
    place: u32,
}

impl Comb {
    /// The comb whose table has this many points.
    pub(crate) const fn of(entries: usize) -> Option<Self> {
        match entries {
            8 => Some(Self { top: 8, columns: 64, place: 3 * 64 }),
            16 => Some(Self { top: 16, columns: 51, place: 4 * 51 }),
            32 => Some(Self { top: 32, columns: 43, place: 5 * 43 }),
            _ => None,
        }
    }

    /// What a column says by its signs: the sign of its greatest power, and the entry whose other
    /// signs are the same beside it.
    pub(crate) fn digit(self, signs: u32) -> Digit {
        let (sign, signs) = if signs & self.top == 0 { (Sign::Minus, !signs) } else { (Sign::Plus, signs) };
        Digit { sign, index: index(signs & self.top.wrapping_sub(1)) }
    }
}

/// The signs of the powers of 2 in v = 2 n - L: that of 2^i is a plus where bit i is set.
///
/// Bits b add up to v if they are those of (v + 2^D - 1) / 2, which is n - (L + 1) / 2 and 2^(D - 1)
/// more. The first is a number in two's complement of 288 bits, of which those from 252 on are the
/// sign; the second turns the one at D - 1 around.
pub(crate) struct SignedBits([u32; 9]);

impl SignedBits {
    /// The signs for a number n.
    #[inline(never)]
    pub(crate) fn of(number: &Scalar, comb: Comb) -> Self {
        let (mut words, mut borrow) = ([0; 9], false);
        let [lower @ .., sign] = &mut words;
        for (slot, (word, half)) in lower.iter_mut().zip(number.words().iter().zip(&HALF_ORDER)) {
            (*slot, borrow) = word.borrowing_sub(*half, borrow);
        }
        if borrow {
            *sign = u32::MAX;
        }
        let last = comb.place.wrapping_add(comb.columns).wrapping_sub(1);
        if let Some(word) = words.get_mut(index(last >> 5)) {
            *word ^= 1 << (last & 31);
        }
        Self(words)
    }

    /// The signs of four columns, from this one up, a byte for each: that of the least power is its
    /// lowest bit.
    #[inline(never)]
    pub(crate) fn columns(&self, comb: Comb, column: u32) -> u32 {
        let word = |at: u32| self.0.get(index(at)).copied().unwrap_or(0);
        let (mut signs, mut place) = (0_u32, comb.place.wrapping_add(column));
        loop {
            let (at, bit) = (place >> 5, place & 31);
            let four = (word(at) >> bit | word(at.wrapping_add(1)) << 1 << (31 ^ bit)) & 15;
            // Moved up by 0, 7, 14 and 21, each of the four bits is the lowest of one byte.
            signs = signs << 1 | four.wrapping_mul(0x0020_4081) & 0x0101_0101;
            let Some(next) = place.checked_sub(comb.columns) else { return signs };
            place = next;
        }
    }
}

impl Point {
    /// Becomes the sum of the numbers' multiples of the points that the tables are of.
    #[inline(never)]
    pub(crate) fn comb(&mut self, comb: Comb, tables: [&[TablePoint]; 2], numbers: &[SignedBits; 2]) {
        self.clear();
        let mut signs = [0; 2];
        let mut column = comb.columns;
        while let Some(next) = column.checked_sub(1) {
            // Of the last four columns, those that there are.
            if next & 3 == 3 || column == comb.columns {
                signs = numbers.each_ref().map(|number| number.columns(comb, next & !3));
            }
            column = next;
            for (table, signs) in tables.into_iter().zip(signs) {
                let digit = comb.digit(signs >> (column << 3 & 31));
                if let Some(TablePoint(addend)) = table.get(digit.index) {
                    self.add(addend, None, digit.sign);
                }
            }
            if column > 0 {
                self.double();
            }
        }
    }
}

/// A number below 2^16 or so, as an index.
fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
