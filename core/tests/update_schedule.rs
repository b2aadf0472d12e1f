//! When a device asks for the next part, and which server.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;
mod update_support;

use hwlicense::primary::BUSY_S_MAX;
use hwlicense::signed::SealError;
use hwlicense::update::client::{Answered, InputError, PART_TIMEOUT_S, RETRY_S, RETRY_S_MAX, Restart, Start};
use hwlicense::update::{Fetched, Part};
use update_support::{CHUNK, Camera, HWID, Update, body};

fn offered(servers: u8) -> (Camera, Update) {
    let update = Update::good(3 * CHUNK);
    let mut camera = Camera::new();
    camera.servers = servers;
    camera.restart().unwrap();
    camera.contact(Some(update.offer()));
    (camera, update)
}

#[test]
fn without_an_offer_nothing_is_asked() {
    let mut camera = Camera::new();
    assert_eq!((camera.ask(), camera.downloader.poll_timeout()), (None, Some(u64::MAX)));
    camera.contact(None);
    assert_eq!(camera.ask(), None);
    assert_eq!(camera.hear(&body(&Fetched::Busy(1))), Err(InputError::NotAsked));
}

#[test]
fn parts_follow_each_other_at_once_and_from_the_server_that_answers() {
    let (mut camera, update) = offered(3);
    assert_eq!(camera.poll().unwrap().0, 0);
    assert_eq!(camera.poll(), None, "one at a time");
    camera.downloader.handle_failure(0).unwrap();
    let (server, fetch) = camera.poll().unwrap();
    assert_eq!((server, fetch.part), (1, Part::Manifest));
    camera.hear(&update.answer(&fetch)).unwrap();
    for index in 0..3 {
        let (server, fetch) = camera.poll().unwrap();
        assert_eq!((server, fetch.part, camera.uptime), (1, Part::Chunk(index), 0));
        camera.hear(&update.answer(&fetch)).unwrap();
        assert_eq!(camera.hear(&update.answer(&fetch)), Err(InputError::NotAsked), "a second time");
    }
}

#[test]
fn a_silent_server_is_given_up_and_all_of_them_are_asked_ever_less_often() {
    let (mut camera, update) = offered(2);
    let mut before = 0;
    for round in 0..10 {
        assert_eq!(camera.ask().unwrap().0, 0);
        let waited = camera.uptime - before;
        if round > 0 {
            let delay = u64::from((RETRY_S << (round - 1)).min(RETRY_S_MAX));
            assert!((delay - delay / 10..=delay).contains(&waited), "round {round}: {waited} of {delay}");
        }
        let begin = camera.uptime;
        assert_eq!(camera.ask().unwrap().0, 1);
        assert_eq!(camera.uptime - begin, PART_TIMEOUT_S.into());
        camera.downloader.handle_failure(camera.uptime).unwrap();
        before = camera.uptime;
    }
    // One answer, and it is as before.
    let (_, fetch) = camera.ask().unwrap();
    camera.hear(&update.answer(&fetch)).unwrap();
    assert!(camera.poll().is_some());
}

#[test]
fn busy_delays_by_fifteen_minutes_at_most_and_changes_nothing_else() {
    for (asked, least, most) in [(0, 1, 1), (1, 1, 1), (100, 100, 110), (900, 900, 900), (u32::MAX, 900, 900)] {
        let (mut camera, _) = offered(2);
        let (_, fetch) = camera.poll().unwrap();
        assert_eq!(camera.hear(&body(&Fetched::Busy(asked))), Ok(Answered::Busy));
        assert_eq!(camera.ask().unwrap(), (0, fetch), "the same server");
        assert!((least..=most).contains(&camera.uptime), "{asked}: {}", camera.uptime);
        assert!(camera.uptime <= BUSY_S_MAX.into());
    }
}

#[test]
fn devices_do_not_come_back_in_the_same_second() {
    let update = Update::good(CHUNK);
    let mut seconds = std::collections::BTreeSet::new();
    for seed in 0..100 {
        let mut camera = Camera::new();
        let start = Start { running: &camera.running, restart: Restart::Device, seed, servers: 1 };
        camera.downloader.start(start).unwrap();
        camera.contact(Some(update.offer()));
        for _ in 0..4 {
            camera.ask().unwrap();
            camera.downloader.handle_failure(camera.uptime).unwrap();
        }
        seconds.insert(camera.downloader.poll_timeout().unwrap());
    }
    assert!(seconds.len() > 30, "{}", seconds.len());
}

#[test]
fn a_wrong_setting_can_be_mended_on_the_device() {
    let (mut camera, update) = offered(0);
    assert_eq!(camera.ask(), None);
    camera.downloader.set_servers(1, 5);
    camera.uptime = 5;
    camera.fetch(&update);
    assert!(camera.downloader.is_ready());
}

#[test]
fn a_request_needs_its_room() {
    let (mut camera, _) = offered(1);
    camera.downloader.handle_timeout(0).unwrap();
    for room in 0..60 {
        assert_eq!(camera.downloader.poll_transmit(0, HWID, &mut vec![0; room]), Err(SealError::TooLarge), "{room}");
    }
    assert!(camera.poll().is_some());
}
