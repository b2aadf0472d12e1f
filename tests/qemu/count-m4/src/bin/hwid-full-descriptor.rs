//! The HWID from the full descriptor of the fixture. Its budget is 100,000 instructions.

#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m_rt::entry;
use hwlicense::hwid::Machine;
use hwlicense_fixture::DESCRIPTOR;

#[entry]
fn main() -> ! {
    let descriptor = DESCRIPTOR;
    count_m4::report(16, || {
        Machine::read(black_box(&descriptor))
            .expect("the fixture obeys the bounds")
            .hwid()
            .expect("the fixture is unique")
    });
    unreachable!("the emulator has ended")
}
