//! What a device remembers of its updates over a restart.

use serde::Serialize;

use crate::decode::Reader;
use crate::extension::{self, Extensions};
use crate::slots::{Magic, WRITE_BYTES};
use crate::update::error::UpdateError;
use crate::update::manifest::UpdateId;
use crate::update::offer::{Progress, Report};
use crate::update::version::Version;

/// Bytes that each slot of the storage must have.
pub const UPDATE_SLOT_BYTES: u32 = 512;
/// Largest record in bytes.
pub(super) const RECORD_BYTES_MAX: usize = 512 - WRITE_BYTES;
pub(super) static MAGIC: Magic = *b"HWLU\x01\0\0\0";

/// How often one update is begun before it is given up.
pub const ATTEMPTS_MAX: u8 = 3;

/// How far an update has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Stage {
    /// So many chunks of so many are stored, from the first on.
    Loading(u32, u32),
    /// The vendor's updater has it: what runs after the next start says what became of it.
    HandedOver(Version, u32),
    /// It runs, and no server knows it yet.
    Installed,
    /// It failed, and no server knows it yet. The number is that of an [`UpdateError`].
    Failed(u16),
    /// It failed, and a server was told.
    Told,
}

/// The update that a device is at, or was at last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Task {
    pub(super) update: UpdateId,
    /// How often it failed.
    pub(super) failures: u8,
    pub(super) stage: Stage,
}

impl Task {
    /// What a server is told of it.
    pub(super) fn report(&self) -> Option<Report> {
        let progress = match self.stage {
            Stage::Loading(stored, count) => Progress::Downloading(thousandths(stored, count)),
            Stage::HandedOver(..) => Progress::Ready,
            Stage::Installed => Progress::Installed,
            Stage::Failed(number) => Progress::Failed(number),
            Stage::Told => return None,
        };
        Some(Report { update: self.update, progress })
    }
}

fn thousandths(stored: u32, count: u32) -> u16 {
    let share = u64::from(stored).saturating_mul(1_000).checked_div(count.into());
    share.and_then(|share| u16::try_from(share).ok()).unwrap_or(1_000)
}

/// All that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The highest security version that this device ever ran.
    pub(super) floor: u32,
    pub(super) task: Option<Task>,
}

impl Record {
    /// That of a device that was never updated.
    pub(super) const fn erased() -> Self {
        Self { floor: 0, task: None }
    }

    /// What is saved.
    pub(super) fn saved(&self) -> impl Serialize + use<> {
        (self.floor, self.task, Extensions::<'static>::new())
    }

    /// Reads what [`Self::saved`] wrote. A record with a critical extension that this software does not
    /// know is none.
    pub(super) fn take(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let floor = reader.u32();
        let task = reader.option(|reader| Task {
            update: reader.array(),
            failures: reader.byte(),
            stage: match reader.u32() {
                0 => Stage::Loading(reader.u32(), reader.u32()),
                1 => Stage::HandedOver(Version::read(reader), reader.u32()),
                2 => Stage::Installed,
                3 => Stage::Failed(reader.u16()),
                4 => Stage::Told,
                _ => {
                    reader.fail();
                    Stage::Told
                }
            },
        });
        let mut extensions = Extensions::new();
        extension::read(&mut extensions, &mut reader);
        let is_good = reader.is_at_end() && !extension::unknown_critical(&extensions);
        is_good.then_some(Self { floor, task })
    }

    /// The task of an update, if it is the one that is remembered.
    pub(super) fn task_of(&self, update: &UpdateId) -> Option<Task> {
        self.task.filter(|task| task.update == *update)
    }

    /// The same after an update failed.
    pub(super) fn failed(self, update: UpdateId, error: UpdateError) -> Self {
        let failures = self.task_of(&update).map_or(0, |task| task.failures);
        let failures = if may_be_repeated(error) { failures.saturating_add(1) } else { ATTEMPTS_MAX };
        Self { task: Some(Task { update, failures, stage: Stage::Failed(error.number()) }), ..self }
    }

    /// The same after a start with what runs now.
    pub(super) fn started(self, version: Version, security_version: u32, restart: Restart) -> Self {
        let next = Self { floor: self.floor.max(security_version), ..self };
        let Some(Task { update, failures, stage: Stage::HandedOver(handed, secure) }) = next.task else {
            return next;
        };
        if handed == version {
            let task = Task { update, failures, stage: Stage::Installed };
            return Self { floor: next.floor.max(secure), task: Some(task) };
        }
        match restart {
            Restart::Device => next.failed(update, UpdateError::NotStarted),
            Restart::Program => next,
        }
    }
}

/// What started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Restart {
    /// The device: it runs what was handed over, or it will not.
    Device,
    /// Only the program that downloads updates: the device may still start with what was handed over.
    Program,
}

/// Whether another attempt may end better: the same image on the same device.
const fn may_be_repeated(error: UpdateError) -> bool {
    matches!(
        error,
        UpdateError::OtherManifest
            | UpdateError::NotBelieved
            | UpdateError::WrongChunk
            | UpdateError::WrongImage
            | UpdateError::Storage
            | UpdateError::NotInstalled
            | UpdateError::NotStarted
    )
}
