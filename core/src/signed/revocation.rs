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
/// Length of an entry.
const ENTRY_BYTES: usize = 25;
/// An entry as it stands in the bytes: what it is, 16 bytes of id, time as u64 little-endian.
pub(super) type Entry = [u8; ENTRY_BYTES];

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

/// What an entry is about, as its first byte says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    KeyRetired = 1,
    KeyRevoked = 2,
    LicenseRevoked = 3,
}

impl About {
    const fn number(self) -> u8 {
        match self {
            Self::KeyRetired => 1,
            Self::KeyRevoked => 2,
            Self::LicenseRevoked => 3,
        }
    }
}

impl Revocation {
    fn encode(self) -> Entry {
        let (about, id, time): (_, &[u8], _) = match &self {
            Self::KeyRetired(id, at) => (About::KeyRetired, &id.0, at.0),
            Self::KeyRevoked(id) => (About::KeyRevoked, &id.0, 0),
            Self::LicenseRevoked(key) => (About::LicenseRevoked, &key.0, 0),
        };
        let mut entry = [0; ENTRY_BYTES];
        let [what, slots @ .., _, _, _, _, _, _, _, _] = &mut entry;
        *what = about.number();
        slots.iter_mut().zip(id).for_each(|(slot, byte)| *slot = *byte);
        if let Some(slots) = entry.last_chunk_mut() {
            *slots = time.to_le_bytes();
        }
        entry
    }

    /// `None` for an entry that is not exactly what [`Revocation::encode`] writes.
    fn decode(entry: &Entry) -> Option<Self> {
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
        self.entry_rows().iter().filter_map(Revocation::decode)
    }

    /// The entries as they stand in the bytes.
    pub(super) fn entry_rows(&self) -> &'a [Entry] {
        self.entries.as_chunks().0
    }
}

/// The time at which nothing that is not revoked will ever be.
pub(super) const NEVER: UnixSeconds = UnixSeconds(u64::MAX);

/// When the entries of a list say that a key or a licence was retired or revoked: for keys that
/// retired their time, for everything else zero, and [`NEVER`] for what is not among them.
///
/// They are compared as bytes: on a small core that is far cheaper than taking each apart. The
/// time is a plain number because that comes back in registers; an `Option` would be written to
/// memory, and at a wrong address by a fault.
#[inline(never)]
pub(super) fn find(entries: &[Entry], about: About, id: &[u8]) -> UnixSeconds {
    for [what, rest @ ..] in entries {
        if *what == about.number()
            && rest.starts_with(id)
            && let Some(time) = rest.last_chunk()
        {
            return UnixSeconds(u64::from_le_bytes(*time));
        }
    }
    NEVER
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
            brand: None,
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
