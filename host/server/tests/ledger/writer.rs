//! Many changes, one commit.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::yield_now;

use hwlicense_server::store::sqlite::SqliteStore;
use hwlicense_server::store::{
    JOBS_WAITING_MAX, SHARED_BATCH_MAX, Store, StoreError, SubmitError, Transaction, Writer, WriterHandle,
};

use crate::site::sqlite;

/// A store that can be made to fail when it commits, and that counts commits.
struct Watched {
    store: SqliteStore,
    commits: Arc<AtomicUsize>,
    fails: Arc<AtomicBool>,
}

impl Store for Watched {
    fn transaction<R, E: From<StoreError>>(
        &mut self,
        mut work: impl FnMut(&mut dyn Transaction) -> Result<R, E>,
    ) -> Result<R, E> {
        let (commits, fails) = (Arc::clone(&self.commits), self.fails.load(SeqCst));
        self.store.transaction(|tx| {
            let result = work(tx)?;
            commits.fetch_add(1, SeqCst);
            if fails { Err(StoreError::Full.into()) } else { Ok(result) }
        })
    }

    fn snapshot<R, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut dyn Transaction) -> Result<R, E>,
    ) -> Result<R, E> {
        self.store.snapshot(work)
    }
}

type Outcomes = mpsc::Receiver<(String, Result<(), StoreError>)>;

/// Holds the writer until the receiver's other end is dropped.
fn hold(handle: &WriterHandle<Watched>) -> (mpsc::Sender<()>, mpsc::Receiver<()>) {
    let (release, held) = mpsc::channel::<()>();
    let (begun, has_begun) = mpsc::channel();
    handle
        .submit_alone(move |_| {
            begun.send(()).unwrap();
            let _released = held.recv();
        })
        .unwrap();
    has_begun.recv().unwrap();
    (release, has_begun)
}

fn start(folder: &tempfile::TempDir) -> (Writer<Watched>, Arc<AtomicUsize>, Arc<AtomicBool>) {
    start_pool(folder, 1)
}

/// Starts several threads over one ledger.
fn start_pool(folder: &tempfile::TempDir, threads: usize) -> (Writer<Watched>, Arc<AtomicUsize>, Arc<AtomicBool>) {
    let (commits, fails) = (Arc::default(), Arc::default());
    let store = || Watched { store: sqlite(folder.path()), commits: Arc::clone(&commits), fails: Arc::clone(&fails) };
    let stores = (0..threads).map(|_| store()).collect();
    (Writer::start(stores).unwrap(), commits, fails)
}

/// Hands over changes that all wait, those named in `bad` breaking a rule after they changed something.
fn submit(handle: &WriterHandle<Watched>, names: &[&str], bad: &[&str]) -> Outcomes {
    let (tell, told) = mpsc::channel();
    for name in names {
        let (name, tell, is_bad) = (String::from(*name), tell.clone(), bad.contains(name));
        let setting = name.clone();
        handle
            .submit(
                move |tx| {
                    tx.put_setting(&setting, "there")?;
                    if is_bad { Err(StoreError::Conflict) } else { Ok(()) }
                },
                move |outcome| tell.send((name, outcome)).unwrap(),
            )
            .unwrap();
    }
    told
}

fn there(folder: &tempfile::TempDir, names: &[&str]) -> Vec<bool> {
    let mut store = sqlite(folder.path());
    names.iter().map(|name| store.snapshot(|tx| tx.setting(name)).unwrap().is_some()).collect()
}

#[test]
fn all_that_wait_share_a_commit_and_one_that_fails_undoes_only_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, commits, _fails) = start(&folder);
    let handle = writer.handle();
    let held = hold(&handle);
    let outcomes = submit(&handle, &["a", "b", "c"], &["b"]);
    drop(held);
    let outcomes: Vec<_> = outcomes.iter().map(|(name, outcome)| (name, outcome.err())).collect();
    assert_eq!(outcomes, [("a".into(), None), ("b".into(), Some(StoreError::Conflict)), ("c".into(), None)]);
    assert_eq!(commits.load(SeqCst), 1);
    assert_eq!(there(&folder, &["a", "b", "c"]), [true, false, true]);
    drop(handle);
    writer.stop();
}

