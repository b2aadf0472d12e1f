//! The graph of servers: from one to another leads an arc as long as a device of the first could
//! be recorded by the second.
//!
//! A row of bits for each server tells its arcs. For each pair there is the number of devices that
//! make it an arc, and a list of them, its witnesses: all lists lie one after another in one
//! slice, made by counting. A device that moves stays in its old lists, where it is passed over,
//! and joins the arrivals of its new server, which are looked through one by one; when that has
//! cost as much as to make the lists, they are made anew. So a move costs a few steps for each
//! server that reaches the device, and the memory is four bytes for each of these.

use super::roster::{Roster, wide};
use super::workspace::{Competitor, NOWHERE, Pair};
use crate::system::model::SERVERS_MAX;

/// [`Competitor::next`] of one that did not move since the lists were made.
const LISTED: u32 = u32::MAX;
/// [`Competitor::next`] of the first that arrived at a server, and the list of a pair at its end.
const END: u32 = u32::MAX - 1;
/// Marks the last witness of a pair. Competitors have numbers of 24 bits.
const LAST: u32 = 1 << 31;
const _: () = assert!(crate::system::model::DEVICES_MAX <= 1 << 24, "numbers leave the mark alone");

/// Which arcs there are, and what the first number of a pair tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Arcs {
    /// Every one: how many witnesses it has.
    All,
    /// Those on shortest ways: the price, see [`super::prices`].
    Shortest,
}

/// The graph, and the roster that it belongs to.
pub(super) struct Graph<'g, 'w> {
    pub(super) roster: &'g mut Roster<'w>,
    pairs: &'g mut [Pair],
    witnesses: &'g mut [u32],
    bits: &'g mut [u32],
    arcs: Arcs,
    scanned: usize,
}

impl<'g, 'w> Graph<'g, 'w> {
    /// A graph without arcs.
    pub(super) fn new(
        roster: &'g mut Roster<'w>,
        pairs: &'g mut [Pair],
        witnesses: &'g mut [u32],
        bits: &'g mut [u32],
    ) -> Self {
        Self { roster, pairs, witnesses, bits, arcs: Arcs::All, scanned: 0 }
    }

    /// Makes the lists anew if looking through arrivals has cost as much.
    pub(super) fn tidy(&mut self) {
        if self.scanned <= self.roster.candidates.len().saturating_add(self.pairs.len()) {
            return;
        }
        self.list();
        if self.arcs == Arcs::Shortest {
            self.set_prices();
            self.keep_shortest();
        }
    }

    /// Lists all witnesses, for these arcs.
    pub(super) fn list_for(&mut self, arcs: Arcs) {
        self.arcs = arcs;
        self.list();
    }

    /// Words of bits in a row.
    fn words(&self) -> usize {
        self.roster.loads.len().div_ceil(32)
    }

    fn pair_index(&self, from: u16, to: u16) -> usize {
        usize::from(from).wrapping_mul(self.roster.loads.len()).wrapping_add(usize::from(to))
    }

    pub(super) fn pair(&self, from: u16, to: u16) -> Pair {
        self.pairs.get(self.pair_index(from, to)).copied().unwrap_or(Pair([0, END]))
    }

    pub(super) fn pair_mut(&mut self, from: u16, to: u16) -> Option<&mut Pair> {
        let index = self.pair_index(from, to);
        self.pairs.get_mut(index)
    }

    /// Whether some device of `from` could be recorded by `to`; of [`Arcs::All`] only.
    pub(super) fn is_arc(&self, from: u16, to: u16) -> bool {
        self.pair(from, to).0[0] != 0
    }

    /// The bits of one row: a server's arcs, or behind all of them the servers not reached yet.
    fn row(&self, row: usize) -> &[u32] {
        let begin = row.wrapping_mul(self.words());
        self.bits.get(begin..begin.wrapping_add(self.words())).unwrap_or_default()
    }

    /// The first arc from a server to `to` or one after it.
    pub(super) fn arc_from(&self, from: u16, to: u16) -> Option<u16> {
        first_bit(self.row(from.into()).iter().copied(), to)
    }

    /// Forgets which servers a search has reached.
    pub(super) fn reach_none(&mut self) {
        let begin = self.roster.loads.len().wrapping_mul(self.words());
        self.bits.iter_mut().skip(begin).for_each(|bits| *bits = u32::MAX);
    }

