//! Who makes the next plan, and when.
//!
//! The server with the lowest id among those that hear each other makes it. While a member that is
//! heard obeys a higher plan than this server, nothing is planned here: that plan comes first.
//! After each plan there is a pause, in which it reaches everybody, so that the next one follows
//! from it everywhere. Where nobody fell silent the pause is longer, so that devices which the last
//! plan moved have started, and servers that came back all hear each other.

use core::fmt;

use super::epoch::{Epoch, Members, counter_after};
use super::instant::Instant;
use super::machine::{Pending, Watch};
use super::peer::{Peer, Role};
use crate::system::model::Policy;

/// How urgent the next plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owed {
    /// Nothing changed since the last one.
    Nothing,
    /// A member that speaks is in contact now, or not any more, or has settled.
    Return,
    /// A member fell silent, or the caller says that something changed.
    Now,
}

/// Why a plan was not issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum IssueError {
    /// No plan is due here any more: contact changed, or another plan came. Drop this one.
    NotDue,
    /// The counter is at its end, which takes longer than any System lasts: storage was damaged.
    /// [`Members::Changed`] begins a new count; if that is at its end too, set the System up anew.
    CounterExhausted,
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotDue => "no plan is due on this server",
            Self::CounterExhausted => "the counter of plans is at its end",
        })
    }
}

impl core::error::Error for IssueError {}

impl Watch<'_> {
    /// Something else than contact changed, such as a device, a licence or the list of members: a
    /// plan becomes due on the server that makes them. On the others it is forgotten with the next
    /// plan, so tell the one that makes them.
    pub fn handle_change(&mut self, now: Instant) {
        let now = self.advance(now);
        self.owed = Owed::Now;
        self.settle_up(now);
    }

    /// Issues a plan made from a state with this digest, after
    /// [`WatchEvent::PlanDue`](super::WatchEvent::PlanDue). Its epoch must be stored before anybody
    /// obeys it, this server included: [`WatchEvent::Store`](super::WatchEvent::Store) says so.
    ///
    /// # Errors
    /// [`IssueError`]; nothing changed.
    pub fn issue(&mut self, now: Instant, digest: [u8; 32], members: Members) -> Result<Epoch, IssueError> {
        let now = self.advance(now);
        self.settle_up(now);
        if !self.is_plan_due(now) {
            return Err(IssueError::NotDue);
        }
        let highest = self.counter_seen.max(self.epoch.counter);
        let counter = counter_after(highest, members).ok_or(IssueError::CounterExhausted)?;
        let epoch = Epoch { counter, issuer: self.me.id, digest };
        self.owed = Owed::Nothing;
        self.signals.plan = false;
        self.pend(Pending { epoch, parent: self.epoch });
        Ok(epoch)
    }

    /// Whether this server makes plans: the lowest id of those that hear each other.
    pub(super) fn is_planner(&self) -> bool {
        let is_lower = |id| id < self.me.id;
        let mut servers = self.peers.iter().filter(|peer| peer.role == Role::Server && peer.contact.is_made());
        self.me.role == Role::Server && !servers.any(|peer| is_lower(peer.id))
    }

    /// Whether a plan is wanted, and this server is the one to make it, if need be after a pause.
    fn is_plan_owed(&self) -> bool {
        let is_heard = |peer: &Peer| peer.is_heard(self.now, self.timing.lost_after_ms);
        let is_behind = self.peers.iter().any(|peer| peer.epoch > self.epoch && is_heard(peer));
        let is_free = self.policy == Policy::KeepRecording || self.hears_majority();
        self.owed != Owed::Nothing && self.pending.is_none() && self.is_planner() && !is_behind && is_free
    }

    /// When the pause after the last plan is over.
    fn plan_from(&self) -> Instant {
        let pause = match self.owed {
            _ if self.epoch.is_none() => 0,
            Owed::Return => self.timing.handover_ms,
            Owed::Nothing | Owed::Now => self.timing.plan_interval_ms,
        };
        self.obeyed_since.after(pause)
    }

    fn is_plan_due(&self, now: Instant) -> bool {
        self.plan_from() <= now && self.is_plan_owed()
    }

    /// Says once that a plan is due, and again if it was not for a while.
    pub(super) fn review_plan(&mut self, now: Instant) {
        let is_due = self.is_plan_due(now);
        self.signals.plan = is_due && (self.signals.plan || !self.signals.is_plan_told);
        self.signals.is_plan_told &= is_due;
    }

    /// When the pause ends at whose end a plan is due.
    pub(super) fn next_plan(&self) -> Option<Instant> {
        Some(self.plan_from()).filter(|from| *from > self.now && self.is_plan_owed())
    }
}
