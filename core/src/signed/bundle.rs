//! A file: a few envelopes, so that a licence can carry its certificate.

use heapless::Vec;
use serde::Serialize;

use super::envelope::{Envelope, KIND_AT, SealError, read_head};
use super::payload::Kind;
use super::trust::VerifyError;
use crate::decode::Reader;

/// Most envelopes in one bundle.
pub const ENVELOPES_MAX: usize = 8;
/// Largest bundle in bytes.
pub const BUNDLE_BYTES_MAX: usize = 16_384;

/// How every bundle begins: what it is, and the version of its format.
const HEAD: [u8; 5] = *b"HWLB\x01";

/// The bundle as it stands in the bytes.
#[derive(Serialize)]
struct Encoded<'a> {
    head: [u8; 5],
    envelopes: Vec<&'a [u8], ENVELOPES_MAX>,
}

/// A file of envelopes, each of the right shape. **Nothing in it is verified.**
///
/// It is the bytes themselves: envelopes are taken apart where they are asked for, which costs a
/// small core less than to keep and move eight of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bundle<'a> {
    /// The envelopes, each with its length before it.
    list: &'a [u8],
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
        let mut reader = Reader::new(bytes);
        read_head(&mut reader, &HEAD)?;
        let count = reader.count(ENVELOPES_MAX);
        let bundle = Self { list: reader.rest().ok_or(VerifyError::Malformed)? };
        for index in 0..count {
            let part = reader.bytes();
            Envelope::parse(part)?;
            let mut earlier = Reader::new(bundle.list);
            if (0..index).any(|_| earlier.bytes() == part) {
                return Err(VerifyError::Malformed);
            }
        }
        if reader.is_at_end() && count > 0 { Ok(bundle) } else { Err(VerifyError::Malformed) }
    }

    /// The envelopes as they stand in the bytes.
    pub(super) const fn parts(&self) -> Parts<'a> {
        Parts(Reader::new(self.list))
    }

    /// The envelopes, in the order of the file.
    #[must_use]
    pub const fn envelopes(&self) -> Envelopes<'a> {
        Envelopes(self.parts())
    }

    /// The one envelope of a kind.
    ///
    /// # Errors
    /// [`VerifyError::WrongKind`] when there is none, [`VerifyError::Malformed`] when there are
    /// several.
    #[inline(never)]
    pub fn only(&self, kind: Kind) -> Result<Envelope<'a>, VerifyError> {
        let mut found: &[u8] = &[];
        for part in self.parts() {
            if part.get(KIND_AT) != Some(&kind.number()) {
                continue;
            }
            if !found.is_empty() {
                return Err(VerifyError::Malformed);
            }
            found = part;
        }
        if found.is_empty() { Err(VerifyError::WrongKind) } else { Envelope::parse(found) }
    }
}

/// The envelopes of a bundle as they stand in the bytes.
#[derive(Clone, Debug)]
pub(super) struct Parts<'a>(Reader<'a>);

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        // None is empty, as was seen when the bundle was parsed; after the last there is nothing.
        let part = self.0.bytes();
        if part.is_empty() { None } else { Some(part) }
    }
}

/// The envelopes of a [`Bundle`], in the order of the file.
#[derive(Clone, Debug)]
pub struct Envelopes<'a>(Parts<'a>);

impl<'a> Envelopes<'a> {
    /// None.
    pub(crate) const EMPTY: Self = Self(Parts(Reader::new(&[])));
}

impl<'a> Iterator for Envelopes<'a> {
    type Item = Envelope<'a>;

    #[inline(never)]
    fn next(&mut self) -> Option<Envelope<'a>> {
        Envelope::parse(self.0.next()?).ok()
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
        let encoded = Encoded { head: HEAD, envelopes: self.envelopes.clone() };
        let written = postcard::to_slice(&encoded, buffer).map_err(|_| SealError::TooLarge)?;
        if written.len() > BUNDLE_BYTES_MAX { Err(SealError::TooLarge) } else { Ok(written) }
    }
}
