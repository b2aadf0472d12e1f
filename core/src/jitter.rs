//! Numbers that differ from device to device, so that ten thousand of them do not all ask in the same
//! second.

/// Such numbers, one after the other. Whoever knows the seed knows them all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jitter(u64);

impl Jitter {
    /// Those of a seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below the bound, as the seed has it (SplitMix64, Steele, Lea, Flood 2014).
    pub(crate) fn below(&mut self, bound: u32) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        mixed.checked_rem(bound.into()).unwrap_or_default()
    }
}
