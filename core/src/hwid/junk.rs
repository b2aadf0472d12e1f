//! Placeholders: values that firmware ships instead of an identity. They are absent, not values.
//!
//! The rules belong to scheme 03 and are frozen with it: a rule added here would move ids that
//! are in use. `docs/format.md` lists them for other implementations.
//!
//! # Source
//! Counted over public SMBIOS collections and documented lists of duplicated UUIDs (SMBIOS
//! DSP0134 7.2.1 for "not present" and "not set"; FOG Project, CapaSystems and Rockstor for
//! vendors' constants).

use core::ops::RangeInclusive;

use super::canonical::{Characters, significant};
use crate::hardware::{Mac, Uuid};

/// Fewest significant characters a serial number can have.
const SERIAL_CHARACTERS_MIN: u32 = 4;
/// A counting run this long makes a text a placeholder wherever it stands.
const COUNTING_RUN_MAX: u32 = 8;
/// A text that is nothing but a counting run is a placeholder from this length on.
const COUNTING_TEXT_MIN: u32 = 3;
/// A byte value that fills this many of a UUID's 16 bytes makes it a placeholder.
const UUID_SAME_BYTES_MAX: usize = 12;
/// A byte value that fills this many of an address's six bytes makes it a placeholder.
const MAC_SAME_BYTES_MAX: usize = 5;

/// Words in canonical form, ordered by length and without anything between them: a text is
/// compared only with those that may fit, which is what makes the check cheap on a small core.
struct Words {
    letters: &'static str,
    /// Length of the words, and how many of that length there are.
    rows: &'static [(u8, u8)],
}

/// Placeholders as whole texts.
const WHOLE: Words = Words {
    letters: concat!(
        "na",
        "ok",
        "sn",
        "nil",
        "oem",
        "tbd",
        "eval",
        "none",
        "null",
        "test",
        "empty",
        "absent",
        "filled",
        "hidden",
        "masked",
        "nodata",
        "notset",
        "sample",
        "serial",
        "system",
        "unknow",
        "vendor",
        "default",
        "invalid",
        "missing",
        "partnum",
        "product",
        "removed",
        "unknown",
        "version",
        "assettag",
        "badindex",
        "noserial",
        "notfound",
        "redacted",
        "reserved",
        "serialno",
        "standard",
        "fillbyoem",
        "serialnum",
        "systemsku",
        "undefined",
        "anonymized",
        "evaluation",
        "noassettag",
        "notdefined",
        "notpresent",
        "partnumber",
        "systemname",
        "boardvendor",
        "chassistype",
        "filledbyoem",
        "notassigned",
        "notreadable",
        "notsettable",
        "productname",
        "unavailable",
        "unspecified",
        "boardversion",
        "manufacturer",
        "notavailable",
        "notsupported",
        "serialnumber",
        "systemvendor",
        "notapplicable",
        "systemversion",
        "uninitialized",
        "assettagnumber",
        "chassisversion",
        "mbserialnumber",
        "noserialnumber",
        "toshibadefault",
        "boardproductname",
        "baseboardassettag",
        "boardmanufacturer",
        "nomoduleinstalled",
        "notsupportedbycpu",
        "systemproductname",
        "modulemanufacturer",
        "noassetinformation",
        "systemmanufacturer",
        "chassismanufacturer",
    ),
    rows: &[
        (2, 3),
        (3, 3),
        (4, 4),
        (5, 1),
        (6, 11),
        (7, 8),
        (8, 8),
        (9, 4),
        (10, 7),
        (11, 9),
        (12, 6),
        (13, 3),
        (14, 5),
        (16, 1),
        (17, 5),
        (18, 3),
        (19, 1),
    ],
};

/// Placeholders by how they begin.
const PREFIX: Words = Words {
    letters: concat!(
        "type1",
        "type3",
        "0x0000",
        "sernum",
        "tobefilled",
        "type2board",
        "boardserial",
        "notspecified",
        "systemserial",
        "chassisserial",
        "defaultstring",
        "baseboardserial",
        "baseboardproductname",
        "baseboardmanufacturer",
    ),
    rows: &[(5, 2), (6, 2), (10, 2), (11, 1), (12, 2), (13, 2), (15, 1), (20, 1), (21, 1)],
};

