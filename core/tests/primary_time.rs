//! Trusted time: clocks that are absent, wrong or set by somebody, and servers whose clock is.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod primary_support;
mod support;

use hwlicense::extension::Extensions;
use hwlicense::license::{Binding, License, Reason};
use hwlicense::primary::client::{Answered, InputError, ReplyError};
use hwlicense::primary::{Entitlement, Lease, Outcome, TimeCorrection, request_digest};
use hwlicense::signed::{RootAction, VerifyError};
use hwlicense::time::UnixSeconds;
use primary_support::{BUILT, Camera, Draft, Server, desk, entitlement, hwid, lease, server_key};
use support::{DAY, ISSUED, Key, SOME_HWID, issuer, license, root, root_change};

const HOUR: u64 = 3_600;
const TEN_YEARS: u64 = 3_650 * DAY;

/// A camera with a licence for thirty days, and when that was.
fn licensed() -> (Camera, Server) {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.contact(&mut server);
    (camera, server)
}

/// A camera with a lease or a licence that never ends.
fn licensed_for_ever(by_licence: bool) -> Camera {
    let mut camera = Camera::new();
    let request = request_digest(&camera.ask());
    let mut draft = Draft::new(ISSUED + DAY, request, Outcome::Licensed);
    let entitlement = Entitlement { expires: None, lease_s: None, ..entitlement() };
    draft.enclosed = vec![desk(), issuer().seal(&entitlement, 1)];
    draft.enclosed.push(if by_licence {
        issuer().seal(&License { binding: Binding::Strict(hwid()), ..license() }, 1)
    } else {
        server_key().seal(&Lease { until: None, ..lease(ISSUED + DAY, 1) }, 1)
    });
    camera.hear(&draft.body()).unwrap();
    camera
}

fn correction(floor_epoch: u32, time: u64) -> TimeCorrection<'static> {
    TimeCorrection {
        issued: UnixSeconds(ISSUED),
        hwid: hwid(),
        floor_epoch,
        time: UnixSeconds(time),
        extensions: Extensions::new(),
    }
}

#[test]
fn without_a_clock_the_floor_is_the_time_and_a_lease_ends_by_uptime() {
    let (mut camera, server) = licensed();
    for wall in [None, Some(0), Some(20 * DAY)] {
        camera.wall = wall;
        camera.restart();
        assert_eq!(camera.client.floor(0).0, server.time, "a clock of 1970 is none");
        assert_eq!(camera.check().reason, Reason::Valid);
        camera.uptime = 30 * DAY - 1;
        assert_eq!(camera.check().reason, Reason::ExpiresSoon.min_valid());
        camera.uptime = 30 * DAY;
        assert_eq!(camera.check().reason, Reason::Expired);
    }
}

/// Reasons that accept are the same to these tests.
trait Accepting {
    fn min_valid(self) -> Reason;
}

impl Accepting for Reason {
    fn min_valid(self) -> Reason {
        if self.is_accepting() { Reason::Valid } else { self }
    }
}

#[test]
fn the_floor_outlives_restarts_by_an_hour_less_at_most() {
    let (mut camera, server) = licensed();
    let mut up = 0;
    for _ in 0..100 {
        camera.restart();
        for hour in 1..=3 {
            camera.uptime = hour * HOUR;
            camera.client.handle_timeout(camera.uptime).unwrap();
            camera.client.handle_failure(camera.uptime);
        }
        camera.uptime += HOUR - 1;
        up += 4 * HOUR - 1;
        let floor = camera.client.floor(camera.uptime).0;
        assert!(floor <= server.time + up);
    }
    camera.restart();
    assert_eq!(camera.client.floor(0).0, server.time + 100 * 3 * HOUR);
}

#[test]
fn a_clock_that_is_held_still_or_set_back_does_not_make_a_lease_last() {
    let (mut camera, server) = licensed();
    for wall in [server.time, server.time - HOUR, server.time - 12 * HOUR] {
        camera.wall = Some(wall);
        camera.restart();
        assert!(camera.records());
        camera.uptime = 30 * DAY;
        assert!(!camera.records());
    }
    // One that is behind what has certainly passed is not believed, and nothing is gained by it.
    camera.wall = Some(server.time - 2 * DAY);
    camera.restart();
    assert_eq!(camera.check().reason, Reason::ClockNotPlausible);
    // A server's word mends it, and from then on the clock stops nothing.
    let mut server = server;
    camera.contact(&mut server);
    assert!(camera.records());
}

