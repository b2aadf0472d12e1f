//! A machine as C describes it, and its conversion row by row, without copies of the lists.

use core::mem::offset_of;

use hwlicense::hardware::{
    Descriptor, Field, MODULES_MAX, Mac, MachineKind, Module, NICS_MAX, Nic, NicClass, NicMembership, PLATFORM_IDS_MAX,
    PlatformId, PlatformIdSource, Rows, TEXT_BYTES_MAX, Text, Uuid,
};

use crate::ptr::{self, Plain, Range, Sized32, is_zero};
use crate::status::{
    Failure, HWL_E_SIZE, HWL_E_TEXT_TOO_LONG, HWL_E_TOO_MANY_MODULES, HWL_E_TOO_MANY_NICS, HWL_E_TOO_MANY_PLATFORM_IDS,
    HWL_E_VALUE, Outcome,
};
use crate::types::{HWL_ABSENT, HWL_READ, HWL_UNREADABLE, hwl_text};

/// Longest text of a descriptor in bytes.
pub const HWL_TEXT_BYTES_MAX: usize = 1024;
/// Most network interfaces that a descriptor may list.
pub const HWL_NICS_MAX: usize = 4096;
/// Most network interfaces that count.
pub const HWL_COUNTED_NICS_MAX: usize = 32;
/// Most memory modules that a descriptor may list.
pub const HWL_MODULES_MAX: usize = 1024;
/// Most platform identifiers that a descriptor may list.
pub const HWL_PLATFORM_IDS_MAX: usize = 16;

const _: () = {
    assert!(HWL_TEXT_BYTES_MAX == TEXT_BYTES_MAX && HWL_NICS_MAX == NICS_MAX && HWL_MODULES_MAX == MODULES_MAX);
    assert!(HWL_PLATFORM_IDS_MAX == PLATFORM_IDS_MAX && HWL_COUNTED_NICS_MAX == hwlicense::hwid::COUNTED_NICS_MAX);
};

/// Nothing is known of the kind of machine.
pub const HWL_MACHINE_UNKNOWN: u32 = 0;
/// Real hardware.
pub const HWL_MACHINE_PHYSICAL: u32 = 1;
/// A virtual machine.
pub const HWL_MACHINE_VIRTUAL: u32 = 2;
/// A container; what it reads belongs to its host.
pub const HWL_MACHINE_CONTAINER: u32 = 3;

/// Bridge, tunnel, VLAN, container end point or loopback. It never counts.
pub const HWL_NIC_VIRTUAL: u32 = 0;
/// Wired, on the board or on an internal bus.
pub const HWL_NIC_PHYSICAL: u32 = 1;
/// Behind USB: it can be carried to another machine.
pub const HWL_NIC_USB: u32 = 2;
/// Wireless.
pub const HWL_NIC_WIRELESS: u32 = 3;
/// Bond or team made of other NICs.
pub const HWL_NIC_AGGREGATE: u32 = 4;

/// The NIC stands alone.
pub const HWL_NIC_INDEPENDENT: u32 = 0;
/// The NIC is a member of a bond or team, which may have rewritten its current MAC.
pub const HWL_NIC_ENSLAVED: u32 = 1;

/// Unique id of the system on chip.
pub const HWL_SOURCE_SOC: u32 = 1;
/// One-time programmable fuses.
pub const HWL_SOURCE_EFUSE: u32 = 2;
/// Digest of the endorsement key of a TPM.
pub const HWL_SOURCE_TPM: u32 = 3;
/// Serial number of a secure element.
pub const HWL_SOURCE_SECURE_ELEMENT: u32 = 4;
/// CID register of a soldered eMMC, never of a removable card.
pub const HWL_SOURCE_EMMC_CID: u32 = 5;
/// Made by software and kept in a file, for machines that have nothing else. Always marked.
pub const HWL_SOURCE_GENERATED: u32 = 255;

/// One network interface. Plain memory; all zero is one that does not count.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_nic {
    /// Identity on its bus. For people; it does not count.
    pub bus: hwl_text,
    /// Driver. For people; it does not count.
    pub driver: hwl_text,
    /// One of the HWL_NIC_ kinds.
    pub kind: u32,
    /// HWL_NIC_INDEPENDENT or HWL_NIC_ENSLAVED.
    pub membership: u32,
    /// State of the burnt-in address.
    pub permanent_mac_state: u32,
    /// State of the address in use now.
    pub current_mac_state: u32,
    /// The burnt-in address, first transmitted byte first.
    pub permanent_mac: [u8; 6],
    /// The address in use now.
    pub current_mac: [u8; 6],
    /// Must be zero.
    pub reserved: u32,
}

