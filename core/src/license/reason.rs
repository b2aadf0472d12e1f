//! Why a licence is good or not, in the order in which reasons win.

use crate::numbered::numbered;
use crate::signed::VerifyError;

numbered! {
    /// The reason of a verdict. Where several apply, the first in this list wins; `Valid` is what
    /// is left when none does.
    Reason {
        /// The file is damaged, cut off, too large, or holds no licence.
        Malformed = 1, "malformed", "The file is damaged, or is no licence.";
        /// The format, the signature's algorithm or the kind needs newer software.
        UnsupportedFormat = 2, "unsupported-format", "The licence is written in a way that this software does not know.";
        /// Signed by a key that is not trusted here.
        UnknownKey = 3, "unknown-key", "The licence was signed by a key that is not trusted here.";
        /// The signature does not hold.
        BadSignature = 4, "bad-signature", "The licence was changed after it was signed, or was signed with another key.";
        /// The signing key, or the licence itself, was revoked.
        Revoked = 5, "revoked", "The licence, or the key that signed it, was revoked.";
        /// A critical term that this software does not know.
        UnknownCriticalTerm = 6, "unknown-critical-term", "The licence has a condition that this software does not know.";
        /// The issuer's certificate does not cover it.
        IssuerNotAllowed = 7, "issuer-not-allowed", "Its issuer was not allowed to sign this licence.";
        /// A class that this software does not know.
        UnknownClass = 8, "unknown-class", "The licence is of a class that this software does not know.";
        /// For products of another brand.
        OtherBrand = 9, "other-brand", "The licence is for products of another brand.";
        /// Bound to another machine, or too much of this one changed.
        OtherHardware = 10, "other-hardware", "The licence is bound to other hardware.";
        /// What it is bound to exists here and may not be read.
        HardwareNotReadable = 11, "hardware-not-readable", "The hardware that the licence is bound to cannot be read.";
        /// The machine has nothing unique, or less evidence than the licence asks for.
        EvidenceTooWeak = 12, "evidence-too-weak", "What this machine shows of its identity is less than the licence asks for.";
        /// The clock is unset or behind a time that has certainly passed, and the licence needs one.
        ClockNotPlausible = 13, "clock-not-plausible", "The clock of this machine is not set, or was set back.";
        /// Its time has not come yet.
        NotYetValid = 14, "not-yet-valid", "The licence is not valid yet.";
        /// Its time is over.
        Expired = 15, "expired", "The licence has expired.";
        /// It is good only after contact with a Primary Server, and there was none.
        ContactRequired = 16, "contact-required", "The licence needs contact with its Primary Server.";
        /// Good, but not for much longer.
        ExpiresSoon = 17, "expires-soon", "The licence is valid and expires soon.";
        /// Good.
        Valid = 18, "valid", "The licence is valid.";
    }
}

impl Reason {
    /// Whether the licence may be used. For display only: what unlocks something is
    /// [`Verdict`](super::Verdict).
    #[must_use]
    pub const fn is_accepting(self) -> bool {
        matches!(self, Self::Valid | Self::ExpiresSoon)
    }

    /// What the administrator does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Malformed => "Get the file again from whoever issued it; send it as an attachment or armoured.",
            Self::UnsupportedFormat | Self::UnknownCriticalTerm | Self::UnknownClass => "Update this software.",
            Self::UnknownKey => {
                "Check that the licence is for this product, and that its vendor's public key is installed."
            }
            Self::BadSignature => "Get the original file again; a licence cannot be edited.",
            Self::Revoked => "Ask the vendor why it was revoked, and for a replacement.",
            Self::IssuerNotAllowed => {
                "Report this to the vendor: the licence must be issued again by an issuer that may."
            }
            Self::OtherBrand => "Use it with a product of its brand, or ask the vendor to exchange it.",
            Self::OtherHardware => {
                "Run `hwlicense explain` with the enrolment to see what changed; deactivate the licence for the old \
                 hardware and have it issued for this one."
            }
            Self::HardwareNotReadable => "Run with the rights to read the hardware (root), or pass the enrolment.",
            Self::EvidenceTooWeak => {
                "Give the machine an identity of its own (a virtual machine's UUID, a platform identifier), or ask for \
                 a licence with other terms."
            }
            Self::ClockNotPlausible => "Set the clock, by NTP if possible, and check again.",
            Self::NotYetValid => "Wait until it begins, or check the clock.",
            Self::Expired => "Renew the licence.",
            Self::ContactRequired => "Connect to the Primary Server (TCP port 16770) and check again.",
            Self::ExpiresSoon => "Renew the licence before it expires.",
            Self::Valid => "Nothing to do.",
        }
    }
}

impl From<VerifyError> for Reason {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Malformed | VerifyError::TooLarge | VerifyError::WrongKind => Self::Malformed,
            VerifyError::UnsupportedVersion | VerifyError::UnsupportedAlgorithm | VerifyError::UnknownKind => {
                Self::UnsupportedFormat
            }
            VerifyError::UnknownKey | VerifyError::KeyNotPinned => Self::UnknownKey,
            VerifyError::BadSignature => Self::BadSignature,
            VerifyError::KeyRevoked | VerifyError::LicenseRevoked => Self::Revoked,
            VerifyError::UnknownCritical => Self::UnknownCriticalTerm,
            VerifyError::IssuerNotAllowedKind
            | VerifyError::IssuerNotAllowedTime
            | VerifyError::IssuerNotAllowedBrand
            | VerifyError::IssuerNotAllowedClass
            | VerifyError::IssuerNotAllowedCount
            | VerifyError::OutOfSequence
            | VerifyError::Full
            | VerifyError::LastRoot => Self::IssuerNotAllowed,
        }
    }
}
