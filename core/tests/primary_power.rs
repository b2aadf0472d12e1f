//! The power fails in the middle of anything, or the flash does.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod primary_support;
mod support;

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use hwlicense::license::Reason;
use hwlicense::primary::client::{Answered, SLOT_BYTES, WRITE_BYTES};
use hwlicense::primary::{Outcome, Refusal, SignedRequest, TimeCorrection};
use hwlicense::time::UnixSeconds;
use primary_support::flash::{Flash, SLOT, Torn};
use primary_support::{BUILT, Camera, Server, device, entitlement, hwid, random};
use support::{BRAND, DAY, root};

/// What a device is worth after a restart.
#[derive(Clone, Debug, PartialEq)]
struct Worth {
    records: bool,
    reason: Reason,
    floor: u64,
    refusal: Option<u16>,
    kept: String,
}

fn worth(flash: &Flash) -> Worth {
    let mut camera = Camera::with(flash.clone());
    let report = camera.check();
    // The highest counter is reserved anew at each start; the rest of the state is the state.
    let kept = format!("{:?}", camera.client);
    let (floor, refusal) = (camera.client.floor(0).0, camera.client.refusal());
    Worth { records: report.verdict.grant().is_some(), reason: report.reason, floor, refusal, kept }
}

/// Something that a client saves.
struct Operation {
    name: &'static str,
    /// Brings the camera to where it happens.
    before: fn(&mut Camera, &mut Server),
    /// Lets it happen; errors are those of the flash.
    act: fn(&mut Camera, &mut Server),
}

/// The request that is due, if the flash lets it be made.
fn try_ask(camera: &mut Camera) -> Option<Vec<u8>> {
    while camera.client.poll_timeout().is_some() {
        camera.uptime = camera.client.poll_timeout().unwrap().max(camera.uptime);
        camera.client.handle_timeout(camera.uptime).ok()?;
    }
    let mut buffer = vec![0; 8_192];
    let device = device(&camera.machine, None, BRAND);
    let transmit = camera.client.poll_transmit(camera.uptime, &random(99), &device, &mut buffer).ok()??;
    Some(transmit.frame[5..].to_vec())
}

fn contact(camera: &mut Camera, server: &mut Server) {
    if let Some(request) = try_ask(camera) {
        let answer = server.answer(&request);
        let _ = camera.hear(&answer);
    }
}

fn licensed(camera: &mut Camera, server: &mut Server) {
    camera.contact(server);
    server.time += DAY;
}

fn correction(epoch: u32) -> Vec<u8> {
    let correction = TimeCorrection {
        issued: UnixSeconds(BUILT),
        hwid: hwid(),
        floor_epoch: epoch,
        time: UnixSeconds(BUILT + DAY),
        extensions: hwlicense::extension::Extensions::new(),
    };
    root().seal(&correction, 1)
}

const OPERATIONS: [Operation; 8] = [
    Operation { name: "first contact", before: |_, _| {}, act: contact },
    Operation { name: "renewal", before: licensed, act: contact },
    Operation {
        name: "refusal",
        before: |camera, server| {
            licensed(camera, server);
            server.refusal = Some(Refusal::NoCapacity);
        },
        act: contact,
    },
    Operation {
        name: "withdrawal",
        before: |camera, server| {
            licensed(camera, server);
            server.refusal = Some(Refusal::Withdrawn);
        },
        act: contact,
    },
    Operation {
        name: "give up",
        before: licensed,
        act: |camera, _| {
            let _ = camera.client.give_up(camera.uptime, entitlement().key);
        },
    },
    Operation {
        name: "floor",
        before: licensed,
        act: |camera, _| {
            let _ = camera.client.handle_timeout(camera.uptime + 3_600);
        },
    },
    Operation {
        name: "correction",
        before: licensed,
        act: |camera, _| {
            let _ = camera.correct(&correction(1));
        },
    },
    Operation {
        name: "carried",
        before: licensed,
        act: |camera, _| {
            let device = device(&camera.machine, None, BRAND);
            let _ = camera.client.write_carried(camera.uptime, &random(98), &device, &mut [0; 8_192]);
        },
    },
];

/// A device just before an operation: what its flash holds, and its server.
struct Scene {
    flash: [Vec<u8>; 2],
    server: Server,
}

impl Operation {
    fn scene(&self) -> Scene {
        let (mut camera, mut server) = (Camera::new(), Server::new());
        (self.before)(&mut camera, &mut server);
        Scene { flash: camera.flash.content(), server }
    }

