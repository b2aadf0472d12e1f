//! The state machine of one server: what it hears, and which plan it obeys.

use core::fmt;

use super::epoch::{COUNTER_AHEAD_MAX, Epoch};
use super::instant::Instant;
use super::message::{Hearing, Message};
use super::output::{Apart, Signals};
use super::peer::{Contact, Peer, Role};
use super::planning::Owed;
use super::timing::{SETTLED_AFTER_MS, Timing};
use crate::system::model::{Policy, SERVERS_MAX, ServerId};
use crate::system::sort;

/// One server, and what is the same for all or was kept from its last run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Identity {
    /// Its id.
    pub id: ServerId,
    /// What it is there for.
    pub role: Role,
    /// Number that it has never had in an earlier run: counted up at each start, or random.
    pub boot: u64,
    /// The epoch that was stored last; [`Epoch::NONE`] on the first run of all.
    pub stored: Epoch,
}

/// Why there is no [`Watch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum MembersError {
    /// More members than [`SERVERS_MAX`].
    TooMany,
    /// Two members with one id, or the server itself among the others.
    Duplicate,
}

impl fmt::Display for MembersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooMany => "more members than a System has",
            Self::Duplicate => "a member is listed twice",
        })
    }
}

impl core::error::Error for MembersError {}

/// Why a message was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum InputError {
    /// Its sender is not among the other members: it was detached, or is not merged yet.
    NotAMember,
    /// It contradicts itself, which [`Message::decode`] never lets through.
    Inconsistent,
    /// Its epoch is more than [`COUNTER_AHEAD_MAX`] ahead: the sender's storage is damaged.
    CounterAhead,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAMember => "the sender is no other member of the System",
            Self::Inconsistent => "the message contradicts itself",
            Self::CounterAhead => "the sender's epoch is impossibly far ahead",
        })
    }
}

impl core::error::Error for InputError {}

/// A plan that is not obeyed yet, because its epoch is not stored yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub(super) epoch: Epoch,
    pub(super) parent: Epoch,
}

/// Watches the other members of a System and fences this server's recording.
///
/// After each call the caller drains [`Self::poll_event`], does what the events say, then drains
/// [`Self::poll_transmit`], and calls [`Self::handle_timeout`] when [`Self::poll_timeout`] has
/// come, all within [`TURN_MS_MAX`](super::TURN_MS_MAX). Calls that were not needed do nothing.
///
/// # Bounds
/// Memory: one [`Peer`] for each other member, lent. Work: each `handle_` call passes over the
/// members a fixed number of times; so does draining each of the two polls, in all.
#[derive(Debug)]
pub struct Watch<'p> {
    pub(super) timing: Timing,
    pub(super) policy: Policy,
    pub(super) me: Identity,
    /// The others, by id.
    pub(super) peers: &'p mut [Peer],
    pub(super) now: Instant,
    pub(super) next_beat: Instant,

    /// The plan that is obeyed, what it was made from, and how far back no plan was passed over.
    pub(super) epoch: Epoch,
    pub(super) parent: Epoch,
    pub(super) chain_from: u64,
    pub(super) obeyed_since: Instant,
    pub(super) pending: Option<Pending>,
    /// The highest counter that anybody told of.
    pub(super) counter_seen: u64,

    pub(super) owed: Owed,
    /// When this server itself has been up for long enough that devices return to it.
    pub(super) settles_at: Option<Instant>,
    /// Counter of the plan under which recording was last begun, while it may go on.
    pub(super) recording_from: Option<u64>,
    pub(super) release_at: Option<Instant>,
    pub(super) signals: Signals,
    pub(super) apart: Option<Apart>,
    /// Members before these positions have nothing to tell, or to be sent, until the next call.
    pub(super) next_news: usize,
    pub(super) next_due: usize,
}

