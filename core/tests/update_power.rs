//! Power cuts in the middle of every write and erase of image and record, at every step of an update.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;
mod update_support;

use hwlicense::update::Progress;
use hwlicense::update::client::{Downloader, Restart, SAVES_MAX, Start};
use update_support::board::{Board, Torn};
use update_support::{CHUNK, Camera, Update, factory};

const BLOCKS: [usize; 4] = [1, 512, CHUNK, 4 * CHUNK];

/// What is reported at last.
const INSTALLED: Option<Progress> = Some(Progress::Installed);

/// Goes on after power cuts until the update runs and the server knows it, and gives how many starts
/// that took.
fn recover(camera: &mut Camera, update: &Update, at: &str) -> usize {
    for starts in 1..8 {
        camera.restart().unwrap();
        assert!(camera.downloader.floor() >= camera.running.security_version, "{at}");
        // It reports, is offered the update if it does not run it yet, and goes on.
        let report = camera.contact(None);
        if camera.running.version == update.version {
            assert_eq!(report.map(|report| report.progress), INSTALLED, "{at}");
            assert_eq!(camera.downloader.report(), None, "{at}");
            assert_eq!(camera.downloader.floor(), update.security_version, "{at}");
            return starts;
        }
        camera.update(update);
    }
    panic!("{at}: the update never runs: {:?}", camera.downloader);
}

#[test]
fn an_update_goes_through_without_misfortune() {
    for block in BLOCKS {
        let update = Update::good(5 * CHUNK + 100);
        let mut camera = Camera::with(Board::new(block), factory());
        assert!(camera.update(&update));
        assert_eq!(camera.progress(), Some(Progress::Ready));
        assert_eq!(recover(&mut camera, &update, "calm"), 1);
        assert_eq!(camera.contact(Some(update.offer())), None);
        camera.fetch(&update);
        assert_eq!(camera.progress(), Some(Progress::Failed(564)), "what runs is not offered again");
    }
}

#[test]
fn after_a_power_cut_anywhere_the_update_goes_on_and_ends_well() {
    let update = Update::good(5 * CHUNK + 100);
    let mut cuts = 0;
    for block in BLOCKS {
        for torn in Torn::ALL {
            for changes in 0.. {
                let mut camera = Camera::with(Board::new(block), factory());
                camera.board.cut_after(changes, torn);
                camera.update(&update);
                if !camera.board.is_dark() {
                    break;
                }
                cuts += 1;
                let at = format!("block {block}, change {changes}, {torn:?}");
                let starts = recover(&mut camera, &update, &at);
                assert!(starts <= 3, "{at}: {starts} starts");
            }
        }
    }
    assert!(cuts > 500, "{cuts}");
}

#[test]
fn the_power_may_fail_again_while_a_device_recovers() {
    let update = Update::good(5 * CHUNK + 100);
    let mut cuts = 0;
    for block in [1, 4 * CHUNK] {
        for torn in Torn::ALL {
            for first in (0..60).step_by(3) {
                for second in (0..).step_by(5) {
                    let mut camera = Camera::with(Board::new(block), factory());
                    camera.board.cut_after(first, torn);
                    camera.update(&update);
                    let _ = camera.restart();
                    camera.board.cut_after(second, torn);
                    if camera.running.version != update.version {
                        camera.contact(None);
                        camera.update(&update);
                    }
                    if !camera.board.is_dark() {
                        break;
                    }
                    cuts += 1;
                    recover(&mut camera, &update, &format!("block {block}, {first}, {second}, {torn:?}"));
                }
            }
        }
    }
    assert!(cuts > 500, "{cuts}");
}

#[test]
fn a_start_that_cannot_save_what_became_of_an_update_says_it_at_the_next_one() {
    let update = Update::good(2 * CHUNK);
    for torn in Torn::ALL {
        for changes in 0..3 {
            let mut camera = Camera::new();
            assert!(camera.update(&update));
            let board = camera.board.copy();
            camera.board = board.clone();
            board.cut_after(changes, torn);
            camera.downloader = Downloader::new(board.clone(), board.clone());
            let start = Start { running: &camera.running, restart: Restart::Device, seed: 1, servers: 1 };
            assert!(camera.downloader.start(start).is_err(), "{changes} {torn:?}");
            recover(&mut camera, &update, &format!("{changes} {torn:?}"));
        }
    }
}

#[test]
fn after_a_restart_only_what_was_not_saved_is_fetched_again() {
    let update = Update::good(10 * CHUNK);
    let mut camera = Camera::new();
    camera.contact(Some(update.offer()));
    for _ in 0..8 {
        let (_, fetch) = camera.ask().unwrap();
        camera.hear(&update.answer(&fetch)).unwrap();
    }
    assert_eq!(camera.progress(), Some(Progress::Downloading(700)));
    camera.restart().unwrap();
    assert_eq!(camera.progress(), Some(Progress::Downloading(700)), "what it says does not go back");
    let before = camera.board.image_changes();
    assert!(camera.update(&update));
    assert_eq!(camera.board.image_changes() - before, 3);
}

#[test]
fn progress_is_saved_no_more_often_than_it_says() {
    for (chunks, parts) in [(1, 1), (16, 16), (64, 64), (65, 33), (80, 40)] {
        assert!(parts <= SAVES_MAX as usize);
        let update = Update::good(chunks * CHUNK);
        let mut camera = Camera::new();
        camera.update(&update);
        assert_eq!(camera.board.saves(), 1 + 1 + parts + 1, "the floor, begun, each of the parts, handed over");
    }
}
