//! A backup that is put back: what was forgotten comes back, and nobody stops.

use hwlicense::primary::{Operation, Outcome, Refusal};
use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger;
use hwlicense_server::store::sqlite::{Access, RestoreError, SqliteStore};
use hwlicense_server::store::{Store as _, StoreError};

use crate::site::{DAY, Device, LEDGER, NOW, Site, entitlement, key, sqlite};

/// Puts the backup in the place of the ledger, as an administrator does.
fn restore(mut site: Site<SqliteStore>, folder: &tempfile::TempDir) -> Site<SqliteStore> {
    let path = folder.path().join("ledger.db");
    let now = UnixSeconds(site.now);
    site.store = SqliteStore::open(&folder.path().join("elsewhere.db"), Access::Write).unwrap();
    SqliteStore::restore(&folder.path().join("backup.db"), &path, |tx, former| ledger::begin_epoch(tx, former, 0, now))
        .unwrap();
    site.store = SqliteStore::open(&path, Access::Write).unwrap();
    site
}

#[test]
fn leases_that_were_forgotten_are_entered_again_and_the_excess_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 2)).unwrap();
    let mut before = Device::new(1);
    before.settle(&mut site);
    site.store.backup(&folder.path().join("backup.db")).unwrap();
    let mut after = Device::new(2);
    assert_eq!(after.settle(&mut site).leases[0].3, 2);

    let mut site = restore(site, &folder);
    // Somebody else comes first, and takes the room that is there.
    let mut new = Device::new(3);
    assert_eq!(new.settle(&mut site).outcome, Outcome::Licensed);
    assert_eq!(site.used(1), (2, 0));
    // Both that were served before the restore go on, under the new epoch.
    for camera in [&mut before, &mut after] {
        let answered = camera.contact(&mut site);
        assert_eq!((answered.outcome, answered.epoch), (Outcome::Licensed, 2));
    }
    assert_eq!(site.used(1), (2, 1));
    site.assert_balanced();
    // A second time nothing is entered.
    after.contact(&mut site);
    assert_eq!(site.used(1), (2, 1));
    // The excess goes first, and only then is there room again.
    new.ask(&mut site, Operation::Deactivate(key(1)));
    site.now = NOW + 31 * DAY;
    site.with(ledger::sweep).unwrap();
    assert_eq!(site.used(1), (2, 0));
    assert_eq!(Device::new(4).contact(&mut site).outcome, Outcome::refused(Refusal::NoCapacity));
    site.assert_balanced();
}

#[test]
fn what_was_given_up_before_the_backup_and_taken_again_after_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 1)).unwrap();
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    camera.ask(&mut site, Operation::Deactivate(key(1)));
    site.store.backup(&folder.path().join("backup.db")).unwrap();
    site.now = NOW + 20 * DAY;
    camera.entered = Some(key(1));
    assert_eq!(camera.contact(&mut site).leases[0].2, Some(NOW + 50 * DAY));
    let mut site = restore(site, &folder);
    camera.entered = None;
    assert_eq!(camera.contact(&mut site).outcome, Outcome::Licensed);
    site.now = NOW + 31 * DAY;
    assert_eq!(site.with(ledger::sweep).unwrap(), 0);
    assert_eq!(Device::new(2).contact(&mut site).outcome, Outcome::refused(Refusal::NoCapacity));
    site.assert_balanced();
}

#[test]
fn only_what_this_server_signed_for_this_machine_is_entered() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 9)).unwrap();
    site.store.backup(&folder.path().join("backup.db")).unwrap();
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    let held = camera.held.clone();
    let mut site = restore(site, &folder);
    site.policy.assignment = ledger::Assignment::Manual;
    // Another machine shows it; a byte of it was changed; it was signed by somebody else.
    let mut thief = Device { held: held.clone(), ..Device::new(2) };
    assert_eq!(thief.contact(&mut site).outcome, Outcome::Waiting);
    let lease = hwlicense::signed::Envelope::parse(&held[0]).unwrap();
    let lease: hwlicense::primary::Lease<'_> = lease.unverified().unwrap();
    let forged = ledger::ServerKey::from_seed(&[41; 32]).seal_lease(&lease).unwrap();
    let mut damaged = held[0].clone();
    *damaged.last_mut().unwrap() ^= 1;
    let mut forger = Device { held: vec![forged, damaged, vec![1, 2, 3]], counter: 50, ..camera.clone() };
    assert_eq!(forger.contact(&mut site).outcome, Outcome::Waiting);
    assert_eq!(site.used(1), (0, 0));
    // Ended leases are history.
    site.now = NOW + 30 * DAY;
    let mut late = Device { counter: 60, ..camera.clone() };
    assert_eq!(late.contact(&mut site).outcome, Outcome::Waiting);
    assert_eq!(site.used(1), (0, 0));
}

#[test]
fn a_lease_of_the_present_epoch_that_is_not_known_is_not_entered() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 1)).unwrap();
    let mut camera = Device::new(1);
    camera.settle(&mut site);
    // A copy of the server's files elsewhere signs with the same key in the same epoch.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut copy = Site::new(sqlite(elsewhere.path()));
    copy.import(&entitlement(1, 1)).unwrap();
    copy.policy.assignment = ledger::Assignment::Manual;
    assert_eq!(Device { counter: 9, ..camera.clone() }.contact(&mut copy).outcome, Outcome::Waiting);
    assert_eq!(copy.used(1), (0, 0));
}