    /// The states between which it may end: one for each time that it saves.
    fn stages(&self, scene: &Scene) -> Vec<Worth> {
        let mut stages = vec![worth(&Flash::holding(scene.flash.clone()))];
        for changes in 1.. {
            let (mut camera, mut server) = scene.begin();
            camera.flash.cut_after(changes, Torn::Before);
            (self.act)(&mut camera, &mut server);
            let is_over = !camera.flash.is_dark();
            camera.flash.power_on();
            let worth = worth(&camera.flash);
            if stages.last() != Some(&worth) {
                stages.push(worth);
            }
            if is_over {
                assert!(stages.len() > 1, "{} saves something", self.name);
                return stages;
            }
        }
        unreachable!("every operation ends")
    }
}

impl Scene {
    fn begin(&self) -> (Camera, Server) {
        (Camera::with(Flash::holding(self.flash.clone())), self.server.clone())
    }
}

#[test]
fn after_a_power_cut_anywhere_the_state_is_the_old_one_or_the_new_one() {
    let mut cuts = 0;
    for operation in &OPERATIONS {
        let scene = operation.scene();
        let stages = operation.stages(&scene);
        let keeps = stages[0].records && stages[stages.len() - 1].records;
        for torn in Torn::ALL {
            for changes in 0.. {
                let (mut camera, mut server) = scene.begin();
                camera.flash.cut_after(changes, torn);
                (operation.act)(&mut camera, &mut server);
                if !camera.flash.is_dark() {
                    break;
                }
                cuts += 1;
                let at = format!("{}, change {changes}, {torn:?}", operation.name);
                camera.flash.power_on();
                let found = worth(&camera.flash);
                assert!(stages.contains(&found), "{at}: {found:?} of {stages:?}");
                assert!(found.records || !keeps, "{at}: a right that nobody took away is gone");
                // And life goes on: the counter has not gone back.
                camera.try_restart().unwrap();
                contact(&mut camera, &mut server);
                assert!(!server.saw_clone, "{at}: the counter went back");
            }
        }
    }
    assert!(cuts > 300, "{cuts}");
}

#[test]
fn the_power_may_fail_again_while_a_device_recovers() {
    for operation in &OPERATIONS {
        let scene = operation.scene();
        let stages = operation.stages(&scene);
        for (first, torn) in [(0, Torn::Garbage), (0, Torn::Unreadable), (4, Torn::Half), (4, Torn::Unreadable)] {
            for second in (0..).step_by(3) {
                let (mut camera, mut server) = scene.begin();
                camera.flash.cut_after(first, torn);
                (operation.act)(&mut camera, &mut server);
                camera.try_restart().unwrap();
                camera.flash.cut_after(second, torn);
                (operation.act)(&mut camera, &mut server);
                let is_over = !camera.flash.is_dark();
                let at = format!("{}, {first}, {torn:?}, {second}", operation.name);
                camera.flash.power_on();
                let found = worth(&camera.flash);
                let same = |stage: &Worth| (stage.records, stage.reason) == (found.records, found.reason);
                assert!(stages.iter().any(same), "{at}: {found:?}");
                camera.try_restart().unwrap();
                contact(&mut camera, &mut server);
                assert!(!server.saw_clone, "{at}: the counter went back");
                if is_over {
                    break;
                }
            }
        }
    }
}

#[test]
fn flash_that_fails_leaves_the_client_as_it_was_and_the_next_attempt_succeeds() {
    for operation in &OPERATIONS {
        let scene = operation.scene();
        let stages = operation.stages(&scene);
        for torn in [Torn::Before, Torn::Half, Torn::Garbage, Torn::Unreadable] {
            for changes in 0.. {
                let (mut camera, mut server) = scene.begin();
                let before = (camera.records(), camera.client.refusal());
                camera.flash.fail_after(changes, torn);
                (operation.act)(&mut camera, &mut server);
                if camera.flash.changes() <= changes {
                    break;
                }
                let at = format!("{}, change {changes}, {torn:?}", operation.name);
                assert_eq!((camera.records(), camera.client.refusal()), before, "{at}");
                // What was written in spite of the error may count after a restart.
                let stands = worth(&camera.flash);
                let same = |stage: &Worth| (stage.records, stage.refusal) == (stands.records, stands.refusal);
                assert!(stages.iter().any(same), "{at}: {stands:?}");
                server.refusal = None;
                assert!(matches!(camera.contact(&mut server), Answered::Reply(_)), "{at}");
                assert!(camera.records() && !server.saw_clone, "{at}");
            }
        }
    }
}

/// A device that was saved at least twice, so that both slots are full.
fn settled() -> Camera {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.contact(&mut server);
    camera.contact(&mut server);
    camera
}

/// The slot that counts: the one without which the device is worth something else.
fn newest(camera: &Camera) -> usize {
    let content = camera.flash.content();
    let sequence = |slot: usize| u32::from_le_bytes(content[slot][8..12].try_into().unwrap());
    usize::from(sequence(1) > sequence(0))
}