/// One memory module. Plain memory; all zero is an empty slot.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_module {
    /// Size in bytes; 0 is an empty slot, which is passed over.
    pub size_bytes: u64,
    /// Part number.
    pub part: hwl_text,
    /// Serial number.
    pub serial: hwl_text,
}

/// An identifier that the maker of the platform provides. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_platform_id {
    /// Its bytes, as they are.
    pub id: hwl_text,
    /// One of the HWL_SOURCE_ numbers.
    pub source: u32,
    /// Must be zero.
    pub reserved: u32,
}

/// A whole machine, exactly as the program read it. Plain memory.
///
/// Zero it, set struct_size, fill in what was read and set the state of each such field to
/// HWL_READ: all that is zero is absent. A value without its state is HWL_E_VALUE, so that none
/// is lost by forgetting it. Texts and lists stay the program's; they are read during the call
/// only.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_descriptor {
    /// sizeof(hwl_descriptor).
    pub struct_size: u32,
    /// One of the HWL_MACHINE_ kinds.
    pub machine_kind: u32,
    /// Memory in total. It counts only where no module is known, and then only roughly.
    pub memory_total_bytes: u64,
    /// State of the total.
    pub memory_total_state: u32,
    /// The id register of the processor: CPUID leaf 1 EAX on x86, MIDR or SCB->CPUID on ARM.
    pub cpu_signature: u32,
    /// State of the id register.
    pub cpu_signature_state: u32,
    /// State of the UUID.
    pub system_uuid_state: u32,
    /// UUID of the system, in either of the two byte orders that tools print.
    pub system_uuid: [u8; 16],
    /// Maker of the board.
    pub board_vendor: hwl_text,
    /// Product name of the board.
    pub board_product: hwl_text,
    /// Revision of the board. For people; it does not count.
    pub board_version: hwl_text,
    /// Serial number of the board.
    pub board_serial: hwl_text,
    /// Maker of the system.
    pub system_vendor: hwl_text,
    /// Product name of the system.
    pub system_product: hwl_text,
    /// Revision of the system. For people; it does not count.
    pub system_version: hwl_text,
    /// Serial number of the system.
    pub system_serial: hwl_text,
    /// Maker of the processor. For people; it does not count.
    pub cpu_vendor: hwl_text,
    /// Model of the processor. For people; it does not count.
    pub cpu_model: hwl_text,
    /// Serial number of the processor.
    pub cpu_serial: hwl_text,
    /// The memory modules, in any order.
    pub modules: *const hwl_module,
    /// How many there are.
    pub module_count: u32,
    /// sizeof(hwl_module); needed when there is one.
    pub module_size: u32,
    /// State of the list of modules.
    pub modules_state: u32,
    /// State of the list of network interfaces.
    pub nics_state: u32,
    /// The network interfaces, in any order.
    pub nics: *const hwl_nic,
    /// How many there are.
    pub nic_count: u32,
    /// sizeof(hwl_nic); needed when there is one.
    pub nic_size: u32,
    /// Identifiers of the platform, in any order.
    pub platform_ids: *const hwl_platform_id,
    /// How many there are.
    pub platform_id_count: u32,
    /// sizeof(hwl_platform_id); needed when there is one.
    pub platform_id_size: u32,
}

