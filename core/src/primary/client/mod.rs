//! The client of a Primary Server, as a state machine without I/O.
//!
//! ```text
//! loop {
//!     client.handle_timeout(uptime)
//!     client.poll_transmit(...)   -> send the frame to that server
//!     bytes of an answer          -> client.handle_input(...)
//!     no connection, no answer    -> client.handle_failure(...)
//!     client.check(...)           -> record, or not
//!     sleep until client.poll_timeout()
//! }
//! ```
//!
//! | State | Records | Next contact |
//! |---|---|---|
//! | unlicensed: never had a licence | no | within a minute |
//! | licensed | yes | after four hours at most; the second one within a minute, if it says what it runs |
//! | contact lost: no server answers | while its licence lasts | after an hour at most |
//! | refused, or its licence has ended | no | within a minute |
//!
//! What it keeps over a restart lies in a [`Storage`] of two slots; whenever the power fails, the
//! state is the old one or the new one. Rights are kept as the signed bytes they came in, and
//! verified each time they are looked at. Uptime is in seconds since boot, and monotonic.

mod ask;
mod error;
mod keep;
mod reply;
mod rights;
mod schedule;
mod state;

pub use crate::slots::{SaveError, Slot, Storage, WRITE_BYTES};
pub use ask::{Device, Random, Transmit};
pub use error::{InputError, ReplyError, RequestError};
pub use rights::Right;
pub use schedule::{
    ANSWER_TIMEOUT_S, CONTACT_LICENSED_S, CONTACT_LOST_S, CONTACT_UNLICENSED_S, FIRST_CONTACT_LICENSED_SPREAD_S,
    FIRST_CONTACT_SPREAD_S,
};
pub use state::{LEDGERS_MAX, RIGHTS_BYTES_MAX, TOMBSTONES_MAX};

use core::fmt;

use reply::{Expected, Open};
use schedule::Schedule;
use state::{Rights, State, record};

use super::correction::TimeCorrection;
use super::entitlement::LEASE_S;
use super::frame::Answer;
use super::reply::{Outcome, Reply};
use super::request::ClientState;
use crate::license::{Contact, Context, LicenseKey, Report};
use crate::signed::{Bundle, Envelope, SignatureVerifier, Trust, VerifyError};
use crate::slots::{self, Current, Magic};
use crate::time::{Clock, TimeFloor, UnixSeconds};
use crate::update::Offer;

/// Bytes that each slot of its storage must have.
pub const SLOT_BYTES: u32 = 8_192;
/// Largest record in bytes.
const RECORD_BYTES_MAX: usize = 8_192 - WRITE_BYTES;
static MAGIC: Magic = *b"HWLS\x01\0\0\0";

/// How often the floor of trusted time is saved, in seconds of uptime.
pub const FLOOR_SAVE_S: u64 = 3_600;

/// What an answer was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Answered {
    /// A reply, and what became of the request.
    Reply(Outcome),
    /// The server has too much to do: the next contact is delayed.
    Busy,
    /// The server does not understand this client; the number is that of a
    /// [`FrameError`](super::frame::FrameError).
    NotUnderstood(u16),
}

/// How a client begins.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// When the firmware was built: no time before it has not passed.
    pub built: UnixSeconds,
    /// A number that differs from device to device, so that they do not all ask in the same second.
    pub seed: u64,
    /// How many servers there are.
    pub servers: u8,
    /// Uptime in seconds.
    pub uptime_s: u64,
}

/// What the rights that are kept were worth when they were judged last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// They were not judged yet.
    Unchecked,
    /// None of them is good.
    Nothing,
    /// The best of them is, up to this time if it has an end.
    Good(Option<UnixSeconds>),
}

