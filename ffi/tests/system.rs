//! Systems across the border: C rows give the same outcome as the core's own, in exactly the
//! workspace that is asked for, and what is wrong with them is named with its place.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]

mod support;

use core::ffi::c_void;
use core::ptr::null_mut;

use hwlicense::license::{Class, Reason};
use hwlicense::system::failover::{Competitor, Load, Obstacle, Pair, Placement, Sizes, Summary, Workspace, plan};
use hwlicense::system::{
    Channel, Device, Event, Failover, Grant, Need, PoolLicense, Presence, Priority, Problem, Server, ServerIndex,
    Tally, allocate,
};
use hwlicense::time::UnixSeconds;
use hwlicense_ffi::status::*;
use hwlicense_ffi::system::allocate::{hwl_system_allocate, hwl_system_switch_on};
use hwlicense_ffi::system::outcome::*;
use hwlicense_ffi::system::plan::hwl_system_plan;
use hwlicense_ffi::system::room::hwl_system_workspace_size;
use hwlicense_ffi::system::rows::*;
use hwlicense_tests::random::Random;
use hwlicense_tests::world::{CLASSES, START, World, device, license, server};
use support::{size, zeroed};

fn count<T>(rows: &[T]) -> u32 {
    u32::try_from(rows.len()).unwrap()
}

fn server_row(from: &Server<'_>) -> hwl_server {
    let (presence, since) = match from.presence {
        Presence::Online { since } => (HWL_PRESENCE_ONLINE, since),
        Presence::Offline { since } => (HWL_PRESENCE_OFFLINE, since),
        Presence::Removed => (HWL_PRESENCE_REMOVED, UnixSeconds(0)),
    };
    hwl_server {
        id: from.id.0,
        since_unix_s: since.0,
        hardware_changed_unix_s: from.hardware_changed.unwrap_or_default().0,
        presence,
        takes_over: from.failover.enabled.into(),
        devices_max: from.failover.devices_max,
        location: from.location,
        reserved: 0,
    }
}

fn device_row(from: &Device) -> hwl_device {
    hwl_device {
        id: from.id.0,
        class_number: from.need.class.0,
        channels: from.need.channels,
        host: from.host.map_or(HWL_NO_SERVER, |host| host.0),
        preferred: from.preferred.0,
        reach_first: from.reach.first,
        reach_count: from.reach.count,
        wanted: from.wanted.into(),
        channel: channel_number(from.channel),
        priority: match from.priority {
            Priority::High => HWL_PRIORITY_HIGH,
            Priority::Medium => HWL_PRIORITY_MEDIUM,
            Priority::Low => HWL_PRIORITY_LOW,
            Priority::Never => HWL_PRIORITY_NEVER,
        },
        reserved: [0; 3],
    }
}

fn channel_number(channel: Channel) -> u8 {
    match channel {
        Channel::None => HWL_CHANNEL_NONE,
        Channel::Local => HWL_CHANNEL_LOCAL,
        Channel::Agreed => HWL_CHANNEL_AGREED,
    }
}

fn license_row(from: &PoolLicense) -> hwl_pool_license {
    let mut key = [0; 20];
    key[..19].copy_from_slice(from.key.to_string().as_bytes());
    hwl_pool_license {
        issued_unix_s: from.issued.0,
        not_before_unix_s: from.not_before.0,
        expires_unix_s: from.expires.unwrap_or_default().0,
        channels: from.channels,
        held: from.held,
        grace_offline_s: from.grace_offline_s,
        grace_changed_s: from.grace_changed_s,
        digest: from.digest,
        key,
        class_number: from.class.0,
        server: from.server.map_or(HWL_NO_SERVER, |server| server.0),
        reason: from.reason.number().into(),
        tolerates: from.tolerates.0.into(),
    }
}

/// A System as a C program has it.
struct Rows {
    servers: Vec<hwl_server>,
    devices: Vec<hwl_device>,
    licenses: Vec<hwl_pool_license>,
    reach: Vec<u16>,
    tallies: Vec<hwl_tally>,
    grants: Vec<hwl_grant>,
    balances: Vec<hwl_balance>,
    placements: Vec<hwl_placement>,
    moment: hwl_moment,
    fault: hwl_fault,
    allocation: hwl_allocation,
    plan: hwl_plan,
    shortage: hwl_shortage,
    workspace: Vec<u64>,
    workspace_size: usize,
}

