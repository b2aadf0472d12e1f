//! The device's side of an update, as a state machine without I/O.
//!
//! ```text
//! start                        what runs is compared with what was handed over
//! loop {
//!     a reply was taken        -> downloader.handle_reply(offer, what was reported)
//!     downloader.handle_timeout(uptime)
//!     downloader.poll_transmit -> send the frame to that server
//!     bytes of an answer       -> downloader.handle_input(...)
//!     no connection, no answer -> downloader.handle_failure(...)
//!     downloader.is_ready      -> downloader.hand_over, and the vendor's updater
//!     sleep until downloader.poll_timeout()
//! }
//! ```
//!
//! | Before | nothing |
//! |---|---|
//! | the manifest is believed, is the one that was offered, and suits the device | is written into the image |
//! | a chunk and its path fit the manifest | of the chunk is written |
//! | all of the image was read back and is what the manifest names | is handed over |
//! | all of that was decided again, twice, from the signed bytes ([`Clearance`]) | is handed over |
//!
//! What it keeps over a restart lies in a [`Storage`] of two slots; whenever the power fails, an update
//! goes on from the progress that was saved last. It works beside [`primary::client`](crate::primary::client),
//! which asks the same servers and hears what they offer.

mod decision;
mod error;
mod image;
mod input;
mod record;
mod schedule;

pub use crate::slots::{SaveError, Slot, Storage, WRITE_BYTES};
pub use decision::{Clearance, Cleared, Handover};
pub use error::{HandOverError, InputError};
pub use image::Image;
pub use record::{ATTEMPTS_MAX, Restart, UPDATE_SLOT_BYTES};
pub use schedule::{PART_TIMEOUT_S, RETRY_S, RETRY_S_MAX};

use core::fmt;

use heapless::Vec;

use decision::{Found, decide};
use record::{MAGIC, RECORD_BYTES_MAX, Record, Stage, Task};
use schedule::Schedule;

use super::error::UpdateError;
use super::fetch::{Fetch, Part};
use super::manifest::{Manifest, UpdateId};
use super::offer::{Offer, Progress, Report, Running};
use super::tree::Digest;
use crate::digest::Sha256;
use crate::hwid::Hwid;
use crate::primary::client::Transmit;
use crate::primary::frame::{FRAME_HEAD_BYTES, Purpose, write_any_head};
use crate::signed::{Bundle, Kind, SealError, SignatureVerifier, Trust};
use crate::slots::{self, Current};
use crate::time::UnixSeconds;

/// Largest bundle of a manifest and its certificate, in bytes.
pub const MANIFEST_BUNDLE_BYTES_MAX: usize = 3_072;
/// How often progress is saved for one image, at most.
pub const SAVES_MAX: u32 = 64;
/// How many bytes one call of [`Downloader::handle_timeout`] reads back, at most.
pub const READ_BACK_STEP_BYTES: u32 = 16_384;
/// How often in a row all servers may give something wrong before the attempt counts as failed.
pub const WRONG_ROUNDS_MAX: u8 = 3;
/// How many bytes are read back at once.
const PIECE_BYTES: usize = 512;

/// How a downloader begins.
#[derive(Clone, Copy, Debug)]
pub struct Start<'s> {
    /// What runs.
    pub running: &'s Running<'s>,
    /// Whether the device started, or only the program.
    pub restart: Restart,
    /// A number that differs from device to device, so that they do not all ask in the same second.
    pub seed: u64,
    /// How many servers there are.
    pub servers: u8,
}

/// What an update must fit to.
#[derive(Clone, Copy, Debug)]
pub struct Device<'d> {
    /// The machine.
    pub hwid: Hwid,
    /// What it runs.
    pub running: &'d Running<'d>,
    /// A time that has certainly passed ([`Client::floor`](crate::primary::client::Client::floor)).
    pub time: UnixSeconds,
}

