//! Systems through years of trouble: whatever is merged, cut, healed, lost and found, no channel is
//! used twice by parts of one agreed state, and recording comes back when licences do.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet};

use hwlicense::license::{Class, Reason};
use hwlicense::system::failover::{Placement, plan};
use hwlicense::system::{
    Channel, Device, DeviceId, Failover, Finding, Findings, Grant, MergeRoom, PoolLicense, Presence, Priority, Server,
    ServerIndex, merge,
};
use hwlicense::time::{DAY_S, UnixSeconds};
use hwlicense_tests::random::Random;
use hwlicense_tests::system::{OrdersMemory, PlanMemory};
use hwlicense_tests::world::{Demand, START, Supply, World, can_be_met, device, license, server, units};

/// Few enough for Hall's theorem, and of each kind: standing in for each other, and alone.
const CLASSES: [Class; 7] = [
    Class::PROFESSIONAL,
    Class::ANALOG,
    Class::EDGE,
    Class::TRIAL,
    Class::VIDEO_WALL,
    Class::ANALOG_ENCODER,
    Class::VENDOR_FIRST,
];

/// One part of the System: the rows as it sees them.
#[derive(Clone)]
struct Part {
    world: World,
    /// Positions of the servers that are in it.
    hears: BTreeSet<usize>,
    grants: Vec<Grant>,
    counting: Vec<bool>,
}

struct Simulation {
    random: Random,
    now: UnixSeconds,
    parts: Vec<Part>,
    /// Servers that are down for everyone.
    down: BTreeSet<usize>,
    next_id: u64,
    story: Vec<String>,
}

impl Part {
    /// Gives out the channels, makes a plan and obeys it.
    fn decide(&mut self, now: UnixSeconds) {
        let outcome = self.world.allocate(now);
        self.world.settle(&outcome);
        self.counting = outcome.tallies.iter().map(|tally| tally.status.counts(now)).collect();
        self.grants = outcome.grants;
        let mut placements = vec![Placement::Idle; self.world.devices.len()];
        let (grants, slots) = (&self.grants, &mut placements);
        self.world
            .checked(|checked| plan(checked, now, None, grants, PlanMemory::of(checked).lend(), slots).unwrap())
            .unwrap();
        self.assert_obeyable(&placements);
        for (device, placement) in self.world.devices.iter_mut().zip(placements) {
            device.host = placement.server().or(device.host);
        }
    }