impl Rows {
    fn new(world: &World, now: UnixSeconds) -> Self {
        let reached: u32 = world.devices.iter().map(|device| u32::from(device.reach.count)).sum();
        let (servers, devices, licenses) = (count(&world.servers), count(&world.devices), count(&world.licenses));
        let workspace_size = hwl_system_workspace_size(servers, devices, licenses, reached);
        Self {
            servers: world.servers.iter().map(server_row).collect(),
            devices: world.devices.iter().map(device_row).collect(),
            licenses: world.licenses.iter().map(license_row).collect(),
            reach: world.reach.iter().map(|server| server.0).collect(),
            tallies: vec![zeroed(); world.licenses.len()],
            grants: vec![zeroed(); world.devices.len()],
            balances: vec![zeroed(); 26],
            placements: vec![zeroed(); world.devices.len()],
            moment: hwl_moment { struct_size: size::<hwl_moment>(), now_unix_s: now.0, ..zeroed() },
            fault: hwl_fault { struct_size: size::<hwl_fault>(), ..zeroed() },
            allocation: zeroed(),
            plan: zeroed(),
            shortage: hwl_shortage { struct_size: size::<hwl_shortage>(), ..zeroed() },
            workspace: vec![0x5555_5555_5555_5555; workspace_size.div_ceil(8)],
            workspace_size,
        }
    }

    fn system(&self) -> hwl_system {
        hwl_system {
            struct_size: size::<hwl_system>(),
            scope: HWL_SCOPE_ANYWHERE,
            server_count: count(&self.servers),
            server_size: size::<hwl_server>(),
            device_count: count(&self.devices),
            device_size: size::<hwl_device>(),
            license_count: count(&self.licenses),
            license_size: size::<hwl_pool_license>(),
            reach_count: count(&self.reach),
            reserved: 0,
            servers: self.servers.as_ptr(),
            devices: self.devices.as_ptr(),
            licenses: self.licenses.as_ptr(),
            reach: self.reach.as_ptr(),
        }
    }

    fn set_event(&mut self, event: Option<Event>) {
        let (number, server, component) = match event {
            None => (HWL_EVENT_NONE, 0, 0),
            Some(Event::Detach(server)) => (HWL_EVENT_DETACH, server.0, 0),
            Some(Event::Fail(server)) => (HWL_EVENT_FAIL, server.0, 0),
            Some(Event::Replace(server, component)) => (HWL_EVENT_REPLACE, server.0, component.number()),
            Some(_) => unreachable!("no other event"),
        };
        self.moment.event = number;
        self.moment.event_server = server.into();
        self.moment.event_component = component.into();
    }

    fn workspace(&mut self) -> *mut c_void {
        self.workspace.as_mut_ptr().cast()
    }

    fn allocate_over(&mut self, system: &hwl_system) -> i32 {
        self.allocation = hwl_allocation {
            struct_size: size::<hwl_allocation>(),
            tally_size: size::<hwl_tally>(),
            grant_size: size::<hwl_grant>(),
            balance_size: size::<hwl_balance>(),
            tallies: self.tallies.as_mut_ptr(),
            grants: self.grants.as_mut_ptr(),
            balances: self.balances.as_mut_ptr(),
            ..zeroed()
        };
        let (workspace, workspace_size) = (self.workspace(), self.workspace_size);
        let (allocation, fault) = (&raw mut self.allocation, &raw mut self.fault);
        // SAFETY: all memory is alive, as long as is said, and apart.
        unsafe { hwl_system_allocate(system, &raw const self.moment, workspace, workspace_size, allocation, fault) }
    }

    fn allocate(&mut self) -> i32 {
        let system = self.system();
        self.allocate_over(&system)
    }

    fn plan(&mut self) -> i32 {
        let system = self.system();
        self.plan = hwl_plan {
            struct_size: size::<hwl_plan>(),
            grant_size: size::<hwl_grant>(),
            placement_size: size::<hwl_placement>(),
            grants: self.grants.as_ptr(),
            placements: self.placements.as_mut_ptr(),
            ..zeroed()
        };
        let (workspace, workspace_size) = (self.workspace(), self.workspace_size);
        let (out, fault) = (&raw mut self.plan, &raw mut self.fault);
        // SAFETY: all memory is alive, as long as is said, and apart.
        unsafe { hwl_system_plan(&raw const system, &raw const self.moment, workspace, workspace_size, out, fault) }
    }

