//! When a client contacts its servers.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod primary_support;
mod support;

use hwlicense::primary::client::{
    ANSWER_TIMEOUT_S, Answered, Client, Device, FLOOR_SAVE_S, InputError, ReplyError, RequestError, Start,
};
use hwlicense::primary::frame::FRAME_HEAD_BYTES;
use hwlicense::primary::{Answer, Authenticator, ClientState, Outcome, Refusal, SignedRequest};
use hwlicense::time::UnixSeconds;
use primary_support::flash::{Flash, FlashError};
use primary_support::{BUILT, Camera, Server, answer, device, random};
use support::{BRAND, DAY};

const HOUR: u64 = 3_600;

/// The times at which contacts begin, when each is answered or none is.
fn contacts(camera: &mut Camera, mut server: Option<&mut Server>, count: usize) -> Vec<u64> {
    let mut times = Vec::new();
    while times.len() < count {
        let request = camera.ask();
        times.push(camera.uptime);
        match &mut server {
            Some(server) => {
                server.time = Server::new().time + camera.uptime;
                let answer = server.answer(&request);
                camera.hear(&answer).unwrap();
            }
            None => camera.client.handle_failure(camera.uptime),
        }
        camera.check();
    }
    times
}

fn gaps(times: &[u64]) -> Vec<u64> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn before_the_first_licence_nothing_is_recorded_and_a_server_is_asked_every_minute() {
    let (mut camera, mut server) = (Camera::new(), Server { gives: false, ..Server::new() });
    assert!(!camera.records());
    let times = contacts(&mut camera, Some(&mut server), 50);
    assert!(times[0] <= 10);
    assert!(gaps(&times).iter().all(|gap| (54..=60).contains(gap)), "{:?}", gaps(&times));
    assert_eq!((camera.client.state(), camera.records()), (ClientState::Unlicensed, false));
    let times = contacts(&mut camera, None, 50);
    assert!(gaps(&times).iter().all(|gap| (54..=60).contains(gap)), "nobody answers: {:?}", gaps(&times));
    assert_eq!((camera.client.state(), camera.records()), (ClientState::Unlicensed, false));
}

#[test]
fn a_minute_is_a_minute_also_if_servers_take_their_time() {
    let mut camera = Camera::new();
    camera.servers = 4;
    camera.restart();
    let mut began = Vec::new();
    while began.len() < 20 {
        if let Some((server, _)) = camera.poll()
            && server == 0
        {
            began.push(camera.uptime);
        }
        camera.uptime = camera.client.poll_timeout().unwrap_or(camera.uptime);
        camera.client.handle_timeout(camera.uptime).unwrap();
    }
    assert!(gaps(&began).iter().all(|gap| (54..=60).contains(gap)), "{:?}", gaps(&began));
}

#[test]
fn a_licensed_client_asks_after_four_hours_and_after_a_lost_contact_every_hour_until_its_lease_ends() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    let times = contacts(&mut camera, Some(&mut server), 20);
    let four = 4 * HOUR;
    assert!(gaps(&times).iter().all(|gap| (four - four / 10..=four).contains(gap)), "{:?}", gaps(&times));
    assert_eq!((camera.client.state(), camera.records()), (ClientState::Licensed, true));
    let begin = camera.uptime;
    let mut lost = Vec::new();
    while camera.records() {
        lost.extend(contacts(&mut camera, None, 1));
        let is_recording = camera.records();
        assert_eq!(camera.client.state() == ClientState::ContactLost, is_recording);
    }
    assert!((lost[0] - begin) <= four);
    let gaps_lost = gaps(&lost);
    assert!(gaps_lost[..650].iter().all(|gap| (HOUR - HOUR / 10..=HOUR).contains(gap)));
    assert!(gaps_lost.iter().all(|gap| *gap <= HOUR), "towards the end it is asked more often");
    assert!((29 * DAY..=30 * DAY + HOUR).contains(&(camera.uptime - begin)), "recording lasts as long as the lease");
    // Then a server is asked within a minute.
    assert_eq!(camera.client.state(), ClientState::Refused);
    let times = contacts(&mut camera, None, 20);
    assert!(gaps(&times).iter().all(|gap| *gap <= 60));
    server.time += 40 * DAY;
    assert_eq!(camera.contact(&mut server), Answered::Reply(Outcome::Licensed));
    assert_eq!((camera.client.state(), camera.records()), (ClientState::Licensed, true));
}