impl Words {
    /// Whether the text begins with a word of such a length.
    #[inline(never)]
    fn begin(&self, text: &[u8], first: u8, lengths: RangeInclusive<u8>) -> bool {
        let mut letters = self.letters.as_bytes();
        for &(length, count) in self.rows {
            if length > *lengths.end() {
                break;
            }
            let bytes = usize::from(length).wrapping_mul(usize::from(count));
            let Some((row, rest)) = letters.split_at_checked(bytes) else { break };
            letters = rest;
            if length < *lengths.start() {
                continue;
            }
            for word in row.chunks_exact(usize::from(length).max(1)) {
                if word.first() == Some(&first) && begins_with(text, word) {
                    return true;
                }
            }
        }
        false
    }
}

fn begins_with(text: &[u8], word: &[u8]) -> bool {
    let mut characters = Characters(text);
    word.iter().all(|letter| characters.next() == Some(*letter))
}

/// What a text is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TextWorth {
    /// It is no name and no serial number of anything.
    Placeholder,
    /// It may name something, but is too short or too regular to tell two of them apart.
    Name,
    /// It may be a serial number.
    Serial,
}

/// Judges a text.
pub(super) fn text_worth(text: &[u8]) -> TextWorth {
    let shape = Shape::of(text, Counting::Characters);
    let Some(first) = Characters(text).next() else { return TextWorth::Placeholder };
    // No word is longer than 255 characters.
    let length = u8::try_from(shape.length).unwrap_or(u8::MAX);
    if shape.like_last.wrapping_add(1) == shape.length
        || shape.longest_run >= COUNTING_RUN_MAX
        || (shape.longest_run == shape.length && shape.length >= COUNTING_TEXT_MIN)
        || WHOLE.begin(text, first, length..=length)
        || PREFIX.begin(text, first, 0..=length)
    {
        TextWorth::Placeholder
    } else if shape.length >= SERIAL_CHARACTERS_MIN && shape.like_last_but_one.wrapping_add(2) != shape.length {
        TextWorth::Serial
    } else {
        TextWorth::Name
    }
}

/// What a sequence of bytes looks like, found in one pass.
#[derive(Default)]
struct Shape {
    /// How many bytes there are.
    length: u32,
    /// How many equal the one before them.
    like_last: u32,
    /// How many equal the one two before them.
    like_last_but_one: u32,
    /// Length of the longest stretch in which each byte is its predecessor plus one, or each minus
    /// one. After the digit 9 a count may go on with 0, as in `1234567890`.
    longest_run: u32,
}

/// Which bytes of a sequence count, and as what.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counting {
    /// The significant characters of a text.
    Characters,
    /// All bytes, as they are.
    Bytes,
}

impl Shape {
    #[inline(never)]
    fn of(bytes: &[u8], counting: Counting) -> Self {
        let mut shape = Self::default();
        // Before the first byte there is none that is equal to it or next to it.
        let (mut last, mut last_but_one) = (i32::MIN, i32::MIN);
        let (mut direction, mut run) = (0, 0u32);
        for byte in bytes {
            let byte = i32::from(match significant(*byte) {
                _ if counting == Counting::Bytes => *byte,
                Some(character) => character,
                None => continue,
            });
            let step = match byte.wrapping_sub(last) {
                -9 if byte == i32::from(b'0') => 1,
                9 if byte == i32::from(b'9') => -1,
                step => step,
            };
            run = match step {
                1 | -1 if step == direction => run.wrapping_add(1),
                1 | -1 => 2,
                _ => 1,
            };
            direction = step;
            shape.longest_run = shape.longest_run.max(run);
            shape.like_last = shape.like_last.wrapping_add(u32::from(byte == last));
            shape.like_last_but_one = shape.like_last_but_one.wrapping_add(u32::from(byte == last_but_one));
            shape.length = shape.length.wrapping_add(1);
            (last_but_one, last) = (last, byte);
        }
        shape
    }
}

/// Length of the longest counting run.
fn longest_run(bytes: &[u8]) -> u32 {
    Shape::of(bytes, Counting::Bytes).longest_run
}

/// Whether one byte occurs at least so many times.
#[inline(never)]
fn is_filled(bytes: &[u8], times: usize) -> bool {
    // Whatever occurs so often is one of the first, because only so many others are left.
    let first = bytes.len().saturating_sub(times).saturating_add(1);
    // Counted by hand: the standard library's count is checked for overflow, and brings a panic along.
    let count = |byte: &u8| bytes.iter().filter(|other| *other == byte).fold(0_usize, |sum, _| sum.saturating_add(1));
    bytes.iter().take(first).any(|byte| count(byte) >= times)
}

