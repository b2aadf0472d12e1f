//! A small seeded generator: each run says its seed, and a failure is repeated with it.

use std::time::{SystemTime, UNIX_EPOCH};

/// SplitMix64: good enough to try things, and the same everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The generator of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The seed in the variable `HWLICENSE_SEED`, else one from the clock; printed either way.
    #[must_use]
    pub fn announced(test: &str) -> Self {
        let given = std::env::var("HWLICENSE_SEED").ok().map(|text| text.parse().unwrap());
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
        let seed = given.unwrap_or_else(|| u64::from(clock));
        println!("{test}: HWLICENSE_SEED={seed}");
        Self(seed)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap();
        usize::try_from(self.next().checked_rem(bound).unwrap()).unwrap()
    }

    /// Yes, once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub fn pick<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        let index = self.below(choices.len());
        choices.get(index).unwrap()
    }

    /// One of these, to be changed.
    pub fn pick_mut<'c, T>(&mut self, choices: &'c mut [T]) -> &'c mut T {
        let index = self.below(choices.len());
        choices.get_mut(index).unwrap()
    }

    /// The same entries in another order.
    pub fn shuffle<T>(&mut self, entries: &mut [T]) {
        for last in (1..entries.len()).rev() {
            let other = self.below(last.saturating_add(1));
            entries.swap(last, other);
        }
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| {
            let [low, ..] = self.next().to_le_bytes();
            low
        })
    }
}
