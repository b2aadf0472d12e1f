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
#[path = "../command/servers/device.rs"]
mod device;
mod pages;
#[path = "../command/servers/process.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod process;
mod site;
