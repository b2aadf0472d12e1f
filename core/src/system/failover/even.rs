//! An even load, once it is decided who is recorded and how few moves that takes.
//!
//! Of plans with as many moves the one is better whose servers' counts have the smaller sum of
//! squares. Devices go by themselves where that is better, as long as it is. What remains is to
//! exchange devices in turn around several servers: in the graph of servers, and beside them one
//! node that stands for "one device more" and "one device less", such an exchange is a cycle whose
//! cost, moves first and then squares, is negative. A plan without one is the best there is, since
//! the squares are convex. In Systems of at most [`EXACT_SERVERS_MAX`] and [`EXACT_DEVICES_MAX`]
//! cycles are looked for, by Bellman and Ford's search, until there is none.

use super::graph::Graph;
use super::roster::{Roster, servers};
use super::workspace::{Competitor, NOWHERE};

/// Most servers for which moves and squares are the least there are.
pub const EXACT_SERVERS_MAX: usize = 128;
/// Most competing devices for which moves and squares are the least there are.
pub const EXACT_DEVICES_MAX: u32 = 16_384;
/// Most times that all devices are looked at, to go by themselves.
const SWEEPS_MAX: u32 = 16;
/// Most exchanges that are carried out.
const CYCLES_MAX: u32 = 1_024;

/// One move, in the cost of an arc: more than all squares of a way differ.
const MOVE: i64 = 1 << 40;

/// Improves who is where, without changing who is recorded. True if no other plan that records the
/// same devices has fewer moves, or as many and a smaller sum of squares.
pub(super) fn improve(graph: &mut Graph<'_, '_>) -> bool {
    for _ in 0..SWEEPS_MAX {
        if !sweep(graph.roster) {
            break;
        }
    }
    if graph.roster.loads.len() > EXACT_SERVERS_MAX || graph.roster.count() > EXACT_DEVICES_MAX {
        return false;
    }
    graph.list_with_prices();
    (0..CYCLES_MAX).any(|_| !exchange(graph))
}

/// What the last device of so many adds to the sum of squares.
fn last_square(devices: u32) -> i64 {
    i64::from(devices).wrapping_mul(2).wrapping_sub(1)
}

/// What it costs that a competitor goes by itself; it is worth it below 0.
fn going_cost(roster: &Roster<'_>, competitor: &Competitor, to: u16) -> i64 {
    let less = last_square(roster.load(competitor.at).devices);
    let more = last_square(roster.load(to).devices.saturating_add(1));
    competitor.cost(competitor.at, to).wrapping_mul(MOVE).wrapping_add(more).wrapping_sub(less)
}

/// Lets each device go by itself where that is better. True if one went.
fn sweep(roster: &mut Roster<'_>) -> bool {
    let mut went = false;
    for index in 0..roster.count() {
        let competitor = roster.competitor(index);
        if competitor.at == NOWHERE {
            continue;
        }
        let others = roster.candidates_of(&competitor).iter().copied();
        let with_room = others.filter(|to| *to != competitor.at && roster.load(*to).has_room());
        let best = with_room.map(|to| (going_cost(roster, &competitor, to), to)).min();
        if let Some((_, to)) = best.filter(|(cost, _)| *cost < 0) {
            roster.relocate(index, to);
            went = true;
        }
    }
    went
}

/// Carries out one exchange that makes the plan better. False if there is none.
fn exchange(graph: &mut Graph<'_, '_>) -> bool {
    graph.set_prices();
    let count = u16::try_from(graph.roster.loads.len()).unwrap_or(NOWHERE);
    let mut search = Search { outside: count, distance: 0, parent: NOWHERE };
    graph.roster.loads.iter_mut().for_each(|load| (load.distance, load.parent) = (0, NOWHERE));
    for _ in 0..count.saturating_add(2) {
        let Some(changed) = search.round(graph) else { return false };
        if let Some(begin) = search.cycle_behind(graph.roster, changed) {
            search.turn(graph, begin);
            return true;
        }
    }
    false
}

/// Bellman and Ford's search for shortest ways; the node outside of all servers is kept here.
struct Search {
    outside: u16,
    distance: i64,
    parent: u16,
}

impl Search {
    /// Makes ways shorter over each arc once; the last node to which one became shorter.
    fn round(&mut self, graph: &mut Graph<'_, '_>) -> Option<u16> {
        let mut changed = None;
        for server in servers(graph.roster.loads.len()) {
            changed = self.pass(graph.roster, server).or(changed);
            let distance = graph.roster.load(server).distance;
            let mut arc = graph.arc_from(server, 0);
            while let Some(to) = arc {
                let cost = graph.price(server, to).unwrap_or(0).wrapping_mul(MOVE);
                let way = distance.wrapping_add(cost);
                if let Some(load) = graph.roster.load_mut(to).filter(|load| way < load.distance) {
                    (load.distance, load.parent) = (way, server);
                    changed = Some(to);
                }
                arc = graph.arc_from(server, to.saturating_add(1));
            }
        }
        changed
    }

    /// The same for the two arcs between a server and the node outside.
    fn pass(&mut self, roster: &mut Roster<'_>, server: u16) -> Option<u16> {
        let load = roster.load_mut(server)?;
        let mut changed = None;
        let one_less = self.distance.wrapping_sub(last_square(load.devices));
        if load.devices > 0 && one_less < load.distance {
            (load.distance, load.parent) = (one_less, self.outside);
            changed = Some(server);
        }
        let one_more = load.distance.wrapping_add(last_square(load.devices.saturating_add(1)));
        if load.has_room() && one_more < self.distance {
            (self.distance, self.parent) = (one_more, server);
            changed = Some(self.outside);
        }
        changed
    }

    fn parent_of(&self, roster: &Roster<'_>, node: u16) -> u16 {
        if node == self.outside { self.parent } else { roster.load(node).parent }
    }

    /// A node of the cycle into which the way to a node leads back, if there is one.
    fn cycle_behind(&self, roster: &Roster<'_>, node: u16) -> Option<u16> {
        (0..=self.outside)
            .try_fold(node, |node, _| Some(self.parent_of(roster, node)).filter(|parent| *parent != NOWHERE))
    }

    /// Moves one device along each arc of a cycle.
    fn turn(&self, graph: &mut Graph<'_, '_>, begin: u16) {
        let mut to = begin;
        for _ in 0..=self.outside {
            let from = self.parent_of(graph.roster, to);
            if from != self.outside && to != self.outside {
                graph.shift(from, to);
            }
            to = from;
            if to == begin {
                return;
            }
        }
    }
}
