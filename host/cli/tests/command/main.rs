//! The command `hwlicense`, run as a program.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test that panics has failed, as it should"
)]

mod agent_updates;
mod agents;
mod bench;
mod bundles;
#[cfg(unix)]
#[path = "../../../server/tests/postgres/cluster.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests of the server, which need more of it")]
mod cluster;
mod help;
mod hostile;
mod keys;
mod licences;
mod machines;
mod quickstart;
mod servers;
mod simulations;
mod systems;
mod withdrawn;
