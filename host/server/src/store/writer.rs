//! Threads that own a store each, and commit for many at once.
//!
//! A commit waits for the disk, and that wait costs the same for one job as for a hundred. So jobs
//! that wait run in one transaction, each in a savepoint of its own, and share its commit. A job that
//! fails undoes only what it did; a commit that fails fails them all. Nobody hears of an outcome
//! before the commit.
//!
//! A ledger in a file is changed by one thread. On one behind a network, a thread mostly waits for
//! answers; several of them, each with a connection, are the pool that keeps it busy.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, panicking};

use super::{Store, StoreError, Transaction, attempt};

/// Jobs that may wait. Beyond it the server is busy.
pub const JOBS_WAITING_MAX: usize = 1024;
/// Most jobs of one transaction: bounds how long the first waits for the last.
pub const BATCH_MAX: usize = 256;
/// And where several threads work beside each other: so that they share what waits, and hold rows that
/// another one wants for a short time.
pub const SHARED_BATCH_MAX: usize = 16;

/// Why a job did not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// [`JOBS_WAITING_MAX`] jobs wait already. Try again later.
    TooMany,
    /// The writer was stopped.
    Stopped,
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooMany => "too many changes wait for the ledger",
            Self::Stopped => "the ledger was closed",
        })
    }
}

impl core::error::Error for SubmitError {}

/// A job, with its outcome once it ran.
trait Job<S>: Send {
    /// Runs it within a transaction, perhaps not for the first time. An error means that the
    /// transaction cannot go on.
    fn run(&mut self, tx: &mut dyn Transaction) -> Result<(), StoreError>;
    /// Runs what needs the store by itself, outside of every transaction; whether it was such a job.
    fn run_alone(&mut self, store: &mut S) -> bool;
    /// Tells its outcome, or that the transaction failed.
    fn finish(self: Box<Self>, failure: Option<StoreError>);
}

/// A change, and who waits for it.
struct Change<W, D, R, E> {
    work: W,
    outcome: Option<Result<R, E>>,
    done: D,
}

impl<S, W, D, R, E> Job<S> for Change<W, D, R, E>
where
    W: FnMut(&mut dyn Transaction) -> Result<R, E> + Send,
    D: FnOnce(Result<R, E>) + Send,
    R: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut dyn Transaction) -> Result<(), StoreError> {
        self.outcome = None;
        self.outcome = Some(attempt(tx, &mut self.work)?);
        Ok(())
    }

    fn run_alone(&mut self, _store: &mut S) -> bool {
        false
    }

    fn finish(self: Box<Self>, failure: Option<StoreError>) {
        let outcome = match (failure, self.outcome) {
            (None, Some(outcome)) => outcome,
            (failure, _) => Err(failure.unwrap_or(StoreError::Unavailable).into()),
        };
        (self.done)(outcome);
    }
}

/// Work on the store itself: a backup, a check.
struct Alone<W>(Option<W>);

impl<S, W: FnOnce(&mut S) + Send> Job<S> for Alone<W> {
    fn run(&mut self, _tx: &mut dyn Transaction) -> Result<(), StoreError> {
        Ok(())
    }

    fn run_alone(&mut self, store: &mut S) -> bool {
        if let Some(work) = self.0.take() {
            work(store);
        }
        true
    }

    fn finish(self: Box<Self>, _failure: Option<StoreError>) {}
}

/// Hands jobs to a [`Writer`]. Clones hand them to the same one.
pub struct WriterHandle<S> {
    jobs: SyncSender<Box<dyn Job<S>>>,
}

impl<S> Clone for WriterHandle<S> {
    fn clone(&self) -> Self {
        Self { jobs: self.jobs.clone() }
    }
}

impl<S> fmt::Debug for WriterHandle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WriterHandle")
    }
}

