//! The allocation of a pool against Hall's theorem and against every choice there is.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

use std::collections::BTreeMap;

use hwlicense::license::{Class, Reason};
use hwlicense::system::{Channel, Device, Grant, Need, Presence, Priority, Status, Tally, allocate, switch_on};
use hwlicense::time::{DAY_S, UnixSeconds};
use hwlicense_tests::random::Random;
use hwlicense_tests::world::{
    CLASSES, Demand, START, Supply, World, can_be_met, device, license, meets, server, shortage_order, units,
};

const PRIORITIES: [Priority; 4] = [Priority::High, Priority::Medium, Priority::Low, Priority::Never];

/// A System of some classes, short of about a fifth of what it needs.
fn world(random: &mut Random, devices: usize, classes: &[Class], channels_max: u16) -> World {
    let mut world = World::default();
    let servers = u16::try_from(1 + random.below(4)).unwrap();
    world.servers.extend((0..servers).map(|number| server(number.into())));
    for number in 0..devices {
        let mut row = device(number as u64, *random.pick(classes), random.next() as u16 % servers);
        row.need.channels = 1 + random.next() as u16 % channels_max;
        row.priority = *random.pick(&PRIORITIES);
        row.wanted = !random.once_in(8);
        row.channel = *random.pick(&[Channel::None, Channel::Agreed]);
        world.devices.push(row);
    }
    for number in 0..classes.len() * 2 {
        let channels = random.below(1 + devices * usize::from(channels_max) / (2 * classes.len())) as u32;
        world.licenses.push(license(number as u64, *random.pick(classes), channels, random.next() as u16 % servers));
    }
    world
}

fn demand(device: &Device) -> Demand {
    Demand { class: device.need.class, units: units(device.need) }
}

/// Who is served when devices come in the order of the shortage and each is served if it can be.
///
/// In a part of a System those that hold a channel first take what is held, unit by unit and
/// wanted or not.
fn served_by_hall(world: &World, held: &[Supply], open: &[Supply]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..world.devices.len()).collect();
    order.sort_by_key(|position| shortage_order(&world.devices[*position]));
    let mut served = vec![false; world.devices.len()];
    let (mut kept, mut demands) = (Vec::new(), Vec::new());
    for position in &order {
        let device = &world.devices[*position];
        if !world.is_whole() && device.channel == Channel::Agreed {
            let before = kept.len();
            for _ in 0..units(device.need) {
                kept.push(Demand { class: device.need.class, units: 1 });
                if !can_be_met(&kept, held) {
                    kept.pop();
                }
            }
            served[*position] = kept.len() - before == units(device.need) as usize;
        }
    }
    for position in order {
        let device = &world.devices[position];
        if device.wanted && !served[position] {
            demands.push(demand(device));
            served[position] = can_be_met(&demands, open);
            if !served[position] {
                demands.pop();
            }
        }
        served[position] &= device.wanted;
    }
    served
}

/// What counts: what is held, and what is open.
fn supplies(world: &World, tallies: &[Tally], now: UnixSeconds) -> (Vec<Supply>, Vec<Supply>) {
    let counting = world.licenses.iter().zip(tallies).filter(|(_, tally)| tally.status.counts(now));
    let parts = |license: &hwlicense::system::PoolLicense| {
        let units = license.channels * if license.class == Class::VIDEO_WALL { 2 } else { 1 };
        let heard = world.servers[license.server.unwrap().position()].presence.is_online();
        let (held, open) = match (world.is_whole(), heard) {
            (true, _) => (0, units),
            (false, true) => (license.held, units - license.held),
            (false, false) => (license.held, 0),
        };
        let supply = |units| Supply { class: license.class, units };
        (supply(held), supply(open))
    };
    counting.map(|(license, _)| parts(license)).unzip()
}

fn assert_as_hall_says(world: &World, now: UnixSeconds) {
    let outcome = world.allocate(now);
    let (held, open) = supplies(world, &outcome.tallies, now);
    let expected = served_by_hall(world, &held, &open);
    let granted: Vec<bool> = outcome.grants.iter().map(|grant| grant.allows_recording()).collect();
    assert_eq!(granted, expected, "{world:#?}");
    let mut used: BTreeMap<u16, u32> = BTreeMap::new();
    for (device, grant) in world.devices.iter().zip(&outcome.grants) {
        match grant {
            Grant::Licensed(class) => assert!(meets(*class, device.need.class), "{class} for {device:?}"),
            Grant::Without(class) => assert_eq!(*class, device.need.class),
            Grant::Free => assert_eq!(device.need.class, Class::FREE),
            Grant::NotWanted => assert!(!device.wanted),
        }
    }
    for (license, tally) in world.licenses.iter().zip(&outcome.tallies) {
        assert!(tally.used <= license.units(), "{license:?}: {tally:?}");
        *used.entry(license.class.0).or_default() += tally.used;
    }
    for balance in &outcome.allocation.classes {
        assert_eq!(used.get(&balance.class.0).copied().unwrap_or_default(), balance.used, "{balance:?}");
        assert!(balance.used <= balance.units);
    }
    let licensed =
        world.devices.iter().zip(&granted).filter(|(device, granted)| **granted && device.need.class != Class::FREE);
    let served: u32 = licensed.map(|(device, _)| units(device.need)).sum();
    let used = used.values().sum::<u32>();
    assert!(served <= used && (served == used || !world.is_whole()), "each channel in use is used by a device");
}

