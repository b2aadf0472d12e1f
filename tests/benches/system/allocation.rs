//! The allocation: its time over four sizes, and beside it a maximum flow over the same instance.

use core::hint::black_box;
use std::time::Instant;

use hwlicense::license::Class;
use hwlicense::system::{Grant, Priority, Tally, allocate};
use hwlicense_tests::random::Random;
use hwlicense_tests::world::{CLASSES, START, World, device, license, meets, server, units};
use petgraph::algo::maximum_flow::dinics;
use petgraph::graph::DiGraph;

/// Servers and devices.
const SIZES: [(u16, usize); 4] = [(10, 1_000), (100, 10_000), (320, 100_000), (1_000, 1_000_000)];
/// What devices need; those of most cameras come more often.
const NEEDS: [Class; 10] = [
    Class::PROFESSIONAL,
    Class::PROFESSIONAL,
    Class::PROFESSIONAL,
    Class::PROFESSIONAL,
    Class::ANALOG,
    Class::ANALOG_ENCODER,
    Class::EDGE,
    Class::IO_MODULE,
    Class::VMAX,
    Class::VENDOR_FIRST,
];
/// What licences bring: much of it has to stand in for something else.
const BROUGHT: [Class; 6] =
    [Class::PROFESSIONAL, Class::ANALOG, Class::EDGE, Class::TRIAL, Class::IO_MODULE, Class::VENDOR_FIRST];

/// Up to this many devices the general maximum flow is run as well.
const FLOW_DEVICES_MAX: usize = 10_000;

/// Licences for so many of a hundred devices.
fn world(servers: u16, devices: usize, percent: usize) -> World {
    let mut random = Random::new(7);
    let mut world = World::default();
    world.servers.extend((0..servers).map(|number| server(number.into())));
    for number in 0..devices {
        let mut row = device(number as u64, *random.pick(&NEEDS), number as u16 % servers);
        row.priority = *random.pick(&[Priority::High, Priority::Medium, Priority::Low, Priority::Never]);
        world.devices.push(row);
    }
    let licenses = devices / 10;
    for number in 0..licenses {
        let channels = 10 * percent / 100 + usize::from(random.below(100) < 10 * percent % 100);
        world.licenses.push(license(number as u64, *random.pick(&BROUGHT), channels as u32, number as u16 % servers));
    }
    world
}

/// The most units that can be given out at all, by petgraph's maximum flow over all devices.
fn most(world: &World) -> u32 {
    let mut graph = DiGraph::<(), u32>::new();
    let (source, sink) = (graph.add_node(()), graph.add_node(()));
    let pools = CLASSES.map(|class| (class, graph.add_node(())));
    for (class, pool) in pools {
        let of_class = world.licenses.iter().filter(|license| license.class == class);
        graph.add_edge(pool, sink, of_class.map(|license| license.units()).sum());
    }
    for row in &world.devices {
        let node = graph.add_node(());
        graph.add_edge(source, node, units(row.need));
        for (_, pool) in pools.iter().filter(|(class, _)| meets(*class, row.need.class)) {
            graph.add_edge(node, *pool, units(row.need));
        }
    }
    dinics(&graph, source, sink).0
}

/// Prints the table.
pub(crate) fn run() {
    println!("allocation of the pool: times in ms; check: the rows are put in order");
    println!("general flow: petgraph's dinics over all devices; not run above {FLOW_DEVICES_MAX} devices");
    println!(
        "{:>7} {:>9} {:>8} {:>9} {:>9} {:>10} {:>9} {:>9}",
        "servers", "devices", "channels", "check ms", "ms", "flow ms", "licensed", "without"
    );
    for (servers, devices) in SIZES {
        for percent in [200, 100, 90] {
            measure(&world(servers, devices, percent), percent);
        }
    }
}

fn measure(world: &World, percent: usize) {
    let (servers, devices) = (world.servers.len(), world.devices.len());
    let mut tallies = vec![Tally::default(); world.licenses.len()];
    let mut grants = vec![Grant::default(); devices];
    let begun = Instant::now();
    let (check, ms, allocation) = world
        .checked(|checked| {
            let check = begun.elapsed();
            let begun = Instant::now();
            let allocation = black_box(allocate(checked, START, None, &mut tallies, &mut grants)).unwrap();
            (check, begun.elapsed(), allocation)
        })
        .unwrap();
    let flow_ms = if devices > FLOW_DEVICES_MAX {
        "skipped".to_owned()
    } else {
        let begun = Instant::now();
        let used: u32 = allocation.classes.iter().map(|balance| balance.used).sum();
        assert_eq!(most(world), used);
        format!("{:.1}", begun.elapsed().as_secs_f64() * 1e3)
    };
    let [check, ms] = [check, ms].map(|duration| duration.as_secs_f64() * 1e3);
    println!(
        "{servers:>7} {devices:>9} {percent:>7}% {check:>9.2} {ms:>9.2} {flow_ms:>10} {:>9} {:>9}",
        allocation.licensed, allocation.without
    );
}
