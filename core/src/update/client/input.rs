//! What a server answers, from bytes to what is stored.

use super::record::{Record, Stage, Task};
use super::{Answered, Device, Downloader, Image, InputError, Phase, SAVES_MAX, Storage};
use crate::digest::Sha256;
use crate::signed::{Bundle, Kind, SignatureVerifier, Trust, VerifyError};
use crate::update::error::UpdateError;
use crate::update::fetch::Fetched;
use crate::update::manifest::{Manifest, UpdateId, update_id};
use crate::update::tree::{self, Digest};

impl<S: Storage, I: Image> Downloader<S, I> {
    /// Takes the body of the frame that a server answered with.
    ///
    /// `trust` is what [`Client::trust`](crate::primary::client::Client::trust) gives: the vendor's roots,
    /// and what was revoked.
    ///
    /// # Errors
    /// [`InputError`]. Call [`Self::handle_failure`] then.
    pub fn handle_input<V: SignatureVerifier>(
        &mut self,
        uptime_s: u64,
        body: &[u8],
        trust: &Trust<'_, V>,
        device: &Device<'_>,
    ) -> Result<Answered, InputError<S::Error>> {
        if !matches!(self.phase, Phase::Fetching) || !self.schedule.is_expecting() {
            return Err(InputError::NotAsked);
        }
        let taken = match (Fetched::parse(body)?, self.bundle.is_empty()) {
            (Fetched::Manifest(bundle), true) => self.take_manifest(bundle, trust, device),
            (Fetched::Chunk { index, path, bytes }, false) => self.take_chunk(index, path, bytes, device),
            (Fetched::Busy(retry_after_s), _) => {
                self.schedule.wait_for_busy(uptime_s, retry_after_s);
                return Ok(Answered::Busy);
            }
            (Fetched::Refused(number), _) => {
                self.was_refused = true;
                self.handle_failure(uptime_s)?;
                return Ok(Answered::Refused(number));
            }
            (Fetched::Manifest(_) | Fetched::Chunk { .. }, _) => Err(InputError::NotAsked),
        };
        match taken {
            // Another server may give what is right.
            Err(InputError::Update(error @ (UpdateError::OtherManifest | UpdateError::WrongChunk))) => {
                self.wrong = Some(error);
            }
            Err(InputError::NotBelieved(_)) => self.wrong = Some(UpdateError::NotBelieved),
            Err(InputError::Update(error)) => self.fail(error)?,
            _ => {}
        }
        taken
    }

    fn take_manifest<V: SignatureVerifier>(
        &mut self,
        bytes: &[u8],
        trust: &Trust<'_, V>,
        device: &Device<'_>,
    ) -> Result<Answered, InputError<S::Error>> {
        let Some(offer) = self.offer else { return Err(InputError::NotAsked) };
        let (chunk_bytes, count) = self.judged(bytes, trust, device, &offer.update)?;
        let stored = match self.record.task_of(&offer.update) {
            Some(Task { stage: Stage::Loading(stored, of), .. }) if of == count => stored,
            begun => {
                let failures = begun.map_or(0, |task| task.failures);
                let task = Task { update: offer.update, failures, stage: Stage::Loading(0, count) };
                self.save_next(Record { task: Some(task), ..self.record })?;
                0
            }
        };
        self.bundle.clear();
        if !bytes.iter().all(|byte| self.bundle.push(*byte).is_ok()) {
            self.bundle.clear();
            return Err(VerifyError::TooLarge.into());
        }
        self.stored = whole_blocks(stored.min(count), chunk_bytes, self.image.block_bytes());
        self.came(count);
        Ok(Answered::Manifest)
    }

    /// Whether a manifest is believed, is the one that was offered, and suits: then the size of its chunks
    /// and their count.
    #[inline(never)]
    fn judged<V: SignatureVerifier>(
        &self,
        bytes: &[u8],
        trust: &Trust<'_, V>,
        device: &Device<'_>,
        update: &UpdateId,
    ) -> Result<(u32, u32), InputError<S::Error>> {
        if bytes.len() > self.bundle.capacity() {
            return Err(VerifyError::TooLarge.into());
        }
        let bundle = Bundle::parse(bytes)?;
        if update_id(&bundle.only(Kind::UpdateManifest)?) != *update {
            return Err(UpdateError::OtherManifest.into());
        }
        let manifest = trust.verify_bundle::<Manifest<'_>>(&bundle)?.claims();
        manifest.suits(device.running, self.record.floor, device.time)?;
        if manifest.size > self.image.capacity() {
            return Err(UpdateError::NoRoom.into());
        }
        Ok((manifest.chunk_bytes, manifest.chunk_count()))
    }

    fn take_chunk(
        &mut self,
        index: u32,
        path: &[Digest],
        bytes: &[u8],
        device: &Device<'_>,
    ) -> Result<Answered, InputError<S::Error>> {
        let judged = self.manifest(|manifest| {
            if device.time > manifest.valid_until {
                return Err(UpdateError::Expired);
            }
            let count = manifest.chunk_count();
            let is_right = index == self.stored
                && u32::try_from(bytes.len()) == Ok(manifest.chunk_length(index))
                && tree::is_in(&manifest.chunks_root, count, index, &tree::leaf(bytes), path);
            if is_right {
                Ok((manifest.chunk_bytes.saturating_mul(index), count))
            } else {
                Err(UpdateError::WrongChunk)
            }
        });
        let (offset, count) = judged.unwrap_or(Err(UpdateError::NotBelieved))?;
        self.image.write(offset, bytes).map_err(|_| UpdateError::Storage)?;
        self.stored = self.stored.saturating_add(1);
        let saved = self.save_progress(count);
        self.came(count);
        saved.map(|()| Answered::Chunk)
    }

    /// Saves how many chunks are stored, each time when one of [`SAVES_MAX`] parts of the image is.
    fn save_progress(&mut self, count: u32) -> Result<(), InputError<S::Error>> {
        let is_due = self.stored == count || self.stored.is_multiple_of(count.div_ceil(SAVES_MAX));
        let Some(task) = self.record.task.filter(|_| is_due) else { return Ok(()) };
        self.image.flush().map_err(|_| UpdateError::Storage)?;
        let task = Task { stage: Stage::Loading(self.stored, count), ..task };
        // What cannot be saved now is saved with the next part, and only costs time after a restart.
        Ok(self.save_next(Record { task: Some(task), ..self.record })?)
    }

    /// A part came that is right: on with the next one, or with reading the image back.
    fn came(&mut self, count: u32) {
        self.schedule.answered();
        (self.wrong, self.wrong_rounds, self.was_refused) = (None, 0, false);
        if self.stored >= count {
            self.phase = Phase::ReadingBack(Sha256::new(), 0);
        }
    }
}

/// So many of the chunks that what is written next begins at a block.
fn whole_blocks(stored: u32, chunk_bytes: u32, block_bytes: u32) -> u32 {
    if !block_bytes.is_power_of_two() {
        return 0;
    }
    // Both are powers of two, so the greater is a multiple of the smaller.
    let chunks = block_bytes.checked_div(chunk_bytes).unwrap_or(0).max(1);
    stored.saturating_sub(stored.checked_rem(chunks).unwrap_or(stored))
}
