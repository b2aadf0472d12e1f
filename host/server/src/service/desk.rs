//! From the body of a request to what is sent back: decoded, throttled, decided, committed, signed.

use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use hwlicense::hwid::Hwid;
use hwlicense::primary::{FrameError, Operation, Outcome, Refusal, SignedRequest};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::{debug, error, info, warn};

use super::clock::{Clock, now};
use super::throttle::Throttle;
use crate::ledger::{self, Actor, Answer, Book, Policy, ServerKey};
use crate::net::{Complaints, Peer, Response};
use crate::store::{Store, StoreError, SubmitError, Transaction, Writer, WriterHandle};

/// How long a request waits for the ledger before its client is told to come again.
const PATIENCE: Duration = Duration::from_secs(10);
/// After how many seconds a client comes again when too many wait.
const RETRY_CROWD_S: u32 = 5;
/// And when the ledger fails, which takes a person to mend.
const RETRY_FAILED_S: u32 = 60;

/// The desk at which requests are answered: a ledger, the server's key, and who may ask how often.
pub struct Desk<S> {
    writer: Writer<S>,
    clerk: Arc<Clerk<S>>,
}

impl<S: Store + 'static> Desk<S> {
    /// Opens it over a ledger. Each device may ask once in an interval, on the average.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn open(store: S, key: ServerKey, policy: Policy, device_interval: Duration) -> io::Result<Self> {
        let writer = Writer::start(store)?;
        let clerk = Clerk {
            ledger: writer.handle(),
            key: Arc::new(key),
            policy,
            throttle: Throttle::new(device_interval, Instant::now()),
            complaints: Complaints::new(),
            clock: Clock::start(),
        };
        Ok(Self { writer, clerk: Arc::new(clerk) })
    }

    /// Who answers.
    pub(super) fn clerk(&self) -> Arc<Clerk<S>> {
        Arc::clone(&self.clerk)
    }

    /// Waits for what was handed to the ledger, and closes it. Whoever answers must be gone by then.
    pub(super) fn close(self) {
        drop(self.clerk);
        self.writer.stop();
    }
}

/// What all requests share.
pub(super) struct Clerk<S> {
    ledger: WriterHandle<S>,
    key: Arc<ServerKey>,
    policy: Policy,
    throttle: Throttle,
    complaints: Complaints,
    clock: Clock,
}

/// Why there is no answer from the ledger.
enum NoAnswer {
    /// It has too much to do.
    Crowd,
    /// It failed.
    Failed(StoreError),
    /// The clock of this machine jumped.
    ClockJumped,
    /// Its thread is gone.
    Stopped,
}

/// Who asks, for the log.
struct Caller {
    hwid: Hwid,
    name: String,
    operation: &'static str,
}