#[test]
fn whoever_can_be_served_is_served_in_order() {
    let mut random = Random::announced("whoever_can_be_served_is_served_in_order");
    for round in 0..3_000 {
        let classes: Vec<Class> = (0..1 + random.below(5)).map(|_| *random.pick(&CLASSES)).collect();
        let devices = 1 + random.below(24);
        let world = world(&mut random, devices, &classes, if round % 2 == 0 { 1 } else { 5 });
        assert_as_hall_says(&world, START);
    }
}

#[test]
fn what_was_held_stays_held_while_servers_cannot_be_heard() {
    let mut random = Random::announced("what_was_held_stays_held_while_servers_cannot_be_heard");
    for round in 0..2_000 {
        let classes: Vec<Class> = (0..1 + random.below(3)).map(|_| *random.pick(&CLASSES)).collect();
        let devices = 1 + random.below(16);
        let mut world = world(&mut random, devices, &classes, if round % 2 == 0 { 1 } else { 3 });
        let agreed = world.allocate(START);
        world.settle(&agreed);
        for server in &mut world.servers {
            if random.once_in(2) {
                server.presence = Presence::Offline { since: START };
            }
        }
        for number in 0..random.below(8) {
            let mut newcomer = device(500 + number as u64, *random.pick(&classes), 0);
            newcomer.priority = *random.pick(&PRIORITIES);
            world.devices.push(newcomer);
        }
        assert_as_hall_says(&world, START.after(400));
        if world.is_whole() {
            // Then newcomers of a higher priority come first.
            continue;
        }
        let outcome = world.allocate(START.after(400));
        for ((device, before), grant) in world.devices.iter().zip(&agreed.grants).zip(&outcome.grants) {
            assert!(!before.allows_recording() || grant.allows_recording(), "{device:?} lost its channel: {world:#?}");
        }
        // When every grace is over, only licences of servers that are heard count.
        assert_as_hall_says(&world, START.after(31 * u64::from(DAY_S)));
    }
}

/// Numbers served by priority, over every set of devices that can be served at once.
fn best_of_all(world: &World, supplies: &[Supply]) -> [usize; 3] {
    let count = world.devices.len();
    (0..1u32 << count)
        .filter_map(|set| {
            let members =
                || world.devices.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, row)| row);
            let demands: Vec<Demand> = members().map(demand).collect();
            (members().all(|device| device.wanted) && can_be_met(&demands, supplies)).then(|| {
                let mut served = [0; 3];
                members().for_each(|device| served[usize::from(shortage_order(device).0)] += 1);
                served
            })
        })
        .max()
        .unwrap()
}

#[test]
fn no_choice_serves_more_of_a_higher_priority() {
    let mut random = Random::announced("no_choice_serves_more_of_a_higher_priority");
    for _ in 0..150 {
        let classes: Vec<Class> = (0..1 + random.below(4)).map(|_| *random.pick(&CLASSES[..11])).collect();
        let devices = 1 + random.below(9);
        let world = world(&mut random, devices, &classes, 1);
        let outcome = world.allocate(START);
        let mut served = [0; 3];
        for (device, grant) in world.devices.iter().zip(&outcome.grants) {
            served[usize::from(shortage_order(device).0)] += usize::from(grant.allows_recording());
        }
        assert_eq!(served, best_of_all(&world, &supplies(&world, &outcome.tallies, START).1), "{world:#?}");
    }
}