#[test]
fn one_slot_with_anything_in_it_leaves_the_other_one() {
    let camera = settled();
    let (content, newest) = (camera.flash.content(), newest(&camera));
    let mut only_old = content.clone();
    only_old[newest] = vec![0xff; SLOT];
    let (old, new) = (worth(&Flash::holding(only_old)), worth(&Flash::holding(content.clone())));
    assert!(old.records && new.records && old != new);
    let garbage = |seed: u8| (0..SLOT).map(|place| (place as u8).wrapping_mul(seed).wrapping_add(seed)).collect();
    let with_magic = |seed| {
        let mut slot: Vec<u8> = garbage(seed);
        slot[..8].copy_from_slice(b"HWLS\x01\0\0\0");
        slot
    };
    for seed in 0..=255 {
        for (spoilt, left) in [(newest, &old), (1 - newest, &new)] {
            for slot in [garbage(seed), with_magic(seed), vec![seed; SLOT]] {
                let mut content = content.clone();
                content[spoilt] = slot;
                assert_eq!(&worth(&Flash::holding(content)), left, "slot {spoilt}, {seed}");
            }
        }
    }
    for (spoilt, left) in [(newest, &old), (1 - newest, &new)] {
        let flash = Flash::holding(content.clone());
        flash.spoil(spoilt);
        assert_eq!(&worth(&flash), left, "slot {spoilt} cannot be read");
    }
}

#[test]
fn a_flipped_bit_anywhere_in_a_slot_is_found_or_makes_no_difference() {
    let camera = settled();
    let (content, newest) = (camera.flash.content(), newest(&camera));
    let mut only_old = content.clone();
    only_old[newest] = vec![0xff; SLOT];
    let (old, new) = (worth(&Flash::holding(only_old)), worth(&Flash::holding(content.clone())));
    let flash = Flash::holding(content.clone());
    let used = content[newest].iter().rposition(|byte| *byte != 0xff).unwrap() + 1;
    let mut found_out = 0;
    for bit in 0..used * 8 {
        flash.flip(newest, bit);
        let found = worth(&flash);
        assert!(found == old || found == new, "bit {bit}");
        found_out += usize::from(found == old);
        flash.flip(newest, bit);
    }
    let length = u32::from_le_bytes(content[newest][12..16].try_into().unwrap()) as usize;
    assert_eq!(found_out, (20 + length) * 8, "every bit of head and record counts");
}

#[test]
fn flash_that_cannot_be_read_at_all_is_an_error_and_not_a_new_device() {
    let camera = settled();
    for spoilt in [&[0, 1][..], &[0], &[1]] {
        let flash = Flash::holding(camera.flash.content());
        spoilt.iter().for_each(|slot| flash.spoil(*slot));
        assert_eq!(Camera::try_with(flash).is_err(), spoilt.len() == 2, "{spoilt:?}");
    }
}

/// A slot as the format says, written by other hands.
fn slot(sequence: u32, record: &[u8]) -> Vec<u8> {
    let mut check = 0xffff_ffffu32;
    let (sequence, length) = (sequence.to_le_bytes(), (record.len() as u32).to_le_bytes());
    for byte in sequence.iter().chain(&length).chain(record) {
        check ^= u32::from(*byte);
        for _ in 0..8 {
            check = if check & 1 == 1 { check >> 1 ^ 0xedb8_8320 } else { check >> 1 };
        }
    }
    let mut slot = b"HWLS\x01\0\0\0".to_vec();
    slot.extend([sequence, length, (!check).to_le_bytes()].concat());
    slot.resize(64, 0);
    slot.extend(record);
    slot.resize(SLOT, 0xff);
    slot
}

/// The record of the slot that counts.
fn record_of(camera: &Camera) -> Vec<u8> {
    let slot = &camera.flash.content()[newest(camera)];
    let length = u32::from_le_bytes(slot[12..16].try_into().unwrap()) as usize;
    slot[64..64 + length].to_vec()
}

#[test]
fn a_slot_is_what_the_format_says() {
    let camera = settled();
    let newest = newest(&camera);
    let content = camera.flash.content();
    let sequence = u32::from_le_bytes(content[newest][8..12].try_into().unwrap());
    let record = record_of(&camera);
    let written = 64 + record.len().next_multiple_of(WRITE_BYTES);
    let mut expected = slot(sequence, &record);
    // The last piece is filled up with zeros.
    expected[64 + record.len()..written].fill(0);
    assert_eq!(content[newest], expected);
    assert_eq!(SLOT_BYTES, 8_192);
}

