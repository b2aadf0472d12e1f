//! Objects of the core in storage that the caller allocated.
//!
//! Each begins with a magic word of its type and with the address at which it was initialised,
//! so that one that was never initialised, or was moved, copied or deinitialised, is noticed.

use core::mem::MaybeUninit;

use crate::guard::{caught, guard, status_of};
use crate::ptr::{Range, check_one, disjoint};
use crate::status::{Failure, HWL_E_PANIC, HWL_E_STATE, Outcome, hwl_status};

/// The beginning of each object.
#[repr(C)]
struct Head {
    magic: u32,
    reserved: u32,
    home: usize,
}

/// An object in its storage.
#[repr(C)]
pub(crate) struct Slot<T> {
    head: Head,
    value: MaybeUninit<T>,
}

/// A storage type of the header.
///
/// # Safety
/// The type is `repr(C)` and holds nothing but an array of `u64`, into which a `Slot<Value>`
/// fits, and `MAGIC` is that of no other type and not 0.
pub(crate) unsafe trait Storage {
    /// What lives in it. Nobody runs its destructor: it owns nothing outside itself.
    type Value;
    /// The word of the type: one byte four times, which a small core loads by one instruction.
    const MAGIC: u32;
}

/// That the storage has room for its object and an eighth more, and its alignment.
pub(crate) const fn fits<S: Storage>() -> bool {
    size_of::<Slot<S::Value>>().saturating_add(size_of::<Slot<S::Value>>() >> 3) <= size_of::<S>()
        && align_of::<Slot<S::Value>>() <= align_of::<S>()
}

/// The caller's storage, with its place checked.
pub(crate) struct Object<S: Storage> {
    slot: *mut Slot<S::Value>,
}

impl<S: Storage> Object<S> {
    /// Takes the place of an object, whatever is in it.
    ///
    /// # Safety
    /// If the checks pass, the whole storage is readable and writable, and no other thread uses
    /// it during the call.
    pub(crate) unsafe fn at(storage: *mut S) -> Result<Self, Failure> {
        check_one(storage.cast_const())?;
        Ok(Self { slot: storage.cast() })
    }

    pub(crate) fn range(&self) -> Range {
        Range::of(self.slot.cast::<S>().cast_const(), 1)
    }

    /// Begins to make a new object: its storage shares no byte with the inputs, and is empty.
    pub(crate) fn begin(&self, inputs: &[Range]) -> Outcome {
        disjoint(self.range(), inputs)?;
        self.clear();
        Ok(())
    }

    /// Marks the storage as empty, so that a failure cannot leave an older object in use.
    pub(crate) fn clear(&self) {
        // SAFETY: `at` was promised that the storage is writable.
        unsafe { (&raw mut (*self.slot).head.magic).write_volatile(0) };
    }

    /// Puts a new object there. Inlined, so that a large one is made in its place.
    #[inline(always)]
    pub(crate) fn fill(&self, value: S::Value) {
        // SAFETY: nothing else refers to the place: the storage is marked as empty.
        unsafe { self.place() }.write(value);
        // SAFETY: just written.
        unsafe { self.settle() };
    }

    /// The place of an object that is made step by step, and then settled.
    ///
    /// # Safety
    /// Nobody else uses the object during `'a`.
    pub(crate) unsafe fn place<'a>(&self) -> &'a mut MaybeUninit<S::Value> {
        // SAFETY: `at` was promised that the storage is writable; `fits` is asserted for each
        // type, so slot and alignment are those of the storage; exclusive by the contract above.
        unsafe { &mut (*self.slot).value }
    }

    /// Marks the storage as that of an object.
    ///
    /// # Safety
    /// The object was written to its [`place`](Self::place).
    pub(crate) unsafe fn settle(&self) {
        // SAFETY: `at` was promised that the storage is writable.
        unsafe {
            (&raw mut (*self.slot).head.home).write(self.slot.addr());
            (&raw mut (*self.slot).head.magic).write(S::MAGIC);
        }
    }

    /// Runs a body on it, and poisons it if that panics.
    #[inline(always)]
    fn guarded(&self, body: impl FnOnce(&Self) -> Outcome) -> hwl_status {
        caught(|| status_of(body(self))).unwrap_or_else(|| {
            self.clear();
            HWL_E_PANIC
        })
    }

