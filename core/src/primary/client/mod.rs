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
//! | licensed | yes | after four hours at most |
//! | contact lost: no server answers | while its licence lasts | after an hour at most |
//! | refused, or its licence has ended | no | within a minute |
//!
//! What it keeps over a restart lies in a [`Storage`] of two slots; whenever the power fails, the
//! state is the old one or the new one. Rights are kept as the signed bytes they came in, and
//! verified each time they are looked at. Uptime is in seconds since boot, and monotonic.

mod error;
mod reply;
mod rights;
mod schedule;
mod state;
mod storage;

pub use error::{InputError, ReplyError};
pub use rights::Right;
pub use schedule::{
    ANSWER_TIMEOUT_S, CONTACT_LICENSED_S, CONTACT_LOST_S, CONTACT_UNLICENSED_S, FIRST_CONTACT_LICENSED_SPREAD_S,
    FIRST_CONTACT_SPREAD_S,
};
pub use state::{LEDGERS_MAX, RIGHTS_BYTES_MAX, TOMBSTONES_MAX};
pub use storage::{SLOT_BYTES, SaveError, Slot, Storage, WRITE_BYTES};

use reply::Expected;
use schedule::Schedule;
use state::{Rights, State, record};
use storage::{Current, RECORD_BYTES_MAX};

use super::correction::TimeCorrection;
use super::entitlement::LEASE_S;
use super::frame::{Answer, FRAME_HEAD_BYTES, write_head};
use super::reply::Outcome;
use super::request::{
    Authentication, ClientState, HELD_MAX, ListMark, Operation, Request, Wanted, request_digest, write_request,
};
use crate::hwid::Identity;
use crate::license::{Contact, Context, LicenseKey, Report};
use crate::signed::{Bundle, Envelope, Kind, Label, SignatureVerifier, Trust, VerifyError};
use crate::time::{Clock, TimeFloor, UnixSeconds};

/// How often the floor of trusted time is saved, in seconds of uptime.
pub const FLOOR_SAVE_S: u64 = 3_600;
/// How many contacts may follow each other before the counter is saved again. A restart skips what
/// is left of them, so the counter never goes back.
const COUNTERS_RESERVED: u64 = 256;

/// What a client says of itself and of its device.
#[derive(Clone, Copy, Debug)]
pub struct Device<'d> {
    /// The machine.
    pub identity: &'d Identity,
    /// Its enrolment, encoded; empty if it has none.
    pub enrollment: &'d [u8],
    /// What its clock says; `None` if it has none, or it is not set.
    pub wall: Option<UnixSeconds>,
    /// Brand of the product.
    pub brand: Label<'d>,
    /// Name of the device, by which an administrator expects it.
    pub name: Label<'d>,
    /// Version of the product's software.
    pub software: Label<'d>,
    /// Licence key that somebody entered on the device.
    pub license_key: Option<LicenseKey>,
    /// What it needs.
    pub wanted: Wanted,
}

/// 32 bytes that nobody can guess, fresh for each request.
pub type Random = [u8; 32];

/// A request to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmit<'b> {
    /// Which server of the list.
    pub server: u8,
    /// The whole frame.
    pub frame: &'b [u8],
}

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

/// The client.
///
/// # Bounds
/// About 15 KB; at most one request is under way.
#[derive(Debug)]
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
    counter: u64,
    /// Digest of the request under way.
    asked: Option<[u8; 32]>,
    /// Digest of the last request that was answered.
    answered: Option<[u8; 32]>,
    /// Whether the last contact failed with every server.
    is_lost: bool,
    /// Until when what was found good at the last check lasts; `None` if nothing was good.
    good_until: Option<UnixSeconds>,
}

const _: () = assert!(size_of::<Client<&mut dyn Storage<Error = ()>>>() < 15 * 1024 + 512);

impl<S: Storage> Client<S> {
    /// Begins with what the storage holds; with nothing, if it holds nothing that is whole.
    ///
    /// # Errors
    /// That of the storage, if it cannot be read.
    pub fn load(mut storage: S, start: Start) -> Result<Self, S::Error> {
        let (mut state, mut rights) = (State::erased(), Rights::new());
        let mut spare = [0; RECORD_BYTES_MAX];
        let current = storage::load(&mut storage, &mut spare, |record| state::take(record, &mut state, &mut rights))?;
        let mut floor = TimeFloor::new(UnixSeconds(0));
        floor.raise(state.floor.max(start.built), start.uptime_s);
        Ok(Self {
            schedule: Schedule::new(start.servers, start.seed, start.uptime_s, state.was_licensed),
            storage,
            current,
            spare,
            floor,
            floor_saved_s: start.uptime_s,
            counter: state.counter_reserved,
            asked: None,
            answered: None,
            is_lost: false,
            good_until: None,
            state,
            rights,
        })
    }

