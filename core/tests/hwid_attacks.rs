//! Attacks on the identity of a machine: copied and forged enrolments, clones, twins.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use hwlicense::hardware::{Field, MachineKind, Module, PlatformId, PlatformIdSource, Rows, Uuid};
use hwlicense::hwid::{Cause, ENROLLMENT_BYTES_MAX, Enrollment, Evidence, HwidError, compare};
use sha2::{Digest as _, Sha256};
use support::hardware::{Parts, featureless, nameless_pc, nic, other_server, server, unprivileged};

type Change = fn(&mut Parts);

/// A copied file gives the thief nothing: neither the victim's HWID, nor any but his own.
fn assert_useless(enrollment: &Enrollment, thief: &Parts, what: &str) {
    let with = thief.enrolled(enrollment);
    assert_ne!(with.hwid(), Ok(enrollment.hwid()), "{what}");
    assert_eq!(with.hwid(), thief.machine().hwid(), "{what}");
    assert_eq!(with.identity().evidence(), thief.machine().identity().evidence(), "{what}");
    assert!(with.identity().stood_in().is_empty(), "{what}");
}

/// Ways to hide fields from the library: a container without rights, an LD_PRELOAD, a patched probe.
const HIDING: [(&str, Change); 8] = [
    ("nothing", |_| {}),
    ("board and memory", |parts| *parts = unprivileged(parts.clone())),
    ("the whole board", |parts| {
        *parts = unprivileged(parts.clone());
        parts.board.vendor = Field::Unreadable;
        parts.board.product = Field::Unreadable;
        parts.board.system_vendor = Field::Unreadable;
        parts.board.system_product = Field::Unreadable;
    }),
    ("NICs as well", |parts| {
        *parts = unprivileged(parts.clone());
        parts.nics = Field::Unreadable;
    }),
    ("the processor as well", |parts| {
        *parts = unprivileged(parts.clone());
        parts.cpu.signature = Field::Unreadable;
        parts.cpu.serial = Field::Unreadable;
    }),
    ("platform identifiers as well", |parts| {
        *parts = unprivileged(parts.clone());
        parts.platform_ids = vec![PlatformId { source: PlatformIdSource::Tpm, bytes: Field::Unreadable }];
    }),
    ("everything", |parts| {
        *parts = unprivileged(parts.clone());
        parts.nics = Field::Unreadable;
        parts.cpu.signature = Field::Unreadable;
        parts.platform_ids = vec![PlatformId { source: PlatformIdSource::Tpm, bytes: Field::Unreadable }];
    }),
    ("by leaving out what is not the victim's", |parts| {
        *parts = unprivileged(parts.clone());
        parts.nics = Field::Absent;
        parts.platform_ids = Vec::new();
    }),
];

#[test]
fn a_copied_enrolment_is_no_copied_machine() {
    for (what, hide) in HIDING {
        let mut thief = other_server();
        hide(&mut thief);
        assert_useless(&server().enrollment(1), &thief, what);
    }
}

/// The victim's own machine, with NICs that are no longer there or may not be read.
#[test]
fn an_enrolment_stands_in_only_beside_what_it_was_sealed_with() {
    let enrollment = server().enrollment(1);
    assert_eq!(unprivileged(server()).enrolled(&enrollment).hwid(), Ok(enrollment.hwid()));
    let changes: [(&str, Change); 7] = [
        ("NICs hidden", |parts| parts.nics = Field::Unreadable),
        ("NICs gone", |parts| parts.nics = Field::Absent),
        ("one NIC gone", |parts| parts.nics = Field::Read(vec![nic("b4:45:06:f1:9c:2e")])),
        ("a NIC replaced", |parts| parts.nics = Field::Read(vec![nic("b4:45:06:f1:9c:2e"), nic("00:25:90:5c:d1:38")])),
        ("processor replaced", |parts| parts.cpu.signature = Field::Read(1)),
        ("TPM hidden", |parts| parts.platform_ids[0].bytes = Field::Unreadable),
        ("TPM gone", |parts| parts.platform_ids = Vec::new()),
    ];
    for (what, change) in changes {
        let mut parts = unprivileged(server());
        change(&mut parts);
        assert_useless(&enrollment, &parts, what);
    }
}

