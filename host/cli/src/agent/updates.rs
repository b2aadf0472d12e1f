//! Updates on a Linux device: core's downloader decides, and this carries bytes for it.
//!
//! The folder of `--updates` holds two slots for its record, the image while it is fetched, and the id of
//! the boot in which the agent last ran.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use hwlicense::hwid::Hwid;
use hwlicense::primary::frame::FRAME_HEAD_BYTES;
use hwlicense::signed::{Label, SignatureVerifier, Trust};
use hwlicense::time::UnixSeconds;
use hwlicense::update::client::{Device, Downloader, Image, InputError, Restart, Start};
use hwlicense::update::{Offer, Progress, RUNNING_BYTES_MAX, Report, Running, UpdateError, Version};
use hwlicense_probe::HexBytes;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::exchange::{Connection, Server, Transport, Trouble, fetch};
use super::missing;
use super::slots::Slots;
use super::status::UpdateStatus;
use super::updater::{self, Verdict};
use crate::exit::Failure;

/// Largest frame that asks for a part.
const REQUEST_BYTES_MAX: usize = FRAME_HEAD_BYTES + 155;

/// How updates are made.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct UpdateArgs {
    /// Take software updates, and keep them in this folder while they are fetched
    #[arg(long, value_name = "DIR", requires_all = ["updater", "component", "model", "software_version"], conflicts_with = "once")]
    updates: Option<PathBuf>,
    /// Program that installs an image: it gets its path, and answers with exit code 0 if it took it
    #[arg(long, value_name = "PROGRAM", requires = "updates")]
    updater: Option<PathBuf>,
    /// Component that is updated: firmware, recorder
    #[arg(long, requires = "updates")]
    component: Option<String>,
    /// Model of this device
    #[arg(long, requires = "updates")]
    model: Option<String>,
    /// Revision of the hardware
    #[arg(long, default_value_t = 0, requires = "updates")]
    hardware: u16,
    /// Version that runs: 2.7.1 or 2.7.1+345
    #[arg(long, value_name = "VERSION", requires = "updates")]
    software_version: Option<Version>,
    /// Security version of what runs
    #[arg(long, value_name = "NUMBER", default_value_t = 0, requires = "updates")]
    security_version: u32,
}

impl UpdateArgs {
    /// Begins with what the folder holds; nothing, if no updates are wanted.
    pub(super) fn open(&self, brand: &str, seed: u64, servers: u8) -> Result<Option<Updates>, Failure> {
        let Some(folder) = &self.updates else { return Ok(None) };
        let (Some(program), Some(component), Some(model), Some(version)) =
            (&self.updater, &self.component, &self.model, self.software_version)
        else {
            return Err(missing());
        };
        let facts = Facts {
            brand: brand.to_owned(),
            component: component.clone(),
            model: model.clone(),
            hardware: self.hardware,
            version,
            security_version: self.security_version,
        };
        facts.check()?;
        let slots = Slots::open(folder)?;
        let image = ImageFile::open(folder)?;
        let mut downloader = Downloader::new(slots, image);
        let start = Start { running: &facts.running(None), restart: restart_in(folder)?, seed, servers };
        downloader
            .start(start)
            .map_err(|error| Failure::internal("updates-not-saved", format!("{}: {error}", folder.display())))?;
        remember_boot(folder)?;
        Ok(Some(Updates {
            downloader,
            facts,
            program: program.clone(),
            fetching: None,
            connection: None,
            installing: None,
            trouble: None,
            told: None,
        }))
    }
}

/// What the device runs.
#[derive(Clone, Debug)]
struct Facts {
    brand: String,
    component: String,
    model: String,
    hardware: u16,
    version: Version,
    security_version: u32,
}

impl Facts {
    fn running(&self, report: Option<Report>) -> Running<'_> {
        Running {
            brand: Label::from(self.brand.as_str()),
            component: Label::from(self.component.as_str()),
            model: Label::from(self.model.as_str()),
            hardware: self.hardware,
            version: self.version,
            security_version: self.security_version,
            report,
        }
    }

    /// Whether a server can be told of it.
    fn check(&self) -> Result<(), Failure> {
        self.running(None).write(&mut [0; RUNNING_BYTES_MAX]).map(|_| ()).map_err(|_| {
            Failure::usage(
                "name-too-long",
                "the component or the model has a name that is too long, or that cannot be printed",
                "Use at most 32 bytes of printable text for --component and --model.",
            )
        })
    }
}

/// The image, as a file.
#[derive(Debug)]
pub(super) struct ImageFile {
    file: File,
    path: PathBuf,
}

impl ImageFile {
    fn open(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("image");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&path).map_err(|error| Failure::file("open", &path, &error))?;
        Ok(Self { file, path })
    }
}

