//! Random misfortune, compared with a model of what a device may do. The seed is printed on failure.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;
mod update_support;

use std::collections::BTreeMap;

use hwlicense::update::client::{ATTEMPTS_MAX, Restart};
use hwlicense::update::{Fetch, Fetched, Progress, UpdateId, Version};
use support::{DAY, ISSUED};
use update_support::board::{Board, Torn};
use update_support::{CHUNK, Camera, Random, Update, body, factory, image, manifest, version};

/// What is known from outside: what the vendor published, and what the device was seen to do.
struct Model {
    updates: Vec<Update>,
    /// The highest security version that ran.
    floor: u32,
    /// How often each update was handed over.
    handed: BTreeMap<UpdateId, u8>,
    installed: usize,
}

fn updates() -> Vec<Update> {
    let of = |number: u16, security_version, bytes, good_until| {
        let content = image(bytes, number.into());
        let mut manifest = manifest(&content);
        manifest.version = Version { minor: 7 + number, ..version("2.0") };
        manifest.security_version = security_version;
        manifest.valid_until = hwlicense::time::UnixSeconds(good_until);
        Update::new(&content, &manifest)
    };
    let late = ISSUED + 3_000 * DAY;
    vec![of(1, 4, 3 * CHUNK, late), of(2, 6, 2 * CHUNK + 1, late), of(3, 5, CHUNK, late), of(4, 6, 7, ISSUED + 2 * DAY)]
}

/// What a server, or somebody on the way, answers.
fn answer(random: &mut Random, updates: &[Update], fetch: &Fetch) -> Option<Vec<u8>> {
    let update = updates.iter().find(|update| update.id == fetch.update).unwrap();
    let right = update.answer(fetch);
    match random.below(16) {
        0 => None,
        1 => Some(body(&Fetched::Busy(random.below(2_000) as u32))),
        2 => Some(body(&Fetched::Refused(580))),
        3 => {
            let mut wrong = right;
            let bit = random.below(wrong.len() * 8);
            wrong[bit / 8] ^= 1 << (bit % 8);
            Some(wrong)
        }
        4 => Some(updates[random.below(updates.len())].chunk(0)),
        5 => Some(updates[random.below(updates.len())].bundle.clone()),
        _ => Some(right),
    }
}

impl Model {
    /// Something happens to the device while it fetches.
    fn step(&mut self, camera: &mut Camera, random: &mut Random) {
        match random.below(40) {
            0 => camera.board.cut_after(random.below(20), Torn::ALL[random.below(4)]),
            1 => camera.board.fail_after(random.below(6), Torn::ALL[random.below(4)]),
            2 => camera.board.flip_image(random.below(4 * CHUNK * 8)),
            3 => camera.time += random.below(200_000) as u64,
            4 => {
                let offer = self.updates[random.below(self.updates.len())].offer();
                camera.contact((random.below(4) > 0).then_some(offer));
            }
            _ => {}
        }
        match camera.poll() {
            Some((_, fetch)) => match answer(random, &self.updates, &fetch) {
                Some(body) => drop(camera.hear(&body)),
                None => drop(camera.downloader.handle_failure(camera.uptime)),
            },
            None => {
                let due = camera.downloader.poll_timeout().unwrap_or(camera.uptime);
                camera.uptime = if due == u64::MAX { camera.uptime + 60 } else { due.max(camera.uptime) };
            }
        }
    }

    /// The vendor's updater gets what is ready, and does with it what it likes.
    fn hand_over(&mut self, camera: &mut Camera, random: &mut Random) {
        let Ok(handover) = camera.hand_over() else { return };
        let update = self.updates.iter().find(|update| update.id == handover.update).unwrap();
        assert!(handover.clearance.grant().is_some());
        assert!(camera.board.image_starts_with(&update.image), "not the vendor's image");
        assert!(update.version > camera.running.version && update.security_version >= self.floor, "a downgrade");
        assert!(update.id != self.updates[3].id || camera.time <= ISSUED + 2 * DAY, "expired");
        let handed = self.handed.entry(update.id).or_default();
        *handed += 1;
        assert!(*handed <= ATTEMPTS_MAX + 1, "handed over {handed} times");
        match random.below(4) {
            0 => drop(camera.downloader.handle_refusal()),
            1 => {}
            _ => {
                let update = update.clone();
                camera.install(&update);
                self.floor = self.floor.max(update.security_version);
                self.installed += 1;
            }
        }
    }
}

fn life(seed: u64) -> usize {
    let mut random = Random(seed);
    let mut model =
        Model { updates: updates(), floor: factory().security_version, handed: BTreeMap::new(), installed: 0 };
    let mut camera = Camera::with(Board::new([1, 512, CHUNK, 2 * CHUNK][random.below(4)]), factory());
    camera.servers = 2;
    camera.restart().unwrap();
    for _ in 0..400 {
        model.step(&mut camera, &mut random);
        if camera.downloader.is_ready() {
            model.hand_over(&mut camera, &mut random);
        }
        if camera.board.is_dark() || random.below(60) == 0 {
            // What a start cannot save it knows all the same.
            let _ = camera.restart_of([Restart::Device, Restart::Program][random.below(2)]);
            let expected = camera.downloader.floor() >= camera.running.security_version;
            assert!(expected && camera.downloader.floor() <= model.floor, "{:?}", camera.downloader);
        }
    }
    // In the end all is well, unless every attempt was used up.
    camera.board.power_on();
    camera.time = ISSUED + 100 * DAY;
    let last = model.updates[1].clone();
    for _ in 0..6 {
        camera.restart().unwrap();
        camera.contact(None);
        camera.update(&last);
    }
    camera.restart().unwrap();
    let runs = camera.running.version >= last.version;
    let is_given_up = camera.progress().is_none() || matches!(camera.progress(), Some(Progress::Failed(_)));
    assert!(runs || is_given_up, "{:?}", camera.downloader);
    assert!(camera.downloader.floor() >= model.floor, "the floor fell");
    model.installed
}

#[test]
fn a_device_survives_what_happens_to_it() {
    let mut installed = 0;
    for seed in 0..300 {
        let outcome = std::panic::catch_unwind(|| life(seed));
        installed += outcome.unwrap_or_else(|_| panic!("with seed {seed}"));
    }
    assert!(installed > 100, "{installed} updates in 300 lives: the misfortune is too great to show anything");
}
