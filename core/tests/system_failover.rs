//! Each rule of failover by itself. That plans are the best there are is tested in `tests/`,
//! against oracles.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

use hwlicense::license::Class;
use hwlicense::system::failover::{
    Competitor, Load, Obstacle, Pair, Part, Placement, PlanError, Quality, RETURN_AFTER_S, Sizes, Summary, Tally,
    Workspace, plan,
};
use hwlicense::system::{
    Channel, Device, DeviceId, Event, Failover, Grant, Need, Orders, Policy, Presence, Priority, Reach, Scope, Server,
    ServerId, ServerIndex, System,
};
use hwlicense::time::UnixSeconds;

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const OFFLINE: Presence = Presence::Offline { since: NOW };

fn server(id: u8, devices_max: u32) -> Server<'static> {
    Server {
        id: ServerId([id; 16]),
        name: "",
        brand: "northgate",
        hwids: &[],
        former_hwids: &[],
        hardware_changed: None,
        presence: Presence::Online { since: UnixSeconds(1) },
        failover: Failover { enabled: true, devices_max },
        location: 0,
    }
}

/// A device of the first server, which records it, that all servers reach.
fn device(id: u8) -> Device {
    Device {
        id: DeviceId([id; 16]),
        need: Need::one(Class::PROFESSIONAL),
        wanted: true,
        channel: Channel::None,
        priority: Priority::Medium,
        host: Some(ServerIndex(0)),
        preferred: ServerIndex(0),
        reach: Reach { first: 0, count: 4 },
    }
}

/// Four servers at most: each device is reached by a stretch of these.
const REACH: [ServerIndex; 4] = [ServerIndex(0), ServerIndex(1), ServerIndex(2), ServerIndex(3)];

struct Site {
    servers: Vec<Server<'static>>,
    devices: Vec<Device>,
    grants: Vec<Grant>,
    scope: Scope,
}

impl Site {
    /// Four servers that record so many, and devices.
    fn new(devices_max: [u32; 4], devices: &[Device]) -> Self {
        let servers = (1..).zip(devices_max).map(|(id, most)| server(id, most)).collect();
        let grants = vec![Grant::Licensed(Class::PROFESSIONAL); devices.len()];
        Self { servers, devices: devices.to_vec(), grants, scope: Scope::Anywhere }
    }

    fn try_plan(
        &self,
        event: Option<Event>,
        shorten: impl Fn(Part, usize) -> usize,
    ) -> (Result<Summary, PlanError>, Vec<Placement>) {
        let system = System {
            name: "",
            brand: "northgate",
            protocol: 1,
            policy: Policy::KeepRecording,
            scope: self.scope,
            servers: &self.servers,
            devices: &self.devices,
            licenses: &[],
            reach: &REACH,
        };
        let orders = Orders {
            servers: &mut [0; 4],
            devices_by_id: &mut vec![0; self.devices.len()],
            devices_by_rank: &mut vec![0; self.devices.len()],
            licenses: &mut [],
        };
        let checked = system.check(orders).unwrap();
        let sizes = Sizes::of(&checked).unwrap();
        let workspace = Workspace {
            competitors: &mut vec![Competitor::default(); shorten(Part::Competitors, sizes.competitors)],
            candidates: &mut vec![0; shorten(Part::Candidates, sizes.candidates)],
            witnesses: &mut vec![0; shorten(Part::Witnesses, sizes.witnesses)],
            loads: &mut vec![Load::default(); shorten(Part::Loads, sizes.loads)],
            pairs: &mut vec![Pair::default(); shorten(Part::Pairs, sizes.pairs)],
            bits: &mut vec![0; shorten(Part::Bits, sizes.bits)],
        };
        let mut placements = vec![Placement::Idle; shorten(Part::Placements, self.devices.len())];
        let result = plan(&checked, NOW, event, &self.grants, workspace, &mut placements);
        (result, placements)
    }

    fn plan(&self) -> (Summary, Vec<Placement>) {
        let (summary, placements) = self.try_plan(None, |_, needed| needed);
        (summary.unwrap(), placements)
    }

    fn placements(&self) -> Vec<Placement> {
        self.plan().1
    }
}

const fn on(server: u16) -> Placement {
    Placement::Hosted(ServerIndex(server))
}

#[test]
fn a_healthy_home_keeps_its_devices_even_beyond_its_limit() {
    let site = Site::new([1, 9, 9, 9], &[device(1), device(2), device(3)]);
    assert_eq!(site.placements(), [on(0); 3]);
}

#[test]
fn devices_of_a_failed_server_are_spread_evenly() {
    let mut site = Site::new([9, 9, 9, 9], &[device(1), device(2), device(3), device(4), device(5), device(6)]);
    site.servers[0].presence = OFFLINE;
    let (summary, placements) = site.plan();
    let count = |server| placements.iter().filter(|placement| **placement == on(server)).count();
    assert_eq!([1, 2, 3].map(count), [2; 3]);
    assert_eq!((summary.starts, summary.moves, summary.stops, summary.squares), (6, 0, 0, 12));
    assert_eq!(summary.quality, Quality::Least);
}

