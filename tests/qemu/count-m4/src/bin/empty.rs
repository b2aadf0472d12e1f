//! Counts nothing: the size of its image is what every image takes before its operation.

#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m_rt::entry;

#[entry]
fn main() -> ! {
    count_m4::report(1, || black_box(0_u32));
    unreachable!("the emulator has ended")
}
