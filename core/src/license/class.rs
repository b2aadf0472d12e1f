//! Classes of licence, as the field knows them.

use core::fmt;

use serde::Serialize;

/// A class of licence. Unknown numbers survive decoding: what they allow is for newer software.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Class(pub u16);

impl Class {
    /// Time-limited, for trying out.
    pub const TRIAL: Self = Self(1);
    /// IP cameras and encoders ("professional", also "digital").
    pub const PROFESSIONAL: Self = Self(2);
    /// Analog cameras.
    pub const ANALOG: Self = Self(3);
    /// VMAX recorders.
    pub const VMAX: Self = Self(4);
    /// Analog encoders.
    pub const ANALOG_ENCODER: Self = Self(5);
    /// Cameras that run the server themselves.
    pub const EDGE: Self = Self(6);
    /// Video walls.
    pub const VIDEO_WALL: Self = Self(7);
    /// Input and output modules.
    pub const IO_MODULE: Self = Self(8);
    /// First licence of a new System; one for each System.
    pub const STARTER: Self = Self(9);
    /// Network recorders; one for each System.
    pub const NVR: Self = Self(10);
    /// Bridges to other systems.
    pub const BRIDGE: Self = Self(11);
    /// Needs nothing and grants nothing beyond itself.
    pub const FREE: Self = Self(12);
    /// First number of the range that vendors use as they like.
    pub const VENDOR_FIRST: Self = Self(0x8000);

    /// The known classes with their names.
    pub const KNOWN: [(Self, &'static str); 12] = [
        (Self::TRIAL, "trial"),
        (Self::PROFESSIONAL, "professional"),
        (Self::ANALOG, "analog"),
        (Self::VMAX, "vmax"),
        (Self::ANALOG_ENCODER, "analog-encoder"),
        (Self::EDGE, "edge"),
        (Self::VIDEO_WALL, "video-wall"),
        (Self::IO_MODULE, "io-module"),
        (Self::STARTER, "starter"),
        (Self::NVR, "nvr"),
        (Self::BRIDGE, "bridge"),
        (Self::FREE, "free"),
    ];

    /// Whether it is in the vendors' range.
    #[must_use]
    pub const fn is_vendor(self) -> bool {
        self.0 >= Self::VENDOR_FIRST.0
    }

    /// Whether this software knows what it means: a known class, or a vendor's.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.is_vendor() || matches!(self.0, 1..=12)
    }

    /// Name of a known class.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Self::KNOWN.iter().find(|(class, _)| *class == self).map(|(_, name)| *name)
    }

    /// The class with this name, or with this number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let known = Self::KNOWN.into_iter().find(|(_, name)| *name == text);
        known.map(|(class, _)| class).or_else(|| text.parse().ok().map(Self))
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.0),
        }
    }
}

/// A set of classes: one bit for each number from 1 to 31, and bit 0 for all of the vendors'.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ClassSet(pub u32);

impl ClassSet {
    /// Each class there is and will be.
    pub const ALL: Self = Self(u32::MAX);

    /// The set of these classes.
    #[must_use]
    pub fn of(classes: &[Class]) -> Self {
        Self(classes.iter().fold(0, |bits, class| bits | Self::bit(*class)))
    }

    /// Whether it holds the class.
    #[must_use]
    pub fn contains(self, class: Class) -> bool {
        self.0 & Self::bit(class) != 0
    }

    fn bit(class: Class) -> u32 {
        match class.0 {
            _ if class.is_vendor() => 1,
            number @ 1..=31 => 1u32.checked_shl(u32::from(number)).unwrap_or(0),
            _ => 0,
        }
    }
}
