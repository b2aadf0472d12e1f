//! The identity of a machine: what it takes to check a licence, without the descriptor.

use hwlicense::hardware::{Descriptor, Field};
use hwlicense::hwid::{Component, Enrollment, EvidenceSet, Identity, Machine};

use crate::descriptor::{self, hwl_descriptor};
use crate::guard::guard;
use crate::opaque::{self, Storage, fits, guard_new};
use crate::ptr::{self, Output, Plain, Range, Sized32};
use crate::status::{Failure, HWL_E_VALUE, hwl_status};
use crate::types::{HWL_ABSENT, HWL_COMPONENTS, HWL_READ, HWL_UNREADABLE, hwl_hwid};

/// Evidence: the UUID of the system.
pub const HWL_EVIDENCE_SYSTEM_UUID: u32 = 0x0001;
/// Evidence: the serial number of the system.
pub const HWL_EVIDENCE_SYSTEM_SERIAL: u32 = 0x0002;
/// Evidence: the serial number of the motherboard.
pub const HWL_EVIDENCE_BOARD_SERIAL: u32 = 0x0004;
/// Evidence: the serial number of the processor.
pub const HWL_EVIDENCE_CPU_SERIAL: u32 = 0x0008;
/// Evidence: a universally administered MAC address of a wired NIC.
pub const HWL_EVIDENCE_MAC: u32 = 0x0010;
/// Evidence: that of a wireless NIC, on a machine with nothing else.
pub const HWL_EVIDENCE_WIRELESS_MAC: u32 = 0x0020;
/// Evidence: an identifier of the platform.
pub const HWL_EVIDENCE_PLATFORM_ID: u32 = 0x0040;
/// Evidence: an identity made by software and kept in a file.
pub const HWL_EVIDENCE_GENERATED: u32 = 0x0080;
/// Evidence: a MAC address that a hypervisor assigned. It never stands alone.
pub const HWL_EVIDENCE_HYPERVISOR_MAC: u32 = 0x0100;
/// Evidence: the machine is virtual.
pub const HWL_EVIDENCE_VIRTUAL_MACHINE: u32 = 0x0200;
/// Evidence: the reading was made in a container.
pub const HWL_EVIDENCE_CONTAINER: u32 = 0x0400;
/// Evidence: an enrolment stood in for fields that could not be read now.
pub const HWL_EVIDENCE_ENROLLMENT: u32 = 0x0800;

/// Field: maker of the board.
pub const HWL_FIELD_BOARD_VENDOR: u32 = 0x0001;
/// Field: product name of the board.
pub const HWL_FIELD_BOARD_PRODUCT: u32 = 0x0002;
/// Field: serial number of the board.
pub const HWL_FIELD_BOARD_SERIAL: u32 = 0x0004;
/// Field: maker of the system.
pub const HWL_FIELD_SYSTEM_VENDOR: u32 = 0x0008;
/// Field: product name of the system.
pub const HWL_FIELD_SYSTEM_PRODUCT: u32 = 0x0010;
/// Field: serial number of the system.
pub const HWL_FIELD_SYSTEM_SERIAL: u32 = 0x0020;
/// Field: UUID of the system.
pub const HWL_FIELD_SYSTEM_UUID: u32 = 0x0040;
/// Field: id register of the processor.
pub const HWL_FIELD_CPU_SIGNATURE: u32 = 0x0080;
/// Field: serial number of the processor.
pub const HWL_FIELD_CPU_SERIAL: u32 = 0x0100;
/// Field: memory in total.
pub const HWL_FIELD_MEMORY_TOTAL: u32 = 0x0200;
/// Field: the memory modules.
pub const HWL_FIELD_MEMORY_MODULES: u32 = 0x0400;
/// Field: the network interfaces.
pub const HWL_FIELD_NICS: u32 = 0x0800;
/// Field: the identifiers of the platform.
pub const HWL_FIELD_PLATFORM_IDS: u32 = 0x1000;

/// Words of a hwl_identity.
pub const HWL_IDENTITY_WORDS: usize = 64;

/// The identity of a machine. Opaque memory of the caller: any contents before it is made, not to
/// be moved or copied until `hwl_identity_deinit`, which wipes it.
///
/// It keeps nothing of the descriptor it was read from.
#[repr(C)]
#[derive(Debug)]
pub struct hwl_identity {
    /// Private.
    pub opaque: [u64; HWL_IDENTITY_WORDS],
}

