//! The Primary Server and its clients: what they say to each other, and the client's side of it.
//!
//! ```text
//! vendor's issuer signs   Entitlement        what a site may use; names the server's key
//! server's key signs      Lease, Reply       within it, for one machine and for a time
//! client verifies         certificate -> Entitlement -> Reply -> Lease
//! ```
//!
//! * A [`Request`] is authenticated with the [`Secret`] that the client was given at its first
//!   contact, because a HWID is no secret.
//! * A [`Reply`] names the digest of the request that it answers and of all that travels with it.
//! * [`client`] is the client's state machine: when to ask, what to believe, what to keep.
//! * [`frame`] says how both follow each other on TCP port [`frame::PORT`].
//!
//! The bytes are in `docs/format.md`.

pub mod client;
mod correction;
mod entitlement;
pub mod frame;
mod lease;
mod receipt;
mod refusal;
mod reply;
mod request;
mod secret;

pub use correction::TimeCorrection;
pub use entitlement::{Entitlement, LEASE_S, LedgerId, TRIAL_CHANNELS};
pub use frame::{Answer, FrameError};
pub use lease::{Lease, LeaseOrder};
pub use receipt::Receipt;
pub use refusal::Refusal;
pub use reply::{ENCLOSED_MAX, EnclosedDigest, Outcome, Reply, enclosed_digest};
pub use request::{
    Authentication, Authenticator, ClientState, DEVICE_NAME_BYTES_MAX, HELD_MAX, HWIDS_MAX, ListMark, Operation,
    Request, SOFTWARE_BYTES_MAX, SignedRequest, Wanted, request_digest, write_request,
};
pub use secret::{MAC_BYTES, SECRET_BYTES, Secret};

/// Longest delay that an unsigned "busy" can cause: 15 minutes.
pub const BUSY_S_MAX: u32 = 900;
