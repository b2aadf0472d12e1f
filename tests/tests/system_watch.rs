//! Failure detection and fencing over real state machines, a bad network and slow devices.
//!
//! Each run has a seed of its own that a failure names: `HWLICENSE_SEED=<it>` runs that one alone.
//! `HWLICENSE_RUNS=<count>` runs more of them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a failed test is what a wrong index or an overflow should be"
)]

use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, resume_unwind};

use hwlicense::system::Policy;
use hwlicense::system::watch::{SETTLED_AFTER_MS, Timing};
use hwlicense_tests::random::Random;
use hwlicense_tests::watching::{Camera, Note, Weather, World};

const POLICIES: [Policy; 2] = [Policy::KeepRecording, Policy::Majority];
const DEVICES: usize = 6;

/// Runs with so many seeds, always the same ones unless the environment says otherwise.
fn with_seeds(test: &str, runs: u64, run: impl Fn(u64)) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(seed) = number("HWLICENSE_SEED") {
        return run(seed);
    }
    for seed in 0..number("HWLICENSE_RUNS").unwrap_or(runs) {
        if let Err(failure) = catch_unwind(AssertUnwindSafe(|| run(seed))) {
            println!("{test}: HWLICENSE_SEED={seed}");
            resume_unwind(failure);
        }
    }
}

/// Servers of which every one reaches every device, and maybe a witness, which is the last.
fn world(seed: u64, policy: Policy) -> World {
    let mut random = Random::new(seed);
    let servers = 3 + random.below(3);
    let witness = random.once_in(3).then_some(servers);
    let cameras = (0..DEVICES).map(|_| Camera { preferred: random.below(servers), reach: (0..servers).collect() });
    let cameras = cameras.collect();
    World::new(random, policy, servers + usize::from(witness.is_some()), witness, cameras)
}

/// The spans in which nobody recorded a device, and in which more than one server did, from when
/// it was first recorded.
struct History {
    gaps: Vec<(u64, u64)>,
    doubles: Vec<(u64, u64)>,
}

fn history(world: &World, device: usize) -> History {
    let mut history = History { gaps: Vec::new(), doubles: Vec::new() };
    let (mut recorders, mut since, mut was_recorded) = (0usize, 0u64, false);
    let changes = world.notes.iter().filter_map(|(at, note)| match *note {
        Note::On(_, of) if of == device => Some((*at, true)),
        Note::Off(_, of) if of == device => Some((*at, false)),
        _ => None,
    });
    for (at, is_on) in changes.chain([(world.now, true)]) {
        match recorders {
            0 if was_recorded && at > since => history.gaps.push((since, at)),
            2.. => history.doubles.push((since, at)),
            _ => {}
        }
        was_recorded = true;
        if is_on {
            recorders += 1
        } else {
            recorders -= 1
        }
        since = at;
    }
    // Neighbouring spans with two and with three recorders are one.
    history.doubles.dedup_by(|next, last| {
        let touches = next.0 == last.1;
        if touches {
            last.1 = next.1;
        }
        touches
    });
    history
}

fn assert_never_twice(world: &World) {
    for device in 0..DEVICES {
        let doubles = history(world, device).doubles;
        assert!(doubles.is_empty(), "device {device} was recorded twice: {doubles:?}");
    }
}

fn assert_epochs_never_go_back(world: &World) {
    let mut obeyed = vec![0; world.servers()];
    for (at, note) in &world.notes {
        if let Note::Obey(server, counter) = *note {
            assert!(obeyed[server] <= counter, "server {server} went back to {counter} at {at} ms");
            obeyed[server] = counter;
        }
    }
}

fn assert_all_agree(world: &World) {
    for server in 0..world.servers() {
        assert_eq!(world.epoch(server), world.epoch(0), "servers {server} and 0 obey different plans");
    }
    for device in 0..DEVICES {
        assert_eq!(world.recorders(device).len(), 1, "device {device} is recorded by {:?}", world.recorders(device));
    }
}

/// A server fails, is away for a while, and returns; all in the worst weather that is allowed.
fn failure_and_return(seed: u64, policy: Policy) {
    let mut world = world(seed, policy);
    world.run_until(40_000);
    let mut random = Random::new(!seed);
    let failed = random.below(world.servers());
    let failed_at = 40_000 + random.next() % 5_000;
    world.run_until(failed_at);
    let recorded = |world: &World| (0..DEVICES).filter(|device| world.recorders(*device).len() == 1).count();
    assert_eq!(recorded(&world), DEVICES, "everything is recorded before anything fails");
    world.crash(failed);
    world.run_until(failed_at + 60_000);
    assert_eq!(recorded(&world), DEVICES);
    world.start(failed);
    world.run_until(failed_at + 60_000 + SETTLED_AFTER_MS + 60_000);
    assert_all_agree(&world);
    assert_epochs_never_go_back(&world);
    let timing = Timing::DEFAULT;
    for device in 0..DEVICES {
        let history = history(&world, device);
        assert!(history.gaps.len() <= 2, "{:?}", history.gaps);
        for (from, to) in history.gaps {
            let most = timing.gap_ms_max(policy).min(30_000);
            assert!(to - from <= most, "device {device}: nobody recorded from {from} to {to} ms");
            assert!(policy == Policy::Majority || from == failed_at, "a return leaves no gap");
        }
        let returned = world.cameras[device].preferred;
        assert_eq!(world.recorders(device), [returned], "devices return to their preferred server");
        for (from, to) in history.doubles {
            let is_on_contact = from < failed_at + 60_000 + SETTLED_AFTER_MS / 2;
            let most = if is_on_contact { timing.contact_ms_max() * 2 } else { timing.handover_ms_max(policy) };
            assert!(to - from <= most, "device {device}: two recorded from {from} to {to} ms");
        }
    }
    if policy == Policy::Majority {
        assert_never_twice(&world);
    }
    for (at, note) in &world.notes {
        match note {
            Note::Lost(by, of) => assert!(*of == failed || *by == failed, "false alarm at {at} ms: {note:?}"),
            Note::Halt(server) => assert_eq!(*server, failed, "recording stopped for nothing at {at} ms"),
            _ => {}
        }
    }
}

