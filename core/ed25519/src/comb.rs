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
}

impl Comb {
    /// The comb whose table has this many points.
    pub(crate) const fn of(entries: usize) -> Option<Self> {
        match entries {
            8 => Some(Self { top: 8, columns: 64 }),
            16 => Some(Self { top: 16, columns: 51 }),
            32 => Some(Self { top: 32, columns: 43 }),
            _ => None,
        }
    }
}

/// The signs of the powers of 2 in v = 2 n - L: that of 2^i is a plus where bit i is set.
///
/// Bits b add up to v if they are those of (v + 2^D - 1) / 2, which is n - (L + 1) / 2 and 2^(D - 1)
/// more. Here is the first, in two's complement of 288 bits; those from 252 on are its sign, and the
/// second turns the one at D - 1 around.
pub(crate) struct SignedBits([u32; 9]);

impl SignedBits {
    /// The signs for a number n.
    pub(crate) fn of(number: &Scalar) -> Self {
        let (mut words, mut borrow) = ([0; 9], false);
        let [lower @ .., sign] = &mut words;
        for (slot, (word, half)) in lower.iter_mut().zip(number.words().iter().zip(&HALF_ORDER)) {
            (*slot, borrow) = word.borrowing_sub(*half, borrow);
        }
        if borrow {
            *sign = u32::MAX;
        }
        Self(words)
    }

    /// A column: the sign of its greatest power, and the entry whose other signs are the same beside it.
    #[inline(never)]
    pub(crate) fn column(&self, comb: Comb, column: u32) -> Digit {
        // The signs come one below the other, and the last of them is that of the greatest power.
        let (mut signs, mut place, mut tooth) = (0_u32, column, 1_u32);
        while tooth <= comb.top {
            let index = usize::try_from(place >> 5).unwrap_or(usize::MAX);
            let word = self.0.get(index).copied().unwrap_or(0);
            if word >> (place & 31) & 1 == 1 {
                signs |= tooth;
            }
            place = place.wrapping_add(comb.columns);
            tooth <<= 1;
        }
        if column.wrapping_add(1) == comb.columns {
            signs ^= comb.top;
        }
        let (sign, signs) = if signs & comb.top == 0 { (Sign::Minus, !signs) } else { (Sign::Plus, signs) };
        Digit { sign, index: usize::try_from(signs & comb.top.wrapping_sub(1)).unwrap_or(usize::MAX) }
    }
}

impl Point {
    /// Becomes the sum of the two numbers' multiples of the points that the tables are of.
    #[inline(never)]
    pub(crate) fn comb(&mut self, comb: Comb, numbers: &[(&[TablePoint], SignedBits); 2]) {
        self.clear();
        for column in (0..comb.columns).rev() {
            for (table, signs) in numbers {
                let digit = signs.column(comb, column);
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
