//! Licences: their terms, and the verdict on one licence on one machine.
//!
//! ```text
//! Trust::verify_bundle  ->  Verified<License>  ->  check(license, context)  ->  Report
//! ```
//!
//! A [`License`] says who may use what, how much of it, on which machine and until when. Only
//! [`check`] turns one into a [`Report`]: a hardened [`Verdict`] for the program, a [`Reason`] for
//! the person and a next step for the administrator, all three from one place.

mod binding;
mod check;
mod class;
mod decision;
mod judged;
mod key;
mod reason;
mod terms;
mod walk;

pub use binding::{
    BOUND_DIGESTS_MAX, Binding, BindingError, BoundDigest, BoundDigests, ComponentMatches, Match, Presented, Tolerance,
    Weights,
};
pub(crate) use binding::{Compare, compare, nothing_read};
pub(crate) use check::reason_of;
pub use check::{Contact, Context, EXPIRES_SOON_S, Report, check, check_twice, refuse};
pub use class::{Class, ClassSet};
pub(crate) use decision::{FIRST, SECOND};
pub use decision::{Granted, Verdict};
pub use key::{LICENSE_KEY_TEXT_BYTES, LicenseKey, LicenseKeyError};
pub use reason::Reason;
pub use terms::{
    BRAND_BYTES_MAX, EDITION_BYTES_MAX, EvidencePolicy, FEATURE_BYTES_MAX, FEATURES_MAX, GRACE_OFFLINE_S,
    GRACE_OFFLINE_VIDEO_WALL_S, HOLDER_BYTES_MAX, License,
};
pub(crate) use walk::Walk;
