//! A Primary Server in a few lines, a device with flash that can lose its power, and a contact
//! between them.

#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

pub(crate) mod flash;

use hwlicense::extension::Extensions;
use hwlicense::hwid::{Hwid, Machine};
use hwlicense::license::{Class, EvidencePolicy, LicenseKey, Report};
use hwlicense::primary::client::{Answered, Client, Device, InputError, Start};
use hwlicense::primary::frame::FRAME_HEAD_BYTES;
use hwlicense::primary::{
    Answer, Authenticator, Entitlement, Lease, LeaseOrder, Operation, Outcome, Receipt, Refusal, Reply, Secret,
    SignedRequest, Wanted, enclosed_digest,
};
use hwlicense::signed::{Certificate, Ed25519, Envelope, Kind, KindSet, Trust};
use hwlicense::time::UnixSeconds;

use self::flash::{Flash, FlashError};
use crate::support::hardware;
use crate::support::{BRAND, DAY, ISSUED, Key, bundle, certificate, issuer, root, trust};

/// The ledger of these tests.
pub(crate) const LEDGER: [u8; 16] = *b"ledger of a site";
/// When the firmware of these tests was built.
pub(crate) const BUILT: u64 = ISSUED - 30 * DAY;
/// Longest frame of these tests.
const FRAME_BYTES: usize = 8_192;

/// The key of the Primary Server.
pub(crate) fn server_key() -> Key {
    Key::new(40)
}

/// The vendor's desk, certified.
pub(crate) fn desk() -> Vec<u8> {
    desk_of(&issuer())
}

/// Another desk, certified.
pub(crate) fn desk_of(issuer: &Key) -> Vec<u8> {
    let kinds = KindSet::of(&[Kind::Entitlement, Kind::License, Kind::RevocationList]);
    root().seal(&Certificate { kinds, ..certificate(issuer) }, 1)
}

/// What the site bought.
pub(crate) fn entitlement() -> Entitlement<'static> {
    Entitlement {
        key: LicenseKey::from_random(*b"0123456789"),
        brand: BRAND.into(),
        class: Class::EDGE,
        count: 100,
        per_client: 4,
        holder: "Harbour Authority".into(),
        edition: "Enterprise".into(),
        maintenance_until: None,
        features: ["failover"].map(Into::into).into_iter().collect(),
        evidence: EvidencePolicy::default(),
        ledger: LEDGER,
        algorithm: 1,
        public_key: server_key().public.bytes,
        issued: UnixSeconds(ISSUED),
        not_before: UnixSeconds(ISSUED),
        expires: Some(UnixSeconds(ISSUED + 365 * DAY)),
        serves_until: UnixSeconds(ISSUED + 3_650 * DAY),
        lease_s: Some(hwlicense::primary::LEASE_S),
        moves_max: 3,
        extensions: Extensions::new(),
    }
}

/// A lease of [`entitlement`] for the camera.
pub(crate) fn lease(time: u64, serial: u64) -> Lease<'static> {
    Lease {
        issued: UnixSeconds(time),
        entitlement: entitlement().key,
        hwid: hwid(),
        count: 4,
        from: UnixSeconds(time),
        until: Some(UnixSeconds(time + 30 * DAY)),
        ledger: LEDGER,
        ledger_epoch: 1,
        serial,
        extensions: Extensions::new(),
    }
}

/// The HWID of the camera.
pub(crate) fn hwid() -> Hwid {
    hardware::server().machine().hwid().unwrap()
}

/// A reply that a test can spoil before it is signed.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) key: Key,
    pub(crate) reply: Reply<'static>,
    pub(crate) enclosed: Vec<Vec<u8>>,
}

impl Draft {
    /// A reply that brings nothing but what proves the server.
    pub(crate) fn new(time: u64, request: [u8; 32], outcome: Outcome) -> Self {
        let reply = Reply {
            issued: UnixSeconds(time),
            request,
            hwid: hwid(),
            brand: BRAND.into(),
            ledger: LEDGER,
            ledger_epoch: 1,
            outcome,
            enclosed: heapless::Vec::new(),
            secret: None,
            extensions: Extensions::new(),
        };
        Self { key: server_key(), reply, enclosed: vec![desk(), issuer().seal(&entitlement(), 1)] }
    }

    /// One that brings a lease.
    pub(crate) fn licensed(time: u64, request: [u8; 32], lease: &Lease<'static>) -> Self {
        let mut draft = Self::new(time, request, Outcome::Licensed);
        draft.enclosed.push(draft.key.seal(lease, 1));
        draft
    }

    /// The bundle, with the digests of what is enclosed.
    pub(crate) fn bundle(&self) -> Vec<u8> {
        let digests = self.enclosed.iter().map(|envelope| enclosed_digest(&Envelope::parse(envelope).unwrap()));
        self.bundle_naming(digests.collect())
    }