#[test]
fn a_commit_that_fails_fails_all_of_it_and_the_next_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, _commits, fails) = start(&folder);
    let handle = writer.handle();
    let held = hold(&handle);
    fails.store(true, SeqCst);
    let outcomes = submit(&handle, &["a", "b"], &[]);
    drop(held);
    assert!(outcomes.iter().all(|(_, outcome)| outcome == Err(StoreError::Full)));
    assert_eq!(there(&folder, &["a", "b"]), [false, false]);
    fails.store(false, SeqCst);
    assert!(submit(&handle, &["c"], &[]).iter().all(|(_, outcome)| outcome == Ok(())));
    assert_eq!(there(&folder, &["a", "b", "c"]), [false, false, true]);
    drop(handle);
    writer.stop();
}

#[test]
fn nobody_hears_of_an_outcome_before_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, _commits, _fails) = start(&folder);
    let handle = writer.handle();
    let path = folder.path().join("ledger.db");
    let (tell, told) = mpsc::channel();
    handle
        .submit(
            |tx| tx.put_setting("a", "there"),
            move |outcome| {
                let mut reader = SqliteStore::open(&path, hwlicense_server::store::sqlite::Access::Read).unwrap();
                let seen = reader.snapshot(|tx| tx.setting("a")).unwrap();
                tell.send((outcome, seen)).unwrap();
            },
        )
        .unwrap();
    assert_eq!(told.recv().unwrap(), (Ok(()), Some("there".into())));
    drop(handle);
    writer.stop();
}

#[test]
fn beyond_the_bound_the_ledger_is_busy() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, _commits, _fails) = start(&folder);
    let handle = writer.handle();
    let held = hold(&handle);
    let (tell, told) = mpsc::channel();
    let submit = || {
        let tell = tell.clone();
        handle.submit(|_| Ok::<_, StoreError>(()), move |_| tell.send(()).unwrap())
    };
    for _ in 0..JOBS_WAITING_MAX {
        submit().unwrap();
    }
    assert_eq!(submit(), Err(SubmitError::TooMany));
    drop(held);
    (0..JOBS_WAITING_MAX).for_each(|_| told.recv().unwrap());
    submit().unwrap();
    told.recv().unwrap();
    drop(handle);
    writer.stop();
}

#[test]
fn a_thread_that_waits_does_not_keep_the_others_of_a_pool_from_their_work() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, commits, _fails) = start_pool(&folder, 2);
    let handle = writer.handle();
    let held = hold(&handle);
    assert!(submit(&handle, &["a", "b"], &["b"]).iter().all(|(name, outcome)| outcome.is_ok() == (name == "a")));
    assert_eq!(there(&folder, &["a", "b"]), [true, false]);

    // Both wait now: what is handed over meanwhile is shared between them.
    let both_held = hold(&handle);
    let before = commits.load(SeqCst);
    let names: Vec<_> = (0..2 * SHARED_BATCH_MAX).map(|index| index.to_string()).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let outcomes = submit(&handle, &names, &[]);
    drop((held, both_held));
    assert_eq!(outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count(), names.len());
    assert_eq!(commits.load(SeqCst) - before, 2);
    drop(handle);
    writer.stop();
}

#[test]
fn when_one_thread_of_a_pool_ends_by_a_panic_the_others_end_too() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, _commits, _fails) = start_pool(&folder, 3);
    let handle = writer.handle();
    handle.submit_alone(|_| panic!("a fault that this test plants")).unwrap();
    while handle.submit_alone(|_| ()) != Err(SubmitError::Stopped) {
        yield_now();
    }
    drop(handle);
    writer.stop();
}
