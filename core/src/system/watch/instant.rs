//! Time for timeouts: milliseconds of a clock that only goes forward.

/// A moment on the clock of one server, in milliseconds since an arbitrary one, such as its start.
///
/// The clock never goes back and is not set; it may stand at anything when the server starts. The
/// clocks of two servers have nothing in common but their rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Instant(pub u64);

impl Instant {
    /// Later by so many milliseconds; stops at the end of the range instead of wrapping.
    #[must_use]
    pub const fn after(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Earlier by so many milliseconds; stops at 0.
    #[must_use]
    pub const fn before(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_sub(milliseconds))
    }

    /// Milliseconds from `earlier` to here; 0 if it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
