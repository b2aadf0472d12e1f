//! Systems that tests make: rows that they own, and what the rows say by other means than core's.

use hwlicense::hwid::Hwid;
use hwlicense::license::{Class, LicenseKey, Reason};
use hwlicense::system::{
    Allocation, Channel, Checked, Device, DeviceId, Failover, Grant, ModelError, Need, Policy, PoolLicense, Presence,
    Priority, Reach, Scope, Server, ServerId, ServerIndex, System, Tally, allocate,
};
use hwlicense::time::{DAY_S, UnixSeconds};

use crate::random::Random;
use crate::system::OrdersMemory;

/// When everything begins.
pub const START: UnixSeconds = UnixSeconds(1_790_000_000);

/// The rows of a System.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Servers.
    pub servers: Vec<Server<'static>>,
    /// Devices.
    pub devices: Vec<Device>,
    /// Licences.
    pub licenses: Vec<PoolLicense>,
    /// Who reaches what.
    pub reach: Vec<ServerIndex>,
}

/// What [`allocate`] said.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The pool.
    pub allocation: Allocation,
    /// For each licence.
    pub tallies: Vec<Tally>,
    /// For each device.
    pub grants: Vec<Grant>,
}

/// 16 bytes for a number.
#[must_use]
pub fn id(number: u64) -> [u8; 16] {
    (u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)).to_be_bytes()
}

/// A licence key for a number.
#[must_use]
pub fn key(number: u64) -> LicenseKey {
    let [bytes @ .., _, _, _, _, _, _] = id(number.wrapping_add(1));
    LicenseKey::from_random(bytes)
}

/// A HWID for a number.
#[must_use]
pub fn hwid(number: u64) -> Hwid {
    Hwid { scheme: 3, bytes: id(number.wrapping_add(77)) }
}

/// A server that is online, with room for many.
#[must_use]
pub fn server(number: u64) -> Server<'static> {
    Server {
        id: ServerId(id(number)),
        brand: "northgate",
        presence: Presence::Online { since: START },
        failover: Failover { enabled: true, devices_max: 1_000 },
        ..Server::default()
    }
}

/// A licence that is valid and tied to a server.
#[must_use]
pub fn license(number: u64, class: Class, channels: u32, server: u16) -> PoolLicense {
    PoolLicense {
        key: key(number),
        class,
        channels,
        server: Some(ServerIndex(server)),
        hwid: hwid(server.into()),
        reason: Reason::Valid,
        issued: START,
        grace_offline_s: 30 * DAY_S,
        ..PoolLicense::default()
    }
}

/// A device that is wanted.
#[must_use]
pub fn device(number: u64, class: Class, preferred: u16) -> Device {
    Device {
        id: DeviceId(id(number.wrapping_add(1_000_000))),
        need: Need::one(class),
        wanted: true,
        preferred: ServerIndex(preferred),
        host: Some(ServerIndex(preferred)),
        ..Device::default()
    }
}

impl World {
    /// The System over these rows.
    #[must_use]
    pub fn system(&self) -> System<'_> {
        System {
            name: "harbour",
            brand: "northgate",
            protocol: 1,
            policy: Policy::KeepRecording,
            scope: Scope::Anywhere,
            servers: &self.servers,
            devices: &self.devices,
            licenses: &self.licenses,
            reach: &self.reach,
        }
    }

    /// Hands the checked System to a function.
    ///
    /// # Errors
    /// What [`System::check`] says.
    pub fn checked<T>(&self, then: impl FnOnce(&Checked<'_>) -> T) -> Result<T, ModelError> {
        let (system, mut orders) = (self.system(), OrdersMemory::default());
        let checked = orders.check(&system)?;
        Ok(then(&checked))
    }

    /// What the allocation says.
    ///
    /// # Panics
    /// If the rows are no System.
    #[must_use]
    pub fn allocate(&self, now: UnixSeconds) -> Outcome {
        let mut tallies = vec![Tally::default(); self.licenses.len()];
        let mut grants = vec![Grant::default(); self.devices.len()];
        let allocation = self
            .checked(|checked| allocate(checked, now, None, &mut tallies, &mut grants))
            .unwrap_or_else(|error| panic!("{error}"))
            .unwrap_or_else(|error| panic!("{error}"));
        Outcome { allocation, tallies, grants }
    }

    /// Whether every member is online.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.servers.iter().all(|server| server.presence.is_online() || !server.presence.is_member())
    }

    /// Writes down what devices hold after an allocation.
    pub fn settle(&mut self, outcome: &Outcome) {
        let is_whole = self.is_whole();
        for (device, grant) in self.devices.iter_mut().zip(&outcome.grants) {
            device.channel = device.channel.after(*grant, is_whole);
        }
        for (license, tally) in self.licenses.iter_mut().zip(&outcome.tallies) {
            license.held = license.held_after(*tally, is_whole);
        }
    }

    /// Lets these servers reach the last device.
    pub fn reached_by(&mut self, servers: impl IntoIterator<Item = u16>) {
        let first = self.reach.len();
        self.reach.extend(servers.into_iter().map(ServerIndex));
        if let Some(device) = self.devices.last_mut() {
            device.reach = Reach {
                first: u32::try_from(first).unwrap_or(u32::MAX),
                count: u16::try_from(self.reach.len().saturating_sub(first)).unwrap_or(u16::MAX),
            };
        }
    }

    /// The same System with its rows in another order.
    #[must_use]
    pub fn shuffled(&self, random: &mut Random) -> Self {
        let permutation = |random: &mut Random, count: usize| {
            let mut order: Vec<usize> = (0..count).collect();
            random.shuffle(&mut order);
            order
        };
        let order = permutation(random, self.servers.len());
        let moved = |index: ServerIndex| {
            let position = order.iter().position(|from| *from == index.position()).unwrap_or(usize::MAX);
            ServerIndex(u16::try_from(position).unwrap_or(u16::MAX))
        };
        let mut shuffled = Self::default();
        shuffled.servers.extend(order.iter().filter_map(|from| self.servers.get(*from).copied()));
        let system = self.system();
        for from in permutation(random, self.devices.len()) {
            let Some(device) = self.devices.get(from) else { continue };
            let (host, preferred) = (device.host.map(moved), moved(device.preferred));
            shuffled.devices.push(Device { host, preferred, ..*device });
            let mut reach: Vec<u16> = system.reach_of(device).iter().map(|server| moved(*server).0).collect();
            reach.reverse();
            shuffled.reached_by(reach);
        }
        for from in permutation(random, self.licenses.len()) {
            let Some(license) = self.licenses.get(from) else { continue };
            shuffled.licenses.push(PoolLicense { server: license.server.map(moved), ..*license });
        }
        shuffled
    }
}

