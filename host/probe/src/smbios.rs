//! SMBIOS tables: board, system, firmware, chassis, processor id, memory modules.
//!
//! The structures are taken apart by `smbioslib`. Of it we use the table and the structures of
//! types 0, 1, 2, 3, 4 and 17, whose accessors are all checked reads; its entry point parser
//! panics on an entry point that is longer than its specification, so the two version bytes are
//! read here. Its table parser keeps a copy of each structure: a table of
//! [`FILE_BYTES_MAX`](crate::tree::FILE_BYTES_MAX) bytes costs a small multiple of that.

use smbioslib::{
    MemorySize, MemorySizeExtended, SMBiosBaseboardInformation, SMBiosData, SMBiosInformation, SMBiosMemoryDevice,
    SMBiosProcessorInformation, SMBiosString, SMBiosSystemChassisInformation, SMBiosSystemInformation,
};

use crate::reading::{Board, Module};
use crate::tree::{Failure, Found, Tree};

const ENTRY_POINT: &str = "sys/firmware/dmi/tables/smbios_entry_point";
/// The file that holds the structures.
pub(crate) const TABLE: &str = "sys/firmware/dmi/tables/DMI";

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// Major and minor version of the specification that a table follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u8, pub(crate) u8);

/// From this version on, the first three fields of a UUID are little-endian.
const UUID_LITTLE_ENDIAN: Version = Version(2, 6);

/// What the tables say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Smbios {
    pub(crate) board: Board,
    pub(crate) modules: Vec<Module>,
    pub(crate) cpu_vendor: Option<String>,
    pub(crate) cpu_model: Option<String>,
    pub(crate) cpu_id: Option<String>,
    pub(crate) sockets: Option<u64>,
}

/// The tables of this tree, or those that the system gives to every process.
pub(crate) fn read(tree: &Tree) -> Found<Smbios> {
    match tree.bytes(TABLE) {
        Ok(table) => {
            let entry_point = tree.bytes(ENTRY_POINT).unwrap_or_default();
            decode(table, version(&entry_point))
        }
        Err(Failure::Absent) if tree.is_live() => from_system(),
        Err(failure) => Err(failure),
    }
}

/// `GetSystemFirmwareTable`, which needs no rights.
#[cfg(windows)]
fn from_system() -> Found<Smbios> {
    let tables = smbioslib::load_windows_smbios_data().map_err(|error| Failure::Failed(error.to_string()))?;
    let version = Version(tables.smbios_major_version(), tables.smbios_minor_version());
    collect(&tables.smbios_data, Some(version))
}

#[cfg(not(windows))]
fn from_system() -> Found<Smbios> {
    Err(Failure::Absent)
}

/// The version in a 64-bit or 32-bit entry point.
fn version(entry_point: &[u8]) -> Option<Version> {
    let after = |anchor: &[u8], offset| {
        let rest = entry_point.strip_prefix(anchor)?.get(offset..)?;
        let &[major, minor] = rest.first_chunk::<2>()?;
        Some(Version(major, minor))
    };
    after(b"_SM3_", 2).or_else(|| after(b"_SM_", 2))
}

/// Structures out of raw bytes, such as the `DMI` file or `dmidecode --dump-bin` hold.
pub(crate) fn decode(table: Vec<u8>, version: Option<Version>) -> Found<Smbios> {
    collect(&SMBiosData::from_vec_and_version(table, None), version)
}

