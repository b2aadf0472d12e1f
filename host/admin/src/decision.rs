//! What an administrator decides about one client: the same from a form and from a program.

use hwlicense::hwid::Hwid;
use hwlicense::license::LicenseKey;
use hwlicense_server::ledger::{self, Book, Receipt};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::text::show_time;

/// What is to be done with a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verb {
    /// Assign a licence; it gets it at its next contact. A client that was withdrawn is served again.
    Assign,
    /// Take the assignment back; what it has it keeps.
    Unassign,
    /// Let it go on with other hardware.
    Allow,
    /// It was reset and is the one: from now on its new secret counts.
    Accept,
    /// It is not two: clear the mark; it keeps its secret.
    ClearMark,
    /// Give its licence up in its place; channels are free when its last lease has ended.
    Deactivate,
    /// Take its channels at once, for other hardware or for nobody. Costs a move.
    Move,
    /// Give up all that it has, and refuse it until something is assigned to it.
    Withdraw,
}

/// What is to be done with a client, and with what.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// What.
    pub(crate) decision: Verb,
    /// The licence, to assign, deactivate and move.
    #[serde(default)]
    pub(crate) license_key: Option<String>,
    /// The other Hardware ID, to allow and move.
    #[serde(default)]
    pub(crate) to: Option<String>,
    /// Only say what would happen.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

/// A decision that can be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Assign(Option<LicenseKey>),
    Allow(Option<Hwid>),
    Accept,
    ClearMark,
    Deactivate(LicenseKey),
    Move(LicenseKey, Option<Hwid>),
    Withdraw,
}

/// A licence that was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct GivenUp {
    /// Which.
    pub(crate) license_key: String,
    /// When its channels are free; null for never, because its lease has no end.
    pub(crate) free_from: Option<String>,
}

/// What came of a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Done {
    /// What the client gave up.
    pub(crate) given_up: Vec<GivenUp>,
    /// How often the channels of the licence may still move.
    pub(crate) moves_left: Option<u16>,
}

/// The client's Hardware ID out of an address or a field.
pub(crate) fn read_hwid(text: &str) -> Result<Hwid, Problem> {
    text.trim()
        .parse()
        .map_err(|_| Problem::unreadable(format!("`{text}` is no Hardware ID"), "Write its 34 hexadecimal digits."))
}

/// A licence key out of a field.
pub(crate) fn read_key(text: &str) -> Result<LicenseKey, Problem> {
    text.trim().parse().map_err(|error| {
        Problem::unreadable(format!("`{text}` is no licence key: {error}"), "Write it as AAAA-BBBB-CCCC-DDDD.")
    })
}

impl Verb {
    /// The verb of this name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
    }
}

impl Order {
    /// What it says.
    pub(crate) fn decision(&self) -> Result<Decision, Problem> {
        let to = self.to.as_deref().map(read_hwid).transpose()?;
        let key = || {
            let text = self.license_key.as_deref();
            let text = text.ok_or_else(|| Problem::unreadable("a licence key is missing", "Name the licence."))?;
            read_key(text)
        };
        Ok(match self.decision {
            Verb::Assign => Decision::Assign(Some(key()?)),
            Verb::Unassign => Decision::Assign(None),
            Verb::Allow => Decision::Allow(to),
            Verb::Accept => Decision::Accept,
            Verb::ClearMark => Decision::ClearMark,
            Verb::Deactivate => Decision::Deactivate(key()?),
            Verb::Move => Decision::Move(key()?, to),
            Verb::Withdraw => Decision::Withdraw,
        })
    }
}

impl Decision {
    /// Does it, within a transaction.
    pub(crate) fn carry_out(self, book: &mut Book<'_>, hwid: Hwid) -> Result<Done, Problem> {
        let given_up = |receipt: &Receipt| GivenUp {
            license_key: receipt.entitlement.to_string(),
            free_from: receipt.free_from.map(show_time),
        };
        Ok(match self {
            Self::Assign(key) => {
                ledger::assign(book, hwid, key)?;
                Done::default()
            }
            Self::Allow(to) => {
                ledger::allow_change(book, hwid, to)?;
                Done::default()
            }
            Self::Accept => {
                ledger::accept_candidate(book, hwid)?;
                Done::default()
            }
            Self::ClearMark => {
                ledger::clear_clone_mark(book, hwid)?;
                Done::default()
            }
            Self::Deactivate(key) => {
                let receipt = ledger::deactivate(book, hwid, key)?;
                Done { given_up: vec![given_up(&receipt)], ..Done::default() }
            }
            Self::Move(key, to) => {
                ledger::move_channels(book, key, hwid, to)?;
                let row = book.rows().entitlement(key)?;
                let free_from = Some(show_time(book.now()));
                Done {
                    given_up: vec![GivenUp { license_key: key.to_string(), free_from }],
                    moves_left: row.map(|row| row.moves_max.saturating_sub(row.moves_used)),
                }
            }
            Self::Withdraw => {
                let receipts = ledger::withdraw(book, hwid)?;
                Done { given_up: receipts.iter().map(given_up).collect(), ..Done::default() }
            }
        })
    }
}
