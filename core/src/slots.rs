//! Where state lies that survives a power cut: two slots, of which one is always whole.
//!
//! A slot holds a head of [`WRITE_BYTES`], and the record after it. What is saved goes into the slot
//! that does not count: it is erased, the record is written, and the head last. So whenever the
//! power fails, the other slot still holds what was there before.
//!
//! | Head | |
//! |---|---|
//! | magic | `"HWLS"` for a client of a Primary Server, `"HWLU"` for its updates |
//! | version | 1, and three zeros |
//! | sequence | u32 little-endian; the higher one counts |
//! | length | u32 little-endian: bytes of the record |
//! | check | CRC-32 (ISO-HDLC) over sequence, length and record, little-endian |
//! | rest | zeros |

use core::fmt;

use crc::{CRC_32_ISO_HDLC, Crc, Digest, NoTable};
use postcard::ser_flavors::Flavor;
use serde::Serialize;

/// Everything is written in pieces of so many bytes, at multiples of it.
pub const WRITE_BYTES: usize = 64;

/// How a head begins: what the record is, and the version of its format.
///
/// Kept in a static, not a constant: constants of eight bytes share one section, so that a firmware
/// without the records would hold the magics too.
pub(crate) type Magic = [u8; 8];

const HEAD_BYTES: usize = 20;
/// Where the record begins.
const HEAD_AREA_BYTES: u32 = 64;

static CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

/// One of the two slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Slot {
    /// The first.
    A,
    /// The second.
    B,
}

impl Slot {
    const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// Flash, EEPROM or two files, in the hands of the caller.
///
/// Each slot has at least as many bytes as its user says, and is erased on its own. The power may fail
/// in the middle of anything; what was written then may hold anything, or be unreadable.
///
/// The state of a client is saved every hour, which erases each slot about 4,400 times a year: flash
/// that wears out sooner needs a driver that spreads the wear.
pub trait Storage {
    /// Why it failed.
    type Error;

    /// Reads from a slot.
    ///
    /// # Errors
    /// The slot cannot be read, and will not be: then the other one counts, if it is whole. What may
    /// succeed the next time is to be tried again before it is given up.
    fn read(&mut self, slot: Slot, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error>;

    /// Erases a slot, so that it can be written.
    ///
    /// # Errors
    /// The slot cannot be erased.
    fn erase(&mut self, slot: Slot) -> Result<(), Self::Error>;

    /// Writes [`WRITE_BYTES`] into an erased slot, at a multiple of it. When it returns, they are
    /// there to stay.
    ///
    /// # Errors
    /// The slot cannot be written.
    fn write(&mut self, slot: Slot, offset: u32, bytes: &[u8; WRITE_BYTES]) -> Result<(), Self::Error>;
}

impl<S: Storage + ?Sized> Storage for &mut S {
    type Error = S::Error;

    fn read(&mut self, slot: Slot, offset: u32, bytes: &mut [u8]) -> Result<(), S::Error> {
        (**self).read(slot, offset, bytes)
    }

    fn erase(&mut self, slot: Slot) -> Result<(), S::Error> {
        (**self).erase(slot)
    }

    fn write(&mut self, slot: Slot, offset: u32, bytes: &[u8; WRITE_BYTES]) -> Result<(), S::Error> {
        (**self).write(slot, offset, bytes)
    }
}

/// Why nothing was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SaveError<E> {
    /// The storage failed. What was saved before is still there.
    Storage(E),
    /// The record is larger than a slot.
    TooLarge,
}

impl<E: fmt::Display> fmt::Display for SaveError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage(error) => write!(f, "the state cannot be saved: {error}"),
            Self::TooLarge => f.write_str("the state is larger than its storage"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for SaveError<E> {}

/// The slot that counts, and the highest sequence that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Current {
    slot: Slot,
    sequence: u32,
}

/// What a head says.
struct Head {
    sequence: u32,
    length: u32,
    check: u32,
}

impl Head {
    fn read<S: Storage>(
        storage: &mut S,
        magic: &Magic,
        record_max: usize,
        slot: Slot,
    ) -> Result<Option<Self>, S::Error> {
        let mut head = [0; HEAD_BYTES];
        storage.read(slot, 0, &mut head)?;
        let words = head.strip_prefix(magic).map(|words| words.as_chunks::<4>().0);
        let Some([sequence, length, check]) = words.and_then(|words| words.first_chunk()) else {
            return Ok(None);
        };
        let [sequence, length, check] = [sequence, length, check].map(|word| u32::from_le_bytes(*word));
        let fits = usize::try_from(length).is_ok_and(|length| length <= record_max);
        Ok(fits.then_some(Self { sequence, length, check }))
    }

    fn digest(&self) -> Digest<'static, u32, NoTable> {
        let mut digest = CRC.digest();
        digest.update(&self.sequence.to_le_bytes());
        digest.update(&self.length.to_le_bytes());
        digest
    }
}

/// Reads the record of a slot into the buffer, if it is whole.
fn read_record<'b, S: Storage>(
    storage: &mut S,
    slot: Slot,
    head: &Head,
    buffer: &'b mut [u8],
) -> Result<Option<&'b [u8]>, S::Error> {
    let Some(record) = usize::try_from(head.length).ok().and_then(|length| buffer.get_mut(..length)) else {
        return Ok(None);
    };
    storage.read(slot, HEAD_AREA_BYTES, record)?;
    let mut digest = head.digest();
    digest.update(record);
    Ok((digest.finalize() == head.check).then_some(&*record))
}

