//! A System that holds together, and its rows in an order that does not depend on the caller's.

use core::cmp::Reverse;
use core::fmt;

use super::model::{
    Channel, DEVICES_MAX, Device, DeviceId, LICENSES_MAX, PoolLicense, Priority, SERVERS_MAX, Server, ServerId,
    ServerIndex, System,
};
use super::sort;
use crate::license::LicenseKey;
use crate::numbered::numbered;

numbered! {
    /// What is wrong with the rows of a System.
    Problem {
        /// There is no server, or each one was removed.
        NoServers = 1, "no-servers", "the System has no servers";
        /// More servers than [`SERVERS_MAX`], or than the memory lent is for.
        TooManyServers = 2, "too-many-servers", "more servers than there is room for";
        /// More devices than [`DEVICES_MAX`], or than the memory lent is for.
        TooManyDevices = 3, "too-many-devices", "more devices than there is room for";
        /// More licences than [`LICENSES_MAX`], or than the memory lent is for.
        TooManyLicenses = 4, "too-many-licenses", "more licences than there is room for";
        /// Two servers with one id.
        DuplicateServer = 5, "duplicate-server", "two servers have the same id";
        /// Two devices with one id.
        DuplicateDevice = 6, "duplicate-device", "two devices have the same id";
        /// A device's host is no server of the System.
        UnknownHost = 7, "unknown-host", "the device is recorded by a server that is not in the System";
        /// A device's preferred server is no server of the System.
        UnknownPreferred = 8, "unknown-preferred", "the device belongs to a server that is not in the System";
        /// A device is reached by servers that the System has not, or its stretch of the table lies outside.
        UnknownReach = 9, "unknown-reach", "the device is reached by a server that is not in the System";
        /// A licence is tied to a server that is not there.
        UnknownTie = 10, "unknown-tie", "the licence is tied to a server that is not in the System";
        /// A device that needs no channel at all.
        NoChannels = 11, "no-channels", "the device needs no channel";
        /// Channels of licences, or needs of devices, add up to more than 32 bits hold.
        CountOverflow = 12, "count-overflow", "the channels add up to more than 4,294,967,295";
        /// A licence says that more of its channels are held than it has.
        HeldTooMany = 13, "held-too-many", "more channels of the licence are held than it has";
    }
}

/// Why rows are no System. `index` is the position of the row at fault in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ModelError {
    /// What is wrong.
    pub problem: Problem,
    /// Where: position in the list of servers, devices or licences.
    pub index: u32,
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (row {})", self.problem, self.index)
    }
}

impl core::error::Error for ModelError {}

/// Memory for the orders of a System: two bytes for each server, eight for each device, four for
/// each licence. Longer slices do as well.
#[derive(Debug)]
pub struct Orders<'s> {
    /// One for each server.
    pub servers: &'s mut [u16],
    /// One for each device.
    pub devices_by_id: &'s mut [u32],
    /// One for each device.
    pub devices_by_rank: &'s mut [u32],
    /// One for each licence.
    pub licenses: &'s mut [u32],
}

/// A System that holds together. Only [`System::check`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'s> {
    system: &'s System<'s>,
    servers: &'s [u16],
    devices_by_id: &'s [u32],
    devices_by_rank: &'s [u32],
    licenses: &'s [u32],
}

/// Place of a device among all that compete: by priority, those that hold a channel first.
const RANKS: usize = 6;

impl Device {
    /// Where it stands when there is not enough for all: 0 is first. Ids decide within a rank.
    pub(super) fn rank(&self) -> usize {
        let behind = usize::from(self.channel == Channel::None);
        match self.priority {
            Priority::High => behind,
            Priority::Medium => behind.saturating_add(2),
            Priority::Low | Priority::Never => behind.saturating_add(4),
        }
    }
}

