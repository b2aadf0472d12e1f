//! The store that several servers share: a database of PostgreSQL.
//!
//! A transaction changes rows beside those of other servers. Each row that it reads to change is locked
//! as it is read, and PostgreSQL watches what SQLite watches: unique rows, references, channels used
//! beyond capacity, an audit that is only appended to. Work that meets somebody else's (a deadlock, a
//! lock that does not come free, a row that both enter) is undone and runs again, and then nobody else
//! changes anything: all transactions hold an advisory lock together, and the repetition holds it alone.
//!
//! | Room | One idea |
//! |---|---|
//! | `address`, `passfile` | which database, and the password for it |
//! | `link`, `tls` | a connection, and what protects it |
//! | `schema` | migrations |
//! | `lineage` | whether the database is still the one that it was |
//! | `transaction` | small steps that the tables are written in |
//! | `clients`, `entitlements`, `records`, `updates` | the tables |
//! | `arriving` | a ledger that comes from a file |
//! | `columns`, `error` | values and errors, in both languages |
//!
//! # Bounds
//! One connection for each open store. Work runs at most [`ATTEMPTS_MAX`] times. A statement may take 10
//! seconds, a wait for a lock 5; nothing is waited for longer than 15 seconds.

mod address;
mod arriving;
mod clients;
mod columns;
mod entitlements;
mod error;
mod lineage;
mod link;
mod passfile;
mod records;
mod schema;
mod statistics;
mod tls;
mod transaction;
mod updates;

use core::time::Duration;
use std::thread::sleep;
use std::time::Instant;

pub use address::Address;
pub(super) use arriving::Arriving;

use self::link::{Answer, Link};
use self::transaction::{Mode, PostgresTransaction};
use super::{Access, Store, StoreError, Transaction};

/// How often work runs at most that meets somebody else's.
pub const ATTEMPTS_MAX: u32 = 5;
/// Pause before work runs again; twice as long each time.
const PAUSE: Duration = Duration::from_millis(2);
/// How long after a failed connection the next one is tried; twice as long each time, up to the second.
const RECONNECT: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

/// A ledger in a database of PostgreSQL.
///
/// It may be open as often as is wanted, by several servers too. It waits on a runtime of its own: use
/// and drop it on threads that drive no other.
#[derive(Debug)]
pub struct PostgresStore {
    address: Address,
    access: Access,
    link: Option<Link>,
    reconnect: Reconnect,
}

/// When a lost connection is made again.
#[derive(Debug)]
struct Reconnect {
    not_before: Instant,
    pause: Duration,
}

impl Reconnect {
    fn at_once() -> Self {
        let [pause, _] = RECONNECT;
        Self { not_before: Instant::now(), pause }
    }

    fn later(&mut self) {
        let [_, longest] = RECONNECT;
        self.not_before = Instant::now().checked_add(self.pause).unwrap_or(self.not_before);
        self.pause = self.pause.saturating_mul(2).min(longest);
    }
}

/// How a transaction ended.
enum End<T> {
    /// As its work wanted.
    Done(T),
    /// It met somebody else's, and was undone.
    Again,
    /// It never began: the connection was lost while nobody used it.
    NotBegun,
}

impl PostgresStore {
    /// Opens the ledger in a database. An empty one gets its tables if the role may make them.
    ///
    /// # Errors
    /// [`StoreError::Denied`] if the database lets nobody in with this name and password;
    /// [`StoreError::NotALedger`] and [`StoreError::NewerSchema`] for what is not touched;
    /// [`StoreError::NotDurable`] if a commit would not survive a power cut; otherwise what kept it
    /// from opening.
    pub fn open(address: &Address, access: Access) -> Result<Self, StoreError> {
        let mut store = Self { address: address.clone(), access, link: None, reconnect: Reconnect::at_once() };
        store.connect()?;
        Ok(store)
    }

