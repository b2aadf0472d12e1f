//! A few threads that read from stores of their own, so that who fetches never waits for who writes.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;

use tokio::sync::oneshot;

use crate::store::{Store, StoreError, Transaction};

/// Threads, each with a store.
const THREADS: usize = 2;
/// Jobs that may wait for them.
const WAITING_MAX: usize = 64;

type Job<S> = Box<dyn FnOnce(Result<&mut S, StoreError>) + Send>;

/// Hands work to the threads. They end when it is dropped.
pub(super) struct Readers<S> {
    jobs: SyncSender<Job<S>>,
}

impl<S: Store + 'static> Readers<S> {
    /// Starts the threads. Each opens a store when it first needs one.
    ///
    /// # Errors
    /// The system has no thread left.
    pub(super) fn start(open: impl Fn() -> Result<S, StoreError> + Send + Sync + 'static) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(WAITING_MAX);
        let (waiting, open) = (Arc::new(Mutex::new(waiting)), Arc::new(open));
        for _ in 0..THREADS {
            let (waiting, open) = (Arc::clone(&waiting), Arc::clone(&open));
            Builder::new().name("updates".into()).spawn(move || work(&waiting, &*open))?;
        }
        Ok(Self { jobs })
    }

    /// Reads on one consistent state.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when too many wait; else why the store could not be read.
    pub(super) async fn read<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Transaction) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        let (done, outcome) = oneshot::channel();
        let job = Box::new(move |store: Result<&mut S, StoreError>| {
            drop(done.send(store.and_then(|store| store.snapshot(work))));
        });
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Unavailable,
        })?;
        outcome.await.unwrap_or(Err(StoreError::Unavailable))
    }
}

fn work<S>(waiting: &Mutex<Receiver<Job<S>>>, open: &dyn Fn() -> Result<S, StoreError>) {
    let mut store = None;
    loop {
        // Only one thread waits for the next job; the others wait for it.
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if store.is_none() {
            match open() {
                Ok(opened) => store = Some(opened),
                Err(error) => {
                    job(Err(error));
                    continue;
                }
            }
        }
        job(store.as_mut().ok_or(StoreError::Unavailable));
    }
}
