#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test says what is wrong by failing"
)]

use super::*;

/// A type 1 structure with a UUID, a type 17 one of each size form, and the end of the table.
fn table() -> Vec<u8> {
    let mut bytes = vec![1, 0x1b, 1, 0, 1, 2, 0, 3];
    bytes.extend(0x10..0x20);
    bytes.extend([6, 0, 0]);
    bytes.extend(b"Maker\0Product\0SN-1\0\0");
    for (size, extended) in [(0u16, 0u32), (0xffff, 0), (0x8200, 0), (2048, 0), (0x7fff, 65536), (0x7fff, 0)] {
        let mut device = vec![17, 0x28, 2, 0];
        device.resize(0x28, 0);
        device[0x0c..0x0e].copy_from_slice(&size.to_le_bytes());
        device[0x17] = 1;
        device[0x18] = 2;
        device[0x1a] = 9;
        device[0x1c..0x20].copy_from_slice(&extended.to_le_bytes());
        bytes.extend(device);
        bytes.extend(b"Micron\0\xff1234\0\0");
    }
    bytes.extend([127, 4, 3, 0, 0, 0]);
    bytes
}

#[test]
fn fields_and_sizes() {
    let smbios = decode(table(), Some(Version(3, 2))).unwrap();
    assert_eq!(smbios.board.system_vendor.as_deref(), Some("Maker"));
    assert_eq!(smbios.board.system_version, None);
    assert_eq!(smbios.board.system_serial.as_deref(), Some("SN-1"));
    let sizes: Vec<u64> = smbios.modules.iter().filter_map(|module| module.size).collect();
    assert_eq!(sizes, [512 << 10, 2048 << 20, 65536 << 20]);
    assert_eq!(smbios.modules[0].serial.as_deref(), Some("\u{fffd}1234"), "no UTF-8");
    assert_eq!(smbios.modules[0].part, None, "a string that is not there");
}

#[test]
fn the_byte_order_of_a_uuid_follows_the_version() {
    let uuid = |version| decode(table(), version).unwrap().board.system_uuid.unwrap();
    assert_eq!(uuid(Some(Version(2, 6))), "13121110-1514-1716-1819-1a1b1c1d1e1f");
    assert_eq!(uuid(None), "13121110-1514-1716-1819-1a1b1c1d1e1f");
    assert_eq!(uuid(Some(Version(2, 5))), "10111213-1415-1617-1819-1a1b1c1d1e1f");
}

#[test]
fn versions_of_both_entry_points() {
    assert_eq!(version(b"_SM3_\0\x18\x03\x02\0"), Some(Version(3, 2)));
    assert_eq!(version(b"_SM_\0\x1f\x02\x08"), Some(Version(2, 8)));
    assert_eq!(version(b"_SM3_\0\x18\x03"), None);
    assert_eq!(version(&[0; 4096]), None);
}

/// Truncated everywhere, and every byte set to its most harmful values.
#[test]
fn hostile_tables_do_no_harm() {
    let table = table();
    for length in 0..table.len() {
        let _ = decode(table[..length].to_vec(), None);
    }
    for index in 0..table.len() {
        for value in [0, 1, 3, 4, 5, 0x7f, 0xff] {
            let mut altered = table.clone();
            altered[index] = value;
            let _ = decode(altered, Some(Version(3, 2)));
        }
    }
    let empty = decode(vec![0; 1 << 20], None);
    assert_eq!(empty, Err(Failure::Malformed("holds no SMBIOS structure".to_owned())));
    // As many structures as fit: the work stays linear.
    let many = [17u8, 4, 0, 0, 0, 0].repeat((1 << 20) / 6);
    assert!(decode(many, None).unwrap().modules.is_empty());
}
