//! The whole check of a strict licence, from its bytes to the verdict: parse, look up the key, verify
//! the signature, compare the hardware, weigh the terms. The HWID is computed and the issuer's
//! certificate verified beforehand.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use count_m4::license;
use hwlicense_fixture::LICENSE_STRICT;

#[entry]
fn main() -> ! {
    license::report_check(LICENSE_STRICT);
    unreachable!("the emulator has ended")
}