#[test]
fn the_order_of_the_rows_changes_nothing() {
    let mut random = Random::announced("the_order_of_the_rows_changes_nothing");
    for _ in 0..500 {
        let mut original = world(&mut random, 20, &CLASSES, 3);
        for (position, device) in original.devices.clone().into_iter().enumerate() {
            let mut one =
                World { devices: vec![device], reach: core::mem::take(&mut original.reach), ..World::default() };
            one.reached_by(0..original.servers.len() as u16);
            original.reach = one.reach;
            original.devices[position] = one.devices[0];
        }
        let shuffled = original.shuffled(&mut random);
        let by_id = |world: &World| {
            let outcome = world.allocate(START);
            let grants: BTreeMap<_, _> = world
                .devices
                .iter()
                .zip(&outcome.grants)
                .map(|(device, grant)| (device.id, format!("{grant:?}")))
                .collect();
            let tallies: BTreeMap<_, _> = world
                .licenses
                .iter()
                .zip(&outcome.tallies)
                .map(|(license, tally)| (license.key, format!("{tally:?}")))
                .collect();
            let digest = world.checked(|checked| checked.digest()).unwrap();
            (grants, tallies, format!("{:?}", outcome.allocation), digest)
        };
        assert_eq!(by_id(&original), by_id(&shuffled));
    }
}

#[test]
fn substitution_is_the_table_of_the_field() {
    for class in CLASSES {
        for need in CLASSES {
            assert_eq!(class.meets(need), meets(class, need), "{class} for {need}");
            let mut world = World::default();
            world.servers.push(server(0));
            world.licenses.push(license(0, class, 1, 0));
            world.devices.push(device(0, need, 0));
            let expected = need == Class::FREE || meets(class, need);
            assert_eq!(world.allocate(START).grants[0].allows_recording(), expected, "{class} for {need}");
        }
    }
}

#[test]
fn channels_of_one_device_count_as_the_field_counts_them() {
    for (class, channels, licensed) in [
        (Class::PROFESSIONAL, 4, 1),
        (Class::EDGE, 4, 1),
        (Class::STARTER, 4, 1),
        (Class::NVR, 4, 1),
        (Class::ANALOG, 4, 4),
        (Class::ANALOG_ENCODER, 4, 4),
        (Class::VMAX, 16, 16),
        (Class::IO_MODULE, 2, 2),
        (Class::BRIDGE, 3, 3),
        (Class::TRIAL, 3, 3),
        (Class::VENDOR_FIRST, 3, 3),
    ] {
        for (paid_for, expected) in [(licensed, true), (licensed - 1, false)] {
            let mut world = World::default();
            world.servers.push(server(0));
            world.licenses.push(license(0, class, paid_for, 0));
            world.devices.push(Device { need: Need { class, channels }, ..device(0, class, 0) });
            assert_eq!(
                world.allocate(START).grants[0].allows_recording(),
                expected,
                "{class}, {paid_for} of {licensed}"
            );
        }
    }
}

#[test]
fn a_video_wall_licence_is_two_screens_or_one_session() {
    for screens in 0..6u32 {
        for sessions in 0..3u32 {
            let needed = screens.div_ceil(2) + sessions;
            for (paid_for, expected) in [(needed, true), (needed.saturating_sub(1), needed == 0)] {
                let mut world = World::default();
                world.servers.push(server(0));
                world.licenses.push(license(0, Class::VIDEO_WALL, paid_for, 0));
                let screen = (0..screens).map(|number| device(number.into(), Class::VIDEO_WALL, 0));
                let session = (0..sessions).map(|number| Device {
                    need: Need::CONTROL_SESSION,
                    ..device(u64::from(number) + 50, Class::VIDEO_WALL, 0)
                });
                world.devices.extend(screen.chain(session));
                assert_eq!(
                    world.allocate(START).allocation.without == 0,
                    expected,
                    "{screens} screens, {sessions} sessions"
                );
            }
        }
    }
}

#[test]
fn one_starter_counts_and_another_steps_in() {
    let mut world = World::default();
    world.servers.extend([server(0), server(1)]);
    world.licenses.extend([
        license(0, Class::STARTER, 4, 0),
        license(1, Class::STARTER, 8, 1),
        license(2, Class::STARTER, 8, 1),
    ]);
    let statuses = |world: &World| world.allocate(START).tallies.iter().map(|tally| tally.status).collect::<Vec<_>>();
    let smaller = if world.licenses[1].key < world.licenses[2].key { 1 } else { 2 };
    let expected = |winner: usize| {
        (0..3)
            .map(|position| if position == winner { Status::Verdict(Reason::Valid) } else { Status::OnePerSystem })
            .collect::<Vec<_>>()
    };
    assert_eq!(statuses(&world), expected(smaller));
    world.servers[1].presence = Presence::Removed;
    assert_eq!(statuses(&world), [Status::Verdict(Reason::Valid), Status::ServerRemoved, Status::ServerRemoved]);
}

