//! What changed since a machine was enrolled.

use hwlicense::hardware::Descriptor;
use hwlicense::hwid::{Cause, ComponentChange, Enrollment, Machine, compare};

use crate::descriptor::{self, hwl_descriptor};
use crate::guard::guard;
use crate::ptr::{self, Output, Plain, Range, Sized32};
use crate::status::hwl_status;
use crate::types::HWL_COMPONENTS;

/// The machine had none then and has none now.
pub const HWL_CHANGE_ABSENT: u32 = 0;
/// Everything that was enrolled is still there.
pub const HWL_CHANGE_SAME: u32 = 1;
/// Something that was enrolled differs, or is gone.
pub const HWL_CHANGE_CHANGED: u32 = 2;
/// It was enrolled and may not be read now.
pub const HWL_CHANGE_NOT_READABLE: u32 = 3;
/// It was not enrolled and can be read now. The HWID stays.
pub const HWL_CHANGE_NEWLY_READABLE: u32 = 4;

/// Nothing that was enrolled changed.
pub const HWL_CAUSE_UNCHANGED: u32 = 1;
/// Only a NIC was added.
pub const HWL_CAUSE_NIC_ADDED: u32 = 2;
/// Fields that were enrolled may not be read now, and nothing that is read differs.
pub const HWL_CAUSE_NOT_READABLE: u32 = 3;
/// A NIC was replaced.
pub const HWL_CAUSE_NIC_REPLACED: u32 = 4;
/// A NIC is gone, disabled, or its address is hidden by teaming.
pub const HWL_CAUSE_NIC_MISSING: u32 = 5;
/// Processor or memory was changed.
pub const HWL_CAUSE_CPU_OR_MEMORY_ALTERED: u32 = 6;
/// The same board identifies itself in another way.
pub const HWL_CAUSE_FIRMWARE_REPORTS_DIFFERENTLY: u32 = 7;
/// The motherboard was replaced.
pub const HWL_CAUSE_BOARD_REPLACED: u32 = 8;
/// Nothing unique is left of the enrolled machine.
pub const HWL_CAUSE_OTHER_MACHINE: u32 = 9;

/// The number of what became of a component.
pub(crate) const fn change_of(change: ComponentChange) -> u32 {
    match change {
        ComponentChange::Absent => HWL_CHANGE_ABSENT,
        ComponentChange::Same => HWL_CHANGE_SAME,
        ComponentChange::Changed => HWL_CHANGE_CHANGED,
        ComponentChange::NotReadable => HWL_CHANGE_NOT_READABLE,
        ComponentChange::NewlyReadable => HWL_CHANGE_NEWLY_READABLE,
    }
}

/// The number of a cause; 0, which no cause has, for one that has none yet.
pub(crate) const fn cause_of(cause: Cause) -> u32 {
    match cause {
        Cause::Unchanged => HWL_CAUSE_UNCHANGED,
        Cause::NicAdded => HWL_CAUSE_NIC_ADDED,
        Cause::NotReadable => HWL_CAUSE_NOT_READABLE,
        Cause::NicReplaced => HWL_CAUSE_NIC_REPLACED,
        Cause::NicMissing => HWL_CAUSE_NIC_MISSING,
        Cause::CpuOrMemoryAltered => HWL_CAUSE_CPU_OR_MEMORY_ALTERED,
        Cause::FirmwareReportsDifferently => HWL_CAUSE_FIRMWARE_REPORTS_DIFFERENTLY,
        Cause::BoardReplaced => HWL_CAUSE_BOARD_REPLACED,
        Cause::OtherMachine => HWL_CAUSE_OTHER_MACHINE,
        _ => 0,
    }
}

/// What changed since a machine was enrolled. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_comparison {
    /// sizeof(hwl_comparison); set it before the call.
    pub struct_size: u32,
    /// The likely cause: one of the HWL_CAUSE_ numbers. `hwl_change_cause_text` and
    /// `hwl_change_next_step` put it in words.
    pub cause: u32,
    /// One of the HWL_CHANGE_ numbers for each component.
    pub changes: [u32; HWL_COMPONENTS],
    /// NICs that were enrolled and are still there.
    pub nics_kept: u32,
    /// NICs that were enrolled and are gone.
    pub nics_gone: u32,
    /// NICs that are there now and were not enrolled.
    pub nics_added: u32,
}

// SAFETY: u32s.
unsafe impl Plain for hwl_comparison {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_comparison {
    const BYTES_MIN: usize = 8;
}

/// Compares a machine with the day it was enrolled, and names the likely cause of what changed.
///
/// # Errors
/// HWL_E_NOT_AN_ENROLLMENT, HWL_E_ENROLLMENT_VERSION, HWL_E_ENROLLMENT_DAMAGED, those of
/// `hwl_identity_read`, and those of a wrong call.
///
/// # Safety
/// - `descriptor`: readable with its lists and texts, for the time of the call.
/// - `enrollment`: `enrollment_length` bytes are readable.
/// - `out`: writable, with its struct_size set.
///
/// Any thread. Interrupt: no. Stack: 6072 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_compare(
    descriptor: *const hwl_descriptor,
    enrollment: *const u8,
    enrollment_length: usize,
    out: *mut hwl_comparison,
) -> hwl_status {
    guard(|| {
        // SAFETY: the caller's word on `out`.
        let out = unsafe { Output::new(out) }?;
        ptr::disjoint(out.range(), &[Range::of(descriptor, 1), Range::of(enrollment, enrollment_length)])?;
        // SAFETY: the caller's word on `enrollment`.
        let enrollment = Enrollment::decode(unsafe { ptr::bytes(enrollment, enrollment_length) }?)?;
        let mut work = |descriptor: &Descriptor<'_>| {
            let found = compare(&enrollment, &Machine::read(descriptor)?);
            out.write(&hwl_comparison {
                struct_size: 0,
                cause: cause_of(found.cause),
                changes: found.components.map(|(_, change)| change_of(change)),
                nics_kept: found.nics.kept.into(),
                nics_gone: found.nics.gone.into(),
                nics_added: found.nics.added.into(),
            });
            Ok(())
        };
        // SAFETY: the caller's word on `descriptor`.
        unsafe { descriptor::with(descriptor, &mut work) }
    })
}
