//! Time as an argument: nothing here reads a clock.
//!
//! A device tells what its clock says, which may be nothing or nonsense, and how long it has been
//! up. Against a clock that was set back stands a floor: a time that has certainly passed,
//! because something signed says so and the device has been up since.

use core::fmt;

use serde::Serialize;

/// Seconds in a day.
pub const DAY_S: u32 = 86_400;
/// How far a clock may be behind the floor before it is not believed.
pub const CLOCK_TOLERANCE_S: u32 = DAY_S;

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UnixSeconds(pub u64);

impl UnixSeconds {
    /// Later by so many seconds; stops at the end of the range instead of wrapping.
    #[must_use]
    pub const fn after(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to here; 0 if it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A clock that shows an earlier time was never set: 2026-01-01T00:00:00Z, before the first
/// release of this software. Devices without a battery start in 1970 or at their build time.
pub const CLOCK_NEVER_SET_BEFORE: UnixSeconds = UnixSeconds(1_767_225_600);

/// What is known of the time at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Clock {
    /// The beginning of time, where there is no clock that counts.
    wall: UnixSeconds,
    floor: UnixSeconds,
}

impl Clock {
    /// What the device's clock says, and a time that has certainly passed ([`TimeFloor::at`]).
    ///
    /// `wall` is `None` where there is no clock; one that shows a time before
    /// [`CLOCK_NEVER_SET_BEFORE`] was never set and counts as none. Without a clock the floor is
    /// the time.
    #[must_use]
    pub fn new(wall: Option<UnixSeconds>, floor: UnixSeconds) -> Self {
        Self { wall: wall.filter(|wall| *wall >= CLOCK_NEVER_SET_BEFORE).unwrap_or_default(), floor }
    }

    /// What is known of the time by someone who knows also that `signed` has passed, because
    /// something signed says so.
    #[must_use]
    pub fn moment(&self, signed: UnixSeconds) -> Moment {
        let now = self.floor.max(signed).max(self.wall);
        let wall = if self.wall == UnixSeconds(0) {
            Wall::Unset
        } else if now.0.wrapping_sub(self.wall.0) > u64::from(CLOCK_TOLERANCE_S) {
            // It is not later than now.
            Wall::SetBack
        } else {
            Wall::Believable
        };
        Moment { now, wall }
    }
}

/// What is known of the time when something signed is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Moment {
    /// The latest time that is known to have passed.
    pub now: UnixSeconds,
    /// What the device's clock is worth.
    pub wall: Wall,
}

/// What the clock of a device is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Wall {
    /// There is none, or it was never set.
    Unset,
    /// It is more than [`CLOCK_TOLERANCE_S`] behind the floor.
    SetBack,
    /// It is set, and not set back.
    Believable,
}

/// The trusted-time floor: the latest signed time, carried forward by uptime.
///
/// Raised by what is signed and by uptime since then, never by the device's own clock. Uptime is
/// monotonic and starts at 0 with each boot.
///
/// ```
/// use hwlicense::time::{TimeFloor, UnixSeconds};
/// let mut floor = TimeFloor::new(UnixSeconds(1_700_000_000));
/// floor.raise(UnixSeconds(1_800_000_000), 100);
/// assert_eq!(floor.at(3_700), UnixSeconds(1_800_003_600));
/// floor.raise(UnixSeconds(1_750_000_000), 3_700); // older: changes nothing
/// assert_eq!(floor.at(3_700), UnixSeconds(1_800_003_600));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TimeFloor {
    at_mark: UnixSeconds,
    mark_uptime_s: u64,
}

impl TimeFloor {
    /// Starts after a boot from what was saved last, or from the firmware's build time.
    #[must_use]
    pub const fn new(saved: UnixSeconds) -> Self {
        Self { at_mark: saved, mark_uptime_s: 0 }
    }

    /// The floor at an uptime of this boot. Save it hourly.
    #[must_use]
    pub const fn at(&self, uptime_s: u64) -> UnixSeconds {
        self.at_mark.after(uptime_s.saturating_sub(self.mark_uptime_s))
    }

    /// Raises the floor to a time from something whose signature holds. An earlier one changes
    /// nothing.
    pub fn raise(&mut self, signed: UnixSeconds, uptime_s: u64) {
        *self = Self { at_mark: self.at(uptime_s).max(signed), mark_uptime_s: uptime_s };
    }

    /// Sets the floor, perhaps to an earlier time: only for what a root signed to mend one that was
    /// set too high ([`TimeCorrection`](crate::primary::TimeCorrection)).
    pub const fn correct(&mut self, signed: UnixSeconds, uptime_s: u64) {
        *self = Self { at_mark: signed, mark_uptime_s: uptime_s };
    }
}
