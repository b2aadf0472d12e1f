//! The one way bytes become a structure: whole, and in canonical form only.
//!
//! Postcard by itself ignores what follows the structure and accepts over-long varints; both
//! would give one signed meaning several byte strings. Here both are errors.

use postcard::ser_flavors::Size;
use serde::{Deserialize, Serialize};

/// Why bytes are not the structure that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecodeError {
    /// Cut off, over a bound, or not of this shape.
    Malformed,
    /// Something follows it.
    Trailing,
    /// A number is written longer than it needs to be.
    NotCanonical,
}

/// Decodes a structure from the start of the bytes, and gives what follows it.
///
/// # Errors
/// [`DecodeError::Malformed`] and [`DecodeError::NotCanonical`].
#[inline(always)]
pub(crate) fn prefix<'a, T>(bytes: &'a [u8]) -> Result<(T, &'a [u8]), DecodeError>
where
    T: Deserialize<'a> + Serialize,
{
    let (value, rest) = postcard::take_from_bytes::<T>(bytes).map_err(|_| DecodeError::Malformed)?;
    let used = bytes.len().saturating_sub(rest.len());
    // Each varint has one shortest form, so the length is the canonical one only if every one
    // of them is the shortest. Booleans and options are single bytes that postcard checks.
    let canonical = postcard::serialize_with_flavor::<T, Size, usize>(&value, Size::default());
    if canonical == Ok(used) { Ok((value, rest)) } else { Err(DecodeError::NotCanonical) }
}

/// Decodes a structure that fills the bytes.
///
/// # Errors
/// [`DecodeError`].
#[inline(always)]
pub(crate) fn exact<'a, T>(bytes: &'a [u8]) -> Result<T, DecodeError>
where
    T: Deserialize<'a> + Serialize,
{
    match prefix(bytes)? {
        (value, []) => Ok(value),
        _ => Err(DecodeError::Trailing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_and_shortest_form_decodes() {
        assert_eq!(exact::<(u32, bool)>(&[0x80, 0x01, 1]), Ok((128, true)));
        assert_eq!(exact::<(u32, bool)>(&[0x80, 0x81, 0x00, 1]), Err(DecodeError::NotCanonical));
        assert_eq!(exact::<(u32, bool)>(&[0x80, 0x01, 1, 0]), Err(DecodeError::Trailing));
        assert_eq!(exact::<(u32, bool)>(&[0x80, 0x01, 2]), Err(DecodeError::Malformed));
        assert_eq!(exact::<(u32, bool)>(&[0x80]), Err(DecodeError::Malformed));
        assert_eq!(exact::<(u32, bool)>(&[0x83, 0x80, 0x00, 0]), Err(DecodeError::NotCanonical));
    }
}
