//! A ledger moves from its file into a database.

use std::path::Path;

use hwlicense::license::LicenseKey;
use hwlicense::primary::{Operation, Outcome};
use hwlicense::signed::Revocation;
use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::{self, Expected};
use hwlicense_server::store::moving::{Departure, MoveError, MovedTable, Progress, move_ledger};
use hwlicense_server::store::sqlite::{Access, SqliteStore, moved_to};
use hwlicense_server::store::{Location, Store, StoreError};

use crate::cluster::Cluster;
use crate::open;
use crate::site::{Device, Site, entitlement, hwid, key, sqlite};

/// Fills every table; the devices, some of which gave up what they had.
fn fill(site: &mut Site<impl Store>) -> Vec<Device> {
    site.import(&entitlement(1, 700)).unwrap();
    site.import(&entitlement(2, 5)).unwrap();
    let mut devices: Vec<Device> = (1..=600).map(Device::new).collect();
    for device in &mut devices {
        device.enrollment = b"an enrolment".to_vec();
        device.settle(site);
    }
    for device in &mut devices[..20] {
        device.ask(site, Operation::Deactivate(key(1)));
    }
    site.revoke(1, Revocation::LicenseRevoked(key(2))).unwrap();
    for (name, assigned) in [("Zürich", None), ("ägypten", Some(key(1))), ("Zug", None)] {
        let expected = Expected { name: Some(name.into()), hwid: None, assigned, note: "'quoted'\n".into() };
        site.with(|book| ledger::expect(book, &expected)).unwrap();
    }
    site.with(|book| ledger::make_token(book, "Ünal", ledger::Role::Reader, b"a token that is long enough", None))
        .unwrap();
    for name in ["b", "B", "ä", "a b"] {
        site.store.transaction(|tx| tx.put_setting(name, "")).unwrap();
    }
    // A number that was given and is free again is given to nobody else.
    site.store
        .transaction(|tx| {
            let id = tx.insert_expected(&hwlicense_server::store::ExpectedRow {
                id: 0,
                name: None,
                hwid: Some(hwid(9_999)),
                assigned: None,
                note: String::new(),
                entered: UnixSeconds(1),
                client: None,
            })?;
            tx.delete_expected(id)
        })
        .unwrap();
    devices
}

/// Everything that the rows of a ledger say.
fn everything(store: &mut impl Store) -> String {
    store
        .snapshot(|tx| {
            let clients = tx.clients_after(None, u32::MAX)?;
            let mut text = format!("{:?}\n{clients:?}\n", tx.ledger()?);
            for client in &clients {
                let secret = tx.secret(client.id)?.map(|row| (row.secret, row.confirmed, row.candidate));
                text += &format!("{secret:?} {:?}\n", tx.enrollment(client.id)?);
                for activation in tx.activations_of_hwid(client.hwid)? {
                    text += &format!("{activation:?} {:?}\n", tx.newest_lease(activation.id)?);
                }
            }
            text += &format!("{:?}\n{:?}\n{:?}\n", tx.entitlements()?, tx.tokens()?, tx.lists()?);
            Ok::<_, StoreError>(
                text + &format!("{:?}\n{:?}", tx.expected_after(None, 100)?, tx.audit_after(None, u32::MAX)?),
            )
        })
        .unwrap()
}

fn moved(from: &Path, url: &str, departure: Departure) -> Result<Vec<MovedTable>, MoveError> {
    let Some(Location::Postgres(to)) = Location::parse(url, from) else { panic!("{url}") };
    let mut last = (0, 0);
    let mut watch = |progress: Progress<'_>| {
        assert!(progress.done > last.0 && progress.done <= progress.of, "{progress:?}");
        last = (progress.done, progress.of);
    };
    let tables = move_ledger(from, &to, departure, &mut watch)?;
    assert_eq!(last.0, last.1, "all of it was told");
    Ok(tables)
}

#[test]
fn everything_moves_and_the_ledger_goes_on() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (from, copy) = (folder.path().join("ledger.db"), folder.path().join("copy.db"));
    let mut site = Site::new(sqlite(folder.path()));
    let mut devices = fill(&mut site);
    let before = everything(&mut site.store);
    let url = cluster.database("ledger");
    assert_eq!(moved(&from, &url, Departure::Final), Err(MoveError::InUse));
    let now = site.now;
    site.store = sqlite(&tempfile::tempdir().unwrap().keep());

    let rehearsed = moved(&from, &url, Departure::Rehearsal).unwrap();
    assert_eq!(cluster.sql("ledger", "SELECT count(*) FROM clients"), "0");
    assert_eq!(everything(&mut SqliteStore::open(&from, Access::Write).unwrap()), before, "nothing happened");
    std::fs::copy(&from, &copy).unwrap();
    assert_eq!(moved(&from, &url, Departure::Final).unwrap(), rehearsed);
    assert_eq!(everything(&mut open(&url)), before);
    for access in [Access::Write, Access::Read] {
        assert_eq!(SqliteStore::open(&from, access).map(|_| ()), Err(StoreError::Moved));
    }
    assert_eq!(moved_to(&from).unwrap(), url);

    // The machine failed between the two commits: the file has no mark yet.
    assert_eq!(moved(&copy, &url, Departure::Final).unwrap(), rehearsed);
    assert_eq!(SqliteStore::open(&copy, Access::Write).map(|_| ()), Err(StoreError::Moved));

    let mut site = Site { now, ..Site::new(open(&url)) };
    let highest = |table: &str| cluster.sql("ledger", &format!("SELECT max(id) FROM {table}")).parse::<i64>().unwrap();
    let (clients, expected) = (highest("clients"), highest("expected"));
    for device in &mut devices[20..] {
        let answer = device.contact(&mut site);
        assert_eq!((answer.outcome, answer.secret), (Outcome::Licensed, None), "it is known");
    }
    assert_eq!(Device::new(5_000).contact(&mut site).outcome, Outcome::Licensed);
    let expect = Expected { name: Some("new".into()), hwid: None, assigned: None, note: String::new() };
    site.with(|book| ledger::expect(book, &expect)).unwrap();
    assert_eq!((highest("clients"), highest("expected")), (clients + 1, expected + 2), "a number is given once");
    site.assert_balanced();

    // It went on there, so the same ledger from an old copy is not taken for it.
    let old = folder.path().join("old");
    std::fs::create_dir(&old).unwrap();
    let mut other = Site::new(sqlite(&old));
    other.import(&entitlement(1, 700)).unwrap();
    drop(other);
    assert_eq!(moved(&old.join("ledger.db"), &url, Departure::Final), Err(MoveError::TargetHolds));
    assert!(SqliteStore::open(&old.join("ledger.db"), Access::Write).is_ok(), "and the file stays what it is");
}

#[test]
fn a_row_that_arrives_as_another_one_is_found() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    let key: LicenseKey = key(1);
    site.import(&entitlement(1, 7)).unwrap();
    drop(site);
    let url = cluster.database("ledger");
    drop(open(&url));
    let change = "CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.holder = 'other'; RETURN NEW; END $$; \
                  CREATE TRIGGER change BEFORE INSERT ON entitlements FOR EACH ROW EXECUTE FUNCTION change()";
    cluster.sql("ledger", change);
    let from = folder.path().join("ledger.db");
    assert_eq!(moved(&from, &url, Departure::Final), Err(MoveError::Differs("entitlements".into())));
    assert!(sqlite(folder.path()).snapshot(|tx| tx.entitlement(key)).unwrap().is_some(), "the file is as it was");
    assert_eq!(cluster.sql("ledger", "SELECT count(*) FROM entitlements"), "0");
}
