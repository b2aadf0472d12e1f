//! Merging: one System of two, or why not.
//!
//! The direction decides the name and the settings: those of the target stay, of the System and of
//! each device that both know. It never decides about licences. Where no merge is refused, the
//! servers, devices, licences and what they reach are the same in whichever order and direction
//! Systems are merged.

use core::fmt;

use super::checked::Checked;
use super::model::{Channel, Device, DeviceId, PoolLicense, Reach, Server, ServerId, ServerIndex, System};
use crate::license::{Class, LicenseKey};

/// A fact of the network or of rights, which only the caller can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Fact {
    /// The other System does not answer.
    Unreachable,
    /// It does not accept the password.
    WrongPassword,
    /// Whoever asks is not the owner of both Systems.
    NotOwner,
    /// The backup that is made before a merge failed.
    BackupFailed,
}

/// What speaks against a merge, or has to be known before it. In the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Finding {
    /// Refused: the other System does not answer.
    Unreachable,
    /// Refused: it does not accept the password.
    WrongPassword,
    /// Refused: whoever asks is not the owner of both.
    NotOwner,
    /// Refused: the servers of the two do not speak one protocol.
    IncompatibleVersion,
    /// Refused: the two are of different brands.
    OtherBrand,
    /// Refused: a server with this id is in both.
    DuplicateServer(ServerId),
    /// Refused: the backup failed.
    BackupFailed,
    /// To know: both hold a starter licence, and only one will count.
    TwoStarters,
    /// To know: both hold an NVR licence, and only one will count.
    TwoNvrs,
    /// To know: this key is on both sides and will count once.
    DuplicateKey(LicenseKey),
    /// To know: a server of each side shows the same HWID.
    DuplicateHwid(ServerId, ServerId),
    /// To know: both know this device, and the settings of the target will stay.
    SharedDevice(DeviceId),
}

impl From<Fact> for Finding {
    fn from(fact: Fact) -> Self {
        match fact {
            Fact::Unreachable => Self::Unreachable,
            Fact::WrongPassword => Self::WrongPassword,
            Fact::NotOwner => Self::NotOwner,
            Fact::BackupFailed => Self::BackupFailed,
        }
    }
}

impl Finding {
    /// Whether there is no merge because of it.
    #[must_use]
    pub const fn refuses(self) -> bool {
        self.number() <= 7
    }

    /// Stable number, shared with the C ABI.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Unreachable => 1,
            Self::WrongPassword => 2,
            Self::NotOwner => 3,
            Self::IncompatibleVersion => 4,
            Self::OtherBrand => 5,
            Self::DuplicateServer(_) => 6,
            Self::BackupFailed => 7,
            Self::TwoStarters => 33,
            Self::TwoNvrs => 34,
            Self::DuplicateKey(_) => 35,
            Self::DuplicateHwid(..) => 36,
            Self::SharedDevice(_) => 37,
        }
    }

    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::WrongPassword => "wrong-password",
            Self::NotOwner => "not-owner",
            Self::IncompatibleVersion => "incompatible-version",
            Self::OtherBrand => "other-brand",
            Self::DuplicateServer(_) => "duplicate-server",
            Self::BackupFailed => "backup-failed",
            Self::TwoStarters => "two-starters",
            Self::TwoNvrs => "two-nvrs",
            Self::DuplicateKey(_) => "duplicate-key",
            Self::DuplicateHwid(..) => "duplicate-hwid",
            Self::SharedDevice(_) => "shared-device",
        }
    }

    /// What was found, as one sentence.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Unreachable => "The other System does not answer.",
            Self::WrongPassword => "The other System does not accept the password.",
            Self::NotOwner => "Only the owner of both Systems may merge them.",
            Self::IncompatibleVersion => "The servers of the two Systems are of versions that do not work together.",
            Self::OtherBrand => "The two Systems are of different brands.",
            Self::DuplicateServer(_) => "A server with the same id is in both Systems.",
            Self::BackupFailed => "The backup before the merge failed.",
            Self::TwoStarters => "Both Systems hold a starter licence; the one with more channels will count.",
            Self::TwoNvrs => "Both Systems hold an NVR licence; the one with more channels will count.",
            Self::DuplicateKey(_) => "The same licence key is in both Systems; the one issued last will count, once.",
            Self::DuplicateHwid(..) => "Servers of the two Systems show the same Hardware ID.",
            Self::SharedDevice(_) => "Both Systems know this device; its settings in the target will stay.",
        }
    }

    /// What the administrator does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Unreachable => "Check the address, the port and the firewall, and that its server runs.",
            Self::WrongPassword => "Enter the password of the other System's administrator.",
            Self::NotOwner => "Have the owner of both Systems merge them, or transfer one of them first.",
            Self::IncompatibleVersion => "Update the servers of the older System first.",
            Self::OtherBrand => "Systems of different brands stay apart; ask the vendor to exchange the licences.",
            Self::DuplicateServer(_) => {
                "One of them is a copy of the other: give the copy an id of its own, or detach it, and merge again."
            }
            Self::BackupFailed => "Free space or choose another place for the backup, and merge again.",
            Self::TwoStarters | Self::TwoNvrs => {
                "Ask the vendor to exchange the smaller one before the merge if its channels are needed."
            }
            Self::DuplicateKey(_) => "Nothing to do; its channels were paid for once.",
            Self::DuplicateHwid(..) => {
                "One of the machines may be a clone: give the virtual machine an identity of its own and enrol it again."
            }
            Self::SharedDevice(_) => "Look at its recording and priority after the merge.",
        }
    }
}

