//! The only place, beside the opaque objects, where a pointer from C becomes a reference.
//!
//! Each function checks what can be checked (null, alignment, length, struct size) before it
//! looks; that the memory is really there is the caller's word, as the header says. The checks
//! are not generic, so that a small firmware holds each of them once.

use hwlicense::signed::{PUBLIC_KEY_BYTES, PublicKey};

use crate::status::{Failure, HWL_E_ALIGN, HWL_E_LENGTH, HWL_E_NULL, HWL_E_OVERLAP, HWL_E_SIZE, HWL_E_VALUE, Outcome};

/// Largest struct that is believed. A struct_size that was never set is mostly far beyond.
const STRUCT_BYTES_MAX: usize = 4096;

/// A range of the caller's memory: where it begins, and how many bytes it has.
#[derive(Clone, Copy)]
pub(crate) struct Range {
    start: usize,
    size: usize,
}

impl Range {
    pub(crate) fn of<T>(pointer: *const T, count: usize) -> Self {
        Self { start: pointer.addr(), size: count.saturating_mul(size_of::<T>()) }
    }

    /// That a list of `count` rows of `size` bytes can begin here.
    pub(crate) fn check_rows(self, count: usize, size: usize, align: usize) -> Outcome {
        let size = count.checked_mul(size).ok_or(Failure::of(HWL_E_LENGTH))?;
        Self { size, ..self }.check(align)
    }

    /// That the range can be one of memory at all, at a multiple of the alignment.
    #[inline(never)]
    pub(crate) fn check(self, align: usize) -> Outcome {
        if self.start == 0 {
            return Err(Failure::of(HWL_E_NULL));
        }
        // Alignments are powers of two.
        if self.start & align.wrapping_sub(1) != 0 {
            return Err(Failure::of(HWL_E_ALIGN));
        }
        if isize::try_from(self.size).is_err() || self.start.checked_add(self.size).is_none() {
            return Err(Failure::of(HWL_E_LENGTH));
        }
        Ok(())
    }

    fn overlaps(self, other: Self) -> bool {
        self.size > 0
            && other.size > 0
            && self.start < other.start.saturating_add(other.size)
            && other.start < self.start.saturating_add(self.size)
    }
}

/// That the first range, an output, shares no byte with any of the others.
#[inline(never)]
pub(crate) fn disjoint(output: Range, others: &[Range]) -> Outcome {
    if others.iter().any(|other| output.overlaps(*other)) { Err(Failure::of(HWL_E_OVERLAP)) } else { Ok(()) }
}

/// That a pointer can point to a `T`.
pub(crate) fn check_one<T>(pointer: *const T) -> Outcome {
    Range::of(pointer, 1).check(align_of::<T>())
}

/// That a buffer can be one; (NULL, 0) is an empty one.
pub(crate) fn check_buffer(pointer: *const u8, length: usize) -> Outcome {
    if length == 0 { Ok(()) } else { Range::of(pointer, length).check(1) }
}

/// The bytes of a buffer.
///
/// # Safety
/// If the checks pass, `length` bytes are readable and nobody writes them during `'a`.
pub(crate) unsafe fn bytes<'a>(pointer: *const u8, length: usize) -> Result<&'a [u8], Failure> {
    check_buffer(pointer, length)?;
    // SAFETY: checked; readable and unchanged by the caller's word.
    Ok(unsafe { checked_bytes(pointer, length) })
}

/// As many bytes as the array has.
///
/// # Safety
/// If the checks pass, the bytes are readable and nobody writes them during `'a`.
pub(crate) unsafe fn array<'a, const N: usize>(pointer: *const u8) -> Result<&'a [u8; N], Failure> {
    check_one(pointer.cast::<[u8; N]>())?;
    // SAFETY: not null and not wrapping, as checked; readable and unchanged by the contract above.
    Ok(unsafe { &*pointer.cast() })
}

