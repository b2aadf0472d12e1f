//! Numbers modulo p = 2^255 - 19, the coordinates of the curve (RFC 8032 5.1).
//!
//! A number is eight words of 32 bits, least significant first, and may be **any** of their
//! 2^256 values between operations: there is no bound to keep, so none can be missed. What leaves
//! 256 bits is brought back by 2^256 = 2 * 19 = 38 (mod p). Only [`Field::canonical`] gives the
//! one value below p.
//!
//! Nothing here takes constant time: see `docs/ed25519.md`.

use core::hint::black_box;

/// What 2^256 is modulo p.
const FOLD: u32 = 38;

/// The upper bit of the upper word, 2^255.
const TOP_BIT: u32 = 0x8000_0000;

/// A number modulo p, not necessarily the smallest of its class.
#[derive(Clone, Copy)]
pub(crate) struct Field([[u32; 4]; 2]);

impl Field {
    pub(crate) const ZERO: Self = Self([[0; 4]; 2]);
    pub(crate) const ONE: Self = Self([[1, 0, 0, 0], [0; 4]]);

    /// The number with these words, least significant first.
    pub(crate) const fn from_words(words: [u32; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = words;
        Self([[a, b, c, d], [e, f, g, h]])
    }

    /// The number of an encoding, without its upper bit.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut field = Self::from_words(words(bytes));
        field.take_top();
        field
    }

    /// `self += other`
    #[inline(never)]
    pub(crate) fn add(&mut self, other: &Self) {
        let [[a, b, c, d], [e, f, g, h]] = self.0;
        let [[other_a, other_b, other_c, other_d], [other_e, other_f, other_g, other_h]] = other.0;
        let (a, carry) = a.carrying_add(other_a, false);
        let (b, carry) = b.carrying_add(other_b, carry);
        let (c, carry) = c.carrying_add(other_c, carry);
        let (d, carry) = d.carrying_add(other_d, carry);
        let (e, carry) = e.carrying_add(other_e, carry);
        let (f, carry) = f.carrying_add(other_f, carry);
        let (g, carry) = g.carrying_add(other_g, carry);
        let (h, carry) = h.carrying_add(other_h, carry);
        self.0 = [[a, b, c, d], [e, f, g, h]];
        if carry {
            self.add_small(FOLD);
        }
    }

    /// `self -= other`
    #[inline(never)]
    pub(crate) fn subtract(&mut self, other: &Self) {
        let [[a, b, c, d], [e, f, g, h]] = self.0;
        let [[other_a, other_b, other_c, other_d], [other_e, other_f, other_g, other_h]] = other.0;
        let (a, carry) = (a.wrapping_sub(other_a), a >= other_a);
        let (b, carry) = b.carrying_add(!other_b, carry);
        let (c, carry) = c.carrying_add(!other_c, carry);
        let (d, carry) = d.carrying_add(!other_d, carry);
        let (e, carry) = e.carrying_add(!other_e, carry);
        let (f, carry) = f.carrying_add(!other_f, carry);
        let (g, carry) = g.carrying_add(!other_g, carry);
        let (h, carry) = h.carrying_add(!other_h, carry);
        self.0 = [[a, b, c, d], [e, f, g, h]];
        if !carry {
            self.subtract_small(FOLD);
        }
    }

    /// `self += self`
    #[inline(never)]
    pub(crate) fn double(&mut self) {
        let addend = *self;
        self.add(&addend);
    }

    /// `self *= other`
    #[inline(never)]
    pub(crate) fn multiply(&mut self, other: &Self) {
        // Schoolbook, in two rows of 4 words by 8. A compiler that knows the zeros calls memset for
        // them, and takes longer over that than over a row.
        let zero = black_box(0);
        let zeros = [zero, zero, zero, zero];
        let mut sums = [zeros, zeros, zeros, zeros];
        let [row_0, row_1] = &self.0;
        let [lower @ .., above, _] = &mut sums;
        *above = row_product(row_0, &other.0, lower);
        let [_, middle @ .., above] = &mut sums;
        *above = row_product(row_1, &other.0, middle);

        let (lower, upper) = sums.as_flattened().split_at(8);
        let halves = lower.as_chunks().0.iter().zip(upper.as_chunks().0);
        let mut carry = 0;
        for ([word_a, word_b], ([lower_a, lower_b], [upper_a, upper_b])) in
            self.0.as_flattened_mut().as_chunks_mut().0.iter_mut().zip(halves)
        {
            (*word_a, carry) = upper_a.carrying_mul_add(FOLD, *lower_a, carry);
            (*word_b, carry) = upper_b.carrying_mul_add(FOLD, *lower_b, carry);
        }
        // `carry` is at most 38: 38 times the upper half and the lower half are below 39 * 2^256.
        self.add_small(carry.wrapping_mul(FOLD));
    }

    /// `self *= self`
    #[inline(never)]
    pub(crate) fn square(&mut self) {
        let factor = *self;
        self.multiply(&factor);
    }

    /// Squares `count` times.
    pub(crate) fn square_times(&mut self, count: u32) {
        for _ in 0..count {
            self.square();
        }
    }

    /// Adds a number below 2^31.
    fn add_small(&mut self, small: u32) {
        let mut small = small;
        for word in self.0.as_flattened_mut() {
            let (sum, carry) = word.overflowing_add(small);
            *word = sum;
            if !carry {
                return;
            }
            small = 1;
        }
        // It went over 2^256 by less than `small`, so this cannot.
        if let Some(word) = self.0.as_flattened_mut().first_mut() {
            *word = word.wrapping_add(FOLD);
        }
    }

