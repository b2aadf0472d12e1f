//! Who gets which channels, until when, and when they are free again.

use hwlicense::hwid::Hwid;
use hwlicense::license::{Class, EvidencePolicy};
use hwlicense::primary::{Entitlement, Operation, Outcome, Refusal, Wanted};
use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::{self, Assignment, CommandError, Expected};
use hwlicense_server::store::sqlite::SqliteStore;

use crate::site::{DAY, Device, NOW, Site, entitlement, hwid, key, sqlite};

fn site(folder: &tempfile::TempDir) -> Site<SqliteStore> {
    Site::new(sqlite(folder.path()))
}

fn endless(number: u8, count: u32) -> Entitlement<'static> {
    Entitlement { lease_s: None, moves_max: 1, ..entitlement(number, count) }
}

fn trial(number: u8, count: u32) -> Entitlement<'static> {
    Entitlement { class: Class::TRIAL, ..entitlement(number, count) }
}

#[test]
fn a_client_gets_a_lease_and_the_same_hwid_uses_nothing_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&entitlement(1, 2)).unwrap();
    let mut camera = Device::new(1);
    let first = camera.contact(&mut site);
    assert_eq!(first.outcome, Outcome::Licensed);
    assert_eq!(first.leases, [(key(1), 1, Some(NOW + 30 * DAY), 1)]);
    let second = camera.contact(&mut site);
    assert_eq!((second.secret, second.leases), (None, first.leases));
    assert_eq!(site.used(1), (1, 0));
    site.assert_balanced();
}

#[test]
fn a_lease_goes_out_again_for_a_third_of_its_time_and_then_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&Entitlement { expires: Some(UnixSeconds(NOW + 45 * DAY)), ..entitlement(1, 2) }).unwrap();
    let mut camera = Device::new(1);
    camera.contact(&mut site);
    site.now = NOW + 10 * DAY - 1;
    assert_eq!(camera.contact(&mut site).leases, [(key(1), 1, Some(NOW + 30 * DAY), 1)]);
    site.now = NOW + 10 * DAY;
    assert_eq!(camera.contact(&mut site).leases, [(key(1), 1, Some(NOW + 40 * DAY), 2)]);
    // No lease outlives its entitlement, and none is signed that would gain nothing.
    site.now = NOW + 30 * DAY;
    assert_eq!(camera.contact(&mut site).leases, [(key(1), 1, Some(NOW + 45 * DAY), 3)]);
    site.now = NOW + 44 * DAY;
    assert_eq!(camera.contact(&mut site).leases, [(key(1), 1, Some(NOW + 45 * DAY), 3)]);
    site.now = NOW + 45 * DAY;
    assert_eq!(camera.contact(&mut site).outcome, Outcome::refused(Refusal::Expired));
    site.assert_balanced();
}

#[test]
fn what_was_given_up_stays_used_until_the_last_lease_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&entitlement(1, 1)).unwrap();
    let (mut first, mut second) = (Device::new(1), Device::new(2));
    first.settle(&mut site);
    let given_up = first.ask(&mut site, Operation::Deactivate(key(1)));
    assert_eq!((given_up.outcome, given_up.receipt), (Outcome::Deactivated, Some(Some(NOW + 30 * DAY))));
    assert_eq!(first.contact(&mut site).outcome, Outcome::Waiting);
    assert_eq!(first.ask(&mut site, Operation::Deactivate(key(1))).receipt, Some(Some(NOW + 30 * DAY)));
    site.now = NOW + 30 * DAY - 1;
    assert_eq!(second.contact(&mut site).outcome, Outcome::refused(Refusal::NoCapacity));
    assert_eq!(site.used(1), (1, 0));
    site.now = NOW + 30 * DAY;
    assert_eq!(second.contact(&mut site).outcome, Outcome::Licensed);
    assert_eq!(first.ask(&mut site, Operation::Deactivate(key(1))).outcome, Outcome::refused(Refusal::NotActive));
    site.assert_balanced();
}

