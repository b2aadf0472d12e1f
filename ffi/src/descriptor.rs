//! A machine as C describes it, and its conversion row by row, without copies of the lists.

use hwlicense::hardware::{
    Board, Cpu, Descriptor, Field, MODULES_MAX, Mac, MachineKind, Memory, Module, NICS_MAX, Nic, NicClass,
    NicMembership, PLATFORM_IDS_MAX, PlatformId, PlatformIdSource, Rows, TEXT_BYTES_MAX, Text, Uuid,
};

use crate::ptr::{self, Plain, Range, Sized32};
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
fn to_usize(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A value with its state; what was not read must be zero.
fn field<T>(state: u32, is_zero: bool, value: T) -> Result<Field<T>, Failure> {
    match state {
        HWL_READ => Ok(Field::Read(value)),
        HWL_ABSENT if is_zero => Ok(Field::Absent),
        HWL_UNREADABLE if is_zero => Ok(Field::Unreadable),
        _ => Err(Failure(HWL_E_VALUE)),
    }
}

fn bytes_field<const N: usize>(state: u32, value: [u8; N]) -> Result<Field<[u8; N]>, Failure> {
    field(state, value.iter().all(|byte| *byte == 0), value)
}

/// A text of the caller.
///
/// # Safety
/// If the checks pass, its bytes are readable and unchanged during `'a`.
#[inline(never)]
pub(crate) unsafe fn text<'a>(from: &hwl_text) -> Result<Text<'a>, Failure> {
    let length = to_usize(from.length);
    if length > TEXT_BYTES_MAX {
        return Err(Failure(HWL_E_TEXT_TOO_LONG));
    }
    // SAFETY: as this function's own contract.
    let bytes = unsafe { ptr::bytes(from.bytes, length) }?;
    field(from.state, length == 0, bytes)
}

/// The count and the size of the rows of a list, and that they can be there.
#[inline(never)]
fn rows(start: Range, count: u32, size: u32, size_least: usize, align: usize) -> Result<(usize, usize), Failure> {
    let (count, size) = (to_usize(count), to_usize(size));
    if count == 0 {
        return Ok((0, size_least));
    }
    if size < size_least || size > ROW_BYTES_MAX {
        return Err(Failure(HWL_E_SIZE));
    }
    start.check_rows(count, size, align)?;
    Ok((count, size))
}

/// One list of the descriptor: rows of a C struct, each converted when it is looked at.
#[derive(Clone, Copy)]
struct List<C> {
    start: *const C,
    count: usize,
    size: usize,
}

impl<C: Plain> List<C> {
    fn new(start: *const C, count: u32, size: u32) -> Result<Self, Failure> {
        let (count, size) = rows(Range::of(start, 1), count, size, size_of::<C>(), align_of::<C>())?;
        Ok(Self { start, count, size })
    }

    /// One row; rows of a newer version must be zero beyond ours.
    ///
    /// # Safety
    /// The whole list is readable.
    unsafe fn row(&self, index: usize) -> Result<C, Failure> {
        if index >= self.count {
            return Err(Failure(HWL_E_VALUE));
        }
        let mut row = core::mem::MaybeUninit::<C>::zeroed();
        let offset = index.wrapping_mul(self.size);
        // SAFETY: `check_rows` saw that all rows lie within the address space; readable by the
        // contract above; `row` is ours.
        unsafe {
            let from = self.start.cast::<u8>().add(offset);
            ptr::copy_in(from, self.size, row.as_mut_ptr().cast(), size_of::<C>())?;
        }
        // SAFETY: every byte is initialised, and any bytes are a valid `C`.
        Ok(unsafe { row.assume_init() })
    }
}

/// The state of a list that may be absent or unreadable.
fn list_state(state: u32, count: usize) -> Result<Field<()>, Failure> {
    field(state, count == 0, ())
}

/// # Safety
/// The list and the texts in it are readable and unchanged during `'a`.
unsafe fn nic<'a>(list: &List<hwl_nic>, index: usize) -> Result<Nic<'a>, Failure> {
    // SAFETY: as this function's own contract.
    let row = unsafe { list.row(index) }?;
    if row.reserved != 0 {
        return Err(Failure(HWL_E_VALUE));
    }
    Ok(Nic {
        // SAFETY: as this function's own contract.
        bus: unsafe { text(&row.bus) }?,
        // SAFETY: as this function's own contract.
        driver: unsafe { text(&row.driver) }?,
        permanent_mac: bytes_field(row.permanent_mac_state, row.permanent_mac)?.map(Mac),
        current_mac: bytes_field(row.current_mac_state, row.current_mac)?.map(Mac),
        class: match row.kind {
            HWL_NIC_VIRTUAL => NicClass::Virtual,
            HWL_NIC_PHYSICAL => NicClass::Physical,
            HWL_NIC_USB => NicClass::Usb,
            HWL_NIC_WIRELESS => NicClass::Wireless,
            HWL_NIC_AGGREGATE => NicClass::Aggregate,
            _ => return Err(Failure(HWL_E_VALUE)),
        },
        membership: match row.membership {
            HWL_NIC_INDEPENDENT => NicMembership::Independent,
            HWL_NIC_ENSLAVED => NicMembership::Enslaved,
            _ => return Err(Failure(HWL_E_VALUE)),
        },
    })
}

/// # Safety
/// The list and the texts in it are readable and unchanged during `'a`.
unsafe fn module<'a>(list: &List<hwl_module>, index: usize) -> Result<Module<'a>, Failure> {
    // SAFETY: as this function's own contract.
    let row = unsafe { list.row(index) }?;
    Ok(Module {
        // SAFETY: as this function's own contract.
        part: unsafe { text(&row.part) }?,
        // SAFETY: as this function's own contract.
        serial: unsafe { text(&row.serial) }?,
        size_bytes: row.size_bytes,
    })
}

/// # Safety
/// The list and the bytes in it are readable and unchanged during `'a`.
unsafe fn platform_id<'a>(list: &List<hwl_platform_id>, index: usize) -> Result<PlatformId<'a>, Failure> {
    // SAFETY: as this function's own contract.
    let row = unsafe { list.row(index) }?;
    if row.reserved != 0 {
        return Err(Failure(HWL_E_VALUE));
    }
    Ok(PlatformId {
        source: match row.source {
            HWL_SOURCE_SOC => PlatformIdSource::Soc,
            HWL_SOURCE_EFUSE => PlatformIdSource::EFuse,
            HWL_SOURCE_TPM => PlatformIdSource::Tpm,
            HWL_SOURCE_SECURE_ELEMENT => PlatformIdSource::SecureElement,
            HWL_SOURCE_EMMC_CID => PlatformIdSource::EmmcCid,
            HWL_SOURCE_GENERATED => PlatformIdSource::Generated,
            _ => return Err(Failure(HWL_E_VALUE)),
        },
        // SAFETY: as this function's own contract.
        bytes: unsafe { text(&row.id) }?,
    })
}

/// That no list is longer than it may be.
fn check_counts(from: &hwl_descriptor) -> Outcome {
    let too_many = |count: u32, most: usize| to_usize(count) > most;
    if too_many(from.nic_count, NICS_MAX) {
        return Err(Failure(HWL_E_TOO_MANY_NICS));
    }
    if too_many(from.module_count, MODULES_MAX) {
        return Err(Failure(HWL_E_TOO_MANY_MODULES));
    }
    if too_many(from.platform_id_count, PLATFORM_IDS_MAX) {
        return Err(Failure(HWL_E_TOO_MANY_PLATFORM_IDS));
    }
    Ok(())
}

/// The parts that are no lists.
///
/// # Safety
/// As [`with`].
unsafe fn board_and_cpu<'a>(from: &hwl_descriptor) -> Result<(Board<'a>, Cpu<'a>), Failure> {
    // One call in a loop is smaller than one for each field.
    let mut texts = [Field::Absent; 11];
    let given = [
        &from.board_vendor,
        &from.board_product,
        &from.board_version,
        &from.board_serial,
        &from.system_vendor,
        &from.system_product,
        &from.system_version,
        &from.system_serial,
        &from.cpu_vendor,
        &from.cpu_model,
        &from.cpu_serial,
    ];
    for (slot, given) in texts.iter_mut().zip(given) {
        // SAFETY: as this function's own contract.
        *slot = unsafe { text(given) }?;
    }
    let [
        vendor,
        product,
        version,
        serial,
        system_vendor,
        system_product,
        system_version,
        system_serial,
        cpu_vendor,
        cpu_model,
        cpu_serial,
    ] = texts;
    let board = Board {
        vendor,
        product,
        version,
        serial,
        system_vendor,
        system_product,
        system_version,
        system_serial,
        system_uuid: bytes_field(from.system_uuid_state, from.system_uuid)?.map(Uuid),
    };
    let cpu = Cpu {
        vendor: cpu_vendor,
        model: cpu_model,
        signature: field(from.cpu_signature_state, from.cpu_signature == 0, from.cpu_signature)?,
        serial: cpu_serial,
    };
    Ok((board, cpu))
}