/// Public keys, one after the other.
///
/// # Safety
/// There is at least one. If the checks pass, `count` keys are readable and nobody writes them
/// during `'a`.
pub(crate) unsafe fn keys<'a>(pointer: *const u8, count: usize) -> Result<&'a [PublicKey], Failure> {
    const { assert!(size_of::<PublicKey>() == PUBLIC_KEY_BYTES && align_of::<PublicKey>() == 1) };
    check_buffer(pointer, count.saturating_mul(PUBLIC_KEY_BYTES))?;
    // SAFETY: not empty, so checked; and so nobody asks again.
    unsafe { core::hint::assert_unchecked(!pointer.is_null()) };
    // SAFETY: not empty, so checked; readable and unchanged by the contract above. A key is its bytes in
    // memory, and any bytes are one.
    Ok(unsafe { core::slice::from_raw_parts(pointer.cast(), count) })
}

/// The points of a table, which begins with the words of the first.
///
/// # Safety
/// They are checked as words of a [`Range`]; `count` points are readable and nobody writes them
/// during `'a`.
#[cfg(any(feature = "ed25519", feature = "ed25519-small"))]
pub(crate) unsafe fn points<'a>(words: *const u32, count: usize) -> &'a [hwlicense::signed::TablePoint] {
    // SAFETY: not null, aligned for words, at most isize::MAX bytes long and not wrapping, by the
    // contract above; readable and unchanged as well. A point is 24 words in memory, as its
    // documentation says, and any words are one.
    unsafe { core::slice::from_raw_parts(words.cast(), count) }
}

/// The bytes of a buffer that [`check_buffer`] let pass.
///
/// # Safety
/// `length` bytes are readable and nobody writes them during `'a`.
pub(crate) unsafe fn checked_bytes<'a>(pointer: *const u8, length: usize) -> &'a [u8] {
    let start = if length == 0 { core::ptr::dangling() } else { pointer };
    // SAFETY: not null, as checked where there is a byte; so nobody asks again whether it is.
    unsafe { core::hint::assert_unchecked(!start.is_null()) };
    // SAFETY: empty, or not null, aligned (bytes), at most isize::MAX long and not wrapping, as
    // checked; readable and unchanged by the contract above.
    unsafe { core::slice::from_raw_parts(start, length) }
}

/// The bytes of an output buffer.
///
/// # Safety
/// If the checks pass, `length` bytes are writable, initialised or not looked at before they are
/// written, and nobody else uses them during `'a`.
pub(crate) unsafe fn bytes_mut<'a>(pointer: *mut u8, length: usize) -> Result<&'a mut [u8], Failure> {
    check_buffer(pointer, length)?;
    if length == 0 {
        return Ok(&mut []);
    }
    // SAFETY: not null, aligned (bytes), at most isize::MAX long and not wrapping, as checked;
    // writable and not shared by the caller's word and the check of overlap before.
    Ok(unsafe { core::slice::from_raw_parts_mut(pointer, length) })
}

/// A value of a type for which every bit pattern is valid.
///
/// # Safety
/// If the checks pass, `pointer` is readable.
pub(crate) unsafe fn read<T: Plain>(pointer: *const T) -> Result<T, Failure> {
    check_one(pointer)?;
    // SAFETY: not null and aligned, as checked; readable by the caller's word; any bytes are a
    // valid `T`.
    Ok(unsafe { pointer.read() })
}

/// A value of such a type where it lies.
///
/// # Safety
/// If the checks pass, `pointer` is readable and nobody writes there during `'a`.
pub(crate) unsafe fn borrow<'a, T: Plain>(pointer: *const T) -> Result<&'a T, Failure> {
    check_one(pointer)?;
    // SAFETY: not null and aligned, as checked; readable and unchanged by the contract above; any
    // bytes are a valid `T`.
    Ok(unsafe { &*pointer })
}

/// Writes an output.
///
/// # Safety
/// If the checks pass, `pointer` is writable.
pub(crate) unsafe fn write<T: Plain>(pointer: *mut T, value: T) -> Outcome {
    check_one(pointer)?;
    // SAFETY: not null and aligned, as checked; writable by the caller's word.
    unsafe { pointer.write(value) };
    Ok(())
}

