//! The operations in assembly, for Cortex-M4 and M7, which have the DSP extension.
//!
//! UMAAL multiplies two words and adds two more. A compiler finds it, too, but keeps what is added
//! in memory where 13 registers would do, and takes more than twice the instructions.
//!
//! A function here is nothing but its file: no registers are agreed upon with a compiler, and the
//! same files are put to the test by themselves (`tests/qemu/field`). All keep to the procedure
//! call standard: r4 to r11 are given back as they were, the stack is 4 to 23 words deeper
//! meanwhile, nothing but the first argument is written. A [`Field`] is 8 aligned words.

use core::arch::naked_asm;

use super::Field;

impl Field {
    /// `self += other`
    // SAFETY: the file reads and writes the 8 words of `self`, reads those of `other`, and keeps to
    // the call standard as said above.
    #[unsafe(naked)]
    pub(crate) extern "C" fn add(&mut self, other: &Self) {
        naked_asm!(include_str!("add.s"), options(raw))
    }

    /// `self += self`
    // SAFETY: it adds as `add` does, which does not mind that both addends are one.
    #[unsafe(naked)]
    pub(crate) extern "C" fn double(&mut self) {
        naked_asm!("mov r1, r0", "b {add}", add = sym Self::add)
    }

    /// `self -= other`
    // SAFETY: as for `add`.
    #[unsafe(naked)]
    pub(crate) extern "C" fn subtract(&mut self, other: &Self) {
        naked_asm!(include_str!("subtract.s"), options(raw))
    }

    /// `self *= other`
    // SAFETY: as for `add`.
    #[unsafe(naked)]
    pub(crate) extern "C" fn multiply(&mut self, other: &Self) {
        naked_asm!(include_str!("multiply.s"), options(raw))
    }

    /// Squares `count` times.
    pub(crate) fn square_times(&mut self, count: u32) {
        if count > 0 {
            self.square_loop(count);
        }
    }

    /// Squares `count` times; 0 is 2^32.
    // SAFETY: the file reads and writes the 8 words of `self`, and keeps to the call standard as
    // said above.
    #[unsafe(naked)]
    extern "C" fn square_loop(&mut self, count: u32) {
        naked_asm!(include_str!("square.s"), options(raw))
    }
}