    /// The object, for changing it.
    ///
    /// # Safety
    /// Nobody else uses the object during `'a`.
    pub(crate) unsafe fn get_mut<'a>(&self) -> Result<&'a mut S::Value, Failure> {
        // SAFETY: `at` was promised that the storage is readable.
        unsafe { is_object(self.slot.cast_const().cast(), size_of::<S>(), S::MAGIC) }?;
        // SAFETY: the head says that `fill` wrote a value here, at this very place, and that
        // nothing was cleared since; exclusive by the contract above.
        Ok(unsafe { &mut *(&raw mut (*self.slot).value).cast::<S::Value>() })
    }
}

/// The object in a storage, for looking at it.
///
/// # Safety
/// If the checks pass, the whole storage is readable and nobody changes it during `'a`.
pub(crate) unsafe fn get<'a, S: Storage>(storage: *const S) -> Result<&'a S::Value, Failure> {
    // SAFETY: the checks are those of the whole storage, which is readable by the contract above.
    unsafe { is_object(storage.cast(), size_of::<S>(), S::MAGIC) }?;
    let slot = storage.cast::<Slot<S::Value>>();
    // SAFETY: the head says that `fill` wrote a value here, at this very place, and that nothing
    // was cleared since; unchanged by the contract above.
    Ok(unsafe { &*(&raw const (*slot).value).cast::<S::Value>() })
}

/// Whether an object of this type was initialised here, in storage of this size.
///
/// # Safety
/// If the checks pass, a whole head is readable.
#[inline(never)]
unsafe fn is_object(head: *const Head, size: usize, magic: u32) -> Outcome {
    // Every storage is made of u64.
    Range::of(head.cast::<u8>(), size).check(align_of::<u64>())?;
    // SAFETY: by the contract above.
    let (found, home) = unsafe { ((&raw const (*head).magic).read(), (&raw const (*head).home).read()) };
    if found == magic && home == head.addr() { Ok(()) } else { Err(Failure::of(HWL_E_STATE)) }
}

/// Ends an object, if there is one: overwrites its whole storage.
///
/// # Safety
/// As [`Object::at`].
pub(crate) unsafe fn end<S: Storage>(storage: *mut S) -> hwl_status {
    // SAFETY: as this function's own contract.
    guard(|| unsafe { wipe(storage.cast(), size_of::<S>()) })
}

/// Overwrites storage with zeros that no optimiser removes.
///
/// # Safety
/// If the checks pass, the storage is writable and of this size.
#[inline(never)]
unsafe fn wipe(storage: *mut u64, size: usize) -> Outcome {
    // Every storage is made of u64.
    Range::of(storage.cast_const().cast::<u8>(), size).check(align_of::<u64>())?;
    for index in 0..size >> 3 {
        // SAFETY: within the size of the contract above.
        unsafe { storage.add(index).write_volatile(0) };
    }
    Ok(())
}

/// Runs the body of a function that changes an object, and poisons the object on a panic.
///
/// # Safety
/// As [`Object::at`].
#[inline(always)]
pub(crate) unsafe fn guard_object<S: Storage>(storage: *mut S, body: impl FnOnce(&Object<S>) -> Outcome) -> hwl_status {
    // SAFETY: as this function's own contract.
    let object = match unsafe { Object::at(storage) } {
        Ok(object) => object,
        Err(failure) => return failure.status(),
    };
    object.guarded(body)
}

/// Runs the body of a function that makes an object: its storage shares no byte with the inputs,
/// and is empty until it is filled. The object is poisoned on a panic.
///
/// # Safety
/// As [`Object::at`].
#[inline(always)]
pub(crate) unsafe fn guard_new<S: Storage>(
    storage: *mut S,
    inputs: &[Range],
    body: impl FnOnce(&Object<S>) -> Outcome,
) -> hwl_status {
    // SAFETY: as this function's own contract.
    if let Err(failure) = unsafe { begin(storage.cast(), size_of::<S>(), inputs) } {
        return failure.status();
    }
    let object = Object { slot: storage.cast() };
    object.guarded(body)
}

/// Takes the place of an object and marks it as empty.
///
/// # Safety
/// As [`Object::at`], for storage of this size.
#[inline(never)]
unsafe fn begin(head: *mut Head, size: usize, inputs: &[Range]) -> Outcome {
    let range = Range::of(head.cast_const().cast::<u8>(), size);
    // Every storage is made of u64.
    range.check(align_of::<u64>())?;
    disjoint(range, inputs)?;
    // SAFETY: writable by the contract above.
    unsafe { (&raw mut (*head).magic).write_volatile(0) };
    Ok(())
}