#[test]
fn a_client_that_got_its_secret_says_under_it_within_a_minute_what_it_runs() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.running = b"firmware";
    let times = contacts(&mut camera, Some(&mut server), 10);
    let (first, rest) = gaps(&times).split_first().map(|(first, rest)| (*first, rest.to_vec())).unwrap();
    assert!(first < 60, "{times:?}");
    assert!(rest.iter().all(|gap| (4 * HOUR - 4 * HOUR / 10..=4 * HOUR).contains(gap)), "once: {times:?}");
    // One that says nothing of what it runs has nothing to hurry for.
    let mut silent = Camera::new();
    let times = contacts(&mut silent, Some(&mut Server::new()), 2);
    assert!(gaps(&times)[0] > 3 * HOUR, "{times:?}");
}

#[test]
fn when_a_lease_ends_between_two_contacts_a_server_is_asked_within_a_minute() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.contact(&mut server);
    camera.wall = Some(server.time);
    camera.restart();
    assert!(camera.records());
    camera.ask();
    camera.client.handle_failure(camera.uptime);
    let due = camera.client.poll_timeout().unwrap();
    assert!(due > camera.uptime + 3_000);
    camera.wall = Some(server.time + 31 * DAY);
    for _ in 0..3 {
        assert!(!camera.records());
        assert!(camera.client.poll_timeout().unwrap() <= camera.uptime + 60);
    }
    // Also if it has ended when the device starts, which otherwise takes up to five minutes.
    camera.uptime = 0;
    for seed in 0..100 {
        let start = Start { built: UnixSeconds(BUILT), seed, servers: 1, uptime_s: 0 };
        camera.client = Client::load(camera.flash.clone(), start).unwrap();
        assert!(!camera.records());
        assert!(camera.client.poll_timeout().unwrap() < 60);
    }
}

#[test]
fn a_short_lease_is_renewed_at_a_third_of_what_is_left() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    let request = camera.ask();
    let mut draft = server.draft(&request);
    let mut lease = primary_support::lease(server.time, 1);
    lease.until = Some(UnixSeconds(server.time + 3 * HOUR));
    draft.enclosed[2] = draft.key.seal(&lease, 1);
    camera.hear(&draft.body()).unwrap();
    assert!(camera.client.poll_timeout().unwrap() - camera.uptime <= HOUR);
}

#[test]
fn a_refusal_keeps_its_reason_until_a_server_says_otherwise() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    for refusal in Refusal::ALL {
        server.refusal = Some(*refusal);
        assert_eq!(camera.contact(&mut server), Answered::Reply(Outcome::refused(*refusal)));
        assert_eq!(camera.client.refusal(), Some(refusal.number()));
        assert_eq!((camera.client.state(), camera.records()), (ClientState::Refused, false));
        camera.restart();
        assert_eq!(camera.client.refusal(), Some(refusal.number()), "also after a restart");
    }
    server.refusal = None;
    camera.contact(&mut server);
    assert_eq!((camera.client.refusal(), camera.records()), (None, true));
}

#[test]
fn a_refusal_does_not_end_a_lease() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.contact(&mut server);
    server.refusal = Some(Refusal::NoCapacity);
    camera.contact(&mut server);
    assert_eq!(camera.client.refusal(), Some(Refusal::NoCapacity.number()));
    assert_eq!((camera.client.state(), camera.records()), (ClientState::Licensed, true));
}

#[test]
fn servers_are_asked_in_their_order_and_the_first_that_answers_ends_the_contact() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.servers = 3;
    camera.restart();
    camera.ask();
    camera.client.handle_failure(camera.uptime);
    let (second, request) = camera.poll().unwrap();
    assert_eq!((second, camera.poll()), (1, None), "one request at a time");
    // A caller who tells of one failure twice skips nobody.
    camera.client.handle_failure(camera.uptime);
    camera.client.handle_failure(camera.uptime);
    let (third, last) = camera.poll().unwrap();
    assert_eq!(third, 2);
    assert_ne!(request, last, "each request is its own");
    let late = server.answer(&request);
    assert_eq!(camera.hear(&late), Err(InputError::Reply(ReplyError::OtherRequest)));
    let answer = server.answer(&last);
    assert_eq!(camera.hear(&answer), Ok(Answered::Reply(Outcome::Licensed)));
    assert_eq!(camera.client.state(), ClientState::Licensed);
    camera.ask();
    assert_eq!(camera.client.poll_timeout(), Some(camera.uptime + u64::from(ANSWER_TIMEOUT_S)));
}

