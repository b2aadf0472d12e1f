//! Numbers modulo L, the order of the base point, and how they are read in signed windows.

use crate::Refused;
use crate::field::words;

/// 2^256 - L for L = 2^252 + 27742317777372353535851937790883648493 (RFC 8032 5.1), least significant word first.
pub(crate) const MINUS_ORDER: [u32; 8] =
    [0xa30a_2c13, 0xa7ed_9ce5, 0x5d08_6329, 0xeb21_0621, u32::MAX, u32::MAX, u32::MAX, 0xefff_ffff];

/// Bits of a number below L, and one for the digit above them that a signed form may need.
pub(crate) const DIGITS: u32 = 254;

/// A number below L.
#[derive(Clone, Copy)]
pub(crate) struct Scalar([u32; 8]);

impl Scalar {
    /// A hash, in words whose most significant byte comes first, as the number whose least
    /// significant byte comes first, modulo L.
    #[inline(never)]
    pub(crate) fn reduce(hash: &[u64; 8]) -> Self {
        let mut rest = Self([0; 8]);
        for word in hash.iter().rev() {
            let bytes = word.to_be_bytes();
            for word in bytes.as_chunks().0.iter().rev() {
                rest.bring_down(u32::from_le_bytes(*word));
            }
        }
        rest
    }

    /// Becomes 2^32 times itself and one more word, modulo L: a step of long division by words.
    fn bring_down(&mut self, word: u32) {
        let Self(rest) = self;
        // What does not fit is in `top`.
        let mut top = word;
        for word in &mut *rest {
            core::mem::swap(word, &mut top);
        }
        // The multiple of 2^252 in it. It is that of L, or more than that of L by 1: q times
        // (L - 2^252) is below 2^158. Only a rest of 2^252 or more takes it beyond a word, and
        // then the greatest word leaves less than L, too.
        let [.., upper] = *rest;
        let quotient = if top >> 28 == 0 { top << 4 | upper >> 28 } else { u32::MAX };
        // q (2^256 - L) more is q L less, and q more in the words above.
        let mut carry = 0;
        for (word, minus) in rest.iter_mut().zip(&MINUS_ORDER) {
            (*word, carry) = quotient.carrying_mul_add(*minus, *word, carry);
        }
        if top.wrapping_add(carry) != quotient {
            let mut borrow = false;
            for (word, minus) in rest.iter_mut().zip(&MINUS_ORDER) {
                (*word, borrow) = word.borrowing_sub(*minus, borrow);
            }
        }
    }

    /// The number that these bytes are, if it is below L.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(words(bytes))
    }

    /// Asks whether the number that these bytes are is below L.
    ///
    /// # Errors
    /// [`Refused::Scalar`] if it is not.
    #[inline(never)]
    pub(crate) fn check(bytes: &[u8; 32]) -> Result<(), Refused> {
        let mut above = false;
        for (bytes, minus) in bytes.as_chunks().0.iter().zip(&MINUS_ORDER) {
            (_, above) = u32::from_le_bytes(*bytes).carrying_add(*minus, above);
        }
        if above { Err(Refused::Scalar) } else { Ok(()) }
    }

    /// Its words, least significant first.
    pub(crate) const fn words(&self) -> [u32; 8] {
        self.0
    }

    /// The 32 bits from `place` down; those below bit 0 are 0.
    fn bits_from(&self, place: u32) -> u32 {
        let word = |index: u32| {
            let index = usize::try_from(index).unwrap_or(usize::MAX);
            self.0.get(index).copied().unwrap_or(0)
        };
        let (upper, bit) = (place >> 5, place & 31);
        word(upper) << (31 ^ bit) | word(upper.wrapping_sub(1)) >> 1 >> bit
    }
}

/// The sign of a digit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sign {
    Plus,
    Minus,
}

/// An odd digit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Digit {
    pub(crate) sign: Sign,
    /// The odd multiple by its index: 1, 3, 5, ...
    pub(crate) index: usize,
}

/// The odd signed digits of a number, most significant first, made while they are used.
///
/// A number n is 2n - n, taken bit by bit: a digit -1, 0 or 1 for each bit, "mutual opposite form".
/// From the first digit that is not 0, `width` of them are taken together, and lie between
/// -2^(width - 1) and 2^(width - 1); without the zeros at their end they are odd. That is as sparse
/// as the non-adjacent form of the same width, and that one must be stored, because it is made
/// from the least significant digit.
///
/// # Source
/// Okeya, Schmidt-Samoa, Spahn, Takagi: Signed Binary Representations Revisited, CRYPTO 2004.
pub(crate) struct Digits<'a> {
    scalar: &'a Scalar,
    width: u32,
    next: Digit,
    /// The place of the next digit; [`NO_PLACE`] if there is none.
    place: u32,
}

/// A place where no digit is.
const NO_PLACE: u32 = u32::MAX;

impl<'a> Digits<'a> {
    /// The digits of a number, from the first.
    pub(crate) fn new(scalar: &'a Scalar, width: u32) -> Self {
        let mut digits = Self { scalar, width, next: Digit { sign: Sign::Plus, index: 0 }, place: NO_PLACE };
        digits.find_from(DIGITS.wrapping_sub(1));
        digits
    }

    /// The digit at a place. It must be asked for each place from `DIGITS - 1` down to 0.
    pub(crate) fn at(&mut self, place: u32) -> Option<Digit> {
        if self.place != place {
            return None;
        }
        let digit = self.next;
        self.find_from(place.wrapping_sub(1));
        Some(digit)
    }

    /// Finds the next digit from `place` down.
    #[inline(never)]
    fn find_from(&mut self, place: u32) {
        let (mut place, mut bits) = (place, 0);
        // Two equal bits are a digit 0. The last of the 32 has none beside it to compare with.
        while place < DIGITS {
            bits = self.scalar.bits_from(place);
            let zeros = (bits ^ bits << 1).leading_zeros();
            if zeros == 0 {
                break;
            }
            place = place.wrapping_sub(zeros.min(31));
        }
        if place >= DIGITS {
            self.place = NO_PLACE;
            return;
        }
        let sign = if bits >> 31 == 0 { Sign::Plus } else { Sign::Minus };
        // The sum of the digits telescopes: the bits after the first, with the last of them
        // counted as a carry, less 2^(width - 1) if the first is set.
        let bits = if sign == Sign::Minus { !bits } else { bits }.wrapping_shr(31_u32.wrapping_sub(self.width));
        let magnitude = (bits & 1_u32.wrapping_shl(self.width).wrapping_sub(1)).wrapping_add(1) >> 1;
        let zeros = magnitude.trailing_zeros();
        let index = usize::try_from(magnitude.wrapping_shr(zeros.wrapping_add(1))).unwrap_or(usize::MAX);
        self.next = Digit { sign, index };
        self.place = place.wrapping_add(1).wrapping_sub(self.width).wrapping_add(zeros);
    }
}