/// Copies bytes into an output buffer that was checked before.
///
/// # Safety
/// `bytes.len()` bytes at `pointer` are writable and no part of `bytes`.
pub(crate) unsafe fn write_bytes(pointer: *mut u8, bytes: &[u8]) {
    // SAFETY: both are valid for this length and do not overlap, by the contract above.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), pointer, bytes.len()) };
}

/// A plain struct of the header: no padding, and every bit pattern is valid.
///
/// # Safety
/// The type is `repr(C)`, made of integers, raw pointers, nullable function pointers and arrays
/// of these only, and has no padding.
pub(crate) unsafe trait Plain: Copy {}

/// A plain struct that starts with `struct_size: u32`.
///
/// # Safety
/// As [`Plain`], and the first field is the `u32` that holds the size.
pub(crate) unsafe trait Sized32: Plain {
    /// Least size that any caller may have: that of the fields which the first version needs to
    /// make sense.
    const BYTES_MIN: usize;
}

/// The size that a struct says it has.
///
/// # Safety
/// If the checks pass, the first four bytes are readable.
#[inline(never)]
unsafe fn struct_size(pointer: *const u8, align: usize, bytes_min: usize) -> Result<usize, Failure> {
    Range::of(pointer, bytes_min).check(align)?;
    // SAFETY: not null and aligned for a u32 (every such struct is), as checked; readable by the
    // caller's word.
    let size = unsafe { pointer.cast::<u32>().read() };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size < bytes_min || size > STRUCT_BYTES_MAX {
        return Err(Failure::of(HWL_E_SIZE));
    }
    Range::of(pointer, size).check(align)?;
    Ok(size)
}

/// Copies an input struct into one of zeros: what the caller's version lacks stays zero, what it
/// has beyond ours must be zero.
///
/// # Safety
/// If the checks pass, as many bytes are readable as the struct says that it has.
pub(crate) unsafe fn input<T: Sized32>(pointer: *const T, copy: &mut T) -> Outcome {
    let into = core::ptr::from_mut(copy).cast();
    // SAFETY: as this function's own contract; `copy` is not the caller's, and any bytes are a
    // valid `T`.
    unsafe { copy_in(pointer.cast(), align_of::<T>(), T::BYTES_MIN, into, size_of::<T>()) }
}

/// An input struct where it lies, of a type that has not grown since its first version.
///
/// # Safety
/// If the checks pass, as many bytes are readable as the struct says that it has, and nobody writes
/// them during `'a`.
pub(crate) unsafe fn lent<'a, T: Sized32>(pointer: *const T) -> Result<&'a T, Failure> {
    const { assert!(T::BYTES_MIN == size_of::<T>()) };
    // SAFETY: as this function's own contract.
    unsafe { check_whole(pointer.cast(), align_of::<T>(), T::BYTES_MIN) }?;
    // SAFETY: not null, aligned and as large as a `T`, as checked; any bytes are one; readable and
    // unchanged by the contract above.
    Ok(unsafe { &*pointer })
}

/// That a struct of the caller has all that is known of it, and is zero beyond.
///
/// # Safety
/// As [`lent`].
#[inline(never)]
unsafe fn check_whole(pointer: *const u8, align: usize, known: usize) -> Outcome {
    // SAFETY: as this function's own contract.
    let size = unsafe { struct_size(pointer, align, known) }?;
    // SAFETY: `size` bytes are readable by the contract above.
    unsafe { check_tail(pointer, size, known) }
}

/// A struct of zeros.
pub(crate) fn zeroed<T: Plain>() -> T {
    // SAFETY: any bytes are a valid `T`.
    unsafe { core::mem::zeroed() }
}

/// Copies what both sizes have in common; the rest of the source must be zero.
///
/// # Safety
/// If the checks pass, as many bytes are readable as the struct says that it has; `into_size` can
/// be written, and they do not overlap.
#[inline(never)]
unsafe fn copy_in(from: *const u8, align: usize, bytes_min: usize, into: *mut u8, into_size: usize) -> Outcome {
    // SAFETY: as this function's own contract.
    let from_size = unsafe { struct_size(from, align, bytes_min) }?;
    // SAFETY: `from_size` bytes are readable by the contract above.
    unsafe { check_tail(from, from_size, into_size) }?;
    // SAFETY: both have this many bytes and do not overlap, by the contract above.
    unsafe { core::ptr::copy_nonoverlapping(from, into, from_size.min(into_size)) };
    Ok(())
}