    /// The bundle, with these digests.
    pub(crate) fn bundle_naming(&self, digests: Vec<[u8; 16]>) -> Vec<u8> {
        let reply = Reply { enclosed: digests.into_iter().collect(), ..self.reply.clone() };
        let reply = self.key.seal(&reply, 1);
        let envelopes: Vec<_> = core::iter::once(&reply).chain(&self.enclosed).map(Vec::as_slice).collect();
        bundle(&envelopes)
    }

    /// The body of the frame.
    pub(crate) fn body(&self) -> Vec<u8> {
        answer(&Answer::Reply(&self.bundle()))
    }
}

/// An answer as the body of a frame.
pub(crate) fn answer(answer: &Answer<'_>) -> Vec<u8> {
    let mut buffer = vec![0; 20_000];
    answer.write(&mut buffer).unwrap().to_vec()
}

/// An honest Primary Server with one entitlement, enough for one client.
#[derive(Clone)]
pub(crate) struct Server {
    /// Its clock.
    pub(crate) time: u64,
    pub(crate) ledger_epoch: u32,
    pub(crate) serial: u64,
    /// What it gave the client.
    pub(crate) secret: Option<Secret>,
    /// Whether the client has a licence.
    pub(crate) gives: bool,
    /// What it says else.
    pub(crate) refusal: Option<Refusal>,
    /// Highest contact counter.
    pub(crate) counter: u64,
    /// Whether a counter came that was not higher.
    pub(crate) saw_clone: bool,
    /// Envelopes that travel with each reply.
    pub(crate) news: Vec<Vec<u8>>,
}

impl Server {
    pub(crate) fn new() -> Self {
        let (ledger_epoch, serial, secret, refusal) = (1, 0, None, None);
        Self {
            time: ISSUED + DAY,
            ledger_epoch,
            serial,
            secret,
            gives: true,
            refusal,
            counter: 0,
            saw_clone: false,
            news: Vec::new(),
        }
    }

    /// The body of its answer to the body of a request.
    pub(crate) fn answer(&mut self, body: &[u8]) -> Vec<u8> {
        self.draft(body).body()
    }

    /// Its answer, not signed yet.
    pub(crate) fn draft(&mut self, body: &[u8]) -> Draft {
        let signed = SignedRequest::parse(body).unwrap();
        assert_eq!(signed.request.hwid(), Some(hwid()));
        self.saw_clone |= signed.request.counter <= self.counter;
        self.counter = self.counter.max(signed.request.counter);
        match self.secret {
            Some(secret) if signed.authenticator() != Authenticator::None => assert!(signed.verifies(&secret)),
            _ => self.secret = Some(Secret::new([9; 32])),
        }
        let outcome = match (signed.request.operation, self.refusal) {
            (_, Some(refusal)) => Outcome::refused(refusal),
            (Operation::Deactivate(_), None) => Outcome::Deactivated,
            (Operation::Contact, None) if self.gives => Outcome::Licensed,
            (Operation::Contact, None) => Outcome::Waiting,
        };
        let mut draft = Draft::new(self.time, signed.digest(), outcome);
        if outcome == Outcome::Licensed {
            self.serial += 1;
            let lease = Lease { ledger_epoch: self.ledger_epoch, ..lease(self.time, self.serial) };
            draft.enclosed.push(draft.key.seal(&lease, 1));
        }
        if outcome == Outcome::Deactivated {
            self.gives = false;
            draft.enclosed.push(draft.key.seal(&self.receipt(), 1));
        }
        draft.enclosed.extend(self.news.iter().cloned());
        draft.reply.ledger_epoch = self.ledger_epoch;
        draft.reply.secret = (signed.authenticator() == Authenticator::None).then_some(self.secret).flatten();
        draft
    }

    /// What it says of a deactivation.
    pub(crate) fn receipt(&self) -> Receipt<'static> {
        Receipt {
            issued: UnixSeconds(self.time),
            entitlement: entitlement().key,
            hwid: hwid(),
            ledger: LEDGER,
            up_to: LeaseOrder { ledger_epoch: self.ledger_epoch, serial: self.serial },
            free_from: None,
            extensions: Extensions::new(),
        }
    }
}

/// A device with its client.
pub(crate) struct Camera {
    pub(crate) client: Client<Flash>,
    pub(crate) flash: Flash,
    pub(crate) machine: Machine<'static>,
    pub(crate) trust: Trust<'static, Ed25519>,
    pub(crate) uptime: u64,
    pub(crate) wall: Option<u64>,
    pub(crate) servers: u8,
    pub(crate) brand: &'static str,
    /// What it says that it runs.
    pub(crate) running: &'static [u8],
    random: u64,
}

