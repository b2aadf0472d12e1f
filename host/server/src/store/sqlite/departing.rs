//! A ledger that leaves its file: locked, read table by table, and marked in the end.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _};

use super::backup::{RestoreError, settle};
use super::transaction::SqliteTransaction;
use super::{Access, SqliteStore};
use crate::store::moving::{Cell, Shape};
use crate::store::{LedgerRow, LedgerTable as _, StoreError};

/// Marks a file whose ledger is elsewhere now ("hwlm"); no version of this software opens it.
pub(super) const MOVED_ID: i32 = 0x6877_6c6d;
/// The setting that says where it is.
const MOVED_TO: &str = "moved-to";

/// Rows that are handed over at a time, and bytes in them, unless one row has more.
const ROWS_AT_ONCE: usize = 500;
const BYTES_AT_ONCE: usize = 4 << 20;

/// A ledger that is read to be moved. Until it is dropped nobody else opens its file.
pub(in crate::store) struct Departing {
    connection: Connection,
}

/// Where the ledger of a file is now, if it was moved.
#[must_use]
pub fn moved_to(path: &Path) -> Option<String> {
    let connection = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    SqliteTransaction { connection: &connection }.setting(MOVED_TO).ok()?
}

impl Departing {
    /// Brings a ledger up to date and takes it for itself.
    pub(in crate::store) fn open(path: &Path) -> Result<Self, RestoreError> {
        SqliteStore::open(path, Access::Write)?.check_integrity()?;
        settle(path)?;
        let connection = Connection::open(path)?;
        // With a rollback journal this keeps readers out, too.
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        Ok(Self { connection })
    }

    pub(in crate::store) fn ledger(&self) -> Result<Option<LedgerRow>, StoreError> {
        SqliteTransaction { connection: &self.connection }.ledger()
    }

    /// All tables but the ledger's own row, which the other store keeps in its own form; those that
    /// others refer to come first.
    pub(in crate::store) fn tables(&self) -> Result<Vec<Shape>, StoreError> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                   AND name NOT IN ('ledger', 'refinery_schema_history') ORDER BY name";
        let mut names: Vec<String> = self.column(sql, [])?;
        let mut tables: Vec<Shape> = Vec::with_capacity(names.len());
        while !names.is_empty() {
            let before = names.len();
            let mut later = Vec::new();
            for name in names {
                let referred: Vec<String> =
                    self.column("SELECT \"table\" FROM pragma_foreign_key_list(?1)", [&name])?;
                let is_ready = |other: &String| *other == name || tables.iter().any(|table| table.name == *other);
                if referred.iter().all(is_ready) {
                    tables.push(self.shape(name)?);
                } else {
                    later.push(name);
                }
            }
            if later.len() == before {
                return Err(StoreError::Corrupt);
            }
            names = later;
        }
        Ok(tables)
    }

    fn shape(&self, name: String) -> Result<Shape, StoreError> {
        let columns = self.column("SELECT name FROM pragma_table_info(?1) ORDER BY cid", [&name])?;
        let mut statement = self
            .connection
            .prepare("SELECT name, type = 'TEXT' FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")?;
        let key = statement.query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let rows: i64 = self.connection.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| row.get(0))?;
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
        let highest_id = self.connection.query_row(sql, [&name], |row| row.get(0)).optional()?.unwrap_or(0);
        Ok(Shape { name, columns, key, rows: u64::try_from(rows).unwrap_or(0), highest_id })
    }

    fn column(&self, sql: &str, values: impl rusqlite::Params) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map(values, |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Hands over the rows of a table in the order of its key, so many at a time that memory stays small.
    pub(in crate::store) fn each_chunk<E: From<StoreError>>(
        &self,
        table: &Shape,
        mut work: impl FnMut(Vec<Vec<Cell>>) -> Result<(), E>,
    ) -> Result<(), E> {
        let quoted = |name: &String| format!("\"{name}\"");
        let columns: Vec<String> = table.columns.iter().map(quoted).collect();
        let key: Vec<String> = table.key.iter().map(|(name, _)| quoted(name)).collect();
        let sql = format!("SELECT {} FROM \"{}\" ORDER BY {}", columns.join(", "), table.name, key.join(", "));
        let mut statement = self.connection.prepare(&sql).map_err(StoreError::from)?;
        let mut rows = statement.query([]).map_err(StoreError::from)?;
        let (mut chunk, mut bytes) = (Vec::new(), 0usize);
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            let cells = (0..columns.len()).map(|index| row.get_ref(index).map_err(StoreError::from).and_then(cell));
            let cells = cells.collect::<Result<Vec<_>, _>>()?;
            bytes = cells.iter().fold(bytes, |sum, cell| sum.saturating_add(cell.bytes()));
            chunk.push(cells);
            if chunk.len() >= ROWS_AT_ONCE || bytes >= BYTES_AT_ONCE {
                work(core::mem::take(&mut chunk))?;
                bytes = 0;
            }
        }
        if chunk.is_empty() { Ok(()) } else { work(chunk) }
    }

    /// Marks the file as left. Until [`Self::leave`] that can be undone.
    pub(in crate::store) fn mark(&self, to: &str) -> Result<(), StoreError> {
        SqliteTransaction { connection: &self.connection }.put_setting(MOVED_TO, to)?;
        Ok(self.connection.pragma_update(None, "application_id", MOVED_ID)?)
    }

    /// Keeps the mark.
    pub(in crate::store) fn leave(self) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch("COMMIT")?)
    }
}

fn cell(value: ValueRef<'_>) -> Result<Cell, StoreError> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Number(number),
        ValueRef::Text(text) => Cell::Text(core::str::from_utf8(text).map_err(|_| StoreError::Corrupt)?.to_owned()),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
        // No table of ours has such a column.
        ValueRef::Real(_) => return Err(StoreError::Corrupt),
    })
}
