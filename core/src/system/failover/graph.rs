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

/// [`Competitor::next`] of one that did not move since the lists were made.
const LISTED: u32 = u32::MAX;
/// [`Competitor::next`] of the first that arrived at a server, and the list of a pair at its end.
const END: u32 = u32::MAX - 1;
/// Marks the last witness of a pair. Competitors have numbers of 24 bits.
const LAST: u32 = 1 << 31;
const _: () = assert!(crate::system::model::DEVICES_MAX <= 1 << 24, "numbers leave the mark alone");

/// Which devices may be moved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Movable {
    /// Those that no server records now.
    Starting,
    /// Every one.
    All,
}

/// The graph, and the roster that it belongs to.
pub(super) struct Graph<'g, 'w> {
    pub(super) roster: &'g mut Roster<'w>,
    pairs: &'g mut [Pair],
    witnesses: &'g mut [u32],
    bits: &'g mut [u32],
    movable: Movable,
    scanned: usize,
}

impl<'g, 'w> Graph<'g, 'w> {
    pub(super) fn new(
        roster: &'g mut Roster<'w>,
        pairs: &'g mut [Pair],
        witnesses: &'g mut [u32],
        bits: &'g mut [u32],
        movable: Movable,
    ) -> Self {
        let mut graph = Self { roster, pairs, witnesses, bits, movable, scanned: 0 };
        graph.list();
        graph
    }

    /// Makes the graph anew for other devices that may be moved.
    pub(super) fn widen(&mut self, movable: Movable) {
        self.movable = movable;
        self.list();
    }

    /// Makes the lists anew if looking through arrivals has cost as much.
    pub(super) fn tidy(&mut self) {
        if self.scanned > self.roster.candidates.len().saturating_add(self.pairs.len()) {
            self.list();
        }
    }

    /// Words of bits in a row.
    fn words(&self) -> usize {
        self.roster.loads.len().div_ceil(32)
    }

    fn pair_index(&self, from: u16, to: u16) -> usize {
        usize::from(from).wrapping_mul(self.roster.loads.len()).wrapping_add(usize::from(to))
    }

    fn pair_mut(&mut self, from: u16, to: u16) -> Option<&mut Pair> {
        let index = self.pair_index(from, to);
        self.pairs.get_mut(index)
    }

    fn may_move(&self, competitor: &Competitor) -> bool {
        competitor.at != NOWHERE && (self.movable == Movable::All || competitor.host == NOWHERE)
    }

