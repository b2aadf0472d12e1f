//! What a machine is made of, exactly as the caller read it.
//!
//! Nothing here is cleaned or judged; that is the work of [`crate::hwid`]. The one distinction
//! that every reader must make is between a field that the machine does not have
//! ([`Field::Absent`]) and one that it has and this process may not read
//! ([`Field::Unreadable`]): hashing the second as if it were the first is how one machine gets
//! two identities, one for its administrator and one for everybody else.

use core::fmt;

/// Most NICs a descriptor may list, virtual ones included.
pub const NICS_MAX: usize = 4096;
/// Most memory modules a descriptor may list.
pub const MODULES_MAX: usize = 1024;
/// Most platform identifiers a descriptor may list.
pub const PLATFORM_IDS_MAX: usize = 16;
/// Longest text field accepted, in bytes as read. SMBIOS strings are shorter than 256 bytes.
pub const TEXT_BYTES_MAX: usize = 1024;

/// One field of a reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Field<T> {
    /// The machine does not have it, or its source says nothing of it.
    #[default]
    Absent,
    /// The machine has it, and this process may not read it. Never hashed as if absent.
    Unreadable,
    /// What was read, untouched.
    Read(T),
}

impl<T> Field<T> {
    /// The value, if it was read.
    pub fn read(self) -> Option<T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Absent | Self::Unreadable => None,
        }
    }

    /// The same field with its value borrowed.
    pub const fn as_ref(&self) -> Field<&T> {
        match self {
            Self::Absent => Field::Absent,
            Self::Unreadable => Field::Unreadable,
            Self::Read(value) => Field::Read(value),
        }
    }

    /// The same field with its value converted; absent and unreadable stay what they are.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Unreadable => Field::Unreadable,
            Self::Read(value) => Field::Read(convert(value)),
        }
    }
}

/// A list of a reading, in any order: a slice of the caller's, or rows that the caller makes when
/// they are asked for, from structures of its own.
///
/// The second costs neither an allocation nor a copy of the list, which is what a caller in
/// another language needs. Because of it the lifetime of rows, and so of a [`Descriptor`], does
/// not shorten by itself: take a descriptor as `&Descriptor<'_>`, never as `&'a Descriptor<'a>`.
///
/// ```
/// use hwlicense::hardware::{Module, Rows};
///
/// let modules = [Module { size_bytes: 1 << 30, ..Module::default() }; 2];
/// let held = Rows::held(&modules);
///
/// let sizes_mib = [1024_u64, 1024];
/// let make = |index: usize| sizes_mib.get(index).map(|mib| Module { size_bytes: mib << 20, ..Module::default() });
/// assert_eq!(Rows::lent(sizes_mib.len(), &make), held);
/// ```
#[derive(Clone, Copy)]
pub struct Rows<'a, T>(Source<'a, T>);

#[derive(Clone, Copy)]
enum Source<'a, T> {
    Held(&'a [T]),
    Lent { count: usize, rows: &'a dyn Lend<T> },
}

/// Who makes rows when they are asked for: any `Fn(usize) -> Option<T>`.
pub trait Lend<T> {
    /// The row with this index.
    fn row(&self, index: usize) -> Option<T>;
}

impl<T, F: Fn(usize) -> Option<T>> Lend<T> for F {
    fn row(&self, index: usize) -> Option<T> {
        self(index)
    }
}

impl<'a, T> Rows<'a, T> {
    /// The rows of a slice.
    #[must_use]
    pub const fn held(rows: &'a [T]) -> Self {
        Self(Source::Held(rows))
    }

    /// Rows that are made when asked for: `rows` is given each index below `count`, more than once,
    /// and must answer alike each time. A row that it does not give is passed over.
    #[must_use]
    pub const fn lent(count: usize, rows: &'a dyn Lend<T>) -> Self {
        Self(Source::Lent { count, rows })
    }

    /// How many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            Source::Held(rows) => rows.len(),
            Source::Lent { count, .. } => count,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a, T: Copy> Rows<'a, T> {
    /// The rows, one after the other.
    pub fn iter(self) -> impl Iterator<Item = T> + Clone + 'a {
        (0..self.len()).filter_map(move |index| self.row(index))
    }

    /// One row. All loops over rows of a kind share it in flash.
    #[inline(never)]
    pub(crate) fn row(&self, index: usize) -> Option<T> {
        match self.0 {
            Source::Held(rows) => rows.get(index).copied(),
            Source::Lent { rows, .. } => rows.row(index),
        }
    }
}