#[test]
fn one_key_counts_once_and_the_newest_wins() {
    let mut world = World::default();
    world.servers.extend([server(0), server(1)]);
    let older = license(0, Class::EDGE, 9, 0);
    let newer = hwlicense::system::PoolLicense {
        issued: START.after(1),
        channels: 2,
        digest: [9; 32],
        ..license(0, Class::EDGE, 2, 1)
    };
    world.licenses.extend([older, newer]);
    let outcome = world.allocate(START.after(1));
    assert_eq!(outcome.tallies[0].status, Status::Duplicate);
    assert_eq!(outcome.allocation.classes[0].units, 2);
    // The older one does not come back when the newer one cannot count: each half would use it.
    world.servers[1].presence = Presence::Removed;
    assert_eq!(world.allocate(START.after(1)).tallies[0].status, Status::Duplicate);
    world.licenses[0].issued = START.after(1);
    assert_eq!(world.allocate(START.after(1)).tallies[1].status, Status::ServerRemoved, "the smaller digest wins");
}

#[test]
fn copies_of_one_licence_on_two_servers_count_on_the_same_one_in_any_order() {
    let mut world = World::default();
    world.servers.extend([server(0), server(1)]);
    world.licenses.extend([license(0, Class::EDGE, 9, 0), license(0, Class::EDGE, 9, 1)]);
    let counting = |world: &World| {
        let tallies = world.allocate(START).tallies;
        let winner = tallies.iter().position(|tally| tally.status.counts(START)).unwrap();
        world.licenses[winner].server
    };
    let first = counting(&world);
    world.licenses.reverse();
    assert_eq!(counting(&world), first);
}

#[test]
fn switching_on_is_refused_with_what_is_missing() {
    let mut world = World::default();
    world.servers.push(server(0));
    world.licenses.push(license(0, Class::ANALOG_ENCODER, 5, 0));
    world.devices.push(Device {
        need: Need { class: Class::ANALOG_ENCODER, channels: 4 },
        ..device(0, Class::ANALOG_ENCODER, 0)
    });
    let newcomer = Device {
        need: Need { class: Class::ANALOG_ENCODER, channels: 4 },
        wanted: false,
        priority: Priority::High,
        ..device(1, Class::ANALOG_ENCODER, 0)
    };
    world.devices.push(newcomer);
    let answer = |world: &World| {
        let mut tallies = vec![Tally::default(); world.licenses.len()];
        let mut grants = vec![Grant::default(); world.devices.len()];
        world.checked(|checked| switch_on(checked, START, &newcomer, &mut tallies, &mut grants)).unwrap().unwrap()
    };
    let refusal = answer(&world).unwrap_err();
    assert_eq!((refusal.class, refusal.missing), (Class::ANALOG_ENCODER, 3));
    world.licenses.push(license(1, Class::PROFESSIONAL, 3, 0));
    assert!(answer(&world).is_ok());
}

#[test]
fn what_is_missing_is_what_has_to_be_bought() {
    let mut random = Random::announced("what_is_missing_is_what_has_to_be_bought");
    for _ in 0..500 {
        let classes: Vec<Class> = (0..1 + random.below(4)).map(|_| *random.pick(&CLASSES)).collect();
        let mut world = world(&mut random, 12, &classes, 4);
        let before = world.allocate(START);
        for (number, balance) in before.allocation.classes.iter().enumerate() {
            let channels =
                if balance.class == Class::VIDEO_WALL { balance.missing.div_ceil(2) } else { balance.missing };
            // A second starter or NVR licence would not count: what is there grows.
            match world
                .licenses
                .iter_mut()
                .zip(&before.tallies)
                .find(|(license, tally)| license.class == balance.class && tally.status.counts(START))
            {
                Some((license, _)) => license.channels += channels,
                None => world.licenses.push(license(100 + number as u64, balance.class, channels, 0)),
            }
        }
        let after = world.allocate(START);
        assert_eq!(after.allocation.without, 0, "{before:#?}\n{world:#?}");
    }
}

#[test]
fn too_little_memory_and_too_many_classes_are_said() {
    let mut world = World::default();
    world.servers.push(server(0));
    world.devices.push(device(0, Class::EDGE, 0));
    world.licenses.push(license(0, Class::EDGE, 1, 0));
    let mut tallies = [Tally::default()];
    let mut grants = [Grant::default()];
    let answer = world.checked(|checked| allocate(checked, START, None, &mut [], &mut grants)).unwrap();
    assert_eq!(answer.unwrap_err(), hwlicense::system::AllocateError::NoRoom);
    let answer = world.checked(|checked| allocate(checked, START, None, &mut tallies, &mut [])).unwrap();
    assert_eq!(answer.unwrap_err(), hwlicense::system::AllocateError::NoRoom);
    world.devices.extend((0..40).map(|number| device(10 + number, Class(0x8000 + number as u16), 0)));
    let mut grants = [Grant::default(); 41];
    let answer = world.checked(|checked| allocate(checked, START, None, &mut tallies, &mut grants)).unwrap();
    assert_eq!(answer.unwrap_err(), hwlicense::system::AllocateError::TooManyClasses);
}
