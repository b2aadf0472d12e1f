//! Connections and what holds for every request on them.
//!
//! | Room | One idea |
//! |---|---|
//! | `connection` | connections, with TLS or without, whose number and every wait are bounded |
//! | `guard` | for whom the request is meant, and the headers of every answer |

mod connection;
mod guard;

pub(crate) use connection::serve;
pub(crate) use guard::{Hosts, guard};
