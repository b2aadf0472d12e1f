//! Counts the instructions of an operation on an emulated Cortex-M4.
//!
//! Each file in `src/bin` is one operation and one firmware image, so that the image's size is
//! the size of that operation. A new file there is a new row of `cargo xtask bench`; if it has a
//! budget or peers, they are named in xtask. An image does three things: prepare the operation's
//! input, call [`report`], and end.
//!
//! QEMU is told that one instruction takes one nanosecond of virtual time. SysTick runs at
//! 25 MHz on this board, so one of its ticks is 40 instructions, and the same image gives the
//! same count on every machine. It is a count of instructions, not of a real board's cycles.

#![no_std]
#![forbid(unsafe_code)]

pub mod fixture;
pub mod license;

use core::hint::black_box;

// Only linked in: the handler that prints a panic and ends the emulator with a failure.
use panic_semihosting as _;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_semihosting::{debug, hprintln};

// A figure for the unrolled SHA-512 would be a figure for another image than firmware ships.
const _: () =
    assert!(cfg!(sha2_backend_soft = "compact"), "build this through `cargo xtask`, which asks for the compact SHA-2");

/// SysTick counts down from here; it has 24 bits.
const TICKS_MAX: u32 = 0x00ff_ffff;
/// Instructions in one tick: 1 GHz of instructions over 25 MHz.
const INSTRUCTIONS_PER_TICK: u32 = 40;

/// Counts `operation` and prints its instructions, as the mean of `repeats` calls.
///
/// All calls together must stay below 671 million instructions, or SysTick laps itself. More
/// repeats give a finer figure: its step is 40 instructions over `repeats`.
///
/// # Panics
/// If the board's timer is not there, or if `repeats` is 0.
pub fn report<T>(repeats: u32, mut operation: impl FnMut() -> T) {
    assert!(repeats > 0, "nothing to count");
    let mut timer = cortex_m::Peripherals::take().expect("the peripherals are taken once").SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(TICKS_MAX);
    timer.clear_current();
    timer.enable_counter();
    // What the loop and the call themselves take is no part of the operation.
    let empty = ticks(repeats, || ());
    let full = ticks(repeats, &mut operation);
    let instructions = u64::from(full.saturating_sub(empty)) * u64::from(INSTRUCTIONS_PER_TICK) / u64::from(repeats);
    hprintln!("instructions {}", instructions);
    end();
}

/// Ends the emulator as a program that succeeded.
pub fn end() {
    debug::exit(debug::EXIT_SUCCESS);
}

/// Ticks that pass while `operation` runs `repeats` times.
#[inline(never)]
fn ticks<T>(repeats: u32, mut operation: impl FnMut() -> T) -> u32 {
    let before = SYST::get_current();
    for _ in 0..repeats {
        black_box(operation());
    }
    let after = SYST::get_current();
    before.wrapping_sub(after) & TICKS_MAX
}