impl<S: Store> WriterHandle<S> {
    /// Hands over a change. `done` is called on the writer's thread, after the commit, with what
    /// became of it; it must not block.
    ///
    /// # Errors
    /// [`SubmitError`], at once; then `done` is never called.
    pub fn submit<R, E>(
        &self,
        work: impl FnMut(&mut dyn Transaction) -> Result<R, E> + Send + 'static,
        done: impl FnOnce(Result<R, E>) + Send + 'static,
    ) -> Result<(), SubmitError>
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.hand_over(Box::new(Change { work, outcome: None, done }))
    }

    /// Hands over work on the store itself, between two transactions: a backup, a check.
    ///
    /// # Errors
    /// [`SubmitError`], at once; then `work` is never called.
    pub fn submit_alone(&self, work: impl FnOnce(&mut S) + Send + 'static) -> Result<(), SubmitError> {
        self.hand_over(Box::new(Alone(Some(work))))
    }

    fn hand_over(&self, job: Box<dyn Job<S>>) -> Result<(), SubmitError> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => SubmitError::TooMany,
            TrySendError::Disconnected(_) => SubmitError::Stopped,
        })
    }
}

/// What the threads take their jobs from.
struct Queue<S> {
    waiting: Mutex<Receiver<Box<dyn Job<S>>>>,
    batch_max: usize,
    is_broken: AtomicBool,
}

impl<S> Queue<S> {
    /// What one thread does next, in one transaction; nothing when there is an end.
    fn next(&self) -> Option<Vec<Box<dyn Job<S>>>> {
        // Only one thread waits for the next job; the others wait for it.
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batch = vec![waiting.recv().ok()?];
        if self.is_broken.load(Ordering::Relaxed) {
            return None;
        }
        batch.extend(waiting.try_iter().take(self.batch_max.saturating_sub(1)));
        Some(batch)
    }
}

/// Ends the other threads when one ends by a panic: a server that is not whole is started anew.
struct Sentinel<'q, S>(&'q Queue<S>);

impl<S> Drop for Sentinel<'_, S> {
    fn drop(&mut self) {
        if panicking() {
            self.0.is_broken.store(true, Ordering::Relaxed);
        }
    }
}

/// The threads that own the stores.
#[derive(Debug)]
pub struct Writer<S> {
    handle: WriterHandle<S>,
    threads: Vec<JoinHandle<()>>,
}

impl<S: Store + 'static> Writer<S> {
    /// Starts a thread for each store. All of them are of the same ledger.
    ///
    /// # Errors
    /// Those of the operating system, which has no thread left.
    pub fn start(stores: Vec<S>) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::sync_channel(JOBS_WAITING_MAX);
        let batch_max = if stores.len() > 1 { SHARED_BATCH_MAX } else { BATCH_MAX };
        let queue = Arc::new(Queue { waiting: Mutex::new(waiting), batch_max, is_broken: AtomicBool::new(false) });
        let start = |store| {
            let queue = Arc::clone(&queue);
            Builder::new().name("ledger".into()).spawn(move || write(store, &queue))
        };
        Ok(Self { handle: WriterHandle { jobs }, threads: stores.into_iter().map(start).collect::<Result<_, _>>()? })
    }

    /// Where to hand jobs to.
    #[must_use]
    pub fn handle(&self) -> WriterHandle<S> {
        self.handle.clone()
    }

    /// Waits until all handles are gone and all jobs done, and closes the stores.
    pub fn stop(self) {
        drop(self.handle);
        for thread in self.threads {
            // A job that panicked took its batch along; the store rolled it back.
            let _panicked = thread.join();
        }
    }
}

fn write<S: Store>(mut store: S, queue: &Queue<S>) {
    let _sentinel = Sentinel(queue);
    while let Some(mut batch) = queue.next() {
        batch.retain_mut(|job| !job.run_alone(&mut store));
        if batch.is_empty() {
            continue;
        }
        let committed = store.transaction(|tx| batch.iter_mut().try_for_each(|job| job.run(tx)));
        for job in batch {
            job.finish(committed.err());
        }
    }
}
