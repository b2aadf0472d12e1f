//! Placeholders: values that firmware ships instead of an identity. They are absent, not values.
//!
//! The rules belong to scheme 03 and are frozen with it: a rule added here would move ids that
//! are in use. `docs/format.md` lists them for other implementations.
//!
//! # Source
//! Counted over public SMBIOS collections and documented lists of duplicated UUIDs (SMBIOS
//! DSP0134 7.2.1 for "not present" and "not set"; FOG Project, CapaSystems and Rockstor for
//! vendors' constants).

use super::canonical::characters;
use crate::hardware::{Mac, Uuid};

/// Fewest significant characters a serial number can have.
const SERIAL_CHARACTERS_MIN: u16 = 4;
/// A counting run this long makes a text a placeholder wherever it stands.
const COUNTING_RUN_MAX: u16 = 8;
/// A text that is nothing but a counting run is a placeholder from this length on.
const COUNTING_TEXT_MIN: u16 = 3;
/// A byte value that fills this many of a UUID's 16 bytes makes it a placeholder.
const UUID_SAME_BYTES_MAX: usize = 12;

/// Length of the shortest words in [`WHOLE`].
const WHOLE_LENGTH_MIN: usize = 2;
/// Placeholders as whole texts, in canonical form, by length: those of two characters, of three,
/// and so on, each row without anything between its words. A text is compared only with those of
/// its length, which is what makes the check cheap on a small core.
const WHOLE: [&str; 18] = [
    concat!("na", "ok", "sn"),
    concat!("nil", "oem", "tbd"),
    concat!("eval", "none", "null", "test"),
    "empty",
    concat!(
        "absent", "filled", "hidden", "masked", "nodata", "notset", "sample", "serial", "system", "unknow", "vendor"
    ),
    concat!("default", "invalid", "missing", "partnum", "product", "removed", "unknown", "version"),
    concat!("assettag", "badindex", "noserial", "notfound", "redacted", "reserved", "serialno", "standard"),
    concat!("fillbyoem", "serialnum", "systemsku", "undefined"),
    concat!("anonymized", "evaluation", "noassettag", "notdefined", "notpresent", "partnumber", "systemname"),
    concat!(
        "boardvendor",
        "chassistype",
        "filledbyoem",
        "notassigned",
        "notreadable",
        "notsettable",
        "productname",
        "unavailable",
        "unspecified"
    ),
    concat!("boardversion", "manufacturer", "notavailable", "notsupported", "serialnumber", "systemvendor"),
    concat!("notapplicable", "systemversion", "uninitialized"),
    concat!("assettagnumber", "chassisversion", "mbserialnumber", "noserialnumber", "toshibadefault"),
    "",
    "boardproductname",
    concat!("baseboardassettag", "boardmanufacturer", "nomoduleinstalled", "notsupportedbycpu", "systemproductname"),
    concat!("modulemanufacturer", "noassetinformation", "systemmanufacturer"),
    "chassismanufacturer",
];

/// Placeholders by how they begin, in canonical form.
const PREFIX: [&str; 14] = [
    "0x0000",
    "baseboardmanufacturer",
    "baseboardproductname",
    "baseboardserial",
    "boardserial",
    "chassisserial",
    "defaultstring",
    "notspecified",
    "sernum",
    "systemserial",
    "tobefilled",
    "type1",
    "type2board",
    "type3",
];

/// What a text is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    let shape = Shape::of(characters(text));
    if shape.length == 0
        || shape.repeats_one
        || shape.longest_run >= COUNTING_RUN_MAX
        || (shape.longest_run == shape.length && shape.length >= COUNTING_TEXT_MIN)
        || is_whole_placeholder(text, &shape)
        || PREFIX.iter().any(|prefix| {
            prefix.as_bytes().first() == shape.first.as_ref() && characters(text).take(prefix.len()).eq(prefix.bytes())
        })
    {
        TextWorth::Placeholder
    } else if shape.length >= SERIAL_CHARACTERS_MIN && !shape.repeats_two {
        TextWorth::Serial
    } else {
        TextWorth::Name
    }
}

fn is_whole_placeholder(text: &[u8], shape: &Shape) -> bool {
    let length = usize::from(shape.length);
    let row = length.checked_sub(WHOLE_LENGTH_MIN).and_then(|row| WHOLE.get(row));
    row.is_some_and(|words| {
        words
            .as_bytes()
            .chunks(length)
            .any(|word| word.first() == shape.first.as_ref() && characters(text).eq(word.iter().copied()))
    })
}

