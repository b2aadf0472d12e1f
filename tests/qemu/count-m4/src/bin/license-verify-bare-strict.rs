//! One strict Ed25519 verification of exactly the bytes that the strict licence's signature covers:
//! what its whole check is compared with.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use count_m4::license;
use hwlicense_fixture::LICENSE_STRICT;

#[entry]
fn main() -> ! {
    license::report_signature(LICENSE_STRICT);
    unreachable!("the emulator has ended")
}