#[test]
fn the_same_device_comes_back_before_its_channels_are_free() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&entitlement(1, 1)).unwrap();
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    camera.ask(&mut site, Operation::Deactivate(key(1)));
    camera.entered = Some(key(1));
    assert_eq!(camera.contact(&mut site).outcome, Outcome::Licensed);
    assert_eq!(site.used(1), (1, 0));
    // And what was to become free then does not.
    site.now = NOW + 40 * DAY;
    assert_eq!(site.with(ledger::sweep).unwrap(), 0);
    assert_eq!(site.used(1), (1, 0));
    site.assert_balanced();
}

#[test]
fn channels_without_an_end_move_only_within_their_limit() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&endless(1, 1)).unwrap();
    let (mut first, mut second) = (Device::new(1), Device::new(2));
    assert_eq!(first.settle(&mut site).leases, [(key(1), 1, None, 1)]);
    assert_eq!(first.ask(&mut site, Operation::Deactivate(key(1))).receipt, Some(Some(NOW)));
    assert_eq!(second.settle(&mut site).outcome, Outcome::Licensed);
    assert_eq!(second.ask(&mut site, Operation::Deactivate(key(1))).receipt, Some(None));
    site.now = NOW + 3000 * DAY;
    first.entered = Some(key(1));
    assert_eq!(first.contact(&mut site).outcome, Outcome::refused(Refusal::NoCapacity));
    site.assert_balanced();
}

#[test]
fn an_administrator_moves_channels_at_the_cost_of_a_move() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&entitlement(1, 1)).unwrap();
    Device::new(1).settle(&mut site);
    for target in 2..=3 {
        let from = hwid(target - 1);
        site.with(|book| ledger::move_channels(book, key(1), from, Some(hwid(target)))).unwrap();
        assert_eq!(Device::new(target).contact(&mut site).outcome, Outcome::Licensed);
        assert_eq!(site.used(1), (1, 0));
    }
    let refused = site.with(|book| ledger::move_channels(book, key(1), hwid(3), Some(hwid(4))));
    assert_eq!(refused, Err(CommandError::Refused(Refusal::MovesUsedUp)));
    // Once the lease has ended nothing is left to be paid for.
    site.now = NOW + 30 * DAY;
    site.with(|book| ledger::move_channels(book, key(1), hwid(3), Some(hwid(4)))).unwrap();
    site.assert_balanced();
}

#[test]
fn an_administrator_gives_up_for_a_device_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&entitlement(1, 1)).unwrap();
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    let receipt = site.with(|book| ledger::deactivate(book, hwid(1), key(1))).unwrap();
    assert_eq!(receipt.free_from, Some(UnixSeconds(NOW + 30 * DAY)));
    assert_eq!(camera.contact(&mut site).outcome, Outcome::Waiting);
    site.now = NOW + 30 * DAY;
    assert_eq!(site.with(ledger::sweep).unwrap(), 1);
    assert_eq!(site.used(1), (0, 0));
    site.assert_balanced();
}

#[test]
fn a_client_that_was_withdrawn_is_refused_until_something_is_assigned() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&entitlement(1, 1)).unwrap();
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    assert_eq!(site.with(|book| ledger::withdraw(book, hwid(1))).unwrap().len(), 1);
    camera.entered = Some(key(1));
    assert_eq!(camera.contact(&mut site).outcome, Outcome::refused(Refusal::Withdrawn));
    camera.entered = None;
    site.with(|book| ledger::assign(book, hwid(1), Some(key(1)))).unwrap();
    assert_eq!(camera.contact(&mut site).outcome, Outcome::Licensed);
    site.assert_balanced();
}

