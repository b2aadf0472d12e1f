//! Systems of arbitrary rows: whatever they say, they are refused or give plans that hold.

#![no_main]

use hwlicense::hwid::{Component, Hwid};
use hwlicense::license::{Class, LicenseKey, Reason};
use hwlicense::system::failover::{Competitor, Load, Pair, Placement, Sizes, Workspace, plan};
use hwlicense::system::{
    Channel, Checked, Device, DeviceId, Event, Failover, Finding, Findings, Grant, MergeRoom, Need, Orders, Policy,
    PoolLicense, Presence, Priority, Reach, Replaceable, Scope, Server, ServerId, ServerIndex, System, Tally, View,
    allocate, merge, outlook, switch_on,
};
use hwlicense::time::UnixSeconds;
use libfuzzer_sys::fuzz_target;

/// What is left of the input; zeros when it is used up.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// Mostly small, sometimes at the end of the range.
    fn number(&mut self) -> u32 {
        match self.byte() {
            255 => u32::MAX,
            254 => u32::MAX / 2,
            small => small.into(),
        }
    }

    fn time(&mut self) -> UnixSeconds {
        match self.byte() {
            255 => UnixSeconds(u64::MAX),
            small => UnixSeconds(u64::from(small) * 400),
        }
    }

    fn index(&mut self) -> ServerIndex {
        ServerIndex(u16::from(self.byte() % 10))
    }

    fn server(&mut self) -> Server<'static> {
        Server {
            id: ServerId([self.byte() % 32; 16]),
            presence: match self.byte() % 4 {
                0 => Presence::Removed,
                1 => Presence::Offline { since: self.time() },
                _ => Presence::Online { since: self.time() },
            },
            failover: Failover { enabled: self.byte() % 4 != 0, devices_max: self.number() },
            location: u16::from(self.byte() % 2),
            hardware_changed: (self.byte() % 2 == 0).then(|| self.time()),
            ..Server::default()
        }
    }

    fn class(&mut self) -> Class {
        match self.byte() {
            number @ 0..200 => Class(u16::from(number % 14)),
            vendor => Class(0x8000 + u16::from(vendor)),
        }
    }

    fn device(&mut self) -> Device {
        Device {
            id: DeviceId([self.byte(); 16]),
            need: Need { class: self.class(), channels: u16::from(self.byte() % 5) },
            wanted: self.byte() % 8 != 0,
            channel: [Channel::None, Channel::Local, Channel::Agreed][usize::from(self.byte() % 3)],
            priority: [Priority::High, Priority::Medium, Priority::Low, Priority::Never][usize::from(self.byte() % 4)],
            host: (self.byte() % 3 != 0).then(|| self.index()),
            preferred: self.index(),
            reach: Reach { first: self.number(), count: u16::from(self.byte() % 9) },
        }
    }

    fn license(&mut self) -> PoolLicense {
        PoolLicense {
            key: LicenseKey::from_random([self.byte() % 16; 10]),
            class: self.class(),
            channels: self.number(),
            server: (self.byte() % 8 != 0).then(|| self.index()),
            hwid: Hwid { scheme: 3, bytes: [self.byte(); 16] },
            reason: *Reason::ALL.get(usize::from(self.byte() % 36)).unwrap_or(&Reason::Valid),
            issued: self.time(),
            digest: [self.byte(); 32],
            not_before: self.time(),
            expires: (self.byte() % 2 == 0).then(|| self.time()),
            grace_offline_s: self.number(),
            grace_changed_s: self.number(),
            tolerates: Replaceable(self.byte()),
            held: self.number() % 64,
        }
    }
}

/// Rows, and memory for their orders.
#[derive(Default)]
struct Rows {
    servers: Vec<Server<'static>>,
    devices: Vec<Device>,
    licenses: Vec<PoolLicense>,
    reach: Vec<ServerIndex>,
    by_server: Vec<u16>,
    by_id: Vec<u32>,
    by_rank: Vec<u32>,
    by_key: Vec<u32>,
}

impl Rows {
    fn read(bytes: &mut Bytes<'_>) -> Self {
        let [servers, devices, licenses, reach] = [6, 16, 10, 40].map(|most| usize::from(bytes.byte() % most));
        let rows = Self {
            servers: (0..servers).map(|_| bytes.server()).collect(),
            devices: (0..devices).map(|_| bytes.device()).collect(),
            licenses: (0..licenses).map(|_| bytes.license()).collect(),
            reach: (0..reach).map(|_| bytes.index()).collect(),
            ..Self::default()
        };
        Self {
            by_server: vec![0; servers],
            by_id: vec![0; devices],
            by_rank: vec![0; devices],
            by_key: vec![0; licenses],
            ..rows
        }
    }