// SAFETY: integers, pointers and arrays of them, in an order without padding on 32 and 64 bit.
unsafe impl Plain for hwl_nic {}
// SAFETY: as above.
unsafe impl Plain for hwl_module {}
// SAFETY: as above.
unsafe impl Plain for hwl_platform_id {}
// SAFETY: as above.
unsafe impl Plain for hwl_descriptor {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_descriptor {
    const BYTES_MIN: usize = 8;
}

/// Largest row that is believed.
const ROW_BYTES_MAX: usize = 1024;

/// A count as this target counts; what is beyond it is beyond every limit.
pub(crate) fn to_usize(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// That a value has a state, and is zero unless it was read.
#[inline(never)]
fn check_state(state: u32, is_zero: bool) -> Outcome {
    let is_good = state == HWL_READ || (is_zero && (state == HWL_ABSENT || state == HWL_UNREADABLE));
    if is_good { Ok(()) } else { Err(Failure::of(HWL_E_VALUE)) }
}

/// A value whose state was checked.
fn field<T>(state: u32, value: T) -> Field<T> {
    match state {
        HWL_READ => Field::Read(value),
        HWL_UNREADABLE => Field::Unreadable,
        _ => Field::Absent,
    }
}

/// That a text can be one.
#[inline(never)]
pub(crate) fn check_text(text: &hwl_text) -> Outcome {
    let length = to_usize(text.length);
    if length > TEXT_BYTES_MAX {
        return Err(Failure::of(HWL_E_TEXT_TOO_LONG));
    }
    ptr::check_buffer(text.bytes, length)?;
    check_state(text.state, length == 0)
}

/// A text that was checked.
///
/// # Safety
/// Its bytes are readable and unchanged during `'a`.
#[inline(never)]
unsafe fn checked<'a>(text: &hwl_text) -> Text<'a> {
    // SAFETY: as this function's own contract.
    field(text.state, unsafe { ptr::checked_bytes(text.bytes, to_usize(text.length)) })
}

/// Puts a text that was checked into its place.
///
/// # Safety
/// As [`checked`].
#[inline(never)]
unsafe fn put_checked<'a>(into: &mut Text<'a>, text: &hwl_text) {
    // SAFETY: as this function's own contract.
    *into = unsafe { checked(text) };
}

/// A text of the caller. Inlined: as a function of its own it costs a firmware without a client more.
///
/// # Safety
/// If the checks pass, its bytes are readable and unchanged during `'a`.
#[inline(always)]
pub(crate) unsafe fn text<'a>(text: &hwl_text) -> Result<Text<'a>, Failure> {
    check_text(text)?;
    // SAFETY: as this function's own contract.
    Ok(unsafe { checked(text) })
}

/// A struct of C that is a row of a list.
trait Row: Plain {
    /// What the core has for it.
    type Converted<'a>;

    /// Whether it can be converted.
    fn check(&self) -> Outcome;

    /// The row as the core takes it. What is only for people stays out.
    ///
    /// # Safety
    /// The row was checked, and its texts are readable and unchanged during `'a`.
    unsafe fn convert<'a>(&self) -> Self::Converted<'a>;
}

/// One list of the descriptor: rows of a C struct, each converted when it is looked at.
struct List {
    start: *const u8,
    count: usize,
    size: usize,
}

/// Checks the row that lies there. Its address need not be a multiple of its alignment.
///
/// # Safety
/// A whole row is readable.
unsafe fn check_row<C: Row>(at: *const u8) -> Outcome {
    // SAFETY: by the contract above; any bytes are a valid `C`.
    unsafe { at.cast::<C>().read_unaligned() }.check()
}

impl List {
    fn of<C: Row>(start: *const C, count: u32, size: u32) -> Self {
        Self { start: start.cast(), count: to_usize(count), size: to_usize(size) }
    }

    /// Checks a list of these structs with all its rows, so that a wrong one is a status and not a
    /// missing row.
    ///
    /// # Safety
    /// If the checks pass, the whole list is readable.
    unsafe fn check<C: Row>(&self) -> Outcome {
        // SAFETY: as this function's own contract.
        unsafe { self.check_rows(size_of::<C>(), align_of::<C>(), check_row::<C>) }
    }

    /// # Safety
    /// If the checks pass, the whole list is readable; `row` checks rows of `known` bytes.
    #[inline(never)]
    unsafe fn check_rows(&self, known: usize, align: usize, row: unsafe fn(*const u8) -> Outcome) -> Outcome {
        if self.count == 0 {
            return Ok(());
        }
        if self.size < known || self.size > ROW_BYTES_MAX {
            return Err(Failure::of(HWL_E_SIZE));
        }
        Range::of(self.start, 1).check_rows(self.count, self.size, align)?;
        for index in 0..self.count {
            let at = self.at(index);
            // SAFETY: within the list, which is readable by the contract above.
            unsafe { ptr::check_tail(at, self.size, known) }?;
            // SAFETY: as above; a row has at least the known bytes.
            unsafe { row(at) }?;
        }
        Ok(())
    }

    /// Where a row lies.
    const fn at(&self, index: usize) -> *const u8 {
        self.start.wrapping_add(index.wrapping_mul(self.size))
    }

