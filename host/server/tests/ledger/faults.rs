//! A process that is killed, a disk that is full, a file that may not be written.

use core::time::Duration;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Instant;

use hwlicense::primary::{Authentication, Operation, SignedRequest};
use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::{self, Book, Policy};
use hwlicense_server::store::sqlite::{Access, SqliteStore};
use hwlicense_server::store::{Store as _, StoreError, Writer};

use crate::site::{DAY, Device, NOW, Random, Site, digest, entitlement, server_key, sqlite};

/// Where the process that is to be killed finds its ledger, and in which round it is.
const FOLDER: &str = "HWLICENSE_TEST_LEDGER";
const ROUND: &str = "HWLICENSE_TEST_ROUND";
/// Devices in each process, and channels for them.
const DEVICES: u32 = 40;
const CHANNELS: u32 = 25;

/// The request of a device, which both processes can make.
fn request(device: u32, counter: u64) -> Vec<u8> {
    Device { counter, ..Device::new(device) }.request(Operation::Contact, Authentication::None)
}

/// Runs in a process of its own, under load, until it is killed: says on its output what was
/// acknowledged, after the commit and before anything else.
#[test]
#[ignore = "the process that the test beside it kills"]
fn victim() {
    let folder = std::env::var(FOLDER).unwrap();
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let now = UnixSeconds(NOW + round * 11 * DAY);
    let writer = Writer::start(vec![sqlite(Path::new(&folder))]).unwrap();
    let handle = writer.handle();
    let mut random = Random::new(round);
    for counter in round * 1_000_000.. {
        let device = random.below(DEVICES);
        let body = request(device, counter);
        let mut noise = random.clone();
        let work = move |tx: &mut dyn hwlicense_server::store::Transaction| {
            let mut fill = |bytes: &mut [u8]| bytes.iter_mut().for_each(|byte| *byte = noise.below(256) as u8);
            let key = server_key();
            let mut book = Book::open(tx, now, Policy::default(), &key, &mut fill)?;
            ledger::answer(&mut book, &SignedRequest::parse(&body).unwrap())
        };
        let done = move |answer: Result<ledger::Answer, StoreError>| {
            let reply = answer.unwrap().seal(&server_key()).unwrap();
            println!("acknowledged {device} {counter} {}", digest(&reply));
        };
        handle.submit(work, done).unwrap();
        if counter % 16 == 15 {
            // Wait for what was handed over, so that no device has more on its way than are remembered.
            let (tell, told) = mpsc::channel();
            handle.submit(|_| Ok::<_, StoreError>(()), move |_| tell.send(()).unwrap()).unwrap();
            told.recv().unwrap();
        }
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, CHANNELS)).unwrap();
    drop(site);
    let (mut random, mut acknowledged_in_all) = (Random::new(7), 0);
    for round in 1..=30u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "faults::victim", "--nocapture"])
            .env(FOLDER, folder.path())
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let after = Duration::from_millis(30 + u64::from(random.below(250)));
        let (mut last, mut first_at) = (HashMap::new(), None);
        for line in lines.map_while(Result::ok) {
            let Some(words) = line.strip_prefix("acknowledged ") else { continue };
            let words: Vec<&str> = words.split(' ').collect();
            // A line that the kill cut off was not heard by anybody.
            if let [device, counter, digest] = words[..]
                && digest.len() == 16
            {
                last.insert(device.parse::<u32>().unwrap(), (counter.parse::<u64>().unwrap(), digest.to_owned()));
                acknowledged_in_all += 1;
            }
            if first_at.get_or_insert_with(Instant::now).elapsed() >= after {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(!last.is_empty(), "round {round} did nothing");

        let mut store = sqlite(folder.path());
        store.check_integrity().unwrap();
        let mut site =
            Site { store, key: server_key(), now: NOW + round * 11 * DAY, policy: Policy::default(), random: 0 };
        site.assert_balanced();
        let (used, excess) = site.used(1);
        assert!(used <= CHANNELS && excess == 0);
        // Each device asks again what was answered, and gets that very answer.
        for (device, (counter, expected)) in last {
            let lines = site.with(|book| book.rows().audit_after(None, u32::MAX)).unwrap().len();
            let again = site.send(&request(device, counter));
            assert_eq!(digest(&again.bytes), expected, "round {round}, device {device}");
            assert_eq!(site.with(|book| book.rows().audit_after(None, u32::MAX)).unwrap().len(), lines);
        }
    }
    println!("30 kills, {acknowledged_in_all} acknowledged requests, none lost");
}

/// Lets devices ask until something fails, and says what.
fn ask_until_failure(site: &mut Site<SqliteStore>) -> (u32, StoreError) {
    for number in 0..20_000 {
        if let Err(error) = site.try_send(&request(number, 1)) {
            return (number, error);
        }
    }
    panic!("nothing failed");
}

