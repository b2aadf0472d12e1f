//! The same machine with other hardware, and other machines that say they are.

use hwlicense::hardware::{Board, Descriptor, Field, Mac, Nic, NicClass, NicMembership, Rows};
use hwlicense::hwid::{ENROLLMENT_BYTES_MAX, Enrollment, Machine};
use hwlicense::primary::{Outcome, Refusal};
use hwlicense_server::ledger::{self, CommandError};

use crate::site::{Device, NOW, Site, entitlement, hwid, sqlite};

type Sqlite = hwlicense_server::store::sqlite::SqliteStore;

/// A device with this board and this NIC, enrolled with this salt.
pub fn device(board: &str, mac: u8, salt: u8) -> Device {
    let nic = Nic {
        bus: "0000:02:00.0".into(),
        driver: "igb".into(),
        permanent_mac: Field::Read(Mac([0x00, 0x25, 0x90, 0x5c, 0xd1, mac])),
        current_mac: Field::Read(Mac([0x00, 0x25, 0x90, 0x5c, 0xd1, mac])),
        class: NicClass::Physical,
        membership: NicMembership::Independent,
    };
    let descriptor = Descriptor {
        board: Board { serial: board.into(), ..Board::default() },
        nics: Field::Read(Rows::held(core::slice::from_ref(&nic))),
        ..Descriptor::default()
    };
    let machine = Machine::read(&descriptor).unwrap();
    let enrollment = Enrollment::new(&machine, [salt; 16]).unwrap();
    let bytes = enrollment.encode(&mut [0; ENROLLMENT_BYTES_MAX]).unwrap().to_vec();
    Device { hwid: enrollment.hwid(), enrollment: bytes, evidence: enrollment.evidence().bits(), ..Device::new(1) }
}

const BOARD: &str = "ZM16AS034417";

/// The device as it is after its hardware changed to that of another.
fn changed(old: &Device, new: Device) -> Device {
    let (secret, counter) = (old.secret, old.counter);
    Device { previous: Some(old.hwid), secret, counter, ..new }
}

fn enrolled(folder: &tempfile::TempDir) -> (Site<Sqlite>, Device) {
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 1)).unwrap();
    let mut camera = device(BOARD, 1, 5);
    assert_eq!(camera.settle(&mut site).outcome, Outcome::Licensed);
    (site, camera)
}

#[test]
fn a_replaced_nic_takes_the_channels_along() {
    let folder = tempfile::tempdir().unwrap();
    let (mut site, camera) = enrolled(&folder);
    let mut camera = changed(&camera, device(BOARD, 2, 5));
    let answered = camera.contact(&mut site);
    assert_eq!((answered.outcome, answered.secret), (Outcome::Licensed, None));
    assert_eq!(answered.leases[0].3, 2, "a lease for the new HWID");
    assert_eq!(site.used(1), (1, 0));
    // It goes on naming the old one until it has the answer, and later not.
    assert_eq!(camera.contact(&mut site).leases, answered.leases);
    camera.previous = None;
    assert_eq!(camera.contact(&mut site).leases, answered.leases);
    site.assert_balanced();
}

#[test]
fn four_times_a_year_and_then_an_administrator_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (mut site, mut camera) = enrolled(&folder);
    for mac in 2..6 {
        camera = changed(&camera, device(BOARD, mac, 5));
        assert_eq!(camera.contact(&mut site).outcome, Outcome::Licensed);
    }
    let before = camera.hwid;
    let mut fifth = changed(&camera, device(BOARD, 6, 5));
    assert_eq!(fifth.contact(&mut site).outcome, Outcome::refused(Refusal::HardwareChanged));
    site.now = NOW + 366 * 86_400;
    camera.counter = fifth.counter;
    assert_eq!(camera.contact(&mut site).outcome, Outcome::Licensed);
    fifth.counter = camera.counter;
    assert_eq!(fifth.contact(&mut site).outcome, Outcome::Licensed);
    assert_ne!(before, fifth.hwid);
    site.assert_balanced();
}