    fn switch_on(&mut self, device: u32) -> i32 {
        let system = self.system();
        let (workspace, workspace_size) = (self.workspace(), self.workspace_size);
        let (out, fault) = (&raw mut self.shortage, &raw mut self.fault);
        let moment = &raw const self.moment;
        // SAFETY: all memory is alive, as long as is said, and apart.
        unsafe { hwl_system_switch_on(&raw const system, moment, device, workspace, workspace_size, out, fault) }
    }
}

/// A System of a few servers, some of them away, with devices that they reach.
fn world(random: &mut Random) -> World {
    let mut world = World::default();
    let servers = 1 + random.below(9);
    for number in 0..servers {
        let since = UnixSeconds(START.0 - u64::try_from(random.below(3_000_000)).unwrap());
        let presence = match random.below(8) {
            0 if number > 0 => Presence::Removed,
            1 => Presence::Offline { since },
            _ => Presence::Online { since },
        };
        let failover = Failover { enabled: !random.once_in(5), devices_max: u32::try_from(random.below(20)).unwrap() };
        let number = u64::try_from(number).unwrap();
        world.servers.push(Server { presence, failover, ..server(number) });
    }
    let home = |random: &mut Random| u16::try_from(random.below(servers)).unwrap();
    for number in 0..random.below(70) {
        let preferred = home(random);
        let class = *random.pick(&CLASSES);
        let need = Need { class, channels: u16::try_from(1 + random.below(3)).unwrap() };
        let priority = *random.pick(&[Priority::High, Priority::Medium, Priority::Low, Priority::Never]);
        let channel = *random.pick(&[Channel::None, Channel::Local, Channel::Agreed]);
        let host = if random.once_in(6) { None } else { Some(ServerIndex(home(random))) };
        let wanted = !random.once_in(6);
        let number = u64::try_from(number).unwrap();
        world.devices.push(Device { need, priority, channel, host, wanted, ..device(number, class, preferred) });
        let reach: Vec<u16> = (0..random.below(5)).map(|_| home(random)).collect();
        world.reached_by(reach);
    }
    for number in 0..random.below(12) {
        let class = *random.pick(&CLASSES);
        let channels = u32::try_from(random.below(12)).unwrap();
        let mut row = license(u64::try_from(number / 2).unwrap(), class, channels, home(random));
        row.held = u32::try_from(random.below(6)).unwrap().min(row.units());
        row.reason = *random.pick(&[Reason::Valid, Reason::Valid, Reason::OtherHardware, Reason::Revoked]);
        row.digest = random.bytes();
        if random.once_in(5) {
            row.server = None;
        }
        if random.once_in(5) {
            row.expires = Some(START);
        }
        world.licenses.push(row);
    }
    world
}

/// The plan of the core over the grants.
fn core_plan(world: &World, now: UnixSeconds, event: Option<Event>, grants: &[Grant]) -> (Summary, Vec<Placement>) {
    let mut placements = vec![Placement::default(); world.devices.len()];
    let summary = world
        .checked(|checked| {
            let sizes = Sizes::of(checked).unwrap();
            let workspace = Workspace {
                competitors: &mut vec![Competitor::default(); sizes.competitors],
                candidates: &mut vec![0; sizes.candidates],
                witnesses: &mut vec![0; sizes.witnesses],
                loads: &mut vec![Load::default(); sizes.loads],
                pairs: &mut vec![Pair::default(); sizes.pairs],
                bits: &mut vec![0; sizes.bits],
            };
            plan(checked, now, event, grants, workspace, &mut placements).unwrap()
        })
        .unwrap();
    (summary, placements)
}

fn same_tally(row: &hwl_tally, tally: &Tally, now: UnixSeconds) {
    assert_eq!(row.status, u32::from(tally.status.number()));
    assert_eq!(row.counts_until_unix_s, tally.status.counts_until().unwrap_or_default().0);
    assert_eq!((row.used, row.counts), (tally.used, u32::from(tally.status.counts(now))));
}

fn same_grant(row: &hwl_grant, grant: &Grant) {
    let expected = match grant {
        Grant::NotWanted => (HWL_GRANT_NOT_WANTED, 0),
        Grant::Free => (HWL_GRANT_FREE, 0),
        Grant::Licensed(class) => (HWL_GRANT_LICENSED, class.0),
        Grant::Without(class) => (HWL_GRANT_WITHOUT, class.0),
    };
    assert_eq!((row.kind, row.class_number), expected);
}

