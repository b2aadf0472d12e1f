//! An open transaction on PostgreSQL: small steps that the tables are written in.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use super::error::Race;
use super::link::{Answer, Failure, Link};
use crate::store::{Savepoint, StoreError, Transaction};

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Changes, beside those of others. What is read to be changed is locked.
    Shared,
    /// Changes, and nobody else makes any.
    Exclusive,
    /// Reading one consistent state.
    Snapshot,
}

impl Mode {
    /// What begins it. The number is that of all ledgers' locks ("hwlL").
    pub(super) const fn begin(self) -> &'static str {
        match self {
            Self::Shared => {
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock_shared(1752656972, 1)"
            }
            Self::Exclusive => {
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(1752656972, 1)"
            }
            Self::Snapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }
}

/// An open transaction. Its statements stay prepared for the next one.
pub(super) struct PostgresTransaction<'l> {
    link: &'l mut Link,
    mode: Mode,
    race: bool,
}

impl<'l> PostgresTransaction<'l> {
    pub(super) fn new(link: &'l mut Link, mode: Mode) -> Self {
        Self { link, mode, race: false }
    }

    /// Whether somebody else was in the way, so that all of it should run again.
    pub(super) const fn met_another(&self) -> bool {
        self.race
    }

    /// Runs several statements that give nothing.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let answer = self.link.batch(sql);
        self.judge(answer)
    }

    /// Runs something on the client itself.
    pub(super) fn with_client<R>(&mut self, work: impl AsyncFnOnce(&mut Client) -> R) -> R {
        self.link.with_client(work)
    }

    /// Runs a statement and gives the number of rows that it changed.
    pub(super) fn run(&mut self, sql: &'static str, values: &[&(dyn ToSql + Sync)]) -> Result<u64, StoreError> {
        let answer = self.link.execute(sql, values);
        self.judge(answer)
    }

    /// Changes exactly one row; if it is not there, that is a conflict.
    pub(super) fn change_one(&mut self, sql: &'static str, values: &[&(dyn ToSql + Sync)]) -> Result<(), StoreError> {
        match self.run(sql, values)? {
            1 => Ok(()),
            _ => Err(StoreError::Conflict),
        }
    }

    /// The first row, if there is one.
    pub(super) fn first<T>(
        &mut self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
        read: impl FnOnce(&Row) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let answer = self.link.query(sql, values);
        self.judge(answer)?.first().map(read).transpose()
    }

    /// All rows.
    pub(super) fn all<T>(
        &mut self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
        read: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let answer = self.link.query(sql, values);
        self.judge(answer)?.iter().map(read).collect()
    }

    /// Inserts a row with a statement that returns its number.
    pub(super) fn insert(&mut self, sql: &'static str, values: &[&(dyn ToSql + Sync)]) -> Result<i64, StoreError> {
        self.first(sql, values, |row| super::columns::take(row, 0))?.ok_or(StoreError::Corrupt)
    }

    /// Of two forms of a query, the one that locks its rows where they may be changed afterwards.
    ///
    /// Each row that is read to be written back is locked as it is read: what is written rests on what
    /// was committed last, and a row that meanwhile is none of those asked for is not given.
    pub(super) const fn locking(&self, plain: &'static str, locked: &'static str) -> &'static str {
        match self.mode {
            Mode::Shared | Mode::Exclusive => locked,
            Mode::Snapshot => plain,
        }
    }

    /// Notes whether a failure comes from somebody else's work. One that may be what it seems to be is
    /// believed when nobody else can be there.
    fn judge<T>(&mut self, answer: Answer<T>) -> Result<T, StoreError> {
        answer.map_err(|failure| {
            if let Failure::Database(error) = &failure {
                self.race |= match Race::of(error) {
                    Race::Certain => true,
                    Race::Perhaps => self.mode == Mode::Shared,
                    Race::None => false,
                };
            }
            failure.into()
        })
    }
}

impl Transaction for PostgresTransaction<'_> {
    fn savepoint(&mut self, step: Savepoint) -> Result<(), StoreError> {
        // Names nest in PostgreSQL as in SQLite: the innermost one is meant.
        self.batch(match step {
            Savepoint::Open => "SAVEPOINT step",
            Savepoint::Keep => "RELEASE step",
            Savepoint::Undo => "ROLLBACK TO step; RELEASE step",
        })
    }
}

/// A query twice: as it is, and with its rows locked.
macro_rules! locking {
    ($tx:expr, $($sql:expr),+ $(,)?) => {
        $tx.locking(concat!($($sql),+), concat!($($sql),+, " FOR UPDATE"))
    };
}
pub(super) use locking;
