//! Tolerant licences on machines that were repaired, and on machines that are others.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use hwlicense::hardware::{Field, MachineKind, PlatformId, PlatformIdSource};
use hwlicense::hwid::{Component, Enrollment, Evidence, EvidenceSet, HwidError, Identity, Machine};
use hwlicense::license::{
    BOUND_DIGESTS_MAX, Binding, BindingError, BoundDigests, Contact, Context, License, Match, Presented, Reason,
    Tolerance, Weights, check,
};
use hwlicense::time::Clock;
use support::hardware::{Parts, featureless, modules, nameless_pc, nic, other_server, server, unprivileged};
use support::{issuer, leak, license};

fn bound_to(enrollment: &Enrollment) -> Binding<'static> {
    Binding::Tolerant(Tolerance::of(enrollment, leak(BoundDigests::of(enrollment)), Weights::default()).unwrap())
}

/// The reason of a licence on a machine, after checking that the verdict agrees with it.
fn on(binding: &Binding<'_>, machine: &Machine<'_>) -> Reason {
    let verified = issuer().verified(&License { binding: binding.clone(), ..license() });
    let context =
        Context { identity: machine.identity(), brand: None, clock: Clock::default(), contact: Contact::None };
    let report = check(&verified, &context);
    assert_eq!(report.verdict.grant().is_some(), report.reason.is_accepting());
    report.reason
}

