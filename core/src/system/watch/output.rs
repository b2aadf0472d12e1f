//! What the machine asks of its caller: things to do, and messages to send.

use super::epoch::Epoch;
use super::instant::Instant;
use super::machine::Watch;
use super::message::Message;
use super::peer::Contact;
use crate::system::model::{Policy, ServerId};

/// Something to do. Events come in the order in which they are to be done.
///
/// With `given` for the devices that the plan gives to this server, and `moved` for those that it
/// takes from this server for another although it was made in contact with this server (what it
/// took from one that was lost, another records already):
///
/// | Event | What this server records from then on |
/// |---|---|
/// | [`Halt`](Self::Halt) | nothing |
/// | [`Obey`](Self::Obey) | of what it records, what is `given` or `moved` |
/// | [`Start`](Self::Start) | all that is `given`, beside what is `moved` and not yet released |
/// | [`Release`](Self::Release) | of what it records, what is `given` |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum WatchEvent {
    /// There is no contact with a member any more: set it offline since then.
    Lost {
        /// Which.
        member: ServerId,
        /// When it was last heard.
        heard: Instant,
    },
    /// There is contact with a member again: set it online since then.
    Back {
        /// Which.
        member: ServerId,
        /// When contact was made.
        since: Instant,
    },
    /// A member that was back has stayed, or this server itself has been up for as long: devices
    /// may return to it.
    Settled {
        /// Which.
        member: ServerId,
        /// When that was.
        since: Instant,
    },
    /// Store this epoch with its plan, so that a restart finds both, then call
    /// [`Watch::handle_stored`]. Until then nothing of it is obeyed. If a higher one is asked for
    /// while this one is being stored, only that one counts: a lower one must never replace it.
    Store(Epoch),
    /// Obey this plan, and never again a lower one: stop what it has others record. Devices that
    /// it moves from this server are kept until [`Self::Release`].
    Obey(Epoch),
    /// Record what the plan that is obeyed gives to this server.
    Start(Epoch),
    /// Stop what the plan that is obeyed moved from this server to others.
    Release(Epoch),
    /// Stop all recording: no majority lends this server the right to.
    Halt,
    /// Make a plan from the state as it is now, and call [`Watch::issue`].
    PlanDue,
}

/// What was not yet told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Signals {
    pub(super) halt: bool,
    pub(super) settled: bool,
    pub(super) obey: bool,
    pub(super) release: bool,
    pub(super) start: bool,
    pub(super) store: bool,
    pub(super) plan: bool,
    pub(super) is_plan_told: bool,
}

/// The two members, not known to obey our plan, to which we lent last: two, because a message
/// tells about all but its recipient.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apart {
    last: Option<(ServerId, Instant)>,
    before: Option<Instant>,
}

/// Takes a flag down. Says whether it was up.
const fn take(flag: &mut bool) -> bool {
    core::mem::replace(flag, false)
}

impl Watch<'_> {
    /// The next thing to do. Drain it after each call; while anything is left, there is nothing
    /// to transmit, so nobody is told that a plan is obeyed before it is.
    pub fn poll_event(&mut self) -> Option<WatchEvent> {
        let epoch = self.epoch;
        if take(&mut self.signals.halt) {
            return Some(WatchEvent::Halt);
        }
        while let Some(peer) = self.peers.get_mut(self.next_news) {
            self.next_news = self.next_news.saturating_add(1);
            if !take(&mut peer.is_news) {
                continue;
            }
            let (member, since) = (peer.id, peer.since);
            return Some(match peer.contact {
                Contact::Lost => WatchEvent::Lost { member, heard: peer.heard },
                Contact::Back => WatchEvent::Back { member, since },
                Contact::Settled => WatchEvent::Settled { member, since },
            });
        }
        if take(&mut self.signals.settled) {
            return Some(WatchEvent::Settled { member: self.me.id, since: self.now });
        }
        if take(&mut self.signals.obey) {
            return Some(WatchEvent::Obey(epoch));
        }
        if take(&mut self.signals.release) {
            return Some(WatchEvent::Release(epoch));
        }
        if take(&mut self.signals.start) {
            return Some(WatchEvent::Start(epoch));
        }
        if take(&mut self.signals.store) {
            return self.pending.map(|pending| WatchEvent::Store(pending.epoch));
        }
        self.signals.is_plan_told |= self.signals.plan;
        take(&mut self.signals.plan).then_some(WatchEvent::PlanDue)
    }

    fn has_events(&self) -> bool {
        let Signals { halt, settled, obey, release, start, store, plan, is_plan_told: _ } = self.signals;
        let is_news = self.peers.iter().skip(self.next_news).any(|peer| peer.is_news);
        halt || settled || obey || release || start || store || plan || is_news
    }

    /// The next message that is ready, and to whom it goes. Send the plan along if it
    /// [carries one](Message::carries_plan).
    pub fn poll_transmit(&mut self) -> Option<(ServerId, Message)> {
        if self.has_events() {
            return None;
        }
        let apart = match self.apart {
            Some(apart) => apart,
            None => *self.apart.insert(self.members_apart()),
        };
        while let Some(peer) = self.peers.get_mut(self.next_due) {
            self.next_due = self.next_due.saturating_add(1);
            if !take(&mut peer.is_due) {
                continue;
            }
            let offer = peer.is_heard(self.now, self.timing.lost_after_ms) && peer.epoch < self.epoch;
            let message = Message {
                boot: self.me.boot,
                sent: self.now,
                hearing: peer.hearing(self.now, self.timing.lost_after_ms),
                epoch: self.epoch,
                chain_from: self.chain_from,
                apart_ms: apart.ms_ago(self.now, peer.id),
                offer: offer.then_some(self.parent),
            };
            return Some((peer.id, message));
        }
        None
    }

    fn members_apart(&self) -> Apart {
        let mut apart = Apart { last: None, before: None };
        if self.policy == Policy::KeepRecording {
            return apart;
        }
        for peer in self.peers.iter().filter(|peer| peer.epoch != self.epoch) {
            if apart.last.is_none_or(|(_, lent)| peer.lent_to_it > lent) {
                apart = Apart { last: Some((peer.id, peer.lent_to_it)), before: apart.last.map(|(_, lent)| lent) };
            } else {
                apart.before = apart.before.max(Some(peer.lent_to_it));
            }
        }
        apart
    }
}

impl Apart {
    /// How long ago we last lent to anybody but the recipient; as long as can be if never.
    fn ms_ago(&self, now: Instant, recipient: ServerId) -> u32 {
        let lent = match self.last {
            Some((member, _)) if member == recipient => self.before,
            last => last.map(|(_, lent)| lent),
        };
        lent.map_or(u32::MAX, |lent| u32::try_from(now.since(lent)).unwrap_or(u32::MAX))
    }
}
