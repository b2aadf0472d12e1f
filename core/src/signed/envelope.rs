//! The one signed envelope.

use core::fmt;

use super::key::{Algorithm, KeyId, SIGNATURE_BYTES};
use super::payload::{Kind, Payload};
use super::trust::VerifyError;
use crate::decode::{self, Decode, Reader};
use postcard::ser_flavors::Size;

/// Version of the envelope's format.
pub const FORMAT_VERSION: u8 = 1;
/// Largest envelope in bytes.
pub const ENVELOPE_BYTES_MAX: usize = 4096;

/// How every envelope begins: what it is, and its version. It is signed with the rest, which keeps
/// these signatures apart from whatever else a key might sign.
const HEAD: [u8; 11] = *b"hwlicense:\x01";

const _: () = assert!(matches!(HEAD, [.., FORMAT_VERSION]));

/// Where the kind stands: after the head.
pub(super) const KIND_AT: usize = HEAD.len();

/// Kind, algorithm and key id.
const SIGNER_BYTES: usize = 2 + size_of::<KeyId>();
/// Where epoch and sequence begin.
const ORDER_AT: usize = KIND_AT + SIGNER_BYTES;

/// What precedes the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Header {
    /// Kind of the payload.
    pub kind: Kind,
    /// Algorithm of the signature.
    pub algorithm: Algorithm,
    /// Key that signed.
    pub key_id: KeyId,
    /// Epoch of the signer. A higher one makes all sequences of lower ones old.
    pub epoch: u32,
    /// Orders what one signer signs within an epoch.
    pub sequence: u64,
}

/// Reads the head that something begins with: what it is, and the version of its format as its last
/// byte.
///
/// # Errors
/// [`VerifyError::Malformed`] and [`VerifyError::UnsupportedVersion`].
#[inline(never)]
pub(super) fn read_head(reader: &mut Reader<'_>, head: &[u8]) -> Result<(), VerifyError> {
    match (reader.take(head.len()).split_last(), head.split_last()) {
        (Some((found, magic)), Some((version, expected))) if magic == expected => {
            if found == version {
                Ok(())
            } else {
                Err(VerifyError::UnsupportedVersion)
            }
        }
        _ => Err(VerifyError::Malformed),
    }
}

/// An envelope that has the right shape. **Nothing in it is verified.**
///
/// It can be taken apart, so that a program can show what a file says of itself; whatever is to
/// be believed goes through [`Trust::verify`](super::Trust::verify).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) kind: Kind,
    pub(super) algorithm: Algorithm,
    /// The [`KeyId`] in place: an envelope is moved more often than it is asked for its signer.
    pub(super) key_id: &'a [u8; 16],
    pub(super) payload: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Takes bytes apart.
    ///
    /// # Errors
    /// [`VerifyError::Malformed`], [`VerifyError::TooLarge`], [`VerifyError::UnsupportedVersion`],
    /// [`VerifyError::UnknownKind`] and [`VerifyError::UnsupportedAlgorithm`].
    #[inline(never)]
    pub fn parse(bytes: &'a [u8]) -> Result<Self, VerifyError> {
        if bytes.len() > ENVELOPE_BYTES_MAX {
            return Err(VerifyError::TooLarge);
        }
        let mut reader = Reader::new(bytes);
        read_head(&mut reader, &HEAD)?;
        let rest = reader.rest().ok_or(VerifyError::Malformed)?;
        let (signer, rest) = rest.split_first_chunk::<SIGNER_BYTES>().ok_or(VerifyError::Malformed)?;
        let [kind, algorithm, key_id @ ..] = signer;
        reader = Reader::new(rest);
        let (_epoch, _sequence) = (reader.u32(), reader.u64());
        let payload = reader.bytes();
        if reader.rest().is_none_or(|signature| signature.len() != SIGNATURE_BYTES) {
            return Err(VerifyError::Malformed);
        }
        let kind = Kind::from_number(*kind).ok_or(VerifyError::UnknownKind)?;
        let algorithm = Algorithm::from_number(*algorithm).ok_or(VerifyError::UnsupportedAlgorithm)?;
        Ok(Self { bytes, kind, algorithm, key_id, payload })
    }

    /// What precedes the payload. Not verified.
    #[must_use]
    pub fn header(&self) -> Header {
        let (epoch, sequence) = self.order();
        Header { kind: self.kind, algorithm: self.algorithm, key_id: KeyId(*self.key_id), epoch, sequence }
    }

    /// Its epoch and its sequence, which are read here: they are seldom asked for.
    #[inline(never)]
    fn order(&self) -> (u32, u64) {
        let mut reader = Reader::new(self.bytes);
        reader.take(ORDER_AT);
        (reader.u32(), reader.u64())
    }

    /// Whether it comes before another one of the same signer.
    pub(super) fn is_older(&self, other: &Envelope<'_>) -> bool {
        self.order() < other.order()
    }

    /// Whether it is the same. A device that checks the same flash again and again need not compare
    /// it with itself.
    #[inline(never)]
    pub(super) fn is(&self, other: &Envelope<'_>) -> bool {
        let (one, other) = (self.bytes, other.bytes);
        one.len() == other.len() && (core::ptr::eq(one.as_ptr(), other.as_ptr()) || one == other)
    }

    /// What the signature covers, which is everything before it, and the signature. `parse` saw that
    /// it is there.
    pub(super) fn parts(&self) -> Option<(&'a [u8], &'a [u8; SIGNATURE_BYTES])> {
        self.bytes.split_last_chunk()
    }

    /// The whole envelope.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The payload as it claims to be, for showing it to a person. **Not verified.**
    ///
    /// # Errors
    /// [`VerifyError::WrongKind`] and [`VerifyError::Malformed`].
    pub fn unverified<T: Payload<'a>>(&self) -> Result<T, VerifyError> {
        if self.kind != T::KIND {
            return Err(VerifyError::WrongKind);
        }
        decode::exact(self.payload).ok_or(VerifyError::Malformed)
    }

    /// Reads the payload into its place. Whoever calls this knows that the kind is right.
    pub(super) fn read_payload<T: Decode<'a>>(&self, claims: &mut T) -> Result<(), VerifyError> {
        let mut reader = Reader::new(self.payload);
        claims.read(&mut reader);
        if reader.is_at_end() { Ok(()) } else { Err(VerifyError::Malformed) }
    }
}

