//! Why a Primary Server gives no licence.

use crate::numbered::numbered;

numbered! {
    /// Why a Primary Server gives a client no licence, or does not do what it asks.
    Refusal {
        /// No entitlement with this licence key was imported.
        UnknownLicenseKey = 500, "unknown-license-key", "The Primary Server does not know this licence key.";
        /// The entitlement is for products of another brand.
        OtherBrand = 501, "other-brand", "The licence is for products of another brand.";
        /// The entitlement is of another class than the client needs.
        OtherClass = 502, "other-class", "The licence is of another class than this device needs.";
        /// All channels are in use, or not free yet.
        NoCapacity = 503, "no-capacity", "All channels of the licence are in use.";
        /// The entitlement has ended, or has not begun.
        Expired = 504, "expired", "The licence has expired, or is not valid yet.";
        /// The entitlement, or the key that signed it, was revoked.
        Revoked = 505, "revoked", "The licence was revoked.";
        /// Channels may not go to other hardware any more.
        MovesUsedUp = 506, "moves-used-up", "The licence may not move to other hardware any more.";
        /// This machine had its trial.
        TrialUsed = 507, "trial-used", "The trial of this machine is over.";
        /// The machine differs too much from the one that was activated.
        HardwareChanged = 508, "hardware-changed", "The hardware differs from what was activated.";
        /// The request was not made with the secret that this client was given.
        BadAuthenticator = 509, "bad-authenticator", "The request was not signed with this device's secret.";
        /// The id of the request was used before, for something else.
        RequestIdUsed = 510, "request-id-used", "The request's id was used before.";
        /// The machine shows less of its identity than the licence asks for.
        EvidenceTooWeak = 511, "evidence-too-weak", "What this machine shows of its identity is less than the licence asks for.";
        /// An administrator took the licence away.
        Withdrawn = 512, "withdrawn", "An administrator took the licence away from this device.";
        /// Nothing is there to be deactivated.
        NotActive = 513, "not-active", "The licence is not active on this device.";
        /// The HWID is of a scheme that the server does not know.
        UnknownScheme = 514, "unknown-scheme", "The Primary Server does not know this kind of Hardware ID.";
    }
}

impl Refusal {
    /// The refusal with this number.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.iter().find(|refusal| refusal.number() == number).copied()
    }

    /// What the administrator does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::UnknownLicenseKey => {
                "Check the key on the device, and import its entitlement: `hwlicense server import FILE`."
            }
            Self::OtherBrand => "Use it with a product of its brand, or ask the vendor to exchange it.",
            Self::OtherClass => "Assign a licence of the class that the device needs.",
            Self::NoCapacity => {
                "Deactivate a device that is no longer used, or import a further licence; `hwlicense server licenses` \
                 says when channels become free."
            }
            Self::Expired => "Renew the licence, and check the clock of the Primary Server.",
            Self::Revoked => "Ask the vendor why it was revoked, and for a replacement.",
            Self::MovesUsedUp => "Wait until the old lease has ended, or ask the vendor for a new entitlement.",
            Self::TrialUsed => "Import a licence and assign it to this device.",
            Self::HardwareChanged => {
                "If the change is known and right: `hwlicense server allow`; otherwise look for a copied device."
            }
            Self::BadAuthenticator => {
                "If the device was reset: `hwlicense server accept`; otherwise somebody else uses its Hardware ID."
            }
            Self::RequestIdUsed => "Restart the device; if it happens again, look for a copy of it.",
            Self::EvidenceTooWeak => {
                "Give the machine an identity of its own (a virtual machine's UUID, a platform identifier), or ask for \
                 a licence with other terms."
            }
            Self::Withdrawn => "Assign a licence to the device again.",
            Self::NotActive => "Nothing to do; `hwlicense server clients` shows what is active.",
            Self::UnknownScheme => "Update the Primary Server.",
        }
    }
}
