//! One strict Ed25519 verification of 200 bytes, decoding of the key included: the primitive
//! under every licence check.

#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m_rt::entry;
use count_m4::fixture;
use ed25519_dalek::{Signature, VerifyingKey};

#[entry]
fn main() -> ! {
    let message: [u8; 200] = fixture::message();
    let signature = Signature::from_bytes(&fixture::SIGNATURE);
    count_m4::report(4, || {
        VerifyingKey::from_bytes(black_box(&fixture::PUBLIC_KEY))
            .and_then(|key| key.verify_strict(black_box(&message), black_box(&signature)))
            .expect("the fixture's signature holds")
    });
    unreachable!("the emulator has ended")
}