    /// One row as the core takes it, if there is one.
    ///
    /// # Safety
    /// The list is one of these structs, and readable with its texts, which do not change during
    /// `'a`.
    unsafe fn row<'a, C: Row>(&self, index: usize) -> Option<C::Converted<'a>> {
        // SAFETY: there is such a row and it was checked; its texts are as the contract says.
        (index < self.count).then(|| unsafe { self.at(index).cast::<C>().read_unaligned().convert() })
    }
}

/// The class with this number.
const fn nic_class(number: u32) -> Option<NicClass> {
    Some(match number {
        HWL_NIC_VIRTUAL => NicClass::Virtual,
        HWL_NIC_PHYSICAL => NicClass::Physical,
        HWL_NIC_USB => NicClass::Usb,
        HWL_NIC_WIRELESS => NicClass::Wireless,
        HWL_NIC_AGGREGATE => NicClass::Aggregate,
        _ => return None,
    })
}

/// The source with this number.
const fn platform_source(number: u32) -> Option<PlatformIdSource> {
    Some(match number {
        HWL_SOURCE_SOC => PlatformIdSource::Soc,
        HWL_SOURCE_EFUSE => PlatformIdSource::EFuse,
        HWL_SOURCE_TPM => PlatformIdSource::Tpm,
        HWL_SOURCE_SECURE_ELEMENT => PlatformIdSource::SecureElement,
        HWL_SOURCE_EMMC_CID => PlatformIdSource::EmmcCid,
        HWL_SOURCE_GENERATED => PlatformIdSource::Generated,
        _ => return None,
    })
}

impl Row for hwl_nic {
    type Converted<'a> = Nic<'a>;

    fn check(&self) -> Outcome {
        check_text(&self.bus)?;
        check_text(&self.driver)?;
        check_state(self.permanent_mac_state, is_zero(&self.permanent_mac))?;
        check_state(self.current_mac_state, is_zero(&self.current_mac))?;
        let is_known = nic_class(self.kind).is_some() && self.membership <= HWL_NIC_ENSLAVED;
        if is_known && self.reserved == 0 { Ok(()) } else { Err(Failure::of(HWL_E_VALUE)) }
    }

    unsafe fn convert<'a>(&self) -> Nic<'a> {
        Nic {
            permanent_mac: field(self.permanent_mac_state, Mac(self.permanent_mac)),
            current_mac: field(self.current_mac_state, Mac(self.current_mac)),
            class: nic_class(self.kind).unwrap_or_default(),
            membership: match self.membership {
                HWL_NIC_INDEPENDENT => NicMembership::Independent,
                _ => NicMembership::Enslaved,
            },
            ..Nic::default()
        }
    }
}

impl Row for hwl_module {
    type Converted<'a> = Module<'a>;

    fn check(&self) -> Outcome {
        check_text(&self.part)?;
        check_text(&self.serial)
    }

    unsafe fn convert<'a>(&self) -> Module<'a> {
        Module {
            // SAFETY: as this function's own contract.
            part: unsafe { checked(&self.part) },
            // SAFETY: as this function's own contract.
            serial: unsafe { checked(&self.serial) },
            size_bytes: self.size_bytes,
        }
    }
}

impl Row for hwl_platform_id {
    type Converted<'a> = PlatformId<'a>;

    fn check(&self) -> Outcome {
        if self.reserved != 0 || platform_source(self.source).is_none() {
            return Err(Failure::of(HWL_E_VALUE));
        }
        check_text(&self.id)
    }

    unsafe fn convert<'a>(&self) -> PlatformId<'a> {
        PlatformId {
            source: platform_source(self.source).unwrap_or(PlatformIdSource::Generated),
            // SAFETY: as this function's own contract.
            bytes: unsafe { checked(&self.id) },
        }
    }
}

/// How many texts a descriptor has.
const TEXTS: usize = 11;

const _: () = {
    let begin = offset_of!(hwl_descriptor, board_vendor);
    assert!(offset_of!(hwl_descriptor, modules).wrapping_sub(begin) >= size_of::<[hwl_text; TEXTS]>());
    assert!(offset_of!(hwl_descriptor, cpu_serial).wrapping_sub(begin) == size_of::<[hwl_text; TEXTS - 1]>());
};

impl hwl_descriptor {
    /// That no list is longer than it may be.
    fn check_counts(&self) -> Outcome {
        if to_usize(self.nic_count) > NICS_MAX {
            return Err(Failure::of(HWL_E_TOO_MANY_NICS));
        }
        if to_usize(self.module_count) > MODULES_MAX {
            return Err(Failure::of(HWL_E_TOO_MANY_MODULES));
        }
        if to_usize(self.platform_id_count) > PLATFORM_IDS_MAX {
            return Err(Failure::of(HWL_E_TOO_MANY_PLATFORM_IDS));
        }
        Ok(())
    }

