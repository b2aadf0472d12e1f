//! Armour for people and e-mail: PEM with the label `HWLICENSE` (RFC 7468, read strictly).

use core::fmt;

use super::bundle::BUNDLE_BYTES_MAX;

/// The label between the dashes.
pub const LABEL: &str = "HWLICENSE";
/// How an armoured file begins.
const BEGIN: &[u8] = b"-----BEGIN HWLICENSE-----";

/// Largest armoured file in bytes: base64 with a line end of two bytes after every 64 characters,
/// and the two boundary lines.
pub const ARMORED_BYTES_MAX: usize = BUNDLE_BYTES_MAX.div_ceil(3) * 4 + BUNDLE_BYTES_MAX.div_ceil(48) * 2 + 64;

/// Why text is not armour, or why it was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ArmorError {
    /// Not strict RFC 7468 PEM with the label [`LABEL`], or something stands before or after it.
    Malformed,
    /// The buffer is too small, or the text is longer than [`ARMORED_BYTES_MAX`].
    TooLarge,
}

impl fmt::Display for ArmorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "this is no strict PEM with the label HWLICENSE",
            Self::TooLarge => "the armoured text does not fit",
        })
    }
}

impl core::error::Error for ArmorError {}

/// Whether the bytes begin like an armoured file.
#[must_use]
pub fn is_armored(bytes: &[u8]) -> bool {
    bytes.starts_with(BEGIN)
}

/// Decodes an armoured file into the buffer.
///
/// # Errors
/// [`ArmorError`].
pub fn decode<'b>(text: &[u8], buffer: &'b mut [u8]) -> Result<&'b [u8], ArmorError> {
    if text.len() > ARMORED_BYTES_MAX {
        return Err(ArmorError::TooLarge);
    }
    if !is_armored(text) {
        return Err(ArmorError::Malformed);
    }
    match pem_rfc7468::decode(text, buffer) {
        Ok((LABEL, bytes)) => Ok(bytes),
        Err(pem_rfc7468::Error::Length) => Err(ArmorError::TooLarge),
        Ok(_) | Err(_) => Err(ArmorError::Malformed),
    }
}

/// Encodes bytes as an armoured file into the buffer.
///
/// # Errors
/// [`ArmorError::TooLarge`].
pub fn encode<'b>(bytes: &[u8], buffer: &'b mut [u8]) -> Result<&'b str, ArmorError> {
    pem_rfc7468::encode(LABEL, pem_rfc7468::LineEnding::LF, bytes, buffer).map_err(|_| ArmorError::TooLarge)
}
