//! Merging: what the result holds, in either direction and in any grouping, and what refuses it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet};

use hwlicense::license::{Class, Reason};
use hwlicense::system::{
    Device, Fact, Finding, Findings, MergeError, MergeRoom, PoolLicense, Presence, Priority, Server, ServerIndex,
    Status, System, merge,
};
use hwlicense_tests::random::Random;
use hwlicense_tests::system::OrdersMemory;
use hwlicense_tests::world::{CLASSES, START, World, device, hwid, key, license, server};

/// Merges, and takes the result into rows of its own.
fn merged(target: &World, other: &World, facts: &[Fact]) -> (Option<World>, Vec<Finding>) {
    merged_systems(target, &target.system(), other, &other.system(), facts, usize::MAX).unwrap()
}

fn merged_systems(
    target: &World,
    here: &System<'_>,
    other: &World,
    there: &System<'_>,
    facts: &[Fact],
    room: usize,
) -> Result<(Option<World>, Vec<Finding>), MergeError> {
    let (mut a, mut b) = (OrdersMemory::default(), OrdersMemory::default());
    let (here, there) = (a.check(here).unwrap(), b.check(there).unwrap());
    let sum = |a: usize, b: usize| (a + b).min(room);
    let mut servers = vec![Server::default(); sum(target.servers.len(), other.servers.len())];
    let mut devices = vec![Device::default(); sum(target.devices.len(), other.devices.len())];
    let mut licenses = vec![PoolLicense::default(); sum(target.licenses.len(), other.licenses.len())];
    let mut reach = vec![ServerIndex(0); sum(target.reach.len(), other.reach.len())];
    let mut positions = vec![ServerIndex(0); other.servers.len()];
    let mut slots = vec![Finding::Unreachable; 100.min(room)];
    let mut findings = Findings::new(&mut slots);
    let room = MergeRoom {
        servers: &mut servers,
        devices: &mut devices,
        licenses: &mut licenses,
        reach: &mut reach,
        positions: &mut positions,
    };
    let result = merge(&here, &there, facts, room, &mut findings)?;
    let world = result.map(|system| World {
        servers: leaked(system.servers),
        devices: system.devices.to_vec(),
        licenses: system.licenses.to_vec(),
        reach: system.reach.to_vec(),
    });
    Ok((world, findings.as_slice().to_vec()))
}