fn collect(tables: &SMBiosData, version: Option<Version>) -> Found<Smbios> {
    if tables.iter().next().is_none() {
        return Err(Failure::Malformed("holds no SMBIOS structure".to_owned()));
    }
    let mut smbios = Smbios::default();
    let board = &mut smbios.board;
    if let Some(firmware) = tables.first::<SMBiosInformation<'_>>() {
        board.bios_vendor = text(&firmware.vendor());
        board.bios_version = text(&firmware.version());
    }
    if let Some(system) = tables.first::<SMBiosSystemInformation<'_>>() {
        board.system_vendor = text(&system.manufacturer());
        board.system_product = text(&system.product_name());
        board.system_version = text(&system.version());
        board.system_serial = text(&system.serial_number());
        let bytes = tables_field(&system);
        board.system_uuid = bytes.and_then(|bytes| uuid(bytes, version));
    }
    if let Some(baseboard) = tables.first::<SMBiosBaseboardInformation<'_>>() {
        board.vendor = text(&baseboard.manufacturer());
        board.product = text(&baseboard.product());
        board.version = text(&baseboard.version());
        board.serial = text(&baseboard.serial_number());
    }
    if let Some(chassis) = tables.first::<SMBiosSystemChassisInformation<'_>>() {
        board.chassis_serial = text(&chassis.serial_number());
    }
    processor(tables, &mut smbios);
    smbios.modules = tables
        .filter_map(|device: SMBiosMemoryDevice<'_>| module(&device))
        .take(hwlicense::hardware::MODULES_MAX)
        .collect();
    Ok(smbios)
}

/// The 16 bytes of the UUID in a type 1 structure.
fn tables_field(system: &SMBiosSystemInformation<'_>) -> Option<[u8; 16]> {
    use smbioslib::SMBiosStruct;
    let bytes = system.parts().get_field_data(0x08, 0x18)?;
    bytes.try_into().ok()
}

/// A UUID as the kernel prints it, so that the tables and sysfs give the same text.
fn uuid(bytes: [u8; 16], version: Option<Version>) -> Option<String> {
    if bytes == [0; 16] || bytes == [0xff; 16] {
        return None;
    }
    let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
    let start = if version.is_none_or(|version| version >= UUID_LITTLE_ENDIAN) {
        [d, c, b, a, f, e, h, g]
    } else {
        [a, b, c, d, e, f, g, h]
    };
    let mut text = String::new();
    for (index, byte) in start.iter().chain(&rest).enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    Some(text)
}

fn processor(tables: &SMBiosData, smbios: &mut Smbios) {
    let mut socket_count: u64 = 0;
    let populated = tables
        .filter(|cpu: &SMBiosProcessorInformation<'_>| cpu.status().is_some_and(|status| status.socket_populated()));
    for cpu in populated {
        if socket_count == 0 {
            smbios.cpu_vendor = text(&cpu.processor_manufacturer());
            smbios.cpu_model = text(&cpu.processor_version());
            smbios.cpu_id = cpu.processor_id().map(spaced_hex);
        }
        socket_count = socket_count.saturating_add(1);
    }
    smbios.sockets = Some(socket_count).filter(|&count| count > 0);
}

fn spaced_hex(bytes: &[u8; 8]) -> String {
    bytes.map(|byte| format!("{byte:02X}")).join(" ")
}

/// A memory device; `None` for an empty slot and for one whose size the firmware does not know.
fn module(device: &SMBiosMemoryDevice<'_>) -> Option<Module> {
    let size = match device.size()? {
        MemorySize::NotInstalled | MemorySize::Unknown => return None,
        MemorySize::Kilobytes(count) => u64::from(count).checked_mul(KIB)?,
        MemorySize::Megabytes(count) => u64::from(count).checked_mul(MIB)?,
        MemorySize::SeeExtendedSize => match device.extended_size()? {
            MemorySizeExtended::Megabytes(count) => u64::from(count).checked_mul(MIB)?,
            MemorySizeExtended::SeeSize => return None,
        },
    };
    (size > 0).then(|| Module {
        serial: text(&device.serial_number()),
        part: text(&device.part_number()),
        size: Some(size),
        vendor: text(&device.manufacturer()),
    })
}

/// A string as it stands, spaces included; an empty one is absent.
fn text(string: &SMBiosString) -> Option<String> {
    string.to_utf8_lossy().filter(|text| !text.is_empty())
}

#[cfg(test)]
#[path = "smbios_tests.rs"]
mod tests;