/// That a struct of the caller is zero beyond what is known of it.
///
/// # Safety
/// `size` bytes can be read.
#[inline(never)]
pub(crate) unsafe fn check_tail(from: *const u8, size: usize, known: usize) -> Outcome {
    // SAFETY: readable for `size` bytes by the contract above.
    let bytes = unsafe { core::slice::from_raw_parts(from, size) };
    if is_zero(bytes.get(known..).unwrap_or_default()) { Ok(()) } else { Err(Failure::of(HWL_E_VALUE)) }
}

/// Whether nothing is set in the bytes.
#[inline(never)]
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// An output struct: where it is, and how much of it may be written.
pub(crate) struct Output<T> {
    pointer: *mut T,
    size: usize,
}

impl<T: Sized32> Output<T> {
    /// Checks an output struct before anything is computed.
    ///
    /// # Safety
    /// If the checks pass, as many bytes are readable and writable as the struct says that it has.
    pub(crate) unsafe fn new(pointer: *mut T) -> Result<Self, Failure> {
        // SAFETY: as this function's own contract.
        let size = unsafe { struct_size(pointer.cast(), align_of::<T>(), T::BYTES_MIN) }?;
        Ok(Self { pointer, size })
    }

    pub(crate) fn range(&self) -> Range {
        Range::of(self.pointer.cast::<u8>(), self.size)
    }

    /// Writes as much of the value as the caller's version has; its size stays as it is.
    pub(crate) fn write(&self, value: &T) {
        let size = self.size.min(size_of::<T>());
        // SAFETY: `new` was promised that this many bytes are writable; the value is ours, has no
        // padding, and both are at least BYTES_MIN (four) bytes long.
        unsafe { write_after_size(core::ptr::from_ref(value).cast(), self.pointer.cast(), size) };
    }
}

/// Copies `size` bytes but for the first four.
///
/// # Safety
/// `size` is at least 4; that many bytes can be read and written, and they do not overlap.
#[inline(never)]
unsafe fn write_after_size(from: *const u8, into: *mut u8, size: usize) {
    // SAFETY: by the contract above.
    unsafe { core::ptr::copy_nonoverlapping(from.add(4), into.add(4), size.wrapping_sub(4)) };
}

// SAFETY: integers without padding.
unsafe impl Plain for u32 {}
// SAFETY: an integer without padding.
unsafe impl Plain for usize {}
// SAFETY: an integer without padding.
unsafe impl Plain for u64 {}
// SAFETY: bytes.
unsafe impl<const N: usize> Plain for [u8; N] {}

/// The two words of a verdict, read anew from memory.
///
/// # Safety
/// If the checks pass, the report is readable as far as its reason.
pub(crate) unsafe fn read_verdict(report: *const crate::check::hwl_report) -> Result<(u32, u32), Failure> {
    // SAFETY: as this function's own contract.
    unsafe { struct_size(report.cast(), align_of::<crate::check::hwl_report>(), 16) }?;
    // SAFETY: the size reaches past both words, as checked; readable by the contract above.
    Ok(unsafe {
        ((&raw const (*report).verdict).read_volatile(), (&raw const (*report).verdict_inverse).read_volatile())
    })
}

/// The two words of a clearance, read anew from memory.
///
/// # Safety
/// If the checks pass, the handover is readable as far as its clearance.
pub(crate) unsafe fn read_clearance(handover: *const crate::handover::hwl_handover) -> Result<(u32, u32), Failure> {
    // SAFETY: as this function's own contract.
    unsafe { struct_size(handover.cast(), align_of::<crate::handover::hwl_handover>(), 16) }?;
    // SAFETY: the size reaches past both words, as checked; readable by the contract above.
    Ok(unsafe {
        ((&raw const (*handover).clearance).read_volatile(), (&raw const (*handover).clearance_inverse).read_volatile())
    })
}
