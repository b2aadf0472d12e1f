//! Where a new image goes: the slot that does not run, behind callbacks.

use core::ffi::c_void;

use hwlicense::update::client::Image;

use crate::client::storage::outcome;
use crate::ptr::{self, Plain, Sized32};
use crate::status::{Failure, HWL_E_NULL, HWL_E_VALUE, Outcome};

/// Reads `length` bytes of the image at `offset`. It answers 0, or a negative number when they cannot be
/// read.
pub type hwl_image_read_fn =
    Option<unsafe extern "C" fn(ctx: *mut c_void, offset: u32, bytes: *mut u8, length: u32) -> i32>;

/// Erases the block of the image that begins at `offset`. It answers 0, or a negative number.
pub type hwl_image_erase_fn = Option<unsafe extern "C" fn(ctx: *mut c_void, offset: u32) -> i32>;

/// Writes `length` bytes of the image at `offset`: a whole chunk of the vendor's, or the last one, which
/// may have any length. Each block that begins in it was erased just before. It answers 0, or a negative
/// number.
pub type hwl_image_write_fn =
    Option<unsafe extern "C" fn(ctx: *mut c_void, offset: u32, bytes: *const u8, length: u32) -> i32>;

/// Sees to it that all that was written before is there to stay. It answers 0, or a negative number.
pub type hwl_image_flush_fn = Option<unsafe extern "C" fn(ctx: *mut c_void) -> i32>;

/// The slot for a new image, in the hands of the program: flash, a partition or a file. Plain memory.
///
/// An image is written from its beginning to its end. After a power cut what was written since progress
/// was last saved is written again, from the beginning of a block. What a write that was cut off has
/// left may be anything: all of the image is read back before it is handed over. The callbacks are called
/// on the thread of the caller and within the calls that say so; they must neither unwind nor longjmp, nor
/// call a function on the update.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_image {
    /// sizeof(hwl_image).
    pub struct_size: u32,
    /// Must be zero.
    pub reserved: u32,
    /// How many bytes the slot takes.
    pub size_bytes: u32,
    /// How many bytes are erased together: a power of two; 1 if any byte can be written again by itself.
    pub block_bytes: u32,
    /// Handed to each callback as it is.
    pub ctx: *mut c_void,
    /// Reads.
    pub read: hwl_image_read_fn,
    /// Erases; not called, and NULL if need be, where `block_bytes` is 1.
    pub erase: hwl_image_erase_fn,
    /// Writes.
    pub write: hwl_image_write_fn,
    /// Waits until it stays; NULL where each write does.
    pub flush: hwl_image_flush_fn,
}

// SAFETY: integers and pointers in an order without padding on 32 and 64 bit.
unsafe impl Plain for hwl_image {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_image {
    const BYTES_MIN: usize = 8;
}

/// The slot as the core takes it.
#[derive(Debug)]
pub(crate) struct Inactive {
    size_bytes: u32,
    block_bytes: u32,
    ctx: *mut c_void,
    read: unsafe extern "C" fn(*mut c_void, u32, *mut u8, u32) -> i32,
    /// None, where nothing needs to be erased.
    erase: hwl_image_erase_fn,
    write: unsafe extern "C" fn(*mut c_void, u32, *const u8, u32) -> i32,
    flush: hwl_image_flush_fn,
}

impl Inactive {
    /// Takes the callbacks.
    ///
    /// # Safety
    /// If the checks pass, `image` is readable, and its callbacks may be called with its context for as
    /// long as the slot is used.
    pub(crate) unsafe fn read(image: *const hwl_image) -> Result<Self, Failure> {
        let mut copy: hwl_image = ptr::zeroed();
        // SAFETY: as this function's own contract.
        unsafe { ptr::input(image, &mut copy) }?;
        if copy.reserved != 0 || !copy.block_bytes.is_power_of_two() {
            return Err(Failure::of(HWL_E_VALUE));
        }
        let missing = Failure::of(HWL_E_NULL);
        Ok(Self {
            size_bytes: copy.size_bytes,
            block_bytes: copy.block_bytes,
            ctx: copy.ctx,
            read: copy.read.ok_or(missing)?,
            erase: if copy.block_bytes == 1 { None } else { Some(copy.erase.ok_or(missing)?) },
            write: copy.write.ok_or(missing)?,
            flush: copy.flush,
        })
    }

    /// Erases each block that begins within this range.
    fn erase_from(&self, offset: u32, length: u32) -> Outcome {
        let Some(erase) = self.erase else { return Ok(()) };
        let end = offset.saturating_add(length);
        let mut block = offset.checked_next_multiple_of(self.block_bytes).unwrap_or(end);
        while block < end {
            // SAFETY: `Inactive::read` was promised a function of this type that may be called with this
            // context.
            outcome(unsafe { erase(self.ctx, block) })?;
            block = block.saturating_add(self.block_bytes);
        }
        Ok(())
    }
}

/// A length as callbacks take it. A chunk is far shorter than what does not fit.
fn length_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

impl Image for Inactive {
    type Error = Failure;

    fn capacity(&self) -> u32 {
        self.size_bytes
    }

    fn block_bytes(&self) -> u32 {
        self.block_bytes
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Outcome {
        let length = length_of(bytes);
        self.erase_from(offset, length)?;
        // SAFETY: as in `erase_from`; the bytes are readable, and as many as it is told.
        outcome(unsafe { (self.write)(self.ctx, offset, bytes.as_ptr(), length) })
    }

    fn flush(&mut self) -> Outcome {
        match self.flush {
            // SAFETY: as in `erase_from`.
            Some(flush) => outcome(unsafe { flush(self.ctx) }),
            None => Ok(()),
        }
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Outcome {
        let length = length_of(bytes);
        // SAFETY: as in `erase_from`; the bytes are writable, initialised, and as many as it is told.
        outcome(unsafe { (self.read)(self.ctx, offset, bytes.as_mut_ptr(), length) })
    }
}
