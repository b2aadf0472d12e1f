//! Power that goes at any instant, with a disk that keeps only what was synchronised.
//!
//! SQLite runs on a disk in memory. What it writes is lost unless it synchronised the file: when the
//! power goes, each sector that was written since survives or not, as a seed decides, in no order.
//! Whatever was acknowledged before must be there afterwards.

use core::ops::Range;
use core::time::Duration;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hwlicense::primary::Outcome;
use hwlicense_server::ledger;
use hwlicense_server::store::sqlite::{Access, SqliteStore};
use hwlicense_server::store::{Store as _, StoreError};
use sqlite_vfs::wip::{WalIndex, WalIndexLock};
use sqlite_vfs::{DatabaseHandle, LockKind, OpenAccess, OpenOptions, Vfs};

use crate::site::{DAY, Device, NOW, Random, Site, entitlement};

/// What a disk writes at once.
const SECTOR: usize = 512;

/// Something that was asked of a file and is not on the disk yet.
#[derive(Clone)]
enum Pending {
    Write(usize, Vec<u8>),
    Length(usize),
}

#[derive(Clone, Default)]
struct Content {
    kept: Vec<u8>,
    seen: Vec<u8>,
    pending: Vec<Pending>,
}

fn put(bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
    if bytes.len() < at + data.len() {
        bytes.resize(at + data.len(), 0);
    }
    bytes[at..at + data.len()].copy_from_slice(data);
}

impl Content {
    /// What is left of it when the power goes.
    fn after_power_loss(&self, survives: &mut impl FnMut() -> bool) -> Self {
        let mut kept = self.kept.clone();
        for pending in &self.pending {
            match pending {
                Pending::Length(length) if survives() => kept.resize(*length, 0),
                Pending::Length(_) => {}
                Pending::Write(at, data) => {
                    for (index, sector) in data.chunks(SECTOR).enumerate() {
                        if survives() {
                            put(&mut kept, at + index * SECTOR, sector);
                        }
                    }
                }
            }
        }
        Self { seen: kept.clone(), kept, pending: Vec::new() }
    }
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Content>,
    /// Operations left until the power goes; none if it does not.
    fuse: Option<u32>,
    /// Whether synchronising does anything.
    honest: bool,
}

/// A disk, and its cable.
#[derive(Clone)]
struct Disk(Arc<Mutex<State>>);

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an operation; an error once the power is gone.
    fn step(&self) -> Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        match &mut state.fuse {
            Some(0) => return Err(Error::other("no power")),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(state)
    }

    fn replace(&self, files: BTreeMap<String, Content>, fuse: Option<u32>, honest: bool) {
        *self.state() = State { files, fuse, honest };
    }

    fn after_power_loss(&self, mut survives: impl FnMut() -> bool) -> BTreeMap<String, Content> {
        let state = self.state();
        state.files.iter().map(|(name, file)| (name.clone(), file.after_power_loss(&mut survives))).collect()
    }
}

struct Handle {
    disk: Disk,
    name: String,
    lock: LockKind,
}

impl DatabaseHandle for Handle {
    type WalIndex = Index;

    fn size(&self) -> Result<u64> {
        Ok(self.disk.step()?.files.get(&self.name).map_or(0, |file| file.seen.len() as u64))
    }

    fn read_exact_at(&mut self, buffer: &mut [u8], at: u64) -> Result<()> {
        let state = self.disk.step()?;
        let at = at as usize;
        let file = state.files.get(&self.name).ok_or(ErrorKind::NotFound)?;
        buffer.copy_from_slice(file.seen.get(at..at + buffer.len()).ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_all_at(&mut self, data: &[u8], at: u64) -> Result<()> {
        let mut state = self.disk.step()?;
        let file = state.files.entry(self.name.clone()).or_default();
        put(&mut file.seen, at as usize, data);
        file.pending.push(Pending::Write(at as usize, data.to_vec()));
        Ok(())
    }

    fn sync(&mut self, _data_only: bool) -> Result<()> {
        let mut state = self.disk.step()?;
        if state.honest
            && let Some(file) = state.files.get_mut(&self.name)
        {
            file.kept = file.seen.clone();
            file.pending.clear();
        }
        Ok(())
    }

    fn set_len(&mut self, length: u64) -> Result<()> {
        let mut state = self.disk.step()?;
        let file = state.files.entry(self.name.clone()).or_default();
        file.seen.resize(length as usize, 0);
        file.pending.push(Pending::Length(length as usize));
        Ok(())
    }

    fn lock(&mut self, lock: LockKind) -> Result<bool> {
        self.lock = lock;
        Ok(true)
    }

    fn reserved(&mut self) -> Result<bool> {
        Ok(matches!(self.lock, LockKind::Reserved | LockKind::Pending | LockKind::Exclusive))
    }

    fn current_lock(&self) -> Result<LockKind> {
        Ok(self.lock)
    }

    fn wal_index(&self, _readonly: bool) -> Result<Index> {
        Ok(Index)
    }
}

/// Shared memory of one process with one connection: SQLite keeps it itself.
struct Index;

impl WalIndex for Index {
    fn map(&mut self, _region: u32) -> Result<[u8; 32768]> {
        Ok([0; 32768])
    }

    fn lock(&mut self, _locks: Range<u8>, _lock: WalIndexLock) -> Result<bool> {
        Ok(true)
    }

    fn delete(self) -> Result<()> {
        Ok(())
    }
}

impl Vfs for Disk {
    type Handle = Handle;

    fn open(&self, name: &str, options: OpenOptions) -> Result<Handle> {
        let mut state = self.step()?;
        if !state.files.contains_key(name) {
            if !matches!(options.access, OpenAccess::Create | OpenAccess::CreateNew) {
                return Err(ErrorKind::NotFound.into());
            }
            state.files.insert(name.into(), Content::default());
        }
        Ok(Handle { disk: self.clone(), name: name.into(), lock: LockKind::None })
    }

    fn delete(&self, name: &str) -> Result<()> {
        self.step()?.files.remove(name);
        Ok(())
    }

    fn exists(&self, name: &str) -> Result<bool> {
        Ok(self.step()?.files.contains_key(name))
    }

    fn temporary_name(&self) -> String {
        "temporary".into()
    }

    fn random(&self, buffer: &mut [i8]) {
        buffer.fill(4);
    }

    fn sleep(&self, duration: Duration) -> Duration {
        duration
    }

    fn full_pathname<'a>(&self, name: &'a str) -> Result<Cow<'a, str>> {
        Ok(name.into())
    }
}