    /// Subtracts a number below 2^31.
    fn subtract_small(&mut self, small: u32) {
        let mut small = small;
        for word in self.0.as_flattened_mut() {
            let (difference, borrow) = word.overflowing_sub(small);
            *word = difference;
            if !borrow {
                return;
            }
            small = 1;
        }
        // It went below zero by less than `small`, so it is just below 2^256 and this cannot.
        if let Some(word) = self.0.as_flattened_mut().first_mut() {
            *word = word.wrapping_sub(FOLD);
        }
    }

    /// Its words once it is below p.
    #[inline(never)]
    pub(crate) fn canonical(&self) -> [u32; 8] {
        // Below 2^255 + 19, thus below 2p.
        let mut below = *self;
        let top = below.take_top();
        below.add_small(top.wrapping_mul(19));
        // It is p or more exactly if it reaches 2^255 with 19 more, and then that sum without
        // 2^255 is what lies below p.
        let mut above = below;
        above.add_small(19);
        let [[a, b, c, d], [e, f, g, h]] = if above.take_top() == 1 { above.0 } else { below.0 };
        [a, b, c, d, e, f, g, h]
    }

    /// Takes away the multiple of 2^255 and gives it: 0 or 1.
    fn take_top(&mut self) -> u32 {
        let Some(word) = self.0.as_flattened_mut().last_mut() else { return 0 };
        let top = *word >> 31;
        *word &= !TOP_BIT;
        top
    }

    /// Whether it is 0 modulo p.
    pub(crate) fn is_zero(&self) -> bool {
        self.canonical().iter().fold(0, |bits, word| bits | word) == 0
    }

    /// Whether the least number of its class is odd, the "sign" of RFC 8032.
    pub(crate) fn is_odd(&self) -> bool {
        let [first, ..] = self.canonical();
        first & 1 == 1
    }

    /// `self = self^(2^252 - 3)`, and 2^252 - 3 = (p - 5) / 8.
    #[inline(never)]
    pub(crate) fn raise_to_p58(&mut self) {
        // It is first^(2^ones - 1); `ones` grows to 250, from the second of its bits to the last, by
        // doubling and by adding 1.
        let first = *self;
        let mut ones = 1;
        for bit in [1, 1, 1, 1, 0, 1, 0] {
            let half = *self;
            self.square_times(ones);
            self.multiply(&half);
            if bit == 1 {
                self.square();
                self.multiply(&first);
            }
            ones = ones << 1 | bit;
        }
        self.square_times(2);
        self.multiply(&first);
    }

    /// `self = 1 / self`, and 0 for 0: `self^(p - 2)`, and p - 2 = 8 * (2^252 - 3) + 3.
    pub(crate) fn invert(&mut self) {
        let first = *self;
        self.raise_to_p58();
        self.square_times(3);
        for _ in 0..3 {
            self.multiply(&first);
        }
    }
}

/// The words of a number whose least significant byte comes first.
pub(crate) fn words(bytes: &[u8; 32]) -> [u32; 8] {
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}

/// Adds `row * columns` to `sums`, and gives what lies above them.
///
/// Four words of a row and four above nearly fit in the registers of a Cortex-M, so that each
/// product costs an instruction and each word of a column two loads and a store.
#[inline(never)]
fn row_product(row: &[u32; 4], columns: &[[u32; 4]; 2], sums: &mut [[u32; 4]; 2]) -> [u32; 4] {
    let mut above = [0; 4];
    let (columns, _) = columns.as_flattened().as_chunks();
    let (sums, _) = sums.as_flattened_mut().as_chunks_mut();
    for (
        [factor_a, factor_b, factor_c, factor_d, factor_e, factor_f, factor_g, factor_h],
        [sum_a, sum_b, sum_c, sum_d, sum_e, sum_f, sum_g, sum_h],
    ) in columns.iter().zip(sums)
    {
        (*sum_a, above) = column_product(row, *factor_a, *sum_a, above);
        (*sum_b, above) = column_product(row, *factor_b, *sum_b, above);
        (*sum_c, above) = column_product(row, *factor_c, *sum_c, above);
        (*sum_d, above) = column_product(row, *factor_d, *sum_d, above);
        (*sum_e, above) = column_product(row, *factor_e, *sum_e, above);
        (*sum_f, above) = column_product(row, *factor_f, *sum_f, above);
        (*sum_g, above) = column_product(row, *factor_g, *sum_g, above);
        (*sum_h, above) = column_product(row, *factor_h, *sum_h, above);
    }
    above
}

/// `row * factor + sum + above`: its lowest word, and what lies above.
#[inline(always)]
fn column_product(row: &[u32; 4], factor: u32, sum: u32, above: [u32; 4]) -> (u32, [u32; 4]) {
    let ([row_a, row_b, row_c, row_d], [a, b, c, d]) = (*row, above);
    // The product of two words and two more words fit in two: (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1.
    let (sum, carry) = factor.carrying_mul_add(row_a, a, sum);
    let (a, carry) = factor.carrying_mul_add(row_b, b, carry);
    let (b, carry) = factor.carrying_mul_add(row_c, c, carry);
    let (c, d) = factor.carrying_mul_add(row_d, d, carry);
    (sum, [a, b, c, d])
}