/// The client.
///
/// # Bounds
/// About 15 KB; at most one request is under way. With 64-bit pointers [`Self::handle_input`] takes 12 KB
/// of stack, [`Self::check`] 6 KB and each other call 5 KB at most, beside what the signature verifier
/// takes; [`Self::load`] takes 30 KB.
pub struct Client<S: Storage> {
    storage: S,
    current: Option<Current>,
    state: State,
    rights: Rights,
    /// Room to read a record and to put rights together; nothing of it is kept.
    spare: [u8; RECORD_BYTES_MAX],
    schedule: Schedule,
    floor: TimeFloor,
    floor_saved_s: u64,
    /// Whether a server told the time since the start. Then the floor is the time, and the device's
    /// clock tells nothing more.
    was_told_time: bool,
    counter: u64,
    /// Digest of the request under way.
    asked: Option<[u8; 32]>,
    /// Digest of the last request that was answered.
    answered: Option<[u8; 32]>,
    /// Whether the last contact failed with every server.
    is_lost: bool,
    standing: Standing,
    /// What the last reply to a request of this start offered.
    offer: Option<Offer>,
}

const _: () = assert!(size_of::<Client<&mut dyn Storage<Error = ()>>>() < 15 * 1024 + 512);

/// What a reply leaves beside the state, before it is saved.
struct Taken {
    floor: TimeFloor,
    outcome: Outcome,
    /// Digest of the request that it answers.
    request: [u8; 32],
    /// Length of the rights.
    rights_bytes: usize,
    offer: Option<Offer>,
}

impl<S: Storage> fmt::Debug for Client<S> {
    /// Without the buffers, in one of which a secret may lie.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (state, counter) = (&self.state, self.counter);
        f.debug_struct("Client").field("state", state).field("counter", &counter).finish_non_exhaustive()
    }
}

impl<S: Storage> Client<S> {
    /// A client that does nothing until [`Self::start`]. Made where it shall stay, for it is large.
    #[must_use]
    pub const fn new(storage: S) -> Self {
        Self {
            storage,
            current: None,
            state: State::erased(),
            rights: Rights::new(),
            spare: [0; RECORD_BYTES_MAX],
            schedule: Schedule::idle(),
            floor: TimeFloor::new(UnixSeconds(0)),
            floor_saved_s: 0,
            was_told_time: false,
            counter: 0,
            asked: None,
            answered: None,
            is_lost: false,
            standing: Standing::Unchecked,
            offer: None,
        }
    }

    /// Begins with what the storage holds; with nothing, if it holds nothing that is whole.
    ///
    /// # Errors
    /// That of the storage, if neither slot can be read.
    pub fn start(&mut self, start: Start) -> Result<(), S::Error> {
        let (state, rights) = (&mut self.state, &mut self.rights);
        self.current =
            slots::load(&mut self.storage, &MAGIC, &mut self.spare, |record| state::take(record, state, rights))?;
        self.floor = TimeFloor::new(UnixSeconds(0));
        self.floor.raise(self.state.floor.max(start.built), start.uptime_s);
        self.floor_saved_s = start.uptime_s;
        self.schedule = Schedule::new(start.servers, start.seed, start.uptime_s, self.state.was_licensed);
        self.counter = self.state.counter_reserved;
        (self.asked, self.answered) = (None, None);
        (self.was_told_time, self.is_lost, self.standing) = (false, false, Standing::Unchecked);
        self.offer = None;
        Ok(())
    }

