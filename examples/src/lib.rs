//! Small complete programs to start from, in `examples/`:
//!
//! | Program | Shows |
//! |---|---|
//! | `camera` | firmware: a descriptor, the licence in flash, and a recording that only the verdict starts |
//!
//! Run one with `cargo run -p hwlicense-examples --example camera`.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