/// What an answer was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Answered {
    /// The manifest, which suits this device.
    Manifest,
    /// A chunk, which is stored.
    Chunk,
    /// The server has too much to do: the next part is asked for later.
    Busy,
    /// The server does not give it; the number is that of a
    /// [`FetchRefusal`](super::FetchRefusal). If no server of the list does, the update is over.
    Refused(u16),
}

/// What a downloader is doing.
#[derive(Clone)]
enum Phase {
    /// Its record is not known: nothing is begun.
    Unstarted,
    /// Nothing is offered that is to be fetched.
    Idle,
    /// Asking for the manifest, or for the next chunk.
    Fetching,
    /// Reading the image back: so many bytes so far.
    ReadingBack(Sha256, u32),
    /// The image has this digest, and so many bytes.
    Ready(Digest, u32),
}

/// The downloader.
///
/// # Bounds
/// About 3.5 KB; at most one part is under way. A call verifies one manifest, hashes one chunk, or reads
/// [`READ_BACK_STEP_BYTES`] back.
pub struct Downloader<S: Storage, I: Image> {
    storage: S,
    image: I,
    current: Option<Current>,
    record: Record,
    phase: Phase,
    schedule: Schedule,
    /// What is being fetched.
    offer: Option<Offer>,
    /// The bundle of its manifest, which was verified; empty, if it was not fetched yet.
    bundle: Vec<u8, MANIFEST_BUNDLE_BYTES_MAX>,
    /// How many chunks are stored, from the first on.
    stored: u32,
    /// What was wrong with what a server gave, since the last part that was right.
    wrong: Option<UpdateError>,
    wrong_rounds: u8,
    /// Whether a server refused since the last part that came.
    was_refused: bool,
}

const _: () = assert!(size_of::<Downloader<&mut dyn Storage<Error = ()>, &mut dyn Image<Error = ()>>>() < 3_700);

impl<S: Storage, I: Image> fmt::Debug for Downloader<S, I> {
    /// Without the manifest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (record, stored) = (&self.record, self.stored);
        f.debug_struct("Downloader").field("record", record).field("stored", &stored).finish_non_exhaustive()
    }
}

impl<S: Storage, I: Image> Downloader<S, I> {
    /// A downloader that does nothing until [`Self::start`]. The storage has two slots of
    /// [`UPDATE_SLOT_BYTES`], which are not those of the client.
    #[must_use]
    pub const fn new(storage: S, image: I) -> Self {
        Self {
            storage,
            image,
            current: None,
            record: Record::erased(),
            phase: Phase::Unstarted,
            schedule: Schedule::new(0, 0),
            offer: None,
            bundle: Vec::new(),
            stored: 0,
            wrong: None,
            wrong_rounds: 0,
            was_refused: false,
        }
    }

    /// Begins with what the storage holds, and says what became of an update that was handed over.
    ///
    /// What runs raises the floor of the security version at once. A device that goes back by itself from
    /// software that fails calls this when the software has proved good.
    ///
    /// # Errors
    /// [`SaveError::Storage`] if neither slot can be read: then nothing is downloaded until a start
    /// succeeds. If something could not be saved it counts nevertheless, up to the next start.
    pub fn start(&mut self, start: Start<'_>) -> Result<(), SaveError<S::Error>> {
        self.rest();
        self.phase = Phase::Unstarted;
        let (mut record, mut buffer) = (Record::erased(), [0; RECORD_BYTES_MAX]);
        let take = |bytes: &[u8]| Record::take(bytes).map(|found| record = found).is_some();
        self.current = slots::load(&mut self.storage, &MAGIC, &mut buffer, take).map_err(SaveError::Storage)?;
        self.schedule = Schedule::new(start.servers, start.seed);
        self.phase = Phase::Idle;
        let next = record.started(start.running.version, start.running.security_version, start.restart);
        self.record = next;
        if next == record { Ok(()) } else { self.save() }
    }

    /// The highest security version that the device ever ran.
    #[must_use]
    pub const fn floor(&self) -> u32 {
        self.record.floor
    }

