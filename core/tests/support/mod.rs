//! Keys, envelopes and machines that the tests of signatures and licences share.
//!
//! Everything is deterministic. Bytes are leaked where that keeps a test short: a test process
//! ends soon.

#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

pub(crate) mod hardware;

use ed25519_dalek::{Signer as _, SigningKey};
use hwlicense::extension::{Extension, Extensions};
use hwlicense::hwid::Hwid;
use hwlicense::license::{Binding, Class, ClassSet, EvidencePolicy, License, LicenseKey};
use hwlicense::signed::{
    Algorithm, Brands, Bundle, BundleWriter, Certificate, ENVELOPE_BYTES_MAX, Ed25519, Envelope, Header, Kind, KindSet,
    Label, Payload, PublicKey, RevocationList, RevocationListWriter, RootAction, RootChange, Trust, Verified,
    VerifyError, seal,
};
use hwlicense::time::UnixSeconds;

/// Seconds in a day.
pub(crate) const DAY: u64 = 86_400;
/// When the licences of these tests were issued: a day in 2027.
pub(crate) const ISSUED: u64 = 1_800_000_000;
/// The brand of these tests.
pub(crate) const BRAND: &str = "Acme";

/// Makes a value live as long as the test program.
pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// Makes bytes live as long as the test program.
pub(crate) fn leak_bytes(bytes: Vec<u8>) -> &'static [u8] {
    bytes.leak()
}

/// A key pair that follows from one byte.
#[derive(Clone)]
pub(crate) struct Key {
    secret: SigningKey,
    /// Its public half.
    pub(crate) public: PublicKey,
}

impl Key {
    pub(crate) fn new(seed: u8) -> Self {
        let secret = SigningKey::from_bytes(&[seed; 32]);
        let public = PublicKey::ed25519(secret.verifying_key().to_bytes());
        Self { secret, public }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }

    pub(crate) fn header(&self, kind: Kind, sequence: u64) -> Header {
        Header { kind, algorithm: Algorithm::Ed25519, key_id: self.public.id(), epoch: 1, sequence }
    }

    /// A payload in an envelope of epoch 1.
    pub(crate) fn seal<'p, T: Payload<'p>>(&self, payload: &T, sequence: u64) -> Vec<u8> {
        self.seal_in_epoch(payload, 1, sequence)
    }

    pub(crate) fn seal_in_epoch<'p, T: Payload<'p>>(&self, payload: &T, epoch: u32, sequence: u64) -> Vec<u8> {
        let mut buffer = vec![0; ENVELOPE_BYTES_MAX];
        let header = Header { epoch, ..self.header(T::KIND, sequence) };
        seal(header, payload, &mut buffer, |message| self.sign(message)).unwrap().to_vec()
    }

    /// Payload bytes in an envelope whose signature holds, whatever the bytes are.
    pub(crate) fn seal_bytes(&self, kind: u8, payload: &[u8]) -> Vec<u8> {
        RawEnvelope { kind, payload: payload.to_vec(), ..RawEnvelope::new(self) }.signed(self)
    }

    /// A licence of this issuer that is believed, with the root of [`root`].
    pub(crate) fn verified(&self, license: &License<'_>) -> Verified<'static, License<'static>> {
        let trust = trust_with(&[envelope(root().seal(&certificate(self), 1))]);
        trust.verify(&envelope(self.seal(license, 1))).unwrap()
    }
}

/// The root that the tests trust.
pub(crate) fn root() -> Key {
    Key::new(1)
}

/// The issuer that the root certifies.
pub(crate) fn issuer() -> Key {
    Key::new(2)
}

/// An envelope field by field, each varint as bytes, so that a test can write what `seal` never
/// would.
#[derive(Clone)]
pub(crate) struct RawEnvelope {
    pub(crate) magic: Vec<u8>,
    pub(crate) version: u8,
    pub(crate) kind: u8,
    pub(crate) algorithm: u8,
    pub(crate) key_id: [u8; 16],
    pub(crate) epoch: Vec<u8>,
    pub(crate) sequence: Vec<u8>,
    /// The length in front of the payload; its shortest form, if absent.
    pub(crate) length: Option<Vec<u8>>,
    pub(crate) payload: Vec<u8>,
}

impl RawEnvelope {
    /// An empty licence.
    pub(crate) fn new(key: &Key) -> Self {
        Self {
            magic: b"hwlicense:".to_vec(),
            version: 1,
            kind: Kind::License.number(),
            algorithm: 1,
            key_id: key.public.id().0,
            epoch: vec![1],
            sequence: vec![1],
            length: None,
            payload: Vec::new(),
        }
    }

