//! Rows of Systems that tests and benchmarks make up, and the memory for plans over them.

use hwlicense::license::Class;
use hwlicense::system::failover::{Competitor, Load, Pair, Placement, PlanError, Sizes, Summary, Workspace, plan};
use hwlicense::system::{
    Channel, Checked, Device, DeviceId, Event, Failover, Grant, ModelError, Need, Orders, Policy, PoolLicense,
    Presence, Priority, Reach, Scope, Server, ServerId, ServerIndex, System,
};
use hwlicense::time::UnixSeconds;

/// What time it is in Systems that are made up.
pub const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

/// A server that has been online for long and takes over so many devices.
#[must_use]
pub const fn server(id: u128, devices_max: u32) -> Server<'static> {
    Server {
        id: ServerId(id.to_be_bytes()),
        name: "",
        brand: "northgate",
        hwids: &[],
        former_hwids: &[],
        hardware_changed: None,
        presence: Presence::Online { since: UnixSeconds(0) },
        failover: Failover { enabled: true, devices_max },
        location: 0,
    }
}

/// A device of high priority that belongs to a server and that nobody reaches or records yet.
#[must_use]
pub const fn device(id: u128, preferred: u16) -> Device {
    Device {
        id: DeviceId(id.to_be_bytes()),
        need: Need::one(Class::PROFESSIONAL),
        wanted: true,
        channel: Channel::None,
        priority: Priority::High,
        host: None,
        preferred: ServerIndex(preferred),
        reach: Reach { first: 0, count: 0 },
    }
}

/// The rows of a System, and the grants of its devices.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Which servers take over devices of a failed one.
    pub scope: Scope,
    /// Its servers.
    pub servers: Vec<Server<'static>>,
    /// Its devices.
    pub devices: Vec<Device>,
    /// The stretches of servers that reach devices.
    pub reach: Vec<ServerIndex>,
    /// Its licences.
    pub licenses: Vec<PoolLicense>,
    /// One for each device.
    pub grants: Vec<Grant>,
}

impl Rows {
    /// Servers alone.
    #[must_use]
    pub const fn of(servers: Vec<Server<'static>>) -> Self {
        Self {
            scope: Scope::Anywhere,
            servers,
            devices: Vec::new(),
            reach: Vec::new(),
            licenses: Vec::new(),
            grants: Vec::new(),
        }
    }

    /// Adds a device that these servers reach, with a licence.
    pub fn add(&mut self, mut device: Device, reach: &[u16]) {
        device.reach =
            Reach { first: u32::try_from(self.reach.len()).unwrap(), count: u16::try_from(reach.len()).unwrap() };
        self.reach.extend(reach.iter().copied().map(ServerIndex));
        self.devices.push(device);
        self.grants.push(Grant::Licensed(device.need.class));
    }

    /// The System.
    #[must_use]
    pub fn system(&self) -> System<'_> {
        System {
            name: "",
            brand: "northgate",
            protocol: 1,
            policy: Policy::KeepRecording,
            scope: self.scope,
            servers: &self.servers,
            devices: &self.devices,
            licenses: &self.licenses,
            reach: &self.reach,
        }
    }

    /// Its plan for an event, in memory made for it.
    #[must_use]
    pub fn plan(&self, event: Option<Event>) -> (Summary, Vec<Placement>) {
        let (system, mut orders) = (self.system(), OrdersMemory::default());
        let checked = orders.check(&system).unwrap();
        let mut memory = PlanMemory::of(&checked);
        let mut placements = vec![Placement::Idle; self.devices.len()];
        let summary = memory.plan(&checked, event, &self.grants, &mut placements).unwrap();
        (summary, placements)
    }
}

/// Memory for the orders of a System.
#[derive(Debug, Default)]
pub struct OrdersMemory {
    servers: Vec<u16>,
    by_id: Vec<u32>,
    by_rank: Vec<u32>,
    licenses: Vec<u32>,
}

impl OrdersMemory {
    /// Checks a System.
    ///
    /// # Errors
    /// As [`System::check`].
    pub fn check<'s>(&'s mut self, system: &'s System<'s>) -> Result<Checked<'s>, ModelError> {
        self.servers.resize(system.servers.len(), 0);
        self.by_id.resize(system.devices.len(), 0);
        self.by_rank.resize(system.devices.len(), 0);
        self.licenses.resize(system.licenses.len(), 0);
        system.check(Orders {
            servers: &mut self.servers,
            devices_by_id: &mut self.by_id,
            devices_by_rank: &mut self.by_rank,
            licenses: &mut self.licenses,
        })
    }
}

/// Memory for failover plans.
#[derive(Debug)]
pub struct PlanMemory {
    sizes: Sizes,
    competitors: Vec<Competitor>,
    candidates: Vec<u16>,
    witnesses: Vec<u32>,
    loads: Vec<Load>,
    pairs: Vec<Pair>,
    bits: Vec<u32>,
}

impl PlanMemory {
    /// As much as plans of this System need.
    #[must_use]
    pub fn of(system: &Checked<'_>) -> Self {
        let sizes = Sizes::of(system).unwrap();
        Self {
            sizes,
            competitors: vec![Competitor::default(); sizes.competitors],
            candidates: vec![0; sizes.candidates],
            witnesses: vec![0; sizes.witnesses],
            loads: vec![Load::default(); sizes.loads],
            pairs: vec![Pair::default(); sizes.pairs],
            bits: vec![0; sizes.bits],
        }
    }

    /// How much that is.
    #[must_use]
    pub const fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// To be lent to a planner.
    #[must_use]
    pub fn lend(&mut self) -> Workspace<'_> {
        Workspace {
            competitors: &mut self.competitors,
            candidates: &mut self.candidates,
            witnesses: &mut self.witnesses,
            loads: &mut self.loads,
            pairs: &mut self.pairs,
            bits: &mut self.bits,
        }
    }

    /// Makes a plan.
    ///
    /// # Errors
    /// As [`plan`].
    pub fn plan(
        &mut self,
        system: &Checked<'_>,
        event: Option<Event>,
        grants: &[Grant],
        placements: &mut [Placement],
    ) -> Result<Summary, PlanError> {
        plan(system, NOW, event, grants, self.lend(), placements)
    }
}