/// Of the board, what can be read must be the enrolled.
#[test]
fn an_enrolment_stands_in_only_where_nothing_that_is_read_differs() {
    let enrollment = server().enrollment(1);
    let changes: [(&str, Change); 6] = [
        ("another product", |parts| parts.board.system_product = "PowerEdge R760".into()),
        ("no names", |parts| {
            parts.board.vendor = Field::Absent;
            parts.board.product = Field::Absent;
            parts.board.system_vendor = Field::Absent;
            parts.board.system_product = Field::Absent;
        }),
        ("another serial", |parts| parts.board.serial = other_server().board.serial),
        ("another system serial", |parts| parts.board.system_serial = other_server().board.system_serial),
        ("another UUID", |parts| parts.board.system_uuid = other_server().board.system_uuid),
        ("no serial", |parts| parts.board.system_serial = Field::Absent),
    ];
    for (what, change) in changes {
        let mut parts = unprivileged(server());
        change(&mut parts);
        assert_useless(&enrollment, &parts, what);
    }
}

/// A board that is the only unique thing cannot be stood in for: its file would be the machine.
#[test]
fn nothing_stands_in_without_something_unique_that_is_read() {
    let mut base = server();
    base.nics = Field::Read(vec![nic("00:50:56:a1:b2:c3")]);
    base.platform_ids = Vec::new();
    let enrollment = base.enrollment(1);
    assert_eq!(base.enrolled(&enrollment).hwid(), Ok(enrollment.hwid()));
    assert_useless(&enrollment, &unprivileged(base), "only a hypervisor's MAC is read");
}

fn bytes(enrollment: &Enrollment) -> Vec<u8> {
    let mut buffer = [0; ENROLLMENT_BYTES_MAX];
    enrollment.encode(&mut buffer).unwrap().to_vec()
}

/// The same bytes with a check that fits, as anyone can compute it.
fn resummed(mut bytes: Vec<u8>) -> Enrollment {
    let body = bytes.len() - 8;
    let check = Sha256::new().chain_update(b"hwl03enr").chain_update(&bytes[..body]).finalize();
    bytes[body..].copy_from_slice(&check[..8]);
    Enrollment::decode(&bytes).unwrap()
}

/// Where the HWID stands in an enrolment: after magic and version (format.md 3.1).
const HWID: core::ops::Range<usize> = 5..22;

#[test]
fn a_forged_enrolment_moves_no_hwid() {
    let (victim, thief) = (server(), other_server());
    for (what, hide) in HIDING {
        let mut reading = thief.clone();
        hide(&mut reading);
        // The victim's HWID over the thief's own digests.
        let mut forged = bytes(&thief.enrollment(1));
        forged[HWID].copy_from_slice(&bytes(&victim.enrollment(1))[HWID]);
        let forged = resummed(forged);
        assert_eq!(forged.hwid(), victim.enrollment(1).hwid());
        assert_useless(&forged, &reading, what);
        // The thief's head, with evidence, over the victim's digests.
        let mut forged = bytes(&victim.enrollment(1));
        forged[38..40].copy_from_slice(&bytes(&thief.enrollment(1))[38..40]);
        assert_useless(&resummed(forged), &reading, what);
    }
}

/// Each single byte of a good enrolment changed, with a check that fits: never another HWID than
/// the machine's own, and on the thief's machine never the victim's.
#[test]
fn no_forged_byte_moves_a_hwid() {
    let original = bytes(&server().enrollment(1));
    let own = server().enrollment(1).hwid();
    for position in 0..original.len() - 8 {
        for flip in [0x01, 0x80, 0xff] {
            let mut forged = original.clone();
            forged[position] ^= flip;
            let body = forged.len() - 8;
            let check = Sha256::new().chain_update(b"hwl03enr").chain_update(&forged[..body]).finalize();
            forged[body..].copy_from_slice(&check[..8]);
            let Ok(forged) = Enrollment::decode(&forged) else { continue };
            assert_eq!(server().enrolled(&forged).hwid(), Ok(own), "byte {position}");
            let hidden = unprivileged(server()).enrolled(&forged).hwid();
            assert!(hidden == Ok(own) || hidden.is_err(), "byte {position}");
            let thief = unprivileged(other_server());
            assert_eq!(thief.enrolled(&forged).hwid(), thief.machine().hwid(), "byte {position}");
        }
    }
}

