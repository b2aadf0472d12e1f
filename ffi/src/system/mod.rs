//! Systems: who gets a channel of the pool, and who records what when a server fails, over rows
//! that the program keeps in arrays of its own.
//!
//! Each call converts the caller's rows into rows of the core, which lie in a workspace that the
//! caller lends; the core decides over them, and the outcome is written into arrays of the
//! caller's once all of it is there.
//!
//! | Module | One idea |
//! |---|---|
//! | `rows` | the structs that a program fills in |
//! | `outcome` | the structs that it gets |
//! | `list` | arrays of rows that may grow |
//! | `arena` | the workspace, cut into slices |
//! | `room` | what a call needs of the workspace |
//! | `convert` | rows of C as rows of the core, and back |
//! | `question` | what every call is given, and where it failed |
//! | `allocate`, `plan` | the calls |
//! | `words` | numbers in words |

pub mod allocate;
mod arena;
mod convert;
mod list;
pub mod outcome;
pub mod plan;
mod question;
pub mod room;
pub mod rows;
pub mod words;

use crate::status::{Failure, hwl_status};

/// The failure with this status.
const fn failure(status: hwl_status) -> Failure {
    Failure::of(status)
}

/// A count as this target counts; what is beyond it is beyond all memory.
fn wide(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A count of rows, which a struct of the caller gave in 32 bits.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
