//! The components of a machine.

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
