//! Before it happens: what an event would cost, and what to do first.

use super::allocation::{AllocateError, Allocation, Tally, allocate};
use super::checked::Checked;
use super::grant::Grant;
use super::status::Event;
use crate::time::UnixSeconds;

/// A System as it is, or as it would be: one half of an [`Outlook`].
#[derive(Debug)]
pub struct View<'v> {
    /// One for each licence.
    pub tallies: &'v mut [Tally],
    /// One for each device.
    pub grants: &'v mut [Grant],
}

/// What an event would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The pool as it is.
    pub before: Allocation,
    /// The pool as it would be.
    pub after: Allocation,
    /// Licences that would stop counting.
    pub licenses_lost: u32,
    /// Licences that would go on counting, but only until their grace ends.
    pub licenses_on_grace: u32,
    /// Devices that are recorded and would no longer be.
    pub devices_lost: u32,
    /// Devices that would be recorded again.
    pub devices_gained: u32,
}

/// Works out what an event would change at a time: `before` is filled with what is, `after` with
/// what would be, so that each licence and device that changes can be named.
///
/// The rows are to be as an allocation left them ([`Channel::after`](super::Channel::after),
/// [`PoolLicense::held_after`](super::PoolLicense::held_after)): what devices hold decides what
/// they keep when a server can no longer be heard. A grace that the event begins, begins at `now`: to
/// learn what its end brings, write the event into the rows and allocate at the time of its end.
///
/// # Errors
/// As [`allocate`].
pub fn outlook(
    system: &Checked<'_>,
    now: UnixSeconds,
    event: Event,
    before: &mut View<'_>,
    after: &mut View<'_>,
) -> Result<Outlook, AllocateError> {
    let before_allocation = allocate(system, now, None, before.tallies, before.grants)?;
    let after_allocation = allocate(system, now, Some(event), after.tallies, after.grants)?;
    let licenses = system.system().licenses.len();
    let tallies = || before.tallies.iter().zip(after.tallies.iter()).take(licenses);
    let grants = || before.grants.iter().zip(after.grants.iter()).take(system.system().devices.len());
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let counts = |tally: &Tally| tally.status.counts(now);
    let on_grace = |tally: &Tally| counts(tally) && tally.status.counts_until().is_some();
    Ok(Outlook {
        licenses_lost: count(tallies().filter(|(is, would_be)| counts(is) && !counts(would_be)).count()),
        licenses_on_grace: count(tallies().filter(|(is, would_be)| !on_grace(is) && on_grace(would_be)).count()),
        devices_lost: count(grants().filter(|(is, would_be)| loses(**is, **would_be)).count()),
        devices_gained: count(grants().filter(|(is, would_be)| loses(**would_be, **is)).count()),
        before: before_allocation,
        after: after_allocation,
    })
}

/// Whether recording is allowed before and not after.
fn loses(before: Grant, after: Grant) -> bool {
    before.allows_recording() && !after.allows_recording()
}

impl Event {
    /// What the administrator does first, so that no licence is lost by it.
    #[must_use]
    pub const fn precaution(self) -> &'static str {
        match self {
            Self::Detach(_) => {
                "Deactivate the licences named before the server is detached, and activate them on a server that stays."
            }
            Self::Replace(..) => {
                "Deactivate the licences named before the change, and activate them again after it with the new \
                 Hardware ID."
            }
            Self::Fail(_) => {
                "Nothing is lost before the day named. If the server will not be back by then, have its licences \
                 deactivated with its Hardware ID and activate them on another server."
            }
        }
    }
}
