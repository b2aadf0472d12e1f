//! The recorded exchange of a client with a Primary Server that firmware plays again: two requests
//! as frames, and the bodies of their answers.
//!
//! Between the two the power fails while the first answer is saved, so the second request is that
//! of a client that has nothing yet, with a counter that did not go back.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a failed unwrap is a failed test"
)]

use core::convert::Infallible;
use std::path::Path;

use hwlicense::hwid::{Identity, Machine};
use hwlicense::license::{Class, Reason};
use hwlicense::primary::client::{Answered, Client, Device, SLOT_BYTES, Slot, Start, Storage, WRITE_BYTES};
use hwlicense::primary::frame::FRAME_HEAD_BYTES;
use hwlicense::primary::{Outcome, Wanted};
use hwlicense::signed::{Ed25519, Trust};
use hwlicense::time::UnixSeconds;
use hwlicense::update::{Part, RUNNING_BYTES_MAX};
use hwlicense_fixture::{CORRECTION, DESCRIPTOR, EXCHANGE, Exchange, UPDATE};
use hwlicense_tests::release;
use hwlicense_tests::site::{self, BRAND, CHANNELS, ISSUED, Signer};

/// Two slots in memory.
struct Flash([Vec<u8>; 2]);

impl Flash {
    fn erased() -> Self {
        Self([vec![0xff; SLOT_BYTES.try_into().unwrap()], vec![0xff; SLOT_BYTES.try_into().unwrap()]])
    }

    fn slot(&mut self, slot: Slot) -> &mut Vec<u8> {
        &mut self.0[usize::from(slot == Slot::B)]
    }
}

impl Storage for Flash {
    type Error = Infallible;

    fn read(&mut self, slot: Slot, offset: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.copy_from_slice(&self.slot(slot)[offset.try_into().unwrap()..][..bytes.len()]);
        Ok(())
    }

    fn erase(&mut self, slot: Slot) -> Result<(), Infallible> {
        self.slot(slot).fill(0xff);
        Ok(())
    }

    fn write(&mut self, slot: Slot, offset: u32, bytes: &[u8; WRITE_BYTES]) -> Result<(), Infallible> {
        self.slot(slot)[offset.try_into().unwrap()..][..WRITE_BYTES].copy_from_slice(bytes);
        Ok(())
    }
}

/// Compares with the committed file, or writes it when `HWLICENSE_BLESS` is set.
fn settle(name: &str, made: &[u8], committed: &[u8]) {
    if std::env::var_os("HWLICENSE_BLESS").is_some() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixture/src").join(name), made).unwrap();
    } else {
        assert_eq!(made, committed, "{name} is not what its seeds give; HWLICENSE_BLESS=1 writes it again");
    }
}

/// The site's camera, which says this of what it runs.
fn camera<'d>(identity: &'d Identity, running: &'d [u8]) -> Device<'d> {
    Device {
        identity,
        enrollment: &[],
        wall: None,
        brand: BRAND.into(),
        name: "quay 7".into(),
        software: "4.2 (1337)".into(),
        license_key: None,
        running,
        wanted: Wanted { class: Class::EDGE, count: CHANNELS },
    }
}

const START: Start = Start { built: UnixSeconds(ISSUED), seed: 7, servers: 1, uptime_s: 0 };

#[test]
fn the_recorded_exchange_is_what_its_seeds_give_and_ends_with_a_licence() {
    let machine = Machine::read(&DESCRIPTOR).unwrap();
    let trust = Trust::new(Ed25519, [Signer::Root.public()]).unwrap();
    let device = camera(machine.identity(), &[]);
    settle("correction.hwl", &site::correction(machine.hwid().unwrap(), 1, ISSUED + 120), CORRECTION);
    let mut flash = Flash::erased();
    for (number, Exchange { random, request, answer }) in (1u64..).zip(&EXCHANGE) {
        let mut client = Client::load(flash, START).unwrap();
        let uptime_s = client.poll_timeout().unwrap();
        client.handle_timeout(uptime_s).unwrap();
        let mut buffer = [0; 4096];
        let made = client.poll_transmit(uptime_s, random, &device, &mut buffer).unwrap().unwrap().frame;
        settle(&format!("exchange-{number}-request.bin"), made, request);
        let body = site::answer(&made[FRAME_HEAD_BYTES..], ISSUED + 60 * number, Outcome::Licensed);
        settle(&format!("exchange-{number}-answer.bin"), &body, answer);
        // The power fails while the first answer is saved: all is as it was before.
        if number == 2 {
            let answered = client.handle_input(uptime_s, &body, &trust, &device).unwrap();
            assert_eq!(answered, Answered::Reply(Outcome::Licensed));
        }
        let report = client.check(uptime_s, &trust, &device, |right| assert_eq!(right.count, CHANNELS));
        assert_eq!(report.reason, if number == 2 { Reason::Valid } else { Reason::ContactRequired });
        flash = client.into_storage();
    }
}

#[test]
fn the_recorded_update_is_what_its_seeds_give_and_is_offered_with_a_licence() {
    let machine = Machine::read(&DESCRIPTOR).unwrap();
    let trust = Trust::new(Ed25519, [Signer::Root.public()]).unwrap();
    let mut buffer = [0; RUNNING_BYTES_MAX];
    let running = release::running();
    let device = camera(machine.identity(), running.write(&mut buffer).unwrap());
    let mut client = Client::load(Flash::erased(), START).unwrap();
    let uptime_s = client.poll_timeout().unwrap();
    client.handle_timeout(uptime_s).unwrap();
    let Exchange { random, request, answer } = UPDATE.exchange;
    let mut buffer = [0; 4096];
    let made = client.poll_transmit(uptime_s, &random, &device, &mut buffer).unwrap().unwrap().frame;
    settle("update-request.bin", made, request);
    let body = site::answer_offering(&made[FRAME_HEAD_BYTES..], ISSUED + 60, Outcome::Licensed, Some(release::offer()));
    settle("update-answer.bin", &body, answer);
    let answered = client.handle_input(uptime_s, &body, &trust, &device).unwrap();
    assert_eq!((answered, client.offer()), (Answered::Reply(Outcome::Licensed), Some(release::offer())));
    settle("update-manifest.bin", &release::answer(Part::Manifest), UPDATE.manifest);
    for (index, chunk) in (0..release::CHUNKS).zip(UPDATE.chunks) {
        settle(&format!("update-chunk-{index}.bin"), &release::answer(Part::Chunk(index)), chunk);
    }
}
