//! What the audit tells.

use hwlicense::hwid::Hwid;
use hwlicense::license::LicenseKey;

use super::Book;
use crate::store::{AuditRow, StoreError};

/// Who changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor<'a> {
    /// The client that it concerns.
    Client,
    /// The server by itself.
    Server,
    /// An administrator, by the name of their token or account.
    Administrator(&'a str),
}

impl Actor<'_> {
    pub(super) fn text(self) -> String {
        match self {
            Self::Client => "client".into(),
            Self::Server => "server".into(),
            Self::Administrator(name) => format!("administrator {name}"),
        }
    }
}

/// Defines the actions with their numbers and names.
macro_rules! actions {
    ($( $(#[$doc:meta])* $variant:ident = $number:literal, $code:literal; )*) => {
        /// What happened. Numbers are never used again for anything else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Action { $( $(#[$doc])* $variant, )* }

        impl Action {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )*];

            /// Its number in the audit.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self { $( Self::$variant => $number, )* }
            }

            /// Stable name, as it appears in JSON and CSV.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $( Self::$variant => $code, )* }
            }

            /// The action with this number.
            #[must_use]
            pub fn from_number(number: u16) -> Option<Self> {
                Self::ALL.iter().find(|action| action.number() == number).copied()
            }
        }
    };
}

actions! {
    /// The ledger was founded.
    Founded = 1, "founded";
    /// A backup was put back: a new epoch began.
    Restored = 2, "restored";
    /// An entitlement was imported.
    Imported = 3, "entitlement-imported";
    /// A revocation list was imported.
    ListImported = 4, "revocation-list-imported";
    /// An entitlement was found to be revoked.
    Revoked = 5, "entitlement-revoked";
    /// A client made contact for the first time.
    FirstContact = 10, "first-contact";
    /// A client showed that it has its secret.
    SecretConfirmed = 11, "secret-confirmed";
    /// Somebody with a known HWID does not know its secret.
    CandidateAppeared = 12, "candidate-secret";
    /// An administrator made the candidate secret the one that counts.
    CandidateAccepted = 13, "candidate-accepted";
    /// A contact counter went back.
    CounterWentBack = 14, "counter-went-back";
    /// An administrator cleared the mark of a possible clone.
    CloneMarkCleared = 15, "clone-mark-cleared";
    /// A client was given an entitlement.
    Activated = 20, "activated";
    /// A client was given more channels of it.
    Enlarged = 21, "enlarged";
    /// A client, or an administrator in its place, gave an entitlement up.
    Deactivated = 22, "deactivated";
    /// Its channels became free.
    Freed = 23, "freed";
    /// Its channels became free before its lease ended, at the cost of a move.
    Moved = 24, "moved";
    /// A lease was signed.
    Leased = 25, "leased";
    /// A lease that the ledger had forgotten was entered again.
    Reentered = 26, "re-entered";
    /// A client took its new HWID after a change of hardware.
    Rebound = 30, "rebound";
    /// A client asked for that and was refused.
    ChangeRefused = 31, "change-refused";
    /// An administrator allowed it.
    ChangeAllowed = 32, "change-allowed";
    /// An administrator assigned an entitlement.
    Assigned = 40, "assigned";
    /// An administrator withdrew a client.
    Withdrawn = 41, "withdrawn";
    /// An expected client was entered.
    Expected = 42, "expected";
    /// An expected client was struck out.
    NotExpected = 43, "not-expected";
    /// A token was made.
    TokenMade = 50, "token-made";
    /// A token was taken back.
    TokenRevoked = 51, "token-revoked";
    /// An update was published.
    UpdatePublished = 60, "update-published";
    /// An update was paused, by an administrator or by itself.
    UpdatePaused = 61, "update-paused";
    /// An update was resumed.
    UpdateResumed = 62, "update-resumed";
    /// An update was withdrawn.
    UpdateWithdrawn = 63, "update-withdrawn";
    /// Share or groups of an update were changed.
    UpdateSteered = 64, "update-steered";
    /// An update was offered to a client.
    UpdateOffered = 65, "update-offered";
    /// A client runs an update.
    UpdateInstalled = 66, "update-installed";
    /// An update failed on a client.
    UpdateFailed = 67, "update-failed";
    /// A client was put into a group, or taken out of it.
    Grouped = 68, "grouped";
}

impl Book<'_> {
    /// Appends a line to the audit.
    pub(super) fn note(
        &mut self,
        action: Action,
        hwid: Option<Hwid>,
        entitlement: Option<LicenseKey>,
        detail: impl Into<String>,
    ) -> Result<(), StoreError> {
        self.tx.append_audit(&AuditRow {
            id: 0,
            at: self.now,
            actor: self.actor.text(),
            action: action.number(),
            hwid,
            entitlement,
            detail: detail.into(),
        })
    }
}