/// No rows.
impl<T> Default for Rows<'_, T> {
    fn default() -> Self {
        Self::held(&[])
    }
}

impl<'a, T> From<&'a [T]> for Rows<'a, T> {
    fn from(rows: &'a [T]) -> Self {
        Self::held(rows)
    }
}

impl<'a, T, const N: usize> From<&'a [T; N]> for Rows<'a, T> {
    fn from(rows: &'a [T; N]) -> Self {
        Self::held(rows)
    }
}

/// Row by row, wherever they come from.
impl<T: Copy + PartialEq> PartialEq for Rows<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Copy + Eq> Eq for Rows<'_, T> {}

impl<T: Copy + fmt::Debug> fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A text field: bytes as the firmware or the system gave them, in no particular encoding.
pub type Text<'a> = Field<&'a [u8]>;

impl<'a> From<&'a str> for Field<&'a [u8]> {
    fn from(text: &'a str) -> Self {
        Self::Read(text.as_bytes())
    }
}

impl<'a> From<Option<&'a str>> for Field<&'a [u8]> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Absent, Self::from)
    }
}

/// A 48-bit MAC address (IEEE 802), first transmitted byte first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

/// A log shows only whose address it is: the vendor's three bytes.
#[cfg(feature = "defmt")]
impl defmt::Format for Mac {
    fn format(&self, f: defmt::Formatter<'_>) {
        let [a, b, c, ..] = self.0;
        defmt::write!(f, "Mac({=u8:02x}:{=u8:02x}:{=u8:02x}:..)", a, b, c);
    }
}

impl Mac {
    /// Reads twelve hex digits of either case, separated by `:`, `-`, `.` or nothing.
    ///
    /// Longer link addresses (InfiniBand has 20 bytes) are no MAC and give `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse_hex(text, |byte| matches!(byte, b':' | b'-' | b'.')).map(Self)
    }
}

/// A 128-bit UUID in either of the two byte orders that SMBIOS tools print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uuid(pub [u8; 16]);

/// A log shows only how a UUID begins.
#[cfg(feature = "defmt")]
impl defmt::Format for Uuid {
    fn format(&self, f: defmt::Formatter<'_>) {
        let [a, b, ..] = self.0;
        defmt::write!(f, "Uuid({=u8:02x}{=u8:02x}..)", a, b);
    }
}

impl Uuid {
    /// Reads 32 hex digits of either case; hyphens and surrounding braces are passed over.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse_hex(text, |byte| matches!(byte, b'-' | b'{' | b'}')).map(Self)
    }
}

/// Exactly `N` bytes of hex digits, with the given separators allowed between them.
fn parse_hex<const N: usize>(text: &str, separator: impl Fn(u8) -> bool) -> Option<[u8; N]> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let mut digits = text.trim().bytes().filter(|&byte| !separator(byte));
    let mut bytes = [0u8; N];
    for byte in &mut bytes {
        let high = hex_value(digits.next()?)?;
        let low = hex_value(digits.next()?)?;
        *byte = (high << 4) | low;
    }
    digits.next().is_none().then_some(bytes)
}

/// The value of one hex digit of either case.
pub(crate) fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => digit.checked_sub(b'0'),
        b'a'..=b'f' => digit.checked_sub(b'a' - 10),
        b'A'..=b'F' => digit.checked_sub(b'A' - 10),
        _ => None,
    }
}

/// Motherboard and system, as in SMBIOS type 2 (`board`) and type 1 (`system`).
///
/// On a machine without SMBIOS, the device tree's `serial-number` goes into `serial` and its
/// `model` into `product`. There is no chassis serial: the sleds of a blade chassis share it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Board<'a> {
    /// Maker of the board.
    pub vendor: Text<'a>,
    /// Product name of the board.
    pub product: Text<'a>,
    /// Revision of the board. For people; firmware updates rewrite it, so it is not hashed.
    pub version: Text<'a>,
    /// Serial number of the board.
    pub serial: Text<'a>,
    /// Maker of the system.
    pub system_vendor: Text<'a>,
    /// Product name of the system.
    pub system_product: Text<'a>,
    /// Revision of the system. For people, not hashed.
    pub system_version: Text<'a>,
    /// Serial number of the system (a service tag, for some makers).
    pub system_serial: Text<'a>,
    /// UUID of the system, in either byte order.
    pub system_uuid: Field<Uuid>,
}

