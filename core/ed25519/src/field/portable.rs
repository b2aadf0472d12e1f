//! The operations on words in Rust, for processors that have UMAAL without the assembly, and for those
//! that multiply 32 bits by 32 to 32 and no more.

use core::hint::black_box;

use super::words::{FOLD, Words};

impl Words {
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

    /// `self = a + b`
    pub(crate) fn set_sum(&mut self, a: &Self, b: &Self) {
        *self = *a;
        self.add(b);
    }

    /// `self += self`
    #[inline(never)]
    pub(crate) fn double(&mut self) {
        let addend = *self;
        self.add(&addend);
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

    /// `self = a - b`
    pub(crate) fn set_difference(&mut self, a: &Self, b: &Self) {
        *self = *a;
        self.subtract(b);
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

        self.fold(&sums);
    }

    /// Becomes a number of twice as many words.
    #[cfg_attr(narrow, inline(never))]
    #[cfg_attr(not(narrow), inline(always))]
    fn fold(&mut self, sums: &[[u32; 4]; 4]) {
        let (lower, upper) = sums.as_flattened().split_at(8);
        let halves = lower.as_chunks().0.iter().zip(upper.as_chunks().0);
        let mut carry = 0;
        for ([word_a, word_b], ([lower_a, lower_b], [upper_a, upper_b])) in
            self.0.as_flattened_mut().as_chunks_mut().0.iter_mut().zip(halves)
        {
            (*word_a, carry) = multiply_add(*upper_a, FOLD, *lower_a, carry);
            (*word_b, carry) = multiply_add(*upper_b, FOLD, *lower_b, carry);
        }
        // `carry` is at most 38: 38 times the upper half and the lower half are below 39 * 2^256.
        self.add_small(carry.wrapping_mul(FOLD));
    }

    /// `self = a * b`
    pub(crate) fn set_product(&mut self, a: &Self, b: &Self) {
        *self = *a;
        self.multiply(b);
    }

    /// Squares `count` times.
    #[inline(never)]
    pub(crate) fn square_times(&mut self, count: u32) {
        for _ in 0..count {
            #[cfg(any(narrow, test))]
            self.square_once();
            #[cfg(not(any(narrow, test)))]
            {
                let factor = *self;
                self.multiply(&factor);
            }
        }
    }

    /// Becomes its square: 36 products in the place of 64, where they cost more than the loops.
    #[cfg(any(narrow, test))]
    fn square_once(&mut self) {
        let words = self.words();
        let mut sums = [[0; 4]; 4];
        // The product of two different words comes twice; here it is once.
        let (mut rest, mut places) = (words.as_slice(), sums.as_flattened_mut());
        while let Some((factor, others)) = rest.split_first() {
            let mut slots = places.iter_mut().skip(1);
            let mut carry = 0;
            for (other, slot) in others.iter().zip(&mut slots) {
                (*slot, carry) = multiply_add(*factor, *other, *slot, carry);
            }
            if let Some(slot) = slots.next() {
                *slot = carry;
            }
            rest = others;
            places = places.get_mut(2..).unwrap_or_default();
        }
        // Twice that, and the squares of the words.
        let (mut bit, mut carry) = (0, 0);
        for (word, [lower, upper]) in words.iter().zip(sums.as_flattened_mut().as_chunks_mut().0) {
            let twice = *upper << 1 | *lower >> 31;
            let (sum, above) = multiply_add(*word, *word, *lower << 1 | bit, carry);
            bit = *upper >> 31;
            let (sum_above, overflow) = twice.overflowing_add(above);
            (*lower, *upper, carry) = (sum, sum_above, u32::from(overflow));
        }
        self.fold(&sums);
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
    let (sum, carry) = multiply_add(factor, row_a, a, sum);
    let (a, carry) = multiply_add(factor, row_b, b, carry);
    let (b, carry) = multiply_add(factor, row_c, c, carry);
    let (c, d) = multiply_add(factor, row_d, d, carry);
    (sum, [a, b, c, d])
}

/// `a * b + sum + carry`: its lower word, and its upper.
#[cfg(not(narrow))]
#[inline(always)]
fn multiply_add(a: u32, b: u32, sum: u32, carry: u32) -> (u32, u32) {
    a.carrying_mul_add(b, sum, carry)
}

/// `a * b + sum + carry`: its lower word, and its upper.
///
/// For a processor whose products end at 32 bits: in halves, as words are elsewhere. The compiler
/// would take a product of 64 bits by 64.
#[cfg(any(narrow, test))]
#[inline(never)]
pub(crate) fn multiply_add_halves(a: u32, b: u32, sum: u32, carry: u32) -> (u32, u32) {
    let (upper_a, lower_a, upper_b, lower_b) = (a >> 16, a & 0xffff, b >> 16, b & 0xffff);
    // Two halves of a word multiplied and two more added fit in a word: (2^16 - 1)^2 + 2 (2^16 - 1) = 2^32 - 1.
    let first = lower_a.wrapping_mul(lower_b);
    let second = upper_a.wrapping_mul(lower_b).wrapping_add(first >> 16);
    let third = lower_a.wrapping_mul(upper_b).wrapping_add(second & 0xffff);
    let upper = upper_a.wrapping_mul(upper_b).wrapping_add(second >> 16).wrapping_add(third >> 16);
    let lower = third << 16 | first & 0xffff;
    // Nor does the upper word overflow, for the same reason in words.
    let (lower, overflow) = lower.overflowing_add(sum);
    let upper = upper.wrapping_add(u32::from(overflow));
    let (lower, overflow) = lower.overflowing_add(carry);
    (lower, upper.wrapping_add(u32::from(overflow)))
}
#[cfg(narrow)]
use multiply_add_halves as multiply_add;
