//! The store on PostgreSQL, against a real one: the same rules, several servers, and what survives when
//! servers and databases fail.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    unreachable_pub,
    dead_code,
    reason = "a failed unwrap is a failed test; the rooms that are shared hold more than is used here"
)]

mod cluster;
#[path = "../ledger/conformance.rs"]
mod conformance;
mod failover;
mod moving;
mod outage;
mod proxy;
mod races;
mod schema;
#[path = "../ledger/site.rs"]
mod site;

use hwlicense_server::store::postgres::PostgresStore;
use hwlicense_server::store::{Access, Location, StoreError};

/// Opens the ledger at a URL.
fn open(url: &str) -> PostgresStore {
    try_open(url, Access::Write).unwrap()
}

/// The same where it may fail.
fn try_open(url: &str, access: Access) -> Result<PostgresStore, StoreError> {
    let Some(Location::Postgres(address)) = Location::parse(url, "".as_ref()) else { panic!("{url}") };
    PostgresStore::open(&address, access)
}