#[test]
fn a_server_that_is_silent_is_given_up_after_ten_seconds() {
    let mut camera = Camera::new();
    camera.servers = 2;
    camera.restart();
    camera.ask();
    let asked = camera.uptime;
    camera.uptime = asked + u64::from(ANSWER_TIMEOUT_S) - 1;
    camera.client.handle_timeout(camera.uptime).unwrap();
    assert_eq!(camera.poll(), None);
    camera.uptime += 1;
    camera.client.handle_timeout(camera.uptime).unwrap();
    assert_eq!(camera.poll().map(|(server, _)| server), Some(1));
}

#[test]
fn an_answer_that_comes_after_its_server_was_given_up_changes_nothing() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    let request = camera.ask();
    let answer = server.answer(&request);
    camera.uptime += u64::from(ANSWER_TIMEOUT_S);
    camera.client.handle_timeout(camera.uptime).unwrap();
    let before = camera.everything();
    assert_eq!(camera.hear(&answer), Err(InputError::Reply(ReplyError::NotAsked)));
    assert_eq!(camera.everything(), before);
}

#[test]
fn a_wrong_setting_can_be_mended_on_the_device() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.contact(&mut server);
    camera.ask();
    camera.client.handle_failure(camera.uptime);
    assert!(camera.client.poll_timeout().unwrap() > camera.uptime);
    camera.client.set_servers(2, camera.uptime);
    camera.client.handle_timeout(camera.uptime).unwrap();
    assert_eq!(camera.poll().map(|(server, _)| server), Some(0), "at once, from the first");
    camera.client.handle_failure(camera.uptime);
    assert_eq!(camera.poll().map(|(server, _)| server), Some(1));
    // Without a server nothing is asked, and nobody is woken before the floor is to be saved.
    camera.client.set_servers(0, camera.uptime);
    camera.client.handle_timeout(camera.uptime).unwrap();
    assert_eq!(camera.poll(), None);
    assert!(camera.client.poll_timeout().unwrap() > camera.uptime);
}

/// The most of ten thousand clients that begin in one second.
fn most_in_one_second(flash: &Flash, until: u64) -> usize {
    let mut seconds = vec![0; usize::try_from(until).unwrap()];
    for seed in 0..10_000u64 {
        // Serial numbers follow each other.
        let start = Start { built: UnixSeconds(BUILT), seed, servers: 1, uptime_s: 0 };
        let client = Client::load(flash.clone(), start).unwrap();
        seconds[usize::try_from(client.poll_timeout().unwrap()).unwrap()] += 1;
    }
    seconds.into_iter().max().unwrap()
}

#[test]
fn ten_thousand_clients_do_not_call_in_the_same_second_after_a_power_cut() {
    let mut camera = Camera::new();
    let most = most_in_one_second(&camera.flash, 10);
    assert!(most < 1_200, "without a licence: {most}");
    camera.contact(&mut Server::new());
    let most = most_in_one_second(&camera.flash, 300);
    assert!(most < 70, "with a licence: {most}");
}

#[test]
fn extra_calls_do_nothing() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    for round in 0..3 {
        let due = camera.client.poll_timeout().unwrap();
        for uptime in [camera.uptime, camera.uptime + 1, due - 1].map(|at| at.min(due - 1).max(camera.uptime)) {
            camera.client.handle_timeout(uptime).unwrap();
            assert_eq!((camera.poll(), camera.client.poll_timeout()), (None, Some(due)));
            camera.client.handle_failure(uptime);
            assert_eq!(camera.client.poll_timeout(), Some(due), "round {round}");
            let before = camera.client.state();
            camera.check();
            assert_eq!(
                (camera.client.poll_timeout(), round == 0 || camera.client.state() == before),
                (Some(due), true)
            );
        }
        camera.contact(&mut server);
    }
    let changes = camera.flash.changes();
    camera.client.handle_timeout(camera.uptime).unwrap();
    camera.check();
    assert_eq!(camera.flash.changes(), changes);
}