/// SHA-256 of a tag and more, as format.md writes it.
fn sha(parts: &[&[u8]]) -> [u8; 32] {
    parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize().into()
}

/// An enrolment written by hand for a machine whose one NIC is all that is unique, with any board
/// behind the seal: whoever has the machine can compute every digest of it.
fn forged_by_hand(mac: [u8; 6], board: [u8; 32]) -> Vec<u8> {
    let salt = [9; 16];
    let nic = sha(&[b"hwl03cmp", &[4], &[1, 6, 0], &mac]);
    let mask = sha(&[b"hwl03k", &[0x80], &salt, &[0, 1], &nic, &[0]]);
    let sealed: Vec<u8> = board.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
    let hwid = sha(&[b"hwl03hid", &[1], &board, &[0, 0, 1], &nic, &[0]]);
    let salted_nic = sha(&[b"hwl03s", &[0x40], &salt, &mac]);
    let mut bytes = [b"HWLE\x01\x03", &hwid[..16], &salt, &[0x11], &[0; 5]].concat();
    // The system's UUID is the one factor, so that its being hidden makes the board unreadable.
    bytes.extend([&[0, 0, 0, 1][..], &[0x77; 16], &[0; 4], &[1], &salted_nic[..16], &[1], &sealed, &[0, 0]].concat());
    let check = sha(&[b"hwl03enr", &bytes]);
    bytes.extend_from_slice(&check[..8]);
    bytes
}

/// With its board hidden, a machine shows whatever HWID its owner forges for it. It is never that
/// of a machine with other NICs, and the evidence says that an enrolment stood in: a licence that
/// does not accept that is safe from it.
#[test]
fn a_forged_board_is_marked_and_bound_to_the_nics() {
    let owner = |mac: &str| {
        let mut parts = Parts { nics: Field::Read(vec![nic(mac)]), ..featureless() };
        parts.board = hwlicense::hardware::Board { system_uuid: Field::Unreadable, ..Default::default() };
        parts.cpu = Default::default();
        parts.memory = Default::default();
        parts
    };
    let here = owner("00:25:90:5c:d1:38");
    let forged = Enrollment::decode(&forged_by_hand([0x00, 0x25, 0x90, 0x5c, 0xd1, 0x38], [0x42; 32])).unwrap();
    let machine = here.enrolled(&forged);
    assert_eq!(machine.hwid(), Ok(forged.hwid()));
    assert!(machine.identity().evidence().contains(Evidence::Enrollment));
    assert!(!machine.identity().stood_in().is_empty());
    assert_useless(&forged, &owner("00:25:90:5c:d1:39"), "other NICs");
    let mut honest = here;
    honest.board.system_uuid = Field::Read(Uuid(*b"the honest UUID."));
    assert_useless(&forged, &honest, "nothing hidden");
}

/// An enrolment forged for a machine with nothing unique does not make it unique.
#[test]
fn an_enrolment_cannot_lend_uniqueness() {
    for base in [server(), nameless_pc()] {
        let machine = featureless().enrolled(&base.enrollment(1));
        assert_eq!(machine.hwid(), Err(HwidError::NotUnique));
    }
}

fn vm() -> Parts {
    let mut vm = server();
    vm.kind = MachineKind::VirtualMachine;
    vm.board.vendor = "QEMU".into();
    vm.board.serial = Field::Absent;
    vm.board.system_serial = Field::Absent;
    vm.nics = Field::Read(vec![nic("00:50:56:a1:b2:c3")]);
    vm.platform_ids = Vec::new();
    vm
}