/// Findings, in memory that the caller lends.
#[derive(Debug)]
pub struct Findings<'f> {
    slots: &'f mut [Finding],
    count: usize,
}

impl<'f> Findings<'f> {
    /// None so far; what stands in the slots is overwritten.
    #[must_use]
    pub const fn new(slots: &'f mut [Finding]) -> Self {
        Self { slots, count: 0 }
    }

    /// Those found so far.
    #[must_use]
    pub fn as_slice(&self) -> &[Finding] {
        self.slots.get(..self.count).unwrap_or_default()
    }

    fn push(&mut self, finding: Finding) -> Result<(), MergeError> {
        *self.slots.get_mut(self.count).ok_or(MergeError::NoRoomForFindings)? = finding;
        self.count = self.count.saturating_add(1);
        Ok(())
    }
}

/// Memory for a merged System: as much as both Systems have of each together.
#[derive(Debug)]
pub struct MergeRoom<'m, 'r> {
    /// Servers.
    pub servers: &'m mut [Server<'r>],
    /// Devices.
    pub devices: &'m mut [Device],
    /// Licences.
    pub licenses: &'m mut [PoolLicense],
    /// Entries of the table of who reaches what.
    pub reach: &'m mut [ServerIndex],
    /// One for each server of the other System; of no use afterwards.
    pub positions: &'m mut [ServerIndex],
}

/// Why a merge could not be worked out. Refusals are [`Finding`]s, not errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum MergeError {
    /// The memory lent is for fewer findings.
    NoRoomForFindings,
    /// The memory lent is for fewer servers, or there are more than a System may have.
    NoRoomForServers,
    /// The same, of devices.
    NoRoomForDevices,
    /// The same, of licences.
    NoRoomForLicenses,
    /// The same, of entries of the table of who reaches what.
    NoRoomForReach,
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRoomForFindings => "there is more to say than there is room for",
            Self::NoRoomForServers => "the merged System has more servers than there is room for",
            Self::NoRoomForDevices => "the merged System has more devices than there is room for",
            Self::NoRoomForLicenses => "the merged System has more licences than there is room for",
            Self::NoRoomForReach => "the merged table of who reaches what is longer than there is room for",
        })
    }
}

impl core::error::Error for MergeError {}

