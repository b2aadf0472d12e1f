//! A vendor who signs an update, a server that hands it out, and a camera that is updated.

#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

pub(crate) mod board;

use hwlicense::extension::Extensions;
use hwlicense::hwid::Hwid;
use hwlicense::primary::frame::{FRAME_HEAD_BYTES, Purpose, read_any_head};
use hwlicense::signed::{Certificate, Ed25519, Envelope, Kind, KindSet, Trust};
use hwlicense::time::UnixSeconds;
use hwlicense::update::client::{
    Answered, Device, Downloader, HandOverError, Handover, InputError, Restart, SaveError, Start,
};
use hwlicense::update::{
    Fetch, FetchRefusal, Fetched, Manifest, Offer, Part, Progress, Report, Running, UpdateId, Version, tree, update_id,
};

use sha2::Digest as _;

use self::board::{Board, BoardError};
use crate::support::{BRAND, DAY, ISSUED, Key, SOME_HWID, bundle, certificate, issuer, root, trust};

/// Bytes of a chunk.
pub(crate) const CHUNK: usize = 1_024;
/// The machine.
pub(crate) const HWID: Hwid = SOME_HWID;
/// What the server gives out to this machine.
pub(crate) const TICKET: [u8; 16] = [0x77; 16];

pub(crate) fn version(text: &str) -> Version {
    text.parse().unwrap()
}

/// What looks random, and is the same for the same seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// An image of so many bytes.
pub(crate) fn image(bytes: usize, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    (0..bytes).map(|_| random.next() as u8).collect()
}

/// The issuer of updates, certified.
pub(crate) fn desk() -> Vec<u8> {
    desk_of(&issuer())
}

pub(crate) fn desk_of(issuer: &Key) -> Vec<u8> {
    let kinds = KindSet::of(&[Kind::UpdateManifest, Kind::RevocationList]);
    root().seal(&Certificate { kinds, ..certificate(issuer) }, 1)
}

/// An update as the vendor publishes it.
#[derive(Clone)]
pub(crate) struct Update {
    pub(crate) id: UpdateId,
    pub(crate) bundle: Vec<u8>,
    pub(crate) image: Vec<u8>,
    pub(crate) version: Version,
    pub(crate) security_version: u32,
    pub(crate) leaves: Vec<tree::Digest>,
}

/// What a vendor says of an image.
pub(crate) fn manifest(image: &[u8]) -> Manifest<'static> {
    let mut builder = tree::Builder::new();
    image.chunks(CHUNK).for_each(|chunk| builder.push(tree::leaf(chunk)));
    Manifest {
        issued: UnixSeconds(ISSUED),
        valid_until: UnixSeconds(ISSUED + 30 * DAY),
        brand: BRAND.into(),
        component: "firmware".into(),
        models: ["NG-200", "NG-210"].map(Into::into).into_iter().collect(),
        hardware_min: 2,
        hardware_max: 4,
        version: version("2.7.1"),
        security_version: 5,
        version_min: version("2.0"),
        size: image.len().try_into().unwrap(),
        sha256: sha256(image),
        chunk_bytes: CHUNK as u32,
        chunks_root: builder.root().unwrap(),
        share: 1_000,
        extensions: Extensions::new(),
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

impl Update {
    /// One of an image with this manifest, signed by this key.
    pub(crate) fn signed(image: &[u8], manifest: &Manifest<'static>, by: &Key, desk: &[u8]) -> Self {
        let envelope = by.seal(manifest, 1);
        Self {
            id: update_id(&Envelope::parse(&envelope).unwrap()),
            bundle: bundle(&[&envelope, desk]),
            image: image.to_vec(),
            version: manifest.version,
            security_version: manifest.security_version,
            leaves: image.chunks(CHUNK).map(tree::leaf).collect(),
        }
    }

    pub(crate) fn new(image: &[u8], manifest: &Manifest<'static>) -> Self {
        Self::signed(image, manifest, &issuer(), &desk())
    }

    /// One that suits the camera, of so many bytes.
    pub(crate) fn good(bytes: usize) -> Self {
        let image = image(bytes, 1);
        Self::new(&image, &manifest(&image))
    }

    pub(crate) const fn offer(&self) -> Offer {
        Offer { update: self.id, ticket: TICKET }
    }

    /// What an honest server answers.
    pub(crate) fn answer(&self, fetch: &Fetch) -> Vec<u8> {
        assert_eq!((fetch.hwid, fetch.ticket), (HWID, TICKET));
        if fetch.update != self.id {
            return body(&Fetched::Refused(FetchRefusal::UnknownUpdate.number()));
        }
        match fetch.part {
            Part::Manifest => body(&Fetched::Manifest(&self.bundle)),
            Part::Chunk(index) => self.chunk(index),
        }
    }

    pub(crate) fn chunk(&self, index: u32) -> Vec<u8> {
        let at = index as usize;
        let path = tree::path(&self.leaves, at).unwrap();
        body(&Fetched::Chunk { index, path: &path, bytes: self.image.chunks(CHUNK).nth(at).unwrap() })
    }
}

/// The body of an answer.
pub(crate) fn body(answer: &Fetched<'_>) -> Vec<u8> {
    let mut buffer = vec![0; 65_535];
    answer.write(&mut buffer).unwrap().to_vec()
}

/// What the camera runs from the factory.
pub(crate) fn factory() -> Running<'static> {
    Running {
        brand: BRAND.into(),
        component: "firmware".into(),
        model: "NG-210".into(),
        hardware: 3,
        version: version("2.7"),
        security_version: 4,
        report: None,
    }
}

