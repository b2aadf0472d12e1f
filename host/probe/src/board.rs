//! Board and system, out of SMBIOS tables, sysfs and the device tree.
//!
//! Where two sources give one field, the one that every user may read is kept: a program must
//! not see another machine when root runs it. Tables and sysfs agree on all machines but those
//! with a strange firmware, so this matters seldom, and then it matters much.

use crate::device_tree::DeviceTree;
use crate::notes::Notes;
use crate::reading::Board;
use crate::smbios::{self, Smbios};
use crate::tree::{Failure, Found, Tree};

const SYSFS: &str = "sys/class/dmi/id";

/// One field: its name in a reading, its file in sysfs, and its place.
struct Row {
    field: &'static str,
    attribute: &'static str,
    /// Whether the HWID rests on it, so that being unable to read it must be said.
    is_identity: bool,
    place: fn(&mut Board) -> &mut Option<String>,
}

const fn row(
    field: &'static str,
    attribute: &'static str,
    is_identity: bool,
    place: fn(&mut Board) -> &mut Option<String>,
) -> Row {
    Row { field, attribute, is_identity, place }
}

#[rustfmt::skip]
const ROWS: [Row; 12] = [
    row("board.vendor", "board_vendor", true, |board| &mut board.vendor),
    row("board.product", "board_name", true, |board| &mut board.product),
    row("board.version", "board_version", false, |board| &mut board.version),
    row("board.serial", "board_serial", true, |board| &mut board.serial),
    row("board.system_vendor", "sys_vendor", true, |board| &mut board.system_vendor),
    row("board.system_product", "product_name", true, |board| &mut board.system_product),
    row("board.system_version", "product_version", false, |board| &mut board.system_version),
    row("board.system_serial", "product_serial", true, |board| &mut board.system_serial),
    row("board.system_uuid", "product_uuid", true, |board| &mut board.system_uuid),
    row("board.bios_vendor", "bios_vendor", false, |board| &mut board.bios_vendor),
    row("board.bios_version", "bios_version", false, |board| &mut board.bios_version),
    row("board.chassis_serial", "chassis_serial", false, |board| &mut board.chassis_serial),
];

/// The board, and notes on what was denied.
pub(crate) fn read(tree: &Tree, tables: &Found<Smbios>, device_tree: &DeviceTree, notes: &mut Notes) -> Board {
    let mut board = tables.as_ref().map(|smbios| smbios.board.clone()).unwrap_or_default();
    let has_sysfs = tree.exists(SYSFS);
    let mut read_count: u32 = 0;
    let mut refused = Vec::new();
    for row in &ROWS {
        let path = format!("{SYSFS}/{}", row.attribute);
        let place = (row.place)(&mut board);
        match tree.text(&path) {
            Ok(text) => {
                read_count = read_count.saturating_add(1);
                *place = Some(text);
            }
            Err(failure) => {
                let Some((source, failure)) = cause(has_sysfs, &path, failure, tables) else {
                    continue;
                };
                if source == path {
                    refused.push(row.attribute);
                }
                let has_other = place.is_some() || (row.field == "board.serial" && device_tree.serial.is_ok());
                if row.is_identity && !has_other {
                    notes.unreadable(row.field, source, &failure);
                }
            }
        }
    }
    note_sysfs(has_sysfs, read_count, &refused, notes);
    from_device_tree(&mut board, device_tree, notes);
    board
}

/// What kept a field from being read, and in which file; `None` if the machine has no such field.
fn cause<'a>(has_sysfs: bool, path: &'a str, failure: Failure, tables: &Found<Smbios>) -> Option<(&'a str, Failure)> {
    match (failure, tables) {
        // The kernel makes no file for a field that the tables do not have.
        (Failure::Absent, Err(failure)) if !has_sysfs && *failure == Failure::Denied => {
            Some((smbios::TABLE, failure.clone()))
        }
        (Failure::Absent, _) => None,
        (failure, _) => Some((path, failure)),
    }
}

fn note_sysfs(has_sysfs: bool, read_count: u32, refused: &[&str], notes: &mut Notes) {
    if !has_sysfs {
        notes.push(SYSFS, "absent", "");
        return;
    }
    let mut detail = format!("{read_count} fields");
    if !refused.is_empty() {
        detail.push_str(&format!("; not readable: {}", refused.join(", ")));
    }
    let status = if read_count == 0 && !refused.is_empty() { "unreadable" } else { "read" };
    notes.push(SYSFS, status, &detail);
}

/// The serial of the device tree goes first, since every user may read it and that of SMBIOS not.
fn from_device_tree(board: &mut Board, device_tree: &DeviceTree, notes: &mut Notes) {
    match &device_tree.serial {
        Ok(serial) => board.serial = Some(serial.clone()),
        Err(failure) if board.serial.is_none() => {
            notes.unreadable("board.serial", device_tree.base, failure);
        }
        Err(_) => {}
    }
    if board.product.is_none() {
        board.product.clone_from(&device_tree.model);
    }
}
