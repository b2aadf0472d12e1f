//! A site for tests: a vendor, a server with its ledger, and devices that ask.

use std::path::Path;

use ed25519_dalek::{Signer as _, SigningKey};
use hwlicense::extension::{Extension, Extensions};
use hwlicense::hwid::Hwid;
use hwlicense::license::{Class, EvidencePolicy, LicenseKey};
use hwlicense::primary::{
    self, Authentication, Entitlement, Lease, ListMark, Operation, Outcome, Receipt, Reply, Request, Secret,
    SignedRequest, Wanted, write_request,
};
use hwlicense::signed::{
    Algorithm, Brands, Bundle, BundleWriter, Certificate, Ed25519, Envelope, Header, Kind, KindSet, Payload, PublicKey,
    Revocation, RevocationList, RevocationListWriter, Trust, Verified, seal,
};
use hwlicense::time::UnixSeconds;
use hwlicense::update::{EXTENSION_TAG, Offer, RUNNING_BYTES_MAX, Running};
use hwlicense_server::ledger::{self, Actor, Answer, Book, ImportError, Imported, Policy, ServerKey};
use hwlicense_server::store::sqlite::{Access, SqliteStore};
use hwlicense_server::store::{Store, StoreError, Transaction};

pub const NOW: u64 = 1_800_000_000;
pub const DAY: u64 = 86_400;
pub const BRAND: &str = "northgate";
pub const LEDGER: [u8; 16] = *b"ledger of a site";

/// A key of the vendor.
pub struct Key(SigningKey);

impl Key {
    pub fn new(seed: u8) -> Self {
        Self(SigningKey::from_bytes(&[seed; 32]))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey::ed25519(self.0.verifying_key().to_bytes())
    }

    pub fn seal<'p, T: Payload<'p>>(&self, payload: &T, sequence: u64) -> Vec<u8> {
        let key_id = self.public().id();
        let header = Header { kind: T::KIND, algorithm: Algorithm::Ed25519, key_id, epoch: 1, sequence };
        let mut buffer = [0; 4096];
        seal(header, payload, &mut buffer, |message| self.0.sign(message).to_bytes()).unwrap().to_vec()
    }
}

pub fn root() -> Key {
    Key::new(1)
}

pub fn issuer() -> Key {
    Key::new(2)
}

pub fn server_key() -> ServerKey {
    ServerKey::from_seed(&[40; 32])
}

pub fn certificate() -> Vec<u8> {
    let certificate = Certificate {
        algorithm: 1,
        public_key: issuer().public().bytes,
        name: "desk".into(),
        kinds: KindSet::of(&[Kind::Entitlement, Kind::RevocationList, Kind::UpdateManifest]),
        brands: Brands::Any,
        classes: hwlicense::license::ClassSet::ALL,
        count_max: u32::MAX,
        issued: UnixSeconds(NOW - 400 * DAY),
        valid_from: UnixSeconds(NOW - 400 * DAY),
        valid_until: UnixSeconds(NOW + 4000 * DAY),
        extensions: Extensions::new(),
    };
    root().seal(&certificate, 1)
}

pub fn bundle(envelopes: &[&[u8]]) -> Vec<u8> {
    let mut writer = BundleWriter::new();
    envelopes.iter().for_each(|envelope| writer.push(envelope).unwrap());
    writer.write(&mut [0; 16_384]).unwrap().to_vec()
}