    fn split(&mut self, scope: Scope) -> (System<'_>, Orders<'_>) {
        let system = System {
            name: "fuzz",
            brand: "northgate",
            protocol: 1,
            policy: Policy::KeepRecording,
            scope,
            servers: &self.servers,
            devices: &self.devices,
            licenses: &self.licenses,
            reach: &self.reach,
        };
        let orders = Orders {
            servers: &mut self.by_server,
            devices_by_id: &mut self.by_id,
            devices_by_rank: &mut self.by_rank,
            licenses: &mut self.by_key,
        };
        (system, orders)
    }
}

/// Gives out, plans and looks ahead, and checks what must hold of the results.
fn use_it(checked: &Checked<'_>, now: UnixSeconds, event: Event) {
    let system = checked.system();
    let (licenses, devices) = (system.licenses.len(), system.devices.len());
    let (mut tallies, mut grants) = (vec![Tally::default(); licenses], vec![Grant::default(); devices]);
    let (mut tallies_then, mut grants_then) = (tallies.clone(), grants.clone());
    let mut before = View { tallies: &mut tallies, grants: &mut grants };
    let mut after = View { tallies: &mut tallies_then, grants: &mut grants_then };
    let Ok(seen) = outlook(checked, now, event, &mut before, &mut after) else { return };
    assert!(seen.before.licensed + seen.before.without <= devices as u32);
    for (license, tally) in system.licenses.iter().zip(&tallies) {
        assert!(tally.used <= license.units() && (tally.used == 0 || tally.status.counts(now)));
    }
    let sizes = Sizes::of(checked).unwrap();
    let workspace = Workspace {
        competitors: &mut vec![Competitor::default(); sizes.competitors],
        candidates: &mut vec![0; sizes.candidates],
        witnesses: &mut vec![0; sizes.witnesses],
        loads: &mut vec![Load::default(); sizes.loads],
        pairs: &mut vec![Pair::default(); sizes.pairs],
        bits: &mut vec![0; sizes.bits],
    };
    let mut placements = vec![Placement::Idle; devices];
    plan(checked, now, Some(event), &grants, workspace, &mut placements).unwrap();
    for (device, placement) in system.devices.iter().zip(&placements) {
        if let Some(server) = placement.server() {
            assert!(system.reach_of(device).contains(&server) && server.position() < system.servers.len());
        }
    }
    if let Some(device) = system.devices.first() {
        let (mut tallies, mut grants) = (vec![Tally::default(); licenses], vec![Grant::default(); devices]);
        let _ = switch_on(checked, now, device, &mut tallies, &mut grants);
    }
    let _ = checked.digest();
    let again = allocate(checked, now, None, &mut tallies, &mut grants).unwrap();
    assert_eq!(again, seen.before);
}

fuzz_target!(|input: &[u8]| {
    let mut bytes = Bytes(input);
    let now = bytes.time();
    let scope = if bytes.byte() % 2 == 0 { Scope::Anywhere } else { Scope::SameLocation };
    let event = match bytes.byte() % 3 {
        0 => Event::Detach(bytes.index()),
        1 => Event::Fail(bytes.index()),
        _ => Event::Replace(bytes.index(), Component::Nic),
    };
    let (mut one, mut other) = (Rows::read(&mut bytes), Rows::read(&mut bytes));
    let room = (
        one.servers.len() + other.servers.len(),
        one.devices.len() + other.devices.len(),
        one.licenses.len() + other.licenses.len(),
        // A stretch may be used by several devices, and is copied for each.
        9 * (one.devices.len() + other.devices.len()),
        other.servers.len(),
    );
    let ((here, orders_here), (there, orders_there)) = (one.split(scope), other.split(scope));
    let Ok(here) = here.check(orders_here) else { return };
    use_it(&here, now, event);
    let Ok(there) = there.check(orders_there) else { return };
    let (mut servers, mut devices) = (vec![Server::default(); room.0], vec![Device::default(); room.1]);
    let (mut licenses, mut reach) = (vec![PoolLicense::default(); room.2], vec![ServerIndex(0); room.3]);
    let mut positions = vec![ServerIndex(0); room.4];
    let room = MergeRoom {
        servers: &mut servers,
        devices: &mut devices,
        licenses: &mut licenses,
        reach: &mut reach,
        positions: &mut positions,
    };
    let mut slots = [Finding::Unreachable; 100];
    let Some(merged) = merge(&here, &there, &[], room, &mut Findings::new(&mut slots)).unwrap() else { return };
    let (mut by_server, mut by_key) = (vec![0; merged.servers.len()], vec![0; merged.licenses.len()]);
    let (mut by_id, mut by_rank) = (vec![0; merged.devices.len()], vec![0; merged.devices.len()]);
    let orders = Orders {
        servers: &mut by_server,
        devices_by_id: &mut by_id,
        devices_by_rank: &mut by_rank,
        licenses: &mut by_key,
    };
    // Two Systems that hold together make one that does, unless their channels add up to too many.
    if let Ok(merged) = merged.check(orders) {
        use_it(&merged, now, event);
    }
});
