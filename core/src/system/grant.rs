//! What a device gets of the pool.

use crate::license::Class;

/// What a device gets of the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Grant {
    /// Nothing: its recording is not wanted.
    #[default]
    NotWanted,
    /// Nothing, and it needs nothing.
    Free,
    /// A channel of this class: its own, or one that may stand in for it.
    Licensed(Class),
    /// Nothing: the pool has no channel left for this class.
    Without(Class),
}

impl Grant {
    /// Whether the device may be recorded.
    #[must_use]
    pub const fn allows_recording(self) -> bool {
        matches!(self, Self::Free | Self::Licensed(_))
    }
}