/// A named repair of a machine.
type History = (&'static str, fn(&mut Parts), Reason);

fn replace_one_nic(parts: &mut Parts) {
    parts.nics = Field::Read(vec![nic("b4:45:06:f1:9c:2e"), nic("00:1b:21:8f:0d:64")]);
}

fn replace_all_nics(parts: &mut Parts) {
    parts.nics = Field::Read(vec![nic("00:1b:21:8f:0d:64"), nic("00:1b:21:8f:0d:65")]);
}

fn replace_cpu(parts: &mut Parts) {
    parts.cpu.signature = Field::Read(0x0008_06f8);
}

fn replace_memory(parts: &mut Parts) {
    parts.memory.modules = modules("90B3D15E");
}

fn replace_board(parts: &mut Parts) {
    parts.board = other_server().board;
}

fn remove_platform_id(parts: &mut Parts) {
    parts.platform_ids.clear();
}

const HISTORIES: &[History] = &[
    ("nothing", |_| {}, Reason::Valid),
    ("a NIC replaced", replace_one_nic, Reason::Valid),
    ("a NIC removed", |parts| parts.nics = Field::Read(vec![nic("b4:45:06:f1:9c:2f")]), Reason::Valid),
    ("a NIC added", |parts| replace_one_nic_by_three(parts), Reason::Valid),
    ("all NICs replaced", replace_all_nics, Reason::Valid),
    ("no NIC left", |parts| parts.nics = Field::Read(Vec::new()), Reason::Valid),
    ("processor replaced", replace_cpu, Reason::Valid),
    ("memory replaced", replace_memory, Reason::Valid),
    ("no memory module known", |parts| parts.memory.modules = Field::Absent, Reason::Valid),
    ("TPM cleared or removed", remove_platform_id, Reason::Valid),
    ("processor and memory", |parts| (replace_cpu(parts), replace_memory(parts)).0, Reason::Valid),
    ("NICs and memory", |parts| (replace_all_nics(parts), replace_memory(parts)).0, Reason::Valid),
    (
        "one NIC, processor and memory",
        |parts| (replace_one_nic(parts), replace_cpu(parts), replace_memory(parts)).0,
        Reason::Valid,
    ),
    ("NICs and processor", |parts| (replace_all_nics(parts), replace_cpu(parts)).0, Reason::OtherHardware),
    ("TPM and NICs", |parts| (remove_platform_id(parts), replace_all_nics(parts)).0, Reason::OtherHardware),
    ("TPM and processor", |parts| (remove_platform_id(parts), replace_cpu(parts)).0, Reason::OtherHardware),
    ("TPM and memory", |parts| (remove_platform_id(parts), replace_memory(parts)).0, Reason::OtherHardware),
    ("board replaced", replace_board, Reason::OtherHardware),
    ("board gone silent", |parts| parts.board = featureless().board, Reason::OtherHardware),
    ("everything replaced", |parts| *parts = other_server(), Reason::OtherHardware),
    (
        "everything but the board",
        |parts| *parts = Parts { board: server().board, ..other_server() },
        Reason::OtherHardware,
    ),
];

fn replace_one_nic_by_three(parts: &mut Parts) {
    let mut nics = parts.nics.clone().read().unwrap();
    nics.extend([nic("00:1b:21:8f:0d:64"), nic("00:1b:21:8f:0d:65"), nic("00:1b:21:8f:0d:66")]);
    parts.nics = Field::Read(nics);
}

#[test]
fn a_server_survives_the_repairs_that_the_terms_allow() {
    let binding = bound_to(&server().enrollment(1));
    for (name, repair, expected) in HISTORIES {
        let mut repaired = server();
        repair(&mut repaired);
        assert_eq!(on(&binding, &repaired.machine()), *expected, "{name}");
    }
}

#[test]
fn reading_with_the_enrolment_gives_the_same_answers() {
    let enrollment = server().enrollment(1);
    let binding = bound_to(&enrollment);
    for (name, repair, expected) in HISTORIES {
        let mut repaired = server();
        repair(&mut repaired);
        assert_eq!(on(&binding, &repaired.enrolled(&enrollment)), *expected, "{name}");
    }
}

#[test]
fn enrolling_again_does_not_move_what_is_tolerated() {
    let binding = bound_to(&server().enrollment(1));
    let mut once = server();
    replace_all_nics(&mut once);
    let second = once.enrollment(2);
    assert_eq!(on(&binding, &once.enrolled(&second)), Reason::Valid);
    // Each repair alone would be tolerated; with the day of the first one forgotten, so would both.
    replace_cpu(&mut once);
    let third = once.enrollment(3);
    for machine in [once.machine(), once.enrolled(&second), once.enrolled(&third)] {
        assert_eq!(on(&binding, &machine), Reason::OtherHardware);
    }
    assert_eq!(on(&bound_to(&third), &once.machine()), Reason::Valid, "but a new licence may be issued");
}

#[test]
fn a_strict_licence_tolerates_nothing() {
    let enrollment = server().enrollment(1);
    let strict = Binding::Strict(enrollment.hwid());
    for (name, repair, _) in HISTORIES {
        let mut repaired = server();
        repair(&mut repaired);
        let expected = match *name {
            "nothing" => Reason::Valid,
            _ => Reason::OtherHardware,
        };
        assert_eq!(on(&strict, &repaired.machine()), expected, "{name}");
    }
    let mut added = server();
    replace_one_nic_by_three(&mut added);
    assert_eq!(on(&strict, &added.enrolled(&enrollment)), Reason::Valid, "which NICs count was fixed that day");
}

#[test]
fn what_cannot_be_read_is_neither_a_match_nor_a_difference() {
    let enrollment = server().enrollment(1);
    let binding = bound_to(&enrollment);
    let unprivileged = unprivileged(server());
    assert_eq!(on(&binding, &unprivileged.machine()), Reason::HardwareNotReadable);
    assert_eq!(on(&binding, &unprivileged.enrolled(&enrollment)), Reason::Valid, "the enrolment stands in");
    assert_eq!(
        on(&binding, &support::hardware::unprivileged(other_server()).enrolled(&enrollment)),
        Reason::OtherHardware
    );

    let with = |change: fn(&mut Parts)| {
        let mut parts = server();
        change(&mut parts);
        on(&binding, &parts.machine())
    };
    assert_eq!(with(|parts| parts.nics = Field::Unreadable), Reason::Valid, "the others suffice");
    assert_eq!(with(|parts| parts.cpu.signature = Field::Unreadable), Reason::Valid);
    assert_eq!(with(|parts| parts.memory.modules = Field::Unreadable), Reason::Valid);
    assert_eq!(
        with(|parts| {
            parts.nics = Field::Unreadable;
            parts.cpu.signature = Field::Unreadable;
        }),
        Reason::HardwareNotReadable
    );
    assert_eq!(
        with(|parts| {
            parts.nics = Field::Unreadable;
            replace_cpu(parts);
        }),
        Reason::HardwareNotReadable,
        "with its NICs it may still be the machine"
    );
    assert_eq!(
        with(|parts| {
            parts.board.serial = Field::Unreadable;
            replace_cpu(parts);
            replace_all_nics(parts);
        }),
        Reason::OtherHardware,
        "whatever the board says, too much differs"
    );
}

#[test]
fn a_machine_whose_board_has_no_number_is_bound_by_its_mac() {
    let binding = bound_to(&nameless_pc().enrollment(1));
    let with = |change: fn(&mut Parts)| {
        let mut parts = nameless_pc();
        change(&mut parts);
        on(&binding, &parts.machine())
    };
    assert_eq!(with(|_| {}), Reason::Valid);
    assert_eq!(with(replace_cpu), Reason::Valid);
    assert_eq!(with(replace_memory), Reason::Valid);
    assert_eq!(with(|parts| (replace_cpu(parts), replace_memory(parts)).0), Reason::Valid);
    assert_eq!(with(replace_all_nics), Reason::OtherHardware, "another machine of this model");
    assert_eq!(with(|parts| parts.nics = Field::Read(Vec::new())), Reason::OtherHardware);
    assert_eq!(with(|parts| parts.nics = Field::Unreadable), Reason::HardwareNotReadable);
    assert_eq!(on(&binding, &featureless().machine()), Reason::OtherHardware);
    assert_eq!(with(|parts| parts.board = server().board), Reason::OtherHardware);
}

#[test]
fn a_camera_is_bound_by_its_chip_where_its_board_has_no_number() {
    let camera = || Parts {
        board: hwlicense::hardware::Board { product: "IPC-4512".into(), ..Default::default() },
        cpu: hwlicense::hardware::Cpu { signature: Field::Read(0x410f_d034), ..Default::default() },
        memory: Default::default(),
        platform_ids: vec![PlatformId { source: PlatformIdSource::Soc, bytes: Field::Read(b"\x19\x84\x0a\xc3\x77") }],
        ..nameless_pc()
    };
    let binding = bound_to(&camera().enrollment(1));
    let mut other_nic = camera();
    replace_all_nics(&mut other_nic);
    assert_eq!(on(&binding, &camera().machine()), Reason::Valid);
    assert_eq!(on(&binding, &other_nic.machine()), Reason::Valid);
    let mut other_chip = camera();
    other_chip.platform_ids =
        vec![PlatformId { source: PlatformIdSource::Soc, bytes: Field::Read(b"\x20\x84\x0a\xc3\x77") }];
    assert_eq!(on(&binding, &other_chip.machine()), Reason::OtherHardware);
    other_chip.platform_ids[0].bytes = Field::Unreadable;
    assert_eq!(on(&binding, &other_chip.machine()), Reason::HardwareNotReadable);
}

#[test]
fn memory_alone_never_refuses() {
    for parts in [server(), nameless_pc()] {
        let binding = bound_to(&parts.enrollment(1));
        for memory in [modules("90B3D15E"), Field::Absent, Field::Unreadable] {
            let mut parts = parts.clone();
            parts.memory.modules = memory;
            assert_eq!(on(&binding, &parts.machine()), Reason::Valid);
        }
    }
}

/// Firmware that kept its HWID and nothing else.
#[test]
fn a_hwid_kept_from_the_factory_serves_strict_licences_only() {
    let machine = server().machine();
    let kept = |machine: &Machine<'_>| Identity::known(machine.hwid().unwrap(), machine.identity().evidence());
    let reason = |binding: &Binding<'_>, identity: &Identity| {
        let terms = License { binding: binding.clone(), ..license() };
        let context = Context { identity, brand: None, clock: Clock::default(), contact: Contact::None };
        let report = check(&issuer().verified(&terms), &context);
        assert_eq!(report.verdict.grant().is_some(), report.reason == Reason::Valid);
        assert!(report.unreadable.is_empty(), "it is components that are unread, not fields");
        report.reason
    };
    let strict = Binding::Strict(machine.hwid().unwrap());
    assert_eq!(reason(&strict, &kept(&machine)), Reason::Valid);
    assert_eq!(reason(&strict, &kept(&other_server().machine())), Reason::OtherHardware);
    let nothing_unique = Identity::known(machine.hwid().unwrap(), EvidenceSet::EMPTY.with(Evidence::HypervisorMac));
    assert_eq!(nothing_unique.hwid(), Err(HwidError::NotUnique));
    assert_eq!(reason(&strict, &nothing_unique), Reason::EvidenceTooWeak);
    for parts in [server(), nameless_pc()] {
        let machine = parts.machine();
        let enrollment = parts.enrollment(1);
        let binding = bound_to(&enrollment);
        assert_eq!(reason(&binding, &kept(&machine)), Reason::HardwareNotReadable);
        let Binding::Tolerant(tolerance) = &binding else { panic!("the binding is tolerant") };
        let found = binding.components(&kept(&machine), &mut Presented::default()).all();
        for ((component, found), weight) in found.into_iter().zip(tolerance.weights) {
            assert_eq!(found, (weight > 0).then_some(Match::NotReadable), "{component:?}");
        }
        for component in Component::ALL {
            assert_eq!(kept(&machine).component_state(component), Field::Unreadable);
            assert_eq!(kept(&machine).component_digest(component, &[1; 16]), Field::Unreadable);
        }
        assert_eq!(kept(&machine).counted_nics(), 0);
        assert_eq!(kept(&machine).nic_digests(&[1; 16]).count(), 0);
    }
}

