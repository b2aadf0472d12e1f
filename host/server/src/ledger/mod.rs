//! The rules of the ledger: who gets which channels, until when, and when they are free again.
//!
//! ```text
//! SignedRequest -> answer()  -> Answer -> (commit) -> Answer::seal -> bytes for the client
//!                  commands  -> what an administrator does
//!                  sweep()   -> what time does
//! ```
//!
//! Everything here is a plain function over a [`Book`]: a transaction that somebody opened, the
//! time, random bytes and the server's key. Nothing reads a clock or a file. What is refused changes
//! nothing; what is done is a line of the audit.
//!
//! | Idea | Module |
//! |---|---|
//! | one request, from its bytes to the decision | `contact` |
//! | who asks: secrets, clones, administrators | `who` |
//! | which entitlement a client gets | `assign` |
//! | channels taken, leases signed | `activate` |
//! | channels given up, moved, swept | `release` |
//! | the same machine with other hardware | `rebind` |
//! | founding, restoring, leases that were forgotten | `epoch` |
//! | entitlements and revocation lists from the vendor | `import` |
//! | what administrators decide | `command` |
//! | clients before their first contact | `expect` |
//! | why does it not record, and what to do next | `overview` |
//! | software updates: published, offered, reported on | [`update`] |
//! | whether the books balance | `balance` |
//! | what happened in each hour, for pictures | `statistics` |

mod action;
mod activate;
mod answer;
mod assign;
mod balance;
mod command;
mod contact;
mod epoch;
mod expect;
mod import;
mod overview;
mod rebind;
mod release;
mod sign;
mod statistics;
pub mod update;
mod who;

use core::fmt;

use hwlicense::time::UnixSeconds;

pub use action::{Action, Actor};
pub use answer::{ANSWERS_KEPT, Answer};
pub use balance::{Finding, balance};
pub use command::{
    CommandError, Role, TOKENS_MAX, accept_candidate, allow_change, assign, clear_clone_mark, deactivate,
    digest_holder, make_token, move_channels, revoke_token, token_holder, withdraw,
};
pub use contact::answer;
pub use epoch::{begin_epoch, found};
pub use expect::{CsvError, Expected, expect, read_csv, strike_expected};
pub use import::{ImportError, Imported, import_entitlement, import_list};
pub use overview::{ClientView, Page, RECORDER_NEVER_SEEN, Standing, client, clients};
pub use release::{Receipt, sweep};
pub use sign::ServerKey;
pub use statistics::{HOURS_KEPT, Tally, hour_of, note_statistics};

use crate::store::{LedgerRow, StoreError, Transaction};

/// Seconds of a year, for rebinds.
const YEAR_S: u64 = 365 * 86_400;

/// Whether clients are given licences without an administrator's word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assignment {
    /// A client that has none gets the entitlement with the smallest key that fits and has room.
    #[default]
    Automatic,
    /// A client waits until an administrator assigns one, or somebody enters a key on it.
    Manual,
}

/// What an administrator sets once for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether clients are given licences without an administrator's word.
    pub assignment: Assignment,
    /// Whether a client without a licence may begin the trial. One that began it goes on.
    pub trial: bool,
    /// How often a client may change its hardware in a year without an administrator's word.
    pub rebinds_max: u32,
    /// How many clients are entered that nobody expects. A HWID can be invented, and each takes room for
    /// ever: about a kilobyte.
    pub clients_max: u32,
    /// How careful the roll-out of an update is.
    pub updates: update::Caution,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            assignment: Assignment::Automatic,
            trial: true,
            rebinds_max: 4,
            clients_max: 250_000,
            updates: update::Caution::default(),
        }
    }
}

/// The ledger, open at one moment.
pub struct Book<'a> {
    tx: &'a mut dyn Transaction,
    ledger: LedgerRow,
    now: UnixSeconds,
    policy: Policy,
    key: &'a ServerKey,
    random: &'a mut dyn FnMut(&mut [u8]),
    actor: Actor<'a>,
}

impl fmt::Debug for Book<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book").field("ledger", &self.ledger).field("now", &self.now).finish_non_exhaustive()
    }
}

impl<'a> Book<'a> {
    /// Opens the ledger in a transaction, for a client's request.
    ///
    /// `random` fills a slice with bytes that nobody can guess.
    ///
    /// # Errors
    /// [`StoreError::NotALedger`] where none was founded; else [`StoreError`].
    pub fn open(
        tx: &'a mut dyn Transaction,
        now: UnixSeconds,
        policy: Policy,
        key: &'a ServerKey,
        random: &'a mut dyn FnMut(&mut [u8]),
    ) -> Result<Self, StoreError> {
        let ledger = tx.ledger()?.ok_or(StoreError::NotALedger)?;
        Ok(Self { tx, ledger, now, policy, key, random, actor: Actor::Client })
    }

    /// The same, for somebody else.
    #[must_use]
    pub fn on_behalf_of(mut self, actor: Actor<'a>) -> Self {
        self.actor = actor;
        self
    }

    /// The time at which it is open.
    #[must_use]
    pub const fn now(&self) -> UnixSeconds {
        self.now
    }

    /// Which ledger it is.
    #[must_use]
    pub const fn ledger(&self) -> &LedgerRow {
        &self.ledger
    }

    /// The rows, for those who only want to read them.
    pub fn rows(&mut self) -> &mut dyn Transaction {
        self.tx
    }
}
