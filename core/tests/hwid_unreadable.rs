//! A field that may not be read is never hashed as if it were absent.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use hwlicense::hardware::{
    Field, MachineKind, Module, Nic, NicClass, NicMembership, PlatformId, PlatformIdSource, Rows,
};
use hwlicense::hwid::{FieldName, FieldSet, Hwid, HwidError};
use support::hardware::{Parts, featureless, nic, server};

type Hide = fn(&mut Parts);

/// Each field that can count, and how it is hidden.
const FIELDS: [(FieldName, Hide); 15] = [
    (FieldName::BoardVendor, |parts| parts.board.vendor = Field::Unreadable),
    (FieldName::BoardProduct, |parts| parts.board.product = Field::Unreadable),
    (FieldName::BoardSerial, |parts| parts.board.serial = Field::Unreadable),
    (FieldName::SystemVendor, |parts| parts.board.system_vendor = Field::Unreadable),
    (FieldName::SystemProduct, |parts| parts.board.system_product = Field::Unreadable),
    (FieldName::SystemSerial, |parts| parts.board.system_serial = Field::Unreadable),
    (FieldName::SystemUuid, |parts| parts.board.system_uuid = Field::Unreadable),
    (FieldName::CpuSignature, |parts| parts.cpu.signature = Field::Unreadable),
    (FieldName::CpuSerial, |parts| parts.cpu.serial = Field::Unreadable),
    (FieldName::MemoryTotal, |parts| {
        parts.memory.modules = Field::Absent;
        parts.memory.total_bytes = Field::Unreadable;
    }),
    (FieldName::MemoryModules, |parts| parts.memory.modules = Field::Unreadable),
    (FieldName::Nics, |parts| parts.nics = Field::Unreadable),
    (FieldName::Nics, |parts| hide_nic(parts, |nic| nic.permanent_mac = Field::Unreadable)),
    (FieldName::Nics, |parts| {
        hide_nic(parts, |nic| {
            nic.permanent_mac = Field::Absent;
            nic.current_mac = Field::Unreadable;
        });
    }),
    (FieldName::PlatformIds, |parts| {
        parts.platform_ids.push(PlatformId { source: PlatformIdSource::Soc, bytes: Field::Unreadable });
    }),
];

