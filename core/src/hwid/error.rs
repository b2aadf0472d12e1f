//! Why a machine could not be digested, and why it has no HWID.

use core::fmt;

use super::evidence::FieldSet;
use super::identity::COUNTED_NICS_MAX;
use crate::hardware::{MODULES_MAX, NICS_MAX, PLATFORM_IDS_MAX, TEXT_BYTES_MAX};

/// The descriptor breaks a bound. It is a mistake of the reader, not a property of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HardwareError {
    /// A text field is longer than [`TEXT_BYTES_MAX`]. Pass the field as the firmware gives it.
    TextTooLong,
    /// More than [`NICS_MAX`] NICs are listed. Leave out virtual ones.
    TooManyNics,
    /// More than [`COUNTED_NICS_MAX`] NICs would count. Leave out those that can be unplugged.
    TooManyCountedNics,
    /// More than [`MODULES_MAX`] memory modules are listed.
    TooManyModules,
    /// More than [`PLATFORM_IDS_MAX`] platform identifiers are listed.
    TooManyPlatformIds,
}

impl HardwareError {
    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TextTooLong => "text-too-long",
            Self::TooManyNics => "too-many-nics",
            Self::TooManyCountedNics => "too-many-counted-nics",
            Self::TooManyModules => "too-many-modules",
            Self::TooManyPlatformIds => "too-many-platform-ids",
        }
    }
}

impl fmt::Display for HardwareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TextTooLong => write!(f, "a text of the reading is longer than {TEXT_BYTES_MAX} bytes"),
            Self::TooManyNics => write!(f, "the reading lists more than {NICS_MAX} network interfaces"),
            Self::TooManyCountedNics => write!(f, "more than {COUNTED_NICS_MAX} wired network interfaces would count"),
            Self::TooManyModules => write!(f, "the reading lists more than {MODULES_MAX} memory modules"),
            Self::TooManyPlatformIds => {
                write!(f, "the reading lists more than {PLATFORM_IDS_MAX} platform identifiers")
            }
        }
    }
}

impl core::error::Error for HardwareError {}

/// Why a machine has no HWID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HwidError {
    /// Nothing that was read tells two machines of this model apart: every serial number is a
    /// placeholder and no NIC has an address of its own. Pass an identifier of the platform (SoC
    /// id, eMMC CID, secure element), give a virtual machine a UUID of its own, or ask for a
    /// generated identity.
    NotUnique,
    /// These fields exist and may not be read by this process. Read them once with the rights
    /// for it, and keep an enrolment.
    NotReadable(FieldSet),
}

impl HwidError {
    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotUnique => "not-unique",
            Self::NotReadable(_) => "not-readable",
        }
    }
}

impl fmt::Display for HwidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUnique => f.write_str("nothing on this machine tells it from another one of its model"),
            Self::NotReadable(fields) => write!(f, "these fields exist but may not be read: {fields}"),
        }
    }
}

impl core::error::Error for HwidError {}
