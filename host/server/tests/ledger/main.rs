//! The ledger of the Primary Server: its rules, its store, and what survives a fault.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    unreachable_pub,
    reason = "a failed unwrap is a failed test"
)]

mod conformance;
mod desk;
mod faults;
mod hardware;
mod identity;
mod model;
mod power;
mod restored;
mod rules;
mod site;
mod size;
mod updates;
mod vendor;
mod writer;
