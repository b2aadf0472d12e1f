//! What happened in each hour: how clients were answered, and how many channels were in use.
//!
//! Answers are counted in memory and added once a minute, so that no row is written for every
//! request. A crash loses at most that minute of the pictures, and nothing of the ledger.

use core::sync::atomic::{AtomicU32, Ordering};
use std::collections::BTreeMap;

use hwlicense::primary::Outcome;
use hwlicense::time::UnixSeconds;

use super::Book;
use crate::store::{ContactsRow, EntitlementRow, StoreError, UsageRow};

/// How many hours are kept: 400 days.
pub const HOURS_KEPT: u32 = 400 * 24;
const HOUR_S: u64 = 3_600;

/// The hour of a time, counted from 1970 (UTC).
#[must_use]
pub fn hour_of(time: UnixSeconds) -> u32 {
    u32::try_from(time.0.wrapping_div(HOUR_S)).unwrap_or(u32::MAX)
}

/// Counts answers until they are added to the ledger.
#[derive(Debug, Default)]
pub struct Tally {
    licensed: AtomicU32,
    waiting: AtomicU32,
    refused: AtomicU32,
    put_off: AtomicU32,
}

impl Tally {
    /// Counts an answer.
    pub fn count(&self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Licensed | Outcome::Deactivated => &self.licensed,
            Outcome::Waiting => &self.waiting,
            Outcome::Refused(_) => &self.refused,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a client that was told to come again.
    pub fn count_put_off(&self) {
        self.put_off.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes what was counted, for the hour of a time.
    #[must_use]
    pub fn take(&self, now: UnixSeconds) -> ContactsRow {
        let take = |counter: &AtomicU32| counter.swap(0, Ordering::Relaxed);
        ContactsRow {
            hour: hour_of(now),
            licensed: take(&self.licensed),
            waiting: take(&self.waiting),
            refused: take(&self.refused),
            put_off: take(&self.put_off),
        }
    }
}

/// Adds what was counted, notes what is in use, and forgets what is older than [`HOURS_KEPT`]. To be
/// called once a minute.
///
/// # Errors
/// [`StoreError`].
pub fn note_statistics(book: &mut Book<'_>, contacts: &ContactsRow) -> Result<(), StoreError> {
    book.tx.add_contacts(contacts)?;
    let hour = hour_of(book.now);
    let mut by_class = BTreeMap::new();
    for row in book.tx.entitlements()? {
        let empty = UsageRow { hour, class: row.class, used: 0, capacity: 0 };
        let usage = by_class.entry(row.class.0).or_insert(empty);
        usage.used = usage.used.saturating_add(row.used).saturating_add(row.excess);
        if row.is_valid(book.now) {
            usage.capacity = usage.capacity.saturating_add(row.capacity);
        }
    }
    by_class.values().try_for_each(|usage| book.tx.raise_usage(usage))?;
    book.tx.delete_statistics_before(hour.saturating_sub(HOURS_KEPT))
}

impl EntitlementRow {
    /// Whether channels may be given from it at a time.
    #[must_use]
    pub fn is_valid(&self, now: UnixSeconds) -> bool {
        self.revoked.is_none()
            && self.not_before <= now
            && self.serves_until >= now
            && self.expires.is_none_or(|expires| expires > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_taken_once() {
        let tally = Tally::default();
        for outcome in [Outcome::Licensed, Outcome::Deactivated, Outcome::Waiting, Outcome::Refused(500)] {
            tally.count(outcome);
        }
        tally.count_put_off();
        let now = UnixSeconds(7 * HOUR_S + 12);
        assert_eq!(tally.take(now), ContactsRow { hour: 7, licensed: 2, waiting: 1, refused: 1, put_off: 1 });
        assert_eq!(tally.take(now), ContactsRow { hour: 7, ..ContactsRow::default() });
    }
}