pub fn key(number: u8) -> LicenseKey {
    LicenseKey::from_random([number, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

pub fn hwid(number: u32) -> Hwid {
    let mut bytes = [7; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Hwid { scheme: 3, bytes }
}

/// An entitlement of the edge class with leases of 30 days.
pub fn entitlement(number: u8, count: u32) -> Entitlement<'static> {
    Entitlement {
        key: key(number),
        brand: BRAND.into(),
        class: Class::EDGE,
        count,
        per_client: count.min(4),
        holder: "Harbour Authority".into(),
        edition: "Enterprise".into(),
        maintenance_until: None,
        features: heapless::Vec::new(),
        evidence: EvidencePolicy::default(),
        ledger: LEDGER,
        algorithm: 1,
        public_key: server_key().public().bytes,
        issued: UnixSeconds(NOW - DAY),
        not_before: UnixSeconds(NOW - DAY),
        expires: None,
        serves_until: UnixSeconds(NOW + 3650 * DAY),
        lease_s: Some(30 * 86_400),
        moves_max: 2,
        extensions: Extensions::new(),
    }
}

/// A server's ledger in a store, at a time of its own.
pub struct Site<S> {
    pub store: S,
    pub key: ServerKey,
    pub now: u64,
    pub policy: Policy,
    pub random: u8,
}

pub fn sqlite(folder: &Path) -> SqliteStore {
    SqliteStore::open(&folder.join("ledger.db"), Access::Write).unwrap()
}

impl<S: Store> Site<S> {
    pub fn new(mut store: S) -> Self {
        store.transaction(|tx| ledger::found(tx, LEDGER, UnixSeconds(NOW))).unwrap();
        Self { store, key: server_key(), now: NOW, policy: Policy::default(), random: 0 }
    }

    /// Opens the book in a transaction.
    pub fn with<R, E: From<StoreError>>(
        &mut self,
        mut work: impl FnMut(&mut Book<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        let (key, now, policy, random) = (&self.key, UnixSeconds(self.now), self.policy, &mut self.random);
        let mut fill = |bytes: &mut [u8]| {
            *random = random.wrapping_add(1);
            bytes.fill(*random);
        };
        self.store.transaction(|tx: &mut dyn Transaction| {
            let book = Book::open(tx, now, policy, key, &mut fill)?;
            work(&mut book.on_behalf_of(Actor::Administrator("anna")))
        })
    }

    pub fn import(&mut self, entitlement: &Entitlement<'_>) -> Result<Imported, ImportError> {
        let file = bundle(&[&issuer().seal(entitlement, 1), &certificate()]);
        self.with(|book| ledger::import_entitlement(book, &[root().public()], &file))
    }

    pub fn revoke(&mut self, sequence: u64, revocation: Revocation) -> Result<(), ImportError> {
        let mut entries = RevocationListWriter::new();
        entries.push(revocation).unwrap();
        let list = RevocationList::new(UnixSeconds(self.now), &entries);
        let file = bundle(&[&issuer().seal(&list, sequence), &certificate()]);
        self.with(|book| ledger::import_list(book, &[root().public()], &file))
    }

    /// Channels used, and in excess.
    pub fn used(&mut self, number: u8) -> (u32, u32) {
        let row = self.with(|book| book.rows().entitlement(key(number))).unwrap().unwrap();
        (row.used, row.excess)
    }

    /// Sends the body of a request, and verifies the answer as a client does.
    pub fn send(&mut self, body: &[u8]) -> Answered {
        self.try_send(body).unwrap()
    }

    /// The same where the store may fail.
    pub fn try_send(&mut self, body: &[u8]) -> Result<Answered, StoreError> {
        let signed = SignedRequest::parse(body).unwrap();
        let (key, now, policy, random) = (&self.key, UnixSeconds(self.now), self.policy, &mut self.random);
        let mut fill = |bytes: &mut [u8]| {
            *random = random.wrapping_add(1);
            bytes.fill(*random);
        };
        let answer: Answer =
            self.store.transaction(|tx| ledger::answer(&mut Book::open(tx, now, policy, key, &mut fill)?, &signed))?;
        Ok(Answered::read(&answer.seal(key).unwrap(), &signed))
    }

    /// Whether the books balance.
    pub fn assert_balanced(&mut self) {
        assert_eq!(self.with(ledger::balance).unwrap(), []);
    }
}

/// Numbers that a seed repeats (xorshift64*).
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1)
    }

    /// A number below the bound.
    pub fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % u64::from(bound)) as u32
    }
}

/// A short digest of bytes, as text (FNV-1a).
pub fn digest(bytes: &[u8]) -> String {
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    format!("{hash:016x}")
}

/// A reply as a client reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    pub outcome: Outcome,
    pub secret: Option<Secret>,
    pub epoch: u32,
    pub leases: Vec<(LicenseKey, u32, Option<u64>, u64)>,
    pub envelopes: Vec<Vec<u8>>,
    pub receipt: Option<Option<u64>>,
    pub has_list: bool,
    pub offer: Option<Offer>,
    pub bytes: Vec<u8>,
}