impl<S: Store + 'static> Clerk<S> {
    /// Answers one request.
    pub(super) async fn answer(self: Arc<Self>, body: Vec<u8>, peer: Peer) -> Response {
        let began = Instant::now();
        let caller = match Caller::of(&body) {
            Ok(caller) => caller,
            Err(error) => return Response::NotUnderstood(error),
        };
        if let Some(retry_after_s) = self.throttle.wait_s(caller.hwid, peer.address.ip(), began) {
            debug!(client = %caller.hwid, name = ?caller.name, retry_after_s, "a device asks too often");
            return Response::Busy(retry_after_s);
        }
        let answer = if self.clock.is_steady() { self.decide(body).await } else { Err(NoAnswer::ClockJumped) };
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match answer {
            Ok(answer) => {
                let (outcome, reason) = words(answer.outcome());
                let Caller { hwid, name, operation } = &caller;
                info!(client = %hwid, ?name, operation, outcome, reason, milliseconds, "request");
                self.signed(&answer)
            }
            Err(no_answer) => self.put_off(&caller, &no_answer),
        }
    }

    /// Has the ledger decide. What it says is committed.
    async fn decide(&self, body: Vec<u8>) -> Result<Answer, NoAnswer> {
        let (policy, key) = (self.policy, Arc::clone(&self.key));
        let work = move |tx: &mut dyn Transaction| {
            // It was understood before; an error here would be that of the memory.
            let signed = SignedRequest::parse(&body).map_err(|_| StoreError::Corrupt)?;
            in_book(tx, policy, &key, Actor::Client, |book| ledger::answer(book, &signed))
        };
        self.ask(work).await
    }

    /// Gives back what time has freed. To be called once a minute.
    pub(super) async fn sweep(&self) {
        if !self.clock.is_steady() {
            return self.complain_of_clock();
        }
        let (policy, key) = (self.policy, Arc::clone(&self.key));
        match self.ask(move |tx| in_book(tx, policy, &key, Actor::Server, ledger::sweep)).await {
            Ok(0) => {}
            Ok(freed) => info!(freed, "channels are free again"),
            Err(NoAnswer::Failed(error)) => self.complain(error),
            Err(NoAnswer::Crowd | NoAnswer::Stopped | NoAnswer::ClockJumped) => {}
        }
    }

    /// Whether the ledger's thread is there and has come to the end of what it was given.
    pub(super) async fn is_alive(&self) -> bool {
        let (done, outcome) = oneshot::channel();
        match self.ledger.submit_alone(move |_| {
            let _ = done.send(());
        }) {
            Ok(()) => outcome.await.is_ok(),
            Err(SubmitError::TooMany) => true,
            Err(SubmitError::Stopped) => false,
        }
    }

    /// Runs work in a transaction of the ledger, which other work shares.
    async fn ask<R: Send + 'static>(
        &self,
        work: impl FnMut(&mut dyn Transaction) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, NoAnswer> {
        let (done, outcome) = oneshot::channel();
        // A client that went away does not hear what became of its request; the same request gets it.
        let submitted = self.ledger.submit(work, move |outcome| drop(done.send(outcome)));
        submitted.map_err(|error| match error {
            SubmitError::TooMany => NoAnswer::Crowd,
            SubmitError::Stopped => NoAnswer::Stopped,
        })?;
        match timeout(PATIENCE, outcome).await {
            Err(_) => Err(NoAnswer::Crowd),
            Ok(Err(_)) => Err(NoAnswer::Stopped),
            Ok(Ok(outcome)) => outcome.map_err(NoAnswer::Failed),
        }
    }

    fn signed(&self, answer: &Answer) -> Response {
        match answer.seal(&self.key) {
            Ok(bundle) => Response::Reply(bundle),
            Err(error) => {
                error!(%error, "an answer cannot be said within the bounds of a reply");
                Response::Busy(RETRY_FAILED_S)
            }
        }
    }

    /// Tells a client to come again, because the ledger has no answer for it now.
    fn put_off(&self, caller: &Caller, no_answer: &NoAnswer) -> Response {
        let Caller { hwid, name, operation } = caller;
        let retry_after_s = match no_answer {
            NoAnswer::Crowd => RETRY_CROWD_S,
            NoAnswer::Stopped => RETRY_FAILED_S,
            NoAnswer::ClockJumped => {
                self.complain_of_clock();
                RETRY_FAILED_S
            }
            NoAnswer::Failed(error) => {
                self.complain(*error);
                RETRY_FAILED_S
            }
        };
        debug!(client = %hwid, ?name, operation, retry_after_s, "request put off");
        Response::Busy(retry_after_s)
    }

    /// Says that the clock jumped, and not once for each client.
    fn complain_of_clock(&self) {
        if let Some(withheld) = self.complaints.may_log(Instant::now()) {
            let next_step = "set the clock, let it be kept by NTP, and start the server again";
            error!(code = "clock-jumped", withheld, next_step, "the clock of this machine jumped: nobody is answered");
        }
    }

    /// Says what is wrong with the ledger, and not once for each client.
    fn complain(&self, failure: StoreError) {
        if let Some(withheld) = self.complaints.may_log(Instant::now()) {
            error!(code = failure.code(), withheld, next_step = failure.next_step(), "{failure}");
        }
    }
}

impl Caller {
    fn of(body: &[u8]) -> Result<Self, FrameError> {
        let request = SignedRequest::parse(body)?.request;
        if request.has_unknown_critical() {
            warn!(name = ?&*request.name, "a device asks for something that only newer server software knows");
            return Err(FrameError::UnsupportedVersion);
        }
        let operation = match request.operation {
            Operation::Contact => "contact",
            Operation::Deactivate(_) => "deactivate",
        };
        let hwid = request.hwid().ok_or(FrameError::Malformed)?;
        Ok(Self { hwid, name: request.name.to_string(), operation })
    }
}

/// Work on the ledger with the clock and the randomness of this machine.
fn in_book<R>(
    tx: &mut dyn Transaction,
    policy: Policy,
    key: &ServerKey,
    actor: Actor<'_>,
    work: impl FnOnce(&mut Book<'_>) -> Result<R, StoreError>,
) -> Result<R, StoreError> {
    let mut has_failed = false;
    let mut random = |slot: &mut [u8]| has_failed |= getrandom::fill(slot).is_err();
    let mut book = Book::open(tx, now(), policy, key, &mut random)?.on_behalf_of(actor);
    let done = work(&mut book)?;
    // A secret that was to be random and is not must not be kept.
    if has_failed { Err(StoreError::Unavailable) } else { Ok(done) }
}

/// An outcome and its reason, for the log.
fn words(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Licensed => ("licensed", ""),
        Outcome::Waiting => ("waiting", ""),
        Outcome::Deactivated => ("deactivated", ""),
        Outcome::Refused(number) => ("refused", Refusal::from_number(number).map_or("", Refusal::code)),
    }
}
