//! The structs in which a program gets what was decided.

use crate::ptr::{Plain, Sized32};

/// Most classes in one System: what the array of balances must have room for.
pub const HWL_POOL_CLASSES_MAX: u32 = 26;

/// Nothing: the recording of the device is not wanted.
pub const HWL_GRANT_NOT_WANTED: u8 = 0;
/// Nothing, and the device needs nothing: it may be recorded.
pub const HWL_GRANT_FREE: u8 = 1;
/// A channel: the device may be recorded.
pub const HWL_GRANT_LICENSED: u8 = 2;
/// Nothing: the pool has no channel left for the device.
pub const HWL_GRANT_WITHOUT: u8 = 3;

/// No server records the device, because its recording is not wanted.
pub const HWL_PLACEMENT_IDLE: u8 = 0;
/// No server records the device, because it has no licence.
pub const HWL_PLACEMENT_UNLICENSED: u8 = 1;
/// The server named records the device from now on.
pub const HWL_PLACEMENT_HOSTED: u8 = 2;
/// No server records the device, although it is wanted and licensed: the obstacle says why.
pub const HWL_PLACEMENT_WITHOUT: u8 = 3;

/// Nothing stands in the way.
pub const HWL_OBSTACLE_NONE: u8 = 0;
/// The device never goes to another server, and its own one cannot record it.
pub const HWL_OBSTACLE_NEVER: u8 = 1;
/// No server reaches the device.
pub const HWL_OBSTACLE_UNREACHED: u8 = 2;
/// Every server that reaches the device is offline.
pub const HWL_OBSTACLE_OFFLINE: u8 = 3;
/// No server that reaches the device takes over devices of others.
pub const HWL_OBSTACLE_DISABLED: u8 = 4;
/// No server in the location of the device can take it over.
pub const HWL_OBSTACLE_OTHER_LOCATION: u8 = 5;
/// Every server that could take over the device is full.
pub const HWL_OBSTACLE_FULL: u8 = 6;

/// No single device could go elsewhere to the better.
pub const HWL_PLAN_IMPROVED: u32 = 0;
/// No plan that records the same devices has fewer moves.
pub const HWL_PLAN_FEWEST_MOVES: u32 = 1;
/// No plan that records the same devices has fewer moves, or as few and a more even load.
pub const HWL_PLAN_LEAST: u32 = 2;

/// Of a tally: no server of this System ever had the HWID of the licence. Numbers below 33 are
/// those of the reasons in reports.
pub const HWL_TALLY_NEVER_SEEN: u32 = 33;
/// Of a tally: the server of the licence was removed.
pub const HWL_TALLY_SERVER_REMOVED: u32 = 34;
/// Of a tally: the hardware of its server changed; it counts until the time given.
pub const HWL_TALLY_HARDWARE_CHANGED: u32 = 35;
/// Of a tally: its server cannot be reached; it counts until the time given.
pub const HWL_TALLY_SERVER_OFFLINE: u32 = 36;
/// Of a tally: the same key is in the System once more, and counts there.
pub const HWL_TALLY_DUPLICATE: u32 = 37;
/// Of a tally: a System uses one licence of this class, and another one counts.
pub const HWL_TALLY_ONE_PER_SYSTEM: u32 = 38;

/// Nowhere in particular.
pub const HWL_LIST_NONE: u32 = 0;
/// In a row of the servers.
pub const HWL_LIST_SERVERS: u32 = 1;
/// In a row of the devices.
pub const HWL_LIST_DEVICES: u32 = 2;
/// In a row of the licences.
pub const HWL_LIST_LICENSES: u32 = 3;
/// In a row of the grants.
pub const HWL_LIST_GRANTS: u32 = 4;

/// What becomes of a licence. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_tally {
    /// First second at which it stops counting on its own; 0 if there is none.
    pub counts_until_unix_s: u64,
    /// What it is worth: one of the HWL_TALLY_ numbers, or the number of a reason.
    pub status: u32,
    /// 1 if its channels count now, else 0.
    pub counts: u32,
    /// Its channels that devices use, or half licences of a video wall.
    pub used: u32,
    /// What to keep in `held` of its row.
    pub held: u32,
}

/// What a device gets of the pool. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_grant {
    /// The class of its channel, or the class that it goes without; 0 for other kinds.
    pub class_number: u16,
    /// One of the HWL_GRANT_ kinds.
    pub kind: u8,
    /// What to keep in `channel` of its row.
    pub channel: u8,
}

/// The pool of one class as it was given out. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_balance {
    /// The class.
    pub class_number: u32,
    /// What its licences that count now have: channels, or half licences of a video wall.
    pub units: u32,
    /// How many of these are in use, or kept for devices that hold them.
    pub used: u32,
    /// How many are missing for all wanted devices of this class to be served.
    pub missing: u32,
    /// Devices of this class that go without.
    pub without: u32,
}