    /// Makes the connection if there is none. Between two failures it fails at once.
    fn connect(&mut self) -> Result<(), StoreError> {
        if self.link.as_ref().is_some_and(|link| !link.is_closed()) {
            return Ok(());
        }
        self.link = None;
        if Instant::now() < self.reconnect.not_before {
            return Err(StoreError::Unavailable);
        }
        match self.set_up() {
            Ok(()) => {
                self.reconnect = Reconnect::at_once();
                Ok(())
            }
            Err(error) => {
                self.link = None;
                self.reconnect.later();
                Err(error)
            }
        }
    }

    fn set_up(&mut self) -> Result<(), StoreError> {
        let mut link = Link::open(&self.address, self.access)?;
        schema::settle(&mut link, self.access)?;
        self.link = Some(link);
        if self.access == Access::Write && self.certainly(Mode::Snapshot, lineage::is_same)? == Some(false) {
            self.certainly(Mode::Exclusive, lineage::acknowledge)?;
        }
        Ok(())
    }

    /// Runs work of our own in one transaction, which must succeed.
    fn certainly<R>(
        &mut self,
        mode: Mode,
        mut work: impl FnMut(&mut PostgresTransaction<'_>) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        match self.once(mode, &mut work)? {
            End::Done(done) => Ok(done),
            End::Again | End::NotBegun => Err(StoreError::Busy),
        }
    }

    /// Runs work in one transaction.
    fn once<R, E: From<StoreError>>(
        &mut self,
        mode: Mode,
        work: &mut impl FnMut(&mut PostgresTransaction<'_>) -> Result<R, E>,
    ) -> Result<End<R>, E> {
        // It is put back when no transaction is open on it any more. Whatever goes wrong, even a panic
        // in the work, closes it, and the database rolls back.
        let mut link = self.link.take().ok_or(StoreError::Unavailable)?;
        if link.batch(mode.begin()).is_err() {
            // Either it is gone, or the lock did not come free.
            return if link.is_closed() { Ok(End::NotBegun) } else { Ok(End::Again) };
        }
        let mut tx = PostgresTransaction::new(&mut link, mode);
        let outcome = work(&mut tx);
        let met_another = tx.met_another();
        let ended = if met_another || outcome.is_err() { link.batch("ROLLBACK") } else { commit(&mut link) };
        if !link.is_closed() {
            self.link = Some(link);
        }
        if met_another {
            return Ok(End::Again);
        }
        let done = outcome?;
        // A commit that was refused is a rollback; one that was not heard of may have happened.
        ended.map_err(StoreError::from)?;
        Ok(End::Done(done))
    }
}

/// Commits. PostgreSQL says that a commit is done also where a statement failed before it and everything is
/// undone instead; a statement before it fails then, and says so.
fn commit(link: &mut Link) -> Answer<()> {
    let committed = link.batch("SELECT 1; COMMIT");
    if committed.is_err() && !link.is_closed() {
        link.batch("ROLLBACK")?;
    }
    committed
}

impl Store for PostgresStore {
    fn transaction<R, E: From<StoreError>>(
        &mut self,
        mut work: impl FnMut(&mut dyn Transaction) -> Result<R, E>,
    ) -> Result<R, E> {
        if self.access == Access::Read {
            return Err(StoreError::ReadOnly.into());
        }
        let (mut mode, mut pause) = (Mode::Shared, PAUSE);
        for _ in 0..ATTEMPTS_MAX {
            self.connect()?;
            match self.once(mode, &mut |tx: &mut PostgresTransaction<'_>| work(tx))? {
                End::Done(done) => return Ok(done),
                End::NotBegun => {}
                End::Again => {
                    sleep(pause);
                    pause = pause.saturating_mul(2);
                    mode = Mode::Exclusive;
                }
            }
        }
        Err(StoreError::Busy.into())
    }

    fn snapshot<R, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut dyn Transaction) -> Result<R, E>,
    ) -> Result<R, E> {
        let mut work = Some(work);
        for _ in 0..ATTEMPTS_MAX {
            self.connect()?;
            let mut read = |tx: &mut PostgresTransaction<'_>| match work.take() {
                Some(work) => work(tx),
                None => Err(StoreError::Busy.into()),
            };
            if let End::Done(done) = self.once(Mode::Snapshot, &mut read)? {
                return Ok(done);
            }
        }
        Err(StoreError::Busy.into())
    }
}