/// Whether a table holds these bytes; its entries have the same length.
#[inline(never)]
fn is_listed(entry: &[u8], table: &[u8]) -> bool {
    table.chunks_exact(entry.len().max(1)).any(|other| other == entry)
}

/// UUIDs that many machines were shipped with, in canonical (smaller) byte order.
const UUIDS: [[u8; 16]; 12] = [
    // 03000200-0400-0500-0006-000700080009, AMI's default.
    [0x00, 0x02, 0x00, 0x03, 0x00, 0x04, 0x00, 0x05, 0x00, 0x06, 0x00, 0x07, 0x00, 0x08, 0x00, 0x09],
    // 12345678-1234-5678-90AB-CDDEEFAABBCC.
    [0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78, 0x90, 0xab, 0xcd, 0xde, 0xef, 0xaa, 0xbb, 0xcc],
    // DC698397-FA54-4CF2-82C8-B1B5307A6A7F.
    [0x97, 0x83, 0x69, 0xdc, 0x54, 0xfa, 0xf2, 0x4c, 0x82, 0xc8, 0xb1, 0xb5, 0x30, 0x7a, 0x6a, 0x7f],
    // 8E275844-178F-44A8-ACEB-A7D7E5178C63.
    [0x44, 0x58, 0x27, 0x8e, 0x8f, 0x17, 0xa8, 0x44, 0xac, 0xeb, 0xa7, 0xd7, 0xe5, 0x17, 0x8c, 0x63],
    // 890E2D14-CACD-45D1-AE66-BC80E8BFEB0F.
    [0x14, 0x2d, 0x0e, 0x89, 0xcd, 0xca, 0xd1, 0x45, 0xae, 0x66, 0xbc, 0x80, 0xe8, 0xbf, 0xeb, 0x0f],
    // 5C4606FA-192F-453A-B299-7B088C63BB9B.
    [0x5c, 0x46, 0x06, 0xfa, 0x19, 0x2f, 0x45, 0x3a, 0xb2, 0x99, 0x7b, 0x08, 0x8c, 0x63, 0xbb, 0x9b],
    // 31393138-3538-5A43-3135-353130323750.
    [0x31, 0x39, 0x31, 0x38, 0x35, 0x38, 0x5a, 0x43, 0x31, 0x35, 0x35, 0x31, 0x30, 0x32, 0x37, 0x50],
    // 00000000-2093-BFE3-E53B-4FC39CB19217 as far as it is well formed.
    [0x00, 0x00, 0x00, 0x00, 0x20, 0x93, 0xbf, 0xe3, 0xe5, 0x3b, 0x4f, 0xc3, 0x9c, 0xb1, 0x92, 0x17],
    // DEADBEEF-DEAD-BEEF-DEAD-BEEFDEADBEEF.
    [0xde, 0xad, 0xbe, 0xef, 0xde, 0xad, 0xbe, 0xef, 0xde, 0xad, 0xbe, 0xef, 0xde, 0xad, 0xbe, 0xef],
    // 4C4C4544-0000-1010-8010-C4C04F313233, Dell's without a service tag.
    [0x44, 0x45, 0x4c, 0x4c, 0x00, 0x00, 0x10, 0x10, 0x80, 0x10, 0xc4, 0xc0, 0x4f, 0x31, 0x32, 0x33],
    // 4C4C4544-0000-2010-8020-80C04F202020, Dell's with a blank service tag.
    [0x44, 0x45, 0x4c, 0x4c, 0x00, 0x00, 0x10, 0x20, 0x80, 0x20, 0x80, 0xc0, 0x4f, 0x20, 0x20, 0x20],
    // 07090201-0103-0301-0807-060504030201.
    [0x01, 0x02, 0x09, 0x07, 0x03, 0x01, 0x01, 0x03, 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01],
];

/// A usable UUID in canonical byte order.
///
/// Both byte orders of a UUID name one machine, and tools print either; the smaller one counts.
/// SMBIOS 2.6 defines the first three fields as little-endian, older firmware and several tools
/// write them big-endian (SMBIOS reference specification DSP0134, 7.2.1).
#[inline(never)]
pub(super) fn usable_uuid(Uuid(uuid): &Uuid) -> Option<[u8; 16]> {
    let other = &swapped(uuid);
    let canonical = if other < uuid { other } else { uuid };
    let nobodys = is_filled(canonical, UUID_SAME_BYTES_MAX)
        || longest_run(uuid) >= COUNTING_RUN_MAX
        || longest_run(other) >= COUNTING_RUN_MAX
        || is_listed(canonical, UUIDS.as_flattened());
    (!nobodys).then_some(*canonical)
}

