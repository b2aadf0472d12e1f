//! The CID register of a soldered eMMC.

use crate::hex::HexBytes;
use crate::notes::Notes;
use crate::reading::PlatformId;
use crate::tree::{Failure, Tree};

const BLOCK: &str = "sys/block";

/// CID registers of all MMC devices. An SD card has a CID too, and can be carried to another
/// machine, so the type must be exactly `MMC`.
pub(crate) fn read(tree: &Tree, notes: &mut Notes) -> Vec<PlatformId> {
    let names = tree.names(BLOCK).unwrap_or_default();
    let devices = names.iter().filter(|name| is_whole_device(name));
    let mut ids = Vec::new();
    for name in devices {
        let device = format!("{BLOCK}/{name}/device");
        if tree.text(&format!("{device}/type")).as_deref() != Ok("MMC") {
            notes.push(&device, "read", "no eMMC");
            continue;
        }
        let path = format!("{device}/cid");
        let cid = tree.text(&path).and_then(|text| {
            HexBytes::parse(text.trim())
                .filter(|cid| cid.0.len() == CID_BYTES)
                .ok_or_else(|| Failure::Malformed("is no CID of 16 bytes".to_owned()))
        });
        match notes.source(&path, cid, "") {
            Ok(cid) => ids.push(PlatformId { source: Some("emmc-cid".to_owned()), id: Some(cid) }),
            Err(failure) => notes.unreadable("platform_ids.emmc-cid", &path, &failure),
        }
    }
    ids
}

/// Size of a CID register (JESD84-B51, 7.2).
const CID_BYTES: usize = 16;

/// `mmcblk0`, and not its boot areas `mmcblk0boot0` or `mmcblk0rpmb`.
fn is_whole_device(name: &str) -> bool {
    name.strip_prefix("mmcblk")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