    /// In which state it is, as far as the last [`Self::check`] knows.
    #[must_use]
    pub const fn state(&self) -> ClientState {
        match (self.good_until.is_some(), self.state.was_licensed || self.state.refusal.is_some(), self.is_lost) {
            (true, _, true) => ClientState::ContactLost,
            (true, _, false) => ClientState::Licensed,
            (false, true, _) => ClientState::Refused,
            (false, false, _) => ClientState::Unlicensed,
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
    /// [`Self::handle_input`] did not take. The next of the list is asked.
    pub fn handle_failure(&mut self, uptime_s: u64) {
        self.asked = None;
        if self.schedule.failed() {
            self.is_lost = true;
            self.wait(uptime_s);
        }
    }

    fn wait(&mut self, uptime_s: u64) {
        let left = self.good_until.filter(|until| until.0 != u64::MAX);
        let left = left.map(|until| until.since(self.floor.at(uptime_s)));
        self.schedule.wait(uptime_s, self.state(), left);
    }

    /// The request that is due, if one is.
    ///
    /// The buffer takes a whole frame: 4 KiB do for a device that holds one lease.
    ///
    /// # Errors
    /// [`SaveError`]; the request is not made then, and the contact counts as failed.
    pub fn poll_transmit<'b>(
        &mut self,
        uptime_s: u64,
        random: &Random,
        device: &Device<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Option<Transmit<'b>>, SaveError<S::Error>> {
        let Some(server) = self.schedule.server() else { return Ok(None) };
        let (head, room) = buffer.split_first_chunk_mut::<FRAME_HEAD_BYTES>().ok_or(SaveError::TooLarge)?;
        let length = match self.write_request(uptime_s, random, device, room) {
            Ok(body) => {
                *head = write_head(body.len()).map_err(|_| SaveError::TooLarge)?;
                self.asked = Some(request_digest(body));
                body.len().saturating_add(FRAME_HEAD_BYTES)
            }
            Err(error) => {
                self.handle_failure(uptime_s);
                return Err(error);
            }
        };
        self.schedule.asked(uptime_s);
        Ok(buffer.get(..length).map(|frame| Transmit { server, frame }))
    }

    /// A request to be carried to the server as a file, for a site without a network: the body of a
    /// frame. Its answer is taken by [`Self::handle_input`], also after a restart.
    ///
    /// # Errors
    /// [`SaveError`].
    pub fn write_carried<'b>(
        &mut self,
        uptime_s: u64,
        random: &Random,
        device: &Device<'_>,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], SaveError<S::Error>> {
        let body = self.write_request(uptime_s, random, device, buffer)?;
        self.save_next(State { carried: Some(request_digest(body)), ..self.state.clone() })?;
        Ok(body)
    }

