//! The workspace of the caller, cut into slices: the only place where its bytes become rows.
//!
//! An arena without any memory hands out empty slices and counts all the same, so that one list
//! of rooms says both how much a call needs and where each part lies.

use core::marker::PhantomData;

/// A multiple of this is where a workspace begins.
pub(super) const ALIGNMENT: usize = 8;

/// Memory that is handed out from its beginning on.
pub(super) struct Arena<'w> {
    start: *mut u8,
    size: usize,
    needed: usize,
    workspace: PhantomData<&'w mut [u8]>,
}

impl<'w> Arena<'w> {
    /// An arena without memory, for counting.
    pub(super) const fn empty() -> Self {
        Self { start: core::ptr::null_mut(), size: 0, needed: 0, workspace: PhantomData }
    }

    /// An arena over a workspace.
    ///
    /// # Safety
    /// `start` is a multiple of [`ALIGNMENT`]; `size` bytes are writable, lie within the address
    /// space, and nobody else uses them during `'w`.
    pub(super) const unsafe fn new(start: *mut u8, size: usize) -> Self {
        Self { start, size, needed: 0, workspace: PhantomData }
    }

    /// The bytes that were asked for so far; more than there are if not all could be given.
    pub(super) const fn needed(&self) -> usize {
        self.needed
    }

    /// Whether all that was asked for could be given.
    pub(super) const fn sufficed(&self) -> bool {
        self.needed <= self.size
    }

    /// So many rows, each of them as it is by default; none if there is not enough memory left.
    pub(super) fn rows<T: Copy + Default>(&mut self, count: usize) -> &'w mut [T] {
        const { assert!(align_of::<T>() <= ALIGNMENT, "a workspace is aligned for its rows") };
        let first = self.needed.checked_next_multiple_of(align_of::<T>()).unwrap_or(usize::MAX);
        self.needed = count.checked_mul(size_of::<T>()).and_then(|size| size.checked_add(first)).unwrap_or(usize::MAX);
        if count == 0 || !self.sufficed() {
            return &mut [];
        }
        // SAFETY: `first` is within the workspace, as was just seen, and a multiple of the
        // alignment, as the start is.
        let rows = unsafe { self.start.add(first) }.cast::<T>();
        for index in 0..count {
            // SAFETY: all rows lie within the workspace, which is writable by the contract of `new`.
            unsafe { rows.add(index).write(T::default()) };
        }
        // SAFETY: aligned, initialised just now, within the workspace and thereby no longer than
        // isize::MAX; what was handed out before ends where this begins, and nobody else uses it.
        unsafe { core::slice::from_raw_parts_mut(rows, count) }
    }
}
