//! The secret by which a client is known, and what is authenticated with it.

use core::fmt;
use core::hint::black_box;

use serde::{Serialize, Serializer};

use crate::digest::Sha256;

/// Length of a secret in bytes.
pub const SECRET_BYTES: usize = 32;
/// Length of an authenticator in bytes.
pub const MAC_BYTES: usize = 32;
/// Length of a block of SHA-256 in bytes.
const BLOCK_BYTES: usize = 64;

/// 32 random bytes that a client and its Primary Server share. It is neither shown nor logged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret([u8; SECRET_BYTES]);

impl Secret {
    /// A secret of bytes that nobody can guess.
    #[must_use]
    pub const fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// What an administrator's token authenticates with: a digest of it, which is all that a server
    /// keeps.
    #[must_use]
    pub fn of_token(token: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"hwl-admin-token");
        hash.update(token);
        Self(hash.finish())
    }

    /// Its bytes, to be stored.
    #[must_use]
    pub const fn expose(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// The secret as a block of HMAC (RFC 2104, 2): filled up with zeros, and combined with a pad.
    fn block(&self, pad: u8) -> [u8; BLOCK_BYTES] {
        let mut block = [pad; BLOCK_BYTES];
        block.iter_mut().zip(&self.0).for_each(|(slot, byte)| *slot ^= byte);
        block
    }

    /// The authenticator of a message in parts: HMAC-SHA-256 (RFC 2104). On the SHA-256 of this crate,
    /// because a second one would cost every firmware flash, whether it has a client or not.
    pub(crate) fn authenticate(&self, parts: &[&[u8]]) -> [u8; MAC_BYTES] {
        let mut inner = Sha256::new();
        inner.update(&self.block(0x36));
        parts.iter().for_each(|part| inner.update(part));
        let mut outer = Sha256::new();
        outer.update(&self.block(0x5c));
        outer.update(&inner.finish::<MAC_BYTES>());
        outer.finish()
    }

    /// Whether an authenticator is that of the message, in the same time wherever it differs.
    pub(super) fn verifies(&self, parts: &[&[u8]], authenticator: &[u8; MAC_BYTES]) -> bool {
        let expected = self.authenticate(parts);
        let difference = expected.iter().zip(authenticator).fold(0, |difference, (a, b)| difference | (a ^ b));
        black_box(difference) == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Secret {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Secret(..)");
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed unwrap is a failed test")]

    use hmac::{Hmac, KeyInit as _, Mac as _};

    use super::*;

    #[test]
    fn authenticators_are_those_of_another_implementation() {
        let message: [u8; 200] = core::array::from_fn(|index| u8::try_from(index).unwrap());
        for secret in [[0; 32], [0x36; 32], [0xff; 32], core::array::from_fn(|index| u8::try_from(index * 7).unwrap())]
        {
            for length in 0..message.len() {
                let (first, second) = message.split_at(length);
                let mut other = Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
                other.update(first);
                let expected: [u8; MAC_BYTES] = other.finalize().into_bytes().into();
                let of = Secret::new(secret);
                assert_eq!(of.authenticate(&[first]), expected, "{length}");
                assert!(of.verifies(&[&first[..length / 2], &first[length / 2..]], &expected));
                assert!(!of.verifies(&[first, second, b"more"], &expected));
                for bit in 0..8 {
                    let mut changed = expected;
                    changed[length % MAC_BYTES] ^= 1 << bit;
                    assert!(!of.verifies(&[first], &changed));
                }
            }
        }
    }
}