#[test]
fn gap_is_bounded_and_nothing_else_is_disturbed() {
    for policy in POLICIES {
        with_seeds("gap", 25, |seed| failure_and_return(seed, policy));
    }
}

/// Servers crash, restart, flap and are cut off in any way, in weather beyond all bounds; then all
/// is well again.
fn trouble(seed: u64, policy: Policy) {
    let mut world = world(seed, policy);
    let mut random = Random::new(!seed);
    let servers = world.servers();
    for _ in 0..30 {
        let until = world.now + 1 + random.next() % 12_000;
        world.run_until(until);
        let (one, other) = (random.below(servers), random.below(servers));
        match random.below(9) {
            0 => world.weather = *random.pick(&[Weather::WORST, Weather::SLOW, Weather::STORM]),
            1 => world.crash(one),
            2 | 3 => (0..servers).for_each(|server| world.start(server)),
            4 => world.set_cut(one, other, true),
            5 | 6 => part(&mut world, random.next()),
            _ => part(&mut world, 0),
        }
        assert_never_twice_under(&world, policy);
    }
    world.weather = Weather::WORST;
    part(&mut world, 0);
    (0..servers).for_each(|server| world.start(server));
    let healed = world.now + 8_000;
    world.run_until(healed + SETTLED_AFTER_MS + 60_000);
    assert_all_agree(&world);
    assert_epochs_never_go_back(&world);
    assert_never_twice_under(&world, policy);
}

fn assert_never_twice_under(world: &World, policy: Policy) {
    if policy == Policy::Majority {
        assert_never_twice(world);
    }
}

/// Cuts every way between servers whose bits differ.
fn part(world: &mut World, bits: u64) {
    for from in 0..world.servers() {
        for to in 0..world.servers() {
            world.set_cut(from, to, (bits >> from) & 1 != (bits >> to) & 1);
        }
    }
}

#[test]
fn no_trouble_makes_a_majority_record_twice_and_all_agree_after_it() {
    with_seeds("trouble, majority", 60, |seed| trouble(seed, Policy::Majority));
}

#[test]
fn all_agree_after_any_trouble_where_each_part_goes_on() {
    with_seeds("trouble, each part", 20, |seed| trouble(seed, Policy::KeepRecording));
}

/// Two parts record the same devices; on contact one of them stops.
fn contact(seed: u64, weather: Weather) {
    let mut world = world(seed, Policy::KeepRecording);
    world.weather = weather;
    world.run_until(40_000);
    let bits = 1 + Random::new(!seed).next() % ((1 << world.servers()) - 2);
    part(&mut world, bits);
    world.run_until(90_000);
    let highest = (0..world.servers()).map(|server| world.epoch(server)).max().unwrap();
    let is_higher = |server: usize| world.epoch(server) == highest;
    let higher: Vec<bool> = (0..world.servers()).map(is_higher).collect();
    let recorders = |world: &World| (0..DEVICES).map(|device| world.recorders(device)).collect::<Vec<_>>();
    let before = recorders(&world);
    let mended = 90_000;
    part(&mut world, 0);
    world.run_until(mended + 30_000);
    for (server, is_higher) in higher.iter().enumerate() {
        if *is_higher {
            continue;
        }
        // Contact is when the part with the higher epoch first hears the server.
        let heard = world.notes.iter().find_map(|(at, note)| match note {
            Note::Heard(by, of) if *at >= mended && higher[*by] && *of == server => Some(*at),
            _ => None,
        });
        let allowed = match weather.lost_of_1000 {
            // No message is lost: one delay, and the turns of both.
            0 => weather.delay_ms_max + 400,
            _ => Timing::DEFAULT.contact_ms_max(),
        };
        for device in (0..DEVICES).filter(|device| before[*device].len() > 1) {
            if let Some(end) = world
                .notes
                .iter()
                .find_map(|(at, note)| (*at >= mended && *note == Note::Off(server, device)).then_some(*at))
            {
                assert!(end <= heard.unwrap() + allowed, "server {server} stops device {device} at {end} ms");
            }
        }
    }
    for (device, recorders) in recorders(&world).iter().enumerate() {
        assert_eq!(recorders.len(), 1, "device {device} is still recorded by {recorders:?}");
    }
}

#[test]
fn overlap_of_two_parts_ends_on_contact() {
    with_seeds("contact", 15, |seed| contact(seed, Weather::SLOW));
    with_seeds("contact, with losses", 15, |seed| contact(seed, Weather::WORST));
}