/// Hands the descriptor of the core to `body`, made of the one that C filled in.
///
/// Every row is looked at once before, so that a wrong one is a status and not a missing row.
///
/// # Safety
/// If the checks pass, the struct, its lists and their texts are readable and unchanged during
/// the call.
#[inline(never)]
pub(crate) unsafe fn with(from: *const hwl_descriptor, body: &mut dyn FnMut(&Descriptor<'_>) -> Outcome) -> Outcome {
    // SAFETY: as this function's own contract.
    let from = unsafe { ptr::input(from) }?;
    check_counts(&from)?;
    let nics = List::new(from.nics, from.nic_count, from.nic_size)?;
    let modules = List::new(from.modules, from.module_count, from.module_size)?;
    let platform_ids = List::new(from.platform_ids, from.platform_id_count, from.platform_id_size)?;
    for index in 0..nics.count {
        // SAFETY: as this function's own contract.
        unsafe { nic(&nics, index) }?;
    }
    for index in 0..modules.count {
        // SAFETY: as this function's own contract.
        unsafe { module(&modules, index) }?;
    }
    for index in 0..platform_ids.count {
        // SAFETY: as this function's own contract.
        unsafe { platform_id(&platform_ids, index) }?;
    }
    // SAFETY: as this function's own contract, here and in the two below.
    let nic_at = |index| unsafe { nic(&nics, index) }.ok();
    // SAFETY: as above.
    let module_at = |index| unsafe { module(&modules, index) }.ok();
    // SAFETY: as above.
    let platform_id_at = |index| unsafe { platform_id(&platform_ids, index) }.ok();
    // SAFETY: as this function's own contract.
    let (board, cpu) = unsafe { board_and_cpu(&from) }?;
    body(&Descriptor {
        kind: match from.machine_kind {
            HWL_MACHINE_UNKNOWN => MachineKind::Unknown,
            HWL_MACHINE_PHYSICAL => MachineKind::Physical,
            HWL_MACHINE_VIRTUAL => MachineKind::VirtualMachine,
            HWL_MACHINE_CONTAINER => MachineKind::Container,
            _ => return Err(Failure(HWL_E_VALUE)),
        },
        board,
        cpu,
        memory: Memory {
            total_bytes: field(from.memory_total_state, from.memory_total_bytes == 0, from.memory_total_bytes)?,
            modules: list_state(from.modules_state, modules.count)?.map(|()| Rows::lent(modules.count, &module_at)),
        },
        nics: list_state(from.nics_state, nics.count)?.map(|()| Rows::lent(nics.count, &nic_at)),
        platform_ids: Rows::lent(platform_ids.count, &platform_id_at),
    })
}
