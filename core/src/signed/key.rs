//! Public keys, their ids, and who verifies signatures.

use core::fmt;

use serde::Serialize;

use crate::digest::Sha256;

/// Length of a public key in bytes (Ed25519).
pub const PUBLIC_KEY_BYTES: usize = 32;
/// Length of a signature in bytes (Ed25519).
pub const SIGNATURE_BYTES: usize = 64;

/// A signature algorithm. The byte in an envelope must equal that of the key's own record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Algorithm {
    /// Ed25519 (RFC 8032), verified strictly: canonical S, no key and no R of small order, and
    /// the equation without the cofactor.
    Ed25519,
}

impl Algorithm {
    /// Its number in an envelope.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
        }
    }

    /// The algorithm with this number.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Ed25519),
            _ => None,
        }
    }
}

/// The id of a key: 16 bytes of a SHA-256 over its algorithm and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct KeyId(pub [u8; 16]);

impl KeyId {
    /// The id of a key where its bytes lie.
    #[inline(never)]
    pub(super) fn of(algorithm: Algorithm, key: &[u8; PUBLIC_KEY_BYTES]) -> Self {
        let mut hash = Sha256::new();
        // With the number of the algorithm.
        hash.update(match algorithm {
            Algorithm::Ed25519 => b"hwlkeyid\x01",
        });
        hash.update(key);
        let mut id = Self([0; 16]);
        hash.finish_into(id.0.as_chunks_mut().0);
        id
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A public key and the algorithm it is for.
///
/// As long as there is one algorithm, it is its bytes in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(transparent)]
pub struct PublicKey {
    /// What it verifies with.
    pub algorithm: Algorithm,
    /// The key, as RFC 8032 encodes it.
    pub bytes: [u8; PUBLIC_KEY_BYTES],
}

impl PublicKey {
    /// An Ed25519 key.
    #[must_use]
    pub const fn ed25519(bytes: [u8; PUBLIC_KEY_BYTES]) -> Self {
        Self { algorithm: Algorithm::Ed25519, bytes }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::of(self.algorithm, &self.bytes)
    }
}

/// What a verifier answers: a word with many bits of difference between yes and everything else,
/// so that zeroed memory, a skipped call or a flipped bit is a no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureAnswer(u32);

impl SignatureAnswer {
    /// The signature holds.
    pub const HOLDS: Self = Self(0x6b8d_35c9);
    /// It does not.
    pub const FAILS: Self = Self(0x9472_ca36);
    /// Nothing was verified: the key is none of those that this verifier is for. A no as well.
    pub const NOT_PINNED: Self = Self(0x5a5a_5a5a);

    /// An answer that came as a number, from a C callback.
    #[must_use]
    pub const fn from_word(word: u32) -> Self {
        Self(word)
    }

    /// The answer as a number.
    #[must_use]
    pub const fn word(self) -> u32 {
        self.0
    }

    /// Zero if the signature holds.
    pub(crate) const fn doubt(self) -> u32 {
        self.0 ^ Self::HOLDS.0
    }
}

/// Verifies signatures: the built-in `Ed25519`, or the engine of a chip.
///
/// An engine must accept exactly what `Ed25519` accepts; `tests/` holds the vectors to prove it.
pub trait SignatureVerifier {
    /// Whether `signature` over `message` holds under `key`.
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> SignatureAnswer;
}

/// The built-in verifier: `ed25519-dalek`'s `verify_strict`.
///
/// # Bounds
/// About 1.7 million instructions and 7.6 KB of stack on a Cortex-M4 (`cargo xtask bench`).
#[cfg(feature = "ed25519")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Ed25519;

#[cfg(feature = "ed25519")]
impl SignatureVerifier for Ed25519 {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> SignatureAnswer {
        let Algorithm::Ed25519 = key.algorithm;
        let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(&key.bytes) else {
            return SignatureAnswer::FAILS;
        };
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        match key.verify_strict(message, &signature) {
            Ok(()) => SignatureAnswer::HOLDS,
            Err(_) => SignatureAnswer::FAILS,
        }
    }
}

/// The built-in verifier of firmware: it accepts exactly what `Ed25519` accepts.
///
/// # Bounds
/// About 1.1 million instructions and 1 KB of stack on a Cortex-M4, less than half of them with
/// `ed25519-assembly` (`cargo xtask count-c`).
#[cfg(feature = "ed25519-small")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Ed25519Small;

// What it answers is handed on as it is: a branch on the way could be skipped.
#[cfg(feature = "ed25519-small")]
const _: () = assert!(
    hwlicense_ed25519::HOLDS == SignatureAnswer::HOLDS.word()
        && hwlicense_ed25519::FAILS == SignatureAnswer::FAILS.word()
);

#[cfg(feature = "ed25519-small")]
impl SignatureVerifier for Ed25519Small {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> SignatureAnswer {
        let Algorithm::Ed25519 = key.algorithm;
        SignatureAnswer::from_word(hwlicense_ed25519::answer_parts(&key.bytes, &[message], signature))
    }
}

impl<V: SignatureVerifier + ?Sized> SignatureVerifier for &V {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> SignatureAnswer {
        (**self).verify(key, message, signature)
    }
}