    /// [`Self::new`] and [`Self::start`], where there is stack enough for a client.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn load(storage: S, start: Start) -> Result<Self, S::Error> {
        let mut client = Self::new(storage);
        client.start(start)?;
        Ok(client)
    }

    /// In which state it is, as far as the last [`Self::check`] knows.
    #[must_use]
    pub const fn state(&self) -> ClientState {
        match self.standing {
            Standing::Good(_) if self.is_lost => ClientState::ContactLost,
            Standing::Good(_) => ClientState::Licensed,
            _ if self.state.was_licensed || self.state.refusal.is_some() => ClientState::Refused,
            _ => ClientState::Unlicensed,
        }
    }

    /// The number of the last refusal, while it stands.
    #[must_use]
    pub const fn refusal(&self) -> Option<u16> {
        self.state.refusal
    }

    /// When a server last answered, by its own clock.
    #[must_use]
    pub const fn last_contact(&self) -> Option<UnixSeconds> {
        self.state.last_contact
    }

    /// The update that the last reply offered; `None` after a restart, and when it offered none.
    #[must_use]
    pub const fn offer(&self) -> Option<Offer> {
        self.offer
    }

    /// The same trust, and in what the rights that are kept certify and revoke besides: for whatever else
    /// is to be believed on this device, as the manifest of an update.
    #[must_use]
    pub fn trust<'t, V: SignatureVerifier>(&'t self, trust: &'t Trust<'t, V>) -> Trust<'t, &'t V> {
        let mut trust = trust.branch();
        if let Some(kept) = kept(&self.rights) {
            rights::admit(&mut trust, &kept);
        }
        trust
    }

    /// A time that has certainly passed.
    #[must_use]
    pub const fn floor(&self, uptime_s: u64) -> UnixSeconds {
        self.floor.at(uptime_s)
    }

    /// The uptime of the next contact; `None` while one is under way.
    #[must_use]
    pub const fn next_contact(&self) -> Option<u64> {
        self.schedule.next_contact()
    }

    /// The storage, given back.
    pub fn into_storage(self) -> S {
        self.storage
    }

    /// The uptime at which [`Self::handle_timeout`] is due. `None`: a request is ready now.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<u64> {
        let save = self.floor_saved_s.saturating_add(FLOOR_SAVE_S);
        self.schedule.timeout().map(|at| at.min(save))
    }

    /// Does what the time asks for: begins a contact, gives a server up that does not answer, and
    /// saves the floor of trusted time every hour. Called too early it does nothing.
    ///
    /// # Errors
    /// [`SaveError`] when the floor could not be saved; that is tried again an hour later.
    pub fn handle_timeout(&mut self, uptime_s: u64) -> Result<(), SaveError<S::Error>> {
        if self.schedule.overdue(uptime_s) {
            self.handle_failure(uptime_s);
        }
        self.schedule.handle_timeout(uptime_s);
        if uptime_s.saturating_sub(self.floor_saved_s) < FLOOR_SAVE_S {
            return Ok(());
        }
        self.floor_saved_s = uptime_s;
        self.save_next(State { floor: self.floor.at(uptime_s), ..self.state.clone() })
    }

    /// The servers changed, or somebody asks for a contact: it begins at once.
    pub const fn set_servers(&mut self, servers: u8, uptime_s: u64) {
        self.asked = None;
        self.schedule.set_servers(servers, uptime_s);
    }

    /// The server that was asked cannot be reached, closed the connection, or sent what
    /// [`Self::handle_input`] did not take. The next of the list is asked; while no answer is awaited
    /// nothing is done.
    pub fn handle_failure(&mut self, uptime_s: u64) {
        if self.schedule.is_expecting() {
            self.fail(uptime_s);
        }
    }

    fn fail(&mut self, uptime_s: u64) {
        self.asked = None;
        if self.schedule.failed() {
            self.is_lost = true;
            self.wait(uptime_s);
        }
    }

    fn wait(&mut self, uptime_s: u64) {
        let left = match self.standing {
            Standing::Good(Some(until)) => Some(until.since(self.floor.at(uptime_s))),
            _ => None,
        };
        self.schedule.wait(uptime_s, self.state(), left);
    }

    /// Takes the body of the frame that a server answered with, or of one that was carried here.
    ///
    /// `trust` knows the vendor's roots. What the answer says counts only after it was saved.
    ///
    /// # Errors
    /// [`InputError`]; the state is as before. Call [`Self::handle_failure`] then, unless the answer was
    /// carried here.
    pub fn handle_input<V: SignatureVerifier>(
        &mut self,
        uptime_s: u64,
        body: &[u8],
        trust: &Trust<'_, V>,
        device: &Device<'_>,
    ) -> Result<Answered, InputError<S::Error>> {
        match Answer::parse(body)? {
            Answer::Reply(bundle) => self.handle_reply(uptime_s, bundle, trust, device).map(Answered::Reply),
            Answer::Busy(_) | Answer::NotUnderstood(_) if !self.schedule.is_expecting() => {
                Err(ReplyError::NotAsked.into())
            }
            Answer::Busy(retry_after_s) => {
                self.asked = None;
                self.schedule.wait_for_busy(uptime_s, retry_after_s);
                Ok(Answered::Busy)
            }
            Answer::NotUnderstood(number) => {
                self.fail(uptime_s);
                Ok(Answered::NotUnderstood(number))
            }
        }
    }

    fn handle_reply<V: SignatureVerifier>(
        &mut self,
        uptime_s: u64,
        bytes: &[u8],
        trust: &Trust<'_, V>,
        device: &Device<'_>,
    ) -> Result<Outcome, InputError<S::Error>> {
        let mut state = self.state.clone();
        let Taken { floor, outcome, request, rights_bytes, offer } =
            self.take(uptime_s, bytes, trust, device, &mut state)?;
        let is_first_secret = self.state.secret.is_none() && state.secret.is_some();
        let rights = self.spare.get(..rights_bytes).unwrap_or_default();
        let current = save(&mut self.storage, self.current, &state, rights);
        self.current = Some(current.map_err(InputError::Save)?);
        // No more is ever put together than there is room for.
        state::fill(&mut self.rights, rights);
        (self.state, self.floor, self.floor_saved_s) = (state, floor, uptime_s);
        if self.asked == Some(request) {
            // A file may have been on its way for days; what was asked for just now was not.
            self.was_told_time = true;
            self.is_lost = false;
        }
        self.offer = offer;
        (self.asked, self.answered) = (None, Some(request));
        self.check(uptime_s, trust, device, |_| {});
        self.wait(uptime_s);
        if is_first_secret && !device.running.is_empty() {
            // What it runs is believed only under its secret, and an update may wait for it.
            self.schedule.hasten(uptime_s);
        }
        Ok(outcome)
    }

    /// What a reply leaves, if it is believed: the state, and in the spare room the rights. A call of its
    /// own, so that nothing of it lies on the stack while what it leaves is checked once more.
    #[inline(never)]
    fn take<V: SignatureVerifier>(
        &mut self,
        uptime_s: u64,
        bytes: &[u8],
        trust: &Trust<'_, V>,
        device: &Device<'_>,
        state: &mut State,
    ) -> Result<Taken, InputError<S::Error>> {
        let hwid = device.identity.hwid().map_err(|_| ReplyError::NoHwid)?;
        let open = Open { asked: self.asked, carried: self.state.carried, answered: self.answered };
        let expected = Expected { hwid, brand: device.brand, open };
        let kept = kept(&self.rights);
        let bundle = Bundle::parse(bytes)?;
        let accepted = reply::accept(&bundle, kept.as_ref(), &self.state, &mut trust.branch(), &expected)?;
        let mut floor = self.floor;
        reply::apply(&accepted, kept.as_ref(), state);
        if let Some(correction) = accepted.correction {
            floor.correct(correction.time, uptime_s);
        }
        floor.raise(accepted.time, uptime_s);
        state.floor = floor.at(uptime_s);
        let rights_bytes = keep::rights_after(&accepted, kept.as_ref(), &state.tombstones, &mut self.spare)?.len();
        let offer = Offer::in_reply(&accepted.reply.extensions);
        let Reply { outcome, request, .. } = accepted.reply;
        Ok(Taken { floor, outcome, request, rights_bytes, offer })
    }

    /// Takes a correction of the floor of trusted time, that a root signed for this machine.
    ///
    /// # Errors
    /// [`InputError`]; the floor is as before.
    pub fn handle_correction<V: SignatureVerifier>(
        &mut self,
        uptime_s: u64,
        envelope: &[u8],
        trust: &Trust<'_, V>,
        device: &Device<'_>,
    ) -> Result<(), InputError<S::Error>> {
        let correction: TimeCorrection<'_> = verified_by_root(trust, envelope)?;
        if device.identity.hwid() != Ok(correction.hwid) {
            return Err(ReplyError::OtherHwid.into());
        }
        if correction.floor_epoch <= self.state.floor_epoch {
            return Err(ReplyError::OldCorrection.into());
        }
        let mut next = self.state.clone();
        next.correct(correction.floor_epoch, correction.time);
        self.save_next(next).map_err(InputError::Save)?;
        self.floor.correct(correction.time, uptime_s);
        self.floor_saved_s = uptime_s;
        // It may have been signed days ago.
        self.was_told_time = false;
        Ok(())
    }

    /// Gives up what an entitlement granted: from here on its leases count no more, and the server is
    /// told at the next contact, which is now. What answers an earlier request comes too late.
    ///
    /// # Errors
    /// [`SaveError`]; then nothing is given up.
    pub fn give_up(&mut self, uptime_s: u64, entitlement: LicenseKey) -> Result<(), SaveError<S::Error>> {
        // What is answered from here on must know of it.
        let mut next = State { giving_up: Some(entitlement), carried: None, ..self.state.clone() };
        reply::bury_leases(&mut next, kept(&self.rights).as_ref(), |lease| lease.entitlement == entitlement);
        self.save_next(next)?;
        self.asked = None;
        self.standing = Standing::Unchecked;
        self.schedule.ask_now(uptime_s);
        Ok(())
    }

    /// Judges every right that the client holds, from its signed bytes, and gives each to `visit`. The
    /// report is that on the best of them; recording is unlocked by its verdict.
    ///
    /// Once a server told the time, the device's clock is not looked at until the next start.
    ///
    /// Ask at the start, after each reply, and at least once an hour: leases end.
    ///
    /// # Bounds
    /// Up to three signature verifications for each right.
    #[inline(never)]
    pub fn check<V: SignatureVerifier>(
        &mut self,
        uptime_s: u64,
        trust: &Trust<'_, V>,
        device: &Device<'_>,
        mut visit: impl FnMut(&Right),
    ) -> Report {
        let floor = self.floor.at(uptime_s);
        let is_current = self.state.last_contact.is_some_and(|last| floor.since(last) <= LEASE_S.into());
        let context = Context {
            identity: device.identity,
            brand: Some(device.brand),
            clock: Clock::new(device.wall.filter(|_| !self.was_told_time), floor),
            contact: if is_current { Contact::Current } else { Contact::None },
        };
        let report = judged(trust, &self.rights, &self.state, &context, &mut visit);
        let before = self.standing;
        self.standing = report.verdict.grant().map_or(Standing::Nothing, |_| Standing::Good(report.expires));
        let has_ended = self.standing == Standing::Nothing && before != Standing::Nothing && self.state.was_licensed;
        if has_ended {
            // A server is to be asked within a minute, not within hours.
            self.schedule.hasten(uptime_s);
        }
        report
    }

    /// Saves a state; only then it is the state.
    fn save_next(&mut self, next: State) -> Result<(), SaveError<S::Error>> {
        self.current = Some(save(&mut self.storage, self.current, &next, &self.rights)?);
        self.state = next;
        Ok(())
    }
}