// SAFETY: an array of u64 in which an identity fits, as asserted below; the word is no other's.
unsafe impl Storage for hwl_identity {
    type Value = Identity;
    const MAGIC: u32 = 0x3d3d_3d3d;
}

const _: () = assert!(fits::<hwl_identity>());

/// What is known of an identity. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_facts {
    /// sizeof(hwl_facts); set it before the call.
    pub struct_size: u32,
    /// What the HWID rests on: HWL_EVIDENCE_ bits.
    pub evidence: u32,
    /// What exists and could not be read: HWL_FIELD_ bits.
    pub unreadable: u32,
    /// What could not be read and an enrolment stands in for: HWL_FIELD_ bits.
    pub stood_in: u32,
    /// How many NICs count.
    pub counted_nics: u32,
    /// HWL_ABSENT, HWL_UNREADABLE or HWL_READ for each component.
    pub components: [u32; HWL_COMPONENTS],
}

// SAFETY: u32s.
unsafe impl Plain for hwl_facts {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_facts {
    const BYTES_MIN: usize = 8;
}

/// sizeof(hwl_identity) as the library sees it, for languages without the header.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_identity_size() -> usize {
    size_of::<hwl_identity>()
}

/// Makes the identity of a machine from its descriptor.
///
/// A machine without a HWID is no failure here; `hwl_identity_hwid` says why it has none.
/// After a failure the object is empty.
///
/// # Errors
/// HWL_E_TEXT_TOO_LONG, HWL_E_TOO_MANY_NICS, HWL_E_TOO_MANY_COUNTED_NICS,
/// HWL_E_TOO_MANY_MODULES, HWL_E_TOO_MANY_PLATFORM_IDS, and those of a wrong call.
///
/// # Safety
/// - `identity`: writable.
/// - `descriptor`: readable with its lists and texts, for the time of the call.
///
/// One thread at a time per object. Interrupt: no. Stack: 1784 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_identity_read(
    identity: *mut hwl_identity,
    descriptor: *const hwl_descriptor,
) -> hwl_status {
    let body = |object: &opaque::Object<hwl_identity>| {
        // SAFETY: nothing else refers to the place: the storage is marked as empty.
        let identity = unsafe { object.place() }.write(Identity::blank());
        let mut read = |descriptor: &Descriptor<'_>| Ok(identity.read_into(descriptor)?);
        // SAFETY: the caller's word on `descriptor`.
        unsafe { descriptor::with(descriptor, &mut read) }?;
        // SAFETY: written above.
        unsafe { object.settle() };
        Ok(())
    };
    // SAFETY: the caller's word on `identity`.
    unsafe { guard_new(identity, &[Range::of(descriptor, 1)], body) }
}

/// Makes the identity of a machine that was enrolled, from its descriptor and its enrolment.
///
/// While the enrolment still describes the machine, the HWID is the enrolled one: what was added
/// later does not count, and what may not be read now is taken from the enrolment. Otherwise the
/// result is that of `hwl_identity_read`. After a failure the object is empty.
///
/// # Errors
/// HWL_E_NOT_AN_ENROLLMENT, HWL_E_ENROLLMENT_VERSION, HWL_E_ENROLLMENT_DAMAGED, those of
/// `hwl_identity_read`, and those of a wrong call.
///
/// # Safety
/// - `identity`: writable.
/// - `descriptor`: readable with its lists and texts, for the time of the call.
/// - `enrollment`: `enrollment_length` bytes are readable.
///
/// One thread at a time per object. Interrupt: no. Stack: 6776 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_identity_read_enrolled(
    identity: *mut hwl_identity,
    descriptor: *const hwl_descriptor,
    enrollment: *const u8,
    enrollment_length: usize,
) -> hwl_status {
    let body = |object: &opaque::Object<hwl_identity>| {
        // SAFETY: the caller's word on `enrollment`.
        let enrollment = Enrollment::decode(unsafe { ptr::bytes(enrollment, enrollment_length) }?)?;
        let mut read = |descriptor: &Descriptor<'_>| {
            object.fill(Machine::read_enrolled(descriptor, &enrollment)?.into_identity());
            Ok(())
        };
        // SAFETY: the caller's word on `descriptor`.
        unsafe { descriptor::with(descriptor, &mut read) }
    };
    let inputs = [Range::of(descriptor, 1), Range::of(enrollment, enrollment_length)];
    // SAFETY: the caller's word on `identity`.
    unsafe { guard_new(identity, &inputs, body) }
}