#[test]
fn a_device_goes_back_after_a_minute_and_stays_until_then() {
    let mut site = Site::new([9; 4], &[Device { host: Some(ServerIndex(2)), ..device(1) }]);
    site.servers[0].presence = Presence::Online { since: UnixSeconds(NOW.0 - RETURN_AFTER_S + 1) };
    assert_eq!(site.placements(), [on(2)]);
    site.servers[0].presence = Presence::Online { since: UnixSeconds(NOW.0 - RETURN_AFTER_S) };
    let (summary, placements) = site.plan();
    assert_eq!((placements[0], summary.moves), (on(0), 1));
}

#[test]
fn a_device_that_nobody_records_goes_home_at_once() {
    let mut site = Site::new([9; 4], &[Device { host: Some(ServerIndex(2)), ..device(1) }]);
    site.servers[0].presence = Presence::Online { since: NOW };
    site.servers[2].presence = OFFLINE;
    assert_eq!(site.placements(), [on(0)]);
    site.devices[0].host = None;
    site.servers[2].presence = site.servers[1].presence;
    assert_eq!(site.placements(), [on(0)]);
}

#[test]
fn never_is_at_home_or_without() {
    let never = Device { priority: Priority::Never, host: Some(ServerIndex(1)), ..device(1) };
    let mut site = Site::new([9; 4], &[never]);
    site.servers[0].presence = Presence::Online { since: NOW };
    assert_eq!(site.placements(), [on(0)]);
    site.servers[0].presence = OFFLINE;
    let (summary, placements) = site.plan();
    assert_eq!(placements, [Placement::Without(Obstacle::Never)]);
    assert_eq!((summary.never, summary.stops), (Tally { wanted: 1, hosted: 0 }, 1));
}

#[test]
fn a_home_that_does_not_reach_its_device_is_none() {
    let device = Device { reach: Reach { first: 1, count: 3 }, ..device(1) };
    let site = Site::new([9, 0, 0, 9], &[device]);
    assert_eq!(site.placements(), [on(3)]);
}

#[test]
fn only_servers_that_take_over_others_do_but_for_their_own() {
    let mut site = Site::new([9; 4], &[device(1)]);
    site.servers[0].presence = OFFLINE;
    for server in &mut site.servers[1..] {
        server.failover.enabled = false;
    }
    assert_eq!(site.placements(), [Placement::Without(Obstacle::Disabled)]);
    // Its own server is back, not for long, and the one that recorded it has no room any more.
    site.servers[0].presence = Presence::Online { since: NOW };
    site.servers[0].failover.enabled = false;
    site.servers[1].failover = Failover { enabled: true, devices_max: 0 };
    site.devices[0].host = Some(ServerIndex(1));
    assert_eq!(site.placements(), [on(0)]);
}

#[test]
fn the_same_location_is_that_of_the_own_server() {
    let mut site = Site::new([9; 4], &[device(1)]);
    site.servers[0].presence = OFFLINE;
    for (location, server) in (0..).zip(&mut site.servers) {
        server.location = location % 3;
    }
    assert_ne!(site.placements(), [on(3)]);
    site.scope = Scope::SameLocation;
    assert_eq!(site.placements(), [on(3)]);
    site.servers[3].presence = OFFLINE;
    assert_eq!(site.placements(), [Placement::Without(Obstacle::OtherLocation)]);
}

#[test]
fn every_other_obstacle_has_its_name() {
    let mut site = Site::new([9, 0, 0, 0], &[device(1), Device { reach: Reach { first: 0, count: 0 }, ..device(2) }]);
    site.servers[0].presence = Presence::Removed;
    assert_eq!(site.placements(), [Placement::Without(Obstacle::Full), Placement::Without(Obstacle::Unreached)]);
    site.servers[1].presence = OFFLINE;
    site.devices[0].reach.count = 2;
    assert_eq!(site.placements()[0], Placement::Without(Obstacle::Offline));
}

#[test]
fn an_event_is_planned_for() {
    let site = Site::new([9, 1, 0, 0], &[device(1)]);
    for event in [Event::Fail(ServerIndex(0)), Event::Detach(ServerIndex(0))] {
        let (summary, placements) = site.try_plan(Some(event), |_, needed| needed);
        assert_eq!((placements[0], summary.unwrap().starts), (on(1), 1));
    }
    let (_, placements) = site.try_plan(Some(Event::Fail(ServerIndex(1))), |_, needed| needed);
    assert_eq!(placements[0], on(0));
}

