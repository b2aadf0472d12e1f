//! The text form of a HWID, and the bounds of a descriptor.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use hwlicense::hardware::{
    Field, MODULES_MAX, Module, NICS_MAX, Nic, PLATFORM_IDS_MAX, PlatformId, PlatformIdSource, Rows,
};
use hwlicense::hwid::{COUNTED_NICS_MAX, HardwareError, Hwid, HwidParseError, Machine};
use proptest::prelude::*;
use support::hardware::{Parts, nic, server};

const TEXT: &str = "03ab5c00112233445566778899aabbccdd";

#[test]
fn text_round_trips() {
    let hwid: Hwid = TEXT.parse().unwrap();
    assert_eq!(hwid.to_string(), TEXT);
    assert_eq!(TEXT.to_uppercase().parse(), Ok(hwid));
    for around in [" ", "\t", "\n", "\r\n", "\u{c}", "  \n"] {
        assert_eq!(format!("{around}{TEXT}{around}").parse(), Ok(hwid), "{around:?}");
    }
    let other: Hwid = TEXT.replacen("03", "04", 1).parse().unwrap();
    assert_ne!(other, hwid);
    assert_eq!(other.to_string().parse(), Ok(other));
}

#[test]
fn only_34_hex_digits_parse() {
    for length in (0..100).filter(|length| *length != TEXT.len()) {
        assert_eq!("0".repeat(length).parse::<Hwid>(), Err(HwidParseError), "{length} digits");
    }
    for position in 0..TEXT.len() {
        for byte in 0..=0x7fu8 {
            let mut text = TEXT.as_bytes().to_vec();
            text[position] = byte;
            let text = String::from_utf8(text).unwrap();
            // White space at an end leaves 33 digits, so it is refused as well.
            assert_eq!(text.parse::<Hwid>().is_ok(), byte.is_ascii_hexdigit(), "{text:?}");
        }
        let (head, tail) = TEXT.split_at(position);
        for inside in ["-", " ", ":", "\0", "ä", "0x"] {
            let ends = position == 0 && inside == " ";
            assert_eq!(format!("{head}{inside}{tail}").parse::<Hwid>().is_ok(), ends, "{head}{inside}{tail}");
            let replaced = format!("{head}{inside}{}", &tail[1..]);
            assert!(replaced.parse::<Hwid>().is_err(), "{replaced}");
        }
    }
    for outside in ["\u{a0}", "\u{3000}", "\u{feff}", "\u{b}", "\0", "0x", "{", "\""] {
        assert!(format!("{outside}{TEXT}").parse::<Hwid>().is_err(), "{outside:?}");
        assert!(format!("{TEXT}{outside}").parse::<Hwid>().is_err(), "{outside:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_hwid_or_is_not(text in "\\PC{0,40}") {
        if let Ok(hwid) = text.parse::<Hwid>() {
            prop_assert_eq!(hwid.to_string(), text.trim().to_lowercase());
        }
    }

    #[test]
    fn any_hwid_round_trips(scheme in any::<u8>(), bytes in any::<[u8; 16]>()) {
        let hwid = Hwid { scheme, bytes };
        prop_assert_eq!(hwid.to_string().parse(), Ok(hwid));
    }
}

fn error(parts: &Parts) -> Option<HardwareError> {
    Machine::read(parts.descriptor()).err()
}

type Set = fn(&mut Parts, Field<&'static [u8]>);

#[test]
fn overlong_texts_are_refused() {
    for (length, expected) in [(1024, None), (1025, Some(HardwareError::TextTooLong))] {
        let text = || Field::Read(&*"K7x".repeat(400).into_bytes()[..length].to_vec().leak());
        let settings: [Set; 10] = [
            |parts, text| parts.board.vendor = text,
            |parts, text| parts.board.product = text,
            |parts, text| parts.board.serial = text,
            |parts, text| parts.board.system_vendor = text,
            |parts, text| parts.board.system_product = text,
            |parts, text| parts.board.system_serial = text,
            |parts, text| parts.cpu.serial = text,
            |parts, text| {
                let module = Module { part: text, size_bytes: 1, ..Module::default() };
                parts.memory.modules = Field::Read(Rows::held(vec![module].leak()));
            },
            |parts, text| {
                let module = Module { serial: text, size_bytes: 1, ..Module::default() };
                parts.memory.modules = Field::Read(Rows::held(vec![module].leak()));
            },
            |parts, text| parts.platform_ids = vec![PlatformId { source: PlatformIdSource::Soc, bytes: text }],
        ];
        for (index, set) in settings.into_iter().enumerate() {
            let mut parts = server();
            set(&mut parts, text());
            assert_eq!(error(&parts), expected, "field {index}, {length} bytes");
        }
    }
}

#[test]
fn overlong_lists_are_refused() {
    let mut parts = server();
    parts.nics = Field::Read(vec![Nic::default(); NICS_MAX]);
    assert_eq!(error(&parts), None);
    parts.nics = Field::Read(vec![Nic::default(); NICS_MAX + 1]);
    assert_eq!(error(&parts), Some(HardwareError::TooManyNics));

    let mut parts = server();
    parts.memory.modules = Field::Read(Rows::held(vec![Module::default(); MODULES_MAX].leak()));
    assert_eq!(error(&parts), None);
    parts.memory.modules = Field::Read(Rows::held(vec![Module::default(); MODULES_MAX + 1].leak()));
    assert_eq!(error(&parts), Some(HardwareError::TooManyModules));

    let mut parts = server();
    let id = PlatformId { source: PlatformIdSource::Soc, bytes: Field::Absent };
    parts.platform_ids = vec![id; PLATFORM_IDS_MAX];
    assert_eq!(error(&parts), None);
    parts.platform_ids = vec![id; PLATFORM_IDS_MAX + 1];
    assert_eq!(error(&parts), Some(HardwareError::TooManyPlatformIds));

    let wired = |count: usize| (0..count).map(|n| nic(&format!("0025905c{:04x}", n + 1))).collect::<Vec<_>>();
    let mut parts = server();
    parts.nics = Field::Read(wired(COUNTED_NICS_MAX));
    assert_eq!(error(&parts), None);
    parts.nics = Field::Read([wired(COUNTED_NICS_MAX), wired(COUNTED_NICS_MAX)].concat());
    assert_eq!(error(&parts), None, "the same address twice is one");
    parts.nics = Field::Read(wired(COUNTED_NICS_MAX + 1));
    assert_eq!(error(&parts), Some(HardwareError::TooManyCountedNics));
}
