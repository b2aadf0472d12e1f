//! Whether the database is still the one that it was.
//!
//! A replica that was promoted may have missed the last transactions of the primary, and a database that
//! was restored has forgotten what came after its backup. Both change what is compared here: the
//! identity of the cluster, its timeline (which grows with each promotion and each recovery to a point
//! in time), and the numbers of the database and of the table of the ledger (which a dump that is put
//! back gets anew). When it differs from what was noted in the ledger, a new epoch begins before anybody
//! is answered, and clients show what was forgotten ([`begin_epoch`](crate::ledger::begin_epoch)).
//!
//! It is looked at when a connection is made: no timeline changes under one.

use std::time::SystemTime;

use hwlicense::time::UnixSeconds;
use tracing::warn;

use super::transaction::PostgresTransaction;
use crate::ledger::begin_epoch;
use crate::store::StoreError;

/// What the database is, as an expression. Every role may ask for all of it.
macro_rules! lineage {
    () => {
        "(SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
              substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
              (SELECT oid FROM pg_database WHERE datname = current_database()), 'ledger'::regclass::oid))"
    };
}
pub(super) use lineage;

/// Whether the ledger's database is still the one that it was; `None` where no ledger was founded.
pub(super) fn is_same(tx: &mut PostgresTransaction<'_>) -> Result<Option<bool>, StoreError> {
    tx.first(concat!("SELECT lineage = ", lineage!(), " FROM ledger"), &[], |row| super::columns::take(row, 0))
}

/// Begins a new epoch if the database is another one, which is then the one that it is to be.
pub(super) fn acknowledge(tx: &mut PostgresTransaction<'_>) -> Result<(), StoreError> {
    // Another server may have been faster.
    if is_same(tx)? == Some(false) {
        let epoch = begin_epoch(tx, None, 0, now())?;
        tx.change_one(concat!("UPDATE ledger SET lineage = ", lineage!()), &[])?;
        warn!(epoch, "the database was restored or failed over: a new epoch of the ledger begins");
    }
    Ok(())
}

fn now() -> UnixSeconds {
    UnixSeconds(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}