/// Why an envelope was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SealError {
    /// The payload breaks one of its bounds: a text too long, a list out of order.
    NotWellFormed,
    /// The buffer is too small, or the envelope would exceed [`ENVELOPE_BYTES_MAX`].
    TooLarge,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotWellFormed => "the payload breaks one of its bounds",
            Self::TooLarge => "the envelope does not fit",
        })
    }
}

impl core::error::Error for SealError {}

/// Signs a payload into the buffer and gives the envelope.
///
/// `sign` gets the exact bytes to be signed. The private key stays with the caller.
/// [`Header::kind`] is set from the payload's type.
///
/// # Errors
/// [`SealError`].
pub fn seal<'p, 'b, T: Payload<'p>>(
    header: Header,
    payload: &T,
    buffer: &'b mut [u8],
    sign: impl FnOnce(&[u8]) -> [u8; SIGNATURE_BYTES],
) -> Result<&'b [u8], SealError> {
    let size = postcard::serialize_with_flavor::<T, Size, usize>(payload, Size::default())
        .ok()
        .and_then(|size| u32::try_from(size).ok())
        .ok_or(SealError::TooLarge)?;
    // What `Envelope::parse` reads, up to the payload's length; the payload itself follows in place.
    let head = (HEAD, T::KIND.number(), header.algorithm.number(), header.key_id, header.epoch, header.sequence, size);
    let head_length = postcard::to_slice(&head, buffer).map_err(|_| SealError::TooLarge)?.len();
    let rest = buffer.get_mut(head_length..).ok_or(SealError::TooLarge)?;
    let written = postcard::to_slice(payload, rest).map_err(|_| SealError::TooLarge)?;
    if !T::is_one(written) {
        return Err(SealError::NotWellFormed);
    }
    let payload_length = written.len();
    let message_length = head_length.saturating_add(payload_length);
    let length = message_length.saturating_add(SIGNATURE_BYTES);
    if length > ENVELOPE_BYTES_MAX {
        return Err(SealError::TooLarge);
    }
    let (message, rest) = buffer.split_at_mut_checked(message_length).ok_or(SealError::TooLarge)?;
    let slot = rest.get_mut(..SIGNATURE_BYTES).ok_or(SealError::TooLarge)?;
    slot.copy_from_slice(&sign(message));
    buffer.get(..length).ok_or(SealError::TooLarge)
}
