//! An open transaction on SQLite: small steps that the tables are written in.

use rusqlite::{Connection, OptionalExtension as _, Params, Row};

use crate::store::{Savepoint, StoreError, Transaction};

/// An open transaction. Its statements stay prepared for the next one.
pub(super) struct SqliteTransaction<'c> {
    pub(super) connection: &'c Connection,
}

impl SqliteTransaction<'_> {
    /// Runs a statement and gives the number of rows that it changed.
    pub(super) fn run(&mut self, sql: &str, values: impl Params) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.execute(values)?)
    }

    /// Changes exactly one row; if it is not there, that is a conflict.
    pub(super) fn change_one(&mut self, sql: &str, values: impl Params) -> Result<(), StoreError> {
        match self.run(sql, values)? {
            1 => Ok(()),
            _ => Err(StoreError::Conflict),
        }
    }

    /// Inserts a row and gives its number.
    pub(super) fn insert(&mut self, sql: &str, values: impl Params) -> Result<i64, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.insert(values)?)
    }

    /// The first row, if there is one.
    pub(super) fn first<T>(
        &mut self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.query_row(values, read).optional()?)
    }

    /// All rows.
    pub(super) fn all<T>(
        &mut self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(values, read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Transaction for SqliteTransaction<'_> {
    fn savepoint(&mut self, step: Savepoint) -> Result<(), StoreError> {
        // Names nest in SQLite: the innermost one is meant.
        match step {
            Savepoint::Open => self.run("SAVEPOINT step", []),
            Savepoint::Keep => self.run("RELEASE step", []),
            Savepoint::Undo => self.run("ROLLBACK TO step", []).and_then(|_| self.run("RELEASE step", [])),
        }
        .map(|_| ())
    }
}
