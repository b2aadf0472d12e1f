//! The slots of a device's record of updates: whatever they hold, it starts, goes on, and starts again with
//! the same.
//!
//! The checksum would keep the fuzzer out, so it is put right first.

#![no_main]

#[path = "../slot.rs"]
mod slot;
#[path = "../update.rs"]
mod update;

use hwlicense::update::client::{Restart, Start};
use libfuzzer_sys::fuzz_target;
use update::{Memory, bundle, downloader, running};

fuzz_target!(|input: (&[u8], &[u8], u32, u32, bool)| {
    let (first, second, one, other, is_sealed) = input;
    let mut slots = Memory::slots();
    for (place, (sequence, record)) in slots.0.iter_mut().zip([(one, first), (other, second)]) {
        if is_sealed {
            slot::lay(place, *b"HWLU", sequence, record);
        } else {
            place.iter_mut().zip(record).for_each(|(place, byte)| *place = *byte);
        }
    }
    let mut device = downloader(slots);
    assert!(device.floor() >= running().security_version);
    assert!(!device.is_ready());
    let report = device.report();
    device.handle_reply(0, Some(bundle().1), report).expect("memory does not fail");
    let before = (device.floor(), device.report());
    let start = Start { running: &running(), restart: Restart::Program, seed: 7, servers: 2 };
    device.start(start).expect("memory does not fail");
    assert_eq!((device.floor(), device.report()), before);
});
