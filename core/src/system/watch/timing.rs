//! How long everything takes: from what a network may do to every timeout, and to the bounds that
//! are promised.
//!
//! Whoever sets up a System says three things: how often servers speak, how long a message may be
//! on its way, and how long a device takes to start. Everything else follows here by arithmetic,
//! so that no two settings can contradict each other.

use core::fmt;

use crate::system::model::Policy;

/// Most messages lost in a row, from one server to another, under which the bounds hold.
pub const LOST_IN_A_ROW_MAX: u64 = 2;
/// Longest time from the moment at which a call is due to the moment at which it was made and all
/// that it asks for is done, in milliseconds: events handled, an epoch stored, messages sent.
pub const TURN_MS_MAX: u64 = 200;
/// How long a member must be in contact without a break before devices return to it, in milliseconds.
pub const SETTLED_AFTER_MS: u64 = 60_000;

/// Limits of [`Conditions::heartbeat_ms`].
pub const HEARTBEAT_MS_MIN: u32 = 100;
/// Limits of [`Conditions::heartbeat_ms`].
pub const HEARTBEAT_MS_MAX: u32 = 10_000;
/// Limit of [`Conditions::delay_ms_max`].
pub const DELAY_MS_MAX: u32 = 60_000;
/// Limit of [`Conditions::start_ms_max`].
pub const START_MS_MAX: u32 = 300_000;

/// The same span on any other clock, at most: rates differ by less than 1 %.
const fn on_any_clock(milliseconds: u64) -> u64 {
    milliseconds.saturating_add(milliseconds.div_ceil(100))
}

/// The same span on any other clock, at least.
pub(super) const fn at_least_on_any_clock(milliseconds: u64) -> u64 {
    milliseconds.saturating_sub(milliseconds.div_ceil(100))
}

const fn sum<const N: usize>(spans: [u64; N]) -> u64 {
    let mut rest = spans.as_slice();
    let mut total = 0u64;
    while let Some((span, others)) = rest.split_first() {
        total = total.saturating_add(*span);
        rest = others;
    }
    total
}

/// Widens a number; `From` is not const.
#[expect(clippy::as_conversions, reason = "a conversion that is const and loses nothing")]
const fn wide(milliseconds: u32) -> u64 {
    milliseconds as u64
}

/// What the servers, their network and their devices do. The same on every server of a System.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Conditions {
    /// Between two messages of a server to another; 100 to 10,000.
    pub heartbeat_ms: u32,
    /// Longest time that a message is on its way; up to 60,000.
    pub delay_ms_max: u32,
    /// Longest time that a device takes to start on another server; up to 300,000.
    pub start_ms_max: u32,
}

impl Default for Conditions {
    fn default() -> Self {
        Self { heartbeat_ms: 500, delay_ms_max: 2_000, start_ms_max: 10_000 }
    }
}

/// Why conditions are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TimingError {
    /// The heartbeat is shorter than [`HEARTBEAT_MS_MIN`] or longer than [`HEARTBEAT_MS_MAX`].
    Heartbeat,
    /// The delay is longer than [`DELAY_MS_MAX`].
    Delay,
    /// The start is longer than [`START_MS_MAX`].
    Start,
}

impl fmt::Display for TimingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heartbeat => write!(f, "a heartbeat takes {HEARTBEAT_MS_MIN} to {HEARTBEAT_MS_MAX} ms"),
            Self::Delay => write!(f, "a delay of at most {DELAY_MS_MAX} ms can be allowed for"),
            Self::Start => write!(f, "a start of at most {START_MS_MAX} ms can be allowed for"),
        }
    }
}

impl core::error::Error for TimingError {}