    /// A plan names servers that this part hears and that reach the device, none beyond its room,
    /// and leaves devices alone that are at home.
    fn assert_obeyable(&self, placements: &[Placement]) {
        let mut guests: BTreeMap<usize, usize> = BTreeMap::new();
        let mut own: BTreeMap<usize, usize> = BTreeMap::new();
        let system = self.world.system();
        for ((device, grant), placement) in self.world.devices.iter().zip(&self.grants).zip(placements) {
            assert!(grant.allows_recording() || placement.server().is_none(), "{device:?} has no licence");
            let home_is_heard = self.hears.contains(&device.preferred.position());
            let reached = system.reach_of(device);
            if let Some(host) = placement.server() {
                assert!(self.hears.contains(&host.position()) && reached.contains(&host), "{device:?} on {host:?}");
                let is_at_home = host == device.preferred;
                assert!(is_at_home || device.priority != Priority::Never);
                *if is_at_home { &mut own } else { &mut guests }.entry(host.position()).or_default() += 1;
            }
            if home_is_heard
                && device.host == Some(device.preferred)
                && grant.allows_recording()
                && reached.contains(&device.preferred)
            {
                assert_eq!(placement.server(), Some(device.preferred), "it is recorded at home");
            }
        }
        for (server, guests) in guests {
            let failover = self.world.servers[server].failover;
            assert!(failover.enabled && guests + own.get(&server).unwrap_or(&0) <= failover.devices_max as usize);
        }
    }
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut world = World::default();
        let servers = 2 + random.below(4) as u64;
        world.servers.extend((0..servers).map(server));
        for row in &mut world.servers {
            row.failover = Failover { enabled: !random.once_in(5), devices_max: 4 + (random.next() % 6) as u32 };
        }
        let hears = (0..world.servers.len()).collect();
        let part = Part { world, hears, grants: Vec::new(), counting: Vec::new() };
        let mut simulation =
            Self { random, now: START, parts: vec![part], down: BTreeSet::new(), next_id: 100, story: Vec::new() };
        for _ in 0..12 {
            simulation.add_device(0);
        }
        for _ in 0..6 {
            simulation.add_license(0);
        }
        simulation.decide();
        simulation
    }

    fn decide(&mut self) {
        let now = self.now;
        self.parts.iter_mut().for_each(|part| part.decide(now));
    }

    /// A server that the part hears.
    fn heard(&mut self, part: usize) -> u16 {
        let heard: Vec<usize> = self.parts[part].hears.iter().copied().collect();
        *self.random.pick(&heard) as u16
    }

    fn add_device(&mut self, part: usize) {
        let preferred = self.heard(part);
        let mut row = device(self.next_id, *self.random.pick(&CLASSES), preferred);
        row.need.channels = 1 + (self.random.next() % 4) as u16;
        row.priority = *self.random.pick(&[Priority::High, Priority::Medium, Priority::Low, Priority::Never]);
        self.next_id += 1;
        let servers = self.parts[part].world.servers.len() as u16;
        let reach: Vec<u16> = (0..servers).filter(|server| *server == preferred || self.random.once_in(2)).collect();
        // It stands in the shared state; only this part wants it yet.
        for (number, other) in self.parts.iter_mut().enumerate() {
            other.world.devices.push(Device { wanted: number == part, ..row });
            other.world.reached_by(reach.iter().copied());
        }
    }

    fn add_license(&mut self, part: usize) {
        let tied = self.heard(part);
        let channels = self.random.below(8) as u32;
        let mut row = license(self.next_id, *self.random.pick(&CLASSES), channels, tied);
        row.grace_changed_s = *self.random.pick(&[0, DAY_S]);
        row.expires = self.random.once_in(3).then(|| self.now.after(u64::from(DAY_S) * (1 + self.random.next() % 90)));
        self.next_id += 1;
        for (number, other) in self.parts.iter_mut().enumerate() {
            // Another part has not heard of it.
            let reason = if number == part { Reason::Valid } else { Reason::Malformed };
            other.world.licenses.push(PoolLicense { reason, ..row });
        }
    }

    /// One thing happens.
    fn step(&mut self) {
        let part = self.random.below(self.parts.len());
        let what = match self.random.below(12) {
            0 => self.merge_another(),
            1 => self.detach(part),
            2 | 3 => self.fail(part),
            4 => self.come_back(),
            5 | 6 => self.cut(part),
            7 => self.heal(),
            8 => self.change_licenses(part),
            9 => self.switch(part),
            10 => {
                self.add_device(part);
                self.add_license(part);
                "a device and a licence more"
            }
            _ => {
                let minutes = *self.random.pick(&[1, 6, 1_440, 20 * 1_440]);
                self.now = self.now.after(60 * minutes);
                "time goes by"
            }
        };
        self.story.push(format!("part {part} of {}: {what}", self.parts.len()));
        self.decide();
    }

    fn detach(&mut self, part: usize) -> &'static str {
        let server = usize::from(self.heard(part));
        if self.parts[part].hears.len() < 2 {
            return "nothing to detach";
        }
        self.parts[part].world.servers[server].presence = Presence::Removed;
        self.parts[part].hears.remove(&server);
        "a server is detached"
    }

    fn fail(&mut self, part: usize) -> &'static str {
        let server = usize::from(self.heard(part));
        if self.parts[part].hears.len() < 2 {
            return "the last server holds on";
        }
        self.parts[part].hears.remove(&server);
        self.parts[part].world.servers[server].presence = Presence::Offline { since: self.now };
        self.down.insert(server);
        "a server fails"
    }

    fn come_back(&mut self) -> &'static str {
        let Some(server) = self.down.pop_first() else { return "nobody to come back" };
        let part = self.random.below(self.parts.len());
        let row = &mut self.parts[part].world.servers[server];
        if row.presence.is_member() {
            row.presence = Presence::Online { since: self.now };
            self.parts[part].hears.insert(server);
        }
        "a server comes back"
    }

    fn cut(&mut self, part: usize) -> &'static str {
        let (stay, go): (BTreeSet<usize>, BTreeSet<usize>) =
            self.parts[part].hears.iter().partition(|_| self.random.once_in(2));
        if stay.is_empty() || go.is_empty() {
            return "the net holds";
        }
        let mut other = self.parts[part].clone();
        for (part, lost) in [(&mut self.parts[part], &go), (&mut other, &stay)] {
            for server in lost {
                part.hears.remove(server);
                part.world.servers[*server].presence = Presence::Offline { since: self.now };
            }
        }
        self.parts.push(other);
        "the net is cut"
    }

    fn heal(&mut self) -> &'static str {
        while self.parts.len() > 1 {
            let other = self.parts.pop().unwrap();
            self.parts[0] = self.joined(&other);
        }
        "the net is healed"
    }

    /// The first part and another one, in contact again: what a part removed is removed, what is
    /// bad is bad, what was agreed on is still held.
    fn joined(&mut self, other: &Part) -> Part {
        let mut part = self.parts[0].clone();
        part.hears.extend(&other.hears);
        for (position, (row, theirs)) in part.world.servers.iter_mut().zip(&other.world.servers).enumerate() {
            let is_member = row.presence.is_member() && theirs.presence.is_member();
            if !is_member {
                row.presence = Presence::Removed;
                part.hears.remove(&position);
            } else if part.hears.contains(&position) {
                row.presence = Presence::Online { since: self.now };
            }
        }
        for (row, theirs) in part.world.devices.iter_mut().zip(&other.world.devices) {
            row.wanted = if self.random.once_in(2) { row.wanted } else { theirs.wanted } || row.wanted && theirs.wanted;
            if theirs.channel == Channel::Agreed || row.channel == Channel::None {
                row.channel = theirs.channel;
            }
        }
        for (row, theirs) in part.world.licenses.iter_mut().zip(&other.world.licenses) {
            row.reason = match (row.reason, theirs.reason) {
                (Reason::Revoked, _) | (_, Reason::Revoked) => Reason::Revoked,
                (Reason::OtherHardware, _) | (_, Reason::OtherHardware) => Reason::OtherHardware,
                (Reason::Malformed, Reason::Malformed) => Reason::Malformed,
                _ => Reason::Valid,
            };
        }
        part
    }

    fn change_licenses(&mut self, part: usize) -> &'static str {
        let server = self.heard(part);
        let (now, revoked) = (self.now, self.random.once_in(2));
        let world = &mut self.parts[part].world;
        let mine = world.licenses.iter_mut().filter(|license| license.server == Some(ServerIndex(server)));
        if revoked {
            mine.take(1).for_each(|license| license.reason = Reason::Revoked);
            return "a licence is revoked";
        }
        mine.filter(|license| license.reason == Reason::Valid)
            .for_each(|license| license.reason = Reason::OtherHardware);
        world.servers[usize::from(server)].hardware_changed = Some(now);
        "hardware is changed"
    }

    fn switch(&mut self, part: usize) -> &'static str {
        let device = self.random.pick_mut(&mut self.parts[part].world.devices);
        device.wanted = !device.wanted;
        "a device is switched"
    }

    /// Another System is merged into the one that is whole.
    fn merge_another(&mut self) -> &'static str {
        if self.parts.len() > 1 || !self.parts[0].world.is_whole() || self.parts[0].world.servers.len() > 12 {
            return "no merge";
        }
        let mut guest = World::default();
        guest.servers.push(server(self.next_id));
        guest.devices.push(device(self.next_id, *self.random.pick(&CLASSES), 0));
        guest.reached_by([0]);
        guest.licenses.push(license(self.next_id, *self.random.pick(&CLASSES), 3, 0));
        self.next_id += 1;
        let guest_settled = guest.allocate(self.now);
        guest.settle(&guest_settled);
        let merged = merged(&self.parts[0].world, &guest);
        let hears = (0..merged.servers.len()).filter(|position| merged.servers[*position].presence.is_online());
        self.parts[0].hears = hears.collect();
        self.parts[0].world = merged;
        "another System is merged"
    }

    /// Everything that parts record at once fits into what was paid for.
    fn assert_no_channel_is_used_twice(&self, seed: u64) {
        let recorded: BTreeMap<DeviceId, Device> = self
            .parts
            .iter()
            .flat_map(|part| part.world.devices.iter().zip(&part.grants))
            .filter(|(_, grant)| grant.allows_recording())
            .map(|(device, _)| (device.id, *device))
            .collect();
        let demand = |device: &Device| Demand { class: device.need.class, units: units(device.need) };
        let demands: Vec<Demand> = recorded.values().map(demand).collect();
        let counts_somewhere =
            |position: &usize| self.parts.iter().any(|part| part.counting.get(*position) == Some(&true));
        let licenses = &self.parts[0].world.licenses;
        let supply = |position: usize| Supply { class: licenses[position].class, units: licenses[position].units() };
        let supplies: Vec<Supply> = (0..licenses.len()).filter(counts_somewhere).map(supply).collect();
        assert!(can_be_met(&demands, &supplies), "seed {seed}: {:#?}\n{demands:?}\n{supplies:?}", self.story);
    }

    /// Everything returns, and so does recording.
    fn assert_recording_returns(&mut self, seed: u64) {
        self.heal();
        for server in &mut self.parts[0].world.servers {
            server.presence = Presence::Online { since: self.now };
        }
        self.parts[0].hears = (0..self.parts[0].world.servers.len()).collect();
        let first = 10_000;
        for (number, class) in (0..).zip(CLASSES) {
            self.parts[0].world.licenses.push(license(first + number, class, 500, 0));
        }
        self.decide();
        let part = &self.parts[0];
        let all = part
            .world
            .devices
            .iter()
            .zip(&part.grants)
            .all(|(device, grant)| !device.wanted || grant.allows_recording());
        assert!(all, "seed {seed}: {:#?}", self.story);
    }
}

