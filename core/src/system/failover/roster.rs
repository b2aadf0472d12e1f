//! Who is recorded where while the plan is made: competitors in the order in which they get a
//! place, and the load of each server.

use super::placement::Placement;
use super::rules::Rules;
use super::workspace::{Competitor, Load, NOWHERE};
use crate::system::checked::{Checked, row};
use crate::system::model::{Device, Priority, ServerIndex};
use crate::system::sort;

/// Ranks among competitors: priority, and of one priority those first that a server records.
const RANKS: usize = 6;

/// A position as an index; every target has pointers that hold what is counted here.
pub(super) fn wide(position: u32) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// A count of rows, which a System limits to far less than 32 bits.
pub(super) fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The servers, numbered as the planner does.
pub(super) fn servers(count: usize) -> core::ops::Range<u16> {
    0..u16::try_from(count).unwrap_or(NOWHERE)
}

/// Who is recorded where.
pub(super) struct Roster<'w> {
    pub(super) competitors: &'w mut [Competitor],
    pub(super) candidates: &'w mut [u16],
    pub(super) loads: &'w mut [Load],
}

impl<'w> Roster<'w> {
    /// Nobody yet: the loads hold the devices at home, and the limits. A server records its own
    /// devices in any case.
    pub(super) fn at_home(
        (checked, rules, placements): (&Checked<'_>, &Rules<'_>, &[Placement]),
        competitors: &'w mut [Competitor],
        candidates: &'w mut [u16],
        loads: &'w mut [Load],
    ) -> Self {
        loads.fill(Load::default());
        let mut roster = Self { competitors, candidates, loads };
        for (number, (index, _)) in servers(roster.loads.len()).zip(checked.servers_by_id()) {
            if let Some(load) = roster.load_mut(number) {
                load.row = index.0;
            }
            if let Some(load) = roster.load_mut(index.0) {
                load.number = number;
            }
        }
        for home in placements.iter().filter_map(|placement| placement.server()) {
            let number = roster.number(home);
            if let Some(load) = roster.load_mut(number) {
                load.devices = load.devices.saturating_add(1);
            }
        }
        for (load, (index, server)) in roster.loads.iter_mut().zip(checked.servers_by_id()) {
            let most = if rules.is_online(index) { server.failover.devices_max } else { 0 };
            load.limit = most.max(load.devices);
        }
        roster
    }

    /// Enters the devices that compete, in order.
    pub(super) fn enter(&mut self, checked: &Checked<'_>, rules: &Rules<'_>, competes: impl Fn(u32) -> bool) {
        let mut next = [0u32; RANKS];
        let mut entered = 0u32;
        for (position, device) in (0u32..).zip(rules.system().devices) {
            if competes(position) {
                entered = entered.saturating_add(1);
                for later in next.iter_mut().skip(rank(rules, device).saturating_add(1)) {
                    *later = later.saturating_add(1);
                }
            }
        }
        let mut first = 0u32;
        for (position, device) in checked.devices_by_id().filter(|(position, _)| competes(*position)) {
            let mut competitor = self.enter_candidates(first, rules, device);
            competitor.device = position;
            first = first.saturating_add(competitor.count.into());
            if let Some(place) = next.get_mut(rank(rules, device)) {
                if let Some(slot) = self.competitors.get_mut(wide(*place)) {
                    *slot = competitor;
                }
                *place = place.saturating_add(1);
            }
        }
        self.cut(entered, first);
    }

    /// Enters the servers that could record a device, each once, in order of their numbers.
    fn enter_candidates(&mut self, first: u32, rules: &Rules<'_>, device: &Device) -> Competitor {
        let free = self.candidates.get_mut(wide(first)..).unwrap_or_default();
        let mut entered = 0usize;
        for (slot, server) in free.iter_mut().zip(rules.candidates(device)) {
            *slot = number(self.loads, server);
            entered = entered.saturating_add(1);
        }
        let list = free.get_mut(..entered).unwrap_or_default();
        sort::by_key(list, |server| *server);
        let count = dedup(list);
        let host = rules.recorded_by(device).map(|host| number(self.loads, host));
        let host = host.filter(|host| list.iter().take(count.into()).any(|server| server == host));
        Competitor { first, count, host: host.unwrap_or(NOWHERE), ..Competitor::default() }
    }