#[test]
fn nothing_unique_gives_no_binding() {
    assert!(Enrollment::new(&featureless().machine(), [0; 16]).is_err());
    let strict = Binding::Strict(server().enrollment(1).hwid());
    assert_eq!(on(&strict, &featureless().machine()), Reason::EvidenceTooWeak);
    assert!(!BindingError::NotUnique.to_string().is_empty());
}

#[test]
fn the_report_tells_what_became_of_each_component() {
    let binding = bound_to(&server().enrollment(1));
    let mut parts = server();
    replace_all_nics(&mut parts);
    replace_cpu(&mut parts);
    parts.memory.modules = Field::Unreadable;
    let found = binding.components(parts.machine().identity(), &mut Presented::default());
    assert_eq!(
        found.all(),
        [
            (Component::Board, Some(Match::Matches)),
            (Component::Cpu, Some(Match::Differs)),
            (Component::Memory, Some(Match::NotReadable)),
            (Component::Nic, Some(Match::Differs)),
            (Component::Platform, Some(Match::Matches)),
        ]
    );
    let unbound = bound_to(&nameless_pc().enrollment(1));
    let unbound = unbound.components(nameless_pc().machine().identity(), &mut Presented::default());
    assert_eq!(unbound.of(Component::Platform), None);
}