impl Camera {
    /// One with empty flash.
    pub(crate) fn new() -> Self {
        Self::with(Flash::new())
    }

    /// One that starts with this flash.
    pub(crate) fn with(flash: Flash) -> Self {
        Self::try_with(flash).unwrap()
    }

    pub(crate) fn try_with(flash: Flash) -> Result<Self, FlashError> {
        let client = Client::load(flash.clone(), start(1))?;
        let (machine, trust) = (hardware::server().machine(), trust());
        Ok(Self {
            client,
            flash,
            machine,
            trust,
            uptime: 0,
            wall: None,
            servers: 1,
            brand: BRAND,
            running: &[],
            random: 1,
        })
    }

    /// The power fails and returns.
    pub(crate) fn restart(&mut self) {
        self.try_restart().unwrap();
    }

    pub(crate) fn try_restart(&mut self) -> Result<(), FlashError> {
        self.flash.power_on();
        self.uptime = 0;
        self.client = Client::load(self.flash.clone(), start(self.servers))?;
        Ok(())
    }

    /// The request that is due, sent; waits until one is.
    pub(crate) fn ask(&mut self) -> Vec<u8> {
        loop {
            if let Some((_, body)) = self.poll() {
                return body;
            }
            self.uptime = self.client.poll_timeout().unwrap().max(self.uptime);
            self.client.handle_timeout(self.uptime).unwrap();
        }
    }

    /// The request that is ready, and for which server.
    pub(crate) fn poll(&mut self) -> Option<(u8, Vec<u8>)> {
        self.random += 1;
        let random = random(self.random);
        let mut buffer = vec![0; FRAME_BYTES];
        let device = Device { running: self.running, ..device(&self.machine, self.wall, self.brand) };
        let transmit = self.client.poll_transmit(self.uptime, &random, &device, &mut buffer).unwrap();
        transmit.map(|transmit| (transmit.server, transmit.frame[FRAME_HEAD_BYTES..].to_vec()))
    }

    /// A request to be carried.
    pub(crate) fn carry(&mut self) -> Vec<u8> {
        self.random += 1;
        let mut buffer = vec![0; FRAME_BYTES];
        let device = device(&self.machine, self.wall, self.brand);
        self.client.write_carried(self.uptime, &random(self.random), &device, &mut buffer).unwrap().to_vec()
    }

    pub(crate) fn hear(&mut self, body: &[u8]) -> Result<Answered, InputError<FlashError>> {
        let device = Device { running: self.running, ..device(&self.machine, self.wall, self.brand) };
        self.client.handle_input(self.uptime, body, &self.trust, &device)
    }

    /// A whole contact.
    pub(crate) fn contact(&mut self, server: &mut Server) -> Answered {
        let request = self.ask();
        let answer = server.answer(&request);
        self.hear(&answer).unwrap()
    }

    pub(crate) fn check(&mut self) -> Report {
        let device = device(&self.machine, self.wall, self.brand);
        self.client.check(self.uptime, &self.trust, &device, |_| {})
    }

    pub(crate) fn records(&mut self) -> bool {
        self.check().verdict.grant().is_some()
    }

    pub(crate) fn correct(&mut self, envelope: &[u8]) -> Result<(), InputError<FlashError>> {
        let device = device(&self.machine, self.wall, self.brand);
        self.client.handle_correction(self.uptime, envelope, &self.trust, &device)
    }

    /// Everything that a refusal must leave as it is.
    pub(crate) fn everything(&mut self) -> impl PartialEq + core::fmt::Debug + use<> {
        let report = self.check();
        let (floor, timeout) = (self.client.floor(self.uptime), self.client.poll_timeout());
        let kept = format!("{:?}", self.client);
        (self.flash.content(), report, self.client.state(), self.client.refusal(), floor, timeout, kept)
    }
}

/// How the client of these tests begins.
pub(crate) fn start(servers: u8) -> Start {
    Start { built: UnixSeconds(BUILT), seed: 7, servers, uptime_s: 0 }
}

/// Bytes that differ from request to request.
pub(crate) fn random(number: u64) -> [u8; 32] {
    let mut random = [0; 32];
    random[..8].copy_from_slice(&number.to_le_bytes());
    random[16..24].copy_from_slice(&number.to_be_bytes());
    random
}

/// What the camera says of itself.
pub(crate) fn device<'d>(machine: &'d Machine<'_>, wall: Option<u64>, brand: &'d str) -> Device<'d> {
    Device {
        identity: machine.identity(),
        enrollment: b"enrolment",
        wall: wall.map(UnixSeconds),
        brand: brand.into(),
        name: "quay 7".into(),
        software: "4.2 (1337)".into(),
        license_key: None,
        running: &[],
        wanted: Wanted { class: Class::EDGE, count: 4 },
    }
}
