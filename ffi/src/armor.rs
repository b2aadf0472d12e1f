//! Armoured text to binary.

use hwlicense::signed::armor::{ARMORED_BYTES_MAX, ArmorError, decode};

use crate::guard::guard;
use crate::ptr::{self, Range};
use crate::status::{Failure, HWL_E_BUFFER, hwl_status};

/// A buffer of this many bytes holds what an armoured text of this length decodes to.
const fn decoded_bytes_max(length: usize) -> usize {
    // Four characters of base64 for each three bytes; the boundary lines make up for the rest.
    (length / 4).saturating_mul(3)
}

/// Decodes into the buffer; the buffer is scratch until it succeeded.
pub(crate) fn decode_into<'b>(text: &[u8], buffer: &'b mut [u8]) -> Result<&'b [u8], Failure> {
    let is_short = buffer.len() < decoded_bytes_max(text.len());
    match decode(text, buffer) {
        Ok(bytes) => Ok(bytes),
        Err(ArmorError::TooLarge) if is_short && text.len() <= ARMORED_BYTES_MAX => Err(Failure::of(HWL_E_BUFFER)),
        Err(error) => Err(error.into()),
    }
}

/// Decodes an armoured file (PEM with the label HWLICENSE) into its binary form.
///
/// On success `*out_length` is the length of the binary form, and on HWL_E_BUFFER a capacity
/// that suffices. On any failure the contents of the buffer are zero or as they were.
///
/// # Errors
/// HWL_E_NOT_ARMOR, HWL_E_ARMOR_TOO_LARGE, HWL_E_BUFFER, and those of a wrong call.
///
/// # Safety
/// - `text`: `length` bytes are readable.
/// - `buffer`: `capacity` bytes are writable. It may not overlap `text`.
/// - `out_length`: writable.
///
/// Any thread. Interrupt: no. Stack: 496 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_armor_decode(
    text: *const u8,
    length: usize,
    buffer: *mut u8,
    capacity: usize,
    out_length: *mut usize,
) -> hwl_status {
    guard(|| {
        ptr::check_one(out_length)?;
        let (input, out) = (Range::of(text, length), Range::of(out_length, 1));
        ptr::disjoint(Range::of(buffer, capacity), &[input, out])?;
        ptr::disjoint(out, &[input])?;
        // SAFETY: the caller's word on `text`, which no output overlaps.
        let text = unsafe { ptr::bytes(text, length) }?;
        // SAFETY: the caller's word on `buffer`, which overlaps nothing.
        let buffer = unsafe { ptr::bytes_mut(buffer, capacity) }?;
        let decoded = decode_into(text, buffer).map(<[u8]>::len);
        let out = match decoded {
            Ok(length) => length,
            Err(failure) => {
                buffer.fill(0);
                if failure.status() != HWL_E_BUFFER {
                    return Err(failure);
                }
                decoded_bytes_max(text.len())
            }
        };
        // SAFETY: the caller's word on `out_length`.
        unsafe { ptr::write(out_length, out) }?;
        decoded.map(drop)
    })
}
