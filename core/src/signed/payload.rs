//! What an envelope can carry.

use serde::Serialize;

use super::key::PublicKey;
use super::trust::VerifyError;
use crate::decode::{Decode, Reader};
use crate::license::{Class, LicenseKey};
use crate::text::Label;
use crate::time::UnixSeconds;

/// The kind of a payload. Numbers are never used again for anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Kind {
    /// A root's word that a key may issue.
    Certificate = 1,
    /// A root added, retired or revoked by another root.
    RootChange = 2,
    /// A licence.
    License = 3,
    /// What a Primary Server may lease.
    Entitlement = 4,
    /// A client's share of an entitlement.
    Lease = 5,
    /// A Primary Server's answer to a client.
    Reply = 6,
    /// Keys and licences that are no longer good.
    RevocationList = 7,
    /// A software update.
    UpdateManifest = 8,
    /// A client's word that it gave a licence up.
    DeactivationReceipt = 9,
    /// A machine's new enrolment in place of an old one.
    ReEnrollment = 10,
    /// A root's correction of a floor of trusted time that was set too high.
    TimeCorrection = 11,
}

impl Kind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Certificate,
        Self::RootChange,
        Self::License,
        Self::Entitlement,
        Self::Lease,
        Self::Reply,
        Self::RevocationList,
        Self::UpdateManifest,
        Self::DeactivationReceipt,
        Self::ReEnrollment,
        Self::TimeCorrection,
    ];

    /// Its number in an envelope.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Certificate => 1,
            Self::RootChange => 2,
            Self::License => 3,
            Self::Entitlement => 4,
            Self::Lease => 5,
            Self::Reply => 6,
            Self::RevocationList => 7,
            Self::UpdateManifest => 8,
            Self::DeactivationReceipt => 9,
            Self::ReEnrollment => 10,
            Self::TimeCorrection => 11,
        }
    }

    /// The kind with this number.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Certificate,
            2 => Self::RootChange,
            3 => Self::License,
            4 => Self::Entitlement,
            5 => Self::Lease,
            6 => Self::Reply,
            7 => Self::RevocationList,
            8 => Self::UpdateManifest,
            9 => Self::DeactivationReceipt,
            10 => Self::ReEnrollment,
            11 => Self::TimeCorrection,
            _ => return None,
        })
    }

    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::RootChange => "root-change",
            Self::License => "license",
            Self::Entitlement => "entitlement",
            Self::Lease => "lease",
            Self::Reply => "reply",
            Self::RevocationList => "revocation-list",
            Self::UpdateManifest => "update-manifest",
            Self::DeactivationReceipt => "deactivation-receipt",
            Self::ReEnrollment => "re-enrollment",
            Self::TimeCorrection => "time-correction",
        }
    }

    /// Whether roots sign it. Issuers sign all the others.
    #[must_use]
    pub const fn is_signed_by_root(self) -> bool {
        matches!(self, Self::Certificate | Self::RootChange | Self::TimeCorrection)
    }
}

/// What a payload claims, for comparison with its issuer's certificate and with revocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// When it says that it was signed.
    pub issued: UnixSeconds,
    /// The brand it is for, if it is for one.
    pub brand: Option<Label<'a>>,
    /// What it grants, if it is of a kind that grants something.
    pub grant: Option<Grant>,
    /// Whether it holds a critical extension that this software does not know.
    pub has_unknown_critical: bool,
}

/// What a licence grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The licence.
    pub license: LicenseKey,
    /// The class of licence.
    pub class: Class,
    /// How many channels.
    pub count: u32,
}

/// A structure that an envelope can carry.
pub trait Payload<'a>: Serialize + Decode<'a> {
    /// Its kind.
    const KIND: Kind;

    /// Whether the bytes are one, whole and within its bounds: for [`seal`](super::seal), which
    /// asks whether what it wrote can be read.
    fn is_one(bytes: &[u8]) -> bool;

    /// What it claims.
    fn claim(&self) -> Claim<'a>;

    /// The same, read for its own sake. It counts only if the reader is still good at the end.
    fn read_claim(reader: &mut Reader<'a>) -> Claim<'a> {
        let mut whole = Self::blank();
        whole.read(reader);
        whole.claim()
    }
}

/// A payload that lets another key sign something in its name, as a certificate does, but within
/// what the payload itself grants.
pub trait Delegation<'a>: Payload<'a> {
    /// The key.
    ///
    /// # Errors
    /// [`VerifyError::UnsupportedAlgorithm`].
    fn key(&self) -> Result<PublicKey, VerifyError>;

    /// Whether that key may sign a payload of this kind with this claim.
    ///
    /// # Errors
    /// One of the `IssuerNotAllowed…` variants of [`VerifyError`].
    fn covers(&self, kind: Kind, claim: &Claim<'_>) -> Result<(), VerifyError>;
}
