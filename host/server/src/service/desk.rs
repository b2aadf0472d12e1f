//! From the body of a request to what is sent back: decoded, throttled, decided, committed, signed.

use core::fmt;
use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use hwlicense::hwid::Hwid;
use hwlicense::primary::{FrameError, Operation, Outcome, Refusal, SignedRequest};
use prometheus_client::registry::Registry;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::{debug, error, info, warn};

use super::clock::{Clock, now};
use super::meter::Meter;
use super::throttle::{BURST, Throttle};
use crate::ledger::{self, Actor, Answer, Book, Policy, ServerKey, Tally};
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
    /// Opens it over a ledger, which is open once for each thread that changes it. Each device may ask
    /// once in an interval, on the average.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn open(stores: Vec<S>, key: ServerKey, policy: Policy, device_interval: Duration) -> io::Result<Self> {
        let writer = Writer::start(stores)?;
        let clerk = Clerk {
            ledger: writer.handle(),
            key: Arc::new(key),
            policy,
            throttle: Throttle::new(device_interval, BURST, Instant::now()),
            complaints: Complaints::new(),
            clock: Clock::start(),
            tally: Tally::default(),
            meter: Meter::new(),
        };
        Ok(Self { writer, clerk: Arc::new(clerk) })
    }

    /// Who answers, for clients and for administrators. The desk closes when all of them are gone.
    pub fn clerk(&self) -> Arc<Clerk<S>> {
        Arc::clone(&self.clerk)
    }

    /// Waits for what was handed to the ledger, and closes it. Whoever answers must be gone by then.
    pub(super) fn close(self) {
        drop(self.clerk);
        self.writer.stop();
    }
}

/// Works at the desk: answers clients, and does what administrators decide.
pub struct Clerk<S> {
    ledger: WriterHandle<S>,
    key: Arc<ServerKey>,
    policy: Policy,
    throttle: Throttle,
    complaints: Complaints,
    clock: Clock,
    tally: Tally,
    meter: Meter,
}

/// Why there is no answer from the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// It has too much to do.
    Crowd,
    /// It failed.
    Failed(StoreError),
    /// The clock of this machine jumped.
    ClockJumped,
    /// A thread of it is gone.
    Stopped,
}

impl NoAnswer {
    /// Stable name, as it appears in JSON and in logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Crowd => "crowd",
            Self::Failed(error) => error.code(),
            Self::ClockJumped => "clock-jumped",
            Self::Stopped => "stopped",
        }
    }

    /// What the administrator does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Crowd => "Try again in a few seconds.",
            Self::Failed(error) => error.next_step(),
            Self::ClockJumped => "Set the clock, let it be kept by NTP, and start the server again.",
            Self::Stopped => "Start the server again (systemd does by itself), and look into its log.",
        }
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crowd => f.write_str("too many requests wait for the ledger"),
            Self::Failed(error) => error.fmt(f),
            Self::ClockJumped => f.write_str("the clock of this machine jumped"),
            Self::Stopped => f.write_str("the ledger was closed"),
        }
    }
}

impl core::error::Error for NoAnswer {}

impl From<StoreError> for NoAnswer {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// A request was decided: the decision, and what is sent to the client.
#[derive(Debug)]
pub struct ByHand {
    /// How it was decided.
    pub outcome: Outcome,
    /// The bundle with the signed reply.
    pub reply: Vec<u8>,
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
            self.count_put_off();
            return Response::Busy(retry_after_s);
        }
        let answer = if self.clock.is_steady() { self.decide(body).await } else { Err(NoAnswer::ClockJumped) };
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match answer {
            Ok(answer) => {
                let (outcome, reason) = words(answer.outcome());
                let Caller { hwid, name, operation } = &caller;
                info!(client = %hwid, ?name, operation, outcome, reason, milliseconds, "request");
                if let Some(paused) = answer.paused() {
                    let next_step =
                        "look at the failures of the devices (`hwlicense update list`), then resume or withdraw it";
                    warn!(update = paused, next_step, "an update was paused by itself");
                }
                self.tally.count(answer.outcome());
                self.meter.decided(answer.outcome(), began.elapsed());
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
            in_book(tx, policy, &key, Actor::Client, |book| ledger::answer(book, &signed)).map_err(NoAnswer::Failed)
        };
        self.ask(work).await
    }