/// The twelve known classes and one of a vendor.
pub const CLASSES: [Class; 13] = [
    Class::TRIAL,
    Class::PROFESSIONAL,
    Class::ANALOG,
    Class::VMAX,
    Class::ANALOG_ENCODER,
    Class::EDGE,
    Class::VIDEO_WALL,
    Class::IO_MODULE,
    Class::STARTER,
    Class::NVR,
    Class::BRIDGE,
    Class::FREE,
    Class::VENDOR_FIRST,
];

/// Which classes meet a need, as the plan of the house says it in words.
#[must_use]
pub fn meets(class: Class, need: Class) -> bool {
    let for_professional = [Class::EDGE, Class::STARTER, Class::NVR, Class::TRIAL];
    class == need
        || match need {
            Class::VMAX | Class::ANALOG_ENCODER => {
                class == Class::ANALOG || class == Class::PROFESSIONAL || for_professional.contains(&class)
            }
            Class::ANALOG | Class::BRIDGE => class == Class::PROFESSIONAL || for_professional.contains(&class),
            Class::PROFESSIONAL => for_professional.contains(&class),
            Class::EDGE | Class::IO_MODULE => class == Class::TRIAL,
            _ => false,
        }
}

/// What a device takes.
#[must_use]
pub fn units(need: Need) -> u32 {
    let counts_once = [Class::PROFESSIONAL, Class::EDGE, Class::STARTER, Class::NVR, Class::FREE];
    if counts_once.contains(&need.class) { 1 } else { need.channels.into() }
}

/// Units of one class.
#[derive(Clone, Copy, Debug)]
pub struct Supply {
    /// The class.
    pub class: Class,
    /// Units.
    pub units: u32,
}

/// What a device asks for.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// The class.
    pub class: Class,
    /// Units.
    pub units: u32,
}

/// Whether all demands can be met at once, by Hall's theorem over sets of kinds of demand: what no
/// set asks for exceeds what may be given to any of its members.
#[must_use]
pub fn can_be_met(demands: &[Demand], supplies: &[Supply]) -> bool {
    let mut kinds: Vec<(Class, u64)> = Vec::new();
    for demand in demands.iter().filter(|demand| demand.class != Class::FREE) {
        match kinds.iter_mut().find(|(class, _)| *class == demand.class) {
            Some((_, units)) => *units = units.saturating_add(demand.units.into()),
            None => kinds.push((demand.class, demand.units.into())),
        }
    }
    let sets = 1u64.checked_shl(u32::try_from(kinds.len()).unwrap_or(64)).unwrap_or(0);
    (0..sets).all(|set| {
        let members: Vec<_> =
            kinds.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, kind)| kind).collect();
        let asked: u64 = members.iter().map(|(_, units)| units).sum();
        let may_use = |supply: &&Supply| members.iter().any(|(class, _)| meets(supply.class, *class));
        asked <= supplies.iter().filter(may_use).map(|supply| u64::from(supply.units)).sum()
    })
}

/// The order of a shortage: priority, those that hold a channel, ids.
#[must_use]
pub fn shortage_order(device: &Device) -> (u8, bool, DeviceId) {
    let priority = match device.priority {
        Priority::High => 0,
        Priority::Medium => 1,
        Priority::Low | Priority::Never => 2,
    };
    (priority, device.channel == Channel::None, device.id)
}