/// A disk that SQLite knows by this name.
fn disk(name: &str) -> Disk {
    let disk = Disk(Arc::default());
    disk.replace(BTreeMap::new(), None, true);
    sqlite_vfs::register(name, disk.clone(), false).unwrap();
    disk
}

fn open(name: &str) -> core::result::Result<SqliteStore, StoreError> {
    SqliteStore::open_on(Path::new("ledger.db"), Access::Write, Some(name))
}

/// Devices that ask until the power goes, and the serials that were acknowledged.
fn work_until_dark(store: SqliteStore, mut random: Random) -> Vec<u64> {
    let mut site =
        Site { store, key: crate::site::server_key(), now: NOW, policy: ledger::Policy::default(), random: 0 };
    let mut acknowledged = Vec::new();
    for step in 0..60 {
        let mut device = Device { counter: 1000 + step, ..Device::new(random.below(12)) };
        site.now += u64::from(random.below(4)) * DAY;
        let body = device.request(hwlicense::primary::Operation::Contact, hwlicense::primary::Authentication::None);
        match site.try_send(&body) {
            Ok(answered) if answered.outcome == Outcome::Licensed => acknowledged.push(answered.leases[0].3),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    acknowledged
}

/// What a ledger holds after the power came back: acknowledged serials that are missing.
fn missing_after(name: &str, acknowledged: &[u64]) -> core::result::Result<usize, StoreError> {
    let mut store = open(name)?;
    store.check_integrity()?;
    let mut site =
        Site { store, key: crate::site::server_key(), now: NOW, policy: ledger::Policy::default(), random: 0 };
    assert_eq!(site.with(ledger::balance)?, []);
    let has =
        |site: &mut Site<SqliteStore>, serial| site.store.snapshot(|tx| tx.lease(1, serial)).map(|row| row.is_some());
    let mut missing = 0;
    for serial in acknowledged {
        missing += usize::from(!has(&mut site, *serial)?);
    }
    Ok(missing)
}

/// A ledger with an entitlement, as it lies on the disk.
fn founded(disk: &Disk, name: &str) -> BTreeMap<String, Content> {
    let mut site = Site::new(open(name).unwrap());
    site.import(&entitlement(1, 9)).unwrap();
    drop(site);
    disk.after_power_loss(|| false)
}

#[test]
fn what_was_acknowledged_survives_the_loss_of_power_at_any_instant() {
    let disk = disk("power");
    let base = founded(&disk, "power");
    let (mut acknowledged_in_all, mut cut) = (0, 0);
    for seed in 0..400u64 {
        let mut random = Random::new(seed);
        disk.replace(base.clone(), Some(random.below(900)), true);
        let acknowledged = match open("power") {
            Ok(store) => work_until_dark(store, random.clone()),
            Err(_) => Vec::new(),
        };
        cut += usize::from(disk.state().fuse == Some(0));
        acknowledged_in_all += acknowledged.len();
        // Of what was not synchronised nothing is left, or all, or something.
        let chance = seed % 3;
        let left = disk.after_power_loss(|| chance == 1 || chance == 2 && random.below(2) == 0);
        disk.replace(left, None, true);
        assert_eq!(missing_after("power", &acknowledged), Ok(0), "seed {seed}");
    }
    println!("{cut} losses of power, {acknowledged_in_all} acknowledged leases, none lost");
    assert!(cut > 200 && acknowledged_in_all > 2000);
}

#[test]
fn a_disk_that_lies_is_found_out_by_this_test() {
    let disk = disk("liar");
    let base = founded(&disk, "liar");
    let mut found_out = 0;
    for seed in 0..20u64 {
        disk.replace(base.clone(), Some(600), false);
        let acknowledged = work_until_dark(open("liar").unwrap(), Random::new(seed));
        let left = disk.after_power_loss(|| false);
        disk.replace(left, None, true);
        found_out += usize::from(missing_after("liar", &acknowledged) != Ok(0));
    }
    assert_eq!(found_out, 20);
}