fn same_placement(row: &hwl_placement, placement: &Placement) {
    let expected = match placement {
        Placement::Idle => (HWL_PLACEMENT_IDLE, HWL_NO_SERVER, 0),
        Placement::Unlicensed => (HWL_PLACEMENT_UNLICENSED, HWL_NO_SERVER, 0),
        Placement::Hosted(server) => (HWL_PLACEMENT_HOSTED, server.0, 0),
        Placement::Without(obstacle) => (HWL_PLACEMENT_WITHOUT, HWL_NO_SERVER, obstacle.number()),
    };
    assert_eq!((row.kind, row.server, u16::from(row.obstacle)), expected);
}

#[test]
fn c_rows_give_what_the_core_gives() {
    let mut random = Random::announced("c_rows_give_what_the_core_gives");
    for _ in 0..400 {
        let mut world = world(&mut random);
        let now = UnixSeconds(START.0 + u64::try_from(random.below(4_000_000)).unwrap());
        let event = random.once_in(3).then(|| {
            let server = ServerIndex(u16::try_from(random.below(world.servers.len())).unwrap());
            *random.pick(&[
                Event::Detach(server),
                Event::Fail(server),
                Event::Replace(server, hwlicense::hwid::Component::Nic),
            ])
        });
        let mut rows = Rows::new(&world, now);
        rows.set_event(event);
        let mut tallies = vec![Tally::default(); world.licenses.len()];
        let mut grants = vec![Grant::default(); world.devices.len()];
        let expected = world.checked(|checked| allocate(checked, now, event, &mut tallies, &mut grants));
        assert_eq!(rows.allocate(), HWL_OK);
        let expected = expected.unwrap().unwrap();
        assert_eq!((rows.allocation.licensed, rows.allocation.without), (expected.licensed, expected.without));
        assert_eq!(rows.allocation.is_whole, u32::from(world.is_whole()));
        assert_eq!(rows.allocation.balance_count, count(&expected.classes));
        for (row, balance) in rows.balances.iter().zip(&expected.classes) {
            assert_eq!(row.class_number, u32::from(balance.class.0));
            let figures = (row.units, row.used, row.missing, row.without);
            assert_eq!(figures, (balance.units, balance.used, balance.missing, balance.without));
        }
        rows.tallies.iter().zip(&tallies).for_each(|(row, tally)| same_tally(row, tally, now));
        rows.grants.iter().zip(&grants).for_each(|(row, grant)| same_grant(row, grant));

        let (summary, placements) = core_plan(&world, now, event, &grants);
        assert_eq!(rows.plan(), HWL_OK);
        rows.placements.iter().zip(&placements).for_each(|(row, placement)| same_placement(row, placement));
        let figures = (rows.plan.moves, rows.plan.starts, rows.plan.stops, rows.plan.unlicensed, rows.plan.squares);
        assert_eq!(figures, (summary.moves, summary.starts, summary.stops, summary.unlicensed, summary.squares));
        let tallies_of = [summary.high, summary.medium, summary.low, summary.never];
        assert_eq!(rows.plan.wanted, tallies_of.map(|tally| tally.wanted));
        assert_eq!(rows.plan.hosted, tallies_of.map(|tally| tally.hosted));

        // What is kept after it is what the core keeps; after an event that has not happened, nothing new.
        let outcome = hwlicense_tests::world::Outcome { allocation: expected, tallies, grants };
        if event.is_none() {
            world.settle(&outcome);
        }
        for (row, device) in rows.grants.iter().zip(&world.devices) {
            assert_eq!(row.channel, channel_number(device.channel));
        }
        for (row, license) in rows.tallies.iter().zip(&world.licenses) {
            assert_eq!(row.held, license.held);
        }
    }
}

/// Two servers, three devices, licences for two of them.
fn small() -> World {
    let mut world = World::default();
    world.servers.extend([server(1), server(2)]);
    for number in 0..3 {
        world.devices.push(device(number, Class::PROFESSIONAL, 0));
        world.reached_by([0, 1]);
    }
    world.devices[2].wanted = false;
    world.licenses.push(license(1, Class::PROFESSIONAL, 1, 0));
    world.licenses.push(license(2, Class::EDGE, 1, 1));
    world
}