/// Merges `other` into `target`: the merged System, or `None` if a finding refuses it.
///
/// Neither is changed: whoever only wants to know what would be looks at the result and drops it.
/// In the result the rows of the target keep their positions and those that only the other System
/// has follow them. A removed server that is a member on the other side is a member again, and a
/// licence that no server of its side could explain is tied to the server that can. Devices hold
/// what they held; allocate to know what they get.
///
/// # Errors
/// Too little room for the findings or the result; nothing that was written then means anything.
///
/// # Bounds
/// Looks each row up once by its id, and compares the HWIDs of all servers in pairs.
pub fn merge<'m, 'r: 'm>(
    target: &Checked<'r>,
    other: &Checked<'r>,
    facts: &[Fact],
    room: MergeRoom<'m, 'r>,
    findings: &mut Findings<'_>,
) -> Result<Option<System<'m>>, MergeError> {
    refuse(target, other, facts, findings)?;
    if !findings.as_slice().is_empty() {
        return Ok(None);
    }
    warn(target, other, findings)?;
    let MergeRoom { servers, devices, licenses, reach, positions } = room;
    let servers = join_servers(target, other, servers, positions)?;
    let position_of = |server: ServerIndex| positions.get(server.position()).copied().unwrap_or(server);
    let (devices, reach) = join_devices(target, other, position_of, devices, reach)?;
    let settings = target.system();
    let untied = System { servers, devices, licenses: &[], reach, ..*settings };
    let licenses = join_licenses(target, other, position_of, &untied, licenses)?;
    Ok(Some(System { licenses, ..untied }))
}

/// Everything that refuses the merge, in the order in which it is told.
fn refuse(
    target: &Checked<'_>,
    other: &Checked<'_>,
    facts: &[Fact],
    findings: &mut Findings<'_>,
) -> Result<(), MergeError> {
    let (here, there) = (target.system(), other.system());
    for fact in [Fact::Unreachable, Fact::WrongPassword, Fact::NotOwner] {
        if facts.contains(&fact) {
            findings.push(fact.into())?;
        }
    }
    if here.protocol != there.protocol {
        findings.push(Finding::IncompatibleVersion)?;
    }
    if here.brand != there.brand {
        findings.push(Finding::OtherBrand)?;
    }
    for (_, server) in target.members_by_id() {
        let twin = other.server_with(server.id).and_then(|index| there.server(index));
        if twin.is_some_and(|twin| twin.presence.is_member()) {
            findings.push(Finding::DuplicateServer(server.id))?;
        }
    }
    if facts.contains(&Fact::BackupFailed) {
        findings.push(Finding::BackupFailed)?;
    }
    Ok(())
}

/// Everything that has to be known before the merge.
fn warn(target: &Checked<'_>, other: &Checked<'_>, findings: &mut Findings<'_>) -> Result<(), MergeError> {
    let (here, there) = (target.system(), other.system());
    for (class, finding) in [(Class::STARTER, Finding::TwoStarters), (Class::NVR, Finding::TwoNvrs)] {
        let holds = |system: &System<'_>| {
            system.licenses.iter().any(|license| license.class == class && license.reason.is_accepting())
        };
        if holds(here) && holds(there) {
            findings.push(finding)?;
        }
    }
    let mut last = None;
    for (_, license) in target.licenses_by_key() {
        if last != Some(license.key) && other.has_key(license.key) {
            findings.push(Finding::DuplicateKey(license.key))?;
        }
        last = Some(license.key);
    }
    for (_, server) in target.members_by_id() {
        for (_, stranger) in other.members_by_id() {
            if server.hwids.iter().any(|hwid| stranger.hwids.contains(hwid)) {
                findings.push(Finding::DuplicateHwid(server.id, stranger.id))?;
            }
        }
    }
    for (_, device) in target.devices_by_id().filter(|(_, device)| other.device_with(device.id).is_some()) {
        findings.push(Finding::SharedDevice(device.id))?;
    }
    Ok(())
}

/// The servers of both, and for each server of the other System its position among them.
fn join_servers<'m, 'r>(
    target: &Checked<'r>,
    other: &Checked<'r>,
    servers: &'m mut [Server<'r>],
    positions: &mut [ServerIndex],
) -> Result<&'m [Server<'r>], MergeError> {
    let full = MergeError::NoRoomForServers;
    let mut count = copy_to(servers, target.system().servers).ok_or(full)?;
    let positions = positions.get_mut(..other.system().servers.len()).ok_or(full)?;
    for (position, server) in positions.iter_mut().zip(other.system().servers) {
        if let Some(known) = target.server_with(server.id) {
            // At most one of the two records is of a member: it stays.
            if server.presence.is_member() {
                *servers.get_mut(known.position()).ok_or(full)? = *server;
            }
            *position = known;
        } else {
            *position = u16::try_from(count).map(ServerIndex).map_err(|_| full)?;
            count = push(servers, count, *server).ok_or(full)?;
        }
    }
    servers.get(..count).ok_or(full)
}

