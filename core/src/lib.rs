//! Hardware IDs and hardware-bound licences: the part that decides.
//!
//! `no_std`, no allocator, no I/O, no clock, no randomness, no `unsafe`. What a machine is made of,
//! what time it is and which bytes lie in the flash are arguments; the same input gives the same
//! bytes and the same decision on a Cortex-M0+, an ARM camera and an x86 server.
//!
//! # What to read first
//!
//! Data flows one way, from the hardware to the verdict:
//!
//! | Module | One idea |
//! |---|---|
//! | [`hardware`] | what a machine is made of, as the caller read it: absent, unreadable, or read |
//! | [`hwid`] | from there to a [`Hwid`](hwid::Hwid), what it rests on, and what changed since enrolment |
//! | [`signed`] | one envelope for everything that is signed, trust in keys, the one way to verify |
//! | [`license`] | the terms of a licence, and the verdict on it: word, reason, next step |
//! | [`system`] | merged servers, one licence pool, who records what when a server fails |
//! | [`primary`] | the Primary Server's entitlements, leases and replies, and its clients |
//! | [`update`] | software updates: what a vendor signs, and the device that fetches and believes it |
//! | [`time`] | time as an argument, and a floor below which it cannot be set back |
//! | [`extension`] | how the formats grow while old software still reads them |
//!
//! The bytes are in `docs/format.md`, what is defended and what is not in `docs/threats.md`.
//!
//! # Checking a licence
//!
//! ```
//! use hwlicense::hardware::Descriptor;
//! use hwlicense::hwid::Machine;
//! use hwlicense::license::{check, refuse, Contact, Context, License, Report};
//! use hwlicense::signed::{Bundle, Ed25519, PublicKey, Trust, VerifyError};
//! use hwlicense::time::{Clock, UnixSeconds};
//!
//! /// Root key of the vendor, compiled into the firmware.
//! const ROOT: [u8; 32] = [0x1f; 32];
//! /// When the firmware was built: no clock may claim less.
//! const BUILT: UnixSeconds = UnixSeconds(1_790_000_000);
//!
//! fn check_file(file: &[u8], hardware: &Descriptor, wall: Option<UnixSeconds>) -> Result<Report, VerifyError> {
//!     let trust = Trust::new(Ed25519, [PublicKey::ed25519(ROOT)])?;
//!     let license = trust.verify_bundle::<License>(&Bundle::parse(file)?)?;
//!     let machine = Machine::read(hardware).expect("the descriptor is within bounds");
//!     let context = Context {
//!         identity: machine.identity(),
//!         brand: Some("northgate".into()),
//!         clock: Clock::new(wall, BUILT),
//!         contact: Contact::None,
//!     };
//!     Ok(check(&license, &context))
//! }
//!
//! let report = check_file(b"no licence at all", &Descriptor::default(), None).unwrap_or_else(refuse);
//! // The word unlocks, and nothing else does.
//! assert!(report.verdict.grant().is_none());
//! // The reason and the next step are for people.
//! assert_eq!(report.reason.code(), "malformed");
//! assert!(report.next_step().starts_with("Get the file again"));
//! ```
//!
//! # Features
//!
//! | Feature | Default | Adds |
//! |---|---|---|
//! | `ed25519` | yes | [`signed::Ed25519`], the built-in strict verifier; without it the caller passes its own |
//! | `ed25519-small` | no | [`signed::Ed25519Small`], the same for firmware, and [`signed::Pinned`] for keys that a program knows beforehand |
//! | `ed25519-assembly` | no | both of these with assembly, on Cortex-M with DSP instructions; elsewhere nothing |
//! | `defmt` | no | `defmt::Format` on the public types |
//!
//! # What is deliberately not done here
//!
//! * Private keys: [`signed::seal`] hands the bytes to be signed to the caller.
//! * Reading hardware: that is `hwlicense-probe` on hosts, and the firmware's own code on cameras.
//! * Secrecy: HWIDs, enrolments and licences are readable by whoever has them.
//! * Logging: every error and reason says enough to be logged by the caller.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod decode;
mod digest;
pub mod extension;
pub mod hardware;
pub mod hwid;
mod jitter;
pub mod license;
mod numbered;
mod path;
pub mod primary;
pub mod signed;
mod slots;
pub mod system;
mod text;
pub mod time;
pub mod update;
