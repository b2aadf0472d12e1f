//! What changed since a machine was enrolled, why, and what to do about it.

use core::fmt;

use super::component::Component;
use super::enrollment::Enrollment;
use super::evidence::Evidence;
use super::factor::{Factor, factor_digest};
use super::identity::{Identity, salted_mac};
use super::machine::Machine;
use super::same_bytes;
use crate::hardware::Field;

/// What became of one component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ComponentChange {
    /// The machine had none then and has none now.
    Absent,
    /// Everything that was enrolled is still there.
    Same,
    /// Something that was enrolled differs, or is gone.
    Changed,
    /// It was enrolled and may not be read now.
    NotReadable,
    /// It was not enrolled and can be read now. Not a change: the HWID stays.
    NewlyReadable,
}

impl ComponentChange {
    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Same => "same",
            Self::Changed => "changed",
            Self::NotReadable => "not-readable",
            Self::NewlyReadable => "newly-readable",
        }
    }
}

impl fmt::Display for ComponentChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What became of the NICs that were enrolled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NicChanges {
    /// Enrolled and still there.
    pub kept: u8,
    /// Enrolled and gone.
    pub gone: u8,
    /// There now and not enrolled.
    pub added: u8,
}

/// The likely reason, in the terms of an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Cause {
    /// Nothing that was enrolled changed.
    Unchanged,
    /// Only a NIC was added. The HWID of the enrolled machine stays.
    NicAdded,
    /// Fields that were enrolled may not be read now, and nothing that is read differs.
    NotReadable,
    /// A NIC was replaced: one is gone and another is there.
    NicReplaced,
    /// A NIC is gone, disabled, or its address is hidden by teaming.
    NicMissing,
    /// Processor or memory was changed.
    CpuOrMemoryAltered,
    /// The same board identifies itself in another way: a firmware or system update.
    FirmwareReportsDifferently,
    /// The motherboard was replaced.
    BoardReplaced,
    /// Nothing unique is left of the enrolled machine: the enrolment was copied to another one.
    OtherMachine,
}

impl Cause {
    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::NicAdded => "nic-added",
            Self::NotReadable => "not-readable",
            Self::NicReplaced => "nic-replaced",
            Self::NicMissing => "nic-missing",
            Self::CpuOrMemoryAltered => "cpu-or-memory-altered",
            Self::FirmwareReportsDifferently => "firmware-reports-differently",
            Self::BoardReplaced => "board-replaced",
            Self::OtherMachine => "other-machine",
        }
    }

    /// What most likely happened, as one sentence.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Unchanged => "Nothing that was enrolled has changed.",
            Self::NicAdded => "A network interface was added. It does not count; the HWID stays.",
            Self::NotReadable => "Some enrolled fields may not be read now; nothing that was read differs.",
            Self::NicReplaced => "A network interface was replaced.",
            Self::NicMissing => "A network interface was removed, disabled, or its own address is hidden by teaming.",
            Self::CpuOrMemoryAltered => "Processor or memory was changed.",
            Self::FirmwareReportsDifferently => {
                "The same motherboard now identifies itself differently, as after a firmware or system update."
            }
            Self::BoardReplaced => "The motherboard was replaced.",
            Self::OtherMachine => {
                "Nothing unique is left of the enrolled machine: this is another machine, or board and network \
                 interfaces were replaced together."
            }
        }
    }

    /// What the administrator does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Unchanged | Self::NicAdded => "Nothing to do.",
            Self::NotReadable => "Run with the rights to read the hardware (root), or pass the enrolment.",
            Self::NicReplaced => {
                "A tolerant licence stays valid. For a strict one, put the old interface back, or ask for the licence \
                 to be moved to the new HWID; then enrol again."
            }
            Self::NicMissing => {
                "Enable the interface again, or let the driver report its permanent address. If it is gone for good, \
                 enrol again and have a strict licence moved."
            }
            Self::CpuOrMemoryAltered => {
                "A tolerant licence stays valid. Have a strict one moved to the new HWID; then enrol again."
            }
            Self::FirmwareReportsDifferently => {
                "Undo the update's change of serial number or UUID if you can; otherwise have the licence re-issued \
                 for the new HWID and enrol again."
            }
            Self::BoardReplaced => {
                "Licences do not follow a new motherboard by themselves. Have them deactivated by the old HWID and \
                 issued for the new one; then enrol again."
            }
            Self::OtherMachine => "Enrol this machine by itself and ask for a licence for its own HWID.",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.explanation())
    }
}

/// The result of [`compare`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Comparison {
    /// What became of each component, in the order of [`Component::ALL`].
    pub components: [(Component, ComponentChange); 5],
    /// What became of the NICs.
    pub nics: NicChanges,
    /// The likely reason.
    pub cause: Cause,
}

impl Comparison {
    /// What became of one component.
    #[must_use]
    pub fn component(&self, component: Component) -> ComponentChange {
        self.components
            .iter()
            .find(|(found, _)| *found == component)
            .map_or(ComponentChange::Absent, |(_, change)| *change)
    }
}

/// How the parts of one component, or of a whole machine, fared.
#[derive(Clone, Copy, Default)]
struct Tally {
    same: u8,
    changed: u8,
    not_readable: u8,
    new: u8,
}