/// A camera.
pub(crate) struct Camera {
    pub(crate) board: Board,
    pub(crate) downloader: Downloader<Board, Board>,
    pub(crate) running: Running<'static>,
    pub(crate) trust: Trust<'static, Ed25519>,
    pub(crate) uptime: u64,
    pub(crate) time: u64,
    pub(crate) servers: u8,
}

impl Camera {
    pub(crate) fn new() -> Self {
        Self::with(Board::new(1), factory())
    }

    pub(crate) fn with(board: Board, running: Running<'static>) -> Self {
        let downloader = Downloader::new(board.clone(), board.clone());
        let mut camera = Self { board, downloader, running, trust: trust(), uptime: 0, time: ISSUED + DAY, servers: 1 };
        camera.restart().unwrap();
        camera
    }

    /// The device starts, with what it runs.
    pub(crate) fn restart(&mut self) -> Result<(), SaveError<BoardError>> {
        self.restart_of(Restart::Device)
    }

    pub(crate) fn restart_of(&mut self, restart: Restart) -> Result<(), SaveError<BoardError>> {
        self.board.power_on();
        self.uptime = 0;
        self.downloader = Downloader::new(self.board.clone(), self.board.clone());
        self.downloader.start(Start { running: &self.running, restart, seed: 7, servers: self.servers })
    }

    /// A contact in which everything goes well.
    pub(crate) fn contact(&mut self, offer: Option<Offer>) -> Option<Report> {
        let report = self.downloader.report();
        let _ = self.downloader.handle_reply(self.uptime, offer, report);
        report
    }

    pub(crate) fn device(&self) -> Device<'_> {
        Device { hwid: HWID, running: &self.running, time: UnixSeconds(self.time) }
    }

    /// What is asked now, if something is, and of which server.
    pub(crate) fn poll(&mut self) -> Option<(u8, Fetch)> {
        let _ = self.downloader.handle_timeout(self.uptime);
        let mut buffer = [0; 160];
        let transmit = self.downloader.poll_transmit(self.uptime, HWID, &mut buffer).unwrap()?;
        let (head, body) = transmit.frame.split_first_chunk::<FRAME_HEAD_BYTES>().unwrap();
        assert_eq!(read_any_head(*head), Ok((Purpose::Updates, body.len())));
        Some((transmit.server, Fetch::parse(body).unwrap()))
    }

    /// What is asked next; waits until something is. `None`: nothing will be.
    pub(crate) fn ask(&mut self) -> Option<(u8, Fetch)> {
        loop {
            if let Some(asked) = self.poll() {
                return Some(asked);
            }
            match self.downloader.poll_timeout() {
                Some(u64::MAX) => return None,
                Some(at) => self.uptime = at.max(self.uptime),
                None => {}
            }
        }
    }

    pub(crate) fn hear(&mut self, body: &[u8]) -> Result<Answered, InputError<BoardError>> {
        let device = Device { hwid: HWID, running: &self.running, time: UnixSeconds(self.time) };
        let taken = self.downloader.handle_input(self.uptime, body, &self.trust, &device);
        if taken.is_err() {
            let _ = self.downloader.handle_failure(self.uptime);
        }
        taken
    }

    /// Fetches all that an honest server has, until nothing more is asked.
    pub(crate) fn fetch(&mut self, update: &Update) {
        while !self.board.is_dark()
            && let Some((_, fetch)) = self.ask()
        {
            let _ = self.hear(&update.answer(&fetch));
        }
    }

    pub(crate) fn hand_over(&mut self) -> Result<Handover, HandOverError<BoardError>> {
        let device = Device { hwid: HWID, running: &self.running, time: UnixSeconds(self.time) };
        self.downloader.hand_over(&self.trust, &device)
    }

    /// A contact, and all that follows from it until the device has started anew: whether it runs the
    /// update. Power cuts end it early.
    pub(crate) fn update(&mut self, update: &Update) -> bool {
        self.contact(Some(update.offer()));
        self.fetch(update);
        if let Ok(handover) = self.hand_over() {
            assert!(handover.clearance.grant().is_some());
            assert!(self.board.image_starts_with(&update.image), "an image is handed over that is not the vendor's");
            self.install(update);
        }
        self.running.version == update.version
    }

    /// What the vendor's updater does: from the next start on the update runs.
    pub(crate) fn install(&mut self, update: &Update) {
        self.running.version = update.version;
        self.running.security_version = update.security_version;
    }

    pub(crate) fn progress(&self) -> Option<Progress> {
        self.downloader.report().map(|report| report.progress)
    }
}
