//! The embedded store: one SQLite file, and nothing else to install.
//!
//! The file is in write-ahead mode with full synchronisation, so that a commit survives a power cut
//! and readers never wait. What SQLite can watch by itself it watches: unique rows, references,
//! channels used beyond capacity, an audit that is only appended to.
//!
//! # Bounds
//! The page cache holds at most [`CACHE_KIB`] for each open store, prepared statements
//! [`STATEMENTS_MAX`]. SQLite asks for little else; nothing is mapped into memory.

mod backup;
mod clients;
mod columns;
mod departing;
mod entitlements;
mod error;
mod file;
mod records;
mod statistics;
mod transaction;
mod updates;

use core::time::Duration;
use std::path::{Path, PathBuf};

pub use super::Access;
pub use backup::RestoreError;
pub(super) use departing::Departing;
pub use departing::moved_to;
use rusqlite::{Connection, MAIN_DB, OpenFlags, OptionalExtension as _, TransactionBehavior};

use self::transaction::SqliteTransaction;
use super::{Store, StoreError, Transaction};

/// Page cache of one open store, in KiB.
pub const CACHE_KIB: u32 = 8192;
/// Most prepared statements that are kept.
pub const STATEMENTS_MAX: usize = 128;
/// How long a store waits for somebody else to finish.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Marks a file as a ledger of ours ("hwlL").
const APPLICATION_ID: i32 = 0x6877_6c4c;

mod embedded {
    refinery::embed_migrations!("src/store/sqlite/migrations");
}

/// A ledger in a SQLite file.
///
/// A file may be open several times: one writer, and as many readers as are wanted.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    path: PathBuf,
}

impl SqliteStore {
    /// Opens the ledger in a file.
    ///
    /// # Errors
    /// [`StoreError::NotALedger`] and [`StoreError::NewerSchema`] for files that are not touched;
    /// [`StoreError::Unavailable`] if SQLite does not take a setting that the ledger's safety rests
    /// on (a file system without shared memory, for one); otherwise what kept it from opening.
    pub fn open(path: &Path, access: Access) -> Result<Self, StoreError> {
        if access == Access::Write && !path.exists() {
            file::make_private(path)?;
        }
        Self::open_on(path, access, None)
    }

    /// Opens the ledger through a registered virtual file system of SQLite: encryption at rest, or
    /// the fault injection of tests.
    ///
    /// # Errors
    /// As for [`SqliteStore::open`].
    pub fn open_on(path: &Path, access: Access, file_system: Option<&str>) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX
            | match access {
                Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
                Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
            };
        let mut connection = match file_system {
            Some(name) => Connection::open_with_flags_and_vfs(path, flags, name)?,
            None => Connection::open_with_flags(path, flags)?,
        };
        if access == Access::Write && connection.is_readonly(MAIN_DB)? {
            return Err(StoreError::ReadOnly);
        }
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        check_owner(&connection)?;
        configure(&connection, access)?;
        if access == Access::Write {
            migrate(&mut connection)?;
        }
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Limits the file to so many pages of 4 KiB, so that a ledger cannot fill a disk that others
    /// need. Beyond it changes fail with [`StoreError::Full`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn limit_pages(&mut self, pages_max: u32) -> Result<(), StoreError> {
        self.connection.pragma_update(None, "max_page_count", pages_max)?;
        Ok(())
    }

    /// Reads the whole file and looks for damage.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when there is some.
    pub fn check_integrity(&mut self) -> Result<(), StoreError> {
        let answer: String = self.connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        let dangling = self.connection.prepare("PRAGMA foreign_key_check")?.exists([])?;
        if answer == "ok" && !dangling { Ok(()) } else { Err(StoreError::Corrupt) }
    }

    fn run<R, E: From<StoreError>>(
        &mut self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&mut dyn Transaction) -> Result<R, E>,
    ) -> Result<R, E> {
        let open = self.connection.transaction_with_behavior(behavior).map_err(StoreError::from)?;
        // Whatever ends before the commit rolls back.
        let result = work(&mut SqliteTransaction { connection: &open })?;
        open.commit().map_err(StoreError::from)?;
        Ok(result)
    }
}

impl Store for SqliteStore {
    fn transaction<R, E: From<StoreError>>(
        &mut self,
        work: impl FnMut(&mut dyn Transaction) -> Result<R, E>,
    ) -> Result<R, E> {
        self.run(TransactionBehavior::Immediate, work)
    }

    fn snapshot<R, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut dyn Transaction) -> Result<R, E>,
    ) -> Result<R, E> {
        let only_reads = |connection: &Connection, on: bool| {
            connection.pragma_update(None, "query_only", on).map_err(StoreError::from)
        };
        only_reads(&self.connection, true)?;
        let result = self.run(TransactionBehavior::Deferred, work);
        only_reads(&self.connection, false)?;
        result
    }
}

/// Refuses a file that holds something else, before anything in it is changed.
fn check_owner(connection: &Connection) -> Result<(), StoreError> {
    let id: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let is_empty = !connection.prepare("SELECT 1 FROM sqlite_schema LIMIT 1")?.exists([])?;
    if id == departing::MOVED_ID {
        return Err(StoreError::Moved);
    }
    if id != APPLICATION_ID && !(id == 0 && is_empty) {
        return Err(StoreError::NotALedger);
    }
    if is_empty {
        return Ok(());
    }
    if schema_version(connection)? > newest_schema() { Err(StoreError::NewerSchema) } else { Ok(()) }
}

/// The number of the last migration that a file has seen.
fn schema_version(connection: &Connection) -> Result<i32, StoreError> {
    let sql = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// The number of the last migration that this software knows.
fn newest_schema() -> i32 {
    embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// Makes the settings, and reads them back: SQLite passes over what it cannot do.
fn configure(connection: &Connection, access: Access) -> Result<(), StoreError> {
    if access == Access::Write {
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    let settings = [
        ("synchronous", 2), // FULL: a commit is on the disk before it is reported
        ("foreign_keys", 1),
        ("cache_size", i64::from(CACHE_KIB).wrapping_neg()), // negative: KiB, not pages
        ("mmap_size", 0),                                    // a failing disk is an error, not a signal
        ("trusted_schema", 0),                               // nothing in a foreign file is run
        ("cell_size_check", 1),                              // damage is found where it is read
    ];
    for (name, value) in settings {
        connection.pragma_update(None, name, value)?;
        let taken = connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).optional()?;
        // A file system that cannot map files has no answer to how much it maps.
        if taken.unwrap_or(0) != value {
            return Err(StoreError::Unavailable);
        }
    }
    // A backup that is only read is in no mode in particular.
    let journal: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if access == Access::Read || journal == "wal" { Ok(()) } else { Err(StoreError::Unavailable) }
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    match embedded::migrations::runner().run(connection) {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.kind() {
            refinery::error::Kind::Connection(_, source) => source
                .downcast_ref::<rusqlite::Error>()
                .and_then(|error| error.sqlite_error_code())
                .map_or(StoreError::Unavailable, error::of_code),
            // A migration that was run is not the one that this software knows.
            _ => StoreError::Corrupt,
        }),
    }
}
