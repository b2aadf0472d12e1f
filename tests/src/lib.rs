//! What the tests that cross crates share: golden vectors and the descriptors in them.
//!
//! * [`vectors`] finds and reads the files in `tests/vectors/`, which `tests/independent/` made
//!   from `docs/format.md`.
//! * [`descriptor`] turns a descriptor in JSON into one that the core reads.
//! * [`verdict`] checks a licence of the vectors as an application would.
//! * [`system`] keeps the rows of a System for plans, and lends memory for them.
//! * [`world`] makes Systems, and says by other means what core says of them.
//! * [`watching`] is a simulated network of servers that watch each other.
//! * [`site`] is a Primary Server in miniature, and [`release`] an update that it offers.
//! * [`random`] is the seeded source of every test that tries things at random.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a failed unwrap is a failed test")]

pub mod descriptor;
pub mod random;
pub mod release;
pub mod site;
pub mod system;
pub mod vectors;
pub mod verdict;
pub mod watching;
pub mod world;
