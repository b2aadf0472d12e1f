//! A file: a few envelopes, so that a licence can carry its certificate.

use heapless::Vec;
use serde::Serialize;

use super::envelope::{Envelope, SealError};
use super::payload::Kind;
use super::trust::VerifyError;
use crate::decode::Reader;

/// Most envelopes in one bundle.
pub const ENVELOPES_MAX: usize = 8;
/// Largest bundle in bytes.
pub const BUNDLE_BYTES_MAX: usize = 16_384;

/// First bytes of every bundle.
const MAGIC: [u8; 4] = *b"HWLB";
/// Version of the bundle's format.
const VERSION: u8 = 1;

/// The bundle as it stands in the bytes.
#[derive(Serialize)]
struct Encoded<'a> {
    magic: [u8; 4],
    version: u8,
    envelopes: Vec<&'a [u8], ENVELOPES_MAX>,
}

/// A file of envelopes, each of the right shape. **Nothing in it is verified.**
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle<'a> {
    envelopes: Vec<Envelope<'a>, ENVELOPES_MAX>,
}

impl<'a> Bundle<'a> {
    /// Takes the binary form apart. Armoured files are decoded first ([`super::armor::decode`]).
    ///
    /// # Errors
    /// Those of [`Envelope::parse`]; [`VerifyError::TooLarge`] beyond [`BUNDLE_BYTES_MAX`], and
    /// [`VerifyError::Malformed`] for an empty bundle or one that holds an envelope twice.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Self, VerifyError> {
        if bytes.len() > BUNDLE_BYTES_MAX {
            return Err(VerifyError::TooLarge);
        }
        let after_magic = bytes.strip_prefix(&MAGIC).ok_or(VerifyError::Malformed)?;
        let (version, list) = after_magic.split_first().ok_or(VerifyError::Malformed)?;
        if *version != VERSION {
            return Err(VerifyError::UnsupportedVersion);
        }
        let mut reader = Reader::new(list);
        let mut bundle = Self { envelopes: Vec::new() };
        for _ in 0..reader.u32() {
            let envelope = Envelope::parse(reader.bytes())?;
            if bundle.envelopes.iter().any(|known| known.bytes == envelope.bytes) {
                return Err(VerifyError::Malformed);
            }
            bundle.envelopes.push(envelope).map_err(|_| VerifyError::Malformed)?;
        }
        if reader.is_at_end() && !bundle.envelopes.is_empty() { Ok(bundle) } else { Err(VerifyError::Malformed) }
    }

    /// The envelopes, in the order of the file.
    #[must_use]
    pub fn envelopes(&self) -> &[Envelope<'a>] {
        &self.envelopes
    }

    /// The one envelope of a kind.
    ///
    /// # Errors
    /// [`VerifyError::WrongKind`] when there is none, [`VerifyError::Malformed`] when there are
    /// several.
    pub fn only(&self, kind: Kind) -> Result<Envelope<'a>, VerifyError> {
        self.one(kind).copied()
    }

    /// The same where it lies.
    #[inline(never)]
    pub(super) fn one(&self, kind: Kind) -> Result<&Envelope<'a>, VerifyError> {
        let mut found = Err(VerifyError::WrongKind);
        for envelope in self.envelopes.iter().filter(|envelope| envelope.header.kind == kind) {
            found = if found.is_ok() { return Err(VerifyError::Malformed) } else { Ok(envelope) };
        }
        found
    }
}

/// Puts envelopes into a file.
#[derive(Debug, Default)]
pub struct BundleWriter<'a> {
    envelopes: Vec<&'a [u8], ENVELOPES_MAX>,
}

impl<'a> BundleWriter<'a> {
    /// An empty file.
    #[must_use]
    pub const fn new() -> Self {
        Self { envelopes: Vec::new() }
    }

    /// Whether there is nothing in it yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.envelopes.is_empty()
    }

    /// Adds an envelope.
    ///
    /// # Errors
    /// [`SealError::TooLarge`] beyond [`ENVELOPES_MAX`].
    pub fn push(&mut self, envelope: &'a [u8]) -> Result<(), SealError> {
        self.envelopes.push(envelope).map_err(|_| SealError::TooLarge)
    }

    /// Writes the file into the buffer and gives the part that was written.
    ///
    /// # Errors
    /// [`SealError::TooLarge`] when the buffer is too small or [`BUNDLE_BYTES_MAX`] is exceeded.
    pub fn write<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], SealError> {
        let encoded = Encoded { magic: MAGIC, version: VERSION, envelopes: self.envelopes.clone() };
        let written = postcard::to_slice(&encoded, buffer).map_err(|_| SealError::TooLarge)?;
        if written.len() > BUNDLE_BYTES_MAX { Err(SealError::TooLarge) } else { Ok(written) }
    }
}
