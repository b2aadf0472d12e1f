//! Room for as many as there can be: devices move on from overfull servers, and who cannot be
//! placed is taken out in the order of rank.
//!
//! # Moving on
//! In each phase a search from all overfull servers at once gives every server its level, the
//! least number of arcs from one of them, as far as the first one with room. Then devices are
//! shifted along arcs that lead one level up, until every way is blocked. A device that moves
//! from level to level opens arcs to no more than one level above its old one, so that the least
//! distance between overfull and room grows with each phase: there are at most as many phases as
//! servers, in each of which an arc is looked at once, beside the shifts.
//!
//! # Taking out
//! When no way leads to room any more, let s be an overfull server and R the servers to which ways
//! lead from it. The devices on R could go nowhere but to R, and every server of R is full. Let
//! d, on R, be the device that ranks last of all to which ways lead from overfull servers. If devices
//! are shifted along the way from s to d, those on R without d fill every server of R: d depends
//! on devices that rank before it. Sets of devices that can be recorded together form a matroid,
//! so the best of them is without d. To take d out and shift along the way relieves s by one.
//! It opens no way out of what was reached before, and room nowhere; so one pass from the last
//! rank to the first takes out all that must go, and what is left, with a place for everybody, is
//! the best set.

use super::graph::{Arcs, Graph};
use super::roster::servers;
use super::workspace::{Load, NOWHERE};

/// [`Load::level`] of a server to which no way leads.
const UNREACHED: u16 = u16::MAX;

/// Takes out, from the last rank on, as many as must be so that all others can be recorded.
///
/// The others are left with their servers, none of which is overfull.
pub(super) fn choose(graph: &mut Graph<'_, '_>) {
    graph.list_for(Arcs::All);
    move_on(graph);
    take_out(graph);
}

/// Searches from the overfull servers, to the level of the first server with room; true if there is one.
fn search(graph: &mut Graph<'_, '_>) -> bool {
    let (mut found, mut ended) = (0u16, UNREACHED);
    graph.reach_none();
    for server in servers(graph.roster.loads.len()) {
        let Some(load) = graph.roster.load_mut(server) else { continue };
        let is_overfull = load.excess() > 0;
        (load.level, load.arc, load.parent) = (if is_overfull { 0 } else { UNREACHED }, 0, NOWHERE);
        if is_overfull {
            enqueue(graph, &mut found, server);
        }
    }
    let mut looked_at = 0u16;
    while looked_at < found {
        let from = graph.roster.load(looked_at).queued;
        looked_at = looked_at.saturating_add(1);
        let level = graph.roster.load(from).level.saturating_add(1);
        if level > ended {
            break;
        }
        let mut arc = graph.arc_onward(from, 0);
        while let Some(to) = arc {
            if let Some(load) = graph.roster.load_mut(to) {
                (load.level, load.parent) = (level, from);
                if load.has_room() {
                    ended = level;
                }
            }
            enqueue(graph, &mut found, to);
            arc = graph.arc_onward(from, to);
        }
    }
    ended != UNREACHED
}

/// Notes a server as the last one found.
fn enqueue(graph: &mut Graph<'_, '_>, found: &mut u16, server: u16) {
    graph.reach(server);
    if let Some(slot) = graph.roster.load_mut(*found) {
        slot.queued = server;
    }
    *found = found.saturating_add(1);
}

/// Moves devices from overfull servers on until no way leads to room.
pub(super) fn move_on(graph: &mut Graph<'_, '_>) {
    while search(graph) {
        for server in servers(graph.roster.loads.len()) {
            while graph.roster.load(server).excess() > 0 && move_one(graph, server) {
                graph.tidy();
            }
        }
    }
}

/// Moves one device off an overfull server along levels, each server on the way handing one on.
/// False if every way is blocked.
fn move_one(graph: &mut Graph<'_, '_>, root: u16) -> bool {
    let mut at = root;
    loop {
        let Load { level, arc, parent, .. } = graph.roster.load(at);
        if graph.roster.load(at).has_room() {
            return shift_along(graph, at);
        }
        let above = level.saturating_add(1);
        let mut next = graph.arc_from(at, arc);
        while let Some(to) = next.filter(|to| graph.roster.load(*to).level != above || !graph.confirm(at, *to)) {
            next = graph.arc_from(at, to.saturating_add(1));
        }
        if let Some(load) = graph.roster.load_mut(at) {
            load.arc = next.unwrap_or(NOWHERE);
        }
        if let Some(to) = next {
            if let Some(load) = graph.roster.load_mut(to) {
                load.parent = at;
            }
            at = to;
        } else {
            if let Some(load) = graph.roster.load_mut(at) {
                load.level = UNREACHED;
            }
            if at == root {
                return false;
            }
            at = parent;
        }
    }
}

/// Shifts one device along each arc of the way that parents tell, the last arc first.
fn shift_along(graph: &mut Graph<'_, '_>, end: u16) -> bool {
    let mut to = end;
    loop {
        let Load { parent: from, level, .. } = graph.roster.load(to);
        if level == 0 || from == NOWHERE {
            return true;
        }
        if !graph.shift(from, to) {
            return false;
        }
        to = from;
    }
}

/// Takes out, from the last rank on, whoever cannot be placed.
fn take_out(graph: &mut Graph<'_, '_>) {
    let mut excess = graph.roster.excess();
    if excess == 0 {
        return;
    }
    search(graph);
    for index in (0..graph.roster.count()).rev() {
        let at = graph.roster.competitor(index).at;
        if at == NOWHERE || graph.roster.load(at).level == UNREACHED {
            continue;
        }
        if !is_way(graph, at) {
            graph.tidy();
            search(graph);
            if graph.roster.load(at).level == UNREACHED {
                continue;
            }
        }
        graph.take_out(index);
        shift_along(graph, at);
        excess = excess.saturating_sub(1);
        if excess == 0 {
            return;
        }
    }
}

/// Whether the way to a server still begins at an overfull one and consists of arcs.
fn is_way(graph: &Graph<'_, '_>, end: u16) -> bool {
    let mut to = end;
    loop {
        let load = graph.roster.load(to);
        if load.level == 0 {
            return load.excess() > 0;
        }
        if !graph.is_arc(load.parent, to) {
            return false;
        }
        to = load.parent;
    }
}
