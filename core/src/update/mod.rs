//! Software updates: what a vendor signs, what a Primary Server hands out, what a client believes.
//!
//! ```text
//! vendor's issuer signs   Manifest           which image, for which devices, until when
//! server's reply offers   Offer              the digest of a manifest, and a ticket to fetch it
//! client fetches          manifest, chunks   each verified before a byte of it is used
//! client reports          Running, Report    what runs, and what became of the update
//! ```
//!
//! * A [`Manifest`] names the image by the root of a Merkle tree ([`tree`]) over its chunks, so that a
//!   device verifies each chunk by itself, in constant memory, in any order and after any restart.
//! * What is fetched goes over the port of the Primary Server in frames of their own ([`Fetch`],
//!   [`Fetched`]), unsigned: only what the manifest says of it counts.
//! * [`client`] is the device's state machine: what to fetch, what to believe, when to hand over.
//! * Which manifest is for a device is decided once, in [`Manifest::suits`], by server and device alike.
//!
//! The bytes are in `docs/format.md`.

pub mod client;
mod error;
mod fetch;
mod manifest;
mod offer;
pub mod tree;
mod version;

pub use error::{FetchRefusal, UpdateError};
pub use fetch::{CHUNK_ANSWER_OVERHEAD_MAX, Fetch, Fetched, Part, ticket};
pub use manifest::{
    CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, COMPONENT_BYTES_MAX, MODEL_BYTES_MAX, MODELS_MAX, Manifest, UpdateId, update_id,
};
pub(crate) use offer::extension;
pub use offer::{EXTENSION_TAG, OFFER_BYTES_MAX, Offer, Progress, RUNNING_BYTES_MAX, Report, Running};
pub use version::{VERSION_TEXT_BYTES_MAX, Version, VersionError};
