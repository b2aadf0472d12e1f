//! The administration of a running `hwlicense serve`: API, pages, and what keeps others out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test that panics has failed, as it should"
)]

mod access;
mod api;
#[path = "../command/bench.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod bench;
mod browser;
mod carried;
#[path = "../../../server/tests/postgres/cluster.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests of the server, which need more of it")]
mod cluster;
#[path = "../command/servers/device.rs"]
mod device;
mod ledgers;
mod many;
mod pages;
mod port;
#[path = "../command/servers/process.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod process;
mod site;
mod walk;