#[test]
fn each_restore_begins_an_epoch_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(sqlite(folder.path()));
    site.store.backup(&folder.path().join("backup.db")).unwrap();
    let mut site = restore(site, &folder);
    assert_eq!(site.with(|book| Ok::<_, StoreError>(book.ledger().epoch)).unwrap(), 2);
    let mut site = restore(site, &folder);
    assert_eq!(site.with(|book| Ok::<_, StoreError>(book.ledger().epoch)).unwrap(), 3);
    assert!(folder.path().join("ledger.db.before-3").exists());
    // Where the former ledger is lost, the administrator says from where on to count.
    let path = folder.path().join("lost.db");
    let epoch = SqliteStore::restore(&folder.path().join("backup.db"), &path, |tx, former| {
        ledger::begin_epoch(tx, former, 40, UnixSeconds(NOW))
    });
    assert_eq!(epoch, Ok(40));
}

#[test]
fn a_restore_that_cannot_be_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let site = Site::new(sqlite(folder.path()));
    let backup = folder.path().join("backup.db");
    site.store.backup(&backup).unwrap();
    assert_eq!(site.store.backup(&backup), Err(RestoreError::Exists));
    let begin = |tx: &mut dyn hwlicense_server::store::Transaction, former| {
        ledger::begin_epoch(tx, former, 0, UnixSeconds(NOW))
    };
    assert_eq!(SqliteStore::restore(&backup, &path, begin), Err(RestoreError::InUse), "the server runs");
    drop(site);
    // Damaged, another ledger, no ledger.
    let damaged = folder.path().join("damaged.db");
    let mut bytes = std::fs::read(&backup).unwrap();
    bytes[8192..12288].fill(0xff);
    std::fs::write(&damaged, &bytes).unwrap();
    assert_eq!(SqliteStore::restore(&damaged, &path, begin), Err(RestoreError::Store(StoreError::Corrupt)));
    let foreign = folder.path().join("foreign.db");
    let mut other = SqliteStore::open(&foreign, Access::Write).unwrap();
    other.transaction(|tx| ledger::found(tx, [9; 16], UnixSeconds(NOW))).unwrap();
    drop(other);
    assert_eq!(SqliteStore::restore(&foreign, &path, begin), Err(RestoreError::Store(StoreError::Conflict)));
    std::fs::write(&foreign, b"a letter").unwrap();
    assert_eq!(SqliteStore::restore(&foreign, &path, begin), Err(RestoreError::Store(StoreError::NotALedger)));
    let mut store = SqliteStore::open(&path, Access::Write).unwrap();
    let ledger = store.snapshot(|tx| tx.ledger()).unwrap().unwrap();
    assert_eq!((ledger.id, ledger.epoch), (LEDGER, 1));
}

#[test]
fn a_backup_is_of_one_moment_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 10_000)).unwrap();
    let path = folder.path().join("ledger.db");
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let writing = std::thread::spawn(move || {
        let mut number = 0;
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            number += 1;
            Device::new(number).contact(&mut site);
        }
        number
    });
    let mut seen = 0;
    for round in 0..5 {
        let backup = folder.path().join(format!("backup-{round}.db"));
        // Through a store of its own, so that the writer goes on.
        SqliteStore::open(&path, Access::Read).unwrap().backup(&backup).unwrap();
        let mut copy = Site::new(SqliteStore::open(&backup, Access::Write).unwrap());
        copy.assert_balanced();
        let clients = copy.store.snapshot(|tx| tx.clients_after(None, u32::MAX)).unwrap();
        assert_eq!(copy.used(1), (clients.len() as u32, 0));
        assert!(clients.len() >= seen);
        seen = clients.len();
    }
    drop(stop);
    assert!(writing.join().unwrap() >= seen as u32);
}

#[test]
fn what_a_damaged_ledger_leaves_behind_does_not_reach_the_restored_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.store.transaction(|tx| tx.put_setting("a", "as backed up")).unwrap();
    let backup = folder.path().join("backup.db");
    site.store.backup(&backup).unwrap();
    drop(site);
    // The machine went down with a log that was not folded in, and the file was damaged.
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("ledger.db");
    let raw = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
    raw.execute("UPDATE settings SET value = 'as it was later'", []).unwrap();
    for suffix in ["", "-wal"] {
        let name = format!("ledger.db{suffix}");
        std::fs::copy(folder.path().join(&name), elsewhere.path().join(&name)).unwrap();
    }
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..100].fill(0xff);
    std::fs::write(&path, &bytes).unwrap();
    let epoch = SqliteStore::restore(&backup, &path, |tx, former| {
        assert!(former.is_none());
        ledger::begin_epoch(tx, former, 7, UnixSeconds(NOW))
    });
    assert_eq!(epoch, Ok(7));
    let mut store = SqliteStore::open(&path, Access::Write).unwrap();
    assert_eq!(store.snapshot(|tx| tx.setting("a")), Ok(Some("as backed up".into())));
    assert!(elsewhere.path().join("ledger.db.before-7").exists());
    store.check_integrity().unwrap();
}

#[test]
fn a_ledger_of_newer_software_is_replaced_and_its_epoch_is_not_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let site = Site::new(sqlite(folder.path()));
    let backup = folder.path().join("backup.db");
    site.store.backup(&backup).unwrap();
    drop(site);
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer
        .execute_batch("UPDATE ledger SET epoch = 20; UPDATE refinery_schema_history SET version = version + 96")
        .unwrap();
    drop(newer);
    let epoch = SqliteStore::restore(&backup, &path, |tx, former| ledger::begin_epoch(tx, former, 0, UnixSeconds(NOW)));
    assert_eq!(epoch, Ok(21));
}
