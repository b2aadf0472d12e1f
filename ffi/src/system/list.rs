//! Arrays of the caller whose rows may grow: each row lies a row size after the one before it.
//!
//! Rows read may be longer than those known here if the rest is zero; of rows written, what is
//! beyond those known here stays as it is.

use core::marker::PhantomData;

use super::{failure, wide};
use crate::ptr::{self, Plain, Range};
use crate::status::{Failure, HWL_E_SIZE, HWL_E_VALUE, Outcome};

/// Largest row that is believed.
const ROW_BYTES_MAX: usize = 1024;

/// An array of rows of one struct.
#[derive(Clone, Copy)]
pub(super) struct List<C> {
    start: *mut u8,
    count: usize,
    size: usize,
    row: PhantomData<C>,
}

impl<C: Plain> List<C> {
    /// An array to be read.
    pub(super) fn new(start: *const C, count: u32, size: u32) -> Result<Self, Failure> {
        let list = Self { start: start.cast_mut().cast(), count: wide(count), size: wide(size), row: PhantomData };
        list.check(size_of::<C>(), align_of::<C>())?;
        Ok(list)
    }

    /// An array to be written.
    pub(super) fn writable(start: *mut C, count: u32, size: u32) -> Result<Self, Failure> {
        Self::new(start.cast_const(), count, size)
    }

    /// That all rows can be there; an empty array may be anywhere.
    fn check(&self, known: usize, align: usize) -> Outcome {
        if self.count == 0 {
            return Ok(());
        }
        if self.size < known || self.size > ROW_BYTES_MAX || self.size & align.wrapping_sub(1) != 0 {
            return Err(failure(HWL_E_SIZE));
        }
        Range::of(self.start, 1).check_rows(self.count, self.size, align)
    }

    pub(super) fn range(&self) -> Range {
        // The product fits, as was checked when the list was made.
        Range::of(self.start, if self.count == 0 { 0 } else { self.count.wrapping_mul(self.size) })
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Where a row lies.
    const fn at(&self, index: usize) -> *mut u8 {
        self.start.wrapping_add(index.wrapping_mul(self.size))
    }

    /// One row.
    ///
    /// # Safety
    /// The whole array is readable and unchanged during the call.
    pub(super) unsafe fn row(&self, index: usize) -> Result<C, Failure> {
        if index >= self.count {
            return Err(failure(HWL_E_VALUE));
        }
        // SAFETY: within the array, which is readable by the contract above.
        let bytes = unsafe { ptr::bytes(self.at(index), self.size) }?;
        if bytes.iter().skip(size_of::<C>()).any(|byte| *byte != 0) {
            return Err(failure(HWL_E_VALUE));
        }
        // SAFETY: a row is at least as long as `C`, and the array is aligned for it, as was
        // checked; any bytes are a valid `C`.
        unsafe { ptr::read(self.at(index).cast::<C>()) }
    }

    /// The rows as a slice, without a copy.
    ///
    /// # Safety
    /// The size of a row is that of `C`; the array is readable and unchanged during `'a`.
    pub(super) unsafe fn in_place<'a>(&self) -> &'a [C] {
        if self.count == 0 {
            return &[];
        }
        // SAFETY: not null, aligned and within the address space, as was checked; without gaps and
        // unchanged by the contract above, and any bytes are a valid `C`.
        unsafe { core::slice::from_raw_parts(self.start.cast(), self.count) }
    }

    /// Writes one row; one that is not there is not written.
    ///
    /// # Safety
    /// The whole array is writable, and nobody else uses it during the call.
    pub(super) unsafe fn write(&self, index: usize, row: C) {
        if index < self.count {
            // SAFETY: a row is at least as long as `C`, and the array is aligned for it, as was
            // checked; writable by the contract above.
            unsafe { self.at(index).cast::<C>().write(row) };
        }
    }
}
