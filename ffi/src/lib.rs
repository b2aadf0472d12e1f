//! The C ABI over `hwlicense`: `include/hwlicense.h` is generated from here.
//!
//! No allocation, no globals, no thread-locals. The caller owns all memory; objects live in
//! opaque storage of the caller's. Nothing unwinds into C. `docs/abi.md` holds the rules.
//!
//! | Module | Exports |
//! |---|---|
//! | `version`, `explain`, `status` | which library this is, and its numbers in words |
//! | `types`, `descriptor` | the plain structs |
//! | `hwid`, `identity`, `enrollment`, `comparison` | a machine |
//! | `trust`, `license`, `check`, `armor` | a licence, and the verdict on it |
//! | `system` | the pool of a System, and failover |
//! | `client` | the client of a Primary Server |
//! | `update`, `product`, `image`, `fetch`, `handover` | software updates |
//! | `selftest`, `ed25519`, `pinned`, `log` | verifiers and messages |
//! | `ptr`, `opaque`, `guard`, `panic_handler` | how pointers, objects and panics are handled |
//!
//! # Features
//!
//! | Feature | Default | Adds |
//! |---|---|---|
//! | `std` | yes | panics become `HWL_E_PANIC` |
//! | `ed25519` | yes | the verifier behind `hwl_ed25519_verify`, and pinned keys |
//! | `ed25519-small` | no | the same by the small verifier, for firmware; it wins over the other |
//! | `ed25519-assembly` | no | the small verifier with assembly, on Cortex-M with DSP instructions |
//! | `panic-abort` | no | the panic handler of firmware, which calls `hwl_on_panic` |
//!
//! Rust programs use the core itself; what is public here is so for tests.

#![cfg_attr(not(feature = "std"), no_std)]
#![allow(non_camel_case_types, reason = "the names of types are those of the header")]

#[cfg(all(feature = "std", feature = "panic-abort"))]
compile_error!("`panic-abort` is for firmware: std brings a panic handler of its own");

pub mod armor;
pub mod check;
pub mod client;
pub mod comparison;
pub mod descriptor;
pub mod ed25519;
pub mod enrollment;
pub mod explain;
pub mod fetch;
mod guard;
pub mod handover;
pub mod hwid;
pub mod identity;
pub mod image;
#[doc(hidden)]
pub mod layout;
pub mod license;
mod log;
mod opaque;
pub mod panic_handler;
pub mod pinned;
pub mod product;
mod ptr;
pub mod selftest;
pub mod status;
pub mod system;
mod text;
pub mod trust;
pub mod types;
pub mod update;
pub mod version;
