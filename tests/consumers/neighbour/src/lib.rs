//! Another Rust static library, for a C program that also links hwlicense.
//!
//! It needs what ours needs: core's formatting, long division from the compiler's own library,
//! a panic handler, and with feature `std` threads, unwinding and an allocator.

#![no_std]

#[cfg(feature = "std")]
extern crate std;

use core::fmt::Write;

/// Adds up what is written to it.
struct Sum(u32);

impl Write for Sum {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            self.0 = self.0.wrapping_mul(31).wrapping_add(u32::from(byte));
        }
        Ok(())
    }
}

/// A number that depends on formatting and on 64-bit division.
fn checksum(dividend: u64, divisor: u64) -> u32 {
    let mut sum = Sum(0);
    let quotient = dividend.checked_div(divisor).unwrap_or(u64::MAX);
    match write!(sum, "{quotient:#x} of {dividend}") {
        Ok(()) => sum.0,
        Err(_) => 0,
    }
}

/// The checksum, computed on another thread whose panic is caught; 0 if anything goes wrong.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub extern "C" fn neighbour_checksum(dividend: u64, divisor: u64) -> u32 {
    let caught = std::panic::catch_unwind(|| std::panic::resume_unwind(std::boxed::Box::new(divisor)));
    if caught.is_ok() {
        return 0;
    }
    std::thread::spawn(move || checksum(dividend, divisor)).join().unwrap_or(0)
}

/// The checksum.
#[cfg(not(feature = "std"))]
#[unsafe(no_mangle)]
pub extern "C" fn neighbour_checksum(dividend: u64, divisor: u64) -> u32 {
    checksum(dividend, divisor)
}

#[cfg(not(feature = "std"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[expect(clippy::empty_loop, reason = "nothing else can be done without the program's help")]
    loop {}
}