impl<'p> Watch<'p> {
    /// Begins to listen, and obeys the plan that was stored.
    ///
    /// `peers` are the other members of the last agreed list, in any order; they are put in order
    /// of their ids. All servers of a System have the same `timing` and `policy`.
    ///
    /// # Errors
    /// [`MembersError`] if the list is not one of other members.
    pub fn new(
        now: Instant,
        timing: Timing,
        policy: Policy,
        me: Identity,
        peers: &'p mut [Peer],
    ) -> Result<Self, MembersError> {
        if peers.len() >= SERVERS_MAX {
            return Err(MembersError::TooMany);
        }
        sort::by_key(peers, |peer| peer.id);
        let is_repeated = peers.iter().zip(peers.iter().skip(1)).any(|(a, b)| a.id == b.id);
        if is_repeated || peers.iter().any(|peer| peer.id == me.id) {
            return Err(MembersError::Duplicate);
        }
        for peer in &mut *peers {
            peer.listen(now);
        }
        let mut watch = Self {
            timing,
            policy,
            me,
            peers,
            now,
            next_beat: now,
            epoch: me.stored,
            parent: Epoch::NONE,
            chain_from: me.stored.counter,
            obeyed_since: now,
            pending: None,
            counter_seen: me.stored.counter,
            owed: if me.stored.is_none() { Owed::Now } else { Owed::Nothing },
            settles_at: Some(now.after(SETTLED_AFTER_MS)),
            recording_from: None,
            release_at: None,
            signals: Signals::default(),
            apart: None,
            next_news: 0,
            next_due: 0,
        };
        if !me.stored.is_none() {
            watch.signals.obey = true;
            watch.signals.start = policy == Policy::KeepRecording;
        }
        watch.settle_up(now);
        Ok(watch)
    }

    /// Takes in a message of another member; the caller made sure of who sent it, and that the
    /// plan it may carry is the one with that digest ([`Message::without_plan`] if not).
    ///
    /// # Errors
    /// [`InputError`]; nothing changed.
    pub fn handle_input(&mut self, now: Instant, from: ServerId, message: &Message) -> Result<(), InputError> {
        let position = self.peers.binary_search_by_key(&from, |peer| peer.id).map_err(|_| InputError::NotAMember)?;
        if !message.is_consistent() {
            return Err(InputError::Inconsistent);
        }
        if message.epoch.counter > self.epoch.counter.saturating_add(COUNTER_AHEAD_MAX) {
            return Err(InputError::CounterAhead);
        }
        let now = self.advance(now);
        let Some(peer) = self.peers.get_mut(position) else { return Err(InputError::NotAMember) };
        let is_new = !peer.is_heard(now, self.timing.lost_after_ms);
        if !peer.note(now, self.me.boot, message) {
            return Ok(());
        }
        let contact = match (message.hearing, peer.contact) {
            (Hearing::Lost, _) => Contact::Lost,
            (_, Contact::Lost) => Contact::Back,
            (_, contact) => contact,
        };
        if peer.set_contact(now, contact) {
            // Whoever speaks also records: nothing has to be taken over at once.
            self.owed = self.owed.max(Owed::Return);
        }
        // Whoever comes back with an older plan gets the present one at once.
        peer.is_due |= is_new && peer.epoch < self.epoch;
        self.lend(position);
        self.counter_seen = self.counter_seen.max(message.epoch.counter);
        let known = self.pending.map_or(self.epoch, |pending| pending.epoch);
        if let Some(parent) = message.offer
            && message.epoch > known
        {
            self.pend(Pending { epoch: message.epoch, parent });
        }
        self.settle_up(now);
        Ok(())
    }