/// What a sequence of bytes looks like, found in one pass. Texts are shorter than 65,536 bytes.
struct Shape {
    /// How many bytes there are.
    length: u16,
    /// The first of them.
    first: Option<u8>,
    /// Whether each byte equals the one before it.
    repeats_one: bool,
    /// Whether each byte equals the one two before it.
    repeats_two: bool,
    /// Length of the longest stretch in which each byte is its predecessor plus one, or each minus
    /// one. After the digit 9 a count may go on with 0, as in `1234567890`.
    longest_run: u16,
}

impl Shape {
    fn of(mut bytes: impl Iterator<Item = u8>) -> Self {
        let mut shape = Self { length: 0, first: bytes.next(), repeats_one: true, repeats_two: true, longest_run: 0 };
        let Some(mut before) = shape.first else { return shape };
        (shape.length, shape.longest_run) = (1, 1);
        let mut two_before = None;
        let (mut direction, mut run) = (0i16, 1u16);
        for byte in bytes {
            let step = match i16::from(byte).wrapping_sub(i16::from(before)) {
                -9 if byte == b'0' => 1,
                9 if byte == b'9' => -1,
                step => step,
            };
            run = match step {
                1 | -1 if step == direction => run.wrapping_add(1),
                1 | -1 => 2,
                _ => 1,
            };
            direction = step;
            shape.longest_run = shape.longest_run.max(run);
            shape.repeats_one &= byte == before;
            shape.repeats_two &= two_before.is_none_or(|two_before| byte == two_before);
            shape.length = shape.length.wrapping_add(1);
            (two_before, before) = (Some(before), byte);
        }
        shape
    }
}

/// Length of the longest counting run.
fn longest_run(bytes: &[u8]) -> u16 {
    Shape::of(bytes.iter().copied()).longest_run
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

/// Whether a UUID in canonical byte order is nobody's.
pub(super) fn is_placeholder_uuid(canonical: &[u8; 16]) -> bool {
    let commonest = canonical.iter().map(|byte| canonical.iter().filter(|other| *other == byte).count()).max();
    commonest.is_some_and(|count| count >= UUID_SAME_BYTES_MAX)
        || [*canonical, swapped(canonical)].iter().any(|order| longest_run(order) >= COUNTING_RUN_MAX)
        || UUIDS.contains(canonical)
}

/// Whether one of the first bytes occurs at least so many times.
fn fills(bytes: &[u8], first: usize, times: usize) -> bool {
    bytes.iter().take(first).any(|byte| bytes.iter().filter(|other| *other == byte).count() >= times)
}

/// The other byte order.
fn swapped(uuid: &[u8; 16]) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *uuid;
    [d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p]
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

/// Whether a MAC address is nobody's, or was not burnt in: multicast, locally administered
/// (IEEE 802c), without a vendor or a device part, one byte over and over, or counting.
pub(super) fn is_placeholder_mac(mac: Mac) -> bool {
    let [first, ..] = mac.0;
    let [vendor @ .., x, y, z] = mac.0;
    let device = [x, y, z];
    first & 0b11 != 0
        || vendor == [0; 3]
        || device == [0; 3]
        || device == [0xff; 3]
        // What fills five of six bytes fills one of the first two.
        || fills(&mac.0, 2, 5)
        || longest_run(&mac.0) >= 5
        || MACS.contains(&mac.0)
}

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

/// Whether a MAC address was assigned by a hypervisor.
pub(super) fn is_hypervisor_mac(mac: Mac) -> bool {
    let [vendor @ .., _, _, _] = mac.0;
    HYPERVISORS.contains(&vendor)
}

/// A usable UUID in canonical byte order.
pub(super) fn usable_uuid(uuid: Uuid) -> Option<[u8; 16]> {
    Some(super::canonical::uuid(uuid)).filter(|canonical| !is_placeholder_uuid(canonical))
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
            assert_eq!(usable_uuid(uuid), None, "{text}");
            assert_eq!(usable_uuid(Uuid(swapped(&uuid.0))), None, "{text} swapped");
        }
        for uuid in UUIDS {
            assert_eq!(super::super::canonical::uuid(Uuid(uuid)), uuid, "the table is canonical");
        }
        assert!(usable_uuid(Uuid::parse("4C4C4544-0030-4A10-8048-C4C04F503732").unwrap()).is_some());
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
            assert!(is_placeholder_mac(Mac::parse(text).unwrap()), "{text}");
        }
        assert!(!is_placeholder_mac(Mac::parse("00:40:8c:12:34:56").unwrap()));
        assert!(is_hypervisor_mac(Mac::parse("08-00-27-AB-CD-EF").unwrap()));
    }
}
