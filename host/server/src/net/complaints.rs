//! Log lines about what goes wrong, so few that nobody can fill a disk with them.

use core::time::Duration;
use std::sync::Mutex;
use std::time::Instant;

/// Lines in one [`WINDOW`].
const LINES_MAX: u32 = 20;
const WINDOW: Duration = Duration::from_secs(10);

/// Counts the lines of the present window.
#[derive(Debug)]
pub(crate) struct Complaints {
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    lines: u32,
    withheld: u64,
}

impl Complaints {
    pub(crate) fn new() -> Self {
        Self { window: Mutex::new(Window { began: Instant::now(), lines: 0, withheld: 0 }) }
    }

    /// Whether one more line may be written now, and then how many were withheld before it.
    pub(crate) fn may_log(&self, now: Instant) -> Option<u64> {
        // Whoever panicked with it held nothing but counters.
        let mut window = self.window.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if now.saturating_duration_since(window.began) >= WINDOW {
            window.began = now;
            window.lines = 0;
        }
        if window.lines >= LINES_MAX {
            window.withheld = window.withheld.saturating_add(1);
            return None;
        }
        window.lines = window.lines.saturating_add(1);
        Some(core::mem::take(&mut window.withheld))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn a_flood_becomes_a_number() {
        let complaints = Complaints::new();
        let start = complaints.window.lock().unwrap().began;
        let written = (0..1_000).filter(|_| complaints.may_log(start).is_some()).count();
        assert_eq!(u32::try_from(written), Ok(LINES_MAX));
        assert_eq!(complaints.may_log(start.checked_add(WINDOW).unwrap()), Some(980));
    }
}