#[test]
fn what_was_presented_is_not_hashed_again() {
    let binding = bound_to(&server().enrollment(1));
    let mut presented = Presented::default();
    let first = binding.components(server().machine().identity(), &mut presented);
    let same = [Component::Board, Component::Cpu, Component::Memory, Component::Nic, Component::Platform];
    assert!(same.into_iter().all(|component| first.of(component) == Some(Match::Matches)));
    // Of another machine nothing shows, because each digest is there already.
    assert_eq!(binding.components(other_server().machine().identity(), &mut presented), first);
    assert_ne!(binding.components(other_server().machine().identity(), &mut Presented::default()), first);
}

#[test]
fn a_machine_with_many_nics_is_bound_to_some_of_them() {
    let mut parts = server();
    parts.nics = Field::Read((0..32).map(|last| nic(&format!("b4:45:06:f1:9c:{last:02x}"))).collect());
    let Binding::Tolerant(tolerance) = bound_to(&parts.enrollment(1)) else { unreachable!() };
    assert_eq!(tolerance.digests.len(), BOUND_DIGESTS_MAX);
    let binding = Binding::Tolerant(tolerance);
    assert_eq!(on(&binding, &parts.machine()), Reason::Valid);
}

#[test]
fn the_salt_makes_digests_of_two_licences_differ() {
    let (Binding::Tolerant(one), Binding::Tolerant(two)) =
        (bound_to(&server().enrollment(1)), bound_to(&server().enrollment(2)))
    else {
        unreachable!()
    };
    assert_eq!(one.hwid, two.hwid);
    assert!(one.digests.iter().all(|digest| !two.digests.contains(digest)));
}

#[test]
fn a_copied_virtual_machine_is_said_to_be_virtual() {
    let mut parts = server();
    parts.kind = MachineKind::VirtualMachine;
    let binding = bound_to(&parts.enrollment(1));
    assert_eq!(on(&binding, &parts.machine()), Reason::Valid, "accepted unless the terms say otherwise");
}
