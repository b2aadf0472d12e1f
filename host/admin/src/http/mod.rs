//! Connections and what holds for every request on them.
//!
//! | Room | One idea |
//! |---|---|
//! | `connection` | connections, with TLS or without, whose number and every wait are bounded |
//! | `port` | the port itself: opened, or why administrators cannot come in |
//! | `guard` | for whom the request is meant, and the headers of every answer |

mod connection;
mod guard;
mod port;

pub(crate) use connection::serve;
pub(crate) use guard::{Hosts, guard};
pub(crate) use port::Port;
pub use port::{Closed, try_port};
