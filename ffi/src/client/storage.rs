//! Where the state of a client or of its updates lies: two slots in flash, EEPROM or files, behind callbacks.

use core::ffi::c_void;

use hwlicense::primary::client::{SLOT_BYTES, Slot, Storage, WRITE_BYTES};

use crate::ptr::{self, Plain, Sized32};
use crate::status::{Failure, HWL_E_NULL, HWL_E_STORAGE, HWL_E_VALUE, Outcome};

/// Bytes that each of the two slots of a client has.
pub const HWL_SLOT_BYTES: u32 = 8192;
/// Bytes of each write, at a multiple of as many.
pub const HWL_WRITE_BYTES: usize = 64;

const _: () = assert!(HWL_SLOT_BYTES == SLOT_BYTES && HWL_WRITE_BYTES == WRITE_BYTES);

/// Reads `length` bytes at `offset` of slot 0 or 1. It answers 0, or a negative number when the slot
/// cannot be read.
pub type hwl_storage_read_fn =
    Option<unsafe extern "C" fn(ctx: *mut c_void, slot: u32, offset: u32, bytes: *mut u8, length: u32) -> i32>;

/// Erases slot 0 or 1, so that it can be written. It answers 0, or a negative number.
pub type hwl_storage_erase_fn = Option<unsafe extern "C" fn(ctx: *mut c_void, slot: u32) -> i32>;

/// Writes HWL_WRITE_BYTES bytes into slot 0 or 1, which was erased, at a multiple of as many. When
/// it answers 0 they are there to stay; otherwise it answers a negative number.
pub type hwl_storage_write_fn =
    Option<unsafe extern "C" fn(ctx: *mut c_void, slot: u32, offset: u32, bytes: *const u8) -> i32>;

/// Two slots, each erased on its own, in the hands of the program: of HWL_SLOT_BYTES for a client, of
/// HWL_UPDATE_SLOT_BYTES for its updates. Plain memory.
///
/// The power may fail in the middle of anything: one of the slots is always whole, because the
/// other one is written first. Only one object may use them. The callbacks are called on the
/// thread of the caller and within the calls that say so; they must neither unwind nor longjmp,
/// nor call a function on the object.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_storage {
    /// sizeof(hwl_storage).
    pub struct_size: u32,
    /// Must be zero.
    pub reserved: u32,
    /// Handed to each callback as it is.
    pub ctx: *mut c_void,
    /// Reads.
    pub read: hwl_storage_read_fn,
    /// Erases.
    pub erase: hwl_storage_erase_fn,
    /// Writes.
    pub write: hwl_storage_write_fn,
}

// SAFETY: integers and pointers in an order without padding on 32 and 64 bit.
unsafe impl Plain for hwl_storage {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_storage {
    const BYTES_MIN: usize = 8;
}

/// The slots as the core takes them.
#[derive(Debug)]
pub(crate) struct Slots {
    ctx: *mut c_void,
    read: unsafe extern "C" fn(*mut c_void, u32, u32, *mut u8, u32) -> i32,
    erase: unsafe extern "C" fn(*mut c_void, u32) -> i32,
    write: unsafe extern "C" fn(*mut c_void, u32, u32, *const u8) -> i32,
}

impl Slots {
    /// Takes the callbacks, of which none may be missing.
    ///
    /// # Safety
    /// If the checks pass, `storage` is readable, and its callbacks may be called with its context
    /// for as long as the slots are used.
    pub(crate) unsafe fn read(storage: *const hwl_storage) -> Result<Self, Failure> {
        let mut copy: hwl_storage = ptr::zeroed();
        // SAFETY: as this function's own contract.
        unsafe { ptr::input(storage, &mut copy) }?;
        if copy.reserved != 0 {
            return Err(Failure::of(HWL_E_VALUE));
        }
        let missing = Failure::of(HWL_E_NULL);
        Ok(Self {
            ctx: copy.ctx,
            read: copy.read.ok_or(missing)?,
            erase: copy.erase.ok_or(missing)?,
            write: copy.write.ok_or(missing)?,
        })
    }
}

const fn number(slot: Slot) -> u32 {
    match slot {
        Slot::A => 0,
        Slot::B => 1,
    }
}

/// What a callback answered.
pub(crate) const fn outcome(answer: i32) -> Outcome {
    if answer == 0 { Ok(()) } else { Err(Failure::of(HWL_E_STORAGE)) }
}

impl Storage for Slots {
    type Error = Failure;

    fn read(&mut self, slot: Slot, offset: u32, bytes: &mut [u8]) -> Outcome {
        // A slot is far shorter than this; a longer read would fail.
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        // SAFETY: `Slots::read` was promised a function of this type that may be called with this
        // context; the bytes are writable, initialised, and as many as it is told.
        outcome(unsafe { (self.read)(self.ctx, number(slot), offset, bytes.as_mut_ptr(), length) })
    }

    fn erase(&mut self, slot: Slot) -> Outcome {
        // SAFETY: as in `read`.
        outcome(unsafe { (self.erase)(self.ctx, number(slot)) })
    }

    fn write(&mut self, slot: Slot, offset: u32, bytes: &[u8; WRITE_BYTES]) -> Outcome {
        // SAFETY: as in `read`; the bytes are HWL_WRITE_BYTES.
        outcome(unsafe { (self.write)(self.ctx, number(slot), offset, bytes.as_ptr()) })
    }
}
