//! Policy *majority*: when this server may record, so that no two ever record one device.
//!
//! A server records on loan. Each answer of a member lends it the right to record for a lease,
//! counted from the moment at which it sent what was answered, and it must hold the answers of more
//! than half of the members, its own among them. A member lends to whoever obeys its plan or the
//! one made from that; since a plan gives a device to one server only, those never clash.
//!
//! A server begins what a plan newly gives it only when nobody can still hold a loan under an
//! older plan: when all others say that they obey this one, or when more than half do and every
//! lease that these lent to others before is over. Each says when it last lent; a majority that
//! could still keep another server recording would have at least one of them in it.
//!
//! What a server already records it goes on recording under the next plan, if that was made from
//! the one it obeys, and for as long as a majority came the same way: then no plan in between gave
//! its devices to another. Otherwise it stops, and begins again as above.

use super::instant::Instant;
use super::machine::Watch;
use super::peer::Peer;

impl Watch<'_> {
    /// How many make a majority of the members, this server among them.
    pub(super) const fn majority(&self) -> usize {
        // Half of all others, and one more, is more than half of all, whichever way that rounds.
        let members = self.peers.len().saturating_add(1);
        members.div_euclid(2).saturating_add(1)
    }

    /// Whether these, and this server, are a majority.
    fn is_majority(&self, others: impl Fn(&Peer) -> bool) -> bool {
        self.peers.iter().filter(|peer| others(peer)).count().saturating_add(1) >= self.majority()
    }

    /// Whether there is contact with a majority.
    pub(super) fn hears_majority(&self) -> bool {
        self.is_majority(|peer| peer.contact.is_made())
    }

    /// Counts the last answer of a member as a loan, if it came to our plan, or to the one before,
    /// in the way that we did since we began to record.
    pub(super) fn lend(&mut self, position: usize) {
        let (epoch, parent, from) = (self.epoch, self.parent, self.recording_from);
        let Some((peer, from)) = self.peers.get_mut(position).zip(from) else { return };
        if (peer.epoch == epoch || peer.epoch == parent) && peer.chain_from <= from {
            peer.lent = peer.lent.max(peer.answered);
        }
    }

    /// All recording stops.
    pub(super) fn halt(&mut self) {
        if self.recording_from.take().is_some() {
            self.signals.halt = true;
            self.signals.start = false;
        }
    }

    /// Stops when the loans run out, begins when nobody else can still record.
    pub(super) fn fence(&mut self, now: Instant) {
        let lease_ms = self.timing.lease_ms;
        let is_lent = |peer: &Peer| peer.lent.is_some_and(|sent| now.since(sent) < lease_ms);
        if self.recording_from.is_some() && !self.is_majority(is_lent) {
            self.halt();
        }
        let is_begun = self.recording_from == Some(self.epoch.counter);
        if self.epoch.is_none() || is_begun || !self.may_begin(now) {
            return;
        }
        self.recording_from = Some(self.epoch.counter);
        self.signals.start = true;
        for peer in &mut *self.peers {
            peer.lent = peer.answered.filter(|_| peer.epoch == self.epoch);
        }
    }

    /// Whether nobody can still record under an older plan, and a majority lends to this server.
    fn may_begin(&self, now: Instant) -> bool {
        let answers = |peer: &Peer| peer.answers(&self.epoch, now, self.timing.lease_ms);
        if self.peers.iter().all(answers) {
            return true;
        }
        let over_ms = self.timing.lease_over_ms();
        let is_over = |lent: Instant| now.since(lent) >= over_ms;
        let ours_over = self.peers.iter().all(|peer| peer.epoch == self.epoch || is_over(peer.lent_to_it));
        let others = self.peers.iter().filter(|peer| answers(peer) && is_over(peer.lent_by_it)).count();
        others.saturating_add(usize::from(ours_over)) >= self.majority()
    }

    /// When a loan runs out, or a lease lent to others is over.
    pub(super) fn next_of_fence(&self) -> Option<Instant> {
        let loans = self.peers.iter().filter_map(|peer| {
            let ends = peer.lent?.after(self.timing.lease_ms);
            (self.recording_from.is_some() && ends > self.now).then_some(ends)
        });
        let is_waiting = self.recording_from != Some(self.epoch.counter) && !self.epoch.is_none();
        let over = self.peers.iter().flat_map(|peer| [peer.lent_to_it, peer.lent_by_it]).filter_map(|lent| {
            let ends = lent.after(self.timing.lease_over_ms());
            (is_waiting && ends > self.now).then_some(ends)
        });
        loans.chain(over).min()
    }
}
