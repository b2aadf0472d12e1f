//! The structs by which a program describes a System: rows in arrays of its own.

use crate::ptr::{Plain, Sized32};

/// No server: neither host of a device nor home of a licence.
pub const HWL_NO_SERVER: u16 = 0xffff;
/// Most servers in one System.
pub const HWL_SERVERS_MAX: u32 = 4096;
/// Most devices in one System.
pub const HWL_DEVICES_MAX: u32 = 16_777_216;
/// Most licences in one System.
pub const HWL_POOL_LICENSES_MAX: u32 = 1_048_576;

/// The server is in contact.
pub const HWL_PRESENCE_ONLINE: u32 = 1;
/// The server cannot be heard.
pub const HWL_PRESENCE_OFFLINE: u32 = 2;
/// The server was taken out of the System; its row stays so that its licences can be explained.
pub const HWL_PRESENCE_REMOVED: u32 = 3;

/// The device comes first.
pub const HWL_PRIORITY_HIGH: u8 = 1;
/// The device comes second.
pub const HWL_PRIORITY_MEDIUM: u8 = 2;
/// The device comes third.
pub const HWL_PRIORITY_LOW: u8 = 3;
/// The device never goes to another server; where licences are short it comes third.
pub const HWL_PRIORITY_NEVER: u8 = 4;

/// The device holds no channel.
pub const HWL_CHANNEL_NONE: u8 = 0;
/// The device holds a channel that was given while other servers could not be heard.
pub const HWL_CHANNEL_LOCAL: u8 = 1;
/// The device holds a channel on which all servers agreed.
pub const HWL_CHANNEL_AGREED: u8 = 2;

/// Any server that reaches a device may take it over.
pub const HWL_SCOPE_ANYWHERE: u32 = 0;
/// Only servers of the location of its preferred server may.
pub const HWL_SCOPE_SAME_LOCATION: u32 = 1;

/// Nothing happens: the System as it is.
pub const HWL_EVENT_NONE: u32 = 0;
/// A server is taken out of the System.
pub const HWL_EVENT_DETACH: u32 = 1;
/// A server can no longer be heard.
pub const HWL_EVENT_FAIL: u32 = 2;
/// A component of a server is replaced.
pub const HWL_EVENT_REPLACE: u32 = 3;

/// A server. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_server {
    /// Its id, which stays for as long as it exists, such as a UUID.
    pub id: [u8; 16],
    /// Since when it is online, or when it was last heard, in seconds since 1970. It is shared by
    /// all servers and survives restarts: grace counts from here.
    pub since_unix_s: u64,
    /// When its HWID last changed; 0 if never.
    pub hardware_changed_unix_s: u64,
    /// One of the HWL_PRESENCE_ numbers.
    pub presence: u32,
    /// 1 if it takes over devices of failed servers, else 0.
    pub takes_over: u32,
    /// Most devices that it records at once, its own included.
    pub devices_max: u32,
    /// Where it stands: servers of one site, network or building share a number.
    pub location: u16,
    /// Must be zero.
    pub reserved: u16,
}

/// A device: a camera, an encoder, a module, a screen. Plain memory.
///
/// `class_number`, `channels` and `priority` may change only while every server is online.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_device {
    /// Its id, which stays for as long as it exists, such as a UUID.
    pub id: [u8; 16],
    /// Class of licence that it needs; `hwl_class_name` names it.
    pub class_number: u16,
    /// Its channels, or the screens of a video wall; at least 1.
    pub channels: u16,
    /// The server that records it, as the last plan said, also while that server is offline;
    /// HWL_NO_SERVER if none does. A row of the servers.
    pub host: u16,
    /// The server to which it belongs. A row of the servers.
    pub preferred: u16,
    /// The servers that reach it: the first of its entries in the reach list of the System.
    pub reach_first: u32,
    /// How many entries it has there. Devices may share entries.
    pub reach_count: u16,
    /// 1 if it shall be recorded, else 0.
    pub wanted: u8,
    /// One of the HWL_CHANNEL_ numbers: what the grant of the last allocation said.
    pub channel: u8,
    /// One of the HWL_PRIORITY_ numbers.
    pub priority: u8,
    /// Must be zero.
    pub reserved: [u8; 3],
}