#[test]
fn a_vm_clone_with_a_new_uuid_is_another_machine() {
    let mut clone = vm();
    clone.board.system_uuid = Field::Read(Uuid(*b"the clone's uuid"));
    assert_useless(&vm().enrollment(1), &clone, "new UUID");
    assert!(clone.machine().hwid().is_ok());
    assert_eq!(compare(&vm().enrollment(1), &clone.machine()).cause, Cause::BoardReplaced);
    clone.board.system_uuid = Field::Unreadable;
    assert_useless(&vm().enrollment(1), &clone, "new UUID, hidden");
}

#[test]
fn a_vm_clone_with_another_mac_is_another_machine() {
    let mut clone = vm();
    clone.nics = Field::Read(vec![nic("00:50:56:a1:b2:c4")]);
    assert_useless(&vm().enrollment(1), &clone, "other MAC");
    assert!(clone.machine().hwid().is_ok());
    // With both, the hypervisor has made a copy that no reading tells from the original. The
    // evidence says that the machine is virtual, so that a licence can refuse it.
    let copy = vm().enrolled(&vm().enrollment(1));
    assert_eq!(copy.hwid(), vm().machine().hwid());
    assert!(copy.identity().evidence().contains(Evidence::VirtualMachine));
}

#[test]
fn a_vm_on_another_host_stays_itself() {
    let mut moved = vm();
    moved.cpu.signature = Field::Read(0x00a2_0f12);
    assert_eq!(moved.machine().hwid(), vm().machine().hwid());
}

#[test]
fn twins_of_one_model_differ_by_any_one_unique_field() {
    let differences: [(&str, Change); 7] = [
        ("board serial", |parts| parts.board.serial = ".J7PQ2N3.CNFCP0021B00RT.".into()),
        ("system serial", |parts| parts.board.system_serial = "J7PQ2N3".into()),
        ("system UUID", |parts| parts.board.system_uuid = other_server().board.system_uuid),
        ("cpu serial", |parts| parts.cpu.serial = "00000000acf9d789".into()),
        ("one MAC", |parts| parts.nics = Field::Read(vec![nic("b4:45:06:f1:9c:2e"), nic("b4:45:06:f1:9c:30")])),
        ("TPM", |parts| parts.platform_ids = other_server().platform_ids),
        ("memory serial", |parts| {
            let modules: Vec<_> = parts.memory.modules.read().unwrap().iter().collect();
            let other = Module { serial: "36D2A41D".into(), ..modules[0] };
            parts.memory.modules = Field::Read(Rows::held(vec![other, modules[1]].leak()));
        }),
    ];
    let mut base = server();
    base.cpu.serial = "00000000acf9d788".into();
    let mut found = vec![base.machine().hwid().unwrap()];
    for (what, differ) in differences {
        let mut twin = base.clone();
        differ(&mut twin);
        let hwid = twin.machine().hwid().unwrap();
        assert!(!found.contains(&hwid), "{what}");
        found.push(hwid);
    }
}

/// The same value in another field is another fact.
#[test]
fn fields_are_not_interchangeable() {
    let settings: [Change; 4] = [
        |parts| parts.board.serial = "K7Q2-55X1".into(),
        |parts| parts.board.system_serial = "K7Q2-55X1".into(),
        |parts| parts.cpu.serial = "K7Q2-55X1".into(),
        |parts| {
            parts.platform_ids = vec![PlatformId { source: PlatformIdSource::Soc, bytes: Field::Read(b"k7q255x1") }];
        },
    ];
    let mut found = Vec::new();
    for set in settings {
        let mut parts = featureless();
        set(&mut parts);
        let hwid = parts.machine().hwid().unwrap();
        assert!(!found.contains(&hwid));
        found.push(hwid);
    }
}

#[test]
fn twins_with_placeholder_serials_have_no_hwid() {
    let placeholders = ["To Be Filled By O.E.M.", "Default string", "System Serial Number", "0123456789", "None", ""];
    for serial in placeholders {
        for modules in ["36D2A41C", "41C9E07B"] {
            let mut twin = featureless();
            twin.board.serial = serial.into();
            twin.board.system_serial = serial.into();
            twin.board.system_uuid = Field::Read(Uuid([0; 16]));
            twin.memory.modules = support::hardware::modules(modules);
            assert_eq!(twin.machine().hwid(), Err(HwidError::NotUnique), "{serial:?}");
        }
    }
}