    /// Whether some device of `from` could be recorded by `to`.
    pub(super) fn is_arc(&self, from: u16, to: u16) -> bool {
        self.pairs.get(self.pair_index(from, to)).is_some_and(|pair| pair.0[0] != 0)
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

    fn flip_bit(&mut self, from: u16, to: u16) {
        let word = usize::from(from).wrapping_mul(self.words()).wrapping_add(usize::from(to >> 5));
        if let Some(bits) = self.bits.get_mut(word) {
            *bits ^= 1u32.wrapping_shl(u32::from(to & 31));
        }
    }

    /// One more device of `from` could be recorded by `to`.
    fn increase(&mut self, from: u16, to: u16) {
        let Some(Pair([count, _])) = self.pair_mut(from, to) else { return };
        *count = count.wrapping_add(1);
        if *count == 1 {
            self.flip_bit(from, to);
        }
    }

    /// One device less.
    fn decrease(&mut self, from: u16, to: u16) {
        let Some(Pair([count, _])) = self.pair_mut(from, to) else { return };
        *count = count.wrapping_sub(1);
        if *count == 0 {
            self.flip_bit(from, to);
        }
    }

    /// Counts the witnesses of each pair, and lists them: last those whose move would take them
    /// from where they are recorded now.
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
            if self.may_move(&competitor) {
                self.for_each_arc(&competitor, competitor.at, Self::increase);
            }
        }
        let mut end = 0u32;
        for Pair([count, begin]) in self.pairs.iter_mut().filter(|pair| pair.0[0] != 0) {
            end = end.wrapping_add(*count);
            *begin = end;
            if let Some(last) = self.witnesses.get_mut(wide(end.wrapping_sub(1))) {
                *last = LAST;
            }
        }
        for is_recorded in [true, false] {
            for index in 0..self.roster.count() {
                let competitor = self.roster.competitor(index);
                if self.may_move(&competitor) && (competitor.at == competitor.host) == is_recorded {
                    self.for_each_arc(&competitor, competitor.at, |graph, from, to| graph.enlist(index, from, to));
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
    fn for_each_arc(&mut self, competitor: &Competitor, from: u16, mut call: impl FnMut(&mut Self, u16, u16)) {
        for offset in 0..u32::from(competitor.count) {
            if let Some(to) = self.roster.candidates.get(wide(competitor.first.wrapping_add(offset))).copied()
                && to != from
            {
                call(self, from, to);
            }
        }
    }

    /// The next witness of a pair from its list, which it leaves.
    fn listed(&mut self, from: u16, to: u16) -> Option<u32> {
        loop {
            let begin = self.pair_mut(from, to)?.0[1];
            let entry = *self.witnesses.get(wide(begin))?;
            if let Some(Pair([_, next])) = self.pair_mut(from, to) {
                *next = if entry & LAST == 0 { begin.wrapping_add(1) } else { END };
            }
            let index = entry & !LAST;
            let competitor = self.roster.competitor(index);
            if competitor.at == from && competitor.next == LISTED {
                return Some(index);
            }
        }
    }

    /// A witness of a pair among those that arrived at `from`, which it leaves.
    fn arrived(&mut self, from: u16, to: u16) -> Option<u32> {
        let (mut before, mut index) = (END, self.roster.load(from).arrived);
        while index != END {
            let competitor = self.roster.competitor(index);
            self.scanned = self.scanned.wrapping_add(usize::from(competitor.count));
            let is_here = competitor.at == from;
            if is_here && !self.roster.is_candidate(&competitor, to) {
                (before, index) = (index, competitor.next);
                continue;
            }
            if let Some(before) = self.roster.competitor_mut(before) {
                before.next = competitor.next;
            } else if let Some(load) = self.roster.load_mut(from) {
                load.arrived = competitor.next;
            }
            if is_here {
                return Some(index);
            }
            index = competitor.next;
        }
        None
    }

    /// Moves one device along an arc. False if there is no arc.
    pub(super) fn shift(&mut self, from: u16, to: u16) -> bool {
        let Some(index) = self.listed(from, to).or_else(|| self.arrived(from, to)) else { return false };
        let competitor = self.roster.competitor(index);
        self.for_each_arc(&competitor, from, Self::decrease);
        self.for_each_arc(&competitor, to, Self::increase);
        self.roster.relocate(index, to);
        let arrived = self.roster.load_mut(to).map_or(END, |load| core::mem::replace(&mut load.arrived, index));
        if let Some(competitor) = self.roster.competitor_mut(index) {
            competitor.next = arrived;
        }
        true
    }

    /// Takes a competitor out: it gets no place.
    pub(super) fn remove(&mut self, index: u32) {
        let competitor = self.roster.competitor(index);
        self.for_each_arc(&competitor, competitor.at, Self::decrease);
        self.roster.relocate(index, NOWHERE);
    }
}

/// The first bit set in a row, at `begin` or behind it.
fn first_bit(row: impl Iterator<Item = u32>, begin: u16) -> Option<u16> {
    let mut unseen = u32::MAX.wrapping_shl(u32::from(begin & 31));
    for (word, bits) in row.enumerate().skip(usize::from(begin >> 5)) {
        let bits = bits & unseen;
        if bits != 0 {
            return u16::try_from(word.wrapping_mul(32).wrapping_add(wide(bits.trailing_zeros()))).ok();
        }
        unseen = u32::MAX;
    }
    None
}