    /// The bytes, signed.
    pub(crate) fn signed(&self, key: &Key) -> Vec<u8> {
        let length = self.length.clone().unwrap_or_else(|| varint(self.payload.len() as u64));
        let mut bytes = self.magic.clone();
        bytes.extend([self.version, self.kind, self.algorithm]);
        bytes.extend(self.key_id);
        for part in [&self.epoch, &self.sequence, &length, &self.payload] {
            bytes.extend(part);
        }
        bytes.extend(key.sign(&bytes));
        bytes
    }
}

/// The shortest varint of a number.
pub(crate) fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// Any structure in binary form.
pub(crate) fn encoded<T: serde::Serialize>(value: &T) -> Vec<u8> {
    let mut buffer = vec![0; 32_768];
    postcard::to_slice(value, &mut buffer).unwrap().to_vec()
}

/// Bytes as an envelope that lives as long as the test.
pub(crate) fn envelope(bytes: Vec<u8>) -> Envelope<'static> {
    Envelope::parse(leak_bytes(bytes)).unwrap()
}

/// Envelopes as a file.
pub(crate) fn bundle(envelopes: &[&[u8]]) -> Vec<u8> {
    let mut writer = BundleWriter::new();
    for envelope in envelopes {
        writer.push(envelope).unwrap();
    }
    let mut buffer = vec![0; hwlicense::signed::BUNDLE_BYTES_MAX];
    writer.write(&mut buffer).unwrap().to_vec()
}

/// Trust in [`root`].
pub(crate) fn trust() -> Trust<'static, Ed25519> {
    Trust::new(Ed25519, [root().public]).unwrap()
}

/// Trust in [`root`] and in what the envelopes say.
pub(crate) fn trust_with(envelopes: &[Envelope<'static>]) -> Trust<'static, Ed25519> {
    let mut trust = trust();
    for envelope in envelopes {
        trust.admit(envelope).unwrap();
    }
    trust
}

/// Trust in [`root`] and, through it, in [`issuer`].
pub(crate) fn trust_in_issuer() -> Trust<'static, Ed25519> {
    trust_with(&[envelope(root().seal(&certificate(&issuer()), 1))])
}

/// What a program does with a file that it was given.
pub(crate) fn open<'a>(trust: &Trust<'a, Ed25519>, bytes: &'a [u8]) -> Result<Verified<'a, License<'a>>, VerifyError> {
    trust.verify_bundle(&Bundle::parse(bytes)?)
}

/// A certificate that covers whatever these tests issue.
pub(crate) fn certificate(issuer: &Key) -> Certificate<'static> {
    Certificate {
        algorithm: 1,
        public_key: issuer.public.bytes,
        name: "Acme licence desk".into(),
        kinds: KindSet::of(&[Kind::License, Kind::RevocationList]),
        brands: Brands::Any,
        classes: ClassSet::ALL,
        count_max: 1_000,
        issued: UnixSeconds(ISSUED - 300 * DAY),
        valid_from: UnixSeconds(ISSUED - 300 * DAY),
        valid_until: UnixSeconds(ISSUED + 300 * DAY),
        extensions: Extensions::new(),
    }
}

/// The HWID of no machine in these tests.
pub(crate) const SOME_HWID: Hwid = Hwid { scheme: 3, bytes: [0x5a; 16] };

/// A licence without an end, for some machine.
pub(crate) fn license() -> License<'static> {
    License {
        key: LicenseKey::from_random(*b"0123456789"),
        brand: BRAND.into(),
        class: Class::PROFESSIONAL,
        count: 16,
        holder: "Harbour Authority".into(),
        edition: "Enterprise".into(),
        maintenance_until: Some(UnixSeconds(ISSUED + 365 * DAY)),
        features: ["failover", "video-wall"].map(Label::from).into_iter().collect(),
        binding: Binding::Strict(SOME_HWID),
        evidence: EvidencePolicy::default(),
        issued: UnixSeconds(ISSUED),
        not_before: UnixSeconds(ISSUED),
        expires: None,
        grace_offline_s: hwlicense::license::GRACE_OFFLINE_S,
        grace_changed_s: 0,
        contact_required: false,
        extensions: Extensions::new(),
    }
}

/// A list with these entries.
pub(crate) fn list(entries: &[hwlicense::signed::Revocation]) -> RevocationList<'static> {
    let mut writer = RevocationListWriter::new();
    for entry in entries {
        writer.push(*entry).unwrap();
    }
    RevocationList::new(UnixSeconds(ISSUED), leak(writer))
}

/// A change of a root.
pub(crate) fn root_change(action: RootAction, of: &Key, issued: u64) -> RootChange<'static> {
    RootChange {
        action,
        algorithm: 1,
        public_key: of.public.bytes,
        issued: UnixSeconds(issued),
        extensions: Extensions::new(),
    }
}

/// A list of one extension.
pub(crate) fn extensions(list: &[(u16, bool, &'static [u8])]) -> Extensions<'static> {
    list.iter().map(|&(tag, critical, bytes)| Extension { tag, critical, bytes }).collect()
}