#[test]
fn another_board_another_salt_or_no_secret_is_another_machine() {
    let folder = tempfile::tempdir().unwrap();
    let (mut site, camera) = enrolled(&folder);
    let mut other_board = changed(&camera, device("ZM16AS999999", 2, 5));
    assert_eq!(other_board.contact(&mut site).outcome, Outcome::refused(Refusal::HardwareChanged));
    let mut other_salt = changed(&other_board, device(BOARD, 3, 6));
    other_salt.previous = Some(camera.hwid);
    assert_eq!(other_salt.contact(&mut site).outcome, Outcome::refused(Refusal::HardwareChanged));
    let mut stranger = changed(&other_salt, device(BOARD, 4, 5));
    (stranger.previous, stranger.secret) = (Some(camera.hwid), None);
    assert_eq!(stranger.contact(&mut site).outcome, Outcome::refused(Refusal::HardwareChanged));
    stranger.secret = Some(hwlicense::primary::Secret::new([9; 32]));
    assert_eq!(stranger.contact(&mut site).outcome, Outcome::refused(Refusal::BadAuthenticator));
    // An enrolment that is not of the HWID which asks.
    let mut borrowed = changed(&stranger, device(BOARD, 5, 5));
    (borrowed.previous, borrowed.secret, borrowed.hwid) = (Some(camera.hwid), camera.secret, hwid(77));
    assert_eq!(borrowed.contact(&mut site).outcome, Outcome::refused(Refusal::HardwareChanged));
    assert_eq!(site.used(1), (1, 0));
    site.assert_balanced();
}

#[test]
fn an_administrator_allows_what_was_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (mut site, camera) = enrolled(&folder);
    let old = camera.hwid;
    assert_eq!(site.with(|book| ledger::allow_change(book, old, None)), Err(CommandError::NothingAsked));
    let mut camera = changed(&camera, device("ZM16AS999999", 2, 6));
    assert_eq!(camera.contact(&mut site).outcome, Outcome::refused(Refusal::HardwareChanged));
    site.with(|book| ledger::allow_change(book, old, None)).unwrap();
    assert_eq!(camera.contact(&mut site).outcome, Outcome::Licensed);
    assert_eq!(site.used(1), (1, 0));
    // With the enrolment that came with it the next change needs nobody.
    let mut camera = changed(&camera, device("ZM16AS999999", 3, 6));
    assert_eq!(camera.contact(&mut site).outcome, Outcome::Licensed);
    site.assert_balanced();
}

#[test]
fn a_new_hwid_that_made_contact_before_it_named_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let (mut site, camera) = enrolled(&folder);
    let mut fresh = device(BOARD, 2, 5);
    assert_eq!(fresh.settle(&mut site).outcome, Outcome::refused(Refusal::NoCapacity));
    let mut camera = changed(&camera, device(BOARD, 2, 5));
    assert_eq!(camera.contact(&mut site).outcome, Outcome::Licensed);
    assert_eq!(site.used(1), (1, 0));
    site.assert_balanced();
}

#[test]
fn a_trial_goes_along_there_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    let trial = hwlicense::primary::Entitlement { class: hwlicense::license::Class::TRIAL, ..entitlement(9, 1) };
    site.import(&trial).unwrap();
    let mut camera = device(BOARD, 1, 5);
    camera.settle(&mut site);
    let (first, end) = (camera.hwid, NOW + 30 * 86_400);
    for mac in [2, 1, 2, 1] {
        site.now += 86_400;
        camera = changed(&camera, device(BOARD, mac, 5));
        let answered = camera.contact(&mut site);
        assert_eq!((answered.outcome, answered.leases[0].2), (Outcome::Licensed, Some(end)));
        assert_eq!(site.used(9), (1, 0));
    }
    assert_eq!(camera.hwid, first);
    // The hardware of the days between had its trial as well.
    let mut between = device(BOARD, 2, 6);
    assert_eq!(between.contact(&mut site).outcome, Outcome::refused(Refusal::TrialUsed));
    site.assert_balanced();
}