impl Answered {
    fn read(bytes: &[u8], signed: &SignedRequest<'_>) -> Self {
        let file = Bundle::parse(bytes).unwrap();
        let mut enclosed = file.envelopes();
        let reply = &enclosed.next().unwrap();
        let root = root().public();
        let mut trust = Trust::new(Ed25519, [root]).unwrap();
        for envelope in enclosed.clone().filter(|envelope| envelope.header().kind == Kind::Certificate) {
            trust.admit(&envelope).unwrap();
        }
        let of_kind = |kind| enclosed.clone().filter(move |envelope: &Envelope<'_>| envelope.header().kind == kind);
        let entitlements: Vec<Verified<'_, Entitlement<'_>>> =
            of_kind(Kind::Entitlement).map(|envelope| trust.verify(&envelope).unwrap()).collect();
        let claims = match entitlements.first() {
            Some(first) => trust.verify_delegated::<Entitlement<'_>, Reply<'_>>(first, reply).unwrap().claims(),
            None => reply.unverified::<Reply<'_>>().unwrap(),
        };
        assert_eq!(claims.request, signed.digest());
        let digests: Vec<_> = enclosed.clone().map(|envelope| primary::enclosed_digest(&envelope)).collect();
        assert_eq!(claims.enclosed.as_slice(), digests);
        let leases = of_kind(Kind::Lease).map(|envelope| {
            let key = envelope.unverified::<Lease<'_>>().unwrap().entitlement;
            let by = entitlements.iter().find(|by| by.claims().key == key).unwrap();
            let lease = trust.verify_delegated::<Entitlement<'_>, Lease<'_>>(by, &envelope).unwrap().claims();
            assert_eq!(lease.hwid, claims.hwid);
            (key, lease.count, lease.until.map(|until| until.0), lease.serial)
        });
        Self {
            outcome: claims.outcome,
            secret: claims.secret,
            epoch: claims.ledger_epoch,
            leases: leases.collect(),
            envelopes: of_kind(Kind::Lease).map(|envelope| envelope.bytes().to_vec()).collect(),
            receipt: of_kind(Kind::DeactivationReceipt)
                .map(|envelope| envelope.unverified::<Receipt<'_>>().unwrap().free_from.map(|time| time.0))
                .next(),
            has_list: of_kind(Kind::RevocationList).next().is_some(),
            offer: Offer::in_reply(&claims.extensions),
            bytes: bytes.to_vec(),
        }
    }
}

/// A device.
#[derive(Clone)]
pub struct Device {
    pub hwid: Hwid,
    pub previous: Option<Hwid>,
    pub name: String,
    pub secret: Option<Secret>,
    pub counter: u64,
    pub entered: Option<LicenseKey>,
    pub wanted: Wanted,
    pub held: Vec<Vec<u8>>,
    pub enrollment: Vec<u8>,
    pub evidence: u16,
    pub list: Option<ListMark>,
    pub salt: u8,
    pub running: Option<Running<'static>>,
}

impl Device {
    pub fn new(number: u32) -> Self {
        Self {
            hwid: hwid(number),
            previous: None,
            name: format!("camera {number}"),
            secret: None,
            counter: 0,
            entered: None,
            wanted: Wanted { class: Class::EDGE, count: 1 },
            held: Vec::new(),
            enrollment: Vec::new(),
            evidence: 4,
            list: None,
            salt: 0,
            running: None,
        }
    }

    /// The body of a request, and the next counter.
    pub fn request(&mut self, operation: Operation, with: Authentication<'_>) -> Vec<u8> {
        self.counter += 1;
        let mut id = [self.salt; 16];
        id[..8].copy_from_slice(&self.counter.to_be_bytes());
        let mut buffer = [0; RUNNING_BYTES_MAX];
        let running = self.running.map(|running| running.write(&mut buffer).unwrap());
        let extension = |bytes| Extension { tag: EXTENSION_TAG, critical: false, bytes };
        let request = Request {
            id,
            nonce: id,
            counter: self.counter,
            hwids: [self.hwid].into_iter().collect(),
            previous: self.previous,
            enrollment: &self.enrollment,
            evidence: self.evidence,
            brand: BRAND.into(),
            name: self.name.as_str().into(),
            software: "V 4.2 (1337)".into(),
            operation,
            license_key: self.entered,
            wanted: self.wanted,
            held: self.held.iter().map(Vec::as_slice).collect(),
            list: self.list,
            extensions: running.map(extension).into_iter().collect(),
            ..Request::default()
        };
        write_request(&request, with, &mut [0; 32_768]).unwrap().to_vec()
    }

    /// Asks, with the secret if there is one, and keeps what comes.
    pub fn ask<S: Store>(&mut self, site: &mut Site<S>, operation: Operation) -> Answered {
        let secret = self.secret;
        let with = secret.as_ref().map_or(Authentication::None, Authentication::Client);
        let body = self.request(operation, with);
        let answered = site.send(&body);
        self.keep(&answered);
        answered
    }

    pub fn keep(&mut self, answered: &Answered) {
        self.secret = answered.secret.or(self.secret);
        if !answered.envelopes.is_empty() {
            self.held = answered.envelopes.clone();
        }
    }

    pub fn contact<S: Store>(&mut self, site: &mut Site<S>) -> Answered {
        self.ask(site, Operation::Contact)
    }

    /// Contacts twice, so that the secret is confirmed.
    pub fn settle<S: Store>(&mut self, site: &mut Site<S>) -> Answered {
        self.contact(site);
        self.contact(site)
    }
}
