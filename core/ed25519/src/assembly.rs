//! The operations in assembly, for processors with the DSP extension: Cortex-M4, M7 and some M33.
//!
//! UMAAL multiplies two words and adds two more. A compiler finds it, too, but keeps what is added
//! in memory where 13 registers would do, and takes more than twice the instructions.
//!
//! A function here is nothing but its file: no registers are agreed upon with a compiler, and the
//! same files are put to the test by themselves (`tests/qemu/field`). All keep to the procedure
//! call standard: r4 to r11 are given back as they were, the stack is 9 to 31 words deeper
//! meanwhile, and `compress.s` 59; nothing is written but the first argument, which is written last, so
//! that it may be another, too, and by `compress.s` the second. A [`Field`] is 8 aligned words.

#![allow(unsafe_code, reason = "two numbers that are one are no two references, so these functions take pointers")]

use core::arch::naked_asm;
use core::ptr::from_mut;

use crate::field::Field;
use crate::sha512::{ROUNDS, Sha512};

/// What the assembler is told of the processor. Where the DSP extension is an option of it, one pass
/// of LLVM over the assembly does not know that the compiler was told.
#[cfg(cortex_m33)]
macro_rules! processor {
    () => {
        ".cpu cortex-m33"
    };
}
#[cfg(not(cortex_m33))]
macro_rules! processor {
    () => {
        ""
    };
}

/// `sum = a + b`
///
/// # Safety
/// * `sum` is valid for writes, `a` and `b` are valid for reads. Any of them may be the same.
// SAFETY: the file reads and writes just that, and keeps to the call standard as said above.
#[unsafe(naked)]
unsafe extern "C" fn sum(sum: *mut Field, a: *const Field, b: *const Field) {
    naked_asm!(processor!(), include_str!("assembly/add.s"), options(raw))
}

/// `difference = a - b`
///
/// # Safety
/// * As for `sum`.
// SAFETY: as for `sum`.
#[unsafe(naked)]
unsafe extern "C" fn difference(difference: *mut Field, a: *const Field, b: *const Field) {
    naked_asm!(processor!(), include_str!("assembly/subtract.s"), options(raw))
}

/// `product = a * b`
///
/// # Safety
/// * As for `sum`.
// SAFETY: as for `sum`.
#[unsafe(naked)]
unsafe extern "C" fn product(product: *mut Field, a: *const Field, b: *const Field) {
    naked_asm!(processor!(), include_str!("assembly/multiply.s"), options(raw))
}

/// `power = a`, squared `count` times; a count of 0 is 2^32.
///
/// # Safety
/// * `power` is valid for writes, `a` is valid for reads. They may be the same.
// SAFETY: as for `sum`.
#[unsafe(naked)]
unsafe extern "C" fn square(power: *mut Field, a: *const Field, count: u32) {
    naked_asm!(processor!(), include_str!("assembly/square.s"), options(raw))
}

/// Works a block into the state of SHA-512. The block holds something else afterwards.
///
/// # Safety
/// * `state` and `block` are valid for reads and writes, `rounds` is valid for reads, and they are apart.
// SAFETY: as for `sum`.
#[unsafe(naked)]
unsafe extern "C" fn compress(state: *mut [u64; 8], block: *mut [u64; 16], rounds: *const [u64; 80]) {
    naked_asm!(processor!(), include_str!("assembly/compress.s"), options(raw))
}

impl Field {
    /// `self += other`
    pub(crate) fn add(&mut self, other: &Self) {
        let own = from_mut(self);
        // SAFETY: both are references, and `own` may be read and written.
        unsafe { sum(own, own, other) }
    }

    /// `self = a + b`
    pub(crate) fn set_sum(&mut self, a: &Self, b: &Self) {
        // SAFETY: all are references.
        unsafe { sum(self, a, b) }
    }

    /// `self += self`
    pub(crate) fn double(&mut self) {
        let own = from_mut(self);
        // SAFETY: `own` may be read and written.
        unsafe { sum(own, own, own) }
    }

    /// `self -= other`
    pub(crate) fn subtract(&mut self, other: &Self) {
        let own = from_mut(self);
        // SAFETY: both are references, and `own` may be read and written.
        unsafe { difference(own, own, other) }
    }

    /// `self = a - b`
    pub(crate) fn set_difference(&mut self, a: &Self, b: &Self) {
        // SAFETY: all are references.
        unsafe { difference(self, a, b) }
    }

    /// `self *= other`
    pub(crate) fn multiply(&mut self, other: &Self) {
        let own = from_mut(self);
        // SAFETY: both are references, and `own` may be read and written.
        unsafe { product(own, own, other) }
    }

    /// `self = a * b`
    pub(crate) fn set_product(&mut self, a: &Self, b: &Self) {
        // SAFETY: all are references.
        unsafe { product(self, a, b) }
    }

    /// Squares `count` times.
    pub(crate) fn square_times(&mut self, count: u32) {
        let own = from_mut(self);
        if count > 0 {
            // SAFETY: `own` may be read and written, and the count is not 0.
            unsafe { square(own, own, count) }
        }
    }
}

impl Sha512 {
    /// Works the block into the state (FIPS 180-4, 6.4.2).
    pub(crate) fn compress(&mut self) {
        // SAFETY: all are references, to different memory.
        unsafe { compress(&mut self.state, &mut self.block, &ROUNDS) }
    }
}
