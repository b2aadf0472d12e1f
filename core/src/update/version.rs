//! Versions of software, in an order.

use core::fmt;
use core::str::FromStr;

use serde::Serialize;

use crate::decode::Reader;

/// Longest text of a version in bytes.
pub const VERSION_TEXT_BYTES_MAX: usize = 32;

/// A version of software. They are ordered by major, minor, patch and build.
///
/// ```
/// use hwlicense::update::Version;
/// let version: Version = "2.7.1+345".parse()?;
/// assert_eq!(version.to_string(), "V 2.7.1 (0345)");
/// assert_eq!(Version::UNKNOWN.to_string(), "V 0.0 (0000)");
/// assert!("V 2.10 (0001)".parse::<Version>()? > version);
/// # Ok::<(), hwlicense::update::VersionError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Version {
    /// What users call the version.
    pub major: u16,
    /// Grows with what is new.
    pub minor: u16,
    /// Grows with what is mended.
    pub patch: u16,
    /// Number of the build.
    pub build: u32,
}

impl Version {
    /// Of a client that never made contact: `V 0.0 (0000)`.
    pub const UNKNOWN: Self = Self { major: 0, minor: 0, patch: 0, build: 0 };

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { major: reader.u16(), minor: reader.u16(), patch: reader.u16(), build: reader.u32() }
    }
}

impl fmt::Display for Version {
    /// As administrators of recording servers know it: `V 2.7 (0345)`, with the patch if there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V {}.{}", self.major, self.minor)?;
        if self.patch > 0 {
            write!(f, ".{}", self.patch)?;
        }
        write!(f, " ({:04})", self.build)
    }
}

/// A text is no version: it is none of `2.7`, `2.7.1`, `2.7.1+345`, `V 2.7 (0345)`, `V 2.7.1 (0345)`, or a
/// number in it is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionError;

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a version: write it as 2.7, 2.7.1, 2.7.1+345 or V 2.7 (0345)")
    }
}

impl core::error::Error for VersionError {}

/// A number in decimal digits alone, without the sign that Rust's own parser takes.
fn number<N: FromStr>(text: &str) -> Result<N, VersionError> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().map_err(|_| VersionError) } else { Err(VersionError) }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        if text.len() > VERSION_TEXT_BYTES_MAX {
            return Err(VersionError);
        }
        let (numbers, build) = match text.strip_prefix("V ") {
            Some(text) => {
                let (numbers, build) = text.split_once(" (").ok_or(VersionError)?;
                (numbers, Some(build.strip_suffix(')').ok_or(VersionError)?))
            }
            None => text.split_once('+').map_or((text, None), |(numbers, build)| (numbers, Some(build))),
        };
        let mut parts = numbers.split('.');
        let mut version = Self {
            major: number(parts.next().ok_or(VersionError)?)?,
            minor: number(parts.next().ok_or(VersionError)?)?,
            ..Self::UNKNOWN
        };
        if let Some(patch) = parts.next() {
            version.patch = number(patch)?;
        }
        if let Some(build) = build {
            version.build = number(build)?;
        }
        if parts.next().is_none() { Ok(version) } else { Err(VersionError) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    extern crate alloc;
    use alloc::string::ToString as _;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(major: u16, minor: u16, patch: u16, build: u32) {
            let version = Version { major, minor, patch, build };
            prop_assert!(version.to_string().len() <= VERSION_TEXT_BYTES_MAX);
            prop_assert_eq!(version.to_string().parse(), Ok(version));
            let plain = alloc::format!("{major}.{minor}.{patch}+{build}");
            prop_assert_eq!(plain.parse(), Ok(version));
        }

        #[test]
        fn they_are_ordered_number_by_number(a: [u16; 3], b: [u16; 3], builds: [u32; 2]) {
            let of = |[major, minor, patch]: [u16; 3], build| Version { major, minor, patch, build };
            prop_assert_eq!(of(a, builds[0]).cmp(&of(b, builds[1])), (a, builds[0]).cmp(&(b, builds[1])));
        }
    }

    #[test]
    fn other_texts_are_no_versions() {
        for text in [
            "",
            "1",
            "1.",
            ".1",
            "1.2.3.4",
            "1.2+",
            "1.2+x",
            "+1.2",
            "-1.2",
            "1.+2",
            "1.2 ",
            " 1.2",
            "V1.2 (1)",
            "V 1.2",
            "V 1.2 (1",
            "V 1.2 ()",
            "V 1.2 (1) ",
            "65536.0",
            "1.65536",
            "1.2.65536",
            "1.2+4294967296",
            "1,2",
            "١.٢",
        ] {
            assert_eq!(text.parse::<Version>(), Err(VersionError), "{text:?}");
        }
        assert_eq!("00000000000000000000000000000.001".parse::<Version>(), Err(VersionError));
    }
}
