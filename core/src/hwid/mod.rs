//! Hardware identity: from a [`Descriptor`](crate::hardware::Descriptor) to a [`Hwid`], and from
//! two readings of a machine to what changed between them.
//!
//! | Step | Type | Module |
//! |---|---|---|
//! | what was read | [`Descriptor`](crate::hardware::Descriptor) | [`crate::hardware`] |
//! | what of it counts | (private) | `canonical`, `junk`, `hasher` |
//! | the digest of each component | (private) | `digest`, `board`, `cpu`, `memory`, `nics`, `platform` |
//! | the machine | [`Machine`] | `machine`, `component` |
//! | who it is | [`Identity`] | `identity` |
//! | its id, or why it has none | [`Hwid`], [`HwidError`] | here, `error` |
//! | what it rests on | [`Evidence`] | `evidence` |
//! | the day it was enrolled | [`Enrollment`] | `enrollment`, `factor` |
//! | what changed since | [`Comparison`] | `compare` |
//!
//! ```
//! use hwlicense::hardware::{Board, Descriptor};
//! use hwlicense::hwid::{HwidError, Machine};
//!
//! let camera = Descriptor {
//!     board: Board { vendor: "Axis".into(), serial: "B8A44F9A3C51".into(), ..Board::default() },
//!     ..Descriptor::default()
//! };
//! let hwid = Machine::read(&camera).unwrap().hwid().unwrap();
//! assert_eq!(hwid.to_string().len(), 34);
//! assert!(hwid.to_string().starts_with("03"));
//!
//! let placeholder = Descriptor {
//!     board: Board { serial: "To Be Filled By O.E.M.".into(), ..Board::default() },
//!     ..Descriptor::default()
//! };
//! assert_eq!(Machine::read(&placeholder).unwrap().hwid(), Err(HwidError::NotUnique));
//! ```

mod board;
mod canonical;
mod compare;
mod component;
mod cpu;
mod digest;
mod enrollment;
mod error;
mod evidence;
mod factor;
mod hasher;
mod identity;
mod junk;
mod machine;
mod memory;
mod nics;
mod platform;

use core::fmt;
use core::str::FromStr;

pub use compare::{Cause, Comparison, ComponentChange, NicChanges, compare};
pub use component::Component;
pub use enrollment::{ENROLLMENT_BYTES_MAX, Enrollment, EnrollmentError};
pub use error::{HardwareError, HwidError};
pub use evidence::{Evidence, EvidenceSet, FieldName, FieldSet};
pub(crate) use identity::salt_into;
pub use identity::{COUNTED_NICS_MAX, ComponentDigest, Identity, Salt};
pub use machine::Machine;
use serde::Serialize;

use crate::decode::{Decode, Reader};
use crate::hardware::hex_value;

/// The scheme computed here.
pub const SCHEME: u8 = 0x03;
/// Length of a HWID in text form: two digits of scheme, 32 of id.
pub const HWID_TEXT_BYTES: usize = 34;

/// A Hardware ID: which scheme made it, and 16 bytes.
///
/// Its text form is 34 lower-case hex digits. Parsing accepts upper case and surrounding white
/// space, nothing else. A HWID of another scheme parses and compares, but is never computed here.
/// A HWID is no secret. Comparison takes the same time wherever the first difference is.
///
/// ```
/// use hwlicense::hwid::Hwid;
/// let hwid: Hwid = " 03AB5C00112233445566778899AABBCCDD\n".parse().unwrap();
/// assert_eq!(hwid.to_string(), "03ab5c00112233445566778899aabbccdd");
/// assert!("03ab".parse::<Hwid>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Eq, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Hwid {
    /// Scheme number; [`SCHEME`] for those computed here.
    pub scheme: u8,
    /// The id itself.
    pub bytes: [u8; 16],
}

impl Decode<'_> for Hwid {
    fn blank() -> Self {
        Self { scheme: 0, bytes: [0; 16] }
    }

    fn read(&mut self, reader: &mut Reader<'_>) {
        self.scheme = reader.byte();
        reader.fill(&mut self.bytes);
    }
}

impl PartialEq for Hwid {
    fn eq(&self, other: &Self) -> bool {
        (self.scheme == other.scheme) & same_bytes(&self.bytes, &other.bytes)
    }
}

/// Whether two ids or digests are equal, in the same time wherever the first difference is.
#[inline(never)]
pub(crate) fn same_bytes(a: &[u8; 16], b: &[u8; 16]) -> bool {
    let (a, b) = (a.as_chunks::<4>().0, b.as_chunks::<4>().0);
    a.iter().zip(b).fold(0, |difference, (a, b)| difference | (u32::from_ne_bytes(*a) ^ u32::from_ne_bytes(*b))) == 0
}

impl fmt::Display for Hwid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.text()).map_err(|_| fmt::Error)?)
    }
}

impl Hwid {
    /// The text form, for those who have no formatter: ASCII, without a terminator.
    #[must_use]
    pub fn text(&self) -> [u8; HWID_TEXT_BYTES] {
        let mut text = [0; HWID_TEXT_BYTES];
        let bytes = [self.scheme].into_iter().chain(self.bytes);
        let digits = bytes.flat_map(|byte| [byte >> 4, byte & 0x0f]);
        for (slot, digit) in text.iter_mut().zip(digits) {
            let first = if digit < 10 { b'0' } else { b'a' - 10 };
            *slot = first.wrapping_add(digit);
        }
        text
    }
}

/// The text is no HWID: it is not exactly 34 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HwidParseError;

impl fmt::Display for HwidParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a HWID is exactly 34 hexadecimal digits")
    }
}

impl core::error::Error for HwidParseError {}

impl FromStr for Hwid {
    type Err = HwidParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
        if text.len() != HWID_TEXT_BYTES {
            return Err(HwidParseError);
        }
        let mut digits = text.bytes();
        let mut byte = || {
            let high = hex_value(digits.next()?)?;
            let low = hex_value(digits.next()?)?;
            Some((high << 4) | low)
        };
        let scheme = byte().ok_or(HwidParseError)?;
        let mut bytes = [0u8; 16];
        for slot in &mut bytes {
            *slot = byte().ok_or(HwidParseError)?;
        }
        Ok(Self { scheme, bytes })
    }
}
