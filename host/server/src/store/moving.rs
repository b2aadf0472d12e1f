//! A ledger moves from a file into a database that several servers share.
//!
//! Rows are copied as they lie there, whatever the tables are, and read back and compared before the
//! commit. The file is locked from beginning to end and marked in a transaction that ends right after
//! that of the database: a server that is started on it by mistake refuses. Should the machine fail
//! between the two, moving again finds the same rows in both, and only marks the file.

use core::fmt;
use std::path::Path;

use super::postgres::{Address, PostgresStore};
use super::sqlite::{Departing, RestoreError};
use super::{Access, Location, StoreError};

/// Rows that are copied, or compared, at a time.
const ROWS_AT_ONCE: usize = 500;

/// A value in either database.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A table with what is needed to copy it.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// Columns of the primary key, and whether each is text.
    pub(super) key: Vec<(String, bool)>,
    pub(super) rows: u64,
    /// The highest number that the table gave to a row, where it gives such.
    pub(super) highest_id: i64,
}

/// What is done with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its rows are copied.
    Copying,
    /// Its rows are read back and compared.
    Comparing,
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The table.
    pub table: &'a str,
    /// What is done with it.
    pub step: Step,
    /// Rows that were copied or compared, of all tables.
    pub done: u64,
    /// Rows to copy and to compare, of all tables.
    pub of: u64,
}

/// Whether a move is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// The ledger is in the database afterwards.
    Final,
    /// Everything is copied, compared and undone.
    Rehearsal,
}

/// A table that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedTable {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
}

/// Why a ledger was not moved. The file is as it was, and the database is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MoveError {
    /// A server has the file open. Stop it first.
    InUse,
    /// There is a ledger in the database already, and it is not this one. Name an empty database.
    TargetHolds,
    /// Rows of a table are not the same afterwards, which is a mistake in this software.
    Differs(String),
    /// One of the two failed.
    Store(StoreError),
}

impl From<StoreError> for MoveError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<RestoreError> for MoveError {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Store(error) => Self::Store(error),
            _ => Self::InUse,
        }
    }
}

impl fmt::Display for MoveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str("the ledger is in use: stop the server first"),
            Self::TargetHolds => f.write_str("the database holds another ledger, or one that went on since"),
            Self::Differs(table) => write!(f, "rows of {table} are not the same in both"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for MoveError {}

/// Moves the ledger in a file into an empty database, with everything in it: ids, serials, epoch, audit.
///
/// # Errors
/// [`MoveError`]; then nothing was changed.
pub fn move_ledger(
    from: &Path,
    to: &Address,
    departure: Departure,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<MovedTable>, MoveError> {
    let departing = Departing::open(from)?;
    let ledger = departing.ledger()?.ok_or(StoreError::NotALedger)?;
    let tables = departing.tables()?;
    let mut target = PostgresStore::open(to, Access::Write)?;
    let place = Location::Postgres(to.clone()).to_string();
    let rows = tables.iter().map(|table| table.rows).sum::<u64>();
    let mut counter = Counter { progress, done: 0, of: rows };
    let moved = target.arrive(|arriving| {
        let is_there = match arriving.ledger()? {
            None => false,
            Some(other) if other.id == ledger.id && other.epoch == ledger.epoch => true,
            Some(_) => return Err(MoveError::TargetHolds.into()),
        };
        if !is_there {
            counter.of = rows.saturating_mul(2);
            for table in &tables {
                departing.each_chunk(table, ROWS_AT_ONCE, |rows| {
                    counter.add(table, Step::Copying, rows.len());
                    arriving.put_rows(table, &rows)
                })?;
                arriving.count_on(table)?;
            }
        }
        for table in &tables {
            let different = || if is_there { MoveError::TargetHolds } else { MoveError::Differs(table.name.clone()) };
            arriving.begin_reading(table)?;
            departing.each_chunk(table, ROWS_AT_ONCE, |rows| {
                counter.add(table, Step::Comparing, rows.len());
                if arriving.read_rows(rows.len())? == rows { Ok(()) } else { Err(different()) }
            })?;
            if !arriving.read_rows(1)?.is_empty() {
                return Err(different().into());
            }
            arriving.end_reading()?;
        }
        if departure == Departure::Rehearsal {
            return Err(Stop::Rehearsed);
        }
        if !is_there {
            arriving.put_ledger(&ledger)?;
        }
        Ok(departing.mark(&place)?)
    });
    match moved {
        Ok(()) => departing.leave()?,
        Err(Stop::Rehearsed) => {}
        Err(Stop::Failed(error)) => return Err(error),
    }
    Ok(tables.into_iter().map(|table| MovedTable { name: table.name, rows: table.rows }).collect())
}

/// Why the database is not to keep what was done.
enum Stop {
    Rehearsed,
    Failed(MoveError),
}

impl<E: Into<MoveError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Tells how far it is.
struct Counter<'a> {
    progress: &'a mut dyn FnMut(Progress<'_>),
    done: u64,
    of: u64,
}

impl Counter<'_> {
    fn add(&mut self, table: &Shape, step: Step, rows: usize) {
        self.done = self.done.saturating_add(u64::try_from(rows).unwrap_or(u64::MAX));
        (self.progress)(Progress { table: &table.name, step, done: self.done, of: self.of });
    }
}
