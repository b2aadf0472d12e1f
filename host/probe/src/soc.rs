//! The serial number of the system on chip, where its driver tells one.

use crate::hex::HexBytes;
use crate::notes::Notes;
use crate::reading::PlatformId;
use crate::tree::Tree;

const SERIAL: &str = "sys/devices/soc0/serial_number";

/// The serial number as a platform identifier. Model and family (`soc_id`, `machine`, `family`)
/// are the same on every chip of a kind, so they are not taken.
pub(crate) fn read(tree: &Tree, notes: &mut Notes) -> Option<PlatformId> {
    let serial = notes.source(SERIAL, tree.text(SERIAL), "");
    if let Err(failure) = &serial {
        notes.unreadable("platform_ids.soc", SERIAL, failure);
    }
    Some(PlatformId { source: Some("soc".to_owned()), id: Some(bytes(serial.ok()?.trim())) })
}

/// The number that the text writes in hex; for another text, its own bytes.
fn bytes(serial: &str) -> HexBytes {
    let digits = serial.strip_prefix("0x").unwrap_or(serial);
    HexBytes::parse(digits).unwrap_or_else(|| HexBytes(serial.as_bytes().to_vec()))
}