/// Rows without anything borrowed: tests give servers names and HWIDs that live for ever.
fn leaked(servers: &[Server<'_>]) -> Vec<Server<'static>> {
    let text = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    servers
        .iter()
        .map(|server| Server {
            name: text(server.name),
            brand: text(server.brand),
            hwids: Box::leak(server.hwids.to_vec().into_boxed_slice()),
            former_hwids: Box::leak(server.former_hwids.to_vec().into_boxed_slice()),
            ..*server
        })
        .collect()
}

/// A System whose ids are its own: those from `first` on.
fn world(random: &mut Random, first: u64) -> World {
    let mut world = World::default();
    let servers = 1 + random.below(3) as u16;
    world.servers.extend((0..servers).map(|number| server(first + u64::from(number))));
    for server in &mut world.servers {
        server.presence =
            *random.pick(&[Presence::Online { since: START }, Presence::Offline { since: START }, Presence::Removed]);
        server.hwids = Box::leak(Box::new([hwid(first + random.next() % 3)]));
    }
    world.servers[0].presence = Presence::Online { since: START };
    for number in 0..random.below(5) {
        world.devices.push(device(first + number as u64, *random.pick(&CLASSES), random.next() as u16 % servers));
        world.reached_by((0..servers).filter(|_| random.once_in(2)));
    }
    for number in 0..random.below(4) {
        let mut row = license(
            first + number as u64,
            *random.pick(&CLASSES),
            1 + random.below(4) as u32,
            random.next() as u16 % servers,
        );
        if random.once_in(4) {
            row.key = key(random.next() % 3);
            row.issued = START.after(random.next() % 2);
            row.digest = random.bytes();
        }
        if random.once_in(5) {
            row.server = None;
            row.hwid = hwid(random.next() % 40);
        }
        world.licenses.push(row);
    }
    world
}

/// Everything that a merge may not lose or change, by ids.
fn substance(world: &World) -> impl PartialEq + core::fmt::Debug + use<> {
    let system = world.system();
    let id = |index: ServerIndex| world.servers[index.position()].id;
    let servers: BTreeMap<_, _> =
        world.servers.iter().map(|server| (server.id, format!("{:?}", server.presence))).collect();
    let devices: BTreeMap<_, _> = world
        .devices
        .iter()
        .map(|device| {
            let reach: BTreeSet<_> = system.reach_of(device).iter().map(|server| id(*server)).collect();
            (device.id, (reach, device.host.map(id), id(device.preferred), format!("{:?}", device.need)))
        })
        .collect();
    let mut licenses: Vec<_> = world
        .licenses
        .iter()
        .map(|license| (license.key, license.issued, license.digest, license.server.map(id), license.channels))
        .collect();
    licenses.sort();
    let outcome = world.allocate(START.after(400));
    let grants: BTreeMap<_, _> =
        world.devices.iter().zip(&outcome.grants).map(|(device, grant)| (device.id, format!("{grant:?}"))).collect();
    (servers, devices, licenses, grants)
}

#[test]
fn the_direction_and_the_grouping_decide_nothing_about_licences() {
    let mut random = Random::announced("the_direction_and_the_grouping_decide_nothing_about_licences");
    for _ in 0..400 {
        let [a, b, c] = [0, 10, 20].map(|first| world(&mut random, first));
        let both = |a: &World, b: &World| merged(a, b, &[]).0.unwrap();
        assert_eq!(substance(&both(&a, &b)), substance(&both(&b, &a)), "{a:#?}{b:#?}");
        assert_eq!(substance(&both(&both(&a, &b), &c)), substance(&both(&a, &both(&b, &c))), "{a:#?}{b:#?}{c:#?}");
    }
}

#[test]
fn rows_of_the_target_keep_their_positions() {
    let mut random = Random::announced("rows_of_the_target_keep_their_positions");
    for _ in 0..100 {
        let [a, b] = [0, 10].map(|first| world(&mut random, first));
        let result = merged(&a, &b, &[]).0.unwrap();
        assert!(a.servers.iter().zip(&result.servers).all(|(before, after)| before.id == after.id));
        assert!(a.devices.iter().zip(&result.devices).all(|(before, after)| before.id == after.id));
        assert!(a.licenses.iter().zip(&result.licenses).all(|(before, after)| before.key == after.key));
    }
}

#[test]
fn settings_are_those_of_the_target() {
    let [mut a, mut b] = [World::default(), World::default()];
    a.servers.push(server(0));
    b.servers.push(server(1));
    a.devices.push(Device { priority: Priority::High, ..device(7, Class::EDGE, 0) });
    a.reached_by([0]);
    b.devices.push(Device { priority: Priority::Low, wanted: false, ..device(7, Class::EDGE, 0) });
    b.reached_by([0]);
    let (result, findings) = merged(&a, &b, &[]);
    let result = result.unwrap();
    assert_eq!(result.devices.len(), 1);
    assert_eq!(result.devices[0].priority, Priority::High);
    assert!(result.devices[0].wanted);
    assert_eq!(result.system().reach_of(&result.devices[0]), [ServerIndex(0), ServerIndex(1)]);
    assert_eq!(findings, [Finding::SharedDevice(a.devices[0].id)]);
    assert_eq!(merged(&b, &a, &[]).0.unwrap().devices[0].priority, Priority::Low);
    let (here, there) = (a.system(), System { name: "depot", ..b.system() });
    assert!(merged_systems(&a, &here, &b, &there, &[], 100).unwrap().0.is_some(), "names may differ");
}

#[test]
fn every_refusal_has_its_name_and_they_come_in_order() {
    let [mut a, mut b] = [World::default(), World::default()];
    a.servers.extend([server(0), server(1)]);
    b.servers.extend([server(1), server(2)]);
    let (here, there) = (a.system(), System { brand: "southgate", protocol: 2, ..b.system() });
    let facts = [Fact::BackupFailed, Fact::NotOwner, Fact::WrongPassword, Fact::Unreachable];
    let (result, findings) = merged_systems(&a, &here, &b, &there, &facts, 100).unwrap();
    assert!(result.is_none());
    assert_eq!(
        findings,
        [
            Finding::Unreachable,
            Finding::WrongPassword,
            Finding::NotOwner,
            Finding::IncompatibleVersion,
            Finding::OtherBrand,
            Finding::DuplicateServer(a.servers[1].id),
            Finding::BackupFailed,
        ]
    );
    assert!(findings.iter().all(|finding| finding.refuses() && finding.next_step().ends_with('.')));
    // One that was removed on either side is no duplicate: the member stays.
    for removed in [&mut a.servers[1], &mut b.servers[0]] {
        removed.presence = Presence::Removed;
    }
    b.servers[0].presence = Presence::Online { since: START };
    let result = merged(&a, &b, &[]).0.unwrap();
    assert_eq!(result.servers.len(), 3);
    assert!(result.servers[1].presence.is_member());
}

#[test]
fn what_has_to_be_known_is_said() {
    let [mut a, mut b] = [World::default(), World::default()];
    a.servers.push(Server { hwids: Box::leak(Box::new([hwid(5)])), ..server(0) });
    b.servers.push(Server { hwids: Box::leak(Box::new([hwid(5)])), ..server(1) });
    a.licenses.extend([license(0, Class::STARTER, 4, 0), license(1, Class::NVR, 4, 0), license(2, Class::EDGE, 4, 0)]);
    b.licenses.extend([license(5, Class::STARTER, 8, 0), license(6, Class::NVR, 2, 0), license(2, Class::EDGE, 4, 0)]);
    let (result, findings) = merged(&a, &b, &[]);
    assert_eq!(
        findings,
        [
            Finding::TwoStarters,
            Finding::TwoNvrs,
            Finding::DuplicateKey(key(2)),
            Finding::DuplicateHwid(a.servers[0].id, b.servers[0].id),
        ]
    );
    assert!(findings.iter().all(|finding| !finding.refuses()));
    let outcome = result.unwrap().allocate(START);
    let counting = outcome.tallies.iter().filter(|tally| tally.status.counts(START)).count();
    assert_eq!((outcome.tallies.len(), counting), (6, 3), "those that lose are kept, not counted");
}

#[test]
fn a_licence_that_nobody_could_explain_finds_its_server() {
    let [mut a, mut b] = [World::default(), World::default()];
    a.servers.push(server(0));
    a.licenses.push(PoolLicense { server: None, hwid: hwid(9), ..license(0, Class::EDGE, 1, 0) });
    b.servers.push(Server { hwids: Box::leak(Box::new([hwid(9)])), ..server(1) });
    assert_eq!(a.allocate(START).tallies[0].status, Status::NeverSeen);
    let result = merged(&a, &b, &[]).0.unwrap();
    assert_eq!(result.licenses[0].server, Some(ServerIndex(1)));
    assert_eq!(result.allocate(START).tallies[0].status, Status::Verdict(Reason::Valid));
}

#[test]
fn too_little_room_is_said_and_nothing_else() {
    let mut random = Random::new(3);
    let [mut a, mut b] = [0, 10].map(|first| world(&mut random, first));
    for (world, first) in [(&mut a, 50), (&mut b, 60)] {
        world.devices.push(device(first, Class::EDGE, 0));
        world.reached_by([0]);
        world.licenses.push(license(first, Class::EDGE, 1, 0));
    }
    let (here, there) = (a.system(), b.system());
    let needed = a.devices.len() + b.devices.len() + a.reach.len() + b.reach.len() + 20;
    let mut fits = false;
    for room in 0..needed {
        match merged_systems(&a, &here, &b, &there, &[], room) {
            Ok((result, _)) => fits = result.is_some(),
            Err(error) => assert!(!fits && error.to_string().contains("room"), "{error}"),
        }
    }
    assert!(fits);
    let findings = merged_systems(&a, &here, &b, &there, &[Fact::NotOwner], 0).unwrap_err();
    assert_eq!(findings, MergeError::NoRoomForFindings);
}
