//! Values that a System file holds as text: ids, times, and the words for states.

use core::str::FromStr;

use hwlicense::hwid::{Component, Hwid};
use hwlicense::license::{Class, LicenseKey, Reason};
use hwlicense::system::{Channel, DeviceId, Policy, Priority, Scope, ServerId};
use hwlicense::time::UnixSeconds;
use hwlicense_probe::HexBytes;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock;

/// Longest name in bytes.
const NAME_BYTES_MAX: usize = 256;

/// A value that is written as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Text<T>(pub(super) T);

/// How a value is written as text, and read.
pub(super) trait Written: Sized {
    /// The value, or what should have been written.
    fn read(text: &str) -> Result<Self, String>;
    fn write(&self) -> String;
}

impl<'de, T: Written> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::read(&text).map(Self).map_err(D::Error::custom)
    }
}

impl<T: Written> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.write())
    }
}

/// Names, and references to what has one.
impl Written for String {
    fn read(text: &str) -> Result<Self, String> {
        if text.len() > NAME_BYTES_MAX {
            return Err(format!("write at most {NAME_BYTES_MAX} bytes"));
        }
        if text.contains(char::is_control) {
            return Err("write it without control characters".to_owned());
        }
        Ok(text.to_owned())
    }

    fn write(&self) -> String {
        self.clone()
    }
}

/// The 16 bytes of a UUID (RFC 9562, 4), of which only the form is looked at.
pub(super) fn uuid(text: &str) -> Option<[u8; 16]> {
    let groups: Vec<&str> = text.split('-').collect();
    if !groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) {
        return None;
    }
    HexBytes::parse(&groups.concat())?.0.try_into().ok()
}

fn read_uuid(text: &str) -> Result<[u8; 16], String> {
    uuid(text).ok_or_else(|| format!("`{text}` is no UUID as 0191c3a2-7d10-7000-8000-000000000001"))
}

impl Written for ServerId {
    fn read(text: &str) -> Result<Self, String> {
        read_uuid(text).map(Self)
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Written for DeviceId {
    fn read(text: &str) -> Result<Self, String> {
        read_uuid(text).map(Self)
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Written for Hwid {
    fn read(text: &str) -> Result<Self, String> {
        Self::from_str(text).map_err(|error| format!("`{text}`: {error}"))
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Written for LicenseKey {
    fn read(text: &str) -> Result<Self, String> {
        Self::from_str(text).map_err(|error| format!("`{text}`: {error}"))
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Written for UnixSeconds {
    fn read(text: &str) -> Result<Self, String> {
        clock::parse(text).map_err(|help| format!("`{text}` is no time: {help}"))
    }

    fn write(&self) -> String {
        clock::show(*self)
    }
}

impl Written for Class {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).filter(|class| class.is_known()).ok_or_else(|| {
            let known: Vec<&str> = Self::KNOWN.iter().map(|(_, name)| *name).collect();
            format!("there is no class `{text}`; use one of: {}, or a vendor's number from 32768", known.join(", "))
        })
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

/// SHA-256 of signed bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Digest(pub(super) [u8; 32]);

impl Written for Digest {
    fn read(text: &str) -> Result<Self, String> {
        let bytes = HexBytes::parse(text).and_then(|bytes| bytes.0.try_into().ok());
        bytes.map(Self).ok_or_else(|| "write the 64 hexadecimal digits of a SHA-256".to_owned())
    }

    fn write(&self) -> String {
        HexBytes(self.0.to_vec()).to_string()
    }
}

/// Whether a server can be heard; since when stands beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    #[default]
    Online,
    Offline,
    Removed,
}

/// Values of which each has one word.
pub(super) trait Words: Copy + PartialEq + 'static {
    const WORDS: &'static [(Self, &'static str)];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(value, _)| *value == self).map_or("", |(_, word)| *word)
    }
}

impl<T: Words> Written for T {
    fn read(text: &str) -> Result<Self, String> {
        T::WORDS.iter().find(|(_, word)| *word == text).map(|(value, _)| *value).ok_or_else(|| {
            let words: Vec<&str> = T::WORDS.iter().map(|(_, word)| *word).collect();
            format!("`{text}` is none of: {}", words.join(", "))
        })
    }

    fn write(&self) -> String {
        self.word().to_owned()
    }
}

impl Words for State {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Online, "online"), (Self::Offline, "offline"), (Self::Removed, "removed")];
}

impl Words for Channel {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::None, "none"), (Self::Local, "local"), (Self::Agreed, "agreed")];
}

impl Words for Policy {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::KeepRecording, "keep-recording"), (Self::Majority, "majority")];
}

impl Words for Scope {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Anywhere, "anywhere"), (Self::SameLocation, "same-location")];
}

impl Words for Priority {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::High, "high"), (Self::Medium, "medium"), (Self::Low, "low"), (Self::Never, "never")];
}

impl Words for Component {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Board, Self::Board.name()),
        (Self::Cpu, Self::Cpu.name()),
        (Self::Memory, Self::Memory.name()),
        (Self::Nic, Self::Nic.name()),
        (Self::Platform, Self::Platform.name()),
    ];
}

impl Written for Reason {
    fn read(text: &str) -> Result<Self, String> {
        Self::ALL.iter().find(|reason| reason.code() == text).copied().ok_or_else(|| {
            let codes: Vec<&str> = Self::ALL.iter().map(|reason| reason.code()).collect();
            format!("`{text}` is none of: {}", codes.join(", "))
        })
    }

    fn write(&self) -> String {
        self.code().to_owned()
    }
}
