//! What a licence is worth in a System: each answer, when it begins and ends, and which of two wins.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeSet;

use hwlicense::hwid::Component;
use hwlicense::license::{Class, Reason};
use hwlicense::system::{
    Event, Grant, OFFLINE_AFTER_S, Presence, Problem, Reach, Replaceable, ServerIndex, Status, Tally, View, outlook,
    statuses,
};
use hwlicense::time::{DAY_S, UnixSeconds};
use hwlicense_tests::world::{START, World, device, hwid, license, server};

const DAY: u64 = 86_400;

fn world() -> World {
    let mut world = World::default();
    world.servers.extend([server(0), server(1)]);
    world.licenses.push(license(0, Class::PROFESSIONAL, 2, 0));
    world.devices.extend([device(0, Class::PROFESSIONAL, 0), device(1, Class::PROFESSIONAL, 1)]);
    world
}

fn status(world: &World, now: UnixSeconds) -> Status {
    world.allocate(now).tallies[0].status
}

#[test]
fn four_answers_where_one_would_hide_the_cause() {
    let mut world = world();
    assert_eq!(status(&world, START), Status::Verdict(Reason::Valid));

    world.licenses[0].server = None;
    assert_eq!(status(&world, START), Status::NeverSeen);
    world.licenses[0].server = Some(ServerIndex(0));

    world.servers[0].presence = Presence::Removed;
    assert_eq!(status(&world, START), Status::ServerRemoved);

    world.servers[0].presence = Presence::Offline { since: START };
    let until = START.after(OFFLINE_AFTER_S + 30 * DAY);
    assert_eq!(status(&world, START.after(OFFLINE_AFTER_S - 1)), Status::Verdict(Reason::Valid), "not yet on grace");
    assert_eq!(status(&world, START.after(OFFLINE_AFTER_S)), Status::ServerOffline { counts_until: until });
    assert!(status(&world, UnixSeconds(until.0 - 1)).counts(UnixSeconds(until.0 - 1)));
    assert!(!status(&world, until).counts(until));

    world.servers[0].presence = Presence::Online { since: START };
    world.servers[0].hardware_changed = Some(START);
    world.licenses[0].reason = Reason::OtherHardware;
    assert_eq!(status(&world, START), Status::HardwareChanged { counts_until: START });
    assert!(!status(&world, START).counts(START), "no grace unless the terms say so");
    world.licenses[0].grace_changed_s = DAY_S;
    assert_eq!(status(&world, START), Status::HardwareChanged { counts_until: START.after(DAY) });
    assert!(status(&world, START).counts(START.after(DAY - 1)));

    // Both at once: whichever ends first.
    world.servers[0].presence = Presence::Offline { since: START };
    assert_eq!(status(&world, START.after(400)), Status::HardwareChanged { counts_until: START.after(DAY) });
    world.licenses[0].grace_changed_s = 90 * DAY_S;
    assert_eq!(status(&world, START.after(400)), Status::HardwareChanged { counts_until: until });
}

#[test]
fn what_the_licence_says_by_itself_comes_first() {
    for reason in Reason::ALL.iter().filter(|reason| !reason.is_accepting()) {
        let mut world = world();
        world.licenses[0].reason = *reason;
        world.servers[0].presence = Presence::Removed;
        let expected = match reason {
            Reason::OtherHardware | Reason::NotYetValid => Status::ServerRemoved,
            other => Status::Verdict(*other),
        };
        assert_eq!(status(&world, START), expected);
    }
}

#[test]
fn time_goes_on_for_a_server_that_is_not_heard() {
    let mut world = world();
    world.servers[0].presence = Presence::Offline { since: START };
    world.licenses[0].expires = Some(START.after(20 * DAY));
    let later = |days: u64| START.after(days * DAY);
    assert!(matches!(status(&world, later(10)), Status::ServerOffline { .. }));
    assert_eq!(status(&world, later(20)), Status::Verdict(Reason::Expired));
    world.servers[0].presence = Presence::Online { since: START };
    assert_eq!(status(&world, later(4)), Status::Verdict(Reason::Valid));
    assert_eq!(status(&world, later(5)), Status::Verdict(Reason::ExpiresSoon));
    world.licenses[0].not_before = later(3);
    assert_eq!(status(&world, later(2)), Status::Verdict(Reason::NotYetValid));
    world.licenses[0].reason = Reason::NotYetValid;
    assert_eq!(status(&world, later(3)), Status::Verdict(Reason::Valid), "its time has come since it was judged");
}