fn hide_nic(parts: &mut Parts, hide: impl Fn(&mut Nic<'static>)) {
    if let Field::Read(nics) = &mut parts.nics {
        hide(&mut nics[1]);
    }
}

fn hwid(parts: &Parts) -> Result<Hwid, HwidError> {
    parts.machine().hwid()
}

fn not_readable(fields: &[FieldName]) -> Result<Hwid, HwidError> {
    Err(HwidError::NotReadable(fields.iter().fold(FieldSet::EMPTY, |set, field| set.with(*field))))
}

/// The server without a UUID, so that its names count.
fn named() -> Parts {
    let mut parts = server();
    parts.board.system_uuid = Field::Absent;
    parts
}

#[test]
fn each_hidden_field_is_named_and_gives_no_hwid() {
    for (field, hide) in FIELDS {
        let mut parts = named();
        hide(&mut parts);
        assert_eq!(hwid(&parts), not_readable(&[field]), "{field}");
    }
}

#[test]
fn all_hidden_fields_are_named() {
    let mut parts = named();
    let mut fields = Vec::new();
    // Memory's total and its modules exclude each other.
    for (field, hide) in FIELDS.iter().filter(|(field, _)| *field != FieldName::MemoryTotal) {
        hide(&mut parts);
        fields.push(*field);
        assert_eq!(hwid(&parts), not_readable(&fields), "{fields:?}");
    }
}

/// Nothing unique and something hidden: the hidden field may be the unique one.
#[test]
fn hidden_comes_before_not_unique() {
    assert_eq!(hwid(&featureless()), Err(HwidError::NotUnique));
    for (field, hide) in FIELDS {
        let mut parts = featureless();
        parts.nics = Field::Read(vec![Nic { class: NicClass::Virtual, ..nic("b4:45:06:f1:9c:2e") }; 2]);
        hide(&mut parts);
        let hidden_nic_is_virtual = parts.nics.clone().read().is_some() && field == FieldName::Nics;
        let expected = if hidden_nic_is_virtual { Err(HwidError::NotUnique) } else { not_readable(&[field]) };
        assert_eq!(hwid(&parts), expected, "{field}");
    }
}

#[test]
fn absent_is_not_unreadable() {
    let mut parts = server();
    parts.board.serial = Field::Absent;
    let without = hwid(&parts).unwrap();
    assert_ne!(without, hwid(&server()).unwrap());
    parts.board.serial = "None".into();
    assert_eq!(hwid(&parts), Ok(without), "a placeholder is absent");
    parts.board.serial = "".into();
    assert_eq!(hwid(&parts), Ok(without), "so is an empty text");
}

#[test]
fn hidden_fields_that_do_not_count_do_not_matter() {
    let cases: [(&str, Hide); 7] = [
        ("names beside a UUID", |parts| {
            parts.board.vendor = Field::Unreadable;
            parts.board.product = Field::Unreadable;
            parts.board.system_vendor = Field::Unreadable;
            parts.board.system_product = Field::Unreadable;
        }),
        ("versions", |parts| {
            parts.board.version = Field::Unreadable;
            parts.board.system_version = Field::Unreadable;
        }),
        ("names of the processor", |parts| {
            parts.cpu.vendor = Field::Unreadable;
            parts.cpu.model = Field::Unreadable;
        }),
        ("the total beside modules", |parts| parts.memory.total_bytes = Field::Unreadable),
        ("a current MAC beside a permanent one", |parts| hide_nic(parts, |nic| nic.current_mac = Field::Unreadable)),
        ("names of a NIC", |parts| {
            hide_nic(parts, |nic| {
                nic.bus = Field::Unreadable;
                nic.driver = Field::Unreadable;
            });
        }),
        ("NICs that do not count", |parts| {
            for class in [NicClass::Virtual, NicClass::Usb, NicClass::Aggregate] {
                let hidden =
                    Nic { permanent_mac: Field::Unreadable, current_mac: Field::Unreadable, class, ..Nic::default() };
                parts.nics = parts.nics.clone().map(|nics| [nics, vec![hidden]].concat());
            }
        }),
    ];
    for (what, hide) in cases {
        let mut parts = server();
        hide(&mut parts);
        assert_eq!(hwid(&parts), hwid(&server()), "{what}");
    }
}

#[test]
fn a_virtual_machines_processor_does_not_count_hidden_or_not() {
    let with = |signature| {
        let mut parts = server();
        parts.kind = MachineKind::VirtualMachine;
        parts.cpu.signature = signature;
        hwid(&parts)
    };
    assert_eq!(with(Field::Unreadable), with(Field::Read(1)));
    assert_eq!(with(Field::Read(2)), with(Field::Absent));
    assert!(with(Field::Absent).is_ok());
}

/// An empty slot is passed over, whatever is hidden of it.
#[test]
fn an_empty_slot_hides_nothing() {
    let slot = Module { part: Field::Unreadable, serial: Field::Unreadable, size_bytes: 0 };
    let mut parts = server();
    let mut modules: Vec<_> = parts.memory.modules.read().unwrap().iter().collect();
    modules.push(slot);
    parts.memory.modules = Field::Read(Rows::held(modules.leak()));
    assert_eq!(hwid(&parts), hwid(&server()));
}

/// One user sees two radios, another one: they must not get two HWIDs.
#[test]
fn a_hidden_radio_gives_no_hwid_where_radios_count() {
    let radio = |mac| Nic { class: NicClass::Wireless, ..nic(mac) };
    let hidden = Nic { permanent_mac: Field::Unreadable, ..radio("34:13:e8:41:a8:9d") };
    let mut parts = featureless();
    parts.nics = Field::Read(vec![radio("00:c0:ca:9b:11:22"), radio("34:13:e8:41:a8:9d")]);
    assert!(hwid(&parts).is_ok());
    parts.nics = Field::Read(vec![radio("00:c0:ca:9b:11:22"), Nic { current_mac: Field::Unreadable, ..hidden }]);
    assert_eq!(hwid(&parts), not_readable(&[FieldName::Nics]));
    parts.nics = Field::Read(vec![Nic { current_mac: Field::Unreadable, ..hidden }]);
    assert_eq!(hwid(&parts), not_readable(&[FieldName::Nics]));

    let mut wired = server();
    wired.nics = wired.nics.map(|nics| [nics, vec![hidden]].concat());
    assert_eq!(hwid(&wired), hwid(&server()), "radios do not count here");
}

/// A junk permanent MAC makes the current one count, so that one may not be hidden either.
#[test]
fn a_hidden_current_mac_counts_behind_a_junk_permanent_one() {
    let with = |current_mac| {
        let mut parts = server();
        hide_nic(&mut parts, |nic| {
            *nic = Nic { current_mac, ..support::hardware::nic("00:00:00:00:00:00") };
        });
        hwid(&parts)
    };
    assert!(with(nic("b4:45:06:f1:9c:2f").current_mac).is_ok());
    assert_eq!(with(Field::Unreadable), not_readable(&[FieldName::Nics]));
}

/// A bond's member shows the bond's address, which never counts, hidden or not.
#[test]
fn a_hidden_current_mac_of_a_bonds_member_does_not_matter() {
    let with = |current_mac| {
        let mut parts = server();
        hide_nic(&mut parts, |nic| {
            nic.permanent_mac = Field::Absent;
            nic.current_mac = current_mac;
            nic.membership = NicMembership::Enslaved;
        });
        hwid(&parts)
    };
    assert!(with(Field::Absent).is_ok());
    assert_eq!(with(Field::Unreadable), with(Field::Absent));
}

/// The evidence names only what was read for certain.
#[test]
fn a_hidden_permanent_mac_is_no_evidence() {
    let mut parts = featureless();
    parts.nics = Field::Read(vec![Nic { permanent_mac: Field::Unreadable, ..nic("b4:45:06:f1:9c:2e") }]);
    let machine = parts.machine();
    assert_eq!(machine.hwid(), not_readable(&[FieldName::Nics]));
    assert!(!machine.identity().evidence().is_unique(), "{}", machine.identity().evidence());
    assert_eq!(machine.identity().counted_nics(), 0);
}
