//! From the body of a fetch to what is sent back: decoded, ticket checked, read, paced.
//!
//! Nothing is written for a fetch, and the ledger's thread is not asked: what is at hand is handed out,
//! the rest is read from stores of its own. A few fetches are in work at a time, so that requests for
//! licences never stand behind a thousand downloads.

use core::hint::black_box;
use core::time::Duration;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hwlicense::primary::{FrameError, Secret};
use hwlicense::update::{Fetch, FetchRefusal, Part, UpdateId, ticket};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tracing::{debug, error};

use super::pace::{InWork, Pace};
use super::readers::Readers;
use super::shelf::Shelf;
use super::throttle::Throttle;
use crate::config::Updates;
use crate::ledger::update::{HandedOut, hand_out};
use crate::net::{Complaints, Peer, Response};
use crate::store::{Store, StoreError};

/// Fetches in work at a time. The others wait in their order.
const IN_WORK_MAX: usize = 16;
/// Fetches of one device in work at a time.
const IN_WORK_OF_DEVICE_MAX: u32 = 2;
/// How long a fetch waits for its turn before its device is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);
/// For how long an update counts as active once that was read: so long what is at hand is still handed
/// out after somebody paused it.
const BELIEVED: Duration = Duration::from_secs(2);
/// After how many seconds a device comes again when too many wait.
const RETRY_CROWD_S: u32 = 2;
/// When the store fails.
const RETRY_FAILED_S: u32 = 60;
/// And while the update is paused.
const RETRY_PAUSED_S: u32 = 600;

/// Hands out updates.
pub struct Depot<S> {
    tickets: Secret,
    readers: Readers<S>,
    in_work: Semaphore,
    of_devices: InWork,
    throttle: Throttle,
    pace: Pace,
    shelf: Mutex<Shelf>,
    active: Mutex<HashMap<UpdateId, Instant>>,
    complaints: Complaints,
}

impl<S: Store + 'static> Depot<S> {
    /// Opens it over stores that are only read, with the secret of the server's tickets.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn open(
        tickets: Secret,
        limits: Updates,
        open: impl Fn() -> Result<S, StoreError> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let now = Instant::now();
        let interval = Duration::from_secs(1).checked_div(limits.device_per_s).unwrap_or_default();
        let mib = |count: u32| u64::from(count).saturating_mul(1 << 20);
        Ok(Self {
            tickets,
            readers: Readers::start(open)?,
            in_work: Semaphore::new(IN_WORK_MAX),
            of_devices: InWork::default(),
            throttle: Throttle::new(interval, limits.device_per_s, now),
            pace: Pace::new(mib(limits.rate_mib_s), now),
            shelf: Mutex::new(Shelf::new(usize::try_from(mib(limits.cache_mib)).unwrap_or(usize::MAX))),
            active: Mutex::new(HashMap::new()),
            complaints: Complaints::new(),
        })
    }

    /// Answers one fetch.
    pub(super) async fn answer(&self, body: &[u8], peer: Peer) -> Response {
        let Ok(fetch) = Fetch::parse(body) else { return Response::NotUnderstood(FrameError::Malformed) };
        if !self.is_ticket(&fetch) {
            debug!(client = %fetch.hwid, "a fetch with a ticket that is none");
            return Response::Refused(FetchRefusal::BadTicket);
        }
        let Some(_held) = self.of_devices.begin(fetch.hwid, IN_WORK_OF_DEVICE_MAX) else {
            return Response::Busy(RETRY_CROWD_S);
        };
        if let Some(retry_after_s) = self.throttle.wait_s(fetch.hwid, peer.address.ip(), Instant::now()) {
            return Response::Busy(retry_after_s);
        }
        let handed_out = {
            let Ok(Ok(_turn)) = timeout(PATIENCE, self.in_work.acquire()).await else {
                return Response::Busy(RETRY_CROWD_S);
            };
            self.find(fetch.update, fetch.part).await
        };
        match handed_out {
            Ok(body) => match self.pace.promise(body.len(), Instant::now()) {
                Ok(Duration::ZERO) => Response::Fetched(body),
                Ok(wait) => {
                    sleep(wait).await;
                    Response::Fetched(body)
                }
                Err(retry_after_s) => Response::Busy(retry_after_s),
            },
            Err(response) => response,
        }
    }

    /// Whether a device was offered the update, in the same time whatever it says.
    fn is_ticket(&self, fetch: &Fetch) -> bool {
        let expected = ticket(&self.tickets, fetch.hwid, &fetch.update);
        let difference = expected.iter().zip(&fetch.ticket).fold(0, |difference, (a, b)| difference | (a ^ b));
        black_box(difference) == 0
    }

    /// The body of the answer, at hand or read.
    async fn find(&self, update: UpdateId, part: Part) -> Result<Arc<[u8]>, Response> {
        if self.is_active(&update)
            && let Some(body) = lock(&self.shelf).get(&update, part)
        {
            return Ok(body);
        }
        match self.readers.read(move |tx| hand_out(tx, &update, part)).await {
            Ok(HandedOut::Body(body)) => {
                let body: Arc<[u8]> = body.into();
                if let Some(until) = Instant::now().checked_add(BELIEVED) {
                    lock(&self.active).insert(update, until);
                }
                lock(&self.shelf).put(&update, part, Arc::clone(&body));
                Ok(body)
            }
            Ok(HandedOut::Paused) => {
                lock(&self.active).remove(&update);
                Err(Response::Busy(RETRY_PAUSED_S))
            }
            Ok(HandedOut::Refused(refusal)) => {
                if refusal == FetchRefusal::UnknownUpdate {
                    lock(&self.active).remove(&update);
                }
                Err(Response::Refused(refusal))
            }
            Err(StoreError::Busy) => Err(Response::Busy(RETRY_CROWD_S)),
            Err(failure) => {
                if let Some(withheld) = self.complaints.may_log(Instant::now()) {
                    error!(code = failure.code(), withheld, next_step = failure.next_step(), "no update: {failure}");
                }
                Err(Response::Busy(RETRY_FAILED_S))
            }
        }
    }

    fn is_active(&self, update: &UpdateId) -> bool {
        lock(&self.active).get(update).is_some_and(|until| Instant::now() < *until)
    }
}

/// Whoever panicked with it left whole entries.
fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