impl Image for ImageFile {
    type Error = io::Error;

    /// The disk says when it is full.
    fn capacity(&self) -> u32 {
        u32::MAX
    }

    fn block_bytes(&self) -> u32 {
        1
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, offset.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(bytes, offset.into())
    }
}

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Whether the device started since the agent last ran, or only the agent.
fn restart_in(folder: &Path) -> Result<Restart, Failure> {
    let path = folder.join("boot");
    let known = match std::fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        known => known.map_err(|error| Failure::file("read", &path, &error))?,
    };
    let now = std::fs::read(BOOT_ID).map_err(|error| Failure::file("read", Path::new(BOOT_ID), &error))?;
    Ok(if known == now { Restart::Program } else { Restart::Device })
}

fn remember_boot(folder: &Path) -> Result<(), Failure> {
    let path = folder.join("boot");
    let copied = std::fs::read(BOOT_ID).and_then(|id| std::fs::write(&path, id));
    copied.map_err(|error| Failure::file("write", &path, &error))
}

/// Where parts are fetched.
pub(super) struct Site<'s> {
    pub(super) servers: &'s [Server],
    pub(super) transport: &'s Transport,
}

/// Something that was waited for.
pub(super) enum Happened {
    /// A part came, or did not.
    Fetched(Result<(Connection, Vec<u8>), Trouble>),
    /// The vendor's program ended.
    Installed(Verdict),
}

/// A part that is being fetched, and the connection given back.
type Fetching = JoinHandle<Result<(Connection, Vec<u8>), Trouble>>;

/// Updates at work.
pub(super) struct Updates {
    downloader: Downloader<Slots, ImageFile>,
    facts: Facts,
    program: PathBuf,
    fetching: Option<Fetching>,
    /// Kept from one part to the next.
    connection: Option<Connection>,
    installing: Option<JoinHandle<Verdict>>,
    trouble: Option<String>,
    told: Option<UpdateStatus>,
}

impl Updates {
    /// What a server is told of an update.
    pub(super) fn report(&self) -> Option<Report> {
        self.downloader.report()
    }

    /// What the device runs, for a request.
    pub(super) fn running(&self) -> Vec<u8> {
        let mut buffer = [0; RUNNING_BYTES_MAX];
        let running = self.facts.running(self.report());
        // The names were looked at when the agent began.
        running.write(&mut buffer).map_or_else(|_| Vec::new(), <[u8]>::to_vec)
    }

    /// Takes what a reply offers.
    pub(super) fn replied(&mut self, now: u64, offer: Option<Offer>, reported: Option<Report>) {
        let saved = self.downloader.handle_reply(now, offer, reported);
        self.note(saved);
    }

    /// Does what is due, and gives what there is to say.
    pub(super) fn step<V: SignatureVerifier>(
        &mut self,
        now: u64,
        site: &Site<'_>,
        trust: &Trust<'_, V>,
        hwid: Hwid,
        time: UnixSeconds,
    ) -> Vec<Value> {
        // Reading back goes on until it is done: the disk is fast.
        loop {
            let saved = self.downloader.handle_timeout(now);
            self.note(saved);
            if self.downloader.poll_timeout().is_some() || self.fetch(now, site, hwid) {
                break;
            }
        }
        if self.downloader.is_ready() {
            self.install(trust, hwid, time);
        }
        self.news()
    }

    /// Sends the request that is due; whether nothing more is to be done now.
    fn fetch(&mut self, now: u64, site: &Site<'_>, hwid: Hwid) -> bool {
        if self.fetching.is_some() {
            return true;
        }
        let mut buffer = [0; REQUEST_BYTES_MAX];
        let transmit = match self.downloader.poll_transmit(now, hwid, &mut buffer) {
            Ok(Some(transmit)) => transmit,
            Ok(None) => return false,
            Err(error) => {
                self.trouble = Some(error.to_string());
                return true;
            }
        };
        if let Some(server) = site.servers.get(usize::from(transmit.server)) {
            let (kept, frame) = (self.connection.take(), transmit.frame.to_vec());
            self.fetching = Some(tokio::spawn(fetch(kept, server.clone(), site.transport.clone(), frame)));
        }
        true
    }