/// Reads the newest record of this magic that is whole, that the buffer has room for and that `take`
/// understands; `None` if none is whole.
///
/// A record that is whole and not understood was written by newer software. It is overwritten first,
/// by one that is newer still.
///
/// # Errors
/// That of the storage, if neither slot can be read. A power cut leaves at most one so.
pub(crate) fn load<S: Storage>(
    storage: &mut S,
    magic: &Magic,
    buffer: &mut [u8],
    mut take: impl FnMut(&[u8]) -> bool,
) -> Result<Option<Current>, S::Error> {
    let mut head = |slot| Head::read(storage, magic, buffer.len(), slot);
    let (a, b) = match (head(Slot::A), head(Slot::B)) {
        (Err(error), Err(_)) => return Err(error),
        (a, b) => (a.ok().flatten(), b.ok().flatten()),
    };
    // Sequences may wrap: the one that follows within half of the range is newer.
    let b_is_newer = matches!((&a, &b), (Some(a), Some(b)) if b.sequence.wrapping_sub(a.sequence) < 1 << 31);
    let mut slots = [(Slot::A, a), (Slot::B, b)];
    if b_is_newer {
        slots.reverse();
    }
    let mut newest = None;
    for (slot, head) in slots {
        let Some(head) = head else { continue };
        let Ok(Some(record)) = read_record(storage, slot, &head, buffer) else { continue };
        let sequence = newest.map_or(head.sequence, |newest: Current| newest.sequence);
        if take(record) {
            return Ok(Some(Current { slot, sequence }));
        }
        newest = newest.or(Some(Current { slot, sequence }));
    }
    Ok(newest)
}

/// Saves a record of this magic, of at most so many bytes, into the slot that does not count, which then
/// counts.
pub(crate) fn save<S: Storage, T: Serialize>(
    storage: &mut S,
    magic: &Magic,
    record_max: usize,
    current: Option<Current>,
    record: &T,
) -> Result<Current, SaveError<S::Error>> {
    let next = current.map_or(Current { slot: Slot::A, sequence: 1 }, |current| Current {
        slot: current.slot.other(),
        sequence: current.sequence.wrapping_add(1),
    });
    let size = postcard::serialize_with_flavor::<T, _, usize>(record, postcard::ser_flavors::Size::default());
    let length = size.ok().filter(|size| *size <= record_max).and_then(|size| u32::try_from(size).ok());
    let mut head = Head { sequence: next.sequence, length: length.ok_or(SaveError::TooLarge)?, check: 0 };
    storage.erase(next.slot).map_err(SaveError::Storage)?;
    let writer = Writer {
        storage: &mut *storage,
        slot: next.slot,
        offset: WRITE_BYTES,
        piece: heapless::Vec::new(),
        digest: head.digest(),
        failure: None,
    };
    head.check = match postcard::serialize_with_flavor::<T, _, Result<u32, S::Error>>(record, writer) {
        Ok(check) => check.map_err(SaveError::Storage)?,
        Err(_) => return Err(SaveError::TooLarge),
    };
    let mut bytes = [0; WRITE_BYTES];
    let parts =
        magic.iter().copied().chain([head.sequence, head.length, head.check].into_iter().flat_map(u32::to_le_bytes));
    bytes.iter_mut().zip(parts).for_each(|(slot, byte)| *slot = byte);
    storage.write(next.slot, 0, &bytes).map_err(SaveError::Storage)?;
    Ok(next)
}

/// Writes what serde gives it piece by piece, so that a record never lies in memory twice.
struct Writer<'s, S: Storage> {
    storage: &'s mut S,
    slot: Slot,
    offset: usize,
    piece: heapless::Vec<u8, WRITE_BYTES>,
    digest: Digest<'static, u32, NoTable>,
    failure: Option<S::Error>,
}

impl<S: Storage> Writer<'_, S> {
    /// Writes the piece, filled up with zeros. After a failure it is only let go, so that the failure
    /// is what is told in the end.
    fn flush(&mut self) {
        if self.piece.is_empty() || self.failure.is_some() {
            return self.piece.clear();
        }
        self.digest.update(&self.piece);
        let mut bytes = [0; WRITE_BYTES];
        bytes.iter_mut().zip(&self.piece).for_each(|(slot, byte)| *slot = *byte);
        let offset = u32::try_from(self.offset).unwrap_or(u32::MAX);
        self.failure = self.storage.write(self.slot, offset, &bytes).err();
        self.offset = self.offset.saturating_add(WRITE_BYTES);
        self.piece.clear();
    }
}

impl<S: Storage> Flavor for Writer<'_, S> {
    type Output = Result<u32, S::Error>;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        if self.piece.is_full() {
            self.flush();
        }
        // There is room now.
        self.piece.push(byte).map_err(|_| postcard::Error::SerializeBufferFull)
    }

    fn finalize(mut self) -> postcard::Result<Self::Output> {
        self.flush();
        Ok(match self.failure {
            Some(failure) => Err(failure),
            None => Ok(self.digest.finalize()),
        })
    }
}
