//! A strict Ed25519 verifier for firmware: small in flash, small on the stack, portable.
//!
//! It accepts exactly what `ed25519-dalek`'s `VerifyingKey::from_bytes` and `verify_strict` accept:
//! an S below the order of the base point, no key and no R of small order, and the equation
//! `[S]B = R + [k]A` without the cofactor, R compared as bytes (RFC 8032 5.1.7 and more).
//!
//! ```
//! use hwlicense_ed25519::{Refused, verify};
//!
//! let (key, signature) = ([0; 32], [0; 64]);
//! assert_eq!(verify(&key, b"message", &signature), Err(Refused::Key));
//! ```
//!
//! # What is deliberately not done here
//!
//! * Signing, and with it anything secret. Nothing takes constant time, because nothing needs to:
//!   the key, the message and the signature are all public.
//! * Batches and keys that are decoded beforehand: servers have `ed25519-dalek`.
//!
//! # Features
//!
//! | Feature | Adds |
//! |---|---|
//! | `assembly` | the arithmetic in assembly on processors with the DSP extension: the targets `thumbv7em-*` (Cortex-M4, M7), and `thumbv8m.main-*` where the build says `-C target-cpu=cortex-m33`. The same results in less than half of the instructions. Elsewhere it changes nothing, and without it there is no unsafe code |
//!
//! How it works is in `docs/ed25519.md`.

#![no_std]
// The one exception is the face of the assembly, `assembly.rs`.
#![cfg_attr(not(umaal), forbid(unsafe_code))]
#![cfg_attr(umaal, deny(unsafe_code))]

#[cfg(umaal)]
mod assembly;
mod base;
mod comb;
mod field;
mod pinned;
mod point;
mod scalar;
mod sha512;
#[cfg(test)]
mod tests;

use core::fmt;
use core::hint::black_box;

pub use pinned::{Pinned4, Pinned5, Pinned6, PinnedKey, PinnedTable, TablePoint, Unpinnable};
use point::Point;
use scalar::Scalar;
use sha512::Sha512;

/// Length of a public key in bytes.
pub const PUBLIC_KEY_BYTES: usize = 32;
/// Length of a signature in bytes.
pub const SIGNATURE_BYTES: usize = 64;
/// What [`answer_parts`] gives if a signature holds. Every other word is a no.
pub const HOLDS: u32 = 0x6b8d_35c9;
/// What it gives if not.
pub const FAILS: u32 = !HOLDS;

/// Why a signature is refused.
// With a whole word a result of a word and a reason is returned in two registers, not in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u32)]
pub enum Refused {
    /// The key encodes no point, or one of small order, which would sign every message.
    Key,
    /// S is not below the order of the base point.
    Scalar,
    /// R is not what the key and the message ask for, or it is of small order.
    Signature,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "no public key that could sign",
            Self::Scalar => "the signature's second half is too large",
            Self::Signature => "the signature does not hold",
        })
    }
}

impl core::error::Error for Refused {}

/// Verifies a signature over a message.
///
/// # Errors
/// [`Refused`] says why it does not hold.
pub fn verify(
    public_key: &[u8; PUBLIC_KEY_BYTES],
    message: &[u8],
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<(), Refused> {
    verify_parts(public_key, &[message], signature)
}

/// Verifies a signature over a message that lies in parts, one after the other.
///
/// # Errors
/// [`Refused`] says why it does not hold.
pub fn verify_parts(
    public_key: &[u8; PUBLIC_KEY_BYTES],
    message: &[&[u8]],
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<(), Refused> {
    prove(public_key, message, signature).map(drop)
}

/// The same as a word: [`HOLDS`] or [`FAILS`], and after a fault perhaps another one.
///
/// It is for programs that fear faults. What refuses is looked at twice, the second time into the
/// word, so that no single instruction that is skipped outside of the arithmetic makes it HOLDS.
#[must_use]
pub fn answer_parts(public_key: &[u8; PUBLIC_KEY_BYTES], message: &[&[u8]], signature: &[u8; SIGNATURE_BYTES]) -> u32 {
    prove(public_key, message, signature).unwrap_or(FAILS)
}

fn prove(
    public_key: &[u8; PUBLIC_KEY_BYTES],
    message: &[&[u8]],
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<u32, Refused> {
    let ([r, s], []) = signature.as_chunks() else { return Err(Refused::Signature) };
    let k = challenge(r, public_key, message);
    settle(public_key, r, s, &k)
}

/// What comes of a signature once its hash is known.
// Not inlined, and neither is what hashes: what they hold must not lie on the stack at the same time.
#[inline(never)]
fn settle(public_key: &[u8; PUBLIC_KEY_BYTES], r: &[u8; 32], s: &[u8; 32], k: &Scalar) -> Result<u32, Refused> {
    Scalar::check(s)?;
    let mut point = Point::ROOM;
    point.decode_negated(public_key)?;
    point.combine(&Scalar::from_bytes(s), k)?;
    if cfg!(umaal) {
        point.z.invert();
    } else {
        // It takes longer, but nothing that is not there.
        point.z.invert_by_power();
    }
    let word = point.compare(r)?;
    again(s, word)
}

/// The word, if S is below the order of the base point, which was asked before.
fn again(s: &[u8; 32], word: u32) -> Result<u32, Refused> {
    Scalar::check(black_box(s)).map(|()| word)
}

/// SHA-512 over R, the key and the message, modulo the order of the base point.
#[inline(never)]
fn challenge(r: &[u8; 32], public_key: &[u8; PUBLIC_KEY_BYTES], message: &[&[u8]]) -> Scalar {
    let mut hash = Sha512::new();
    hash.update(r);
    hash.update(public_key);
    for part in message {
        hash.update(part);
    }
    Scalar::reduce(hash.finish())
}
