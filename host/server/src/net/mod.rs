//! The network side: frames on TCP, within bounds that no client can push.
//!
//! | Room | One idea |
//! |---|---|
//! | `port` | an address that is listened on, with TLS or without |
//! | `listener` | accepts connections, and stops in order |
//! | `connection` | the life of one connection |
//! | `frame` | one frame, read in time and in memory that grows with what really came |
//! | `stranger` | what is not our protocol, and what it is told |
//! | `room` | how many connections, and how many bytes of unfinished frames, there may be at once |
//! | `stop` | the wish that the server stops, and those who wait for it |
//! | `complaints` | log lines about what goes wrong, so few that nobody can fill a disk with them |
//!
//! What a request means is none of its business: [`serve`] hands each body to a handler and sends
//! what that gives back. Nothing that one client does is noticed by another.

mod complaints;
mod connection;
mod frame;
mod listener;
mod port;
mod room;
mod stop;
mod stranger;

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::sync::Arc;

use hwlicense::primary::FrameError;
use hwlicense::update::FetchRefusal;

pub(crate) use complaints::Complaints;
pub use listener::{Drained, serve};
pub use port::{Address, AddressError, CertificateError, Port, PortError, Scheme, certificate, tls};
pub use stop::{Stop, Stopper, stopper};

/// What every client has to keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once, on all ports together. One more is told that the server is busy.
    pub connections_max: u32,
    /// Requests on one connection; after them it is closed.
    pub requests_max: u32,
    /// Until the first byte of the first request, and for the handshake of TLS.
    pub first_byte: Duration,
    /// From the first byte of a request to its last.
    pub frame: Duration,
    /// Between an answer and the first byte of the next request.
    pub idle: Duration,
    /// For taking an answer.
    pub write: Duration,
    /// For what is in work when the server stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 4_096,
            requests_max: 1_000,
            first_byte: Duration::from_secs(10),
            frame: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            write: Duration::from_secs(10),
            drain: Duration::from_secs(10),
        }
    }
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address, or that of the router that it is behind.
    pub address: SocketAddr,
    /// Whether the connection is encrypted.
    pub scheme: Scheme,
}

/// What a handler gives back: an [`Answer`](hwlicense::primary::Answer), or what was
/// [`Fetched`](hwlicense::update::Fetched), that owns its bytes. It is sent in a frame of the kind that came.
#[derive(Clone, PartialEq, Eq)]
pub enum Response {
    /// A bundle with a signed reply.
    Reply(Vec<u8>),
    /// The body of what was fetched.
    Fetched(Arc<[u8]>),
    /// What is fetched is not to be had.
    Refused(FetchRefusal),
    /// The client may come back after so many seconds.
    Busy(u32),
    /// The request is none. The connection is closed.
    NotUnderstood(FrameError),
}

/// A reply holds the client's secret at its first contact, so its bytes are not shown.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(bytes) => write!(f, "Reply({} bytes)", bytes.len()),
            Self::Fetched(bytes) => write!(f, "Fetched({} bytes)", bytes.len()),
            Self::Refused(refusal) => write!(f, "Refused({})", refusal.code()),
            Self::Busy(retry_after_s) => write!(f, "Busy({retry_after_s})"),
            Self::NotUnderstood(error) => write!(f, "NotUnderstood({})", error.code()),
        }
    }
}
