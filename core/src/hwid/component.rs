//! The components of a machine, and the factors that an enrolment remembers one by one.

use core::fmt;

use super::evidence::{Evidence, EvidenceSet};

/// A component of a machine. The numbers are part of scheme 03 and of the licence format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Component {
    /// Motherboard and system: UUID and serial numbers.
    Board = 1,
    /// Processor.
    Cpu = 2,
    /// Memory.
    Memory = 3,
    /// Network interfaces.
    Nic = 4,
    /// Identifiers of the platform.
    Platform = 5,
}

impl Component {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Board, Self::Cpu, Self::Memory, Self::Nic, Self::Platform];

    /// Stable name, as it appears in JSON and in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Board => "board",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Nic => "nic",
            Self::Platform => "platform",
        }
    }

    /// The component with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|component| component.number() == number)
    }

    /// Its number in scheme 03.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Board => 1,
            Self::Cpu => 2,
            Self::Memory => 3,
            Self::Nic => 4,
            Self::Platform => 5,
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A part of a component that enrolment remembers by itself. The numbers are part of scheme 03.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Factor {
    BoardModel = 1,
    BoardSerial = 2,
    SystemSerial = 3,
    SystemUuid = 4,
    CpuModel = 5,
    CpuSerial = 6,
    Memory = 7,
    Platform = 8,
}

impl Factor {
    pub(super) const COUNT: usize = 8;
    pub(super) const ALL: [Self; Self::COUNT] = [
        Self::BoardModel,
        Self::BoardSerial,
        Self::SystemSerial,
        Self::SystemUuid,
        Self::CpuModel,
        Self::CpuSerial,
        Self::Memory,
        Self::Platform,
    ];

    pub(super) const fn number(self) -> u8 {
        match self {
            Self::BoardModel => 1,
            Self::BoardSerial => 2,
            Self::SystemSerial => 3,
            Self::SystemUuid => 4,
            Self::CpuModel => 5,
            Self::CpuSerial => 6,
            Self::Memory => 7,
            Self::Platform => 8,
        }
    }

    pub(super) const fn component(self) -> Component {
        match self {
            Self::BoardModel | Self::BoardSerial | Self::SystemSerial | Self::SystemUuid => Component::Board,
            Self::CpuModel | Self::CpuSerial => Component::Cpu,
            Self::Memory => Component::Memory,
            Self::Platform => Component::Platform,
        }
    }
}

/// Whether the evidence holds something unique that belongs to the component.
pub(super) fn is_unique_by(evidence: EvidenceSet, component: Component) -> bool {
    let has = |member| evidence.contains(member);
    match component {
        Component::Board => has(Evidence::SystemUuid) || has(Evidence::SystemSerial) || has(Evidence::BoardSerial),
        Component::Cpu => has(Evidence::CpuSerial),
        Component::Memory => false,
        Component::Nic => has(Evidence::Mac) || has(Evidence::WirelessMac),
        Component::Platform => has(Evidence::PlatformId) || has(Evidence::Generated),
    }
}
