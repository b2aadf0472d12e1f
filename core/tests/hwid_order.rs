//! A HWID does not depend on how a reading is put, only on what it says.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use hwlicense::hardware::{
    Descriptor, Field, Mac, Memory, Module, NICS_MAX, Nic, NicClass, NicMembership, PlatformId, PlatformIdSource, Rows,
    Uuid,
};
use hwlicense::hwid::{Enrollment, HardwareError, Hwid, HwidError, Machine};
use proptest::prelude::*;
use support::hardware::{Parts, featureless, nameless_pc, nic, server};

const EMMC: &[u8] = b"\x15\x01\x00\x38GTF4R\x01\x6d\x2c\x8b\x91";

/// A machine with several of everything that is listed.
fn crowded() -> Parts {
    let mut parts = server();
    parts.nics = Field::Read(vec![
        nic("b4:45:06:f1:9c:2e"),
        nic("b4:45:06:f1:9c:2f"),
        nic("00:25:90:5c:d1:38"),
        Nic { current_mac: Field::Absent, ..nic("00:0c:29:5c:d1:39") },
        Nic { class: NicClass::Virtual, ..nic("b4:45:06:f1:9c:30") },
    ]);
    let module = |part: &'static str, serial: &'static str, gib: u64| Module {
        part: part.into(),
        serial: serial.into(),
        size_bytes: gib << 30,
    };
    parts.memory.modules = Field::Read(Rows::held(
        vec![
            module("M393A4K40DB3-CWE", "36D2A41C", 32),
            module("M393A4K40DB3-CWE", "36D2A41C", 32),
            module("M393A4K40DB3-CWE", "36D2A41C", 16),
            module("M393A2K43DB3-CWE", "None", 16),
            module("", "", 16),
            module("NO DIMM", "NO DIMM", 0),
        ]
        .leak(),
    ));
    parts.platform_ids = vec![
        PlatformId { source: PlatformIdSource::Tpm, bytes: Field::Read(b"\x81\x2f\xc4\x07\x5e") },
        PlatformId { source: PlatformIdSource::EmmcCid, bytes: Field::Read(EMMC) },
        PlatformId { source: PlatformIdSource::Soc, bytes: Field::Read(b"\x01\x02\x03\x07") },
        PlatformId { source: PlatformIdSource::Soc, bytes: Field::Read(b"\x01\x02\x03\x06") },
        PlatformId { source: PlatformIdSource::EFuse, bytes: Field::Read(&[0xff; 8]) },
    ];
    parts
}

fn hwid(parts: &Parts) -> Result<Hwid, HwidError> {
    parts.machine().hwid()
}

