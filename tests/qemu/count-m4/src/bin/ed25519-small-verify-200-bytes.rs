//! One strict Ed25519 verification of 200 bytes by the small verifier, decoding of the key
//! included: what firmware links where dalek does not fit.

#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m_rt::entry;
use count_m4::fixture;
use hwlicense_ed25519::verify;

#[entry]
fn main() -> ! {
    let message: [u8; 200] = fixture::message();
    count_m4::report(4, || {
        verify(black_box(&fixture::PUBLIC_KEY), black_box(&message), black_box(&fixture::SIGNATURE))
            .expect("the fixture's signature holds")
    });
    unreachable!("the emulator has ended")
}