#[test]
fn what_is_given_comes_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    for number in [3, 1, 2] {
        site.import(&entitlement(number, 1)).unwrap();
    }
    site.import(&trial(9, 4)).unwrap();
    let given = |site: &mut Site<SqliteStore>, camera: &mut Device| {
        let answered = camera.contact(site);
        answered.leases.first().map(|lease| lease.0)
    };
    // The smallest key that has room, and the same one again.
    let mut automatic = Device::new(1);
    assert_eq!(given(&mut site, &mut automatic), Some(key(1)));
    assert_eq!(given(&mut site, &mut automatic), Some(key(1)));
    // A key that was entered.
    let mut entered = Device::new(2);
    entered.entered = Some(key(3));
    assert_eq!(given(&mut site, &mut entered), Some(key(3)));
    // What the administrator assigned, before what would be taken.
    site.import(&entitlement(4, 1)).unwrap();
    site.policy.assignment = Assignment::Manual;
    let mut assigned = Device::new(3);
    assert_eq!(given(&mut site, &mut assigned), Some(key(9)), "the trial, while nothing else is there");
    site.with(|book| ledger::assign(book, hwid(3), Some(key(4)))).unwrap();
    assert_eq!(given(&mut site, &mut assigned), Some(key(4)));
    // By hand nothing is taken that nobody named.
    site.with(|book| ledger::withdraw(book, hwid(3))).unwrap();
    site.with(|book| ledger::assign(book, hwid(3), None)).unwrap();
    assert_eq!(given(&mut site, &mut assigned), Some(key(9)), "what is left of the trial");
    site.assert_balanced();
}

#[test]
fn nobody_assigned_means_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&entitlement(1, 1)).unwrap();
    site.policy.assignment = Assignment::Manual;
    assert_eq!(Device::new(1).contact(&mut site).outcome, Outcome::Waiting);
}

#[test]
fn a_mistyped_key_stops_nothing_and_is_not_made_up_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&entitlement(1, 2)).unwrap();
    let (mut old, mut new) = (Device::new(1), Device::new(2));
    old.contact(&mut site);
    old.entered = Some(key(77));
    new.entered = Some(key(77));
    assert_eq!(old.contact(&mut site).leases.len(), 1);
    assert_eq!(new.contact(&mut site).outcome, Outcome::refused(Refusal::UnknownLicenseKey));
    assert_eq!(site.used(1), (1, 0));
}

#[test]
fn a_trial_is_given_to_a_hwid_once_and_lasts_from_its_first_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&trial(9, 4)).unwrap();
    let mut camera = Device::new(1);
    camera.wanted.count = 4;
    assert_eq!(camera.settle(&mut site).leases, [(key(9), 4, Some(NOW + 30 * DAY), 1)]);
    site.now = NOW + 20 * DAY;
    assert_eq!(camera.contact(&mut site).leases, [(key(9), 4, Some(NOW + 30 * DAY), 1)]);
    camera.ask(&mut site, Operation::Deactivate(key(9)));
    camera.entered = Some(key(9));
    assert_eq!(camera.contact(&mut site).leases, [(key(9), 4, Some(NOW + 30 * DAY), 1)]);
    site.now = NOW + 30 * DAY;
    assert_eq!(camera.contact(&mut site).outcome, Outcome::refused(Refusal::TrialUsed));
    camera.entered = None;
    assert_eq!(camera.contact(&mut site).outcome, Outcome::refused(Refusal::TrialUsed));
    assert_eq!(site.used(9), (0, 0));
    site.assert_balanced();
}

#[test]
fn trials_that_are_over_make_room_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&trial(9, 1)).unwrap();
    assert_eq!(Device::new(1).contact(&mut site).outcome, Outcome::Licensed);
    assert_eq!(Device::new(2).contact(&mut site).outcome, Outcome::refused(Refusal::NoCapacity));
    site.now = NOW + 30 * DAY;
    assert_eq!(Device::new(2).settle(&mut site).outcome, Outcome::Licensed);
    site.assert_balanced();
}

#[test]
fn more_channels_are_given_where_there_is_room_and_never_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&entitlement(1, 5)).unwrap();
    let (mut first, mut second) = (Device::new(1), Device::new(2));
    for (wanted, given) in [(1, 1), (3, 3), (2, 3), (4, 4), (100, 4)] {
        first.wanted.count = wanted;
        assert_eq!(first.contact(&mut site).leases[0].1, given, "wanted {wanted}");
        assert_eq!(site.used(1), (given, 0));
    }
    second.wanted.count = 2;
    assert_eq!(second.contact(&mut site).outcome, Outcome::refused(Refusal::NoCapacity));
    second.wanted.count = 1;
    assert_eq!(second.contact(&mut site).outcome, Outcome::Licensed);
    second.wanted.count = 2;
    assert_eq!(second.contact(&mut site).leases[0].1, 1);
    site.assert_balanced();
}