/// A licence in the pool, which its own server verified and checked beforehand. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_pool_license {
    /// When it was signed, in seconds since 1970.
    pub issued_unix_s: u64,
    /// First second at which it is good.
    pub not_before_unix_s: u64,
    /// First second at which it is no longer good; 0 for never.
    pub expires_unix_s: u64,
    /// Its channels.
    pub channels: u32,
    /// How much of it devices hold: what its tally in the last allocation said; 0 at first.
    pub held: u32,
    /// How long it counts after its server went offline, in seconds.
    pub grace_offline_s: u32,
    /// How long it counts after the hardware of its server changed, in seconds.
    pub grace_changed_s: u32,
    /// SHA-256 of its signed bytes. Of two with one key and one time of issue the smaller counts.
    pub digest: [u8; 32],
    /// Its key, as text with a terminator, as in hwl_terms.
    pub key: [u8; 20],
    /// Its class; `hwl_class_name` names it.
    pub class_number: u16,
    /// The server to which it is tied; HWL_NO_SERVER if none ever had its HWID.
    pub server: u16,
    /// The reason in the report of its server: why it is good or not.
    pub reason: u32,
    /// Components of its server that may be replaced without any loss: bit `n` for component `n`.
    pub tolerates: u32,
}

/// A System. Plain memory.
///
/// Zero it, set struct_size, and name the arrays with the number and size of their rows. The order
/// of rows changes nothing. Rows stay the program's; a call reads them and keeps nothing.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_system {
    /// sizeof(hwl_system).
    pub struct_size: u32,
    /// HWL_SCOPE_ANYWHERE or HWL_SCOPE_SAME_LOCATION.
    pub scope: u32,
    /// How many servers there are, those offline and removed among them.
    pub server_count: u32,
    /// sizeof(hwl_server).
    pub server_size: u32,
    /// How many devices there are.
    pub device_count: u32,
    /// sizeof(hwl_device); needed when there is one.
    pub device_size: u32,
    /// How many licences there are.
    pub license_count: u32,
    /// sizeof(hwl_pool_license); needed when there is one.
    pub license_size: u32,
    /// How many entries the reach list has.
    pub reach_count: u32,
    /// Must be zero.
    pub reserved: u32,
    /// The servers.
    pub servers: *const hwl_server,
    /// The devices.
    pub devices: *const hwl_device,
    /// The licences.
    pub licenses: *const hwl_pool_license,
    /// For each stretch that a device names, the servers that reach it, as rows of the servers.
    pub reach: *const u16,
}

/// The time that is asked about, and what would happen at it. Plain memory.
///
/// With an event the answer is that of the System as it would be; nothing of it has to be kept.
/// Asking without and with one shows what would be lost, and `hwl_event_precaution` what to do
/// first. To learn what the end of a grace brings, ask about the time of that end.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_moment {
    /// sizeof(hwl_moment).
    pub struct_size: u32,
    /// One of the HWL_EVENT_ numbers.
    pub event: u32,
    /// The time, in seconds since 1970.
    pub now_unix_s: u64,
    /// The server of the event: a row of the servers. 0 without an event.
    pub event_server: u32,
    /// The component that is replaced, by its number; 0 for every other event.
    pub event_component: u32,
}

// SAFETY: integers and arrays of bytes, in an order without padding on 32 and 64 bit.
unsafe impl Plain for hwl_server {}
// SAFETY: as above.
unsafe impl Plain for hwl_device {}
// SAFETY: as above.
unsafe impl Plain for hwl_pool_license {}
// SAFETY: an integer in memory, as its type promises.
unsafe impl Plain for hwlicense::system::ServerIndex {}
// SAFETY: integers and pointers, in an order without padding on 32 and 64 bit.
unsafe impl Plain for hwl_system {}
// SAFETY: integers, in an order without padding.
unsafe impl Plain for hwl_moment {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_system {
    const BYTES_MIN: usize = 40;
}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_moment {
    const BYTES_MIN: usize = 16;
}

const _: () = {
    use hwlicense::system;
    assert!(HWL_SERVERS_MAX == 4096 && system::SERVERS_MAX == 4096);
    assert!(HWL_DEVICES_MAX == 1 << 24 && system::DEVICES_MAX == 1 << 24);
    assert!(HWL_POOL_LICENSES_MAX == 1 << 20 && system::LICENSES_MAX == 1 << 20);
};