#[test]
fn sequences_wrap() {
    let (old, new) = (Camera::with(settled().flash), settled());
    let (first, second) = (record_of(&old), record_of(&new));
    assert_eq!(first.len(), second.len());
    let (unlicensed, licensed) = {
        let (mut camera, mut server) = (Camera::new(), Server { gives: false, ..Server::new() });
        camera.contact(&mut server);
        (record_of(&camera), second)
    };
    for (older, newer) in [(1, 2), (u32::MAX - 1, u32::MAX), (u32::MAX, 0), (u32::MAX, 1), (0x7fff_ffff, 0x8000_0000)] {
        for licensed_last in [false, true] {
            let (a, b) = if licensed_last { (&unlicensed, &licensed) } else { (&licensed, &unlicensed) };
            for slots in [[slot(older, a), slot(newer, b)], [slot(newer, b), slot(older, a)]] {
                assert_eq!(worth(&Flash::holding(slots)).records, licensed_last, "{older} {newer}");
            }
        }
    }
    // And are counted on over the end.
    let mut camera = Camera::with(Flash::holding([slot(u32::MAX, &licensed), slot(u32::MAX - 1, &unlicensed)]));
    assert!(camera.records());
    camera.client.give_up(0, entitlement().key).unwrap();
    assert!(!worth(&camera.flash).records);
    assert_eq!(camera.flash.content()[1][8..12], [0; 4]);
}

#[test]
fn a_record_that_newer_software_wrote_is_overwritten_before_one_that_is_understood() {
    let camera = settled();
    let known = record_of(&camera);
    let mut unknown = known.clone();
    assert_eq!(unknown.pop(), Some(0), "the list of extensions is the last, and empty");
    unknown.extend([1, 9, 1, 0]); // one, tag 9, critical, no bytes
    for slots in [[slot(8, &known), slot(9, &unknown)], [slot(9, &unknown), slot(8, &known)]] {
        let place = slots.iter().position(|slot| slot[8] == 9).unwrap();
        let mut camera = Camera::with(Flash::holding(slots));
        assert!(camera.records(), "the older record counts");
        camera.client.give_up(0, entitlement().key).unwrap();
        let content = camera.flash.content();
        assert_eq!((content[place][8], content[1 - place][8]), (10, 8), "it is newer than both");
    }
    // Where nothing is understood, the new record must not lose against the unknown one.
    let mut camera = Camera::with(Flash::holding([slot(9, &unknown), vec![0xff; SLOT]]));
    assert!(!camera.records());
    camera.contact(&mut Server::new());
    assert!(worth(&camera.flash).records);
    // An extension that is not critical is passed over.
    let at = unknown.len() - 2;
    unknown[at] = 0;
    assert!(worth(&Flash::holding([slot(9, &unknown), vec![0xff; SLOT]])).records);
}

#[test]
fn a_record_with_something_after_its_end_or_cut_off_is_none() {
    let camera = settled();
    let record = record_of(&camera);
    let erased = worth(&Flash::new());
    for length in 0..record.len() {
        assert_eq!(worth(&Flash::holding([slot(1, &record[..length]), vec![0xff; SLOT]])), erased, "{length}");
    }
    let longer = [&record[..], &[0]].concat();
    assert_eq!(worth(&Flash::holding([slot(1, &longer), vec![0xff; SLOT]])), erased);
    assert!(worth(&Flash::holding([slot(1, &record), vec![0xff; SLOT]])).records);
}

#[test]
fn erased_flash_is_a_new_device_whose_time_is_that_of_its_firmware() {
    let found = worth(&Flash::new());
    assert_eq!((found.records, found.reason, found.floor), (false, Reason::ContactRequired, BUILT));
}

#[test]
fn on_another_machine_the_flash_says_where_it_was_and_grants_nothing() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.contact(&mut server);
    camera.restart();
    camera.machine = support::hardware::other_server().machine();
    assert_eq!(camera.check().reason, Reason::OtherHardware);
    let body = camera.ask();
    let request = SignedRequest::parse(&body).unwrap();
    assert_eq!(request.request.previous, Some(hwid()));
    assert_ne!(request.request.hwid(), Some(hwid()));
    assert!(request.verifies(&server.secret.unwrap()), "it proves that it was that machine, or has its flash");
    assert!(catch_unwind(AssertUnwindSafe(|| server.answer(&body))).is_err(), "which the server sees");
}

#[test]
fn a_device_with_a_licence_shows_it_and_authenticates_its_requests() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    let first = camera.ask();
    assert!(!SignedRequest::parse(&first).unwrap().verifies(&hwlicense::primary::Secret::new([9; 32])));
    let answer = server.answer(&first);
    assert_eq!(camera.hear(&answer), Ok(Answered::Reply(Outcome::Licensed)));
    camera.restart();
    let second = camera.ask();
    let read = SignedRequest::parse(&second).unwrap();
    assert!(read.verifies(&server.secret.unwrap()));
    assert_eq!((read.request.held.len(), read.request.previous), (1, None));
    // What is printed of a client holds no secret.
    assert!(!format!("{:?}", camera.client).contains("9, 9, 9"));
}
