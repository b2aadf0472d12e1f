//! Who asks: secrets, requests that come twice, clones, administrators.

use hwlicense::primary::{Authentication, Operation, Outcome, Refusal, Secret};
use hwlicense_server::ledger::{self, Role};
use hwlicense_server::store::{ClientRow, CloneSign, SecretRow};

use crate::site::{Device, Site, entitlement, hwid, key, sqlite};

type Sqlite = hwlicense_server::store::sqlite::SqliteStore;

fn site(folder: &tempfile::TempDir) -> Site<Sqlite> {
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 3)).unwrap();
    site
}

fn secret_of(site: &mut Site<Sqlite>, number: u32) -> SecretRow {
    site.with(|book| {
        let client = book.rows().client_by_hwid(hwid(number))?.unwrap();
        book.rows().secret(client.id)
    })
    .unwrap()
    .unwrap()
}

fn clone_sign(site: &mut Site<Sqlite>, number: u32) -> Option<CloneSign> {
    let client = site.with(|book| book.rows().client_by_hwid(hwid(number))).unwrap().unwrap();
    client.clone_mark.map(|mark| mark.sign)
}

#[test]
fn a_secret_that_was_not_used_goes_out_again_and_one_that_was_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = Device::new(1);
    let first = camera.request(Operation::Contact, Authentication::None);
    let lost = site.send(&first);
    let again = camera.request(Operation::Contact, Authentication::None);
    assert_eq!(site.send(&again).secret, lost.secret);
    assert_eq!(site.send(&first).bytes, lost.bytes, "the answer was lost, and the request came again");
    assert_eq!(clone_sign(&mut site, 1), None);
    camera.secret = lost.secret;
    assert_eq!(camera.contact(&mut site).secret, None);
    // Whoever recorded the first request learns nothing with it.
    assert_eq!(site.send(&first).secret, None);
    site.assert_balanced();
}

#[test]
fn the_same_request_gets_the_same_answer_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    let secret = camera.secret.unwrap();
    let body = camera.request(Operation::Deactivate(key(1)), Authentication::Client(&secret));
    let first = site.send(&body);
    assert_eq!(first.outcome, Outcome::Deactivated);
    let audit = |site: &mut Site<Sqlite>| site.with(|book| book.rows().audit_after(None, 1000)).unwrap().len();
    let lines = audit(&mut site);
    site.now += 60;
    assert_eq!(site.send(&body).bytes, first.bytes);
    assert_eq!(audit(&mut site), lines);
    // The same id for something else.
    camera.counter -= 1;
    let other = camera.request(Operation::Contact, Authentication::Client(&secret));
    assert_eq!(site.send(&other).outcome, Outcome::refused(Refusal::RequestIdUsed));
    assert_eq!(site.send(&body).bytes, first.bytes);
    // Eight later it is forgotten.
    camera.counter += 1;
    for _ in 0..8 {
        assert_eq!(camera.contact(&mut site).outcome, Outcome::Waiting);
    }
    assert_ne!(site.send(&body).bytes, first.bytes);
}

#[test]
fn a_wrong_authenticator_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    let before = site.with(|book| book.rows().client_by_hwid(hwid(1))).unwrap().unwrap();
    let clients = |site: &mut Site<Sqlite>| site.with(|book| book.rows().clients_after(None, 99)).unwrap().len();
    for operation in [Operation::Contact, Operation::Deactivate(key(1))] {
        for with in
            [Authentication::Client(&Secret::new([9; 32])), Authentication::Administrator(&Secret::new([9; 32]))]
        {
            let mut thief = Device { counter: 900, salt: 1, ..camera.clone() };
            let body = thief.request(operation, with);
            assert_eq!(site.send(&body).outcome, Outcome::refused(Refusal::BadAuthenticator));
        }
    }
    // The administrator sees it, and nothing else changed.
    let after = site.with(|book| book.rows().client_by_hwid(hwid(1))).unwrap().unwrap();
    assert_eq!(after, ClientRow { reason: Refusal::BadAuthenticator.number(), ..before });
    let stranger = Device::new(50).request(Operation::Contact, Authentication::Administrator(&Secret::new([9; 32])));
    assert_eq!(site.send(&stranger).outcome, Outcome::refused(Refusal::BadAuthenticator));
    assert_eq!(clients(&mut site), 1);
    assert_eq!(camera.contact(&mut site).outcome, Outcome::Licensed);
    let after = site.with(|book| book.rows().client_by_hwid(hwid(1))).unwrap().unwrap();
    assert_eq!(after.reason, 0);
}

#[test]
fn whoever_proves_nothing_enlarges_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    let mut copy = Device { secret: None, salt: 1, ..camera.clone() };
    copy.wanted.count = 3;
    assert_eq!(copy.contact(&mut site).leases[0].1, 1);
    camera.wanted.count = 3;
    assert_eq!(camera.contact(&mut site).leases[0].1, 3);
    assert_eq!(copy.contact(&mut site).leases[0].1, 3, "what the hardware has");
}

