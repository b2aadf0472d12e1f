//! The listener, over real sockets: what honest clients get while others do their worst.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test that panics has failed, as it should"
)]

mod bench;
mod garbage;
mod kept;
mod many;
mod slow;
mod stop;
mod strangers;
mod tls;