/// Makes an identity of which only the HWID is known, as when a factory wrote it into OTP memory.
///
/// `evidence` says what that HWID rests on: the HWL_EVIDENCE_ bits of the facts when it was made.
/// Strict licences can be checked with it; for tolerant ones the hardware is not readable. After a
/// failure the object is empty.
///
/// # Errors
/// HWL_E_VALUE for an unknown bit, and those of a wrong call.
///
/// # Safety
/// - `identity`: writable.
/// - `hwid`: readable.
///
/// One thread at a time per object. Interrupt: yes. Stack: 120 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_identity_from_hwid(
    identity: *mut hwl_identity,
    hwid: *const hwl_hwid,
    evidence: u32,
) -> hwl_status {
    let body = |object: &opaque::Object<hwl_identity>| {
        let [low, high, ..] = evidence.to_le_bytes();
        let known = EvidenceSet::from_bits(u16::from_le_bytes([low, high]));
        if u32::from(known.bits()) != evidence {
            return Err(Failure::of(HWL_E_VALUE));
        }
        // SAFETY: the caller's word on `hwid`.
        let hwid = unsafe { ptr::borrow(hwid) }?;
        object.fill(Identity::known((*hwid).into(), known));
        Ok(())
    };
    // SAFETY: the caller's word on `identity`.
    unsafe { guard_new(identity, &[Range::of(hwid, 1)], body) }
}

/// The HWID of a machine.
///
/// # Errors
/// HWL_E_NOT_READABLE when fields that it needs could not be read (the facts name them),
/// HWL_E_NOT_UNIQUE when nothing tells the machine from others of its model, HWL_E_STATE, and
/// those of a wrong call.
///
/// # Safety
/// - `identity`: readable, and not changed meanwhile.
/// - `out`: writable.
///
/// Any thread. Interrupt: yes. Stack: 72 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_identity_hwid(identity: *const hwl_identity, out: *mut hwl_hwid) -> hwl_status {
    guard(|| {
        ptr::disjoint(Range::of(out, 1), &[Range::of(identity, 1)])?;
        // SAFETY: the caller's word on `identity`.
        let hwid = unsafe { opaque::get(identity) }?.hwid();
        ptr::check_one(out)?;
        // SAFETY: the caller's word on `out`.
        unsafe { ptr::write(out, hwid?.into()) }
    })
}

/// What is known of an identity.
///
/// # Errors
/// HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `identity`: readable, and not changed meanwhile.
/// - `out`: writable, with its struct_size set.
///
/// Any thread. Interrupt: yes. Stack: 160 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_identity_facts(identity: *const hwl_identity, out: *mut hwl_facts) -> hwl_status {
    guard(|| {
        // SAFETY: the caller's word on `out`.
        let out = unsafe { Output::new(out) }?;
        ptr::disjoint(out.range(), &[Range::of(identity, 1)])?;
        // SAFETY: the caller's word on `identity`.
        let identity = unsafe { opaque::get(identity) }?;
        out.write(&hwl_facts {
            struct_size: 0,
            evidence: identity.evidence().bits().into(),
            unreadable: identity.unreadable().bits().into(),
            stood_in: identity.stood_in().bits().into(),
            counted_nics: u32::try_from(identity.counted_nics()).unwrap_or(u32::MAX),
            components: Component::ALL.map(|component| match identity.component_state(component) {
                Field::Absent => HWL_ABSENT,
                Field::Unreadable => HWL_UNREADABLE,
                Field::Read(()) => HWL_READ,
            }),
        });
        Ok(())
    })
}

/// Ends an identity: wipes the whole object. One that was never made is wiped as well.
///
/// # Errors
/// Those of a wrong call.
///
/// # Safety
/// - `identity`: writable.
///
/// One thread at a time per object. Interrupt: yes. Stack: 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hwl_identity_deinit(identity: *mut hwl_identity) -> hwl_status {
    // SAFETY: the caller's word on `identity`.
    unsafe { opaque::end(identity) }
}
