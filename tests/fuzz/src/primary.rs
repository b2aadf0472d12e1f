//! A client of a Primary Server whose flash is two arrays, and what a server would send it.

#![allow(dead_code, reason = "each target uses a part of it")]

use core::convert::Infallible;

use hwlicense::extension::Extensions;
use hwlicense::hardware::{Board, Descriptor};
use hwlicense::hwid::{Hwid, Machine};
use hwlicense::license::{Class, ClassSet, EvidencePolicy, LicenseKey};
use hwlicense::primary::client::{Device, SLOT_BYTES, Slot, Start, Storage, WRITE_BYTES};
use hwlicense::primary::{Entitlement, Lease, Outcome, Reply, Wanted};
use hwlicense::signed::{
    Algorithm, Brands, Certificate, ENVELOPE_BYTES_MAX, Header, KeyId, KindSet, Payload, PublicKey, SignatureAnswer,
    SignatureVerifier, seal,
};
use hwlicense::time::UnixSeconds;

/// Believes everything.
#[derive(Clone)]
pub(crate) struct Yes;

impl SignatureVerifier for Yes {
    fn verify(&self, _: &PublicKey, _: &[u8], _: &[u8; 64]) -> SignatureAnswer {
        SignatureAnswer::HOLDS
    }
}

pub(crate) const ROOT: PublicKey = PublicKey::ed25519([1; 32]);
pub(crate) const ISSUER: PublicKey = PublicKey::ed25519([2; 32]);
pub(crate) const SERVER: PublicKey = PublicKey::ed25519([3; 32]);
/// When everything was issued.
pub(crate) const TIME: UnixSeconds = UnixSeconds(1_800_000_000);
const LEDGER: [u8; 16] = *b"ledger of a site";

/// Two slots in memory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slots(pub(crate) [Vec<u8>; 2]);

impl Slots {
    pub(crate) fn new() -> Self {
        let size = usize::try_from(SLOT_BYTES).expect("a slot fits into memory");
        Self([vec![0xff; size], vec![0xff; size]])
    }

    fn part(&mut self, slot: Slot, offset: u32, length: usize) -> &mut [u8] {
        let [a, b] = &mut self.0;
        let slot = if slot == Slot::A { a } else { b };
        let offset = usize::try_from(offset).expect("an offset fits");
        slot.get_mut(offset..offset + length).expect("nothing is asked for beyond a slot")
    }
}

impl Storage for Slots {
    type Error = Infallible;

    fn read(&mut self, slot: Slot, offset: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.copy_from_slice(self.part(slot, offset, bytes.len()));
        Ok(())
    }

    fn erase(&mut self, slot: Slot) -> Result<(), Infallible> {
        self.part(slot, 0, usize::try_from(SLOT_BYTES).expect("it fits")).fill(0xff);
        Ok(())
    }

    fn write(&mut self, slot: Slot, offset: u32, bytes: &[u8; WRITE_BYTES]) -> Result<(), Infallible> {
        self.part(slot, offset, WRITE_BYTES).copy_from_slice(bytes);
        Ok(())
    }
}

/// What a client begins with.
pub(crate) fn start() -> Start {
    Start { built: UnixSeconds(TIME.0 - 1_000), seed: 1, servers: 1, uptime_s: 0 }
}

/// A camera with a serial number.
pub(crate) fn machine() -> Machine<'static> {
    let board = Board { vendor: "Axis".into(), serial: "B8A44F9A3C51".into(), ..Board::default() };
    Machine::read(&Descriptor { board, ..Descriptor::default() }).expect("the descriptor is within bounds")
}

pub(crate) fn device<'d>(machine: &'d Machine<'_>) -> Device<'d> {
    Device {
        identity: machine.identity(),
        enrollment: b"",
        wall: None,
        brand: "A".into(),
        name: "B".into(),
        software: "C".into(),
        license_key: None,
        running: &[],
        wanted: Wanted { class: Class::EDGE, count: 1 },
    }
}

fn sealed<'p, T: Payload<'p>>(payload: &T, key_id: KeyId) -> Vec<u8> {
    let header = Header { kind: T::KIND, algorithm: Algorithm::Ed25519, key_id, epoch: 1, sequence: 1 };
    let mut buffer = [0; ENVELOPE_BYTES_MAX];
    seal(header, payload, &mut buffer, |_| [1; 64]).expect("it is within bounds").to_vec()
}

/// Certificate, entitlement and lease.
pub(crate) fn chain(hwid: Hwid) -> Vec<Vec<u8>> {
    let certificate = Certificate {
        algorithm: 1,
        public_key: ISSUER.bytes,
        name: "desk".into(),
        kinds: KindSet::of(&[
            hwlicense::signed::Kind::Entitlement,
            hwlicense::signed::Kind::License,
            hwlicense::signed::Kind::RevocationList,
        ]),
        brands: Brands::Any,
        classes: ClassSet::ALL,
        count_max: 100,
        issued: TIME,
        valid_from: TIME,
        valid_until: UnixSeconds(u64::MAX),
        extensions: Extensions::new(),
    };
    let entitlement = Entitlement {
        key: LicenseKey::from_random([7; 10]),
        brand: "A".into(),
        class: Class::EDGE,
        count: 10,
        per_client: 4,
        holder: "H".into(),
        edition: "E".into(),
        maintenance_until: None,
        features: ["f"].map(Into::into).into_iter().collect(),
        evidence: EvidencePolicy::default(),
        ledger: LEDGER,
        algorithm: 1,
        public_key: SERVER.bytes,
        issued: TIME,
        not_before: TIME,
        expires: Some(UnixSeconds(TIME.0 * 2)),
        serves_until: UnixSeconds(TIME.0 * 2),
        lease_s: Some(1_000_000),
        moves_max: 1,
        extensions: Extensions::new(),
    };
    let lease = Lease {
        issued: TIME,
        entitlement: entitlement.key,
        hwid,
        count: 4,
        from: TIME,
        until: Some(UnixSeconds(TIME.0 + 1_000)),
        ledger: LEDGER,
        ledger_epoch: 1,
        serial: 1,
        extensions: Extensions::new(),
    };
    vec![sealed(&certificate, ROOT.id()), sealed(&entitlement, ISSUER.id()), sealed(&lease, SERVER.id())]
}

/// A reply that names these envelopes.
pub(crate) fn reply(hwid: Hwid, request: [u8; 32], outcome: Outcome, digests: &[[u8; 16]]) -> Vec<u8> {
    let reply = Reply {
        issued: TIME,
        request,
        hwid,
        brand: "A".into(),
        ledger: LEDGER,
        ledger_epoch: 1,
        outcome,
        enclosed: digests.iter().copied().collect(),
        secret: None,
        extensions: Extensions::new(),
    };
    sealed(&reply, SERVER.id())
}