    /// Leaves out the memory that is not needed.
    fn cut(&mut self, competitors: u32, candidates: u32) {
        let cut = core::mem::take(&mut self.competitors);
        self.competitors = cut.get_mut(..wide(competitors)).unwrap_or_default();
        let cut = core::mem::take(&mut self.candidates);
        self.candidates = cut.get_mut(..wide(candidates)).unwrap_or_default();
    }

    /// The planner's number of a server.
    fn number(&self, server: ServerIndex) -> u16 {
        number(self.loads, server)
    }

    /// The server of a number.
    pub(super) fn server(&self, number: u16) -> ServerIndex {
        ServerIndex(self.load(number).row)
    }

    /// How many compete.
    pub(super) fn count(&self) -> u32 {
        narrow(self.competitors.len())
    }

    pub(super) fn competitor(&self, index: u32) -> Competitor {
        row(self.competitors, index).copied().unwrap_or_default()
    }

    pub(super) fn competitor_mut(&mut self, index: u32) -> Option<&mut Competitor> {
        self.competitors.get_mut(wide(index))
    }

    pub(super) fn load(&self, server: u16) -> Load {
        self.loads.get(usize::from(server)).copied().unwrap_or_default()
    }

    pub(super) fn load_mut(&mut self, server: u16) -> Option<&mut Load> {
        self.loads.get_mut(usize::from(server))
    }

    /// The servers that could record a competitor.
    pub(super) fn candidates_of(&self, competitor: &Competitor) -> &[u16] {
        let first = wide(competitor.first);
        self.candidates.get(first..first.saturating_add(competitor.count.into())).unwrap_or_default()
    }

    /// Whether a server is one of those.
    pub(super) fn is_candidate(&self, competitor: &Competitor, server: u16) -> bool {
        self.candidates_of(competitor).contains(&server)
    }

    /// Takes a competitor from where it is, and to a server or [`NOWHERE`].
    pub(super) fn relocate(&mut self, index: u32, to: u16) {
        let Some(competitor) = self.competitor_mut(index) else { return };
        let from = core::mem::replace(&mut competitor.at, to);
        if let Some(load) = self.load_mut(from) {
            load.devices = load.devices.saturating_sub(1);
        }
        if let Some(load) = self.load_mut(to) {
            load.devices = load.devices.saturating_add(1);
        }
    }

    /// Gives everybody a place, as if there were room for all: those who are recorded stay, the
    /// others go to the server with the fewest devices, one with room first.
    pub(super) fn seat(&mut self) {
        for index in 0..self.count() {
            self.relocate(index, self.competitor(index).host);
        }
        for index in 0..self.count() {
            let competitor = self.competitor(index);
            if competitor.host == NOWHERE {
                let best = self.candidates_of(&competitor).iter().copied().min_by_key(|server| {
                    let load = self.load(*server);
                    (load.excess(), !load.has_room(), load.devices)
                });
                self.relocate(index, best.unwrap_or(NOWHERE));
            }
        }
    }

    /// How many devices more there could be, over all servers.
    pub(super) fn room(&self) -> u32 {
        self.loads.iter().map(|load| load.limit.saturating_sub(load.devices)).fold(0, u32::saturating_add)
    }

    /// How many devices are too many, over all servers.
    pub(super) fn excess(&self) -> u32 {
        self.loads.iter().map(Load::excess).fold(0, u32::saturating_add)
    }
}

/// The planner's number of a server.
fn number(loads: &[Load], server: ServerIndex) -> u16 {
    loads.get(server.position()).map_or(NOWHERE, |load| load.number)
}

/// Leaves one of each in a sorted list, and tells how many these are.
fn dedup(sorted: &mut [u16]) -> u16 {
    let (mut kept, mut before) = (0u16, NOWHERE);
    for from in 0..sorted.len() {
        let Some(server) = sorted.get(from).copied().filter(|server| *server != before) else { continue };
        if let Some(slot) = sorted.get_mut(usize::from(kept)) {
            *slot = server;
        }
        kept = kept.saturating_add(1);
        before = server;
    }
    kept
}

/// Where a competitor stands: 0 is first. Ids decide within a rank.
fn rank(rules: &Rules<'_>, device: &Device) -> usize {
    let behind = usize::from(rules.recorded_by(device).is_none());
    match device.priority {
        Priority::High => behind,
        Priority::Medium => behind.saturating_add(2),
        Priority::Low | Priority::Never => behind.saturating_add(4),
    }
}