    /// Does what is due by now. Due messages become ready, silent members are lost.
    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.advance(now);
        if self.next_beat <= now {
            // Counted from when it was due: being late once does not make the next one late.
            let next = self.next_beat.after(self.timing.heartbeat_ms);
            self.next_beat = if next <= now { now.after(self.timing.heartbeat_ms) } else { next };
            for peer in &mut *self.peers {
                peer.is_due = true;
            }
        }
        self.settle_up(now);
    }

    /// The caller has stored the epoch of [`WatchEvent::Store`](super::WatchEvent::Store) together
    /// with its plan, so that a restart finds both. Only now is it obeyed. Any other epoch changes nothing.
    pub fn handle_stored(&mut self, now: Instant, epoch: &Epoch) {
        let now = self.advance(now);
        if let Some(pending) = self.pending.take_if(|pending| pending.epoch == *epoch) {
            self.obey(now, pending);
            self.settle_up(now);
        }
    }

    /// When to call [`Self::handle_timeout`] next, if nothing comes in before.
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        let timing = &self.timing;
        let contacts = self.peers.iter().filter_map(|peer| {
            let lost_at = peer.heard.after(timing.lost_after_ms);
            match peer.contact {
                Contact::Lost => None,
                Contact::Back => Some(lost_at.min(peer.since.after(SETTLED_AFTER_MS))),
                Contact::Settled => Some(lost_at),
            }
        });
        let whole = [Some(self.next_beat), self.settles_at, self.release_at, self.next_plan(), self.next_of_fence()];
        contacts.chain(whole.into_iter().flatten()).min().unwrap_or(self.next_beat)
    }

    /// Its own id.
    #[must_use]
    pub const fn id(&self) -> ServerId {
        self.me.id
    }

    /// The plan that it obeys.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The other members, by id.
    #[must_use]
    pub const fn peers(&self) -> &[Peer] {
        self.peers
    }

    /// A call begins. A clock that seems to go back stands still.
    pub(super) fn advance(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.apart = None;
        self.next_news = 0;
        self.next_due = 0;
        self.now
    }

    /// A plan waits for its epoch to be stored.
    pub(super) fn pend(&mut self, pending: Pending) {
        self.pending = Some(pending);
        self.signals.store = true;
    }

    /// From here on the plan is obeyed, and everybody that is heard is told at once.
    fn obey(&mut self, now: Instant, plan: Pending) {
        let is_next = plan.parent == self.epoch && !self.epoch.is_none();
        if !is_next {
            self.chain_from = plan.epoch.counter;
        }
        for peer in &mut *self.peers {
            peer.lent_to_it = peer.heard;
            peer.is_due |= peer.is_heard(now, self.timing.lost_after_ms);
        }
        // Whoever makes plans still owes one for what changed; for all others it has been made.
        if !self.is_planner() {
            self.owed = Owed::Nothing;
        }
        self.epoch = plan.epoch;
        self.parent = plan.parent;
        self.obeyed_since = now;
        self.signals.obey = true;
        self.signals.start = false;
        match self.policy {
            Policy::KeepRecording => {
                self.signals.start = true;
                self.signals.release = false;
                self.release_at = Some(now.after(self.timing.handover_ms));
            }
            Policy::Majority => {
                self.signals.release = true;
                if !is_next {
                    self.halt();
                }
                for position in 0..self.peers.len() {
                    self.lend(position);
                }
            }
        }
    }

    /// Everything that follows from what is known now: contacts, the fence, the next plan.
    pub(super) fn settle_up(&mut self, now: Instant) {
        for peer in &mut *self.peers {
            if peer.contact.is_made() && !peer.is_heard(now, self.timing.lost_after_ms) {
                peer.set_contact(now, Contact::Lost);
                self.owed = Owed::Now;
            }
            if peer.contact == Contact::Back && now.since(peer.since) >= SETTLED_AFTER_MS {
                peer.set_contact(now, Contact::Settled);
                self.owed = self.owed.max(Owed::Return);
            }
        }
        if self.settles_at.take_if(|at| *at <= now).is_some() {
            self.signals.settled = true;
            self.owed = self.owed.max(Owed::Return);
        }
        if self.release_at.take_if(|at| *at <= now).is_some() {
            self.signals.release = true;
        }
        if self.policy == Policy::Majority {
            self.fence(now);
        }
        self.review_plan(now);
    }
}
