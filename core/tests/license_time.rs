//! A licence at the edges of its time, and on devices whose clock is absent, unset or wrong.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use hwlicense::license::{Binding, Contact, Context, License, Reason, check};
use hwlicense::signed::Verified;
use hwlicense::time::{CLOCK_NEVER_SET_BEFORE, Clock, TimeFloor, UnixSeconds};
use support::hardware::server;
use support::{DAY, ISSUED, issuer, license};

const NOT_BEFORE: u64 = ISSUED + 10 * DAY;
const EXPIRES: u64 = ISSUED + 100 * DAY;

fn verified(not_before: u64, expires: Option<u64>) -> Verified<'static, License<'static>> {
    issuer().verified(&License {
        binding: Binding::Strict(server().machine().hwid().unwrap()),
        not_before: UnixSeconds(not_before),
        expires: expires.map(UnixSeconds),
        ..license()
    })
}

/// The reason at a time, after checking that the verdict agrees with it.
fn reason(license: &Verified<'_, License<'_>>, wall: Option<u64>, floor: u64) -> Reason {
    let machine = server().machine();
    let clock = Clock::new(wall.map(UnixSeconds), UnixSeconds(floor));
    let report = check(license, &Context { identity: machine.identity(), brand: None, clock, contact: Contact::None });
    assert_eq!(report.verdict.grant().is_some(), report.reason.is_accepting());
    assert_eq!(report.expires, license.claims().expires);
    report.reason
}

#[test]
fn a_licence_begins_at_its_first_second() {
    let license = verified(NOT_BEFORE, Some(EXPIRES));
    for (time, expected) in
        [(NOT_BEFORE - 1, Reason::NotYetValid), (NOT_BEFORE, Reason::Valid), (NOT_BEFORE + 1, Reason::Valid)]
    {
        assert_eq!(reason(&license, Some(time), 0), expected);
        assert_eq!(reason(&license, None, time), expected, "by the floor alone");
    }
}

#[test]
fn a_licence_ends_at_its_last_second_and_warns_for_fifteen_days() {
    let license = verified(NOT_BEFORE, Some(EXPIRES));
    for (time, expected) in [
        (EXPIRES - 15 * DAY - 1, Reason::Valid),
        (EXPIRES - 15 * DAY, Reason::ExpiresSoon),
        (EXPIRES - 15 * DAY + 1, Reason::ExpiresSoon),
        (EXPIRES - 1, Reason::ExpiresSoon),
        (EXPIRES, Reason::Expired),
        (EXPIRES + 1, Reason::Expired),
        (u64::MAX, Reason::Expired),
    ] {
        assert_eq!(reason(&license, Some(time), 0), expected);
        assert_eq!(reason(&license, None, time), expected, "by the floor alone");
        assert_eq!(reason(&license, Some(time), time), expected);
    }
}

#[test]
fn a_short_licence_goes_straight_to_its_end() {
    let license = verified(NOT_BEFORE, Some(NOT_BEFORE + 1));
    assert_eq!(reason(&license, Some(NOT_BEFORE - 1), 0), Reason::NotYetValid);
    assert_eq!(reason(&license, Some(NOT_BEFORE), 0), Reason::ExpiresSoon);
    assert_eq!(reason(&license, Some(NOT_BEFORE + 1), 0), Reason::Expired);
    assert_eq!(reason(&verified(ISSUED, Some(u64::MAX)), Some(ISSUED), 0), Reason::Valid);
}

#[test]
fn a_clock_may_be_a_day_behind_the_floor() {
    let license = verified(ISSUED, Some(EXPIRES));
    let floor = EXPIRES - 50 * DAY;
    for (wall, expected) in [
        (floor + 1, Reason::Valid),
        (floor, Reason::Valid),
        (floor - DAY, Reason::Valid),
        (floor - DAY - 1, Reason::ClockNotPlausible),
        (CLOCK_NEVER_SET_BEFORE.0, Reason::ClockNotPlausible),
        (CLOCK_NEVER_SET_BEFORE.0 - 1, Reason::Valid),
        (0, Reason::Valid),
    ] {
        assert_eq!(reason(&license, Some(wall), floor), expected, "wall {wall}");
    }
    // A clock that is behind within the tolerance does not stretch the licence.
    assert_eq!(reason(&license, Some(EXPIRES - 1), EXPIRES), Reason::Expired);
    assert_eq!(reason(&license, Some(EXPIRES - DAY - 1), EXPIRES), Reason::ClockNotPlausible);
}

