//! How long something took on a core: other programs on the machine do not count, where the system
//! tells (Linux does). Elsewhere it is the time on the wall.

use core::time::Duration;
use std::time::Instant;

/// A time at which something began.
pub(crate) struct Stopwatch {
    wall: Instant,
    core: Option<Duration>,
}

impl Stopwatch {
    /// Begins now.
    pub(crate) fn start() -> Self {
        Self { wall: Instant::now(), core: on_core() }
    }

    /// Milliseconds since then.
    pub(crate) fn ms(&self) -> f64 {
        let elapsed = match (self.core, on_core()) {
            (Some(begun), Some(ended)) => ended.saturating_sub(begun),
            _ => self.wall.elapsed(),
        };
        elapsed.as_secs_f64() * 1_000.0
    }
}

/// What this thread has had of a core so far. The kernel brings its count up to date when the
/// thread yields.
fn on_core() -> Option<Duration> {
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