    /// Notes that a search has reached a server.
    pub(super) fn reach(&mut self, server: u16) {
        let servers = self.roster.loads.len();
        if let Some(bits) = self.bits.get_mut(servers.wrapping_mul(self.words()).wrapping_add(usize::from(server >> 5)))
        {
            *bits &= !1u32.wrapping_shl(u32::from(server & 31));
        }
    }

    /// The first arc from a server to `to` or one after it that no search has reached.
    pub(super) fn arc_onward(&self, from: u16, to: u16) -> Option<u16> {
        let unreached = self.row(self.roster.loads.len());
        first_bit(self.row(from.into()).iter().zip(unreached).map(|(arcs, unreached)| arcs & unreached), to)
    }

    /// Says whether there is an arc.
    pub(super) fn set_arc(&mut self, from: u16, to: u16, is_arc: bool) {
        let word = usize::from(from).wrapping_mul(self.words()).wrapping_add(usize::from(to >> 5));
        if let Some(bits) = self.bits.get_mut(word) {
            let bit = 1u32.wrapping_shl(u32::from(to & 31));
            *bits = if is_arc { *bits | bit } else { *bits & !bit };
        }
    }

    /// Says that there is no arc at all.
    pub(super) fn set_no_arcs(&mut self) {
        self.bits.fill(0);
    }

    /// One more device of `from` could be recorded by `to`.
    fn increase(&mut self, from: u16, to: u16) {
        let Some(Pair([count, _])) = self.pair_mut(from, to) else { return };
        *count = count.wrapping_add(1);
        if *count == 1 {
            self.set_arc(from, to, true);
        }
    }

    /// One device less.
    fn decrease(&mut self, from: u16, to: u16) {
        let Some(Pair([count, _])) = self.pair_mut(from, to) else { return };
        *count = count.wrapping_sub(1);
        if *count == 0 {
            self.set_arc(from, to, false);
        }
    }

    /// Counts the witnesses of each pair, and lists them, those first that cost least.
    fn list(&mut self) {
        self.scanned = 0;
        self.pairs.fill(Pair([0, END]));
        self.bits.fill(0);
        self.witnesses.fill(0);
        self.roster.loads.iter_mut().for_each(|load| load.arrived = END);
        for index in 0..self.roster.count() {
            let competitor = self.roster.competitor(index);
            if let Some(competitor) = self.roster.competitor_mut(index) {
                competitor.next = LISTED;
            }
            self.for_each_arc(&competitor, competitor.at, Self::increase);
        }
        let mut end = 0u32;
        for Pair([count, begin]) in self.pairs.iter_mut().filter(|pair| pair.0[0] != 0) {
            end = end.wrapping_add(*count);
            *begin = end;
            if let Some(last) = self.witnesses.get_mut(wide(end.wrapping_sub(1))) {
                *last = LAST;
            }
        }
        // Lists are filled from their ends. Who leaves the server that records it costs one, who
        // goes back there gains one.
        for cost in [1, 0, -1] {
            for index in 0..self.roster.count() {
                let competitor = self.roster.competitor(index);
                if (cost == 1) == (competitor.at == competitor.host) {
                    self.for_each_arc(&competitor, competitor.at, |graph, from, to| {
                        if competitor.cost(from, to) == cost {
                            graph.enlist(index, from, to);
                        }
                    });
                }
            }
        }
    }

    /// Puts a witness before those that the list of a pair holds already.
    fn enlist(&mut self, index: u32, from: u16, to: u16) {
        let Some(Pair([_, begin])) = self.pair_mut(from, to) else { return };
        *begin = begin.wrapping_sub(1);
        let place = wide(*begin);
        if let Some(slot) = self.witnesses.get_mut(place) {
            *slot |= index;
        }
    }

    /// Calls for each arc of which a competitor at `from` is a witness.
    pub(super) fn for_each_arc(
        &mut self,
        competitor: &Competitor,
        from: u16,
        mut call: impl FnMut(&mut Self, u16, u16),
    ) {
        if from == NOWHERE {
            return;
        }
        for offset in 0..u32::from(competitor.count) {
            if let Some(to) = self.roster.candidates.get(wide(competitor.first.wrapping_add(offset))).copied()
                && to != from
            {
                call(self, from, to);
            }
        }
    }

    /// The next witness in the list of a pair. Those that left are dropped.
    pub(super) fn listed(&mut self, from: u16, to: u16) -> Option<u32> {
        loop {
            let begin = self.pair(from, to).0[1];
            let entry = *self.witnesses.get(wide(begin))?;
            let index = entry & !LAST;
            let competitor = self.roster.competitor(index);
            if competitor.at == from && competitor.next == LISTED {
                return Some(index);
            }
            if let Some(Pair([_, next])) = self.pair_mut(from, to) {
                *next = if entry & LAST == 0 { begin.wrapping_add(1) } else { END };
            }
        }
    }

