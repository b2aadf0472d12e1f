//! What a System is made of: rows of plain values that the caller keeps.
//!
//! Rows refer to each other by position, so that a million devices cost no more than they must;
//! what two Systems have in common is found by ids. In which order the rows stand changes nothing.

use core::fmt;

use crate::hwid::Hwid;
use crate::license::{Class, LicenseKey, Reason};
use crate::time::UnixSeconds;

/// Most servers in one System.
pub const SERVERS_MAX: usize = 4_096;
/// Most devices in one System.
pub const DEVICES_MAX: usize = 1 << 24;
/// Most licences in one System.
pub const LICENSES_MAX: usize = 1 << 20;

/// Writes 16 bytes as a UUID is written (RFC 9562, 4).
fn write_uuid(f: &mut fmt::Formatter<'_>, bytes: &[u8; 16]) -> fmt::Result {
    for (position, byte) in bytes.iter().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            f.write_str("-")?;
        }
        write!(f, "{byte:02x}")?;
    }
    Ok(())
}

/// The id of a server: 16 bytes that stay the same for as long as it exists, such as a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ServerId(pub [u8; 16]);

impl fmt::Display for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_uuid(f, &self.0)
    }
}

/// The id of a device: 16 bytes that stay the same for as long as it exists, such as a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DeviceId(pub [u8; 16]);

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_uuid(f, &self.0)
    }
}

/// Position of a server in [`System::servers`]. In memory it is its number, so that a caller's list
/// of numbers serves as it is.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ServerIndex(pub u16);

impl ServerIndex {
    /// As a position in a slice.
    #[must_use]
    pub const fn position(self) -> usize {
        // Always fits: no target has pointers of less than 16 bits.
        #[expect(clippy::as_conversions, reason = "a conversion that is const and loses nothing")]
        let position = self.0 as usize;
        position
    }
}

/// Whether a server can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Presence {
    /// In contact, without a break since then.
    Online {
        /// When contact began.
        since: UnixSeconds,
    },
    /// Not heard since then.
    Offline {
        /// When it was last in contact. Shared state that survives restarts: grace counts from here.
        since: UnixSeconds,
    },
    /// Taken out of the System. Kept so that its licences can be explained.
    Removed,
}

impl Presence {
    /// Whether it is in contact now.
    #[must_use]
    pub const fn is_online(self) -> bool {
        matches!(self, Self::Online { .. })
    }

    /// Whether it belongs to the System, in contact or not.
    #[must_use]
    pub const fn is_member(self) -> bool {
        !matches!(self, Self::Removed)
    }
}

/// What a server does for devices of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Failover {
    /// Whether it takes over devices of failed servers.
    pub enabled: bool,
    /// Most devices that it records at once, its own included.
    pub devices_max: u32,
}

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server<'a> {
    /// Its id.
    pub id: ServerId,
    /// Its name, for people; empty if it has none.
    pub name: &'a str,
    /// Brand of its product.
    pub brand: &'a str,
    /// HWIDs that it has now, one for each scheme.
    pub hwids: &'a [Hwid],
    /// HWIDs that it had before its hardware changed.
    pub former_hwids: &'a [Hwid],
    /// When its HWID last changed; `None` if never.
    pub hardware_changed: Option<UnixSeconds>,
    /// Whether it can be heard.
    pub presence: Presence,
    /// What it does for devices of others.
    pub failover: Failover,
    /// Where it stands: servers of one site, network or building share a number.
    pub location: u16,
}

/// How important it is that a device is recorded. Higher ones come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Priority {
    /// First.
    High,
    /// Second.
    Medium,
    /// Third.
    Low,
    /// It never goes to another server. Where licences are short it stands with [`Self::Low`].
    Never,
}

/// What a device needs of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Need {
    /// Class of licence.
    pub class: Class,
    /// Its channels, or the screens of a video wall; at least one.
    ///
    /// The channels of one device count once for professional, edge, starter, NVR and free; one
    /// by one for every other class.
    pub channels: u16,
}

impl Need {
    /// A device with one channel.
    #[must_use]
    pub const fn one(class: Class) -> Self {
        Self { class, channels: 1 }
    }

    /// One control session of a video wall: a whole licence, as two screens need.
    pub const CONTROL_SESSION: Self = Self { class: Class::VIDEO_WALL, channels: 2 };

    /// What it takes from the pool: channels, or half licences for a video wall.
    #[must_use]
    pub const fn units(self) -> u16 {
        match self.class {
            Class::PROFESSIONAL | Class::EDGE | Class::STARTER | Class::NVR | Class::FREE => 1,
            _ => self.channels,
        }
    }
}

impl PoolLicense {
    /// What it brings to the pool: its channels, or half licences for a video wall, since one
    /// licence is good for two screens.
    #[must_use]
    pub const fn units(&self) -> u32 {
        match self.class {
            Class::VIDEO_WALL => self.channels.saturating_mul(2),
            _ => self.channels,
        }
    }
}

/// The channel that a device holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Channel {
    /// None.
    #[default]
    None,
    /// One that this part of the System gave it while other servers could not be heard.
    Local,
    /// One that all servers agreed on, when all of them were last in contact.
    Agreed,
}

/// Which servers reach a device: a stretch of [`System::reach`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Reach {
    /// Position of the first.
    pub first: u32,
    /// How many.
    pub count: u16,
}

