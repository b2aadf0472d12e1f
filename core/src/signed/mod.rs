//! Everything that is signed: one envelope, one way to verify it.
//!
//! ```text
//! file (armoured or binary)  ->  Bundle  ->  Envelope  ->  Trust::verify  ->  Verified<T>
//!        armor                   bundle      envelope          trust
//! ```
//!
//! * An [`Envelope`] carries one payload of one [`Kind`], the id of the key that signed it, an
//!   epoch and a sequence. Its signature covers all of that; nothing follows the signature.
//! * A [`Bundle`] is a file: a few envelopes, so that a licence can carry its certificate.
//! * [`Trust`] holds the root keys, the issuers that roots certified, and what was revoked. Only
//!   its `verify` makes a [`Verified`], so a value of that type is its own proof.
//! * Roots sign [`Certificate`]s, [`RootChange`]s and time corrections, and nothing else. Issuers
//!   sign the rest, within what their certificate names.
//!
//! The bytes are described in `docs/format.md`.

pub mod armor;
mod bundle;
mod certificate;
mod envelope;
mod key;
mod lists;
mod mandate;
mod payload;
#[cfg(feature = "ed25519-small")]
mod pinned;
mod revocation;
mod root_change;
mod store;
mod trust;

pub use crate::text::Label;
pub use bundle::{BUNDLE_BYTES_MAX, Bundle, BundleWriter, ENVELOPES_MAX, Envelopes};
pub use certificate::{BRANDS_MAX, Brands, Certificate, KindSet, NAME_BYTES_MAX};
pub use envelope::{ENVELOPE_BYTES_MAX, Envelope, FORMAT_VERSION, Header, SealError, seal};
#[cfg(feature = "ed25519-small")]
pub use hwlicense_ed25519::{Pinned4, Pinned5, Pinned6, PinnedKey, PinnedTable, TablePoint, Unpinnable};
#[cfg(feature = "ed25519")]
pub use key::Ed25519;
#[cfg(feature = "ed25519-small")]
pub use key::Ed25519Small;
pub use key::{Algorithm, KeyId, PUBLIC_KEY_BYTES, PublicKey, SIGNATURE_BYTES, SignatureAnswer, SignatureVerifier};
pub use payload::{Claim, Delegation, Grant, Kind, Payload};
#[cfg(feature = "ed25519-small")]
pub use pinned::{NoOther, Pinned};
pub use revocation::{REVOCATIONS_MAX, Revocation, RevocationList, RevocationListWriter};
pub use root_change::{RootAction, RootChange};
pub use trust::{Admitted, ISSUERS_MAX, LISTS_MAX, ROOTS_MAX, Trust, Verified, VerifyError};
