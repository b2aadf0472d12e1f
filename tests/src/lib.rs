//! What the tests that cross crates share: golden vectors and the descriptors in them.
//!
//! * [`vectors`] finds and reads the files in `tests/vectors/`, which `tests/independent/` made
//!   from `docs/format.md`.
//! * [`descriptor`] turns a descriptor in JSON into one that the core reads.
//! * [`verdict`] checks a licence of the vectors as an application would.
//! * [`system`] makes Systems, and says by other means what core says of them.
//! * [`random`] is the seeded source of every test that tries things at random.
//! * [`failover`] keeps the rows of a System, and lends memory for plans.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a failed unwrap is a failed test")]

pub mod descriptor;
pub mod failover;
pub mod random;
pub mod system;
pub mod vectors;
pub mod verdict;