#[test]
fn a_device_is_switched_on_while_there_are_channels() {
    let mut rows = Rows::new(&small(), START);
    assert_eq!(rows.switch_on(2), HWL_E_NO_CHANNEL_LEFT);
    assert_eq!((rows.shortage.class_number, rows.shortage.missing), (2, 1));
    assert_eq!((rows.fault.list, rows.fault.row), (HWL_LIST_DEVICES, 2));
    rows.devices[1].wanted = 0;
    assert_eq!(rows.switch_on(2), HWL_OK);
    assert_eq!(rows.shortage.missing, 0);
    assert_eq!(rows.switch_on(3), HWL_E_VALUE);
    rows.moment.event = HWL_EVENT_FAIL;
    assert_eq!(rows.switch_on(2), HWL_E_VALUE);
}

#[test]
fn a_workspace_is_enough_to_the_byte() {
    let mut random = Random::announced("a_workspace_is_enough_to_the_byte");
    for _ in 0..50 {
        let mut rows = Rows::new(&world(&mut random), START);
        let size = rows.workspace_size;
        let both = |rows: &mut Rows| [rows.allocate(), rows.plan()];
        assert_eq!(both(&mut rows), [HWL_OK, HWL_OK]);
        rows.workspace_size = size - 1;
        rows.fault.workspace_size = 0;
        assert!(both(&mut rows).contains(&HWL_E_BUFFER));
        assert_eq!(rows.fault.workspace_size, u64::try_from(size).unwrap());
    }
    let mut rows = Rows::new(&small(), START);
    rows.workspace_size = 0;
    assert_eq!(rows.allocate(), HWL_E_BUFFER);
    assert_eq!(hwl_system_workspace_size(u32::MAX, u32::MAX, u32::MAX, u32::MAX), usize::MAX);
    assert_eq!(hwl_system_workspace_size(0, 0, 0, 0), 0);
}

#[test]
fn each_problem_names_its_row() {
    type Harm = fn(&mut Rows);
    let cases: [(Harm, Problem, u32, u32); 10] = [
        (|rows| rows.servers.iter_mut().for_each(|row| row.presence = 3), Problem::NoServers, HWL_LIST_NONE, 0),
        (|rows| rows.servers[1].id = rows.servers[0].id, Problem::DuplicateServer, HWL_LIST_SERVERS, 1),
        (|rows| rows.devices[2].id = rows.devices[1].id, Problem::DuplicateDevice, HWL_LIST_DEVICES, 2),
        (|rows| rows.devices[1].host = 2, Problem::UnknownHost, HWL_LIST_DEVICES, 1),
        (|rows| rows.devices[1].preferred = HWL_NO_SERVER, Problem::UnknownPreferred, HWL_LIST_DEVICES, 1),
        (|rows| rows.devices[1].reach_first = u32::MAX, Problem::UnknownReach, HWL_LIST_DEVICES, 1),
        (|rows| rows.licenses[1].server = 2, Problem::UnknownTie, HWL_LIST_LICENSES, 1),
        (|rows| rows.devices[0].channels = 0, Problem::NoChannels, HWL_LIST_DEVICES, 0),
        (|rows| rows.licenses[1].channels = u32::MAX, Problem::CountOverflow, HWL_LIST_LICENSES, 1),
        (|rows| rows.licenses[0].held = 2, Problem::HeldTooMany, HWL_LIST_LICENSES, 0),
    ];
    for (harm, problem, list, row) in cases {
        let mut rows = Rows::new(&small(), START);
        harm(&mut rows);
        let before = rows.allocate();
        assert_eq!(before, -300 - i32::from(problem.number()), "{problem}");
        assert_eq!(rows.fault.list, list, "{problem}");
        // Of two equal ids either row may be named.
        assert!(rows.fault.row == row || (row > 0 && rows.fault.row == row - 1), "{problem}: {}", rows.fault.row);
        assert!(rows.grants.iter().all(|grant| grant.kind == 0), "{problem}");
    }
}