#[test]
fn a_second_device_with_the_hwid_is_served_and_both_are_marked() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    let mut copy = Device { secret: None, salt: 1, counter: 0, name: "copy".into(), ..camera.clone() };
    let answered = copy.contact(&mut site);
    assert_eq!(answered.outcome, Outcome::Licensed);
    assert!(answered.secret.is_some() && answered.secret != camera.secret);
    assert_eq!(clone_sign(&mut site, 1), Some(CloneSign::SecondSecret));
    // It asks again, without and with what it was given, and is served; it can give nothing up.
    let mut forgetful = Device { secret: None, salt: 2, ..copy.clone() };
    assert_eq!(forgetful.contact(&mut site).secret, answered.secret);
    assert_eq!(copy.contact(&mut site).outcome, Outcome::Licensed);
    let refused = copy.ask(&mut site, Operation::Deactivate(key(1)));
    assert_eq!(refused.outcome, Outcome::refused(Refusal::BadAuthenticator));
    // What it says of itself is not believed.
    let client = site.with(|book| book.rows().client_by_hwid(hwid(1))).unwrap().unwrap();
    assert_eq!(client.name, "camera 1");
    // The first is served as ever.
    assert_eq!(camera.contact(&mut site).outcome, Outcome::Licensed);
    assert_eq!(site.used(1), (1, 0));
    // An administrator says which it is.
    site.with(|book| ledger::accept_candidate(book, hwid(1))).unwrap();
    assert_eq!(clone_sign(&mut site, 1), None);
    assert_eq!(copy.ask(&mut site, Operation::Deactivate(key(1))).outcome, Outcome::Deactivated);
    assert_eq!(camera.contact(&mut site).outcome, Outcome::refused(Refusal::BadAuthenticator));
    site.assert_balanced();
}

#[test]
fn nobody_gives_up_with_a_secret_that_was_never_used() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = Device::new(1);
    camera.contact(&mut site);
    let body = camera.request(Operation::Deactivate(key(1)), Authentication::None);
    assert_eq!(site.send(&body).outcome, Outcome::refused(Refusal::BadAuthenticator));
    assert!(!secret_of(&mut site, 1).confirmed);
    assert_eq!(camera.ask(&mut site, Operation::Deactivate(key(1))).outcome, Outcome::Deactivated);
}

#[test]
fn a_counter_that_goes_back_is_a_mark() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    camera.contact(&mut site);
    let mut old_memory = Device { counter: 1, salt: 1, ..camera.clone() };
    assert_eq!(old_memory.contact(&mut site).outcome, Outcome::Licensed);
    assert_eq!(clone_sign(&mut site, 1), Some(CloneSign::CounterWentBack));
    site.with(|book| ledger::clear_clone_mark(book, hwid(1))).unwrap();
    assert_eq!(clone_sign(&mut site, 1), None);
    old_memory.contact(&mut site);
    assert_eq!(clone_sign(&mut site, 1), None);
}

#[test]
fn a_client_that_the_ledger_forgot_is_new_whatever_it_signs_with() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = Device { secret: Some(Secret::new([9; 32])), ..Device::new(1) };
    let answered = camera.contact(&mut site);
    assert_eq!(answered.outcome, Outcome::Licensed);
    assert!(answered.secret.is_some());
    assert_eq!(camera.contact(&mut site).secret, None);
    assert!(secret_of(&mut site, 1).confirmed);
}

#[test]
fn an_administrator_at_the_device_may_give_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    site.with(|book| ledger::make_token(book, "anna", Role::Administrator, b"a long token", None)).unwrap();
    let token = Secret::of_token(b"a long token");
    let body = camera.request(Operation::Deactivate(key(1)), Authentication::Administrator(&token));
    assert_eq!(site.send(&body).outcome, Outcome::Deactivated);
    let holder = |site: &mut Site<Sqlite>, token: &[u8]| site.with(|book| ledger::token_holder(book, token)).unwrap();
    assert_eq!(holder(&mut site, b"a long token"), Some(("anna".into(), Role::Administrator)));
    assert_eq!(holder(&mut site, b"another token"), None);
    assert!(site.with(|book| ledger::revoke_token(book, "anna")).unwrap());
    assert_eq!(holder(&mut site, b"a long token"), None);
    let body = camera.request(Operation::Contact, Authentication::Administrator(&token));
    assert_eq!(site.send(&body).outcome, Outcome::refused(Refusal::BadAuthenticator));
}

#[test]
fn a_reader_at_the_device_gives_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    site.with(|book| ledger::make_token(book, "guard", Role::Reader, b"a long token", None)).unwrap();
    let token = Secret::of_token(b"a long token");
    let body = camera.request(Operation::Deactivate(key(1)), Authentication::Administrator(&token));
    assert_eq!(site.send(&body).outcome, Outcome::refused(Refusal::BadAuthenticator));
}

#[test]
fn a_request_that_was_recorded_gives_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    let secret = camera.secret.unwrap();
    let recorded = camera.request(Operation::Deactivate(key(1)), Authentication::Client(&secret));
    assert_eq!(site.send(&recorded).outcome, Outcome::Deactivated);
    camera.entered = Some(key(1));
    for _ in 0..9 {
        assert_eq!(camera.contact(&mut site).outcome, Outcome::Licensed);
    }
    assert_eq!(site.send(&recorded).outcome, Outcome::refused(Refusal::BadAuthenticator));
    assert_eq!(camera.contact(&mut site).outcome, Outcome::Licensed);
    assert_eq!(clone_sign(&mut site, 1), Some(CloneSign::CounterWentBack));
}
