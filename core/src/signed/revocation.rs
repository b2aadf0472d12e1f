//! Keys and licences that are no longer good.

use serde::Serialize;

use super::envelope::SealError;
use super::key::KeyId;
use super::payload::{Claim, Kind, Payload};
use crate::decode::{self, Decode, Reader};
use crate::extension::{self, Extensions};
use crate::license::LicenseKey;
use crate::time::UnixSeconds;

/// Most entries in one list.
pub const REVOCATIONS_MAX: usize = 128;
/// An entry: what it is, 16 bytes of id, time as u64 little-endian.
const ENTRY_BYTES: usize = 25;

/// One entry of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Revocation {
    /// The key signs nothing new: what it issued up to this second stays good.
    KeyRetired(KeyId, UnixSeconds),
    /// Everything that the key signed is refused. For stolen keys: a thief can backdate.
    KeyRevoked(KeyId),
    /// The licence is refused.
    LicenseRevoked(LicenseKey),
}

impl Revocation {
    fn encode(self) -> [u8; ENTRY_BYTES] {
        let time = match self {
            Self::KeyRetired(_, at) => at.0,
            Self::KeyRevoked(_) | Self::LicenseRevoked(_) => 0,
        };
        let mut entry = [0; ENTRY_BYTES];
        let parts = self.wanted().into_iter().chain(time.to_le_bytes());
        entry.iter_mut().zip(parts).for_each(|(slot, byte)| *slot = byte);
        entry
    }

    /// `None` for an entry that is not exactly what [`Revocation::encode`] writes.
    fn decode(entry: &[u8; ENTRY_BYTES]) -> Option<Self> {
        let [what, rest @ ..] = entry;
        let (id, time) = rest.split_first_chunk::<16>()?;
        let time = UnixSeconds(u64::from_le_bytes(time.try_into().ok()?));
        let decoded = match what {
            1 => Self::KeyRetired(KeyId(*id), time),
            2 => Self::KeyRevoked(KeyId(*id)),
            3 => Self::LicenseRevoked(LicenseKey(*id.first_chunk()?)),
            _ => return None,
        };
        (decoded.encode() == *entry).then_some(decoded)
    }
}

/// A list of revocations. Signed by an issuer that may; the newest of each signer counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RevocationList<'a> {
    /// When it was signed.
    pub issued: UnixSeconds,
    entries: &'a [u8],
    /// Room to grow.
    pub extensions: Extensions<'a>,
}

impl<'a> RevocationList<'a> {
    /// A list of the entries in a [`RevocationListWriter`].
    #[must_use]
    pub fn new(issued: UnixSeconds, entries: &'a RevocationListWriter) -> Self {
        Self { issued, entries: &entries.bytes, extensions: Extensions::new() }
    }

    /// The entries.
    pub fn entries(&self) -> impl Iterator<Item = Revocation> + use<'a> {
        self.entries.as_chunks().0.iter().filter_map(Revocation::decode)
    }

    /// The entries as they stand in the bytes.
    pub(super) fn entry_bytes(&self) -> &'a [u8] {
        self.entries
    }
}

/// The time at which nothing that is not revoked will ever be.
pub(super) const NEVER: UnixSeconds = UnixSeconds(u64::MAX);

/// When the entries of a list say that this revocation took effect: for keys that retired their
/// time, for everything else zero, and [`NEVER`] for what is not among them.
///
/// They are compared as bytes: on a small core that is far cheaper than taking each apart. The
/// time is a plain number because that comes back in registers; an `Option` would be written to
/// memory, and at a wrong address by a fault.
#[inline(never)]
pub(super) fn find(entries: &[u8], wanted: &Wanted) -> UnixSeconds {
    let entries = entries.as_chunks::<ENTRY_BYTES>().0.iter();
    entries
        .filter_map(|entry| entry.split_last_chunk())
        .find(|(what, _)| what == wanted)
        .map_or(NEVER, |(_, time)| UnixSeconds(u64::from_le_bytes(*time)))
}

/// What an entry begins with: what it is, and 16 bytes of id.
pub(super) type Wanted = [u8; ENTRY_BYTES - 8];

impl Revocation {
    /// How the entry for this begins, whatever its time.
    pub(super) fn wanted(&self) -> Wanted {
        let (number, id): (u8, &[u8]) = match self {
            Self::KeyRetired(id, _) => (1, &id.0),
            Self::KeyRevoked(id) => (2, &id.0),
            Self::LicenseRevoked(key) => (3, &key.0),
        };
        let mut wanted = [0; ENTRY_BYTES - 8];
        let [what, slots @ ..] = &mut wanted;
        *what = number;
        slots.iter_mut().zip(id).for_each(|(slot, byte)| *slot = *byte);
        wanted
    }
}

impl<'a> Decode<'a> for RevocationList<'a> {
    fn blank() -> Self {
        Self { issued: UnixSeconds(0), entries: &[], extensions: Extensions::new() }
    }

    fn read(&mut self, reader: &mut Reader<'a>) {
        self.issued = UnixSeconds(reader.u64());
        self.entries = reader.bytes();
        extension::read(&mut self.extensions, reader);
        let (entries, rest) = self.entries.as_chunks();
        reader.require(
            rest.is_empty()
                && entries.len() <= REVOCATIONS_MAX
                && entries.iter().all(|entry| Revocation::decode(entry).is_some())
                && entries.is_sorted_by(|before, after| before < after),
        );
    }
}

impl<'a> Payload<'a> for RevocationList<'a> {
    const KIND: Kind = Kind::RevocationList;

    fn is_one(bytes: &[u8]) -> bool {
        decode::exact::<RevocationList<'_>>(bytes).is_some()
    }

    fn claim(&self) -> Claim<'a> {
        Claim {
            issued: self.issued,
            grant: None,
            has_unknown_critical: extension::unknown_critical(&self.extensions),
        }
    }
}

/// Gathers entries, in whatever order they come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevocationListWriter {
    bytes: heapless::Vec<u8, { REVOCATIONS_MAX * ENTRY_BYTES }>,
}

impl RevocationListWriter {
    /// Without an entry.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: heapless::Vec::new() }
    }

    /// Adds an entry in its place; one that is there already changes nothing.
    ///
    /// # Errors
    /// [`SealError::TooLarge`] beyond [`REVOCATIONS_MAX`].
    pub fn push(&mut self, revocation: Revocation) -> Result<(), SealError> {
        let entry = revocation.encode();
        if self.bytes.as_chunks().0.contains(&entry) {
            return Ok(());
        }
        self.bytes.extend_from_slice(&entry).map_err(|_| SealError::TooLarge)?;
        self.bytes.as_chunks_mut::<ENTRY_BYTES>().0.sort_unstable();
        Ok(())
    }
}