impl Tally {
    fn add(&mut self, enrolled: Option<&[u8; 16]>, now: Field<[u8; 16]>) {
        let count = match (enrolled, now) {
            (Some(_), Field::Unreadable) => &mut self.not_readable,
            (Some(enrolled), Field::Read(now)) if same_bytes(enrolled, &now) => &mut self.same,
            (Some(_), Field::Read(_) | Field::Absent) => &mut self.changed,
            (None, Field::Read(_)) => &mut self.new,
            (None, Field::Absent | Field::Unreadable) => return,
        };
        *count = count.saturating_add(1);
    }

    fn change(self) -> ComponentChange {
        match self {
            Self { changed: 1.., .. } => ComponentChange::Changed,
            Self { not_readable: 1.., .. } => ComponentChange::NotReadable,
            Self { same: 1.., .. } => ComponentChange::Same,
            Self { new: 1.., .. } => ComponentChange::NewlyReadable,
            _ => ComponentChange::Absent,
        }
    }
}

/// Compares a machine with the day it was enrolled.
///
/// The machine is the one read by itself ([`Machine::read`]).
///
/// # Bounds
/// Two SHA-256 blocks for each enrolled field and one for each NIC.
#[must_use]
pub fn compare(enrollment: &Enrollment, machine: &Machine<'_>) -> Comparison {
    let salt = enrollment.salt();
    let tally = |wanted: &dyn Fn(Factor) -> bool| {
        let mut tally = Tally::default();
        for factor in Factor::ALL.into_iter().filter(|factor| wanted(*factor)) {
            let now = factor_digest(&machine.descriptor, factor, salt);
            tally.add(enrollment.factor(factor).as_ref(), now);
        }
        tally
    };
    let (nics, nic_change) = compare_nics(enrollment, &machine.identity);
    // The names of a board do not count where its UUID does, so they may be respelt.
    let has_uuid = enrollment.has_factor(Factor::SystemUuid);
    let board_ids = tally(&|factor| matches!(factor, Factor::BoardSerial | Factor::SystemSerial | Factor::SystemUuid));
    let board = if has_uuid { board_ids } else { tally(&|factor| factor.component() == Component::Board) };
    let components = Component::ALL.map(|component| {
        let change = match component {
            Component::Nic => nic_change,
            Component::Board => board.change(),
            _ => tally(&|factor| factor.component() == component).change(),
        };
        (component, change)
    });
    let mut comparison = Comparison { components, nics, cause: Cause::Unchanged };
    comparison.cause = cause(enrollment, &comparison, board_ids);
    comparison
}

fn compare_nics(enrollment: &Enrollment, identity: &Identity) -> (NicChanges, ComponentChange) {
    let enrolled = enrollment.nic_digests();
    if matches!(identity.component(Component::Nic), Field::Unreadable) {
        let change = if enrolled.is_empty() { ComponentChange::Absent } else { ComponentChange::NotReadable };
        return (NicChanges::default(), change);
    }
    let mut nics = NicChanges::default();
    for mac in &identity.macs {
        let digest = salted_mac(*mac, enrollment.salt());
        let known = enrolled.iter().any(|other| same_bytes(other, &digest));
        let count = if known { &mut nics.kept } else { &mut nics.added };
        *count = count.saturating_add(1);
    }
    // Both lists are bounded by COUNTED_NICS_MAX.
    nics.gone = u8::try_from(enrolled.len()).unwrap_or(u8::MAX).saturating_sub(nics.kept);
    let change = match nics {
        NicChanges { gone: 1.., .. } => ComponentChange::Changed,
        NicChanges { kept: 1.., .. } => ComponentChange::Same,
        NicChanges { added: 1.., .. } => ComponentChange::NewlyReadable,
        _ => ComponentChange::Absent,
    };
    (nics, change)
}

fn cause(enrollment: &Enrollment, comparison: &Comparison, board_ids: Tally) -> Cause {
    use ComponentChange::{Changed, NotReadable};
    let changed = |component| comparison.component(component) == Changed;
    let any = |change| comparison.components.iter().any(|(_, found)| *found == change);
    if !any(Changed) {
        return if any(NotReadable) {
            Cause::NotReadable
        } else if comparison.nics.added > 0 {
            Cause::NicAdded
        } else {
            Cause::Unchanged
        };
    }
    if !anything_unique_is_left(enrollment, comparison, board_ids) {
        return Cause::OtherMachine;
    }
    if changed(Component::Board) {
        // A board that still says one of its own numbers is the same board.
        return if board_ids.same > 0 || board_ids.changed == 0 {
            Cause::FirmwareReportsDifferently
        } else {
            Cause::BoardReplaced
        };
    }
    if changed(Component::Nic) {
        return if comparison.nics.added > 0 { Cause::NicReplaced } else { Cause::NicMissing };
    }
    if changed(Component::Platform) {
        return Cause::BoardReplaced;
    }
    Cause::CpuOrMemoryAltered
}

/// Whether something that only the enrolled machine has is still there, or may be there unread.
fn anything_unique_is_left(enrollment: &Enrollment, comparison: &Comparison, board_ids: Tally) -> bool {
    use ComponentChange::{NotReadable, Same};
    let alike = |component| matches!(comparison.component(component), Same | NotReadable);
    board_ids.same > 0
        || board_ids.not_readable > 0
        || comparison.nics.kept > 0
        || comparison.component(Component::Nic) == NotReadable
        || alike(Component::Platform)
        || (enrollment.evidence().contains(Evidence::CpuSerial) && alike(Component::Cpu))
}
