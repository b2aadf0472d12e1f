//! What an administrator sees: who is expected, who does not record and why.

use hwlicense::primary::{Operation, Outcome, Refusal};
use hwlicense_server::ledger::{self, ClientView, CsvError, Expected, Page, Standing, read_csv};
use hwlicense_server::store::sqlite::SqliteStore;

use crate::site::{DAY, Device, NOW, Site, entitlement, hwid, key, sqlite};

fn site(folder: &tempfile::TempDir) -> Site<SqliteStore> {
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 1)).unwrap();
    site.import(&entitlement(2, 1)).unwrap();
    site.policy.assignment = ledger::Assignment::Manual;
    site
}

fn list(site: &mut Site<SqliteStore>) -> Vec<ClientView> {
    let (mut views, mut page) = (Vec::new(), Some(Page::Clients(None)));
    while let Some(at) = page {
        let (more, next) = site.with(|book| ledger::clients(book, at, 2)).unwrap();
        views.extend(more);
        page = next;
    }
    views
}

#[test]
fn an_expected_client_is_seen_at_once_and_gets_what_was_prepared() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let table = format!("name,hwid,key,note\ncamera 1,,{},quay\n,{},{},\nnobody,,,\n", key(1), hwid(2), key(2));
    for expected in read_csv(&table).unwrap() {
        site.with(|book| ledger::expect(book, &expected)).unwrap();
    }
    let views = list(&mut site);
    assert_eq!(views.len(), 3);
    for view in &views {
        assert_eq!((view.software.as_str(), view.standing), ("V 0.0 (0000)", Standing::NeverSeen));
        assert!(view.standing.next_step().contains("16770"));
    }
    assert_eq!(Device::new(1).contact(&mut site).leases[0].0, key(1), "by its name");
    assert_eq!(Device { name: "x".into(), ..Device::new(2) }.contact(&mut site).leases[0].0, key(2), "by its HWID");
    let views = list(&mut site);
    let names: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
    assert_eq!(names, ["camera 1", "x", "nobody"]);
    assert_eq!(views[0].software, "V 4.2 (1337)");
    assert_eq!(views[0].standing, Standing::Licensed { until: Some(hwlicense::time::UnixSeconds(NOW + 30 * DAY)) });
    assert_eq!(views[0].holds, [(key(1), 1)]);
    // A second device of that name is not the one that was expected.
    assert_eq!(Device { name: "camera 1".into(), ..Device::new(3) }.contact(&mut site).outcome, Outcome::Waiting);
}

#[test]
fn a_name_does_not_stand_in_for_a_hwid() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let both =
        Expected { name: Some("camera 1".into()), hwid: Some(hwid(2)), assigned: Some(key(1)), ..Expected::default() };
    site.with(|book| ledger::expect(book, &both)).unwrap();
    assert_eq!(Device::new(1).contact(&mut site).outcome, Outcome::Waiting);
    assert_eq!(Device::new(2).contact(&mut site).outcome, Outcome::Licensed);
}

#[test]
fn one_that_is_there_already_is_assigned_what_was_expected_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = Device::new(1);
    assert_eq!(camera.contact(&mut site).outcome, Outcome::Waiting);
    let expected = Expected { hwid: Some(hwid(1)), assigned: Some(key(1)), ..Expected::default() };
    site.with(|book| ledger::expect(book, &expected)).unwrap();
    assert_eq!(camera.contact(&mut site).outcome, Outcome::Licensed);
    assert_eq!(list(&mut site).len(), 1);
}

#[test]
fn a_wrong_row_is_named_by_its_line() {
    let line = |text: &str| format!("name,hwid,key,note\ngood,,,\n{text}\n");
    assert_eq!(read_csv("camera 1,quay\n"), Err(CsvError::Header));
    assert_eq!(read_csv("key,note\n"), Err(CsvError::Header));
    assert_eq!(read_csv(&line("a,b")), Err(CsvError::Row(3)));
    assert_eq!(read_csv(&line(",,,note")), Err(CsvError::Name(3)));
    assert_eq!(read_csv(&line(&format!("{},,,", "n".repeat(65)))), Err(CsvError::Name(3)));
    assert_eq!(read_csv(&line("a,03,,")), Err(CsvError::Hwid(3)));
    assert_eq!(read_csv(&line("a,,AAAA,")), Err(CsvError::Key(3)));
    assert_eq!(read_csv("hwid\n03ab5c00112233445566778899aabbccdd\n").unwrap().len(), 1);
}

#[test]
fn the_list_says_why_a_client_does_not_record_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let standing = |site: &mut Site<SqliteStore>| list(site)[0].standing;
    let mut camera = Device::new(1);
    camera.contact(&mut site);
    assert_eq!(standing(&mut site), Standing::Waiting);
    camera.entered = Some(key(77));
    camera.contact(&mut site);
    assert_eq!(standing(&mut site), Standing::Refused(Refusal::UnknownLicenseKey));
    camera.entered = Some(key(1));
    camera.contact(&mut site);
    assert_eq!(standing(&mut site).code(), "licensed");
    // Its lease goes on, and the list says what it asked for in vain.
    camera.entered = Some(key(77));
    camera.contact(&mut site);
    assert_eq!(standing(&mut site).code(), "licensed");
    assert_eq!(list(&mut site)[0].problem, Some(Refusal::UnknownLicenseKey));
    site.now = NOW + 30 * DAY;
    assert_eq!(standing(&mut site), Standing::LeaseEnded { since: hwlicense::time::UnixSeconds(NOW + 30 * DAY) });
    camera.entered = None;
    camera.contact(&mut site);
    camera.ask(&mut site, Operation::Deactivate(key(1)));
    assert_eq!(standing(&mut site), Standing::GivenUp);
    site.with(|book| ledger::withdraw(book, hwid(1))).unwrap();
    assert_eq!(standing(&mut site), Standing::Refused(Refusal::Withdrawn));
}

#[test]
fn that_one_licence_is_full_is_no_problem_of_who_gets_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 1)).unwrap();
    site.import(&entitlement(2, 5)).unwrap();
    Device::new(1).contact(&mut site);
    let second = Device::new(2).contact(&mut site);
    assert_eq!(second.leases.iter().map(|lease| lease.0).collect::<Vec<_>>(), [key(2)]);
    assert!(list(&mut site).iter().all(|view| view.problem.is_none()));
}
