//! The slots of a client's flash: whatever they hold, it starts, goes on, and starts again with the same.
//!
//! The checksum would keep the fuzzer out, so it is put right first.

#![no_main]

#[path = "../primary.rs"]
mod primary;

use hwlicense::license::LicenseKey;
use hwlicense::primary::client::Client;
use hwlicense::signed::Trust;
use libfuzzer_sys::fuzz_target;
use primary::{ROOT, Slots, Yes, device, machine, start};

/// CRC-32 (ISO-HDLC), bit by bit.
fn crc(parts: &[&[u8]]) -> u32 {
    let byte = |check: u32, byte: &u8| {
        (0..8).fold(
            check ^ u32::from(*byte),
            |check, _| if check & 1 == 1 { check >> 1 ^ 0xedb8_8320 } else { check >> 1 },
        )
    };
    !parts.iter().copied().flatten().fold(u32::MAX, byte)
}

/// A record in its slot, with a head that fits.
fn lay(slot: &mut [u8], sequence: u32, record: &[u8]) {
    let length = u32::try_from(record.len()).unwrap_or(u32::MAX).to_le_bytes();
    let check = crc(&[&sequence.to_le_bytes(), &length, record]);
    let head = [*b"HWLS", [1, 0, 0, 0], sequence.to_le_bytes(), length, check.to_le_bytes()].concat();
    slot.iter_mut().zip(&head).for_each(|(place, byte)| *place = *byte);
    slot.iter_mut().skip(64).zip(record).for_each(|(place, byte)| *place = *byte);
}

fuzz_target!(|input: (&[u8], &[u8], u32, u32, bool)| {
    let (first, second, one, other, is_sealed) = input;
    let mut slots = Slots::new();
    for (slot, (sequence, record)) in slots.0.iter_mut().zip([(one, first), (other, second)]) {
        if is_sealed {
            lay(slot, sequence, record);
        } else {
            slot.iter_mut().zip(record).for_each(|(place, byte)| *place = *byte);
        }
    }
    let machine = machine();
    let device = device(&machine);
    let believing = Trust::new(Yes, [ROOT]).expect("one root");
    let Ok(mut client) = Client::load(slots, start());
    client.check(0, &believing, &device, |_| {});
    // Something is saved, and it is what the next start finds.
    client.give_up(0, LicenseKey::from_random([9; 10])).expect("memory does not fail");
    let before = (format!("{client:?}"), client.check(0, &believing, &device, |_| {}).verdict);
    let Ok(mut again) = Client::load(client.into_storage(), start());
    assert_eq!((format!("{again:?}"), again.check(0, &believing, &device, |_| {}).verdict), before);
});
