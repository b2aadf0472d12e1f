//! A reading: what one machine said of itself, as JSON.
//!
//! The shape is shared with recorded readings of other tools, so every field is optional, `null`
//! is absent, and unknown fields are passed over. Fields are only ever added.

use serde::{Deserialize, Serialize};

use crate::hex::HexBytes;
use crate::lenient;

/// Value of [`Reading::schema`] in readings that this version writes.
pub const SCHEMA: &str = "hwlicense.reading/1";

/// What one machine said of itself.
///
/// ```
/// let reading = hwlicense_probe::parse_document(
///     br#"{"kind": "bare", "board": {"serial": "CZ1234ABCD"}, "nics": null, "colour": "grey"}"#,
/// )?;
/// assert_eq!(reading.board.serial.as_deref(), Some("CZ1234ABCD"));
/// assert!(reading.nics.is_empty());
/// # Ok::<(), hwlicense_probe::ReadingError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Name and version of this shape; [`SCHEMA`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Version of the program that wrote the reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_version: Option<String>,
    /// Where the reading comes from.
    pub source: Option<String>,
    /// `bare`, `arm`, `vm`, `container` or `unknown`; any other word counts as unknown.
    pub kind: Option<String>,
    /// Motherboard and system.
    #[serde(deserialize_with = "lenient::object")]
    pub board: Board,
    /// Processor.
    #[serde(deserialize_with = "lenient::object")]
    pub cpu: Cpu,
    /// Memory.
    #[serde(deserialize_with = "lenient::object")]
    pub memory: Memory,
    /// Network interfaces.
    #[serde(deserialize_with = "lenient::objects")]
    pub nics: Vec<Nic>,
    /// Remarks of whoever collected the reading.
    #[serde(deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
    /// Name that the collector gave to the machine.
    pub machine: Option<String>,
    /// Identifiers that the maker of the platform provides.
    #[serde(deserialize_with = "lenient::objects", skip_serializing_if = "Vec::is_empty")]
    pub platform_ids: Vec<PlatformId>,
    /// Fields that the machine has and that this process may not read.
    #[serde(deserialize_with = "lenient::objects", skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<Unreadable>,
    /// Hypervisors and containers that were recognised.
    #[serde(deserialize_with = "lenient::objects", skip_serializing_if = "Vec::is_empty")]
    pub virtualization: Vec<Virtualization>,
    /// Every source that was asked, and what came of it.
    #[serde(deserialize_with = "lenient::objects", skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

/// Motherboard (SMBIOS type 2), system (type 1), firmware (type 0) and chassis (type 3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Board {
    /// Maker of the board.
    pub vendor: Option<String>,
    /// Product name of the board.
    pub product: Option<String>,
    /// Revision of the board.
    pub version: Option<String>,
    /// Serial number of the board.
    pub serial: Option<String>,
    /// Maker of the system.
    pub system_vendor: Option<String>,
    /// Product name of the system.
    pub system_product: Option<String>,
    /// Revision of the system.
    pub system_version: Option<String>,
    /// Serial number of the system.
    pub system_serial: Option<String>,
    /// UUID of the system, in either byte order.
    pub system_uuid: Option<String>,
    /// Maker of the firmware.
    pub bios_vendor: Option<String>,
    /// Version of the firmware.
    pub bios_version: Option<String>,
    /// Serial number of the chassis. Shared by the sleds of a blade chassis, so no part of the
    /// descriptor.
    pub chassis_serial: Option<String>,
}

/// Processor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cpu {
    /// Maker.
    pub vendor: Option<String>,
    /// Model name.
    pub model: Option<String>,
    /// Family, model and stepping, or implementer, variant, part and revision, in words.
    pub signature: Option<String>,
    /// SMBIOS processor id: eight bytes in hex.
    pub id: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Cores.
    pub cores: Option<u64>,
    /// Sockets with a processor in them.
    pub sockets: Option<u64>,
}

/// Memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Sum of the modules in bytes, or what the kernel reports where no module is known.
    pub total_bytes: Option<u64>,
    /// Modules; empty slots are left out.
    #[serde(deserialize_with = "lenient::objects")]
    pub modules: Vec<Module>,
}

/// One memory module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Module {
    /// Serial number.
    pub serial: Option<String>,
    /// Part number.
    pub part: Option<String>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// Maker.
    pub vendor: Option<String>,
}

/// One network interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Nic {
    /// Name that the system gave to it.
    pub name: Option<String>,
    /// Address in use.
    pub mac: Option<String>,
    /// Address burnt in.
    pub permanent_mac: Option<String>,
    /// Driver.
    pub driver: Option<String>,
    /// Path of its device.
    pub bus: Option<String>,
    /// Ids or names of its maker and model.
    pub vendor_device: Option<String>,
    /// Whether it is known to be made by software.
    pub is_virtual: Option<bool>,
    /// `physical`, `usb`, `wireless`, `virtual` or `aggregate`; inferred where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Name of the bond or team that it is a member of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master: Option<String>,
    /// State of its link. For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// An identifier that the maker of the platform provides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlatformId {
    /// `soc`, `efuse`, `tpm`, `secure-element`, `emmc-cid` or `generated`.
    pub source: Option<String>,
    /// Its bytes, in hex.
    pub id: Option<HexBytes>,
}

/// A field that the machine has and that this process may not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unreadable {
    /// The field: `board.serial`, `memory.modules`, `platform_ids.soc`, `nics.eth0.permanent_mac`.
    pub field: Option<String>,
    /// The file or call that would have given it.
    pub source: Option<String>,
    /// Why it could not be read.
    pub reason: Option<String>,
    /// What the reader can do about it.
    pub cure: Option<String>,
}

/// A hypervisor or container that was recognised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Virtualization {
    /// `kvm`, `virtualbox`, `docker`, ...; `hypervisor` where it does not name itself.
    pub name: Option<String>,
    /// `vm` or `container`.
    pub kind: Option<String>,
    /// What it was recognised by.
    pub evidence: Option<String>,
}

/// A source that was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// The file, folder or call.
    pub source: Option<String>,
    /// `read`, `absent`, `unreadable` or `unsupported`.
    pub status: Option<String>,
    /// What it gave, or why it gave nothing.
    pub detail: Option<String>,
}