    fn write_request<'b>(
        &mut self,
        uptime_s: u64,
        random: &Random,
        device: &Device<'_>,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], SaveError<S::Error>> {
        if self.counter >= self.state.counter_reserved {
            let counter_reserved = self.counter.saturating_add(COUNTERS_RESERVED);
            self.save_next(State { counter_reserved, floor: self.floor.at(uptime_s), ..self.state.clone() })?;
        }
        self.counter = self.counter.saturating_add(1);
        let request = self.request(random, device);
        let secret = self.state.secret;
        let with = secret.as_ref().map_or(Authentication::None, Authentication::Client);
        write_request(&request, with, buffer).map_err(|_| SaveError::TooLarge)
    }

    fn request<'r>(&'r self, random: &Random, device: &Device<'r>) -> Request<'r> {
        let (id, nonce) = random.split_first_chunk::<16>().map_or(([0; 16], &[][..]), |(id, nonce)| (*id, nonce));
        let hwid = device.identity.hwid().ok();
        let mut request = Request {
            id,
            nonce: nonce.first_chunk().copied().unwrap_or_default(),
            counter: self.counter,
            clock: device.wall,
            hwids: hwid.into_iter().collect(),
            previous: self.state.hwid.filter(|before| Some(*before) != hwid),
            enrollment: device.enrollment,
            evidence: device.identity.evidence().bits(),
            brand: device.brand,
            name: device.name,
            software: device.software,
            state: self.state(),
            operation: self.state.giving_up.map_or(Operation::Contact, Operation::Deactivate),
            license_key: device.license_key,
            wanted: device.wanted,
            ..Request::default()
        };
        for envelope in kept(&self.rights).iter().flat_map(|kept| kept.envelopes()) {
            match envelope.header().kind {
                Kind::Lease if request.held.len() < HELD_MAX => {
                    // There is room.
                    let _ = request.held.push(envelope.bytes());
                }
                Kind::RevocationList => {
                    let header = envelope.header();
                    let mark = ListMark { signer: header.key_id, epoch: header.epoch, sequence: header.sequence };
                    request.list = Some(mark);
                }
                _ => {}
            }
        }
        request
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
            Answer::Busy(retry_after_s) if self.schedule.is_expecting() => {
                self.asked = None;
                self.schedule.wait_for_busy(uptime_s, retry_after_s);
                Ok(Answered::Busy)
            }
            Answer::Busy(_) => Err(ReplyError::NotAsked.into()),
            Answer::NotUnderstood(number) => {
                self.handle_failure(uptime_s);
                Ok(Answered::NotUnderstood(number))
            }
            Answer::Reply(bundle) => self.handle_reply(uptime_s, bundle, trust, device).map(Answered::Reply),
        }
    }

    fn handle_reply<V: SignatureVerifier>(
        &mut self,
        uptime_s: u64,
        bytes: &[u8],
        trust: &Trust<'_, V>,
        device: &Device<'_>,
    ) -> Result<Outcome, InputError<S::Error>> {
        let hwid = device.identity.hwid().map_err(|_| ReplyError::NoHwid)?;
        let (asked, carried, answered) = (self.asked, self.state.carried, self.answered);
        let is_open = |digest: &[u8; 32]| match (asked, carried) {
            _ if answered == Some(*digest) => Err(ReplyError::Replayed),
            (None, None) => Err(ReplyError::NotAsked),
            (asked, carried) if asked == Some(*digest) || carried == Some(*digest) => Ok(()),
            _ => Err(ReplyError::OtherRequest),
        };
        let expected = Expected { hwid, brand: device.brand, is_open: &is_open };
        let (mut next, mut floor) = (self.state.clone(), self.floor);
        let (outcome, answers, rights_bytes) = {
            let kept = kept(&self.rights);
            let mut trust = trust.branch();
            let accepted = reply::accept(bytes, kept.as_ref(), &self.state, &mut trust, &expected)?;
            reply::apply(&accepted, kept.as_ref(), &mut next);
            if let Some(correction) = &accepted.correction {
                next.floor_epoch = correction.floor_epoch;
                floor.correct(correction.time, uptime_s);
            }
            floor.raise(accepted.time, uptime_s);
            let rights = reply::rights_after(&accepted, kept.as_ref(), &mut self.spare)?;
            (accepted.reply.outcome, accepted.reply.request, rights.len())
        };
        next.floor = floor.at(uptime_s);
        let rights = self.spare.get(..rights_bytes).unwrap_or_default();
        let current = storage::save(&mut self.storage, self.current, &record(&next, rights));
        self.current = Some(current.map_err(InputError::Save)?);
        self.rights = Rights::from_slice(rights).unwrap_or_default();
        (self.state, self.floor, self.floor_saved_s) = (next, floor, uptime_s);
        self.answered = Some(answers);
        if asked == Some(answers) {
            self.asked = None;
            self.is_lost = false;
        }
        self.check(uptime_s, trust, device, |_| {});
        self.wait(uptime_s);
        Ok(outcome)
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
        let mut floor = self.floor;
        floor.correct(correction.time, uptime_s);
        let next = State { floor_epoch: correction.floor_epoch, floor: correction.time, ..self.state.clone() };
        self.save_next(next).map_err(InputError::Save)?;
        (self.floor, self.floor_saved_s) = (floor, uptime_s);
        Ok(())
    }

    /// Gives up what an entitlement granted: from here on its leases count no more, and the server is
    /// told at the next contact, which is now.
    ///
    /// # Errors
    /// [`SaveError`]; then nothing is given up.
    pub fn give_up(&mut self, uptime_s: u64, entitlement: LicenseKey) -> Result<(), SaveError<S::Error>> {
        let mut next = State { giving_up: Some(entitlement), ..self.state.clone() };
        reply::bury_all(&mut next, kept(&self.rights).as_ref(), Some(entitlement));
        self.save_next(next)?;
        self.good_until = None;
        self.schedule.ask_now(uptime_s);
        Ok(())
    }

    /// Judges every right that the client holds, from its signed bytes, and gives each to `visit`. The
    /// report is that on the best of them; recording is unlocked by its verdict.
    ///
    /// Ask at the start, after each reply, and at least once an hour: leases end.
    ///
    /// # Bounds
    /// Up to three signature verifications for each right.
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
            clock: Clock::new(device.wall, floor),
            contact: if is_current { Contact::Current } else { Contact::None },
        };
        let report = judged(trust, &self.rights, &self.state, &context, &mut visit);
        let was_good = self.good_until.is_some();
        let until = report.expires.unwrap_or(UnixSeconds(u64::MAX));
        self.good_until = report.verdict.grant().map(|_| until);
        if was_good && self.good_until.is_none() {
            // What it had has ended: a server is to be asked within a minute, not within hours.
            self.wait(uptime_s);
        }
        report
    }

    /// Saves a state; only then it is the state.
    fn save_next(&mut self, next: State) -> Result<(), SaveError<S::Error>> {
        self.current = Some(storage::save(&mut self.storage, self.current, &record(&next, &self.rights))?);
        self.state = next;
        Ok(())
    }
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