/// Every timeout, in milliseconds on a server's own clock. Only [`Timing::new`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timing {
    conditions: Conditions,
    pub(super) heartbeat_ms: u64,
    pub(super) lost_after_ms: u64,
    pub(super) plan_interval_ms: u64,
    pub(super) handover_ms: u64,
    pub(super) lease_ms: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Timing {
    /// Two messages a second, delays to 2 s, devices that start within 10 s.
    pub const DEFAULT: Self = Self::of(Conditions { heartbeat_ms: 500, delay_ms_max: 2_000, start_ms_max: 10_000 });

    /// The timeouts for these conditions.
    ///
    /// # Errors
    /// [`TimingError`] names the limit that is exceeded; choose a number within it.
    pub const fn new(conditions: Conditions) -> Result<Self, TimingError> {
        if conditions.heartbeat_ms < HEARTBEAT_MS_MIN || conditions.heartbeat_ms > HEARTBEAT_MS_MAX {
            return Err(TimingError::Heartbeat);
        }
        if conditions.delay_ms_max > DELAY_MS_MAX {
            return Err(TimingError::Delay);
        }
        if conditions.start_ms_max > START_MS_MAX {
            return Err(TimingError::Start);
        }
        Ok(Self::of(conditions))
    }

    const fn of(conditions: Conditions) -> Self {
        let heartbeat_ms = wide(conditions.heartbeat_ms);
        let delay = wide(conditions.delay_ms_max);
        // Longest silence of a server that lives: all but the last in a row were lost, and that
        // one was sent late and is long on its way.
        let beats = LOST_IN_A_ROW_MAX.saturating_add(1).saturating_mul(heartbeat_ms);
        let silence = on_any_clock(sum([beats, delay, TURN_MS_MAX]));
        // What comes back is what the other had, and that may be one silence old when it is sent
        // and the way back just as bad; a turn more for storing an epoch in between.
        let lease = sum([silence, silence, on_any_clock(TURN_MS_MAX)]);
        let carry = Self::carry_of(conditions);
        Self {
            conditions,
            heartbeat_ms,
            lost_after_ms: silence,
            plan_interval_ms: on_any_clock(carry),
            handover_ms: on_any_clock(sum([carry, wide(conditions.start_ms_max)])),
            lease_ms: lease,
        }
    }

    /// Longest time from having something new to its being stored elsewhere: sent at once, lost,
    /// sent with the next heartbeats, the last of which arrives late.
    const fn carry_of(conditions: Conditions) -> u64 {
        let again = on_any_clock(LOST_IN_A_ROW_MAX.saturating_mul(wide(conditions.heartbeat_ms)));
        sum([TURN_MS_MAX, again, wide(conditions.delay_ms_max), TURN_MS_MAX])
    }

    /// The conditions that these timeouts are for.
    #[must_use]
    pub const fn conditions(&self) -> Conditions {
        self.conditions
    }

    /// Silence after which a member is lost, in milliseconds.
    #[must_use]
    pub const fn lost_after_ms(&self) -> u64 {
        self.lost_after_ms
    }

    /// How long a server may record, under [`Policy::Majority`], after it sent what a majority
    /// has answered, in milliseconds.
    #[must_use]
    pub const fn lease_ms(&self) -> u64 {
        self.lease_ms
    }

    /// How long one waits, on one's own clock, from the moment a lease began on another clock
    /// until it has certainly ended and its holder has stopped.
    pub(super) const fn lease_over_ms(&self) -> u64 {
        on_any_clock(sum([self.lease_ms, TURN_MS_MAX]))
    }

    /// Longest time from the failure of a server to the first recording of its devices on another,
    /// in milliseconds, under the conditions.
    ///
    /// The parts: the last heartbeat is on its way; silence; a plan was just made, so the next
    /// waits; it is stored by its issuer, then carried; under [`Policy::Majority`] the servers say
    /// that they have it, and the failed server's lease has ended; the device starts.
    #[must_use]
    pub const fn gap_ms_max(&self, policy: Policy) -> u64 {
        let delay = wide(self.conditions.delay_ms_max);
        let carry = Self::carry_of(self.conditions);
        let detected = sum([delay, on_any_clock(self.lost_after_ms), TURN_MS_MAX]);
        let issued = sum([detected, on_any_clock(self.plan_interval_ms), TURN_MS_MAX, TURN_MS_MAX]);
        let carried = sum([issued, carry]);
        let may_start = match policy {
            Policy::KeepRecording => carried,
            Policy::Majority => {
                let told = sum([carried, carry]);
                // How long ago the failed server was heard is told with a message that was delayed.
                let told_ms_ago = on_any_clock(on_any_clock(self.lease_over_ms()));
                let lease_over = sum([delay, delay, told_ms_ago, TURN_MS_MAX, TURN_MS_MAX]);
                if told > lease_over { told } else { lease_over }
            }
        };
        sum([may_start, wide(self.conditions.start_ms_max)])
    }

    /// Longest time for which two servers record a device when it is moved between servers that
    /// are in contact, in milliseconds: 0 under [`Policy::Majority`].
    ///
    /// The new one may have the plan at once and start at once; the old one gets it as late as
    /// can be, and leaves the new one all the time that it may need.
    #[must_use]
    pub const fn handover_ms_max(&self, policy: Policy) -> u64 {
        match policy {
            Policy::KeepRecording => {
                sum([Self::carry_of(self.conditions), on_any_clock(self.handover_ms), TURN_MS_MAX])
            }
            Policy::Majority => 0,
        }
    }

    /// Longest time, under [`Policy::KeepRecording`], from the first message that the part with the
    /// higher epoch gets from the other to the end of double recording, in milliseconds, where up
    /// to two messages in a row are lost; one delay and two turns where none is.
    #[must_use]
    pub const fn contact_ms_max(&self) -> u64 {
        Self::carry_of(self.conditions)
    }
}

