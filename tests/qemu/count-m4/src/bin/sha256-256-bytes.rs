//! SHA-256 of 256 bytes: the primitive under the HWID.

#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m_rt::entry;
use count_m4::fixture;
use sha2::{Digest, Sha256};

#[entry]
fn main() -> ! {
    let message: [u8; 256] = fixture::message();
    count_m4::report(64, || Sha256::digest(black_box(message)));
    unreachable!("the emulator has ended")
}
