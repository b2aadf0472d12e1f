//! What changed since a machine was enrolled, and why.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use hwlicense::hardware::{Field, Nic, NicClass, PlatformId, PlatformIdSource, Uuid};
use hwlicense::hwid::{Cause, Comparison, Component, ComponentChange, NicChanges, compare};
use support::hardware::{Parts, modules, nameless_pc, nic, other_server, server, unprivileged};

type Change = fn(&mut Parts);

fn wired(parts: &mut Parts) -> &mut Vec<Nic<'static>> {
    match &mut parts.nics {
        Field::Read(nics) => nics,
        _ => unreachable!(),
    }
}

fn after(base: &Parts, change: impl Fn(&mut Parts)) -> Comparison {
    let mut later = base.clone();
    change(&mut later);
    compare(&base.enrollment(1), &later.machine())
}

/// The components that are not the same.
fn moved(comparison: &Comparison) -> Vec<(Component, ComponentChange)> {
    comparison.components.into_iter().filter(|(_, change)| *change != ComponentChange::Same).collect()
}

#[test]
fn an_unchanged_machine_is_the_same() {
    let comparison = after(&server(), |_| {});
    assert_eq!(comparison.cause, Cause::Unchanged);
    assert_eq!(comparison.nics, NicChanges { kept: 2, gone: 0, added: 0 });
    assert_eq!(moved(&comparison), []);
    assert_eq!(comparison.component(Component::Board), ComponentChange::Same);

    let comparison = after(&nameless_pc(), |_| {});
    assert_eq!(comparison.cause, Cause::Unchanged);
    assert_eq!(moved(&comparison), [(Component::Platform, ComponentChange::Absent)]);
}

#[test]
fn nics_come_and_go() {
    let comparison = after(&server(), |parts| wired(parts).push(nic("00:25:90:5c:d1:38")));
    assert_eq!(comparison.cause, Cause::NicAdded);
    assert_eq!(comparison.nics, NicChanges { kept: 2, gone: 0, added: 1 });
    assert_eq!(moved(&comparison), []);

    let comparison = after(&server(), |parts| wired(parts).truncate(1));
    assert_eq!(comparison.cause, Cause::NicMissing);
    assert_eq!(comparison.nics, NicChanges { kept: 1, gone: 1, added: 0 });
    assert_eq!(moved(&comparison), [(Component::Nic, ComponentChange::Changed)]);

    let comparison = after(&server(), |parts| wired(parts)[0] = nic("00:25:90:5c:d1:38"));
    assert_eq!(comparison.cause, Cause::NicReplaced);
    assert_eq!(comparison.nics, NicChanges { kept: 1, gone: 1, added: 1 });

    let comparison = after(&server(), |parts| wired(parts).clear());
    assert_eq!(comparison.cause, Cause::NicMissing);
    assert_eq!(comparison.nics, NicChanges { kept: 0, gone: 2, added: 0 });

    let comparison = after(&server(), |parts| *wired(parts) = vec![nic("00:25:90:5c:d1:38"), nic("00:25:90:5c:d1:39")]);
    assert_eq!(comparison.cause, Cause::NicReplaced);
    assert_eq!(comparison.nics, NicChanges { kept: 0, gone: 2, added: 2 });

    // A driver that reports another class is a NIC no longer recognised.
    let comparison = after(&server(), |parts| wired(parts)[0].class = NicClass::Usb);
    assert_eq!((comparison.cause, comparison.nics.gone), (Cause::NicMissing, 1));
}

#[test]
fn processor_and_memory_are_altered() {
    let changes: [(Component, Change); 4] = [
        (Component::Cpu, |parts| parts.cpu.signature = Field::Read(0x0005_0657)),
        (Component::Cpu, |parts| parts.cpu.signature = Field::Absent),
        (Component::Memory, |parts| parts.memory.modules = modules("55AA01BC")),
        (Component::Memory, |parts| parts.memory.modules = Field::Absent),
    ];
    for (component, change) in changes {
        let comparison = after(&server(), change);
        assert_eq!(comparison.cause, Cause::CpuOrMemoryAltered);
        assert_eq!(moved(&comparison), [(component, ComponentChange::Changed)]);
    }
}

#[test]
fn firmware_reports_differently() {
    let changes: [Change; 4] = [
        |parts| parts.board.system_uuid = Field::Read(Uuid(*b"another uuid now")),
        |parts| parts.board.serial = "Default string".into(),
        |parts| parts.board.system_serial = "H5WXKM4".into(),
        |parts| {
            parts.board.serial = "To Be Filled By O.E.M.".into();
            parts.board.system_serial = "None".into();
        },
    ];
    for change in changes {
        let comparison = after(&server(), change);
        assert_eq!(comparison.cause, Cause::FirmwareReportsDifferently);
        assert_eq!(moved(&comparison), [(Component::Board, ComponentChange::Changed)]);
    }
    // Names alone, on a board that has nothing else.
    let comparison = after(&nameless_pc(), |parts| parts.board.vendor = "ASRock Incorporation".into());
    assert_eq!(comparison.cause, Cause::FirmwareReportsDifferently);
    // Beside a UUID names do not count, so they did not change anything.
    let comparison = after(&server(), |parts| parts.board.vendor = "Dell EMC".into());
    assert_eq!(comparison.cause, Cause::Unchanged);
}