    /// The texts, which lie beside each other.
    fn texts(&self) -> &[hwl_text; TEXTS] {
        // SAFETY: within this struct, as asserted below.
        unsafe { &*core::ptr::from_ref(self).byte_add(offset_of!(Self, board_vendor)).cast() }
    }

    /// Whether what is no list can be converted.
    #[inline(never)]
    fn check(&self) -> Outcome {
        self.texts().iter().try_for_each(check_text)?;
        check_state(self.system_uuid_state, is_zero(&self.system_uuid))?;
        check_state(self.cpu_signature_state, self.cpu_signature == 0)?;
        check_state(self.memory_total_state, self.memory_total_bytes == 0)?;
        check_state(self.modules_state, self.module_count == 0)?;
        check_state(self.nics_state, self.nic_count == 0)?;
        if self.machine_kind <= HWL_MACHINE_CONTAINER { Ok(()) } else { Err(Failure::of(HWL_E_VALUE)) }
    }

    /// What is no list, as the core takes it. What is only for people stays out.
    ///
    /// # Safety
    /// The struct was checked, and its texts are readable and unchanged during `'a`.
    #[inline(never)]
    unsafe fn convert<'a>(&self, into: &mut Descriptor<'a>) {
        into.kind = match self.machine_kind {
            HWL_MACHINE_PHYSICAL => MachineKind::Physical,
            HWL_MACHINE_VIRTUAL => MachineKind::VirtualMachine,
            HWL_MACHINE_CONTAINER => MachineKind::Container,
            _ => MachineKind::Unknown,
        };
        let put = |into: &mut Text<'a>, text: &hwl_text| {
            // SAFETY: as this function's own contract.
            unsafe { put_checked(into, text) };
        };
        put(&mut into.board.vendor, &self.board_vendor);
        put(&mut into.board.product, &self.board_product);
        put(&mut into.board.serial, &self.board_serial);
        put(&mut into.board.system_vendor, &self.system_vendor);
        put(&mut into.board.system_product, &self.system_product);
        put(&mut into.board.system_serial, &self.system_serial);
        put(&mut into.cpu.serial, &self.cpu_serial);
        into.board.system_uuid = field(self.system_uuid_state, Uuid(self.system_uuid));
        into.cpu.signature = field(self.cpu_signature_state, self.cpu_signature);
        into.memory.total_bytes = field(self.memory_total_state, self.memory_total_bytes);
    }
}

/// Hands the descriptor of the core to `body`, made of the one that C filled in.
///
/// # Safety
/// If the checks pass, the struct, its lists and their texts are readable and unchanged during
/// the call.
#[inline(never)]
pub(crate) unsafe fn with(from: *const hwl_descriptor, body: &mut dyn FnMut(&Descriptor<'_>) -> Outcome) -> Outcome {
    let mut copy = ptr::zeroed();
    // SAFETY: as this function's own contract.
    unsafe { ptr::input(from, &mut copy) }?;
    copy.check_counts()?;
    let nics = List::of(copy.nics, copy.nic_count, copy.nic_size);
    // SAFETY: as this function's own contract, here and in all below.
    unsafe { nics.check::<hwl_nic>() }?;
    let modules = List::of(copy.modules, copy.module_count, copy.module_size);
    // SAFETY: as above.
    unsafe { modules.check::<hwl_module>() }?;
    let platform_ids = List::of(copy.platform_ids, copy.platform_id_count, copy.platform_id_size);
    // SAFETY: as above.
    unsafe { platform_ids.check::<hwl_platform_id>() }?;
    copy.check()?;
    // SAFETY: as above.
    let nic_at = |index: usize| unsafe { nics.row::<hwl_nic>(index) };
    // SAFETY: as above.
    let module_at = |index: usize| unsafe { modules.row::<hwl_module>(index) };
    // SAFETY: as above.
    let platform_id_at = |index: usize| unsafe { platform_ids.row::<hwl_platform_id>(index) };
    let mut descriptor = Descriptor::default();
    // SAFETY: as above; the struct was checked.
    unsafe { copy.convert(&mut descriptor) };
    descriptor.memory.modules = field(copy.modules_state, Rows::lent(modules.count, &module_at));
    descriptor.nics = field(copy.nics_state, Rows::lent(nics.count, &nic_at));
    descriptor.platform_ids = Rows::lent(platform_ids.count, &platform_id_at);
    body(&descriptor)
}