#[test]
fn a_clock_that_is_ahead_ends_a_lease_only_until_a_server_tells_the_time() {
    let (mut camera, mut server) = licensed();
    camera.wall = Some(server.time + TEN_YEARS);
    camera.restart();
    assert_eq!(camera.check().reason, Reason::Expired);
    assert_eq!(camera.client.floor(0).0, server.time, "a clock never raises the floor");
    assert_eq!(camera.contact(&mut server), Answered::Reply(Outcome::Licensed));
    assert_eq!(camera.check().reason, Reason::Valid);
    camera.wall = Some(server.time - TEN_YEARS / 10);
    assert_eq!(camera.check().reason, Reason::Valid);
    camera.restart();
    camera.wall = None;
    assert_eq!(camera.check().reason, Reason::Valid, "nothing was spoilt by it");
}

#[test]
fn a_file_does_not_tell_the_time() {
    let mut camera = Camera::new();
    let request = request_digest(&camera.carry());
    let body = Draft::licensed(ISSUED + DAY, request, &lease(ISSUED + DAY, 1)).body();
    camera.wall = Some(ISSUED + 40 * DAY);
    camera.restart();
    assert_eq!(camera.hear(&body), Ok(Answered::Reply(Outcome::Licensed)));
    assert_eq!(camera.check().reason, Reason::Expired, "it was forty days on its way");
    camera.wall = Some(ISSUED + 2 * DAY);
    assert!(camera.records());
}

#[test]
fn a_licence_or_a_lease_without_an_end_is_never_refused_because_of_a_clock() {
    for by_licence in [false, true] {
        let mut camera = licensed_for_ever(by_licence);
        camera.restart();
        for wall in [None, Some(0), Some(ISSUED - 300 * DAY), Some(ISSUED + TEN_YEARS), Some(u64::MAX)] {
            for uptime in [0, 30 * DAY, TEN_YEARS, u64::MAX] {
                (camera.wall, camera.uptime) = (wall, uptime);
                assert_eq!(camera.check().reason, Reason::Valid, "{wall:?} {uptime} {by_licence}");
            }
        }
    }
}

#[test]
fn no_reply_raises_the_floor_beyond_the_end_of_its_mandate() {
    let (mut camera, mut server) = licensed();
    let end = entitlement().serves_until.0;
    server.time = end + 1;
    let request = camera.ask();
    let answer = server.answer(&request);
    assert_eq!(camera.hear(&answer), Err(InputError::NotBelieved(VerifyError::IssuerNotAllowedTime)));
    assert!(camera.client.floor(camera.uptime).0 < end);
    server.time = end;
    let mut draft = server.draft(&request);
    draft.enclosed[2] = server_key().seal(&lease(ISSUED + DAY, 9), 1);
    camera.hear(&draft.body()).unwrap();
    assert_eq!(camera.client.floor(camera.uptime).0, end);
}