/// The devices of both, and the table of who reaches them.
fn join_devices<'m>(
    target: &Checked<'_>,
    other: &Checked<'_>,
    position_of: impl Fn(ServerIndex) -> ServerIndex,
    devices: &'m mut [Device],
    reach: &'m mut [ServerIndex],
) -> Result<(&'m [Device], &'m [ServerIndex]), MergeError> {
    let full = MergeError::NoRoomForDevices;
    let (here, there) = (target.system(), other.system());
    let (mut count, mut reach_count) = (0usize, 0usize);
    for device in here.devices {
        let twin = other.device_with(device.id).and_then(|index| there.devices.get(usize::try_from(index).ok()?));
        let theirs = twin.map(|twin| there.reach_of(twin)).unwrap_or_default();
        let stretch = here.reach_of(device).iter().copied().chain(theirs.iter().map(|server| position_of(*server)));
        let joined = joined_reach(reach, &mut reach_count, stretch)?;
        let host = device.host.or_else(|| twin.and_then(|twin| twin.host).map(&position_of));
        let channel = match (device.channel, twin.map(|twin| twin.channel)) {
            (Channel::None, Some(channel)) => channel,
            (Channel::Local, Some(Channel::Agreed)) => Channel::Agreed,
            (channel, _) => channel,
        };
        count = push(devices, count, Device { reach: joined, host, channel, ..*device }).ok_or(full)?;
    }
    for device in there.devices.iter().filter(|device| target.device_with(device.id).is_none()) {
        let stretch = there.reach_of(device).iter().map(|server| position_of(*server));
        let joined = joined_reach(reach, &mut reach_count, stretch)?;
        let (host, preferred) = (device.host.map(&position_of), position_of(device.preferred));
        count = push(devices, count, Device { reach: joined, host, preferred, ..*device }).ok_or(full)?;
    }
    Ok((devices.get(..count).ok_or(full)?, reach.get(..reach_count).ok_or(MergeError::NoRoomForReach)?))
}

/// Appends a stretch to the table, each server once.
fn joined_reach(
    table: &mut [ServerIndex],
    count: &mut usize,
    stretch: impl Iterator<Item = ServerIndex>,
) -> Result<Reach, MergeError> {
    let full = MergeError::NoRoomForReach;
    let first = *count;
    for server in stretch {
        let so_far = table.get(first..*count).unwrap_or_default();
        if !so_far.contains(&server) {
            *count = push(table, *count, server).ok_or(full)?;
        }
    }
    Ok(Reach {
        first: u32::try_from(first).map_err(|_| full)?,
        count: u16::try_from(count.saturating_sub(first)).map_err(|_| full)?,
    })
}

/// The licences of both, tied to the servers of `merged`.
fn join_licenses<'m>(
    target: &Checked<'_>,
    other: &Checked<'_>,
    position_of: impl Fn(ServerIndex) -> ServerIndex,
    merged: &System<'_>,
    licenses: &'m mut [PoolLicense],
) -> Result<&'m [PoolLicense], MergeError> {
    let full = MergeError::NoRoomForLicenses;
    let ours = target.system().licenses.iter().map(|license| (license, license.server));
    let theirs = other.system().licenses.iter().map(|license| (license, license.server.map(&position_of)));
    let mut count = 0;
    for (license, server) in ours.chain(theirs) {
        let server = server.or_else(|| merged.server_of(&license.hwid));
        count = push(licenses, count, PoolLicense { server, ..*license }).ok_or(full)?;
    }
    licenses.get(..count).ok_or(full)
}

/// Copies rows to the front and says how many.
fn copy_to<T: Copy>(slots: &mut [T], rows: &[T]) -> Option<usize> {
    slots.get_mut(..rows.len())?.copy_from_slice(rows);
    Some(rows.len())
}

/// Puts a row behind the first `count`, and says how many there are then.
fn push<T>(slots: &mut [T], count: usize, row: T) -> Option<usize> {
    *slots.get_mut(count)? = row;
    Some(count.saturating_add(1))
}