/// The arrays that take an allocation, and the allocation in figures. Plain memory.
///
/// Zero it, set struct_size, and name the arrays with the size of their rows. Tallies and grants
/// lie in the order of the rows of licences and devices. After an allocation without an event
/// copy `channel` of each grant into the row of its device, and `held` of each tally into the row
/// of its licence: so devices keep what they hold when servers cannot hear each other.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_allocation {
    /// sizeof(hwl_allocation); set it before the call.
    pub struct_size: u32,
    /// sizeof(hwl_tally); set it before the call.
    pub tally_size: u32,
    /// sizeof(hwl_grant); set it before the call.
    pub grant_size: u32,
    /// sizeof(hwl_balance), or 0 without balances; set it before the call.
    pub balance_size: u32,
    /// How many classes are there or needed: balances that were written, by class.
    pub balance_count: u32,
    /// Devices that may be recorded.
    pub licensed: u32,
    /// Devices that are wanted and go without.
    pub without: u32,
    /// 1 if every server was in contact, so that all agreed on this; else 0.
    pub is_whole: u32,
    /// Room for one tally for each licence; set it before the call.
    pub tallies: *mut hwl_tally,
    /// Room for one grant for each device; set it before the call.
    pub grants: *mut hwl_grant,
    /// Room for HWL_POOL_CLASSES_MAX balances, or NULL; set it before the call.
    pub balances: *mut hwl_balance,
}

/// What is missing for a device to be switched on. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_shortage {
    /// sizeof(hwl_shortage); set it before the call.
    pub struct_size: u32,
    /// The class that the device needs.
    pub class_number: u32,
    /// How many channels of it are missing for all that is wanted; 0 if none.
    pub missing: u32,
}

/// Where a device is recorded from now on. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_placement {
    /// The server, as a row of the servers; HWL_NO_SERVER if none records it. Once the servers
    /// obey the plan, keep it in `host` of the device.
    pub server: u16,
    /// One of the HWL_PLACEMENT_ kinds.
    pub kind: u8,
    /// One of the HWL_OBSTACLE_ numbers.
    pub obstacle: u8,
}

/// The arrays of a failover plan, and the plan in figures. Plain memory.
///
/// Zero it, set struct_size, and name the arrays with the size of their rows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_plan {
    /// sizeof(hwl_plan); set it before the call.
    pub struct_size: u32,
    /// sizeof(hwl_grant); set it before the call.
    pub grant_size: u32,
    /// sizeof(hwl_placement); set it before the call.
    pub placement_size: u32,
    /// How far moves and balance were improved: one of the HWL_PLAN_ numbers. Who is recorded is
    /// always exact.
    pub quality: u32,
    /// Devices that are wanted and licensed, by priority: entry `i` is priority `i + 1`.
    pub wanted: [u32; 4],
    /// Those of them that a server records under this plan.
    pub hosted: [u32; 4],
    /// Devices that are wanted and have no licence.
    pub unlicensed: u32,
    /// Devices that go from one server that is online to another.
    pub moves: u32,
    /// Devices that are recorded from now on and that no server that is online recorded before.
    pub starts: u32,
    /// Devices that a server that is online recorded before and none does from now on.
    pub stops: u32,
    /// Sum, over the servers, of the square of the devices that each records: the smaller, the
    /// more even.
    pub squares: u64,
    /// One grant for each device, as the allocation gave them; set it before the call.
    pub grants: *const hwl_grant,
    /// Room for one placement for each device; set it before the call.
    pub placements: *mut hwl_placement,
}

/// Where a call failed. Plain memory.
///
/// It is written when a call fails after its pointers, sizes and overlaps were found good; a call
/// that succeeds leaves it alone.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_fault {
    /// sizeof(hwl_fault); set it before the call.
    pub struct_size: u32,
    /// In which list: one of the HWL_LIST_ numbers.
    pub list: u32,
    /// In which row of that list.
    pub row: u32,
    /// 0.
    pub reserved: u32,
    /// On HWL_E_BUFFER the size that the workspace needs, in bytes; else 0.
    pub workspace_size: u64,
}

// SAFETY: integers, in an order without padding on 32 and 64 bit.
unsafe impl Plain for hwl_tally {}
// SAFETY: as above.
unsafe impl Plain for hwl_grant {}
// SAFETY: as above.
unsafe impl Plain for hwl_balance {}
// SAFETY: as above.
unsafe impl Plain for hwl_shortage {}
// SAFETY: as above.
unsafe impl Plain for hwl_placement {}
// SAFETY: as above.
unsafe impl Plain for hwl_fault {}
// SAFETY: integers and pointers, in an order without padding on 32 and 64 bit.
unsafe impl Plain for hwl_allocation {}
// SAFETY: as above.
unsafe impl Plain for hwl_plan {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_allocation {
    const BYTES_MIN: usize = size_of::<Self>();
}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_shortage {
    const BYTES_MIN: usize = size_of::<Self>();
}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_plan {
    const BYTES_MIN: usize = size_of::<Self>();
}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_fault {
    const BYTES_MIN: usize = size_of::<Self>();
}

const _: () = assert!(HWL_POOL_CLASSES_MAX == 26 && hwlicense::system::POOL_CLASSES_MAX == 26);
