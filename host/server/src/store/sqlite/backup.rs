//! Backups while the server runs, and putting one back.
//!
//! A restored ledger has forgotten what happened since the backup. What follows from that is the
//! ledger's business ([`begin_epoch`](crate::ledger::begin_epoch)); here files change places.

use core::time::Duration;
use std::fs::{self, File};
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::file::{make_private, of_file, sync_folder, with_suffix};
use super::transaction::SqliteTransaction;
use super::{Access, SqliteStore, Store as _};
use crate::store::{LedgerRow, LedgerTable as _, StoreError, Transaction};

/// All pages in one step, as SQLite counts them.
const ALL_PAGES: i32 = -1;
/// What lies beside a database while it is open.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// Why a backup was not made or put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RestoreError {
    /// There is a file already where the new one is to be. Name another.
    Exists,
    /// The ledger is open somewhere. Stop the server first.
    InUse,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for RestoreError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for RestoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl core::fmt::Display for RestoreError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Exists => f.write_str("there is a file of this name already"),
            Self::InUse => f.write_str("the ledger is in use: stop the server first"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for RestoreError {}

impl SqliteStore {
    /// Copies the ledger, as it is at this moment, into a new file while it is in use; nobody waits for
    /// it who has the ledger open by itself. The file appears under its name when it is whole, checked
    /// and on the disk.
    ///
    /// # Errors
    /// [`RestoreError::Exists`]: a backup never overwrites; [`RestoreError::Store`].
    pub fn backup(&self, to: &Path) -> Result<(), RestoreError> {
        if to.exists() {
            return Err(RestoreError::Exists);
        }
        let part = with_suffix(to, ".part");
        copy(&self.connection, &part)?;
        Self::open(&part, Access::Write)?.check_integrity()?;
        settle(&part)?;
        fs::rename(&part, to).map_err(of_file)?;
        Ok(sync_folder(to)?)
    }

    /// Puts a backup in the place of the ledger at `to`. Before that, `prepare` works on it: it is
    /// told the row of the ledger that is replaced, where that can be read, and gives the new epoch.
    /// The former ledger is kept beside it with the suffix `.before-N`, where N is that epoch.
    ///
    /// # Errors
    /// [`RestoreError::InUse`] while a server has the ledger open; [`RestoreError::Store`] when the
    /// backup is damaged or is none: then nothing was changed.
    pub fn restore(
        from: &Path,
        to: &Path,
        mut prepare: impl FnMut(&mut dyn Transaction, Option<LedgerRow>) -> Result<u32, StoreError>,
    ) -> Result<u32, RestoreError> {
        let former = if to.exists() { former_ledger(to)? } else { None };
        let part = with_suffix(to, ".part");
        let source = Self::open(from, Access::Read)?;
        copy(&source.connection, &part)?;
        let mut restored = Self::open(&part, Access::Write)?;
        restored.check_integrity()?;
        let epoch = restored.transaction(|tx| prepare(tx, former))?;
        drop(restored);
        settle(&part)?;
        if to.exists() {
            put_aside(to, &with_suffix(to, &format!(".before-{epoch}")))?;
        }
        fs::rename(&part, to).map_err(of_file)?;
        sync_folder(to)?;
        Ok(epoch)
    }
}

/// Copies a database into a new file, at once: in write-ahead mode a reader holds nobody up, and a copy
/// made in steps would begin anew with each change.
fn copy(from: &Connection, to: &Path) -> Result<(), RestoreError> {
    for suffix in [""].into_iter().chain(COMPANIONS) {
        let leftover = with_suffix(to, suffix);
        if leftover.exists() {
            fs::remove_file(leftover).map_err(of_file)?;
        }
    }
    make_private(to)?;
    let mut target = Connection::open(to)?;
    match Backup::new(from, &mut target)?.step(ALL_PAGES)? {
        StepResult::Done => Ok(()),
        _ => Err(RestoreError::Store(StoreError::Busy)),
    }
}

/// Keeps a ledger under another name, and leaves nothing beside the one that takes its place: SQLite
/// would take what a log holds for changes to that one.
fn put_aside(ledger: &Path, aside: &Path) -> Result<(), RestoreError> {
    if aside.exists() {
        return Err(RestoreError::Exists);
    }
    // A second name first, so that there is a ledger at every instant; some file systems have none.
    if fs::hard_link(ledger, aside).is_err() {
        fs::rename(ledger, aside).map_err(of_file)?;
    }
    for suffix in COMPANIONS {
        let companion = with_suffix(ledger, suffix);
        if companion.exists() {
            fs::rename(companion, with_suffix(aside, suffix)).map_err(of_file)?;
        }
    }
    Ok(())
}

/// The row of the ledger that is to be replaced, if it can be read; it may be damaged, or of newer
/// software. Its log is folded into it where that can be done.
fn former_ledger(path: &Path) -> Result<Option<LedgerRow>, RestoreError> {
    let row = Connection::open(path).ok().and_then(|former| SqliteTransaction { connection: &former }.ledger().ok());
    match settle(path) {
        Err(RestoreError::InUse) => Err(RestoreError::InUse),
        _ => Ok(row.flatten()),
    }
}

/// Leaves a database that nobody has open as one file, on the disk.
pub(super) fn settle(path: &Path) -> Result<(), RestoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::ZERO)?;
    // Leaving write-ahead mode needs the file for itself, so it fails while anyone has it open.
    let journal: String = connection
        .query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))
        .map_err(|error| in_use(error.into()))?;
    drop(connection);
    if journal != "delete" {
        return Err(RestoreError::InUse);
    }
    Ok(File::open(path).and_then(|file| file.sync_all()).map_err(of_file)?)
}

fn in_use(error: StoreError) -> RestoreError {
    if error == StoreError::Busy { RestoreError::InUse } else { RestoreError::Store(error) }
}
