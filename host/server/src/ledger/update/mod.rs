//! Software updates: published by an administrator, offered to clients step by step, stopped when they
//! fail.
//!
//! | Idea | Module |
//! |---|---|
//! | a manifest and its image become an update | `publish` |
//! | which client is offered which update, and when | `offer` |
//! | what clients report, and that an update is paused by itself | `report` |
//! | what administrators decide: pause, resume, withdraw, share, groups | `steer` |
//! | what is handed out to whoever has a ticket | `hand_out` |
//! | what an administrator sees | `view` |

mod hand_out;
mod offer;
mod publish;
mod report;
mod steer;
mod view;

use core::fmt;

use hwlicense::signed::VerifyError;

pub use hand_out::{HandedOut, hand_out};
pub use offer::{RETRY_S, UNDER_WAY_S, bucket};
pub use publish::{Arrival, Plan, begin, clear, finish, keep_chunks};
pub(super) use publish::{revoke, sweep};
pub use steer::{find, pause, resume, set_client_group, set_groups, set_share, withdraw};
pub use view::{UpdateView, updates};

use crate::store::StoreError;

/// Longest name of a group in bytes.
pub const GROUP_BYTES_MAX: usize = 64;
/// Most groups of one update.
pub const GROUPS_MAX: usize = 64;
/// Most updates that are known at a time, withdrawn ones and all.
pub const UPDATES_MAX: usize = 1_000;

/// How careful a roll-out is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caution {
    /// How often an update may fail on a client before it is not offered to it any more.
    pub attempts_max: u32,
    /// How many clients must have failed before an update is paused by itself.
    pub failures_min: u32,
    /// And which part of those that came to an end, in hundredths.
    pub failures_percent: u32,
    /// How many clients may be at work on an update that nobody has installed yet. As many more may as
    /// have installed it.
    pub at_once: u32,
}

impl Default for Caution {
    fn default() -> Self {
        Self { attempts_max: 3, failures_min: 3, failures_percent: 20, at_once: 100 }
    }
}

/// Why a command about updates was not carried out. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpdateFault {
    /// The manifest does not verify under the roots of this server.
    Verify(VerifyError),
    /// The file does not carry its issuer's certificate, which clients need.
    NoCertificate,
    /// The manifest has expired.
    Expired,
    /// The update is published already.
    Published,
    /// Another update brings the same version to some of the same devices.
    SameVersion,
    /// It was withdrawn, which is for ever.
    Withdrawn,
    /// The image is not the one that the manifest names.
    OtherImage,
    /// The image has more chunks than this server keeps.
    TooManyChunks,
    /// So many updates are known that no more may be.
    TooMany,
    /// There is no such update, or the beginning of its id is that of several.
    Unknown,
    /// Only an active update can be paused.
    NotActive,
    /// Only a paused update can be resumed.
    NotPaused,
    /// No share: it is counted in thousandths, from 0 to 1000.
    Share,
    /// No name of a group: it is empty, too long or not clean, or there are too many.
    Group,
    /// No client has this HWID.
    UnknownClient,
    /// The store failed.
    Store(StoreError),
}

impl UpdateFault {
    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Verify(error) => error.code(),
            Self::NoCertificate => "no-certificate",
            Self::Expired => "update-expired",
            Self::Published => "update-published",
            Self::SameVersion => "update-same-version",
            Self::Withdrawn => "update-withdrawn",
            Self::OtherImage => "update-other-image",
            Self::TooManyChunks => "update-too-many-chunks",
            Self::TooMany => "too-many-updates",
            Self::Unknown => "unknown-update",
            Self::NotActive => "update-not-active",
            Self::NotPaused => "update-not-paused",
            Self::Share => "update-share",
            Self::Group => "update-group",
            Self::UnknownClient => "unknown-client",
            Self::Store(error) => error.code(),
        }
    }

    /// What the administrator does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Verify(_) => {
                "Check that the file is whole, and that `trust` in the configuration names the vendor's root."
            }
            Self::NoCertificate => "Ask the vendor for the complete file.",
            Self::Expired => "Ask the vendor for a new manifest, and look whether there is a newer version.",
            Self::Published => "Nothing to do. `hwlicense update list` shows how far it has come.",
            Self::SameVersion => "Withdraw the other one first, if this is to take its place.",
            Self::Withdrawn => "Ask the vendor for a new manifest, if the devices are to have it after all.",
            Self::OtherImage => "Get manifest and image again: they belong together, and one of them is damaged.",
            Self::TooManyChunks => "Ask the vendor to sign it with larger chunks (`--chunk-kib 32`).",
            Self::TooMany => "Nothing is lost. Ask the vendor of this software how to go on.",
            Self::Unknown => "`hwlicense update list` shows the ids; give more digits.",
            Self::NotActive => "`hwlicense update list` shows how it stands.",
            Self::NotPaused => "`hwlicense update list` shows how it stands; what was withdrawn stays so.",
            Self::Share => "Write it in hundredths, such as 10% or 2.5%.",
            Self::Group => "Use 1 to 64 bytes without control characters, and at most 64 groups.",
            Self::UnknownClient => "Look for it in the list of clients (`hwlicense server clients`).",
            Self::Store(error) => error.next_step(),
        }
    }
}

impl fmt::Display for UpdateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verify(error) => return error.fmt(f),
            Self::Store(error) => return error.fmt(f),
            Self::NoCertificate => "the file lacks the certificate of its issuer",
            Self::Expired => "the manifest has expired",
            Self::Published => "the update is published already",
            Self::SameVersion => "another update brings the same version to some of the same devices",
            Self::Withdrawn => "the update was withdrawn",
            Self::OtherImage => "the image is not the one that the manifest names",
            Self::TooManyChunks => "the image has more chunks than a server keeps",
            Self::TooMany => "there are too many updates",
            Self::Unknown => "there is no such update, or more than one whose id begins so",
            Self::NotActive => "the update is not active",
            Self::NotPaused => "the update is not paused",
            Self::Share => "this is no share",
            Self::Group => "this is no name of a group",
            Self::UnknownClient => "no client has this Hardware ID",
        })
    }
}

impl core::error::Error for UpdateFault {}

impl From<StoreError> for UpdateFault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<VerifyError> for UpdateFault {
    fn from(error: VerifyError) -> Self {
        Self::Verify(error)
    }
}