/// A position as the orders keep it; the limits of a System see to it that it fits.
fn narrow(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// The row at a position from one of the orders.
pub(super) fn row<T>(rows: &[T], position: u32) -> Option<&T> {
    usize::try_from(position).ok().and_then(|position| rows.get(position))
}

/// The first `count` of what was lent, numbered from 0.
fn numbered_from_zero<N: TryFrom<usize>>(
    lent: &mut [N],
    count: usize,
    max: usize,
    problem: Problem,
) -> Result<&mut [N], ModelError> {
    let too_many = ModelError { problem, index: narrow(lent.len().min(max)) };
    let used = lent.get_mut(..count).filter(|_| count <= max).ok_or(too_many)?;
    for (position, slot) in used.iter_mut().enumerate() {
        *slot = N::try_from(position).map_err(|_| too_many)?;
    }
    Ok(used)
}

impl<'s> System<'s> {
    /// Checks that the rows hold together, and puts them in order.
    ///
    /// # Errors
    /// The first [`Problem`] found, with the row; nothing is half done.
    ///
    /// # Bounds
    /// Sorts each list once, in the memory lent.
    pub fn check(&'s self, orders: Orders<'s>) -> Result<Checked<'s>, ModelError> {
        if !self.servers.iter().any(|server| server.presence.is_member()) {
            return Err(ModelError { problem: Problem::NoServers, index: 0 });
        }
        let devices = self.devices.len();
        let servers = numbered_from_zero(orders.servers, self.servers.len(), SERVERS_MAX, Problem::TooManyServers)?;
        let by_id = numbered_from_zero(orders.devices_by_id, devices, DEVICES_MAX, Problem::TooManyDevices)?;
        let by_rank = numbered_from_zero(orders.devices_by_rank, devices, DEVICES_MAX, Problem::TooManyDevices)?;
        let licenses =
            numbered_from_zero(orders.licenses, self.licenses.len(), LICENSES_MAX, Problem::TooManyLicenses)?;
        self.check_devices()?;
        self.check_licenses()?;

        sort::by_key(servers, |index| self.server(ServerIndex(*index)).map(|server| server.id));
        let server_id = |index: u16| self.server(ServerIndex(index)).map(|server| server.id);
        if let Some(index) = repeated(servers, |index| server_id(*index)) {
            return Err(ModelError { problem: Problem::DuplicateServer, index: (*index).into() });
        }
        sort::by_key_with(by_id, by_rank, |index| row(self.devices, *index).map(|device| device.id));
        if let Some(index) = repeated(by_id, |index| row(self.devices, *index).map(|device| device.id)) {
            return Err(ModelError { problem: Problem::DuplicateDevice, index: *index });
        }
        sort_by_rank(self.devices, by_id, by_rank);
        sort::by_key(licenses, |index| self.precedence(*index));
        Ok(Checked { system: self, servers, devices_by_id: by_id, devices_by_rank: by_rank, licenses })
    }

    /// Where a licence stands: by key; of one key the newest first, then the smaller digest, then
    /// the smaller id of its server.
    fn precedence(&self, index: u32) -> impl Ord + use<> {
        let of = |license: &PoolLicense| {
            let server = license.server.and_then(|index| self.server(index)).map(|server| server.id);
            (license.key, Reverse(license.issued), license.digest, server)
        };
        row(self.licenses, index).map(of)
    }

    fn check_devices(&self) -> Result<(), ModelError> {
        let mut needed = 0u32;
        for (position, device) in self.devices.iter().enumerate() {
            let err = |problem| ModelError { problem, index: narrow(position) };
            let is_known = |index: &ServerIndex| index.position() < self.servers.len();
            if !is_known(&device.preferred) {
                return Err(err(Problem::UnknownPreferred));
            }
            if !device.host.as_ref().is_none_or(is_known) {
                return Err(err(Problem::UnknownHost));
            }
            let reach = self.reach_of(device);
            if reach.len() != usize::from(device.reach.count) || !reach.iter().all(is_known) {
                return Err(err(Problem::UnknownReach));
            }
            if device.need.channels == 0 {
                return Err(err(Problem::NoChannels));
            }
            needed = needed.checked_add(device.need.channels.into()).ok_or(err(Problem::CountOverflow))?;
        }
        Ok(())
    }

    fn check_licenses(&self) -> Result<(), ModelError> {
        let mut paid_for = 0u32;
        for (position, license) in self.licenses.iter().enumerate() {
            let err = |problem| ModelError { problem, index: narrow(position) };
            if license.server.is_some_and(|index| index.position() >= self.servers.len()) {
                return Err(err(Problem::UnknownTie));
            }
            if license.held > license.units() {
                return Err(err(Problem::HeldTooMany));
            }
            paid_for = paid_for.checked_add(license.channels).ok_or(err(Problem::CountOverflow))?;
            paid_for.checked_mul(2).ok_or(err(Problem::CountOverflow))?;
        }
        Ok(())
    }
}