    /// What a server is to be told: it goes into [`Running::report`].
    #[must_use]
    pub fn report(&self) -> Option<Report> {
        let report = self.record.task.and_then(|task| task.report())?;
        let is_ready = matches!(self.phase, Phase::Ready(..)) && matches!(report.progress, Progress::Downloading(_));
        Some(Report { progress: if is_ready { Progress::Ready } else { report.progress }, ..report })
    }

    /// Whether an image is whole, and [`Self::hand_over`] may give it. It decides nothing.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        matches!(self.phase, Phase::Ready(..))
    }

    /// The slot for the image.
    #[must_use]
    pub const fn image(&self) -> &I {
        &self.image
    }

    /// The uptime at which [`Self::handle_timeout`] is due. `None`: it is due now, or a request is ready;
    /// `u64::MAX`: nothing is to be done before the next reply.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<u64> {
        match self.phase {
            Phase::Fetching => self.schedule.timeout(),
            Phase::ReadingBack(..) => None,
            Phase::Unstarted | Phase::Idle | Phase::Ready(..) => Some(u64::MAX),
        }
    }

    /// Does what the time asks for: gives a server up that does not answer, and reads the next
    /// [`READ_BACK_STEP_BYTES`] of the image back. Called too early it does nothing.
    ///
    /// # Errors
    /// [`SaveError`] when the image proved wrong, and that could not be saved.
    pub fn handle_timeout(&mut self, uptime_s: u64) -> Result<(), SaveError<S::Error>> {
        match self.phase {
            Phase::Fetching => {
                if self.schedule.overdue(uptime_s) {
                    self.handle_failure(uptime_s)?;
                }
                self.schedule.handle_timeout(uptime_s);
                Ok(())
            }
            Phase::ReadingBack(..) => self.read_back(),
            Phase::Unstarted | Phase::Idle | Phase::Ready(..) => Ok(()),
        }
    }

    /// The servers changed: the part that is under way is asked for anew.
    pub const fn set_servers(&mut self, servers: u8, uptime_s: u64) {
        self.schedule.set_servers(servers, uptime_s);
    }

    /// A server replied: takes what it offers ([`Client::offer`](crate::primary::client::Client::offer)),
    /// and knows that it was told what the request carried.
    ///
    /// An offer takes the place of another one that is not handed over yet, and one that is taken back
    /// ends the download until it comes again. An update that failed is begun again when it is
    /// offered after the server was told, [`ATTEMPTS_MAX`] times in all.
    ///
    /// # Errors
    /// [`SaveError`]: the server will be told once more.
    pub fn handle_reply(
        &mut self,
        uptime_s: u64,
        offer: Option<Offer>,
        reported: Option<Report>,
    ) -> Result<(), SaveError<S::Error>> {
        if matches!(self.phase, Phase::Unstarted) {
            return Ok(());
        }
        let told = self.told(reported);
        let under_way = self.offer.filter(|under_way| offer.is_some_and(|offer| offer.update == under_way.update));
        if under_way.is_none() {
            self.rest();
        }
        if offer.is_some_and(|offer| self.may_begin(&offer.update)) {
            self.offer = offer;
            if under_way.is_none() {
                self.phase = Phase::Fetching;
                self.schedule.begin(uptime_s);
            }
        }
        told
    }

    /// Remembers that a server knows what became of the last update.
    fn told(&mut self, reported: Option<Report>) -> Result<(), SaveError<S::Error>> {
        let Some(task) = self.record.task.filter(|_| reported.is_some() && reported == self.report()) else {
            return Ok(());
        };
        let task = match task.stage {
            Stage::Installed => None,
            Stage::Failed(_) => Some(Task { stage: Stage::Told, ..task }),
            Stage::Loading(..) | Stage::HandedOver(..) | Stage::Told => return Ok(()),
        };
        self.save_next(Record { task, ..self.record })
    }

    /// Whether an update may be begun, or gone on with.
    fn may_begin(&self, update: &UpdateId) -> bool {
        match self.record.task {
            None => true,
            Some(task) => match task.stage {
                Stage::Loading(..) => true,
                Stage::Told => task.update != *update || task.failures < ATTEMPTS_MAX,
                Stage::HandedOver(..) | Stage::Installed | Stage::Failed(_) => false,
            },
        }
    }

    /// The request for the next part, if one is due. 160 bytes take the whole frame.
    ///
    /// # Errors
    /// [`SealError::TooLarge`] when the buffer is too small.
    pub fn poll_transmit<'b>(
        &mut self,
        uptime_s: u64,
        hwid: Hwid,
        buffer: &'b mut [u8],
    ) -> Result<Option<Transmit<'b>>, SealError> {
        let (Phase::Fetching, Some(Offer { update, ticket }), Some(server)) =
            (&self.phase, self.offer, self.schedule.server())
        else {
            return Ok(None);
        };
        let part = if self.bundle.is_empty() { Part::Manifest } else { Part::Chunk(self.stored) };
        let (head, room) = buffer.split_first_chunk_mut::<FRAME_HEAD_BYTES>().ok_or(SealError::TooLarge)?;
        let body_bytes = Fetch { hwid, update, ticket, part }.write(room)?.len();
        *head = write_any_head(Purpose::Updates, body_bytes).map_err(|_| SealError::TooLarge)?;
        self.schedule.asked(uptime_s);
        let frame = buffer.get(..body_bytes.saturating_add(FRAME_HEAD_BYTES)).ok_or(SealError::TooLarge)?;
        Ok(Some(Transmit { server, frame }))
    }

    /// The server that was asked cannot be reached, closed the connection, or sent what
    /// [`Self::handle_input`] did not take. The next of the list is asked; while no answer is awaited
    /// nothing is done.
    ///
    /// # Errors
    /// [`SaveError`] when the attempt failed, and that could not be saved.
    pub fn handle_failure(&mut self, uptime_s: u64) -> Result<(), SaveError<S::Error>> {
        if !matches!(self.phase, Phase::Fetching) || !self.schedule.is_expecting() {
            return Ok(());
        }
        if !self.schedule.failed(uptime_s) {
            return Ok(());
        }
        if core::mem::take(&mut self.was_refused) {
            self.rest();
            return Ok(());
        }
        match self.wrong.take() {
            None => Ok(()),
            Some(error) => {
                self.wrong_rounds = self.wrong_rounds.saturating_add(1);
                if self.wrong_rounds < WRONG_ROUNDS_MAX { Ok(()) } else { self.fail(error) }
            }
        }
    }

    /// Reads the next step of the image back.
    fn read_back(&mut self) -> Result<(), SaveError<S::Error>> {
        let Phase::ReadingBack(mut hash, mut done) = self.phase.clone() else { return Ok(()) };
        let Some((size, sha256)) = self.manifest(|manifest| (manifest.size, manifest.sha256)) else {
            return self.fail(UpdateError::NotBelieved);
        };
        let end = size.min(done.saturating_add(READ_BACK_STEP_BYTES));
        let mut piece = [0; PIECE_BYTES];
        while done < end {
            let left = usize::try_from(end.saturating_sub(done)).unwrap_or(PIECE_BYTES);
            let bytes = piece.get_mut(..left.min(PIECE_BYTES)).unwrap_or_default();
            if self.image.read(done, bytes).is_err() {
                return self.fail(UpdateError::Storage);
            }
            hash.update(bytes);
            done = done.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        }
        if done < size {
            self.phase = Phase::ReadingBack(hash, done);
            return Ok(());
        }
        let found = hash.finish();
        if found != sha256 {
            return self.fail(UpdateError::WrongImage);
        }
        self.phase = Phase::Ready(found, done);
        Ok(())
    }

    /// Gives the image to the vendor's updater: everything is decided once more, and that it is handed
    /// over is saved. Then the updater gets it, if the clearance is good; the next [`Self::start`]
    /// finds out what came of it. Call it as soon as the image is ready: who waits for a quiet hour waits
    /// with the restart.
    ///
    /// `trust` is what [`Client::trust`](crate::primary::client::Client::trust) gives, so that a signer
    /// who was revoked meanwhile is believed no more.
    ///
    /// # Errors
    /// [`HandOverError`]; then nothing is handed over.
    pub fn hand_over<V: SignatureVerifier>(
        &mut self,
        trust: &Trust<'_, V>,
        device: &Device<'_>,
    ) -> Result<Handover, HandOverError<S::Error>> {
        let (Phase::Ready(sha256, read_bytes), Some(offer)) = (&self.phase, &self.offer) else {
            return Err(HandOverError::NotReady);
        };
        let found = Found {
            update: &offer.update,
            sha256,
            read_bytes: *read_bytes,
            running: device.running,
            floor: self.record.floor,
            time: device.time,
        };
        let handover = match decide(trust, &self.bundle, &found) {
            Ok(handover) => handover,
            Err(error) => {
                self.fail(error).map_err(HandOverError::Save)?;
                return Err(HandOverError::Update(error));
            }
        };
        let failures = self.record.task_of(&handover.update).map_or(0, |task| task.failures);
        let stage = Stage::HandedOver(handover.version, handover.security_version);
        let task = Task { update: handover.update, failures, stage };
        if let Err(error) = self.save_next(Record { task: Some(task), ..self.record }) {
            // Time passes before the next attempt: what was read back may be something else then.
            self.phase = Phase::ReadingBack(Sha256::new(), 0);
            return Err(HandOverError::Save(error));
        }
        self.rest();
        Ok(handover)
    }

    /// The vendor's updater did not take what was handed over.
    ///
    /// # Errors
    /// [`SaveError`]: it counts nevertheless, up to the next start.
    pub fn handle_refusal(&mut self) -> Result<(), SaveError<S::Error>> {
        match self.record.task {
            Some(Task { update, stage: Stage::HandedOver(..), .. }) => {
                self.fail_update(update, UpdateError::NotInstalled)
            }
            _ => Ok(()),
        }
    }

    /// Something of the manifest that was verified.
    fn manifest<T>(&self, of: impl FnOnce(&Manifest<'_>) -> T) -> Option<T> {
        let bundle = Bundle::parse(&self.bundle).ok()?;
        let manifest = bundle.only(Kind::UpdateManifest).ok()?.unverified::<Manifest<'_>>().ok()?;
        Some(of(&manifest))
    }

    /// Stops, and keeps what was saved.
    fn rest(&mut self) {
        if !matches!(self.phase, Phase::Unstarted) {
            self.phase = Phase::Idle;
        }
        self.offer = None;
        self.bundle.clear();
        self.stored = 0;
        (self.wrong, self.wrong_rounds, self.was_refused) = (None, 0, false);
    }

    /// The update that is under way failed. That counts even if it cannot be saved.
    fn fail(&mut self, error: UpdateError) -> Result<(), SaveError<S::Error>> {
        match self.offer {
            Some(offer) => self.fail_update(offer.update, error),
            None => Ok(()),
        }
    }

    fn fail_update(&mut self, update: UpdateId, error: UpdateError) -> Result<(), SaveError<S::Error>> {
        self.rest();
        self.record = self.record.failed(update, error);
        self.save()
    }

    /// Saves a record; only then it is the record.
    fn save_next(&mut self, next: Record) -> Result<(), SaveError<S::Error>> {
        let before = core::mem::replace(&mut self.record, next);
        let saved = self.save();
        if saved.is_err() {
            self.record = before;
        }
        saved
    }

    fn save(&mut self) -> Result<(), SaveError<S::Error>> {
        let record = self.record.saved();
        self.current = Some(slots::save(&mut self.storage, &MAGIC, RECORD_BYTES_MAX, self.current, &record)?);
        Ok(())
    }
}
