//! The server's clock, watched: leases are as right as it is.
//!
//! A clock that jumps ahead would end leases that devices still accept, and give their channels away a
//! second time; one that jumps back would sign leases that have ended. So a server whose clock jumped
//! answers nobody until it is started again, which says that the clock is right now. Clients keep what they
//! have.

use core::time::Duration;
use std::time::{Instant, SystemTime};

use hwlicense::time::UnixSeconds;

/// How far it may jump ahead. A virtual machine that was paused wakes up later than it thinks.
const AHEAD: Duration = Duration::from_secs(7 * 86_400);
/// How far it may jump back: as far as clients tolerate.
const BACK: Duration = Duration::from_secs(86_400);

/// The clock, since the server began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    began: Instant,
    showed: UnixSeconds,
}

impl Clock {
    /// From now on.
    pub(super) fn start() -> Self {
        Self { began: Instant::now(), showed: now() }
    }

    /// Whether it went on as time does.
    pub(super) fn is_steady(&self) -> bool {
        is_steady(self.showed, self.began.elapsed(), now())
    }
}

fn is_steady(showed: UnixSeconds, elapsed: Duration, now: UnixSeconds) -> bool {
    let expected = showed.after(elapsed.as_secs());
    now.since(expected) <= AHEAD.as_secs() && expected.since(now) <= BACK.as_secs()
}

/// The time of this machine's clock. A clock before 1970 counts as 1970.
pub(super) fn now() -> UnixSeconds {
    UnixSeconds(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_may_drift_and_may_not_jump() {
        let showed = UnixSeconds(1_800_000_000);
        let elapsed = Duration::from_secs(400 * 86_400);
        let expected = showed.after(elapsed.as_secs());
        for (now, steady) in [
            (expected, true),
            (expected.after(7 * 86_400), true),
            (expected.after(7 * 86_400 + 1), false),
            (expected.after(3_650 * 86_400), false),
            (UnixSeconds(expected.0 - 86_400), true),
            (UnixSeconds(expected.0 - 86_401), false),
            (showed, false),
            (UnixSeconds(0), false),
        ] {
            assert_eq!(is_steady(showed, elapsed, now), steady, "{now}");
        }
    }
}
