//! The verdict as a word that is hard to reach by accident.
//!
//! A branch that is skipped, a call that is skipped, memory that is zeroed and a bit that flips
//! must all end in a refusal (see `docs/threats.md` for what this does not stop). So the verdict
//! is made of two words. Each path over the terms ([`Path`]) builds its own, and only all checks of
//! both in their order give the word that belongs to acceptance; no branch sets it.

use core::hint::black_box;

use crate::path::Path;

/// A verdict, hardened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Verdict {
    word: u32,
    inverse: u32,
}

/// Where the first path begins.
pub(crate) const FIRST: Path = Path::new(0x3c3c_3c3c, 0x9e9e_9e9e);
/// Where the second path begins.
pub(crate) const SECOND: Path = Path::new(0xa7a7_a7a7, 0x8585_8585);
/// How many checks each path makes.
const STEPS: u32 = 8;

const _: () = assert!(far_apart(Verdict::GRANTED, Verdict::REFUSED));
const _: () = assert!(far_apart(Verdict::GRANTED, 0) && far_apart(Verdict::GRANTED, u32::MAX));

/// Whether two words differ in many bits.
const fn far_apart(a: u32, b: u32) -> bool {
    (a ^ b).count_ones() >= 8
}

impl Verdict {
    /// The word of acceptance, for those who compare it once more where it counts.
    pub const GRANTED: u32 = FIRST.end(STEPS) ^ SECOND.end(STEPS);
    /// The word of refusal.
    pub const REFUSED: u32 = !Self::GRANTED ^ 0x0f0f_0000;

    /// A refusal.
    pub(crate) const fn refused() -> Self {
        Self { word: Self::REFUSED, inverse: !Self::REFUSED }
    }

    /// The verdict of two paths.
    pub(crate) fn of(first: Path, second: Path) -> Self {
        let (first, second) = (first.word(), second.word());
        let word = black_box(first) ^ second;
        let inverse = !(first ^ black_box(second));
        Self { word, inverse }
    }

    /// The verdict as a word: [`Self::GRANTED`], or something else.
    #[must_use]
    pub const fn word(self) -> u32 {
        self.word
    }

    /// The same word inverted, as it was computed beside it: for those who carry both across a
    /// border and compare them there.
    #[must_use]
    pub const fn inverse(self) -> u32 {
        self.inverse
    }

    /// The right to go on, checked once more.
    #[must_use]
    pub fn grant(self) -> Option<Granted> {
        let word = black_box(self.word);
        let inverse = black_box(self.inverse);
        (word == Self::GRANTED && !inverse == Self::GRANTED).then_some(Granted(()))
    }
}

/// Proof that a verdict was checked where it is used. Functions that unlock something take one.
#[derive(Clone, Copy, Debug)]
pub struct Granted(());

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(start: Path, failing: u32, skipped: u32) -> Path {
        let mut path = start;
        (0..STEPS).filter(|step| skipped >> step & 1 == 0).for_each(|step| path.step(failing >> step & 1 == 0));
        path
    }

    #[test]
    fn only_all_steps_of_both_paths_grant() {
        for failing in 0..1 << STEPS {
            for skipped in 0..1 << STEPS {
                let all = failing == 0 && skipped == 0;
                let bad = walk(FIRST, failing, skipped);
                assert_eq!(Verdict::of(bad, walk(SECOND, 0, 0)).grant().is_some(), all);
                let bad = walk(SECOND, failing, skipped);
                assert_eq!(Verdict::of(walk(FIRST, 0, 0), bad).grant().is_some(), all);
            }
        }
    }

    #[test]
    fn no_pair_of_failing_paths_grants() {
        for first in 0..1 << STEPS {
            for second in 0..1 << STEPS {
                let verdict = Verdict::of(walk(FIRST, first, 0), walk(SECOND, second, 0));
                assert_eq!(verdict.grant().is_some(), first == 0 && second == 0, "{first:b} {second:b}");
            }
        }
    }

    #[test]
    fn no_flipped_bit_and_no_zeroed_memory_grants() {
        let good = Verdict { word: Verdict::GRANTED, inverse: !Verdict::GRANTED };
        assert!(good.grant().is_some());
        for bit in 0..32 {
            assert!(Verdict { word: good.word ^ 1 << bit, ..good }.grant().is_none());
            assert!(Verdict { inverse: good.inverse ^ 1 << bit, ..good }.grant().is_none());
        }
        assert!(Verdict { word: 0, inverse: 0 }.grant().is_none());
        assert!(Verdict { word: u32::MAX, inverse: u32::MAX }.grant().is_none());
        assert!(Verdict::refused().grant().is_none());
    }
}
