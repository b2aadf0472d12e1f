//! The store that a location names.

use super::postgres::PostgresStore;
use super::sqlite::SqliteStore;
use super::{Access, Location, Store, StoreError, Transaction};

/// A ledger in whichever store its [`Location`] names.
#[derive(Debug)]
pub enum AnyStore {
    /// A file of SQLite.
    Sqlite(SqliteStore),
    /// A database of PostgreSQL.
    Postgres(Box<PostgresStore>),
}

impl AnyStore {
    /// Opens the ledger at a location. It may be open several times.
    ///
    /// # Errors
    /// Those of [`SqliteStore::open`] and [`PostgresStore::open`].
    pub fn open(location: &Location, access: Access) -> Result<Self, StoreError> {
        match location {
            Location::Sqlite(path) => SqliteStore::open(path, access).map(Self::Sqlite),
            Location::Postgres(address) => {
                PostgresStore::open(address, access).map(|store| Self::Postgres(Box::new(store)))
            }
        }
    }
}

impl Store for AnyStore {
    fn transaction<R, E: From<StoreError>>(
        &mut self,
        work: impl FnMut(&mut dyn Transaction) -> Result<R, E>,
    ) -> Result<R, E> {
        match self {
            Self::Sqlite(store) => store.transaction(work),
            Self::Postgres(store) => store.transaction(work),
        }
    }

    fn snapshot<R, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut dyn Transaction) -> Result<R, E>,
    ) -> Result<R, E> {
        match self {
            Self::Sqlite(store) => store.snapshot(work),
            Self::Postgres(store) => store.snapshot(work),
        }
    }
}
