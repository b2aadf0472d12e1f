//! A Primary Server in miniature: one entitlement, one device, and answers signed with keys that
//! follow from fixed seeds. The vendor's root is that of the fixture.
//!
//! It keeps nothing and decides nothing: what it answers is what the test asks for.

use ed25519_dalek::{Signer as _, SigningKey};
use hwlicense::extension::{Extension, Extensions};
use hwlicense::license::{Class, ClassSet, EvidencePolicy, LicenseKey};
use hwlicense::primary::frame::write_head;
use hwlicense::primary::{
    Answer, Entitlement, LEASE_S, Lease, Outcome, Reply, Secret, SignedRequest, TimeCorrection, enclosed_digest,
};
use hwlicense::signed::{
    Algorithm, BUNDLE_BYTES_MAX, Brands, BundleWriter, Certificate, ENVELOPE_BYTES_MAX, Envelope, Header, Kind,
    KindSet, Payload, PublicKey, seal,
};
use hwlicense::time::UnixSeconds;
use hwlicense::update::{EXTENSION_TAG, OFFER_BYTES_MAX, Offer};

/// When everything was signed that does not say something else: as the fixture's licences.
pub const ISSUED: u64 = 1_780_272_000;
/// The brand of the site's products.
pub const BRAND: &str = "northgate";
/// The ledger.
pub const LEDGER: [u8; 16] = *b"ledger of a site";
/// Channels that each client gets.
pub const CHANNELS: u32 = 4;

const YEAR_S: u64 = 31_536_000;

/// Who signs.
#[derive(Clone, Copy, Debug)]
pub enum Signer {
    /// The vendor's root.
    Root,
    /// The vendor's licence desk, which the root certified.
    Desk,
    /// The Primary Server, which the entitlement names.
    Server,
    /// The vendor's release desk, which the root certified.
    Updates,
}

impl Signer {
    fn key(self) -> SigningKey {
        SigningKey::from_bytes(&match self {
            Self::Root => [1; 32],
            Self::Desk => [2; 32],
            Self::Server => [40; 32],
            Self::Updates => [41; 32],
        })
    }

    /// Its public key.
    #[must_use]
    pub fn public(self) -> PublicKey {
        PublicKey::ed25519(self.key().verifying_key().to_bytes())
    }

    /// A payload, signed.
    #[must_use]
    pub fn seal<'p, T: Payload<'p>>(self, payload: &T) -> Vec<u8> {
        let header =
            Header { kind: T::KIND, algorithm: Algorithm::Ed25519, key_id: self.public().id(), epoch: 0, sequence: 1 };
        let mut buffer = [0; ENVELOPE_BYTES_MAX];
        seal(header, payload, &mut buffer, |message| self.key().sign(message).to_bytes()).unwrap().to_vec()
    }
}

/// The licence key of the entitlement.
#[must_use]
pub fn license_key() -> LicenseKey {
    LicenseKey::from_random(*b"0123456789")
}

fn certificate() -> Certificate<'static> {
    let issued = UnixSeconds(ISSUED);
    Certificate {
        algorithm: Algorithm::Ed25519.number(),
        public_key: Signer::Desk.public().bytes,
        name: "Northgate licence desk".into(),
        kinds: KindSet::of(&[Kind::Entitlement, Kind::RevocationList]),
        brands: Brands::Only([BRAND.into()].into_iter().collect()),
        classes: ClassSet::ALL,
        count_max: 1024,
        issued,
        valid_from: issued,
        valid_until: issued.after(YEAR_S),
        extensions: Extensions::new(),
    }
}

fn entitlement() -> Entitlement<'static> {
    let issued = UnixSeconds(ISSUED);
    Entitlement {
        key: license_key(),
        brand: BRAND.into(),
        class: Class::EDGE,
        count: 100,
        per_client: CHANNELS,
        holder: "Harbour Authority, Pier 7".into(),
        edition: "standard".into(),
        maintenance_until: None,
        features: heapless::Vec::new(),
        evidence: EvidencePolicy::default(),
        ledger: LEDGER,
        algorithm: Algorithm::Ed25519.number(),
        public_key: Signer::Server.public().bytes,
        issued,
        not_before: issued,
        expires: None,
        serves_until: issued.after(YEAR_S.saturating_mul(10)),
        lease_s: Some(LEASE_S),
        moves_max: 0,
        extensions: Extensions::new(),
    }
}

/// The body of the answer to a request, at the server's time. A lease of 30 days travels with
/// [`Outcome::Licensed`], the entitlement with each.
#[must_use]
pub fn answer(request: &[u8], now: u64, outcome: Outcome) -> Vec<u8> {
    answer_offering(request, now, outcome, None)
}

/// The same with the offer of an update.
#[must_use]
pub fn answer_offering(request: &[u8], now: u64, outcome: Outcome, offer: Option<Offer>) -> Vec<u8> {
    let mut buffer = [0; OFFER_BYTES_MAX];
    let offer = offer.map(|offer| offer.write(&mut buffer).unwrap());
    let extension = |bytes| Extension { tag: EXTENSION_TAG, critical: false, bytes };
    let signed = SignedRequest::parse(request).unwrap();
    let hwid = *signed.request.hwids.first().unwrap();
    let now = UnixSeconds(now);
    let mut enclosed = vec![Signer::Desk.seal(&entitlement()), Signer::Root.seal(&certificate())];
    if outcome == Outcome::Licensed {
        enclosed.push(Signer::Server.seal(&Lease {
            issued: now,
            entitlement: license_key(),
            hwid,
            count: CHANNELS,
            from: now,
            until: Some(now.after(LEASE_S.into())),
            ledger: LEDGER,
            ledger_epoch: 1,
            serial: 1,
            extensions: Extensions::new(),
        }));
    }
    let reply = Signer::Server.seal(&Reply {
        issued: now,
        request: signed.digest(),
        hwid,
        brand: BRAND.into(),
        ledger: LEDGER,
        ledger_epoch: 1,
        outcome,
        enclosed: enclosed.iter().map(|bytes| enclosed_digest(&Envelope::parse(bytes).unwrap())).collect(),
        secret: Some(Secret::new([0x5e; 32])),
        extensions: offer.map(extension).into_iter().collect(),
    });
    let mut bundle = BundleWriter::new();
    for envelope in core::iter::once(&reply).chain(&enclosed) {
        bundle.push(envelope).unwrap();
    }
    let mut buffer = vec![0; BUNDLE_BYTES_MAX];
    body(Answer::Reply(bundle.write(&mut buffer).unwrap()))
}

/// The body of any answer.
#[must_use]
pub fn body(answer: Answer<'_>) -> Vec<u8> {
    let mut buffer = vec![0; BUNDLE_BYTES_MAX.saturating_add(8)];
    answer.write(&mut buffer).unwrap().to_vec()
}

/// The whole frame of an answer.
#[must_use]
pub fn frame(body: &[u8]) -> Vec<u8> {
    [write_head(body.len()).unwrap().as_slice(), body].concat()
}

/// A correction of the floor of trusted time.
#[must_use]
pub fn correction(hwid: hwlicense::hwid::Hwid, floor_epoch: u32, time: u64) -> Vec<u8> {
    Signer::Root.seal(&TimeCorrection {
        issued: UnixSeconds(ISSUED),
        hwid,
        floor_epoch,
        time: UnixSeconds(time),
        extensions: Extensions::new(),
    })
}