    /// Calls for each one that arrived at a server and is there.
    pub(super) fn for_each_arrival(&mut self, at: u16, mut call: impl FnMut(&mut Self, &Competitor)) {
        let mut index = self.roster.load(at).arrived;
        while index != END {
            let competitor = self.roster.competitor(index);
            if competitor.at == at {
                call(self, &competitor);
            }
            index = competitor.next;
        }
    }

    /// A witness of a pair among those that arrived at `from`, and who arrived after it.
    fn arrived(&mut self, from: u16, to: u16) -> Option<(u32, u32)> {
        let (mut after, mut index) = (END, self.roster.load(from).arrived);
        while index != END {
            let competitor = self.roster.competitor(index);
            self.scanned = self.scanned.wrapping_add(usize::from(competitor.count));
            if competitor.at == from && self.is_witness(&competitor, from, to) {
                return Some((index, after));
            }
            (after, index) = (index, competitor.next);
        }
        None
    }

    /// Whether a competitor at `from` could go to `to`, and at the price of the arc if it has one.
    fn is_witness(&self, competitor: &Competitor, from: u16, to: u16) -> bool {
        self.roster.is_candidate(competitor, to)
            && (self.arcs == Arcs::All || self.price(from, to) == Some(competitor.cost(from, to)))
    }

    /// One that can go along an arc, and, if it is one that arrived, who arrived after it.
    fn witness(&mut self, from: u16, to: u16) -> Option<(u32, u32)> {
        let listed = self.listed(from, to);
        let fitting = listed.filter(|index| self.is_witness(&self.roster.competitor(*index), from, to));
        fitting.map(|index| (index, END)).or_else(|| self.arrived(from, to))
    }

    /// Whether there is an arc indeed: a price may stand for one that left.
    pub(super) fn confirm(&mut self, from: u16, to: u16) -> bool {
        let is_arc = self.arcs == Arcs::All || self.witness(from, to).is_some();
        if !is_arc {
            self.set_arc(from, to, false);
        }
        is_arc
    }

    /// Moves one device along an arc. False if there is no arc.
    pub(super) fn shift(&mut self, from: u16, to: u16) -> bool {
        let Some((index, after)) = self.witness(from, to) else { return false };
        let competitor = self.roster.competitor(index);
        if let Some(after) = self.roster.competitor_mut(after) {
            after.next = competitor.next;
        } else if let Some(load) = self.roster.load_mut(from).filter(|load| load.arrived == index) {
            load.arrived = competitor.next;
        }
        self.roster.relocate(index, to);
        let arrived = self.roster.load_mut(to).map_or(END, |load| core::mem::replace(&mut load.arrived, index));
        if let Some(competitor) = self.roster.competitor_mut(index) {
            competitor.next = arrived;
        }
        match self.arcs {
            Arcs::All => {
                self.for_each_arc(&competitor, from, Self::decrease);
                self.for_each_arc(&competitor, to, Self::increase);
            }
            Arcs::Shortest => self.for_each_arc(&competitor, to, |graph, from, to| {
                graph.offer(competitor.cost(from, to), from, to);
                graph.set_arc(from, to, graph.is_shortest(from, to));
            }),
        }
        true
    }

    /// Takes a competitor out for good: no server is left to it.
    pub(super) fn take_out(&mut self, index: u32) {
        let competitor = self.roster.competitor(index);
        self.for_each_arc(&competitor, competitor.at, Self::decrease);
        self.roster.relocate(index, NOWHERE);
        if let Some(competitor) = self.roster.competitor_mut(index) {
            (competitor.count, competitor.host) = (0, NOWHERE);
        }
    }
}

/// The first bit set in a row, at `begin` or behind it.
fn first_bit(row: impl Iterator<Item = u32>, begin: u16) -> Option<u16> {
    let mut unseen = u32::MAX.wrapping_shl(u32::from(begin & 31));
    // A range with an end, since counting without one could overflow, and would be checked.
    for (bits, word) in row.zip(0..SERVERS_MAX).skip(usize::from(begin >> 5)) {
        let bits = bits & unseen;
        if bits != 0 {
            return u16::try_from(word.wrapping_mul(32).wrapping_add(wide(bits.trailing_zeros()))).ok();
        }
        unseen = u32::MAX;
    }
    None
}
