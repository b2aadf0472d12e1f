//! Enrolling a machine, and the HWID in an enrolment.

use hwlicense::hardware::Descriptor;
use hwlicense::hwid::{ENROLLMENT_BYTES_MAX, Enrollment, Machine};

use crate::descriptor::{self, hwl_descriptor};
use crate::guard::guard;
use crate::ptr::{self, Range};
use crate::status::{Failure, HWL_E_BUFFER, Outcome, hwl_status};
use crate::types::{HWL_SALT_BYTES, hwl_hwid};

/// Enrols a machine: writes what it keeps from this day, to be stored beside its licence.
///
/// The salt is HWL_SALT_BYTES fresh random bytes. `*out_length` becomes the length of the
/// enrolment, also when the buffer is too small for it; HWL_ENROLLMENT_BYTES_MAX always suffices.
///
/// # Errors
/// HWL_E_BUFFER, HWL_E_NOT_READABLE, HWL_E_NOT_UNIQUE, those of `hwl_identity_read`, and those of
/// a wrong call.
///
/// # Safety
/// - `descriptor`: readable with its lists and texts, for the time of the call.
/// - `salt`: HWL_SALT_BYTES bytes are readable.
/// - `buffer`: `capacity` bytes are writable.
/// - `out_length`: writable.
///
/// Any thread. Interrupt: no. Stack: 7024 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_enroll(
    descriptor: *const hwl_descriptor,
    salt: *const u8,
    buffer: *mut u8,
    capacity: usize,
    out_length: *mut usize,
) -> hwl_status {
    guard(|| {
        ptr::check_one(out_length)?;
        ptr::check_buffer(buffer, capacity)?;
        let inputs = [Range::of(descriptor, 1), Range::of(salt, HWL_SALT_BYTES)];
        ptr::disjoint(Range::of(out_length, 1), &inputs)?;
        ptr::disjoint(Range::of(buffer, capacity), &inputs)?;
        ptr::disjoint(Range::of(buffer, capacity), &[Range::of(out_length, 1)])?;
        // SAFETY: the caller's word on `salt`; an array of bytes is as good as its bytes.
        let salt = unsafe { ptr::read(salt.cast::<[u8; HWL_SALT_BYTES]>()) }?;
        // Encoded aside, so that nothing is written to a buffer that is too small.
        let mut encoded = [0; ENROLLMENT_BYTES_MAX];
        let mut length = 0;
        let mut enroll = |descriptor: &Descriptor<'_>| -> Outcome {
            length = Enrollment::new(&Machine::read(descriptor)?, salt)?.encode(&mut encoded)?.len();
            Ok(())
        };
        // SAFETY: the caller's word on `descriptor`.
        unsafe { descriptor::with(descriptor, &mut enroll) }?;
        // SAFETY: the caller's word on `out_length`.
        unsafe { ptr::write(out_length, length) }?;
        if capacity < length {
            return Err(Failure::of(HWL_E_BUFFER));
        }
        // SAFETY: the caller's word on `buffer`; it is large enough and checked.
        unsafe { ptr::write_bytes(buffer, encoded.get(..length).unwrap_or_default()) };
        Ok(())
    })
}

/// The HWID that a machine had when it was enrolled.
///
/// # Errors
/// HWL_E_NOT_AN_ENROLLMENT, HWL_E_ENROLLMENT_VERSION, HWL_E_ENROLLMENT_DAMAGED, and those of a
/// wrong call.
///
/// # Safety
/// - `enrollment`: `length` bytes are readable.
/// - `out`: writable.
///
/// Any thread. Interrupt: no. Stack: 3512 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_enrollment_hwid(enrollment: *const u8, length: usize, out: *mut hwl_hwid) -> hwl_status {
    guard(|| {
        ptr::check_one(out)?;
        ptr::disjoint(Range::of(out, 1), &[Range::of(enrollment, length)])?;
        // SAFETY: the caller's word on `enrollment`.
        let enrollment = Enrollment::decode(unsafe { ptr::bytes(enrollment, length) }?)?;
        // SAFETY: the caller's word on `out`.
        unsafe { ptr::write(out, enrollment.hwid().into()) }
    })
}