#[test]
fn the_higher_priority_displaces_and_an_equal_does_not() {
    let recorded = Device { host: Some(ServerIndex(1)), ..device(9) };
    let mut site = Site::new([9, 1, 0, 0], &[recorded, device(1)]);
    site.servers[0].presence = OFFLINE;
    let (summary, placements) = site.plan();
    assert_eq!(placements, [on(1), Placement::Without(Obstacle::Full)]);
    assert_eq!(summary.medium, Tally { wanted: 2, hosted: 1 });
    site.devices[1].priority = Priority::High;
    let (summary, placements) = site.plan();
    assert_eq!(placements, [Placement::Without(Obstacle::Full), on(1)]);
    assert_eq!((summary.high.without(), summary.of(Priority::Medium).without()), (0, 1));
    assert_eq!((summary.starts, summary.stops, summary.moves), (1, 1, 0));
}

#[test]
fn ids_decide_among_equals() {
    let mut site = Site::new([9, 1, 1, 0], &[device(3), device(1), device(2)]);
    site.servers[0].presence = OFFLINE;
    let placements = site.placements();
    assert_eq!(placements[0], Placement::Without(Obstacle::Full));
    assert!(placements[1].server().is_some() && placements[2].server().is_some());
}

#[test]
fn devices_at_home_take_room_and_those_that_are_not_recorded_do_not() {
    let other = Device { host: Some(ServerIndex(1)), preferred: ServerIndex(1), ..device(2) };
    let mut site = Site::new([9, 1, 0, 0], &[device(1), other, Device { wanted: false, ..device(3) }, device(4)]);
    site.servers[0].presence = OFFLINE;
    site.grants[3] = Grant::Without(Class::PROFESSIONAL);
    let full = Placement::Without(Obstacle::Full);
    assert_eq!(site.placements(), [full, on(1), Placement::Idle, Placement::Unlicensed]);
    site.servers[1].failover.devices_max = 2;
    let (summary, placements) = site.plan();
    assert_eq!(placements, [on(1), on(1), Placement::Idle, Placement::Unlicensed]);
    assert_eq!((summary.unlicensed, summary.medium.wanted), (1, 2));
}

#[test]
fn room_far_away_is_found() {
    // Each server but the last is full, and each device could go only one further.
    let chain = |id: u8, at: u16| Device {
        host: Some(ServerIndex(at)),
        preferred: ServerIndex(0),
        reach: Reach { first: at.into(), count: 2 },
        ..device(id)
    };
    let starting = Device { host: None, reach: Reach { first: 1, count: 1 }, ..device(9) };
    let mut site = Site::new([9, 1, 1, 1], &[chain(1, 1), chain(2, 2), starting]);
    site.servers[0].presence = OFFLINE;
    let (summary, placements) = site.plan();
    assert_eq!(placements, [on(2), on(3), on(1)]);
    assert_eq!((summary.moves, summary.starts), (2, 1));
}

#[test]
fn memory_that_is_too_short_is_named_and_nothing_is_written() {
    let site = Site::new([9; 4], &[device(1), device(2)]);
    let needed = [
        (Part::Competitors, 2),
        (Part::Candidates, 8),
        (Part::Witnesses, 8),
        (Part::Loads, 4),
        (Part::Pairs, 16),
        (Part::Bits, 5),
        (Part::Placements, 2),
    ];
    for (part, needed) in needed {
        let (result, placements) = site.try_plan(None, |name, count| if name == part { count - 1 } else { count });
        assert_eq!(result, Err(PlanError::TooShort { part, needed }));
        assert!(placements.iter().all(|placement| *placement == Placement::Idle));
    }
}

#[test]
fn grants_of_another_system_are_refused() {
    let mut site = Site::new([9; 4], &[device(1)]);
    site.grants.clear();
    let (result, placements) = site.try_plan(None, |_, needed| needed);
    assert_eq!((result, placements[0]), (Err(PlanError::GrantsDiffer), Placement::Idle));
}

#[test]
fn a_small_system_fits_into_a_camera() {
    let sizes = Sizes::for_counts(8, 64, 64 * 8);
    assert_eq!(sizes.bytes(), 64 * 20 + 64 * 8 * 6 + 8 * 32 + 64 * 8 + 9 * 4);
    assert!(sizes.bytes() < 6 * 1024);
}

#[test]
fn the_memory_is_within_what_was_asked_for() {
    for (servers, devices) in [(8, 64), (100, 10_000), (1_000, 1_000_000)] {
        let sizes = Sizes::for_counts(servers, devices, devices * 8);
        assert!(sizes.bytes() + devices * 8 <= devices * 96 + servers * servers * 8);
    }
}

#[test]
fn obstacles_are_numbered_and_explained() {
    for (number, obstacle) in (1..).zip(Obstacle::ALL) {
        assert_eq!(obstacle.number(), number);
        assert!(obstacle.message().ends_with('.') && obstacle.next_step().ends_with('.'));
    }
}
