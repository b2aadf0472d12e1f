//! Which schema is there, and making the one that this software knows.

use super::link::Link;
use crate::store::{Access, StoreError};

mod embedded {
    refinery::embed_migrations!("src/store/postgres/migrations");
}

/// Looks whether there is a ledger that this software knows, and brings it up to date where it may.
/// Nothing is changed in a schema that holds something else, or is newer.
pub(super) fn settle(link: &mut Link, access: Access) -> Result<(), StoreError> {
    let newest = newest();
    match version(link)? {
        version if version > newest => Err(StoreError::NewerSchema),
        version if version == newest => Ok(()),
        _ if access == Access::Read => Err(StoreError::NotALedger),
        _ => migrate(link),
    }
}

/// The number of the last migration that this software knows.
fn newest() -> i32 {
    embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// The number of the last migration that the schema has seen; 0 for a schema without tables.
fn version(link: &mut Link) -> Result<i32, StoreError> {
    // Tables of extensions may lie beside a ledger.
    let sql = "SELECT to_regclass('refinery_schema_history') IS NOT NULL, to_regclass('lease_serials') IS NOT NULL, \
               EXISTS (SELECT 1 FROM pg_class AS there WHERE there.relkind IN ('r', 'p') \
                   AND there.relnamespace = current_schema()::regnamespace \
                   AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = there.oid AND deptype = 'e'))";
    let rows = link.query(sql, &[])?;
    let row = rows.first().ok_or(StoreError::Unavailable)?;
    let (has_history, has_serials, has_tables): (bool, bool, bool) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if !has_history {
        return if has_tables { Err(StoreError::NotALedger) } else { Ok(0) };
    }
    let rows = link.query("SELECT coalesce(max(version), 0) FROM refinery_schema_history", &[])?;
    let version: i32 = rows.first().ok_or(StoreError::Unavailable)?.try_get(0)?;
    if version > 0 && !has_serials { Err(StoreError::NotALedger) } else { Ok(version) }
}

/// Migrates, while no other server that starts does.
fn migrate(link: &mut Link) -> Result<(), StoreError> {
    link.batch("SELECT pg_advisory_lock(1752656972, 2)")?;
    let migrated = link.with_client(async |client| embedded::migrations::runner().run_async(client).await);
    link.batch("SELECT pg_advisory_unlock(1752656972, 2)")?;
    match migrated {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.kind() {
            refinery::error::Kind::Connection(_, source) => source
                .downcast_ref::<tokio_postgres::Error>()
                .and_then(tokio_postgres::Error::code)
                .map_or(StoreError::Unavailable, super::error::of_state),
            // A migration that was run is not the one that this software knows.
            _ => StoreError::Corrupt,
        }),
    }
}