#[test]
fn numbers_and_names_are_unique_and_each_has_a_next_step() {
    let at = UnixSeconds(0);
    let here = [
        Status::NeverSeen,
        Status::ServerRemoved,
        Status::HardwareChanged { counts_until: at },
        Status::ServerOffline { counts_until: at },
        Status::Duplicate,
        Status::OnePerSystem,
    ];
    let all = || Reason::ALL.iter().map(|reason| Status::Verdict(*reason)).chain(here);
    assert_eq!(all().map(Status::number).collect::<BTreeSet<_>>().len(), all().count());
    assert_eq!(all().map(Status::code).collect::<BTreeSet<_>>().len(), all().count());
    assert!(all().all(|status| status.message().ends_with('.') && status.next_step().len() > 10));
}

/// The outlook on an event, with the names of those that lose.
fn look(world: &World, now: UnixSeconds, event: Event) -> (hwlicense::system::Outlook, Vec<Grant>) {
    let licenses = || vec![Tally::default(); world.licenses.len()];
    let devices = || vec![Grant::default(); world.devices.len()];
    let (mut tallies, mut grants, mut tallies_then, mut grants_then) = (licenses(), devices(), licenses(), devices());
    let mut before = View { tallies: &mut tallies, grants: &mut grants };
    let mut after = View { tallies: &mut tallies_then, grants: &mut grants_then };
    let seen = world.checked(|checked| outlook(checked, now, event, &mut before, &mut after)).unwrap().unwrap();
    (seen, grants_then)
}

#[test]
fn an_outlook_says_what_would_be_lost() {
    let mut world = world();
    let outcome = world.allocate(START);
    world.settle(&outcome);
    let (seen, grants) = look(&world, START, Event::Detach(ServerIndex(0)));
    assert_eq!((seen.licenses_lost, seen.devices_lost, seen.devices_gained), (1, 2, 0));
    assert!(grants.iter().all(|grant| matches!(grant, Grant::Without(Class::PROFESSIONAL))));

    let (seen, _) = look(&world, START, Event::Fail(ServerIndex(0)));
    assert_eq!((seen.licenses_lost, seen.devices_lost), (0, 0), "grace has not even begun");
    let (seen, _) = look(&world, START, Event::Detach(ServerIndex(1)));
    assert_eq!((seen.licenses_lost, seen.devices_lost), (0, 0));

    let nic = Event::Replace(ServerIndex(0), Component::Nic);
    assert_eq!(look(&world, START, nic).0.licenses_lost, 1, "a strict licence goes with the NIC");
    world.licenses[0].tolerates = Replaceable(1 << Component::Nic.number());
    assert_eq!(look(&world, START, nic).0.licenses_lost, 0);
    assert_eq!(look(&world, START, Event::Replace(ServerIndex(0), Component::Board)).0.licenses_lost, 1);
    world.licenses[0].grace_changed_s = DAY_S;
    let (seen, _) = look(&world, START, Event::Replace(ServerIndex(0), Component::Board));
    assert_eq!((seen.licenses_lost, seen.licenses_on_grace, seen.devices_lost), (0, 1, 0));
}

#[test]
fn a_hwid_finds_the_server_that_has_it_before_one_that_had_it() {
    let (now, then): ([_; 1], [_; 1]) = ([hwid(5)], [hwid(6)]);
    let mut world = world();
    world.servers[0].hwids = Box::leak(Box::new(now));
    world.servers[0].former_hwids = Box::leak(Box::new(then));
    world.servers[1].hwids = Box::leak(Box::new(then));
    let system = world.system();
    assert_eq!(system.server_of(&hwid(5)), Some(ServerIndex(0)));
    assert_eq!(system.server_of(&hwid(6)), Some(ServerIndex(1)));
    assert_eq!(system.server_of(&hwid(7)), None);
    world.servers[1].presence = Presence::Removed;
    assert_eq!(world.system().server_of(&hwid(6)), Some(ServerIndex(0)), "a member that had it, before one removed");
}