/// Saves a state with these rights.
fn save<S: Storage>(
    storage: &mut S,
    current: Option<Current>,
    state: &State,
    rights: &[u8],
) -> Result<Current, SaveError<S::Error>> {
    slots::save(storage, &MAGIC, RECORD_BYTES_MAX, current, &record(state, rights))
}

/// The bundle of rights that is kept. It was written by [`BundleWriter`](crate::signed::BundleWriter),
/// and a CRC found it whole.
fn kept(rights: &[u8]) -> Option<Bundle<'_>> {
    Bundle::parse(rights).ok()
}

/// The report on the best of the rights that are kept.
fn judged<'a, V: SignatureVerifier>(
    trust: &Trust<'a, V>,
    rights: &'a [u8],
    state: &State,
    context: &Context<'_>,
    visit: &mut dyn FnMut(&Right),
) -> Report {
    let nothing = Report::without_contact;
    let Some(bundle) = kept(rights) else { return nothing() };
    let mut trust = trust.branch();
    rights::admit(&mut trust, &bundle);
    rights::judge(&trust, &bundle, &state.tombstones, context, visit).unwrap_or_else(nothing)
}

/// Verifies a correction of time.
fn verified_by_root<'a, V: SignatureVerifier>(
    trust: &Trust<'a, V>,
    envelope: &'a [u8],
) -> Result<TimeCorrection<'a>, VerifyError> {
    trust.verify_signed_by_root(&Envelope::parse(envelope)?)
}
