//! What a licence says.

use heapless::Vec;
use serde::{Deserialize, Serialize};

use super::binding::Binding;
use super::class::Class;
use super::judged::{Judged, read_fields};
use super::key::LicenseKey;
use crate::decode::{self, Decode, Reader};
use crate::extension::{self, Extensions};
use crate::hwid::{Evidence, EvidenceSet};
use crate::signed::{Claim, Grant, Kind, Payload};
use crate::text::Label;
use crate::time::{DAY_S, UnixSeconds};

/// Longest brand in bytes.
pub const BRAND_BYTES_MAX: usize = 32;
/// Longest name of a holder in bytes.
pub const HOLDER_BYTES_MAX: usize = 96;
/// Longest edition in bytes.
pub const EDITION_BYTES_MAX: usize = 32;
/// Longest name of a feature in bytes.
pub const FEATURE_BYTES_MAX: usize = 32;
/// Most features in one licence.
pub const FEATURES_MAX: usize = 16;
/// How long a licence counts after its server went offline, unless its terms say otherwise.
pub const GRACE_OFFLINE_S: u32 = 30 * DAY_S;
/// The same for a video wall.
pub const GRACE_OFFLINE_VIDEO_WALL_S: u32 = 7 * DAY_S;

/// What evidence a licence asks of the machine it is checked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EvidencePolicy {
    required: u16,
    accepted: u16,
}

impl EvidencePolicy {
    /// Evidence that a licence may refuse to rest on.
    pub const DOUBTFUL: EvidenceSet = EvidenceSet::EMPTY
        .with(Evidence::WirelessMac)
        .with(Evidence::Generated)
        .with(Evidence::VirtualMachine)
        .with(Evidence::Container)
        .with(Evidence::Enrollment);

    /// All of `required` must be there, and of [`Self::DOUBTFUL`] nothing but `accepted`.
    #[must_use]
    pub const fn new(required: EvidenceSet, accepted: EvidenceSet) -> Self {
        Self { required: required.bits(), accepted: accepted.bits() }
    }

    /// What must be there.
    #[must_use]
    pub const fn required(self) -> EvidenceSet {
        EvidenceSet::from_bits(self.required)
    }

    /// What of [`Self::DOUBTFUL`] may be there.
    #[must_use]
    pub const fn accepted(self) -> EvidenceSet {
        EvidenceSet::from_bits(self.accepted)
    }

    /// What is missing, and what is there that is not accepted.
    #[must_use]
    pub const fn objections(self, evidence: EvidenceSet) -> (EvidenceSet, EvidenceSet) {
        let (missing, unwanted) = self.objection_bits(evidence);
        (EvidenceSet::from_bits(missing), EvidenceSet::from_bits(unwanted))
    }

    /// The same with the bits that this software does not know: evidence required by one is never
    /// there.
    const fn objection_bits(self, evidence: EvidenceSet) -> (u16, u16) {
        (self.required & !evidence.bits(), evidence.bits() & Self::DOUBTFUL.bits() & !self.accepted)
    }

    /// Whether a machine with this evidence will do.
    #[must_use]
    pub const fn is_met_by(self, evidence: EvidenceSet) -> bool {
        matches!(self.objection_bits(evidence), (0, 0))
    }
}

impl Decode<'_> for EvidencePolicy {
    fn blank() -> Self {
        Self { required: 0, accepted: 0 }
    }

    fn read(&mut self, reader: &mut Reader<'_>) {
        *self = Self { required: reader.u16(), accepted: reader.u16() };
    }
}

impl Default for EvidencePolicy {
    /// Nothing in particular is required, and everything is accepted but a generated identity.
    fn default() -> Self {
        let accepted = EvidenceSet::EMPTY
            .with(Evidence::WirelessMac)
            .with(Evidence::VirtualMachine)
            .with(Evidence::Container)
            .with(Evidence::Enrollment);
        Self::new(EvidenceSet::EMPTY, accepted)
    }
}

/// The terms of a licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct License<'a> {
    /// Licence key.
    pub key: LicenseKey,
    /// Brand of the products it is for, compared byte by byte.
    pub brand: Label<'a>,
    /// Class.
    pub class: Class,
    /// Channels, or what the class counts.
    pub count: u32,
    /// To whom it was given.
    pub holder: Label<'a>,
    /// Edition of the product.
    pub edition: Label<'a>,
    /// Last second for which updates are included.
    pub maintenance_until: Option<UnixSeconds>,
    /// Features it unlocks, ascending, each once.
    pub features: Vec<Label<'a>, FEATURES_MAX>,
    /// To which machine it is bound.
    pub binding: Binding<'a>,
    /// What evidence it asks of that machine.
    pub evidence: EvidencePolicy,
    /// When it was signed.
    pub issued: UnixSeconds,
    /// First second at which it is good.
    pub not_before: UnixSeconds,
    /// First second at which it is no longer good; never, if absent.
    pub expires: Option<UnixSeconds>,
    /// How long it counts after its server went offline, in seconds.
    pub grace_offline_s: u32,
    /// How long it counts after its server's hardware changed, in seconds.
    pub grace_changed_s: u32,
    /// Whether it is good only on a device that is in contact with its Primary Server.
    pub contact_required: bool,
    /// Room to grow: terms that come later.
    pub extensions: Extensions<'a>,
}

impl License<'_> {
    /// Whether it unlocks a feature.
    #[must_use]
    pub fn has_feature(&self, feature: &str) -> bool {
        self.features.iter().any(|known| *known == feature)
    }
}

impl<'a> Decode<'a> for License<'a> {
    fn blank() -> Self {
        Self {
            key: LicenseKey::blank(),
            brand: Label::default(),
            class: Class(0),
            count: 0,
            holder: Label::default(),
            edition: Label::default(),
            maintenance_until: None,
            features: Vec::new(),
            binding: Binding::blank(),
            evidence: EvidencePolicy::blank(),
            issued: UnixSeconds(0),
            not_before: UnixSeconds(0),
            expires: None,
            grace_offline_s: 0,
            grace_changed_s: 0,
            contact_required: false,
            extensions: Extensions::new(),
        }
    }

    #[inline(never)]
    fn read(&mut self, reader: &mut Reader<'a>) {
        let mut judged = Judged::blank();
        read_fields(&mut judged, self, reader);
        (self.key, self.brand, self.class, self.count) = (judged.key, judged.brand, judged.class, judged.count);
        (self.binding, self.evidence) = (judged.binding, judged.evidence);
        (self.issued, self.not_before, self.expires) = (judged.issued, judged.not_before, judged.expires);
        self.contact_required = judged.contact_required;
        // In ascending order only the first can be empty.
        reader.require(self.features.first().is_none_or(|feature| *feature != Label::default()));
    }
}

impl<'a> Payload<'a> for License<'a> {
    const KIND: Kind = Kind::License;

    fn is_one(bytes: &[u8]) -> bool {
        decode::exact::<License<'_>>(bytes).is_some()
    }

    fn read_claim(reader: &mut Reader<'a>) -> Claim<'a> {
        let mut judged = Judged::blank();
        judged.read(reader);
        judged.claim()
    }

    fn claim(&self) -> Claim<'a> {
        Claim {
            issued: self.issued,
            brand: Some(self.brand),
            grant: Some(Grant { license: self.key, class: self.class, count: self.count }),
            has_unknown_critical: extension::unknown_critical(&self.extensions),
        }
    }
}
