//! The slots of a client's flash: whatever they hold, it starts, goes on, and starts again with the same.
//!
//! The checksum would keep the fuzzer out, so it is put right first.

#![no_main]

#[path = "../primary.rs"]
mod primary;
#[path = "../slot.rs"]
mod slot;

use hwlicense::license::LicenseKey;
use hwlicense::primary::client::Client;
use hwlicense::signed::Trust;
use libfuzzer_sys::fuzz_target;
use primary::{ROOT, Slots, Yes, device, machine, start};

fuzz_target!(|input: (&[u8], &[u8], u32, u32, bool)| {
    let (first, second, one, other, is_sealed) = input;
    let mut slots = Slots::new();
    for (place, (sequence, record)) in slots.0.iter_mut().zip([(one, first), (other, second)]) {
        if is_sealed {
            slot::lay(place, *b"HWLS", sequence, record);
        } else {
            place.iter_mut().zip(record).for_each(|(place, byte)| *place = *byte);
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
