//! A ledger moves from a file into a database that several servers share.
//!
//! Rows are copied as they lie there, whatever the tables are, and read back and compared before the
//! commit. The file is locked from beginning to end and marked in a transaction that ends right after
//! that of the database: a server that is started on it by mistake refuses. Should the machine fail
//! between the two, moving again finds the same rows in both, and only marks the file.

use core::fmt;
use std::path::Path;

use super::postgres::{Address, Arriving, PostgresStore};
use super::sqlite::{Departing, RestoreError};
use super::{Access, StoreError};

/// A value in either database.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Cell {
    /// What it takes beside itself.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Null | Self::Number(_) => 0,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }
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
    let mut counter = Counter { progress, done: 0, of: 0 };
    let moved = target.arrive(|arriving| {
        let is_there = match arriving.ledger()? {
            None => false,
            Some(other) if other.id == ledger.id && other.epoch == ledger.epoch => true,
            Some(_) => return Err(MoveError::TargetHolds.into()),
        };
        let rows = tables.iter().map(|table| table.rows).sum::<u64>();
        counter.of = if is_there { rows } else { rows.saturating_mul(2) };
        if !is_there {
            tables.iter().try_for_each(|table| copy(&departing, arriving, table, &mut counter))?;
        }
        for table in &tables {
            if !is_same(&departing, arriving, table, &mut counter)? {
                let differs = || MoveError::Differs(table.name.clone());
                return Err(if is_there { MoveError::TargetHolds } else { differs() }.into());
            }
        }
        if departure == Departure::Rehearsal {
            return Err(Stop::Rehearsed);
        }
        if !is_there {
            arriving.put_ledger(&ledger)?;
        }
        Ok(departing.mark(&to.to_string())?)
    });
    match moved {
        Ok(()) => departing.leave()?,
        Err(Stop::Rehearsed) => {}
        Err(Stop::Failed(error)) => return Err(error),
    }
    Ok(tables.into_iter().map(|table| MovedTable { name: table.name, rows: table.rows }).collect())
}

fn copy(
    from: &Departing,
    to: &mut Arriving<'_, '_>,
    table: &Shape,
    counter: &mut Counter<'_>,
) -> Result<(), StoreError> {
    from.each_chunk(table, |rows| {
        counter.add(table, Step::Copying, rows.len());
        to.put_rows(table, &rows)
    })?;
    to.count_on(table)
}

/// Whether a table holds the same rows in both.
fn is_same(
    one: &Departing,
    other: &mut Arriving<'_, '_>,
    table: &Shape,
    counter: &mut Counter<'_>,
) -> Result<bool, StoreError> {
    let mut is_same = true;
    other.begin_reading(table)?;
    one.each_chunk(table, |rows| {
        counter.add(table, Step::Comparing, rows.len());
        is_same &= other.read_rows(rows.len())? == rows;
        Ok::<_, StoreError>(())
    })?;
    is_same &= other.read_rows(1)?.is_empty();
    other.end_reading()?;
    Ok(is_same)
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