/// Of two rows with the same key, whose positions stand side by side, the later one.
fn repeated<T: Ord, K: PartialEq>(sorted: &[T], key: impl Fn(&T) -> K) -> Option<&T> {
    sorted.iter().zip(sorted.iter().skip(1)).find(|(a, b)| key(a) == key(b)).map(|(a, b)| a.max(b))
}

/// Puts devices that are in order of their ids into the order of their ranks, ids deciding within
/// a rank: a counting sort, which is stable.
fn sort_by_rank(devices: &[Device], by_id: &[u32], by_rank: &mut [u32]) {
    let mut next = [0usize; RANKS];
    let rank = |index: &u32| row(devices, *index).map_or(RANKS, Device::rank);
    for index in by_id {
        for later in next.iter_mut().skip(rank(index).saturating_add(1)) {
            *later = later.saturating_add(1);
        }
    }
    for index in by_id {
        if let Some(position) = next.get_mut(rank(index)) {
            if let Some(slot) = by_rank.get_mut(*position) {
                *slot = *index;
            }
            *position = position.saturating_add(1);
        }
    }
}

impl<'s> Checked<'s> {
    /// The System.
    #[must_use]
    pub const fn system(&self) -> &'s System<'s> {
        self.system
    }

    /// The servers with their positions, by id.
    pub fn servers_by_id(&self) -> impl Iterator<Item = (ServerIndex, &'s Server<'s>)> + Clone + use<'s> {
        let system = self.system;
        self.servers.iter().filter_map(|index| Some((ServerIndex(*index), system.server(ServerIndex(*index))?)))
    }

    /// The servers that belong to the System, offline ones among them, with their positions, by id.
    pub fn members_by_id(&self) -> impl Iterator<Item = (ServerIndex, &'s Server<'s>)> + Clone + use<'s> {
        self.servers_by_id().filter(|(_, server)| server.presence.is_member())
    }

    /// The devices with their positions, by id.
    pub fn devices_by_id(&self) -> impl Iterator<Item = (u32, &'s Device)> + Clone + use<'s> {
        let devices = self.system.devices;
        self.devices_by_id.iter().filter_map(|index| Some((*index, row(devices, *index)?)))
    }

    /// The devices with their positions, in the order in which they get what there is: by
    /// priority ([`Priority::Never`] with [`Priority::Low`]), those that hold a channel first, then by id.
    pub fn devices_by_rank(&self) -> impl DoubleEndedIterator<Item = (u32, &'s Device)> + Clone + use<'s> {
        let devices = self.system.devices;
        self.devices_by_rank.iter().filter_map(|index| Some((*index, row(devices, *index)?)))
    }

    /// The licences with their positions, by key; of one key the one that counts comes first.
    pub fn licenses_by_key(&self) -> impl DoubleEndedIterator<Item = (u32, &'s PoolLicense)> + Clone + use<'s> {
        let licenses = self.system.licenses;
        self.licenses.iter().filter_map(|index| Some((*index, row(licenses, *index)?)))
    }

    /// Position of the server with this id.
    #[must_use]
    pub fn server_with(&self, id: ServerId) -> Option<ServerIndex> {
        let id_at = |index: &u16| self.system.server(ServerIndex(*index)).map(|server| server.id);
        let found = self.servers.binary_search_by_key(&Some(id), id_at).ok()?;
        self.servers.get(found).copied().map(ServerIndex)
    }

    /// Position of the device with this id.
    #[must_use]
    pub fn device_with(&self, id: DeviceId) -> Option<u32> {
        let id_at = |index: &u32| row(self.system.devices, *index).map(|device| device.id);
        let found = self.devices_by_id.binary_search_by_key(&Some(id), id_at).ok()?;
        self.devices_by_id.get(found).copied()
    }

    /// Whether there is a licence with this key.
    #[must_use]
    pub fn has_key(&self, key: LicenseKey) -> bool {
        let key_at = |index: &u32| row(self.system.licenses, *index).map(|license| license.key);
        self.licenses.binary_search_by_key(&Some(key), key_at).is_ok()
    }
}
