//! 1 / n modulo p, by Euclid's algorithm.
//!
//! The algorithm divides p by n, n by the rest, that rest by the next, and so on down to 1, and
//! carries along which multiple of n each rest is modulo p. A quotient depends on the upper bits of
//! two numbers and hardly ever on the others. So a round divides their upper 32 bits as long as the
//! quotients are certain, and then does all its steps with the numbers at once. That takes some 18
//! rounds, and a third of the time of a power.
//!
//! # Source
//! Lehmer: Euclid's Algorithm for Large Numbers, 1938. When a quotient is certain: Collins, in
//! Jebelean: A Double-Digit Lehmer-Euclid Algorithm for Finding the GCD of Long Integers, 1995.

use super::Field;
#[cfg(narrow)]
use super::portable::multiply_add_halves as multiply_add;

/// A word of each of two numbers, a and b.
type Words = [u32; 2];

impl Field {
    /// `self = 1 / self`, and 0 for 0.
    #[inline(never)]
    pub(crate) fn invert(&mut self) {
        if self.invert_by_steps() {
            return;
        }
        // It is rare, and n^(p - 2) is the inverse, too: all bits of p - 2 but two are set.
        let first = *self;
        for bit in (0..254).rev() {
            self.square();
            if bit != 2 && bit != 4 {
                self.multiply(&first);
            }
        }
    }

    /// The same in steps, unless there comes a quotient of some 16 bits or two rests with the same
    /// upper 32 before they are words: then it gives `false` and nothing is done.
    pub(crate) fn invert_by_steps(&mut self) -> bool {
        // The rests are n times -a and b of the factors modulo p, and after an odd count a and -b.
        let mut rests = self.canonical().map(|word| [u32::MAX, word]);
        let [[lowest, _], .., [highest, _]] = &mut rests;
        (*lowest, *highest) = (0xffff_ffed, 0x7fff_ffff);
        let mut factors = [[0, 1], [0; 2], [0; 2], [0; 2], [0; 2], [0; 2], [0; 2], [0; 2]];
        let (mut length, mut odd) = (8_usize, 0);
        while let Some(rests) = rests.get_mut(..length)
            && let Some(steps) = Steps::certain(rests)
        {
            steps.take(rests, steps.odd, !steps.odd);
            odd ^= steps.odd;
            length = rests.iter().rposition(|[a, _]| *a != 0).map_or(0, |top| top.wrapping_add(1));
            // Factor b is at most p / rest a, and factor a is smaller.
            if let Some(factors) = factors.get_mut(..9_usize.wrapping_sub(length)) {
                steps.take(factors, 0, 0);
            }
        }
        // Rests of one word are divided to the end, where a is 1.
        if length > 1 {
            return false;
        }
        *self = Self::from_words(factors.map(|[a, _]| a));
        if odd == 0 {
            let factor = *self;
            self.set_difference(&Self::ZERO, &factor);
        }
        true
    }

    /// The same as the power p - 2 = 8 * (2^252 - 3) + 3, in less flash and more time where there is
    /// a square root already.
    #[inline(never)]
    pub(crate) fn invert_by_power(&mut self) {
        let first = *self;
        self.raise_to_p58();
        self.square_times(3);
        for _ in 0..3 {
            self.multiply(&first);
        }
    }
}

/// Some steps of the algorithm at once: they make `upper[0]` a - `upper[1]` b of a, and `lower[1]` b
/// - `lower[0]` a of b, or, if their count is odd, the negatives of these.
struct Steps {
    upper: Words,
    lower: Words,
    /// All bits if the count is odd, and else none.
    odd: u32,
}

impl Steps {
    /// The steps whose quotients follow from the upper 32 bits of a >= b, if there are any.
    #[inline(never)]
    fn certain(rests: &[Words]) -> Option<Self> {
        let (mut a, mut b, is_exact) = match *rests {
            [.., [below_a, below_b], [a, b]] => {
                let zeros = a.leading_zeros() & 31;
                (a << zeros | below_a >> 1 >> (31 ^ zeros), b << zeros | below_b >> 1 >> (31 ^ zeros), false)
            }
            [[a, b]] => (a, b, true),
            [] => return None,
        };
        let mut steps = Self { upper: [1, 0], lower: [0, 1], odd: 0 };
        while let Some(quotient) = a.checked_div(b) {
            let rest = a.wrapping_sub(quotient.wrapping_mul(b));
            let Self { upper: [before_a, before_b], lower: [last_a, last_b], odd } = steps;
            let next_a = quotient.wrapping_mul(last_a).wrapping_add(before_a);
            let next_b = quotient.wrapping_mul(last_b).wrapping_add(before_b);
            // What the lower bits change in a rest is less than a unit of these for each of its terms.
            if !is_exact && (rest < next_b || b.wrapping_sub(rest) < next_b.wrapping_add(last_b)) {
                break;
            }
            (a, b) = (b, rest);
            steps = Self { upper: [last_a, last_b], lower: [next_a, next_b], odd: !odd };
        }
        (steps.lower != [0, 1]).then_some(steps)
    }

    /// Makes the sums of both rows, of words that are complemented where a mask says so: -n is the
    /// complement of n, and 1.
    #[inline(never)]
    fn take(&self, pairs: &mut [Words], mask: u32, other: u32) {
        let Self { upper: [upper_a, upper_b], lower: [lower_a, lower_b], .. } = *self;
        let (mut carry_a, mut carry_b) = (upper_a & mask, upper_b & other);
        let (mut carry_c, mut carry_d) = (lower_a & other, lower_b & mask);
        for pair in pairs {
            let [a, b] = *pair;
            let (upper, lower);
            (upper, carry_a) = multiply_add(upper_a, a ^ mask, 0, carry_a);
            (lower, carry_c) = multiply_add(lower_a, a ^ other, 0, carry_c);
            let [sum_a, sum_b] = pair;
            (*sum_a, carry_b) = multiply_add(upper_b, b ^ other, upper, carry_b);
            (*sum_b, carry_d) = multiply_add(lower_b, b ^ mask, lower, carry_d);
        }
    }
}

/// `a * b + sum + carry`: its lower word, and its upper.
#[cfg(not(narrow))]
fn multiply_add(a: u32, b: u32, sum: u32, carry: u32) -> (u32, u32) {
    a.carrying_mul_add(b, sum, carry)
}