/// A device: a camera, an encoder, a module, a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What it needs of the pool.
    pub need: Need,
    /// Whether it shall be recorded.
    pub wanted: bool,
    /// The channel that it holds.
    pub channel: Channel,
    /// Its priority.
    pub priority: Priority,
    /// The server that records it, as the last plan said; also while that server is offline.
    pub host: Option<ServerIndex>,
    /// The server to which it belongs.
    pub preferred: ServerIndex,
    /// The servers that reach it; a server that is not among them cannot record it.
    pub reach: Reach,
}

/// A licence in the pool. Its signature and terms were verified beforehand, on its own server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLicense {
    /// Licence key.
    pub key: LicenseKey,
    /// Class.
    pub class: Class,
    /// Channels.
    pub channels: u32,
    /// The server to which it is tied; `None` if no server of this System ever had its HWID.
    pub server: Option<ServerIndex>,
    /// The HWID to which it is tied.
    pub hwid: Hwid,
    /// What its server last said of it.
    pub reason: Reason,
    /// When it was signed.
    pub issued: UnixSeconds,
    /// SHA-256 of its signed bytes.
    pub digest: [u8; 32],
    /// First second at which it is good.
    pub not_before: UnixSeconds,
    /// First second at which it is no longer good; never, if absent.
    pub expires: Option<UnixSeconds>,
    /// How long it counts after its server went offline, in seconds.
    pub grace_offline_s: u32,
    /// How long it counts after its server's hardware changed, in seconds.
    pub grace_changed_s: u32,
    /// Which components of its server may be replaced without any loss.
    pub tolerates: Replaceable,
    /// [Units](Self::units) of it that devices hold as [`Channel::Agreed`].
    pub held: u32,
}

/// Components of which each may be replaced by itself: bit `n` for component number `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Replaceable(pub u8);

/// What servers do that cannot hear each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Policy {
    /// Each part goes on: a device may be recorded twice, and none is lost.
    #[default]
    KeepRecording,
    /// Only a majority goes on: a device may be lost, and none is recorded twice.
    Majority,
}

/// Which servers take over devices of a failed one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Scope {
    /// Any that reaches the device.
    #[default]
    Anywhere,
    /// Those of the location of the device's preferred server.
    SameLocation,
}

/// A System as its caller keeps it. [`Checked`](super::Checked) is one that holds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct System<'a> {
    /// Its name, for people.
    pub name: &'a str,
    /// Brand of its products.
    pub brand: &'a str,
    /// Number of the protocol between its servers.
    pub protocol: u16,
    /// What servers do that cannot hear each other.
    pub policy: Policy,
    /// Which servers take over devices of a failed one.
    pub scope: Scope,
    /// Its servers, those offline and removed among them.
    pub servers: &'a [Server<'a>],
    /// Its devices.
    pub devices: &'a [Device],
    /// Its licences.
    pub licenses: &'a [PoolLicense],
    /// For each stretch of a [`Reach`], the servers.
    pub reach: &'a [ServerIndex],
}

impl Default for Server<'_> {
    /// An empty row, for memory that is lent.
    fn default() -> Self {
        Self {
            id: ServerId([0; 16]),
            name: "",
            brand: "",
            hwids: &[],
            former_hwids: &[],
            hardware_changed: None,
            presence: Presence::Removed,
            failover: Failover { enabled: false, devices_max: 0 },
            location: 0,
        }
    }
}

impl Default for Device {
    /// An empty row, for memory that is lent.
    fn default() -> Self {
        Self {
            id: DeviceId([0; 16]),
            need: Need::one(Class::FREE),
            wanted: false,
            channel: Channel::None,
            priority: Priority::Low,
            host: None,
            preferred: ServerIndex(0),
            reach: Reach::default(),
        }
    }
}

impl Default for PoolLicense {
    /// An empty row, for memory that is lent.
    fn default() -> Self {
        Self {
            key: LicenseKey([0; 10]),
            class: Class::FREE,
            channels: 0,
            server: None,
            hwid: Hwid { scheme: 0, bytes: [0; 16] },
            reason: Reason::Malformed,
            issued: UnixSeconds(0),
            digest: [0; 32],
            not_before: UnixSeconds(0),
            expires: None,
            grace_offline_s: 0,
            grace_changed_s: 0,
            tolerates: Replaceable::NOTHING,
            held: 0,
        }
    }
}

impl<'a> System<'a> {
    /// The server at a position.
    #[must_use]
    pub fn server(&self, index: ServerIndex) -> Option<&'a Server<'a>> {
        self.servers.get(index.position())
    }

    /// The servers that reach a device; none if its stretch lies outside of [`Self::reach`].
    #[must_use]
    pub fn reach_of(&self, device: &Device) -> &'a [ServerIndex] {
        let first = usize::try_from(device.reach.first).unwrap_or(usize::MAX);
        self.reach.get(first..).and_then(|rest| rest.get(..usize::from(device.reach.count))).unwrap_or_default()
    }

    /// The server to which a HWID belongs: one that has it now, else one that had it.
    ///
    /// One that was removed is found only if no other has it.
    #[must_use]
    pub fn server_of(&self, hwid: &Hwid) -> Option<ServerIndex> {
        let found = |now: bool, member: bool| {
            let position = self.servers.iter().position(|server| {
                let hwids = if now { server.hwids } else { server.former_hwids };
                server.presence.is_member() == member && hwids.contains(hwid)
            })?;
            u16::try_from(position).ok().map(ServerIndex)
        };
        found(true, true).or_else(|| found(false, true)).or_else(|| found(true, false)).or_else(|| found(false, false))
    }
}