#[test]
fn numbers_that_mean_nothing_are_values() {
    type Harm = fn(&mut Rows);
    let cases: [(Harm, i32, u32, u32); 14] = [
        (|rows| rows.servers[1].presence = 0, HWL_E_VALUE, HWL_LIST_SERVERS, 1),
        (|rows| rows.servers[1].takes_over = 2, HWL_E_VALUE, HWL_LIST_SERVERS, 1),
        (|rows| rows.servers[1].reserved = 1, HWL_E_VALUE, HWL_LIST_SERVERS, 1),
        (|rows| rows.devices[2].wanted = 2, HWL_E_VALUE, HWL_LIST_DEVICES, 2),
        (|rows| rows.devices[2].channel = 3, HWL_E_VALUE, HWL_LIST_DEVICES, 2),
        (|rows| rows.devices[2].priority = 0, HWL_E_VALUE, HWL_LIST_DEVICES, 2),
        (|rows| rows.devices[2].reserved = [0, 0, 1], HWL_E_VALUE, HWL_LIST_DEVICES, 2),
        (|rows| rows.licenses[1].reason = 99, HWL_E_VALUE, HWL_LIST_LICENSES, 1),
        (|rows| rows.licenses[1].tolerates = 256, HWL_E_VALUE, HWL_LIST_LICENSES, 1),
        (|rows| rows.licenses[1].key[19] = 1, HWL_E_VALUE, HWL_LIST_LICENSES, 1),
        (|rows| rows.licenses[1].key[0] = 0xff, HWL_E_VALUE, HWL_LIST_LICENSES, 1),
        (|rows| rows.licenses[1].key = [0; 20], HWL_E_NOT_A_KEY, HWL_LIST_LICENSES, 1),
        (|rows| rows.licenses[1].key.swap(0, 1), HWL_E_KEY_MISTYPED, HWL_LIST_LICENSES, 1),
        (|rows| rows.moment.event_server = 1, HWL_E_VALUE, HWL_LIST_NONE, 0),
    ];
    for (number, (harm, status, list, row)) in cases.into_iter().enumerate() {
        let mut rows = Rows::new(&small(), START);
        harm(&mut rows);
        assert_eq!(rows.allocate(), status, "case {number}");
        assert_eq!((rows.fault.list, rows.fault.row), (list, row), "case {number}");
    }
    let mut rows = Rows::new(&small(), START);
    for (event, server, component) in [(4, 0, 0), (2, 2, 0), (3, 0, 0), (3, 0, 6), (1, 0, 4), (2, u32::MAX, 0)] {
        (rows.moment.event, rows.moment.event_server, rows.moment.event_component) = (event, server, component);
        assert_eq!(rows.allocate(), HWL_E_VALUE, "event {event}");
    }
    let mut rows = Rows::new(&small(), START);
    rows.grants[1].kind = 9;
    assert_eq!(rows.plan(), HWL_E_VALUE);
    assert_eq!((rows.fault.list, rows.fault.row), (HWL_LIST_GRANTS, 1));
    for harm in [|system: &mut hwl_system| system.scope = 2, |system: &mut hwl_system| system.reserved = 1] {
        let mut system = rows.system();
        harm(&mut system);
        assert_eq!(rows.allocate_over(&system), HWL_E_VALUE);
    }
}

#[test]
fn counts_beyond_every_limit_are_refused() {
    type Harm = fn(&mut hwl_system);
    let limits: [(Harm, i32); 3] = [
        (|system| system.server_count = HWL_SERVERS_MAX + 1, HWL_E_TOO_MANY_SERVERS),
        (|system| system.device_count = HWL_DEVICES_MAX + 1, HWL_E_TOO_MANY_DEVICES),
        (|system| system.license_count = HWL_POOL_LICENSES_MAX + 1, HWL_E_TOO_MANY_LICENSES),
    ];
    for (harm, status) in limits {
        let mut rows = Rows::new(&small(), START);
        let mut system = rows.system();
        // Nobody reads what is beyond the limits, so the arrays need not be there; where they
        // would reach over other memory is noticed first.
        harm(&mut system);
        let answer = rows.allocate_over(&system);
        assert!(answer == status || answer == HWL_E_OVERLAP, "{answer}");
    }
    for harm in [
        |system: &mut hwl_system| system.server_size = 47,
        |system: &mut hwl_system| system.device_size = 2_000,
        |system: &mut hwl_system| system.license_size = 105,
    ] {
        let mut rows = Rows::new(&small(), START);
        let mut system = rows.system();
        harm(&mut system);
        assert_eq!(rows.allocate_over(&system), HWL_E_SIZE);
    }
}

