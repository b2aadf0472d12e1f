//! How fast updates are handed out: by all downloads together, and by one device at a time.

use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use hwlicense::hwid::Hwid;

/// How far ahead answers are promised. Who comes later is told to come again.
const AHEAD: Duration = Duration::from_secs(1);

/// Bytes per second, over all downloads.
#[derive(Debug)]
pub(super) struct Pace {
    /// Nanoseconds for each byte; none for no limit.
    byte_ns: Option<u64>,
    /// When what was promised so far is handed out.
    free_at: Mutex<Instant>,
}

impl Pace {
    /// So many bytes per second; 0 for no limit.
    pub(super) fn new(bytes_per_s: u64, now: Instant) -> Self {
        Self { byte_ns: 1_000_000_000u64.checked_div(bytes_per_s), free_at: Mutex::new(now) }
    }

    /// When so many bytes may leave: after this time; or after how many seconds one may ask again.
    pub(super) fn promise(&self, bytes: usize, now: Instant) -> Result<Duration, u32> {
        let Some(byte_ns) = self.byte_ns else { return Ok(Duration::ZERO) };
        let takes = Duration::from_nanos(byte_ns.saturating_mul(u64::try_from(bytes).unwrap_or(u64::MAX)));
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = free_at.saturating_duration_since(now);
        if wait > AHEAD {
            return Err(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1));
        }
        *free_at = (*free_at).max(now).checked_add(takes).unwrap_or(now);
        Ok(wait)
    }
}

/// How many fetches of each device are in work.
#[derive(Debug, Default)]
pub(super) struct InWork(Mutex<HashMap<(u8, [u8; 16]), u32>>);

/// A fetch in work, until it is dropped.
#[derive(Debug)]
pub(super) struct Held<'w> {
    all: &'w InWork,
    device: (u8, [u8; 16]),
}

impl InWork {
    /// Begins a fetch of a device, unless so many of it are in work.
    pub(super) fn begin(&self, hwid: Hwid, most: u32) -> Option<Held<'_>> {
        let device = (hwid.scheme, hwid.bytes);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(device).or_default();
        if *count >= most {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Held { all: self, device })
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = all.get_mut(&self.device).map(|count| {
            *count = count.saturating_sub(1);
            *count
        });
        if left == Some(0) {
            all.remove(&self.device);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn bytes_leave_as_fast_as_they_may_and_no_faster() {
        let start = Instant::now();
        let pace = Pace::new(1_000_000, start);
        assert_eq!(pace.promise(500_000, start), Ok(Duration::ZERO));
        assert_eq!(pace.promise(500_000, start), Ok(Duration::from_millis(500)));
        assert_eq!(pace.promise(1_000_000, start), Ok(Duration::from_secs(1)));
        assert_eq!(pace.promise(1, start), Err(3), "two seconds are promised");
        assert_eq!(pace.promise(1, start + Duration::from_secs(2)), Ok(Duration::ZERO), "being told so cost nothing");
        // A pause is not made up for.
        let later = start + Duration::from_secs(100);
        assert_eq!(pace.promise(1_000_000, later), Ok(Duration::ZERO));
        assert_eq!(pace.promise(1, later), Ok(Duration::from_secs(1)));
        let unlimited = Pace::new(0, start);
        assert!((0..100).all(|_| unlimited.promise(usize::MAX, start) == Ok(Duration::ZERO)));
    }

    #[test]
    fn a_device_has_so_many_fetches_in_work_and_others_theirs() {
        let in_work = InWork::default();
        let hwid = |number| Hwid { scheme: 3, bytes: [number; 16] };
        let first = in_work.begin(hwid(1), 2).unwrap();
        let second = in_work.begin(hwid(1), 2).unwrap();
        assert!(in_work.begin(hwid(1), 2).is_none());
        let other = in_work.begin(hwid(2), 2);
        assert!(other.is_some());
        drop(first);
        let third = in_work.begin(hwid(1), 2);
        assert!(third.is_some() && in_work.begin(hwid(1), 2).is_none());
        drop((second, third, other));
        assert!(in_work.0.lock().unwrap().is_empty(), "nothing is remembered");
    }
}
