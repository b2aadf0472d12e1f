//! Failover plans: time, numbers, moves and balance, and the numbers once more by a maximum flow.

use hwlicense::system::failover::{Placement, Quality, Summary};
use hwlicense::system::{Priority, ServerIndex};

use hwlicense_tests::random::Random;
use hwlicense_tests::system::{OrdersMemory, PlanMemory, Rows};
use petgraph::algo::maximum_flow::dinics;
use petgraph::graph::DiGraph;

use crate::instance::{Instance, Past, Room, Shape};
use crate::stopwatch::Stopwatch;

/// Servers and devices.
const SIZES: [(u16, usize); 4] = [(10, 1_000), (32, 10_000), (100, 10_000), (1_000, 1_000_000)];
/// Up to this many devices the general maximum flow is run as well.
const FLOW_DEVICES_MAX: usize = 10_000;
/// Each time is the least of so many.
const REPEATS: usize = 3;

/// Measures every size, shape, room and past.
pub(crate) fn run() {
    let mut random = Random::announced("failover");
    println!(
        "failover plans: reach 8; times in ms on one core, the least of {REPEATS}; bounds are optima of relaxations"
    );
    println!("general flow: petgraph's dinics over all devices, once; not run above {FLOW_DEVICES_MAX} devices");
    println!(
        "{:>7} {:>9} {:6} {:5} {:7} {:>9} {:>10} {:>24} {:>8} {:>8} {:>8} {:>12} {:>12} {:8} {:>7}",
        "servers",
        "devices",
        "reach",
        "room",
        "past",
        "ms",
        "flow ms",
        "high/medium/low",
        "starts",
        "moves",
        "bound",
        "squares",
        "bound",
        "quality",
        "B/dev"
    );
    for size in SIZES {
        for past in [Past::Start, Past::Failure] {
            for shape in [Shape::Random, Shape::Ring] {
                for room in [Room::Ample, Room::Tight, Room::Short] {
                    measure(&Instance::new(&mut random, size, shape, room, past), size);
                }
            }
        }
    }
}

fn measure(instance: &Instance, (servers, devices): (u16, usize)) {
    let rows = &instance.rows;
    let (system, mut orders) = (rows.system(), OrdersMemory::default());
    let checked = orders.check(&system).unwrap();
    let mut memory = PlanMemory::of(&checked);
    let mut placements = vec![Placement::Idle; devices];
    let mut least = f64::MAX;
    let mut summary = Summary::default();
    for _ in 0..REPEATS {
        let begun = Stopwatch::start();
        summary = memory.plan(&checked, None, &rows.grants, &mut placements).unwrap();
        least = least.min(begun.ms());
    }
    let hosted = [summary.high, summary.medium, summary.low].map(|tally| tally.hosted);
    let flow_ms = if devices > FLOW_DEVICES_MAX {
        "skipped".to_owned()
    } else {
        let begun = Stopwatch::start();
        assert_eq!(flow(rows), hosted.iter().sum::<u32>());
        format!("{:.1}", begun.ms())
    };
    let (moves_bound, squares_bound) = bounds(rows, &placements, &summary);
    assert!(summary.moves >= moves_bound && summary.squares >= squares_bound);
    let bytes = memory.sizes().bytes() - memory.sizes().pairs * 8 + devices * 8;
    println!(
        "{servers:>7} {devices:>9} {:6} {:5} {:7} {:>9.2} {flow_ms:>10} {:>24} {:>8} {:>8} {moves_bound:>8} {:>12} {squares_bound:>12} {:8} {:>7.1}",
        format!("{:?}", instance.shape),
        format!("{:?}", instance.room),
        format!("{:?}", instance.past),
        least,
        format!("{}/{}/{}", hosted[0], hosted[1], hosted[2]),
        summary.starts,
        summary.moves,
        summary.squares,
        match summary.quality {
            Quality::Least => "least",
            Quality::FewestMoves => "moves",
            Quality::Improved => "improved",
        },
        bytes as f64 / devices as f64,
    );
}

/// How many devices can be recorded together.
fn flow(rows: &Rows) -> u32 {
    let mut graph = DiGraph::<(), u32>::new();
    let (source, sink) = (graph.add_node(()), graph.add_node(()));
    let servers: Vec<_> = rows.servers.iter().map(|_| graph.add_node(())).collect();
    for (row, node) in rows.servers.iter().zip(&servers) {
        if row.presence.is_online() {
            graph.add_edge(*node, sink, row.failover.devices_max);
        }
    }
    let system = rows.system();
    for row in &rows.devices {
        let node = graph.add_node(());
        graph.add_edge(source, node, 1);
        for server in system.reach_of(row) {
            graph.add_edge(node, servers[server.position()], 1);
        }
    }
    dinics(&graph, source, sink).0
}

/// No plan that records the same devices has fewer moves than the first number, nor a smaller sum
/// of squares than the second: as if every server reached every device. With the fewest moves,
/// which devices stay is fixed for each server; with more, it is not, and the bound is lower.
fn bounds(rows: &Rows, placements: &[Placement], summary: &Summary) -> (u32, u64) {
    let online = |index: &ServerIndex| rows.servers[index.position()].presence.is_online();
    let mut stay = vec![0u32; rows.servers.len()];
    let mut recorded = 0u32;
    for (row, _) in rows.devices.iter().zip(placements).filter(|(_, placement)| placement.server().is_some()) {
        assert_ne!(row.priority, Priority::Never);
        recorded += 1;
        if let Some(host) = row.host.filter(online) {
            stay[host.position()] += 1;
        }
    }
    let mut moves = 0;
    for (stay, row) in stay.iter_mut().zip(&rows.servers) {
        moves += stay.saturating_sub(row.failover.devices_max);
        *stay = (*stay).min(row.failover.devices_max);
    }
    if summary.moves > moves {
        stay.fill(0);
    }
    let rooms: Vec<(u64, u64)> = stay
        .iter()
        .zip(&rows.servers)
        .filter(|(_, row)| row.presence.is_online())
        .map(|(stay, row)| (u64::from(*stay), u64::from(row.failover.devices_max)))
        .collect();
    let free = u64::from(recorded - stay.iter().sum::<u32>());
    (moves, filled(&rooms, free))
}

/// The least sum of squares when `free` devices go wherever there is room: up to a level, which is
/// found by halving.
fn filled(rooms: &[(u64, u64)], free: u64) -> u64 {
    let at = |level: u64, (stay, most): (u64, u64)| level.clamp(stay, most);
    let needed = |level: u64| rooms.iter().map(|room| at(level, *room) - room.0).sum::<u64>();
    let (mut low, mut high) = (0, rooms.iter().map(|room| room.1).max().unwrap_or(0));
    while low < high {
        let middle = (low + high).div_ceil(2);
        if needed(middle) <= free { low = middle } else { high = middle - 1 }
    }
    let left = free - needed(low);
    let squares: u64 = rooms.iter().map(|room| at(low, *room).pow(2)).sum();
    squares + left * (2 * low + 1)
}