#[test]
fn rows_may_grow_by_zeros() {
    let rows = Rows::new(&small(), START);
    let mut wide = Box::new([0u64; 2 * 7]);
    for (slot, row) in wide.chunks_exact_mut(7).zip(&rows.servers) {
        // SAFETY: a row of the header is 48 bytes without padding.
        slot[..6].copy_from_slice(&unsafe { core::mem::transmute::<hwl_server, [u64; 6]>(*row) });
    }
    let mut rows = rows;
    let mut system = rows.system();
    system.servers = wide.as_ptr().cast();
    system.server_size = 56;
    assert_eq!(rows.allocate_over(&system), HWL_OK);
    assert_eq!(rows.allocation.licensed, 2);
    wide[13] = 1;
    assert_eq!(rows.allocate_over(&system), HWL_E_VALUE);
    assert_eq!((rows.fault.list, rows.fault.row), (HWL_LIST_SERVERS, 1));
}

#[test]
fn outputs_may_not_lie_over_anything_else() {
    let mut rows = Rows::new(&small(), START);
    let system = rows.system();
    assert_eq!(rows.allocate(), HWL_OK);
    let good = rows.allocation;
    let moment = &raw const rows.moment;
    let (workspace, size) = (rows.workspace(), rows.workspace_size);
    let fault = &raw mut rows.fault;
    let call = |mut allocation: hwl_allocation| {
        // SAFETY: all memory is alive and as long as is said.
        unsafe { hwl_system_allocate(&raw const system, moment, workspace, size, &raw mut allocation, fault) }
    };
    assert_eq!(call(good), HWL_OK);
    let over_servers = system.servers.cast_mut().cast::<hwl_tally>();
    assert_eq!(call(hwl_allocation { tallies: over_servers, ..good }), HWL_E_OVERLAP);
    assert_eq!(call(hwl_allocation { grants: system.reach.cast_mut().cast(), ..good }), HWL_E_OVERLAP);
    assert_eq!(call(hwl_allocation { grants: good.tallies.cast(), ..good }), HWL_E_OVERLAP);
    assert_eq!(call(hwl_allocation { balances: workspace.cast(), ..good }), HWL_E_OVERLAP);
    assert_eq!(call(hwl_allocation { balances: fault.cast(), ..good }), HWL_E_OVERLAP);
    assert_eq!(call(hwl_allocation { balances: null_mut(), ..good }), HWL_E_NULL);
    assert_eq!(call(hwl_allocation { balances: null_mut(), balance_size: 0, ..good }), HWL_OK);
    let off = workspace.wrapping_byte_add(4);
    let mut allocation = good;
    // SAFETY: as above.
    unsafe {
        let out = &raw mut allocation;
        assert_eq!(hwl_system_allocate(&raw const system, moment, off, 64, out, fault), HWL_E_ALIGN);
        let over_licenses = system.licenses.cast_mut().cast();
        assert_eq!(hwl_system_allocate(&raw const system, moment, over_licenses, 64, out, fault), HWL_E_OVERLAP);
        let over_servers = system.servers.cast_mut().cast();
        assert_eq!(hwl_system_allocate(&raw const system, moment, over_servers, 64, out, fault), HWL_E_OVERLAP);
    }
    assert_eq!(rows.plan(), HWL_OK);
    rows.placements = Vec::new();
    let mut plan = rows.plan;
    plan.placements = plan.grants.cast_mut().cast();
    let (workspace, fault) = (rows.workspace(), &raw mut rows.fault);
    // SAFETY: as above.
    let status = unsafe { hwl_system_plan(&raw const system, moment, workspace, size, &raw mut plan, fault) };
    assert_eq!(status, HWL_E_OVERLAP);
}

#[test]
fn a_plan_names_who_goes_where() {
    let mut rows = Rows::new(&small(), START);
    assert_eq!(rows.allocate(), HWL_OK);
    rows.servers[1].devices_max = 1;
    rows.set_event(Some(Event::Fail(ServerIndex(0))));
    assert_eq!(rows.plan(), HWL_OK);
    let kinds: Vec<u8> = rows.placements.iter().map(|row| row.kind).collect();
    assert!(kinds.contains(&HWL_PLACEMENT_HOSTED) && kinds.contains(&HWL_PLACEMENT_WITHOUT));
    assert_eq!(kinds[2], HWL_PLACEMENT_IDLE);
    let without = rows.placements.iter().find(|row| row.kind == HWL_PLACEMENT_WITHOUT).unwrap();
    assert_eq!(u16::from(without.obstacle), Obstacle::Full.number());
    assert_eq!((rows.plan.starts, rows.plan.moves), (1, 0));
    rows.reach.clear();
    assert_eq!(rows.plan(), HWL_E_UNKNOWN_REACH);
}
