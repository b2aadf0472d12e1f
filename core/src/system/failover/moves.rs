//! Few moves: who is recorded now stays there, as far as that is possible.
//!
//! To move a device off the server that records it costs one, to bring it back gains one, and any
//! other way to go is free. At first everybody who is recorded is where that is the case, at no cost
//! at all, and some servers are overfull. Devices then move on along ways that are shortest by
//! cost (after Ford, Fulkerson, Edmonds and Karp: as long as each way is a shortest one, no plan
//! with the same loads costs less), all ways of one length at once, the free ones first. Each length
//! takes one pass over all devices; [`PHASES_MAX`] and [`WORK_MAX`] bound these. Beyond that the
//! rest moves on along ways that are shortest by the number of servers.

use super::flow::move_on;
use super::graph::{Arcs, Graph};
use super::roster::servers;

/// Most lengths of ways.
const PHASES_MAX: usize = 64;
/// Most candidates of devices looked at in all of them together.
const WORK_MAX: usize = 16_000_000;
/// Distance of servers that no shortest way leads to, or only one that is longer than others.
const FAR: i64 = 1 << 32;

/// Seats everybody anew, and relieves overfull servers of devices that go at no cost. True if
/// that is enough.
pub(super) fn arrange_free(graph: &mut Graph<'_, '_>) -> bool {
    graph.roster.seat();
    if graph.roster.excess() > 0 {
        graph.list_with_prices();
        graph.roster.loads.iter_mut().for_each(|load| load.distance = 0);
        graph.keep_shortest();
        move_on(graph);
    }
    graph.roster.excess() == 0
}

/// Seats everybody anew who is not taken out, and relieves all overfull servers. True if no other
/// plan that records the same devices has fewer moves.
pub(super) fn arrange(graph: &mut Graph<'_, '_>) -> bool {
    if arrange_free(graph) {
        return true;
    }
    let phases = WORK_MAX.checked_div(graph.roster.candidates.len()).unwrap_or(0).min(PHASES_MAX);
    for _ in 0..phases {
        if !find_distances(graph) {
            break;
        }
        graph.keep_shortest();
        move_on(graph);
        if graph.roster.excess() == 0 {
            return true;
        }
    }
    graph.list_for(Arcs::All);
    move_on(graph);
    false
}

/// Finds the cost of the shortest way from an overfull server to each other one, as far as the
/// nearest with room. False if there is no way, or none was found in as many rounds as servers.
fn find_distances(graph: &mut Graph<'_, '_>) -> bool {
    graph.set_prices();
    for load in graph.roster.loads.iter_mut() {
        load.distance = if load.excess() > 0 { 0 } else { FAR };
    }
    let count = graph.roster.loads.len();
    let is_settled = (0..=count).any(|_| !shorten(graph));
    let with_room = graph.roster.loads.iter().filter(|load| load.has_room());
    let nearest = with_room.map(|load| load.distance).min().unwrap_or(FAR);
    for load in graph.roster.loads.iter_mut().filter(|load| load.distance > nearest) {
        load.distance = FAR;
    }
    is_settled && nearest < FAR
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