/// The other byte order.
fn swapped(uuid: &[u8; 16]) -> [u8; 16] {
    let mut other = *uuid;
    let [a, b, c, d, e, f, g, h, ..] = &mut other;
    core::mem::swap(a, d);
    core::mem::swap(b, c);
    core::mem::swap(e, f);
    core::mem::swap(g, h);
    other
}

/// MAC addresses that drivers and boards ship when nothing was burnt in.
const MACS: [[u8; 6]; 6] = [
    [0x00, 0x11, 0x22, 0x33, 0x44, 0x55],
    [0x00, 0x90, 0x4c, 0xc5, 0x12, 0x38],
    [0x00, 0x90, 0x4c, 0x11, 0x22, 0x33],
    [0x00, 0x04, 0x9f, 0x00, 0x00, 0x01],
    [0x00, 0x0c, 0x43, 0x28, 0x80, 0x01],
    [0xb0, 0xb0, 0xb0, 0xb0, 0xb0, 0xb1],
];

/// Vendor prefixes from which hypervisors assign addresses (IEEE registry): VMware, VirtualBox,
/// Hyper-V, Xen, Parallels, Virtual Iron, SWsoft, Qumranet (RHEV), Virtual PC, Nutanix.
const HYPERVISORS: [[u8; 3]; 13] = [
    [0x00, 0x05, 0x69],
    [0x00, 0x0c, 0x29],
    [0x00, 0x1c, 0x14],
    [0x00, 0x50, 0x56],
    [0x08, 0x00, 0x27],
    [0x00, 0x15, 0x5d],
    [0x00, 0x16, 0x3e],
    [0x00, 0x1c, 0x42],
    [0x00, 0x0f, 0x4b],
    [0x00, 0x18, 0x51],
    [0x00, 0x1a, 0x4a],
    [0x00, 0x03, 0xff],
    [0x50, 0x6b, 0x8d],
];

/// What a MAC address is worth as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MacWorth {
    /// A placeholder, or not burnt in: it does not count at all.
    None,
    /// Assigned by a hypervisor: it counts, but never as the only evidence.
    Supporting,
    /// Tells machines apart.
    Unique,
}

/// Judges a MAC address.
#[inline(never)]
pub(super) fn mac_worth(mac: &Mac) -> MacWorth {
    let [vendor @ .., _, _, _] = mac.0;
    if is_placeholder_mac(mac) {
        MacWorth::None
    } else if is_listed(&vendor, HYPERVISORS.as_flattened()) {
        MacWorth::Supporting
    } else {
        MacWorth::Unique
    }
}

