//! Few moves: who is recorded now stays there, as far as that is possible.
//!
//! To take a device off the server that records it costs one move, to bring it back gains one, and any
//! other way to go is free. At first everybody who is recorded is where that is the case, at no
//! cost at all, and some servers are overfull. Devices then move on along shortest ways, by cost,
//! to the nearest servers with room; all ways of one length at once, the free ones first. As long
//! as each way is a shortest one no exchange of devices costs less than nothing (the successive
//! shortest paths of minimum-cost flow), so that the plan at the end has the fewest moves.
//!
//! Each length takes a search over the arcs, not over the devices. After [`PHASES_MAX`] of them, the
//! rest moves on along ways that are shortest by the number of servers.

use super::flow::move_on;
use super::graph::{Arcs, Graph};
use super::roster::servers;

/// Most lengths of ways, in moves.
const PHASES_MAX: usize = 64;
/// Distance of servers that no shortest way leads to, or only one that is longer than others.
const FAR: i64 = 1 << 32;

/// Relieves all overfull servers, as far as there is room, of those who were seated. True if no
/// other plan that records the same devices has fewer moves.
pub(super) fn arrange(graph: &mut Graph<'_, '_>) -> bool {
    if graph.roster.excess() == 0 {
        return true;
    }
    graph.list_with_prices();
    for _ in 0..PHASES_MAX {
        if !find_distances(graph) {
            return false;
        }
        graph.keep_shortest();
        move_on(graph);
        if graph.roster.excess() == 0 {
            return true;
        }
        graph.set_prices();
    }
    graph.list_for(Arcs::All);
    move_on(graph);
    false
}

/// Finds the cost of the shortest way from an overfull server to each other one, as far as the
/// nearest with room. False if there is no way.
fn find_distances(graph: &mut Graph<'_, '_>) -> bool {
    for load in graph.roster.loads.iter_mut() {
        load.distance = if load.excess() > 0 { 0 } else { FAR };
    }
    // Without cycles of negative cost, no shortest way leads through more servers than there are.
    for _ in 0..graph.roster.loads.len() {
        if !shorten(graph) {
            break;
        }
    }
    let with_room = graph.roster.loads.iter().filter(|load| load.has_room());
    let nearest = with_room.map(|load| load.distance).min().unwrap_or(FAR);
    for load in graph.roster.loads.iter_mut().filter(|load| load.distance > nearest) {
        load.distance = FAR;
    }
    nearest < FAR
}

/// Looks at each arc once, whether it makes a way shorter. True if one did.
fn shorten(graph: &mut Graph<'_, '_>) -> bool {
    let mut shortened = false;
    for from in servers(graph.roster.loads.len()) {
        let distance = graph.roster.load(from).distance;
        let mut arc = graph.arc_from(from, 0).filter(|_| distance != FAR);
        while let Some(to) = arc {
            let way = graph.price(from, to).map_or(FAR, |price| distance.wrapping_add(price));
            if let Some(load) = graph.roster.load_mut(to).filter(|load| way < load.distance) {
                load.distance = way;
                shortened = true;
            }
            arc = graph.arc_from(from, to.saturating_add(1));
        }
    }
    shortened
}