    /// Hands the image to the vendor's program.
    fn install<V: SignatureVerifier>(&mut self, trust: &Trust<'_, V>, hwid: Hwid, time: UnixSeconds) {
        let running = self.facts.running(None);
        let device = Device { hwid, running: &running, time };
        let handover = match self.downloader.hand_over(trust, &device) {
            Ok(handover) => handover,
            Err(error) => return self.trouble = Some(error.to_string()),
        };
        let image = self.downloader.image();
        // An older image may have been longer.
        let is_cut = image.file.set_len(handover.size.into()).and_then(|()| image.file.sync_all());
        match (handover.clearance.grant(), is_cut) {
            (Some(cleared), Ok(())) => {
                self.installing = Some(updater::start(&self.program, &image.path, &handover, cleared));
            }
            (_, cut) => {
                self.trouble = cut.err().map(|error| error.to_string());
                let saved = self.downloader.handle_refusal();
                self.note(saved);
            }
        }
    }

    /// What happens next; never anything, while nothing is waited for.
    pub(super) async fn happened(&mut self) -> Happened {
        let broken = |error: tokio::task::JoinError| format!("it was broken off: {error}");
        if let Some(fetching) = &mut self.fetching {
            let fetched = fetching.await;
            return Happened::Fetched(
                fetched.unwrap_or_else(|error| Err(Trouble::unreachable(String::new(), broken(error)))),
            );
        }
        match &mut self.installing {
            Some(installing) => Happened::Installed(installing.await.unwrap_or_else(|error| Err(broken(error)))),
            None => core::future::pending().await,
        }
    }

    /// Takes what happened.
    pub(super) fn handle<V: SignatureVerifier>(
        &mut self,
        now: u64,
        happened: Happened,
        trust: &Trust<'_, V>,
        hwid: Hwid,
        time: UnixSeconds,
    ) {
        match happened {
            Happened::Fetched(fetched) => {
                self.fetching = None;
                self.take(now, fetched, trust, hwid, time);
            }
            Happened::Installed(verdict) => {
                self.installing = None;
                self.trouble = verdict.err();
                if self.trouble.is_some() {
                    let saved = self.downloader.handle_refusal();
                    self.note(saved);
                }
            }
        }
    }

    fn take<V: SignatureVerifier>(
        &mut self,
        now: u64,
        fetched: Result<(Connection, Vec<u8>), Trouble>,
        trust: &Trust<'_, V>,
        hwid: Hwid,
        time: UnixSeconds,
    ) {
        let running = self.facts.running(None);
        let device = Device { hwid, running: &running, time };
        let taken = fetched.map_err(|trouble| format!("{}: {}", trouble.server, trouble.message));
        let taken = taken.and_then(|(connection, body)| {
            self.connection = Some(connection);
            let answered = self.downloader.handle_input(now, &body, trust, &device);
            answered.map(|_| ()).or_else(|error| match error {
                // It was taken back while it was on its way.
                InputError::NotAsked => Ok(()),
                error => Err(error.to_string()),
            })
        });
        self.trouble = taken.err();
        if self.trouble.is_some() {
            let saved = self.downloader.handle_failure(now);
            self.note(saved);
        }
    }

    /// Seconds until something is due.
    pub(super) fn due(&self, now: u64) -> u64 {
        self.downloader.poll_timeout().map_or(0, |at| at.saturating_sub(now))
    }

    fn note<E: core::fmt::Display>(&mut self, saved: Result<(), E>) {
        if let Err(error) = saved {
            self.trouble = Some(error.to_string());
        }
    }

    /// How things are.
    pub(super) fn status(&self) -> UpdateStatus {
        let report = self.report();
        let (progress, stored_permille, failure) = match report.map(|report| report.progress) {
            None => ("none", None, None),
            Some(Progress::Downloading(stored)) => ("downloading", Some(stored), None),
            Some(Progress::Ready) => ("ready", Some(1_000), None),
            Some(Progress::Installed) => ("installed", None, None),
            Some(Progress::Failed(number)) => ("failed", None, Some(failure(number))),
        };
        UpdateStatus {
            running: self.facts.version.to_string(),
            progress: progress.to_owned(),
            id: report.map(|report| HexBytes(report.update.to_vec()).to_string()),
            stored_permille,
            trouble: self.trouble.clone().or(failure),
        }
    }

    /// What changed since it was last said; each thousandth is not worth a line.
    fn news(&mut self) -> Vec<Value> {
        let status = self.status();
        let same = self
            .told
            .as_ref()
            .is_some_and(|told| UpdateStatus { stored_permille: status.stored_permille, ..told.clone() } == status);
        if same {
            return Vec::new();
        }
        let event = json!({
            "event": "update", "progress": status.progress, "id": status.id, "running": status.running,
            "trouble": status.trouble,
        });
        self.told = Some(status);
        vec![event]
    }
}

/// Why an update failed, in words.
fn failure(number: u16) -> String {
    let known = UpdateError::ALL.iter().find(|error| error.number() == number);
    known.map_or_else(|| format!("it failed with number {number}"), |error| error.to_string())
}