/// Whether a MAC address is nobody's, or was not burnt in: multicast, locally administered
/// (IEEE 802c), without a vendor or a device part, one byte over and over, or counting.
fn is_placeholder_mac(mac: &Mac) -> bool {
    let [first, ..] = mac.0;
    let [vendor @ .., x, y, z] = mac.0;
    let device = [x, y, z];
    first & 0b11 != 0
        || vendor == [0; 3]
        || device == [0; 3]
        || device == [0xff; 3]
        || is_filled(&mac.0, MAC_SAME_BYTES_MAX)
        || longest_run(&mac.0) >= 5
        || is_listed(&mac.0, MACS.as_flattened())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn placeholders_are_recognised() {
        for text in [
            "",
            "   ",
            ".........",
            "0",
            "0000000000000000",
            "To Be Filled By O.E.M.",
            "TobefilledbyO.E.M.",
            "Default string",
            "DEFAULT_STRING",
            "System Serial Number",
            "Not Specified",
            "None",
            "N/A",
            "XXXXXXXXXX",
            "<BAD INDEX>",
            "Type2 - Board Product Name1",
            "SerNum12",
            "[REMOVED]",
            "1234567890",
            "0123456789",
            "123456789",
            "MB-1234567890",
            "BSN12345678901234567",
            "0x00000000",
            "O.E.M",
            "ABCDEFGH",
            "987654321",
            "Base Board Serial Number",
            "Not Supported by CPU",
            "OEM",
            "empty",
            "1234",
        ] {
            assert_ne!(text_worth(text.as_bytes()), TextWorth::Serial, "{text:?}");
        }
    }

    #[test]
    fn names_and_serials_are_kept() {
        for text in [
            "D0JHP72",
            "..CN701638BM00EW.",
            "QSSA64700622",
            "HXDZPGK16B      ",
            "00000000acf9d788",
            "Dell Inc.",
            "PowerEdge R620",
            "VMware-56 4d 2a 11 22 08 94 c3-1f aa 40 6c 09 e1 c5 77",
            "B8A44F123456",
            "SGH514X0E2",
        ] {
            assert_eq!(text_worth(text.as_bytes()), TextWorth::Serial, "{text:?}");
        }
        assert_eq!(text_worth(b"4242"), TextWorth::Name);
        assert_eq!(text_worth(b"xyq"), TextWorth::Name);
        assert_eq!(text_worth(b"abc"), TextWorth::Placeholder);
    }

    #[test]
    fn placeholder_uuids_are_recognised_in_both_byte_orders() {
        for text in [
            "00000000-0000-0000-0000-000000000000",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "03000200-0400-0500-0006-000700080009",
            "00020003-0004-0005-0006-000700080009",
            "12345678-1234-5678-90AB-CDDEEFAABBCC",
            "FEFEFEFE-FEFE-FEFE-FEFE-FEFEFEFEFEFE",
            "07090201-0103-0301-0807-060504030201",
            "56F49712-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "DC698397-FA54-4CF2-82C8-B1B5307A6A7F",
            "5C4606FA-192F-453A-B299-7B088C63BB9B",
            "31393138-3538-5A43-3135-353130323750",
            "00000000-0000-0000-0807-060504030201",
            "FFFFFF00-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "58585858-5858-5858-5858-585858585858",
            "00010203-0405-0607-0809-0A0B0C0D0E0F",
            "DEADBEEF-DEAD-BEEF-DEAD-BEEFDEADBEEF",
            "4C4C4544-0000-1010-8010-C4C04F313233",
            "01020304-0506-0708-090A-0B0C0D0E0F10",
            "8E275844-178F-44A8-ACEB-A7D7E5178C63",
            "890E2D14-CACD-45D1-AE66-BC80E8BFEB0F",
            "4C4C4544-0000-2010-8020-80C04F202020",
        ] {
            let uuid = Uuid::parse(text).unwrap();
            assert_eq!(usable_uuid(&uuid), None, "{text}");
            assert_eq!(usable_uuid(&Uuid(swapped(&uuid.0))), None, "{text} swapped");
        }
        for uuid in UUIDS {
            assert!(uuid <= swapped(&uuid), "the table is canonical");
        }
        assert!(usable_uuid(&Uuid::parse("4C4C4544-0030-4A10-8048-C4C04F503732").unwrap()).is_some());
    }

    #[test]
    fn macs_are_judged() {
        for text in [
            "00:00:00:00:00:00",
            "ff:ff:ff:ff:ff:ff",
            "01:00:5e:00:00:01",
            "02:42:ac:11:00:07",
            "52:54:00:e3:8d:8b",
            "88:88:88:88:87:88",
            "00:a0:c9:00:00:00",
            "00:01:02:03:04:05",
            "00:11:22:33:44:55",
            "00:00:00:12:34:56",
        ] {
            assert!(is_placeholder_mac(&Mac::parse(text).unwrap()), "{text}");
        }
        assert!(!is_placeholder_mac(&Mac::parse("00:40:8c:12:34:56").unwrap()));
        assert_eq!(mac_worth(&Mac::parse("08-00-27-AB-CD-EF").unwrap()), MacWorth::Supporting);
    }

    #[test]
    fn both_byte_orders_of_a_uuid_are_one() {
        let printed = Uuid::parse("5d76a0b0-cd0a-b541-8c5b-4e96b36b9580").unwrap();
        let swapped = Uuid::parse("{B0A0765D-0ACD-41B5-8C5B-4E96B36B9580}").unwrap();
        assert_eq!(usable_uuid(&printed), usable_uuid(&swapped));
    }

    #[test]
    fn words_fill_their_rows() {
        for Words { letters, rows } in [WHOLE, PREFIX] {
            let total: usize = rows.iter().map(|(length, count)| usize::from(*length) * usize::from(*count)).sum();
            assert_eq!(total, letters.len());
            assert!(rows.is_sorted_by(|a, b| a.0 < b.0));
        }
    }
}
