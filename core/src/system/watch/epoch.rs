//! Epochs: the one order of all plans, in which a higher one always wins.
//!
//! The counter comes first, so that whoever has seen a plan can outdo it. Two parts that cannot
//! hear each other may choose the same counter: then the issuer decides, and two plans of one
//! issuer, which it makes only if its memory was put back to an older state, are told apart by the
//! digest of what they were made from. So two epochs are equal only if their plans are the same.
//!
//! The upper half of the counter numbers the list of members. A plan that changes the list outdoes
//! every plan of the list before it, however many of those a part that was cut off goes on to make.

use core::fmt;

use crate::system::model::ServerId;

/// How far a counter may be ahead of one's own before the epoch is refused: no System makes so
/// many plans while a server is away, and a wrong one cannot use up the counter at once.
pub const COUNTER_AHEAD_MAX: u64 = 1 << 48;

/// Bits of the counter that number plans; the others number lists of members.
const PLAN_BITS: u32 = 32;

/// The place of a plan in the order of all plans. Ordered by counter, then issuer, then digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Epoch {
    /// Higher than that of every plan that its issuer had seen. 0 only in [`Self::NONE`].
    pub counter: u64,
    /// The server that made the plan.
    pub issuer: ServerId,
    /// Digest of the state that the plan was made from.
    pub digest: [u8; 32],
}

/// What a plan says about who belongs to the System.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Members {
    /// The same servers as before.
    #[default]
    Same,
    /// Other servers than before: after a merge, or without one that was detached.
    Changed,
}

impl Epoch {
    /// Before the first plan.
    pub const NONE: Self = Self { counter: 0, issuer: ServerId([0; 16]), digest: [0; 32] };

    /// Whether there is no plan yet.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// Number of the list of members that the plan is for: raised by each [`Members::Changed`].
    #[must_use]
    pub const fn list(&self) -> u64 {
        self.counter >> PLAN_BITS
    }
}

/// The counter of the next plan after the highest that was seen. `None` if there is none left.
pub(super) const fn counter_after(highest: u64, members: Members) -> Option<u64> {
    let next = match members {
        Members::Same => match highest.checked_add(1) {
            Some(next) => next,
            None => return None,
        },
        Members::Changed => match (highest >> PLAN_BITS).checked_add(1) {
            Some(list) if list >> PLAN_BITS == 0 => list << PLAN_BITS,
            _ => return None,
        },
    };
    // A plan must not reach the next list's numbers by counting.
    let counted_over = matches!(members, Members::Same) && next >> PLAN_BITS != highest >> PLAN_BITS;
    if counted_over { None } else { Some(next) }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.counter & u64::from(u32::MAX);
        write!(f, "{}.{plan} by {}", self.list(), self.issuer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn epoch(counter: u64, issuer: u8, digest: u8) -> Epoch {
        Epoch { counter, issuer: ServerId([issuer; 16]), digest: [digest; 32] }
    }

    #[test]
    fn counter_then_issuer_then_digest_decide() {
        let ascending = [Epoch::NONE, epoch(1, 9, 9), epoch(2, 1, 9), epoch(2, 2, 1), epoch(2, 2, 2), epoch(3, 0, 0)];
        assert!(ascending.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_new_list_outdoes_every_plan_of_the_old_one() {
        let changed = counter_after(7, Members::Changed);
        assert_eq!(changed, Some(1 << 32));
        assert_eq!(counter_after((1 << 32) - 2, Members::Same), Some((1 << 32) - 1));
        assert_eq!(counter_after((1 << 32) - 1, Members::Same), None, "it would look like a new list");
        assert_eq!(counter_after((1 << 32) - 1, Members::Changed), changed);
    }

    #[test]
    fn counters_end_instead_of_wrapping() {
        assert_eq!(counter_after(u64::MAX, Members::Same), None);
        assert_eq!(counter_after(u64::MAX, Members::Changed), None);
        assert_eq!(counter_after(u64::MAX - 1, Members::Same), Some(u64::MAX));
    }
}