#[test]
fn every_refusal_has_its_case() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let strict = EvidencePolicy::new(hwlicense::hwid::EvidenceSet::from_bits(8), EvidencePolicy::DOUBTFUL);
    site.import(&Entitlement { brand: "southgate".into(), ..entitlement(1, 1) }).unwrap();
    site.import(&Entitlement { class: Class::PROFESSIONAL, ..entitlement(2, 1) }).unwrap();
    site.import(&Entitlement { expires: Some(UnixSeconds(NOW)), ..entitlement(3, 1) }).unwrap();
    site.import(&Entitlement { not_before: UnixSeconds(NOW + 1), ..entitlement(4, 1) }).unwrap();
    site.import(&Entitlement { serves_until: UnixSeconds(NOW - 1), ..entitlement(5, 1) }).unwrap();
    site.import(&Entitlement { evidence: strict, ..entitlement(6, 1) }).unwrap();
    site.import(&Entitlement { per_client: 0, ..entitlement(7, 1) }).unwrap();
    let cases = [
        (1, Refusal::OtherBrand),
        (2, Refusal::OtherClass),
        (3, Refusal::Expired),
        (4, Refusal::Expired),
        (5, Refusal::Expired),
        (6, Refusal::EvidenceTooWeak),
        (7, Refusal::NoCapacity),
        (8, Refusal::UnknownLicenseKey),
    ];
    for (number, refusal) in cases {
        let mut camera = Device::new(number.into());
        camera.entered = Some(key(number));
        assert_eq!(camera.contact(&mut site).outcome, Outcome::refused(refusal), "{number}");
    }
    let mut future = Device::new(20);
    future.hwid = Hwid { scheme: 4, bytes: [1; 16] };
    assert_eq!(future.contact(&mut site).outcome, Outcome::refused(Refusal::UnknownScheme));
    // What does not say which class it needs takes the key that was entered.
    let mut any = Device::new(21);
    (any.entered, any.wanted) = (Some(key(2)), Wanted::default());
    assert_eq!(any.contact(&mut site).outcome, Outcome::Licensed);
    site.assert_balanced();
}

#[test]
fn leases_that_ended_are_forgotten_and_the_newest_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&entitlement(1, 1)).unwrap();
    let mut camera = Device::new(1);
    for day in [0, 10, 20] {
        site.now = NOW + day * DAY;
        camera.contact(&mut site);
    }
    site.now = NOW + 400 * DAY;
    site.with(ledger::sweep).unwrap();
    let left: Vec<bool> =
        (1..=3).map(|serial| site.with(|book| book.rows().lease(1, serial)).unwrap().is_some()).collect();
    assert_eq!(left, [false, false, true]);
}

#[test]
fn invented_clients_do_not_fill_the_ledger_and_keep_no_expected_one_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.import(&entitlement(1, 9)).unwrap();
    site.policy.clients_max = 2;
    let mut known = Device::new(1);
    assert_eq!(known.contact(&mut site).outcome, Outcome::Licensed);
    assert_eq!(Device::new(2).contact(&mut site).outcome, Outcome::Licensed);
    let mut third = Device::new(3);
    assert_eq!(third.contact(&mut site).outcome, Outcome::refused(Refusal::NoCapacity));
    assert_eq!(site.used(1), (2, 0));
    assert_eq!(known.contact(&mut site).outcome, Outcome::Licensed);
    let expected = Expected { hwid: Some(hwid(3)), ..Expected::default() };
    site.with(|book| ledger::expect(book, &expected)).unwrap();
    assert_eq!(third.contact(&mut site).outcome, Outcome::Licensed);
    site.assert_balanced();
}