type Listings = (Vec<Nic<'static>>, Vec<Module<'static>>, Vec<PlatformId<'static>>);

/// The same listings in other orders.
fn reordered() -> impl Strategy<Value = Listings> {
    let parts = crowded();
    let nics = Just(parts.nics.read().unwrap()).prop_shuffle();
    let modules = Just(parts.memory.modules.read().unwrap().iter().collect::<Vec<_>>()).prop_shuffle();
    (nics, modules, Just(parts.platform_ids).prop_shuffle())
}

fn with((nics, modules, ids): Listings) -> Parts {
    let mut parts = crowded();
    parts.nics = Field::Read(nics);
    parts.memory.modules = Field::Read(Rows::held(modules.leak()));
    parts.platform_ids = ids;
    parts
}

/// One spelling of a text that means the same: case, padding and punctuation.
fn respelt(text: &'static str) -> impl Strategy<Value = String> {
    let noise = || prop::collection::vec(prop::sample::select(vec!["", "", " ", ".", "-", "\t", "/", "\0", "ü"]), 2..3);
    let characters = prop::collection::vec((any::<bool>(), noise()), text.len());
    (noise(), characters).prop_map(move |(before, rest)| {
        let mut spelt = before.concat();
        for (character, (upper, after)) in text.chars().zip(rest) {
            spelt.push(if upper { character.to_ascii_uppercase() } else { character.to_ascii_lowercase() });
            spelt.push_str(&after.concat());
        }
        spelt
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_does_not_matter(listings in reordered()) {
        let parts = with(listings);
        prop_assert_eq!(hwid(&parts), hwid(&crowded()));
        prop_assert!(hwid(&parts).is_ok());
    }

    #[test]
    fn order_does_not_matter_to_enrolments(listings in reordered(), salt in any::<u8>()) {
        prop_assert_eq!(with(listings).enrollment(salt), crowded().enrollment(salt));
    }

    #[test]
    fn spelling_does_not_matter(
        vendor in respelt("DellInc"),
        product in respelt("PowerEdgeR750"),
        serial in respelt("H5WXKM3CNFCP0017A00QK"),
        part in respelt("M393A4K40DB3CWE"),
    ) {
        let plain = |vendor: &str, product: &str, serial: &str, part: &str| {
            let mut parts = server();
            parts.board.system_uuid = Field::Absent;
            let text = |text: &str| Field::Read(&*text.as_bytes().to_vec().leak());
            parts.board.vendor = text(vendor);
            parts.board.system_product = text(product);
            parts.board.serial = text(serial);
            let module = Module { part: text(part), serial: text("36D2A41C"), size_bytes: 1 << 30 };
            parts.memory.modules = Field::Read(Rows::held(vec![module].leak()));
            parts
        };
        let expected = hwid(&plain("DellInc", "PowerEdgeR750", "H5WXKM3CNFCP0017A00QK", "M393A4K40DB3CWE"));
        prop_assert_eq!(hwid(&plain(&vendor, &product, &serial, &part)), expected);
    }

    #[test]
    fn both_byte_orders_of_a_uuid_are_one(bytes in any::<[u8; 16]>()) {
        let mut swapped = bytes;
        swapped[..4].reverse();
        swapped[4..6].reverse();
        swapped[6..8].reverse();
        let with = |bytes| {
            let mut parts = featureless();
            parts.board.system_uuid = Field::Read(Uuid(bytes));
            hwid(&parts)
        };
        prop_assert_eq!(with(bytes), with(swapped));
    }

    /// What is no identity of this machine never moves its HWID, however much of it there is.
    #[test]
    fn nics_that_do_not_count_never_matter(
        extra in prop::collection::vec((any::<[u8; 6]>(), 0..4usize, any::<bool>()), 0..20),
    ) {
        let mut parts = server();
        let Field::Read(nics) = &mut parts.nics else { unreachable!() };
        for (mut mac, class, enslaved) in extra {
            let class = [NicClass::Usb, NicClass::Virtual, NicClass::Aggregate, NicClass::Physical][class];
            if class == NicClass::Physical {
                // Locally administered: a bridge, a container or privacy software made it.
                mac[0] |= 2;
            }
            nics.push(Nic {
                permanent_mac: Field::Read(Mac(mac)),
                current_mac: Field::Read(Mac(mac)),
                class,
                membership: if enslaved { NicMembership::Enslaved } else { NicMembership::Independent },
                ..Nic::default()
            });
        }
        prop_assert_eq!(hwid(&parts), hwid(&server()));
    }

    /// No HWID without something unique, whatever the reading.
    #[test]
    fn a_hwid_has_unique_evidence(
        serial in prop::option::of("[ -~]{0,12}"),
        uuid in prop::option::of(any::<[u8; 16]>()),
        macs in prop::collection::vec(any::<[u8; 6]>(), 0..4),
        class in prop::sample::select(vec![NicClass::Physical, NicClass::Wireless, NicClass::Usb, NicClass::Virtual]),
        id in prop::option::of(prop::collection::vec(any::<u8>(), 0..6)),
        kept in any::<[bool; 3]>(),
    ) {
        let mut parts = featureless();
        parts.memory.modules = Field::Absent;
        if let Some(serial) = serial.filter(|_| kept[0]) {
            parts.board.serial = Field::Read(serial.into_bytes().leak());
        }
        if let Some(uuid) = uuid.filter(|_| kept[1]) {
            parts.board.system_uuid = Field::Read(Uuid(uuid));
        }
        let nics = macs.into_iter().map(|mac| Nic { permanent_mac: Field::Read(Mac(mac)), class, ..Nic::default() });
        parts.nics = Field::Read(nics.collect());
        if let Some(id) = id.filter(|_| kept[2]) {
            parts.platform_ids = vec![PlatformId { source: PlatformIdSource::Soc, bytes: Field::Read(id.leak()) }];
        }
        let machine = parts.machine();
        prop_assert_eq!(machine.hwid().is_ok(), machine.identity().evidence().is_unique());
    }
}

#[test]
fn names_and_links_do_not_matter() {
    let mut parts = server();
    let Field::Read(nics) = &mut parts.nics else { unreachable!() };
    nics[0].bus = "0000:81:00.1".into();
    nics[0].driver = "igb".into();
    parts.cpu.vendor = "Intel(R) Corporation".into();
    parts.cpu.model = "Intel Xeon".into();
    parts.board.version = "A17".into();
    parts.board.system_version = "Not Specified".into();
    assert_eq!(hwid(&parts), hwid(&server()));
}

/// Bonding writes one address into all members; the permanent ones stay.
#[test]
fn a_bond_does_not_matter() {
    let mut bonded = server();
    let Field::Read(nics) = &mut bonded.nics else { unreachable!() };
    let first = nics[0].permanent_mac;
    for nic in nics.iter_mut() {
        nic.current_mac = first;
        nic.membership = NicMembership::Enslaved;
    }
    nics.push(Nic { current_mac: first, class: NicClass::Aggregate, ..Nic::default() });
    assert_eq!(hwid(&bonded), hwid(&server()));

    // Without permanent addresses the members' current ones are the bond's, and count for nothing.
    let mut blind = nameless_pc();
    let member = |mac| Nic { permanent_mac: Field::Absent, membership: NicMembership::Enslaved, ..nic(mac) };
    blind.nics = Field::Read(vec![member("a8:a1:59:4d:77:e1"), member("a8:a1:59:4d:77:e1")]);
    assert_eq!(hwid(&blind), Err(HwidError::NotUnique));
}

/// Kernels keep a part of the memory for themselves, and another part after each update.
#[test]
fn the_kernels_total_does_not_matter() {
    let with = |total| {
        let mut parts = server();
        parts.memory.modules = Field::Absent;
        parts.memory.total_bytes = Field::Read(total);
        hwid(&parts).unwrap()
    };
    for gib in [1u64, 2, 4, 8, 16, 32, 64, 128, 1024] {
        let installed = gib << 30;
        for permille in 1..=80 {
            assert_eq!(with(installed - installed / 1000 * permille), with(installed), "{gib} GiB, {permille}/1000");
        }
        assert_ne!(with(installed), with(installed * 2));
    }
    // With modules, the total says nothing.
    let mut parts = server();
    parts.memory.total_bytes = Field::Read(1);
    assert_eq!(hwid(&parts), hwid(&server()));
}

/// A caller with structures of its own lends rows; the HWID is that of the same rows in slices.
#[test]
fn lent_rows_are_the_rows_of_a_slice() {
    let parts = crowded();
    let (nics, ids) = (parts.nics.clone().read().unwrap(), parts.platform_ids.clone());
    let modules: Vec<Module<'_>> = parts.memory.modules.read().unwrap().iter().collect();
    let (nic, module, id) =
        (|index| nics.get(index).copied(), |index| modules.get(index).copied(), |index| ids.get(index).copied());
    let lent = Descriptor {
        kind: parts.kind,
        board: parts.board,
        cpu: parts.cpu,
        memory: Memory {
            modules: Field::Read(Rows::lent(modules.len(), &module)),
            total_bytes: parts.memory.total_bytes,
        },
        nics: Field::Read(Rows::lent(nics.len(), &nic)),
        platform_ids: Rows::lent(ids.len(), &id),
    };
    assert_eq!(lent.nics, Field::Read(Rows::held(&nics)));
    assert_ne!(lent.nics, Field::Read(Rows::held(nics.split_last().unwrap().1)));
    assert_eq!(format!("{:?}", lent.platform_ids), format!("{ids:?}"));
    let machine = Machine::read(&lent).unwrap();
    assert_eq!(machine.hwid(), parts.machine().hwid());
    assert_eq!(machine.identity().counted_nics(), parts.machine().identity().counted_nics());
    assert_eq!(Enrollment::new(&machine, [9; 16]).unwrap(), parts.enrollment(9));
}

/// Rows that are not given are passed over, and do not lift the bound on how many there may be.
#[test]
fn lent_rows_that_are_missing_count_towards_the_bound_only() {
    let none = |_: usize| None::<Nic<'static>>;
    let read = |count| {
        let descriptor = Descriptor { nics: Field::Read(Rows::lent(count, &none)), ..Descriptor::default() };
        Machine::read(&descriptor).map(|machine| machine.identity().counted_nics())
    };
    assert_eq!(read(NICS_MAX), Ok(0));
    assert_eq!(read(NICS_MAX + 1), Err(HardwareError::TooManyNics));
    assert_eq!(read(usize::MAX), Err(HardwareError::TooManyNics));
}
