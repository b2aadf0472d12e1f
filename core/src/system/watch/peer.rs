//! One other member, as this server knows it: whether it is in contact, and what it last said.

use super::epoch::Epoch;
use super::instant::Instant;
use super::message::{Hearing, Message};
use super::timing::at_least_on_any_clock;
use crate::system::model::ServerId;

/// What a member is there for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Role {
    /// A server: makes plans and records.
    #[default]
    Server,
    /// Counts towards a majority, and neither plans nor records, such as a Primary Server.
    Witness,
}

/// Whether there is contact with a member, each hearing the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Contact {
    /// None.
    Lost,
    /// There is, again, but not for long enough that devices return to it.
    Back,
    /// There is, and was never lost or has been back for [`SETTLED_AFTER_MS`](super::SETTLED_AFTER_MS).
    Settled,
}

impl Contact {
    /// Whether there is contact.
    #[must_use]
    pub const fn is_made(self) -> bool {
        !matches!(self, Self::Lost)
    }
}

/// Another member of the System: one slot of the memory that the caller lends.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub(super) id: ServerId,
    pub(super) role: Role,
    pub(super) contact: Contact,
    /// When contact came to be what it is.
    pub(super) since: Instant,
    /// A change of contact that the caller was not told yet.
    pub(super) is_news: bool,
    /// A message to it is due.
    pub(super) is_due: bool,
    /// What it last sent: its boot number and its own time.
    pub(super) last: Option<(u64, Instant)>,
    /// When it was last heard; before that, when listening began.
    pub(super) heard: Instant,
    /// The plan that it said it obeys.
    pub(super) epoch: Epoch,
    /// From where it came to that plan.
    pub(super) chain_from: u64,
    /// The last of our own messages that it answered, by our clock, when we sent it.
    pub(super) answered: Option<Instant>,
    /// The last of them that it answered in a way that lends us the right to go on recording.
    pub(super) lent: Option<Instant>,
    /// When, at the latest, we lent it anything under an earlier plan.
    pub(super) lent_to_it: Instant,
    /// When, at the latest and by our clock, it lent anything under an earlier plan than
    /// [`Self::epoch`] to a server that may not have that one yet.
    pub(super) lent_by_it: Instant,
}

impl Peer {
    /// A member with whom there was last this contact: [`Contact::Settled`] for one of which the
    /// System does not say that it is offline.
    #[must_use]
    pub const fn new(id: ServerId, role: Role, contact: Contact) -> Self {
        Self {
            id,
            role,
            contact,
            since: Instant(0),
            is_news: false,
            is_due: false,
            last: None,
            heard: Instant(0),
            epoch: Epoch::NONE,
            chain_from: 0,
            answered: None,
            lent: None,
            lent_to_it: Instant(0),
            lent_by_it: Instant(0),
        }
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> ServerId {
        self.id
    }

    /// What it is there for.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Whether there is contact with it.
    #[must_use]
    pub const fn contact(&self) -> Contact {
        self.contact
    }

    /// The plan that it last said it obeys.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Listening begins: nobody can be missed before it had time to speak, and nobody knows what
    /// was lent to whom in an earlier run.
    pub(super) fn listen(&mut self, now: Instant) {
        *self = Self { since: now, heard: now, lent_to_it: now, ..Self::new(self.id, self.role, self.contact) };
    }

    /// Whether it was heard lately enough, or may still be heard for the first time.
    pub(super) const fn is_heard(&self, now: Instant, lost_after_ms: u64) -> bool {
        now.since(self.heard) < lost_after_ms && (self.contact.is_made() || self.last.is_some())
    }

    /// What we tell it of that.
    pub(super) fn hearing(&self, now: Instant, lost_after_ms: u64) -> Hearing {
        match self.last {
            _ if !self.is_heard(now, lost_after_ms) => Hearing::Lost,
            Some((boot, sent)) => Hearing::Heard { boot, sent },
            None => Hearing::Presumed,
        }
    }

    /// Takes in what it sent. `false` if something later of it is already known.
    pub(super) fn note(&mut self, now: Instant, boot: u64, message: &Message) -> bool {
        if self.last.is_some_and(|(of, sent)| of == message.boot && message.sent < sent) {
            return false;
        }
        self.last = Some((message.boot, message.sent));
        self.heard = now;
        let lent_by_it = now.before(at_least_on_any_clock(message.apart_ms.into()));
        if self.epoch == message.epoch {
            self.lent_by_it = self.lent_by_it.min(lent_by_it);
        } else {
            self.lent_by_it = lent_by_it;
            self.answered = None;
        }
        self.epoch = message.epoch;
        self.chain_from = message.chain_from;
        if let Hearing::Heard { boot: ours, sent } = message.hearing
            && ours == boot
            && sent <= now
        {
            self.answered = self.answered.max(Some(sent));
        }
        true
    }

    /// Whether it obeys this plan and lately answered us.
    pub(super) fn answers(&self, epoch: &Epoch, now: Instant, lease_ms: u64) -> bool {
        self.epoch == *epoch && self.answered.is_some_and(|sent| now.since(sent) < lease_ms)
    }

    /// Contact is made or lost. Says whether that is a change.
    pub(super) fn set_contact(&mut self, now: Instant, contact: Contact) -> bool {
        if self.contact == contact {
            return false;
        }
        self.contact = contact;
        self.since = now;
        self.is_news = true;
        true
    }
}