const _: () = {
    assert!(Timing::DEFAULT.gap_ms_max(Policy::KeepRecording) <= 30_000);
    assert!(Timing::DEFAULT.gap_ms_max(Policy::Majority) <= 30_000);
    // Whoever waits for the end of a lease with a fast clock waits longer than its holder, late
    // and with a slow clock, goes on recording.
    assert!(Timing::DEFAULT.lease_over_ms() * 100 >= (Timing::DEFAULT.lease_ms + TURN_MS_MAX) * 101);
    assert!(at_least_on_any_clock(10_100) * 101 <= 10_100 * 100);
    // Leases outlast the worst pair of silences, so that no false alarm stops a recording.
    assert!(Timing::DEFAULT.lease_ms > 2 * Timing::DEFAULT.lost_after_ms);
    assert!(SETTLED_AFTER_MS > Timing::DEFAULT.handover_ms);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_bounds_are_those_of_the_documentation() {
        let timing = Timing::DEFAULT;
        assert_eq!(Timing::new(Conditions::default()), Ok(timing));
        let timeouts = [timing.lost_after_ms, timing.plan_interval_ms, timing.handover_ms, timing.lease_ms];
        assert_eq!(timeouts, [3_737, 3_445, 13_545, 7_676]);
        assert_eq!(timing.lease_over_ms(), 7_955);
        assert_eq!(timing.gap_ms_max(Policy::KeepRecording), 23_265);
        assert_eq!(timing.gap_ms_max(Policy::Majority), 26_675);
        assert_eq!(timing.handover_ms_max(Policy::KeepRecording), 17_291);
        assert_eq!(timing.contact_ms_max(), 3_410);
    }

    #[test]
    fn conditions_are_taken_at_their_limits_and_not_beyond() {
        let good = Conditions::default();
        for (conditions, answer) in [
            (Conditions { heartbeat_ms: HEARTBEAT_MS_MIN, ..good }, None),
            (Conditions { heartbeat_ms: HEARTBEAT_MS_MIN - 1, ..good }, Some(TimingError::Heartbeat)),
            (Conditions { heartbeat_ms: HEARTBEAT_MS_MAX, ..good }, None),
            (Conditions { heartbeat_ms: HEARTBEAT_MS_MAX + 1, ..good }, Some(TimingError::Heartbeat)),
            (Conditions { delay_ms_max: DELAY_MS_MAX, ..good }, None),
            (Conditions { delay_ms_max: DELAY_MS_MAX + 1, ..good }, Some(TimingError::Delay)),
            (Conditions { start_ms_max: START_MS_MAX, ..good }, None),
            (Conditions { start_ms_max: START_MS_MAX + 1, ..good }, Some(TimingError::Start)),
        ] {
            assert_eq!(Timing::new(conditions).err(), answer, "{conditions:?}");
        }
    }

    #[test]
    fn leases_end_before_anybody_counts_on_it() {
        for heartbeat_ms in [HEARTBEAT_MS_MIN, 1_000, HEARTBEAT_MS_MAX] {
            let conditions = Conditions { heartbeat_ms, ..Conditions::default() };
            let timing = Timing::new(conditions).unwrap_or_default();
            assert!(timing.lease_over_ms() * 100 >= (timing.lease_ms + TURN_MS_MAX) * 101);
        }
    }
}
