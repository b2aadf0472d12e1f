//! The secret by which a client is known, and what is authenticated with it.

use core::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Serialize, Serializer};
use sha2::Sha256;

/// Length of a secret in bytes.
pub const SECRET_BYTES: usize = 32;
/// Length of an authenticator in bytes.
pub const MAC_BYTES: usize = 32;

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
        let mut hash = crate::digest::Sha256::over(b"hwl-admin-token");
        hash.update(token);
        Self(hash.finish())
    }

    /// Its bytes, to be stored.
    #[must_use]
    pub const fn expose(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// HMAC-SHA-256 (RFC 2104) over the parts.
    fn hmac(&self, parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        parts.iter().for_each(|part| mac.update(part));
        Some(mac)
    }

    /// The authenticator of a message in parts.
    pub(super) fn authenticate(&self, parts: &[&[u8]]) -> [u8; MAC_BYTES] {
        // A key of any length will do (RFC 2104, 2), so there always is one.
        self.hmac(parts).map_or([0; MAC_BYTES], |mac| mac.finalize().into_bytes().into())
    }

    /// Whether an authenticator is that of the message, in the same time wherever it differs.
    pub(super) fn verifies(&self, parts: &[&[u8]], authenticator: &[u8; MAC_BYTES]) -> bool {
        self.hmac(parts).is_some_and(|mac| mac.verify_slice(authenticator).is_ok())
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