#[test]
fn busy_delays_by_fifteen_minutes_at_most_and_changes_nothing_else() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.contact(&mut server);
    for (seconds, least, most) in [(0, 1, 1), (1, 1, 1), (100, 100, 110), (900, 900, 900), (u32::MAX, 900, 900)] {
        let request = camera.ask();
        let asked = camera.uptime;
        let flash = camera.flash.content();
        let (floor, state) = (camera.client.floor(asked), camera.client.state());
        assert_eq!(camera.hear(&answer(&Answer::Busy(seconds))), Ok(Answered::Busy));
        assert_eq!(camera.flash.content(), flash);
        assert_eq!((camera.client.floor(asked), camera.client.state()), (floor, state));
        assert!(camera.records(), "a check does not shorten it");
        let late = server.answer(&request);
        assert_eq!(camera.hear(&late), Err(InputError::Reply(ReplyError::NotAsked)));
        let delay = camera.client.next_contact().unwrap() - asked;
        assert!((least..=most).contains(&delay), "{seconds} s: {delay} s");
        camera.ask();
        assert_eq!(camera.uptime - asked, delay);
        camera.client.handle_failure(camera.uptime);
    }
}

#[test]
fn nobody_who_was_not_asked_is_busy_or_does_not_understand() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.contact(&mut server);
    for unasked in [Answer::Busy(900), Answer::NotUnderstood(553)] {
        let before = camera.everything();
        assert_eq!(camera.hear(&answer(&unasked)), Err(InputError::Reply(ReplyError::NotAsked)));
        assert_eq!(camera.everything(), before);
    }
    camera.ask();
    assert_eq!(camera.hear(&answer(&Answer::NotUnderstood(552))), Ok(Answered::NotUnderstood(552)));
    assert_eq!(camera.client.state(), ClientState::ContactLost);
}

#[test]
fn the_floor_is_saved_every_hour() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.contact(&mut server);
    let begin = camera.uptime;
    let saved = |camera: &Camera| Camera::with(Flash::holding(camera.flash.content())).client.floor(0).0;
    assert_eq!(saved(&camera), server.time);
    for hour in 1..4 {
        camera.client.handle_timeout(begin + hour * FLOOR_SAVE_S - 1).unwrap();
        assert_eq!(saved(&camera), server.time + (hour - 1) * FLOOR_SAVE_S);
        camera.client.handle_timeout(begin + hour * FLOOR_SAVE_S).unwrap();
        assert_eq!(saved(&camera), server.time + hour * FLOOR_SAVE_S);
        camera.client.handle_failure(begin + hour * FLOOR_SAVE_S);
    }
}

/// Why there is no request, and whether the contact counts as failed.
fn why_not(device: &Device<'_>, room: usize) -> RequestError<FlashError> {
    let mut camera = Camera::new();
    camera.client.handle_timeout(10).unwrap();
    let error = camera.client.poll_transmit(10, &random(1), device, &mut vec![0; room]).unwrap_err();
    assert!(camera.client.poll_timeout().unwrap() > 10);
    error
}

#[test]
fn what_is_wrong_with_a_request_is_told_apart_and_the_contact_counts_as_failed() {
    let (camera, nobody, long) = (Camera::new(), support::hardware::featureless().machine(), "x".repeat(33));
    assert_eq!(why_not(&device(&nobody, None, BRAND), 2_048), RequestError::NoHwid);
    assert_eq!(why_not(&device(&camera.machine, None, &long), 2_048), RequestError::NotWellFormed);
    for room in [0, FRAME_HEAD_BYTES - 1, FRAME_HEAD_BYTES, 100] {
        assert_eq!(why_not(&device(&camera.machine, None, BRAND), room), RequestError::BufferTooSmall);
    }
}

#[test]
fn who_was_given_a_secret_authenticates_every_request_also_after_a_restart() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    let first = camera.ask();
    assert_eq!(SignedRequest::parse(&first).unwrap().authenticator(), Authenticator::None);
    let reply = server.answer(&first);
    camera.hear(&reply).unwrap();
    let secret = server.secret.unwrap();
    assert!(SignedRequest::parse(&camera.ask()).unwrap().verifies(&secret));
    camera.restart();
    assert!(SignedRequest::parse(&camera.ask()).unwrap().verifies(&secret));
}