/// After a failure: nothing of it is there, what was acknowledged is, and it goes on by itself.
fn goes_on(site: &mut Site<SqliteStore>, acknowledged: u32) {
    site.assert_balanced();
    let clients = site.store.snapshot(|tx| tx.clients_after(None, u32::MAX)).unwrap();
    assert_eq!(clients.len(), acknowledged as usize);
    assert_eq!(site.used(1), (acknowledged, 0));
}

#[test]
fn a_full_store_takes_nothing_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 100_000)).unwrap();
    site.store.limit_pages(120).unwrap();
    let (acknowledged, error) = ask_until_failure(&mut site);
    assert_eq!(error, StoreError::Full);
    goes_on(&mut site, acknowledged);
    site.store.limit_pages(1_000_000).unwrap();
    assert!(site.try_send(&request(acknowledged, 1)).is_ok());
    goes_on(&mut site, acknowledged + 1);
}

#[test]
fn a_full_disk_takes_nothing_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(folder.path()).status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("SKIPPED: no right to mount a small file system; the limit of pages was tested instead");
        return;
    }
    println!("a file system of 2 MiB was filled");
    let (acknowledged, error) = {
        let mut site = Site::new(sqlite(folder.path()));
        site.import(&entitlement(1, 100_000)).unwrap();
        let ballast = folder.path().join("ballast");
        std::fs::File::create(&ballast).unwrap().write_all(&vec![0; 1_000_000]).unwrap();
        let (acknowledged, error) = ask_until_failure(&mut site);
        goes_on(&mut site, acknowledged);
        std::fs::remove_file(ballast).unwrap();
        assert!(site.try_send(&request(acknowledged, 1)).is_ok());
        goes_on(&mut site, acknowledged + 1);
        site.store.check_integrity().unwrap();
        (acknowledged, error)
    };
    assert!(Command::new("umount").arg(folder.path()).status().unwrap().success());
    assert!(acknowledged > 0);
    assert_eq!(error, StoreError::Full);
}

#[test]
fn a_store_that_may_not_be_written_says_so() {
    let folder = tempfile::tempdir().unwrap();
    drop(Site::new(sqlite(folder.path())));
    let path = folder.path().join("ledger.db");
    let mut store = SqliteStore::open(&path, Access::Read).unwrap();
    assert!(store.snapshot(|tx| tx.ledger()).unwrap().is_some());
    assert_eq!(store.transaction(|tx| tx.put_setting("a", "b")), Err(StoreError::ReadOnly));
    let mut writable = SqliteStore::open(&path, Access::Write).unwrap();
    assert_eq!(writable.snapshot(|tx| tx.put_setting("a", "b")), Err(StoreError::ReadOnly));
    assert_eq!(writable.transaction(|tx| tx.put_setting("a", "b")), Ok(()));
}

#[test]
fn a_folder_that_may_not_be_written_says_so() {
    let folder = tempfile::tempdir().unwrap();
    drop(Site::new(sqlite(folder.path())));
    let path = folder.path();
    let mounted = Command::new("mount").args(["--bind", "-o", "ro"]).arg(path).arg(path).status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("SKIPPED: no right to mount read-only");
        return;
    }
    println!("a folder that is mounted read-only was opened");
    let opened = SqliteStore::open(&path.join("ledger.db"), Access::Write).map(|_| ());
    assert!(Command::new("umount").arg(path).status().unwrap().success());
    assert_eq!(opened, Err(StoreError::ReadOnly));
}

#[test]
fn what_is_no_ledger_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| SqliteStore::open(&folder.path().join(name), Access::Write).map(|_| ());
    std::fs::write(folder.path().join("letter"), b"Dear administrator, this is no ledger at all.").unwrap();
    assert_eq!(open("letter"), Err(StoreError::NotALedger));
    let foreign = rusqlite::Connection::open(folder.path().join("foreign")).unwrap();
    foreign.execute_batch("CREATE TABLE photos (name TEXT)").unwrap();
    drop(foreign);
    let before = std::fs::read(folder.path().join("foreign")).unwrap();
    assert_eq!(open("foreign"), Err(StoreError::NotALedger));
    assert_eq!(std::fs::read(folder.path().join("foreign")).unwrap(), before);
    drop(sqlite(folder.path()));
    let newer = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
    newer
        .execute(
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) VALUES (99, 'x', 'x', '1')",
            [],
        )
        .unwrap();
    drop(newer);
    assert_eq!(open("ledger.db"), Err(StoreError::NewerSchema));
}

#[test]
#[cfg(unix)]
fn a_ledger_is_read_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(sqlite(folder.path()));
    site.store.backup(&folder.path().join("backup.db")).unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert!(files.len() >= 3, "the ledger, its log and its backup");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
    }
}