    /// Answers a request that came as a file or as a picture, whose bytes were understood before.
    ///
    /// # Errors
    /// [`NoAnswer`]; then nothing was changed.
    pub async fn answer_by_hand(&self, body: Vec<u8>) -> Result<ByHand, NoAnswer> {
        if !self.clock.is_steady() {
            return Err(NoAnswer::ClockJumped);
        }
        let answer = self.decide(body).await?;
        // A decision of ours that does not fit a reply would be a mistake in this software.
        let reply = answer.seal(&self.key).map_err(|_| NoAnswer::Failed(StoreError::Corrupt))?;
        Ok(ByHand { outcome: answer.outcome(), reply })
    }

    /// Changes the ledger in an administrator's name. What it says is committed. A store that several
    /// servers share may have to do the work again.
    ///
    /// # Errors
    /// What the work returned, or why it could not be done; then nothing was changed.
    pub async fn change<R, E>(
        &self,
        administrator: String,
        mut work: impl FnMut(&mut Book<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + From<NoAnswer> + Send + 'static,
    {
        if !self.clock.is_steady() {
            return Err(NoAnswer::ClockJumped.into());
        }
        let (policy, key) = (self.policy, Arc::clone(&self.key));
        self.ask(move |tx| in_book(tx, policy, &key, Actor::Administrator(&administrator), &mut work)).await
    }

    /// Reads a ledger, which is open a second time, on one consistent state. It blocks.
    ///
    /// # Errors
    /// What the work returned, or why the store could not be read.
    pub fn read<R, E: From<StoreError>>(
        &self,
        store: &mut S,
        work: impl FnOnce(&mut Book<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        store.snapshot(|tx| in_book(tx, self.policy, &self.key, Actor::Server, work))
    }

    /// Enters what the desk counts into a registry of metrics.
    pub fn register(&self, registry: &mut Registry) {
        self.meter.register(registry);
    }

    /// Gives back what time has freed, and notes what was counted. To be called once a minute.
    pub(super) async fn sweep(&self) {
        if !self.clock.is_steady() {
            return self.complain_of_clock();
        }
        let (policy, key) = (self.policy, Arc::clone(&self.key));
        let contacts = self.tally.take(now());
        let work = move |book: &mut Book<'_>| {
            ledger::note_statistics(book, &contacts)?;
            Ok::<_, NoAnswer>(ledger::sweep(book)?)
        };
        match self.ask(move |tx| in_book(tx, policy, &key, Actor::Server, work)).await {
            Ok(0) => {}
            Ok(freed) => info!(freed, "channels are free again"),
            Err(NoAnswer::Failed(error)) => self.complain(error),
            Err(NoAnswer::Crowd | NoAnswer::Stopped | NoAnswer::ClockJumped) => {}
        }
    }

    /// Whether the ledger's threads are there and one has come to the end of what it was given.
    pub async fn is_alive(&self) -> bool {
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
    async fn ask<R, E>(&self, work: impl FnMut(&mut dyn Transaction) -> Result<R, E> + Send + 'static) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + From<NoAnswer> + Send + 'static,
    {
        let (done, outcome) = oneshot::channel();
        // A client that went away does not hear what became of its request; the same request gets it.
        let submitted = self.ledger.submit(work, move |outcome| drop(done.send(outcome)));
        submitted.map_err(|error| match error {
            SubmitError::TooMany => NoAnswer::Crowd,
            SubmitError::Stopped => NoAnswer::Stopped,
        })?;
        match timeout(PATIENCE, outcome).await {
            Err(_) => Err(NoAnswer::Crowd.into()),
            Ok(Err(_)) => Err(NoAnswer::Stopped.into()),
            Ok(Ok(outcome)) => outcome,
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
        self.count_put_off();
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

    fn count_put_off(&self) {
        self.tally.count_put_off();
        self.meter.put_off();
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
        self.meter.failed(failure);
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
fn in_book<R, E: From<StoreError>>(
    tx: &mut dyn Transaction,
    policy: Policy,
    key: &ServerKey,
    actor: Actor<'_>,
    work: impl FnOnce(&mut Book<'_>) -> Result<R, E>,
) -> Result<R, E> {
    let mut has_failed = false;
    let mut random = |slot: &mut [u8]| has_failed |= getrandom::fill(slot).is_err();
    let mut book = Book::open(tx, now(), policy, key, &mut random)?.on_behalf_of(actor);
    let done = work(&mut book)?;
    // A secret that was to be random and is not must not be kept.
    if has_failed { Err(StoreError::Unavailable.into()) } else { Ok(done) }
}

/// An outcome and its reason, for the log.
pub(super) fn words(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Licensed => ("licensed", ""),
        Outcome::Waiting => ("waiting", ""),
        Outcome::Deactivated => ("deactivated", ""),
        Outcome::Refused(number) => ("refused", Refusal::from_number(number).map_or("", Refusal::code)),
    }
}