#[test]
fn the_board_is_replaced() {
    let comparison = after(&server(), |parts| parts.board = other_server().board);
    assert_eq!(comparison.cause, Cause::BoardReplaced);
    assert_eq!(moved(&comparison), [(Component::Board, ComponentChange::Changed)]);
    // What sits on the board goes with it.
    let comparison = after(&server(), |parts| {
        parts.platform_ids =
            vec![PlatformId { source: PlatformIdSource::Tpm, bytes: Field::Read(b"\x01\x02\x03\x0f") }];
    });
    assert_eq!(comparison.cause, Cause::BoardReplaced);
    assert_eq!(moved(&comparison), [(Component::Platform, ComponentChange::Changed)]);
}

#[test]
fn another_machine() {
    let comparison = compare(&server().enrollment(1), &other_server().machine());
    assert_eq!(comparison.cause, Cause::OtherMachine);
    assert_eq!(comparison.nics, NicChanges { kept: 0, gone: 2, added: 2 });
    let changed = [Component::Board, Component::Memory, Component::Nic, Component::Platform];
    assert_eq!(moved(&comparison), changed.map(|component| (component, ComponentChange::Changed)));
    assert_eq!(comparison.component(Component::Cpu), ComponentChange::Same, "one model");

    let mut other = nameless_pc();
    other.nics = Field::Read(vec![nic("a8:a1:59:4d:77:e2")]);
    assert_eq!(compare(&nameless_pc().enrollment(1), &other.machine()).cause, Cause::OtherMachine);
}

#[test]
fn what_is_hidden_is_not_changed() {
    let comparison = compare(&server().enrollment(1), &unprivileged(server()).machine());
    assert_eq!(comparison.cause, Cause::NotReadable);
    assert_eq!(
        moved(&comparison),
        [(Component::Board, ComponentChange::NotReadable), (Component::Memory, ComponentChange::NotReadable)]
    );
    for component in [Component::Cpu, Component::Nic, Component::Platform] {
        let comparison = after(&server(), |parts| match component {
            Component::Cpu => parts.cpu.signature = Field::Unreadable,
            Component::Nic => parts.nics = Field::Unreadable,
            _ => parts.platform_ids[0].bytes = Field::Unreadable,
        });
        assert_eq!(comparison.cause, Cause::NotReadable);
        assert_eq!(moved(&comparison), [(component, ComponentChange::NotReadable)]);
    }
    // Something hidden does not hide that something else differs.
    let mut user = unprivileged(server());
    wired(&mut user)[0] = nic("00:25:90:5c:d1:38");
    assert_eq!(compare(&server().enrollment(1), &user.machine()).cause, Cause::NicReplaced);
    user.board.serial = "another".into();
    assert_eq!(compare(&server().enrollment(1), &user.machine()).component(Component::Board), ComponentChange::Changed);
}

#[test]
fn what_is_new_is_newly_readable() {
    let comparison = after(&nameless_pc(), |parts| parts.platform_ids = server().platform_ids);
    assert_eq!(comparison.cause, Cause::Unchanged);
    assert_eq!(moved(&comparison), [(Component::Platform, ComponentChange::NewlyReadable)]);

    let mut base = server();
    base.cpu.signature = Field::Absent;
    base.memory.modules = Field::Absent;
    base.memory.total_bytes = Field::Absent;
    base.nics = Field::Read(Vec::new());
    let comparison = compare(&base.enrollment(1), &server().machine());
    assert_eq!(comparison.cause, Cause::NicAdded);
    assert_eq!(comparison.nics, NicChanges { kept: 0, gone: 0, added: 2 });
    let new = [Component::Cpu, Component::Memory, Component::Nic];
    assert_eq!(moved(&comparison), new.map(|component| (component, ComponentChange::NewlyReadable)));
}

#[test]
fn every_cause_has_a_code_a_sentence_and_a_next_step() {
    let causes = [
        Cause::Unchanged,
        Cause::NicAdded,
        Cause::NotReadable,
        Cause::NicReplaced,
        Cause::NicMissing,
        Cause::CpuOrMemoryAltered,
        Cause::FirmwareReportsDifferently,
        Cause::BoardReplaced,
        Cause::OtherMachine,
    ];
    for (index, cause) in causes.into_iter().enumerate() {
        assert!(cause.explanation().ends_with('.') && cause.next_step().ends_with('.'), "{cause}");
        assert_eq!(cause.to_string(), cause.explanation());
        assert!(causes[..index].iter().all(|other| other.code() != cause.code()));
        assert!(causes[..index].iter().all(|other| other.explanation() != cause.explanation()));
    }
}