/// Processor. With several sockets, the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cpu<'a> {
    /// Maker. For people: SMBIOS and CPUID spell it differently, so it is not hashed.
    pub vendor: Text<'a>,
    /// Model name. For people, not hashed.
    pub model: Text<'a>,
    /// The processor's own id register: CPUID leaf 1 EAX on x86, MIDR or `SCB->CPUID` on ARM.
    pub signature: Field<u32>,
    /// Serial number; ARM systems on chip have one, x86 has not.
    pub serial: Text<'a>,
}

/// One memory module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Module<'a> {
    /// Part number.
    pub part: Text<'a>,
    /// Serial number. Serials repeat across machines, so they never count as unique.
    pub serial: Text<'a>,
    /// Size in bytes; 0 is an empty slot, which is passed over.
    pub size_bytes: u64,
}

/// Memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory<'a> {
    /// Total in bytes. Counts only where no module is known, and then only as a size class.
    pub total_bytes: Field<u64>,
    /// The modules, in any order.
    pub modules: Field<Rows<'a, Module<'a>>>,
}

/// What kind of network interface this is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NicClass {
    /// Wired, on the board or on an internal bus.
    Physical,
    /// Behind USB: it can be carried to another machine.
    Usb,
    /// Wireless.
    Wireless,
    /// Bridge, tunnel, VLAN, container or hypervisor end point, loopback.
    #[default]
    Virtual,
    /// Bond or team made of other NICs.
    Aggregate,
}

/// Whether a NIC belongs to an aggregate that may have rewritten its current MAC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NicMembership {
    /// It stands alone.
    #[default]
    Independent,
    /// It is a member of a bond or team.
    Enslaved,
}

/// One network interface. Its name and its link state are no part of it: both change by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nic<'a> {
    /// Identity on its bus (`0000:02:00.0`). For people, not hashed: slots are renumbered.
    pub bus: Text<'a>,
    /// Driver. For people, not hashed.
    pub driver: Text<'a>,
    /// The address burnt into the NIC.
    pub permanent_mac: Field<Mac>,
    /// The address in use now.
    pub current_mac: Field<Mac>,
    /// Kind of interface.
    pub class: NicClass,
    /// Whether it is part of an aggregate.
    pub membership: NicMembership,
}

/// Where a platform identifier comes from. The numbers are part of scheme 03.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum PlatformIdSource {
    /// Unique id of the system on chip.
    Soc = 1,
    /// One-time programmable fuses.
    EFuse = 2,
    /// Digest of a TPM's endorsement key.
    Tpm = 3,
    /// Serial of a secure element.
    SecureElement = 4,
    /// CID register of a soldered eMMC. Never that of a removable card.
    EmmcCid = 5,
    /// Made by software and kept in a file, for machines that have nothing else. Always marked.
    Generated = 255,
}

/// An identifier that the maker of the platform provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlatformId<'a> {
    /// Its source.
    pub source: PlatformIdSource,
    /// Its bytes, as they are (no text rules apply).
    pub bytes: Field<&'a [u8]>,
}

/// What the reader found out about the machine as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum MachineKind {
    /// Nothing is known.
    #[default]
    Unknown,
    /// Real hardware.
    Physical,
    /// A virtual machine.
    VirtualMachine,
    /// A container; what it reads belongs to its host.
    Container,
}

/// A whole machine. Every part may be absent; [`Default`] is a machine of which nothing is known.
///
/// ```
/// use hwlicense::hardware::{Board, Descriptor, Field, Mac, Nic, NicClass, Rows};
///
/// let nics = [Nic {
///     class: NicClass::Physical,
///     permanent_mac: Field::Read(Mac([0x00, 0x40, 0x8c, 0x12, 0x34, 0x56])),
///     ..Nic::default()
/// }];
/// let camera = Descriptor {
///     board: Board { product: "Q3536-LVE".into(), serial: "B8A44F123456".into(), ..Board::default() },
///     nics: Field::Read(Rows::held(&nics)),
///     ..Descriptor::default()
/// };
/// assert_eq!(camera.nics.read().map(|nics| nics.len()), Some(1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Descriptor<'a> {
    /// Kind of machine. Shown in the evidence. The processor of a virtual machine is its host's, so
    /// its signature does not count there; nothing else depends on the kind.
    pub kind: MachineKind,
    /// Motherboard and system.
    pub board: Board<'a>,
    /// Processor.
    pub cpu: Cpu<'a>,
    /// Memory.
    pub memory: Memory<'a>,
    /// Network interfaces, in any order.
    pub nics: Field<Rows<'a, Nic<'a>>>,
    /// Identifiers of the platform, in any order.
    pub platform_ids: Rows<'a, PlatformId<'a>>,
}