#[test]
fn the_day_of_issue_is_a_floor_of_its_own() {
    let license = verified(ISSUED, Some(EXPIRES));
    assert_eq!(reason(&license, Some(ISSUED - DAY), 0), Reason::Valid);
    assert_eq!(reason(&license, Some(ISSUED - DAY - 1), 0), Reason::ClockNotPlausible);
    assert_eq!(reason(&license, None, 0), Reason::Valid, "a device without a clock");
    assert_eq!(reason(&license, Some(0), 0), Reason::Valid, "a device whose clock starts in 1970");
}

#[test]
fn a_device_that_boots_in_1970_lives_by_its_floor() {
    let license = verified(ISSUED, Some(EXPIRES));
    let mut floor = TimeFloor::new(UnixSeconds(ISSUED));
    assert_eq!(reason(&license, Some(5), floor.at(5).0), Reason::Valid);
    let uptime = EXPIRES - ISSUED;
    assert_eq!(reason(&license, Some(uptime - 1), floor.at(uptime - 1).0), Reason::ExpiresSoon);
    assert_eq!(reason(&license, Some(uptime), floor.at(uptime).0), Reason::Expired);
    // The next boot starts from what was saved, and a saved floor never goes back.
    let saved = floor.at(uptime);
    floor = TimeFloor::new(saved);
    floor.raise(UnixSeconds(ISSUED), 60);
    assert_eq!(floor.at(60), saved.after(60));
    assert_eq!(reason(&license, Some(60), floor.at(60).0), Reason::Expired);
}

#[test]
fn a_floor_is_carried_by_uptime_and_never_wraps() {
    let mut floor = TimeFloor::new(UnixSeconds(1_000));
    assert_eq!(floor.at(0), UnixSeconds(1_000));
    assert_eq!(floor.at(u64::MAX), UnixSeconds(u64::MAX));
    floor.raise(UnixSeconds(500), 100);
    assert_eq!(floor.at(100), UnixSeconds(1_100));
    assert_eq!(floor.at(50), UnixSeconds(1_100), "uptime that goes back changes nothing");
    floor.raise(UnixSeconds(5_000), 200);
    assert_eq!(floor.at(201), UnixSeconds(5_001));
}

#[test]
fn a_licence_without_an_end_is_never_refused_because_of_a_clock() {
    let license = verified(ISSUED, None);
    let walls = [None, Some(0), Some(CLOCK_NEVER_SET_BEFORE.0), Some(ISSUED - 400 * DAY), Some(ISSUED), Some(u64::MAX)];
    for wall in walls {
        for floor in [0, ISSUED, ISSUED + 5_000 * DAY, u64::MAX] {
            assert_eq!(reason(&license, wall, floor), Reason::Valid, "wall {wall:?}, floor {floor}");
        }
    }
    // One that begins later waits only where the clock is believed.
    let later = verified(NOT_BEFORE, None);
    assert_eq!(reason(&later, None, 0), Reason::Valid);
    assert_eq!(reason(&later, Some(0), 0), Reason::Valid);
    assert_eq!(reason(&later, Some(NOT_BEFORE - 1), 0), Reason::NotYetValid);
    assert_eq!(reason(&later, Some(NOT_BEFORE), 0), Reason::Valid);
}

#[test]
fn contact_matters_only_where_the_terms_ask_for_it() {
    let machine = server().machine();
    let binding = Binding::Strict(machine.hwid().unwrap());
    for (contact_required, contact, expected) in [
        (false, Contact::None, Reason::Valid),
        (false, Contact::Current, Reason::Valid),
        (true, Contact::None, Reason::ContactRequired),
        (true, Contact::Current, Reason::Valid),
    ] {
        let verified = issuer().verified(&License { binding: binding.clone(), contact_required, ..license() });
        let context = Context { identity: machine.identity(), brand: None, clock: Clock::default(), contact };
        assert_eq!(check(&verified, &context).reason, expected);
    }
}
