//! A path of checks as a word: only all of them, passed and in their order, reach its end.
//!
//! A branch that is skipped leaves no trace; a step that is skipped leaves another word. So what
//! must not be fooled by a single fault is said a second time on such a path, and its word goes
//! into the verdict without a branch.

use core::hint::black_box;

/// One path of checks.
#[derive(Clone, Copy)]
pub(crate) struct Path {
    word: u32,
    step: u32,
}

/// One step: neither zero nor any earlier word comes out of it.
const fn mixed(word: u32, step: u32) -> u32 {
    (word ^ step).rotate_left(7).wrapping_mul(0x0100_0193)
}

impl Path {
    /// A path from `seed` on which each check that passed mixes in `step`. One byte four times is
    /// loaded by one instruction on a small core.
    pub(crate) const fn new(seed: u32, step: u32) -> Self {
        Self { word: seed, step }
    }

    /// The word at its end when `steps` checks were made and all passed.
    pub(crate) const fn end(mut self, steps: u32) -> u32 {
        let mut done = 0;
        while done < steps {
            self.word = mixed(self.word, self.step);
            done = done.wrapping_add(1);
        }
        self.word
    }

    /// Mixes in a check that passed, and spoils the word for one that did not.
    #[inline(never)]
    pub(crate) fn step(&mut self, passed: bool) {
        let step = if black_box(passed) { self.step } else { !self.step };
        self.word = mixed(self.word, step);
    }

    /// Spoils the word unless the difference is zero.
    pub(crate) fn spoil(&mut self, difference: u32) {
        self.word ^= black_box(difference);
    }

    /// The word so far.
    pub(crate) const fn word(self) -> u32 {
        self.word
    }
}

/// A word for the contents of a structure, to notice that one of two readings of the same bytes
/// was disturbed. Whoever chooses the contents can choose the word: it is no digest.
pub(crate) struct Fingerprint(u32);

impl Fingerprint {
    /// That of nothing.
    pub(crate) const fn new() -> Self {
        Self(0x811c_9dc5)
    }

    /// Goes on with a number.
    #[inline(always)]
    pub(crate) fn word(self, word: u32) -> Self {
        Self(mixed(self.0, word))
    }

    /// Goes on with a larger number.
    #[inline(never)]
    pub(crate) fn long(self, number: u64) -> Self {
        let [a, b, c, d, e, f, g, h] = number.to_le_bytes();
        self.word(u32::from_le_bytes([a, b, c, d])).word(u32::from_le_bytes([e, f, g, h]))
    }

    /// Goes on with bytes.
    #[inline(never)]
    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let (mut word, mut rest) = (self.0, bytes);
        while let Some((first, after)) = rest.split_first_chunk::<4>() {
            word = mixed(word, u32::from_le_bytes(*first));
            rest = after;
        }
        Self(rest.iter().fold(word, |word, byte| mixed(word, u32::from(*byte))))
    }

    /// The word.
    pub(crate) const fn end(self) -> u32 {
        self.0
    }
}
