//! Systems at four sizes: how the work grows, beside what others do and the optimum of a
//! relaxation.
//!
//! `cargo bench -p hwlicense-tests --bench system`; `HWLICENSE_SEED` for other Systems.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a benchmark that fails says so by stopping"
)]

mod allocation;
mod failover;
mod instance;
mod stopwatch;

fn main() {
    allocation::run();
    failover::run();
}
