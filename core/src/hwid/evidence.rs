//! What a HWID rests on, and which fields were missing: two small sets with names.

use core::fmt;

/// Defines an enum of named bits and the set of them.
macro_rules! named_set {
    (
        $(#[$enum_doc:meta])* $name:ident,
        $(#[$set_doc:meta])* $set:ident($bits:ty),
        { $( $(#[$doc:meta])* $variant:ident = $bit:literal, $text:literal; )* }
    ) => {
        $(#[$enum_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[repr(u8)]
        pub enum $name {
            $( $(#[$doc])* $variant = $bit, )*
        }

        impl $name {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )*];

            /// Stable name, as it appears in JSON and in messages.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $text, )* }
            }

            const fn bit(self) -> $bits {
                match self { $( Self::$variant => 1 << $bit, )* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        $(#[$set_doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $set($bits);

        impl $set {
            /// The empty set.
            pub const EMPTY: Self = Self(0);

            /// The set with one more member.
            #[must_use]
            pub const fn with(self, member: $name) -> Self {
                Self(self.0 | member.bit())
            }

            /// Everything that is in one of the two.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Whether it holds the member.
            #[must_use]
            pub const fn contains(self, member: $name) -> bool {
                self.0 & member.bit() != 0
            }

            /// Whether it holds nothing.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The members, in the order of their numbers.
            pub fn iter(self) -> impl Iterator<Item = $name> {
                $name::ALL.iter().copied().filter(move |member| self.contains(*member))
            }

            /// The set as a number: one bit for each member.
            #[must_use]
            pub const fn bits(self) -> $bits {
                self.0
            }

            /// The set with these bits; bits without a member are dropped.
            #[must_use]
            pub const fn from_bits(bits: $bits) -> Self {
                Self(bits & (0 $( | 1 << $bit )*))
            }
        }

        impl fmt::Display for $set {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for (index, member) in self.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    f.write_str(member.name())?;
                }
                Ok(())
            }
        }
    };
}

named_set! {
    /// One piece of evidence behind a HWID.
    Evidence,
    /// What a HWID rests on.
    EvidenceSet(u16),
    {
        /// The system's UUID.
        SystemUuid = 0, "system-uuid";
        /// The system's serial number.
        SystemSerial = 1, "system-serial";
        /// The motherboard's serial number.
        BoardSerial = 2, "board-serial";
        /// The processor's serial number (ARM).
        CpuSerial = 3, "cpu-serial";
        /// At least one universally administered MAC address of a wired NIC.
        Mac = 4, "mac";
        /// A universally administered MAC of a wireless NIC, on a machine with nothing else.
        WirelessMac = 5, "wireless-mac";
        /// An identifier of the platform: SoC, fuses, TPM, secure element, eMMC.
        PlatformId = 6, "platform-id";
        /// An identity made by software and kept in a file. It moves when the file is copied.
        Generated = 7, "generated";
        /// A MAC address that a hypervisor assigned. Supports, but never stands alone.
        HypervisorMac = 8, "hypervisor-mac";
        /// The machine is virtual: a copy of it has the same hardware until something rewrites it.
        VirtualMachine = 9, "virtual-machine";
        /// The reading was made in a container: the hardware is its host's.
        Container = 10, "container";
        /// An enrolment stood in for fields that could not be read now.
        Enrollment = 11, "enrollment";
    }
}

impl EvidenceSet {
    /// Whether anything here tells two machines of one model apart.
    #[must_use]
    pub fn is_unique(self) -> bool {
        const UNIQUE: EvidenceSet = EvidenceSet::EMPTY
            .with(Evidence::SystemUuid)
            .with(Evidence::SystemSerial)
            .with(Evidence::BoardSerial)
            .with(Evidence::CpuSerial)
            .with(Evidence::Mac)
            .with(Evidence::WirelessMac)
            .with(Evidence::PlatformId)
            .with(Evidence::Generated);
        self.0 & UNIQUE.0 != 0
    }
}

named_set! {
    /// A field of a descriptor that a HWID needs.
    FieldName,
    /// Fields that exist and could not be read.
    FieldSet(u16),
    {
        /// [`Board::vendor`](crate::hardware::Board::vendor).
        BoardVendor = 0, "board.vendor";
        /// [`Board::product`](crate::hardware::Board::product).
        BoardProduct = 1, "board.product";
        /// [`Board::serial`](crate::hardware::Board::serial).
        BoardSerial = 2, "board.serial";
        /// [`Board::system_vendor`](crate::hardware::Board::system_vendor).
        SystemVendor = 3, "board.system_vendor";
        /// [`Board::system_product`](crate::hardware::Board::system_product).
        SystemProduct = 4, "board.system_product";
        /// [`Board::system_serial`](crate::hardware::Board::system_serial).
        SystemSerial = 5, "board.system_serial";
        /// [`Board::system_uuid`](crate::hardware::Board::system_uuid).
        SystemUuid = 6, "board.system_uuid";
        /// [`Cpu::signature`](crate::hardware::Cpu::signature).
        CpuSignature = 7, "cpu.signature";
        /// [`Cpu::serial`](crate::hardware::Cpu::serial).
        CpuSerial = 8, "cpu.serial";
        /// [`Memory::total_bytes`](crate::hardware::Memory::total_bytes).
        MemoryTotal = 9, "memory.total_bytes";
        /// [`Memory::modules`](crate::hardware::Memory::modules), or a field of one of them.
        MemoryModules = 10, "memory.modules";
        /// [`Descriptor::nics`](crate::hardware::Descriptor::nics), or a MAC address of one of them.
        Nics = 11, "nics";
        /// [`Descriptor::platform_ids`](crate::hardware::Descriptor::platform_ids).
        PlatformIds = 12, "platform_ids";
    }
}

impl FieldSet {
    /// The set without the members of another.
    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_keep_what_they_are_given() {
        let set = EvidenceSet::EMPTY.with(Evidence::Mac).with(Evidence::VirtualMachine);
        assert!(set.contains(Evidence::Mac) && !set.contains(Evidence::Generated));
        assert_eq!(set.to_string(), "mac, virtual-machine");
        assert_eq!(EvidenceSet::from_bits(set.bits() | 0x8000), set);
        assert!(set.is_unique());
        assert!(!EvidenceSet::EMPTY.with(Evidence::HypervisorMac).is_unique());
    }
}
