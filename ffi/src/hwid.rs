//! HWIDs: text to bytes, bytes to text, and whether two are the same.

use hwlicense::hwid::Hwid;

use crate::guard::guard;
use crate::ptr::{self, Range};
use crate::status::{Failure, HWL_E_BUFFER, HWL_E_DIFFERENT, HWL_E_NOT_A_HWID, hwl_status};
use crate::types::{HWL_HWID_TEXT_BYTES, hwl_hwid};

/// Longest text that is looked at: no HWID has this much white space around it.
const TEXT_BYTES_MAX: usize = 256;

impl From<Hwid> for hwl_hwid {
    fn from(hwid: Hwid) -> Self {
        Self { scheme: hwid.scheme, bytes: hwid.bytes }
    }
}

impl From<hwl_hwid> for Hwid {
    fn from(hwid: hwl_hwid) -> Self {
        Self { scheme: hwid.scheme, bytes: hwid.bytes }
    }
}

/// Reads a HWID: 34 hexadecimal digits of either case, with white space around them at most.
///
/// A HWID of another scheme than HWL_SCHEME is read as well.
///
/// # Errors
/// HWL_E_NOT_A_HWID, and those of a wrong call.
///
/// # Safety
/// - `text`: `length` bytes are readable.
/// - `out`: one hwl_hwid is writable.
///
/// Any thread. Interrupt: yes. Stack: 112 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_hwid_parse(text: *const u8, length: usize, out: *mut hwl_hwid) -> hwl_status {
    guard(|| {
        ptr::check_one(out)?;
        ptr::disjoint(Range::of(out, 1), &[Range::of(text, length)])?;
        // SAFETY: the caller's word on `text`.
        let bytes = unsafe { ptr::bytes(text, length) }?;
        if length > TEXT_BYTES_MAX {
            return Err(Failure::of(HWL_E_NOT_A_HWID));
        }
        let text = core::str::from_utf8(bytes).map_err(|_| Failure::of(HWL_E_NOT_A_HWID))?;
        let hwid: Hwid = text.parse()?;
        // SAFETY: the caller's word on `out`.
        unsafe { ptr::write(out, hwid.into()) }
    })
}

/// Writes a HWID as HWL_HWID_TEXT_BYTES lower-case hexadecimal digits, without a terminator.
///
/// `*out_length` becomes the number of bytes written, also when the buffer is too small for them.
///
/// # Errors
/// HWL_E_BUFFER when `capacity` is below HWL_HWID_TEXT_BYTES, and those of a wrong call.
///
/// # Safety
/// - `hwid`: readable.
/// - `buffer`: `capacity` bytes are writable.
/// - `out_length`: writable.
///
/// Any thread. Interrupt: yes. Stack: 304 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_hwid_format(
    hwid: *const hwl_hwid,
    buffer: *mut u8,
    capacity: usize,
    out_length: *mut usize,
) -> hwl_status {
    guard(|| {
        ptr::check_one(hwid)?;
        ptr::check_one(out_length)?;
        ptr::check_buffer(buffer, capacity)?;
        let (input, length) = (Range::of(hwid, 1), Range::of(out_length, 1));
        ptr::disjoint(Range::of(buffer, capacity), &[input, length])?;
        ptr::disjoint(length, &[input])?;
        // SAFETY: the caller's word on `out_length`.
        unsafe { ptr::write(out_length, HWL_HWID_TEXT_BYTES) }?;
        if capacity < HWL_HWID_TEXT_BYTES {
            return Err(Failure::of(HWL_E_BUFFER));
        }
        // SAFETY: the caller's word on `hwid`.
        let hwid: Hwid = unsafe { ptr::read(hwid) }?.into();
        // SAFETY: the caller's word on `buffer`; it is large enough and checked.
        unsafe { ptr::write_bytes(buffer, &hwid.text()) };
        Ok(())
    })
}

/// Whether two HWIDs are the same, in constant time: HWL_OK if they are, HWL_E_DIFFERENT if not.
///
/// # Errors
/// HWL_E_DIFFERENT, and those of a wrong call.
///
/// # Safety
/// - `one`, `other`: readable. They may be the same.
///
/// Any thread. Interrupt: yes. Stack: 88 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_hwid_equal(one: *const hwl_hwid, other: *const hwl_hwid) -> hwl_status {
    guard(|| {
        // SAFETY: the caller's word on `one`.
        let one: Hwid = unsafe { ptr::read(one) }?.into();
        // SAFETY: the caller's word on `other`.
        let other: Hwid = unsafe { ptr::read(other) }?.into();
        if one == other { Ok(()) } else { Err(Failure::of(HWL_E_DIFFERENT)) }
    })
}
