//! Numbers in words. All texts are static, English and terminated; a number that this version
//! does not know is "unknown", never NULL.

use core::ffi::c_char;

use hwlicense::hwid::{Cause, Component, ComponentChange, Evidence, FieldName};
use hwlicense::license::{Class, Reason};

use crate::comparison::{cause_of, change_of};
use crate::status::{self, hwl_status};
use crate::text::c_text;

/// The name of a status as it stands in this header, such as "HWL_E_NULL".
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_status_name(status: hwl_status) -> *const c_char {
    status::name(status)
}

/// What a status means, in words.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_status_text(status: hwl_status) -> *const c_char {
    status::text(status)
}

/// What to do about a status, in words.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_status_remedy(status: hwl_status) -> *const c_char {
    status::remedy(status)
}

/// The texts of each member of a core enum, by its number.
macro_rules! texts {
    ($number:expr, { $( $code:expr => $text:expr, )* }) => {
        match $number {
            $( code if code == $code => c_text!($text), )*
            _ => c_text!("unknown"),
        }
    };
}

/// The same text function of every reason.
macro_rules! reasons {
    ($number:expr, $text:ident) => {{
        use Reason::*;
        reasons!($number, $text, Malformed UnsupportedFormat UnknownKey BadSignature Revoked UnknownCriticalTerm
            IssuerNotAllowed UnknownClass OtherBrand OtherHardware HardwareNotReadable EvidenceTooWeak
            ClockNotPlausible NotYetValid Expired ContactRequired ExpiresSoon Valid)
    }};
    ($number:expr, $text:ident, $($reason:ident)*) => {
        texts!($number, { $( number($reason) => $reason.$text(), )* })
    };
}

/// The number of a reason, as reports carry it.
const fn number(reason: Reason) -> u32 {
    let [low, high] = reason.number().to_le_bytes();
    u32::from_le_bytes([low, high, 0, 0])
}

/// The short name of the reason in a report, such as "other-hardware".
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_reason_name(reason: u32) -> *const c_char {
    reasons!(reason, code)
}

/// The reason in a report, as a sentence for people.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_reason_text(reason: u32) -> *const c_char {
    reasons!(reason, message)
}

/// What the administrator does next about the reason in a report.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_reason_next_step(reason: u32) -> *const c_char {
    reasons!(reason, next_step)
}

/// The name of a component: 1 board, 2 cpu, 3 memory, 4 nic, 5 platform. Entry `i` of the arrays
/// in reports and comparisons is component `i + 1`.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_component_name(component: u32) -> *const c_char {
    match component {
        1 => c_text!(Component::Board.name()),
        2 => c_text!(Component::Cpu.name()),
        3 => c_text!(Component::Memory.name()),
        4 => c_text!(Component::Nic.name()),
        5 => c_text!(Component::Platform.name()),
        _ => c_text!("unknown"),
    }
}

/// The name of one piece of evidence. The argument is one HWL_EVIDENCE_ bit.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_evidence_name(evidence_bit: u32) -> *const c_char {
    match evidence_bit {
        0x0001 => c_text!(Evidence::SystemUuid.name()),
        0x0002 => c_text!(Evidence::SystemSerial.name()),
        0x0004 => c_text!(Evidence::BoardSerial.name()),
        0x0008 => c_text!(Evidence::CpuSerial.name()),
        0x0010 => c_text!(Evidence::Mac.name()),
        0x0020 => c_text!(Evidence::WirelessMac.name()),
        0x0040 => c_text!(Evidence::PlatformId.name()),
        0x0080 => c_text!(Evidence::Generated.name()),
        0x0100 => c_text!(Evidence::HypervisorMac.name()),
        0x0200 => c_text!(Evidence::VirtualMachine.name()),
        0x0400 => c_text!(Evidence::Container.name()),
        0x0800 => c_text!(Evidence::Enrollment.name()),
        _ => c_text!("unknown"),
    }
}

/// The name of a field of the descriptor. The argument is one HWL_FIELD_ bit.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_field_name(field_bit: u32) -> *const c_char {
    match field_bit {
        0x0001 => c_text!(FieldName::BoardVendor.name()),
        0x0002 => c_text!(FieldName::BoardProduct.name()),
        0x0004 => c_text!(FieldName::BoardSerial.name()),
        0x0008 => c_text!(FieldName::SystemVendor.name()),
        0x0010 => c_text!(FieldName::SystemProduct.name()),
        0x0020 => c_text!(FieldName::SystemSerial.name()),
        0x0040 => c_text!(FieldName::SystemUuid.name()),
        0x0080 => c_text!(FieldName::CpuSignature.name()),
        0x0100 => c_text!(FieldName::CpuSerial.name()),
        0x0200 => c_text!(FieldName::MemoryTotal.name()),
        0x0400 => c_text!(FieldName::MemoryModules.name()),
        0x0800 => c_text!(FieldName::Nics.name()),
        0x1000 => c_text!(FieldName::PlatformIds.name()),
        _ => c_text!("unknown"),
    }
}

/// The name of a class of licence; "vendor" for a number in the range of the vendors.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_class_name(class_number: u32) -> *const c_char {
    /// The name of the known class at this place of core's list.
    macro_rules! classes {
        ($($index:literal)*) => {
            match class_number {
                $( number if number == class_at($index) => c_text!(class_name_at($index)), )*
                0x8000..=0xffff => c_text!("vendor"),
                _ => c_text!("unknown"),
            }
        };
    }
    classes!(0 1 2 3 4 5 6 7 8 9 10 11)
}

const _: () = assert!(Class::KNOWN.len() == 12);

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks")]
const fn class_at(index: usize) -> u32 {
    let [low, high] = Class::KNOWN[index].0.0.to_le_bytes();
    u32::from_le_bytes([low, high, 0, 0])
}

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks")]
const fn class_name_at(index: usize) -> &'static str {
    Class::KNOWN[index].1
}

/// The name of what became of a component: one of the HWL_CHANGE_ numbers of a comparison.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_change_name(change: u32) -> *const c_char {
    use ComponentChange::*;
    texts!(change, {
        change_of(Absent) => Absent.name(),
        change_of(Same) => Same.name(),
        change_of(Changed) => Changed.name(),
        change_of(NotReadable) => NotReadable.name(),
        change_of(NewlyReadable) => NewlyReadable.name(),
    })
}

/// The same text function of every cause.
macro_rules! causes {
    ($number:expr, $text:ident) => {{
        use Cause::*;
        causes!($number, $text, Unchanged NicAdded NotReadable NicReplaced NicMissing CpuOrMemoryAltered
            FirmwareReportsDifferently BoardReplaced OtherMachine)
    }};
    ($number:expr, $text:ident, $($cause:ident)*) => {
        texts!($number, { $( cause_of($cause) => $cause.$text(), )* })
    };
}

/// The short name of the likely cause in a comparison: one of the HWL_CAUSE_ numbers.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_change_cause_name(cause: u32) -> *const c_char {
    causes!(cause, code)
}

/// The likely cause in a comparison, as a sentence for people.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_change_cause_text(cause: u32) -> *const c_char {
    causes!(cause, explanation)
}

/// What the administrator does next about the likely cause in a comparison.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_change_next_step(cause: u32) -> *const c_char {
    causes!(cause, next_step)
}
