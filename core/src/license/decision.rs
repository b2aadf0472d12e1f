//! The verdict as a word that is hard to reach by accident.
//!
//! A branch that is skipped, a call that is skipped, memory that is zeroed and a bit that flips
//! must all end in a refusal (see `docs/threats.md` for what this does not stop). So the verdict
//! is made of two words. Each path over the terms builds its own: it starts from a seed, and
//! each check that passes mixes in a step. Only all steps in their order give the word that
//! belongs to acceptance; no branch sets it.

use core::hint::black_box;

/// A verdict, hardened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Verdict {
    word: u32,
    inverse: u32,
}

/// The word of the first path when all of its checks passed.
const FIRST: u32 = path_word(0x3c6e_f372, 0x9e37_79b9);
/// The word of the second path when all of its checks passed.
const SECOND: u32 = path_word(0xa54f_f53a, 0x85eb_ca6b);
/// How many checks each path makes.
pub(super) const STEPS: u32 = 8;

const _: () = assert!(far_apart(Verdict::GRANTED, Verdict::REFUSED));
const _: () = assert!(far_apart(Verdict::GRANTED, 0) && far_apart(Verdict::GRANTED, u32::MAX));

/// Whether two words differ in many bits.
const fn far_apart(a: u32, b: u32) -> bool {
    (a ^ b).count_ones() >= 8
}

/// The word that a path reaches with all steps passed.
const fn path_word(seed: u32, step: u32) -> u32 {
    let mut word = seed;
    let mut done = 0;
    while done < STEPS {
        word = mixed(word, step);
        done = done.wrapping_add(1);
    }
    word
}

/// One step: neither zero nor any earlier word comes out of it.
const fn mixed(word: u32, step: u32) -> u32 {
    (word ^ step).rotate_left(7).wrapping_mul(0x0100_0193)
}

impl Verdict {
    /// The word of acceptance, for those who compare it once more where it counts.
    pub const GRANTED: u32 = FIRST ^ SECOND;
    /// The word of refusal.
    pub const REFUSED: u32 = !Self::GRANTED ^ 0x0f0f_0000;

    /// A refusal.
    pub(super) const fn refused() -> Self {
        Self { word: Self::REFUSED, inverse: !Self::REFUSED }
    }

    /// The verdict of two paths.
    pub(super) fn of(first: Path, second: Path) -> Self {
        let word = black_box(first.word) ^ black_box(second.word);
        let inverse = !(black_box(first.word) ^ black_box(second.word));
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

/// One path over the terms.
#[derive(Clone, Copy)]
pub(super) struct Path {
    word: u32,
    step: u32,
}

impl Path {
    pub(super) const fn first() -> Self {
        Self { word: 0x3c6e_f372, step: 0x9e37_79b9 }
    }

    pub(super) const fn second() -> Self {
        Self { word: 0xa54f_f53a, step: 0x85eb_ca6b }
    }

    /// Mixes in a check that passed, and spoils the word for one that did not.
    #[inline(never)]
    pub(super) fn step(self, passed: bool) -> Self {
        let step = if black_box(passed) { self.step } else { !self.step };
        Self { word: mixed(self.word, step), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(start: Path, failing: u32, skipped: u32) -> Path {
        (0..STEPS).filter(|step| skipped >> step & 1 == 0).fold(start, |path, step| path.step(failing >> step & 1 == 0))
    }

    #[test]
    fn only_all_steps_of_both_paths_grant() {
        for failing in 0..1 << STEPS {
            for skipped in 0..1 << STEPS {
                let all = failing == 0 && skipped == 0;
                let bad = walk(Path::first(), failing, skipped);
                assert_eq!(Verdict::of(bad, walk(Path::second(), 0, 0)).grant().is_some(), all);
                let bad = walk(Path::second(), failing, skipped);
                assert_eq!(Verdict::of(walk(Path::first(), 0, 0), bad).grant().is_some(), all);
            }
        }
    }

    #[test]
    fn no_pair_of_failing_paths_grants() {
        for first in 0..1 << STEPS {
            for second in 0..1 << STEPS {
                let verdict = Verdict::of(walk(Path::first(), first, 0), walk(Path::second(), second, 0));
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