#[test]
fn a_floor_that_a_server_poisoned_is_mended_by_a_root_and_by_nobody_else() {
    let (mut camera, mut server) = licensed();
    let now = server.time;
    server.time = now + TEN_YEARS / 2;
    let request = camera.ask();
    let mut draft = server.draft(&request);
    draft.enclosed[2] = server_key().seal(&lease(now, 9), 1);
    camera.hear(&draft.body()).unwrap();
    server.time = now;
    camera.contact(&mut server);
    for _ in 0..2 {
        assert_eq!(camera.check().reason, Reason::Expired, "the floor is years ahead, also after a restart");
        camera.restart();
    }
    let mended = correction(1, now);
    let refuse = |camera: &mut Camera, envelope: Vec<u8>, expected: InputError<_>| {
        let before = camera.everything();
        assert_eq!(camera.correct(&envelope), Err(expected));
        assert_eq!(camera.everything(), before);
    };
    let unknown = || InputError::NotBelieved(VerifyError::UnknownKey);
    refuse(&mut camera, issuer().seal(&mended, 1), unknown());
    refuse(&mut camera, server_key().seal(&mended, 1), unknown());
    refuse(&mut camera, Key::new(9).seal(&mended, 1), unknown());
    let other = TimeCorrection { hwid: SOME_HWID, ..mended.clone() };
    refuse(&mut camera, root().seal(&other, 1), InputError::Reply(ReplyError::OtherHwid));
    let old = correction(0, now);
    refuse(&mut camera, root().seal(&old, 1), InputError::Reply(ReplyError::OldCorrection));
    let critical = TimeCorrection { extensions: support::extensions(&[(1, true, b"")]), ..mended.clone() };
    refuse(&mut camera, root().seal(&critical, 1), InputError::NotBelieved(VerifyError::UnknownCritical));
    let other_kind = root().seal(&root_change(RootAction::Add, &Key::new(9), ISSUED), 1);
    refuse(&mut camera, other_kind, InputError::NotBelieved(VerifyError::WrongKind));

    let good = root().seal(&mended, 1);
    for bit in 0..good.len() * 8 {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(camera.correct(&changed).is_err(), "bit {bit}");
    }
    camera.correct(&good).unwrap();
    assert_eq!(camera.client.last_contact(), Some(UnixSeconds(now)));
    for _ in 0..2 {
        assert!(camera.records());
        camera.restart();
    }
    refuse(&mut camera, good, InputError::Reply(ReplyError::OldCorrection));
    refuse(&mut camera, root().seal(&correction(1, now + 1), 2), InputError::Reply(ReplyError::OldCorrection));
    camera.correct(&root().seal(&correction(2, now + 5), 1)).unwrap();
    assert_eq!(camera.client.floor(camera.uptime).0, now + 5);
}

#[test]
fn a_correction_may_come_with_a_reply_and_only_a_newer_one_counts() {
    let (mut camera, mut server) = licensed();
    let now = server.time;
    server.time = now + TEN_YEARS / 2;
    let request = camera.ask();
    let mut draft = server.draft(&request);
    draft.enclosed[2] = server_key().seal(&lease(now, 9), 1);
    camera.hear(&draft.body()).unwrap();
    server.time = now;
    let other = TimeCorrection { hwid: SOME_HWID, floor_epoch: 9, ..correction(1, now) };
    server.news = vec![root().seal(&other, 1)];
    camera.contact(&mut server);
    assert!(!camera.records(), "another machine's changes nothing here");
    server.news.insert(0, root().seal(&correction(1, now - DAY), 1));
    camera.contact(&mut server);
    assert!(camera.records());
    assert_eq!(camera.client.floor(camera.uptime).0, now, "the server's own word comes after it");
    assert_eq!(camera.client.last_contact(), Some(UnixSeconds(now)));
    camera.uptime += DAY;
    server.time = now - DAY / 2;
    camera.contact(&mut server);
    assert!(camera.client.floor(camera.uptime).0 > now, "it counts once");
}

#[test]
fn a_floor_is_never_before_the_firmware_was_built() {
    let (mut camera, server) = licensed();
    camera.correct(&root().seal(&correction(1, BUILT - DAY), 1)).unwrap();
    assert_eq!(camera.client.last_contact(), None, "a contact in the future counts no more");
    camera.restart();
    assert_eq!(camera.client.floor(0).0, BUILT);
    assert!(server.time > BUILT);
}

#[test]
fn a_licence_that_requires_contact_waits_for_a_reply_and_for_a_month_after_it() {
    let mut camera = Camera::new();
    assert_eq!(camera.check().reason, Reason::ContactRequired, "erased state");
    let request = request_digest(&camera.ask());
    let licence = License { binding: Binding::Strict(hwid()), contact_required: true, ..license() };
    let mut draft = Draft::new(ISSUED + DAY, request, Outcome::Licensed);
    draft.enclosed.push(issuer().seal(&licence, 1));
    camera.hear(&draft.body()).unwrap();
    for _ in 0..2 {
        assert!(camera.records());
        camera.restart();
    }
    camera.uptime = 30 * DAY;
    assert!(camera.records());
    camera.uptime += 1;
    assert_eq!(camera.check().reason, Reason::ContactRequired);
}