/// The merged rows; all ids differ and nothing refuses.
fn merged(target: &World, other: &World) -> World {
    let (here, there) = (target.system(), other.system());
    let (mut a, mut b) = (OrdersMemory::default(), OrdersMemory::default());
    let (here, there) = (a.check(&here).unwrap(), b.check(&there).unwrap());
    let mut servers = vec![Server::default(); target.servers.len() + other.servers.len()];
    let mut devices = vec![Device::default(); target.devices.len() + other.devices.len()];
    let mut licenses = vec![PoolLicense::default(); target.licenses.len() + other.licenses.len()];
    let mut reach = vec![ServerIndex(0); target.reach.len() + other.reach.len()];
    let mut positions = vec![ServerIndex(0); other.servers.len()];
    let room = MergeRoom {
        servers: &mut servers,
        devices: &mut devices,
        licenses: &mut licenses,
        reach: &mut reach,
        positions: &mut positions,
    };
    let mut slots = [Finding::Unreachable; 8];
    let system = merge(&here, &there, &[], room, &mut Findings::new(&mut slots)).unwrap().unwrap();
    // Servers of this file borrow nothing.
    let plain = |server: &Server<'_>| Server { name: "", brand: "northgate", hwids: &[], former_hwids: &[], ..*server };
    World {
        servers: system.servers.iter().map(plain).collect(),
        devices: system.devices.to_vec(),
        licenses: system.licenses.to_vec(),
        reach: system.reach.to_vec(),
    }
}

#[test]
fn no_channel_is_used_twice_and_recording_returns() {
    let mut seeds = Random::announced("no_channel_is_used_twice_and_recording_returns");
    let runs = if std::env::var_os("HWLICENSE_LONG").is_some() { 50_000 } else { 600 };
    for _ in 0..runs {
        let seed = seeds.next();
        let mut simulation = Simulation::new(seed);
        for _ in 0..40 {
            simulation.step();
            simulation.assert_no_channel_is_used_twice(seed);
        }
        simulation.assert_recording_returns(seed);
    }
}