#[test]
fn rows_that_do_not_hold_together_are_refused_with_their_place() {
    let refused = |change: fn(&mut World)| {
        let mut world = world();
        change(&mut world);
        let error = world.checked(|_| ()).unwrap_err();
        (error.problem, error.index)
    };
    assert_eq!(refused(|world| world.servers.clear()), (Problem::NoServers, 0));
    assert_eq!(
        refused(|world| world.servers.iter_mut().for_each(|server| server.presence = Presence::Removed)),
        (Problem::NoServers, 0)
    );
    assert_eq!(refused(|world| world.servers.push(server(1))), (Problem::DuplicateServer, 2));
    assert_eq!(refused(|world| world.devices.push(device(0, Class::EDGE, 0))), (Problem::DuplicateDevice, 2));
    assert_eq!(refused(|world| world.devices[1].host = Some(ServerIndex(2))), (Problem::UnknownHost, 1));
    assert_eq!(refused(|world| world.devices[1].preferred = ServerIndex(9)), (Problem::UnknownPreferred, 1));
    assert_eq!(refused(|world| world.reached_by([0, 7])), (Problem::UnknownReach, 1));
    let outside = |world: &mut World| world.devices[0].reach = Reach { first: u32::MAX, count: 3 };
    assert_eq!(refused(outside), (Problem::UnknownReach, 0));
    assert_eq!(refused(|world| world.licenses[0].server = Some(ServerIndex(2))), (Problem::UnknownTie, 0));
    assert_eq!(refused(|world| world.devices[1].need.channels = 0), (Problem::NoChannels, 1));
    assert_eq!(refused(|world| world.licenses[0].held = 3), (Problem::HeldTooMany, 0));
    let many = |world: &mut World| world.licenses.extend([license(1, Class::EDGE, u32::MAX / 2, 0)]);
    assert_eq!(refused(many), (Problem::CountOverflow, 1));
}

#[test]
fn more_rows_than_the_memory_lent_are_refused() {
    use hwlicense::system::{ModelError, Orders};
    let world = world();
    for (servers, devices, by_rank, licenses, problem, index) in [
        (1, 2, 2, 1, Problem::TooManyServers, 1),
        (2, 1, 2, 1, Problem::TooManyDevices, 1),
        (2, 2, 1, 1, Problem::TooManyDevices, 1),
        (2, 2, 2, 0, Problem::TooManyLicenses, 0),
    ] {
        let orders = Orders {
            servers: &mut vec![0; servers],
            devices_by_id: &mut vec![0; devices],
            devices_by_rank: &mut vec![0; by_rank],
            licenses: &mut vec![0; licenses],
        };
        assert_eq!(world.system().check(orders).err(), Some(ModelError { problem, index }));
    }
}

#[test]
fn statuses_alone_are_those_of_the_allocation() {
    let mut world = world();
    world.servers[0].presence = Presence::Offline { since: START };
    let mut tallies = [Tally::default()];
    world.checked(|checked| statuses(checked, START.after(500), None, &mut tallies)).unwrap().unwrap();
    assert_eq!(tallies[0].status, status(&world, START.after(500)));
}

#[test]
fn the_digest_knows_every_field_and_no_order() {
    let base = world();
    let digest = |world: &World| world.checked(|checked| checked.digest()).unwrap();
    let mut seen = BTreeSet::from([digest(&base)]);
    let changes: [fn(&mut World); 20] = [
        |world| world.servers[0].name = "one",
        |world| world.servers[0].brand = "other",
        |world| world.servers[0].hwids = Box::leak(Box::new([hwid(1)])),
        |world| world.servers[0].former_hwids = Box::leak(Box::new([hwid(1)])),
        |world| world.servers[0].hardware_changed = Some(START),
        |world| world.servers[0].presence = Presence::Offline { since: START },
        |world| world.servers[0].failover.enabled = false,
        |world| world.servers[0].failover.devices_max = 3,
        |world| world.servers[0].location = 3,
        |world| world.devices[0].need.class = Class::EDGE,
        |world| world.devices[0].need.channels = 2,
        |world| world.devices[0].wanted = false,
        |world| world.devices[0].channel = hwlicense::system::Channel::Local,
        |world| world.devices[0].priority = hwlicense::system::Priority::High,
        |world| world.devices[0].host = None,
        |world| world.devices[0].preferred = ServerIndex(1),
        |world| world.reached_by([0]),
        |world| world.reached_by([1]),
        |world| world.licenses[0].channels = 1,
        |world| world.licenses[0].held = 1,
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut changed = base.clone();
        change(&mut changed);
        assert!(seen.insert(digest(&changed)), "change {number} is not seen");
    }
    // More servers than are put in order one by one; the order of the stretch means nothing.
    let mut many = base;
    many.servers.extend((2..40).map(server));
    let [mut up, mut down] = [many.clone(), many];
    up.reached_by(0..40);
    down.reached_by((0..40).rev());
    assert_eq!(digest(&up), digest(&down));
    let [mut up, mut down] = [up, down];
    up.reached_by(0..9);
    down.reached_by((0..9).rev());
    assert_eq!(digest(&up), digest(&down));
}
