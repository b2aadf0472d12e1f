//! SHA-256 over a domain tag and numbered, length-prefixed fields.

use sha2::block_api::compress256;

use super::canonical::significant;
use super::component::Component;
use crate::hardware::Field;

/// An unsalted digest. It never leaves the machine.
pub(super) type Unsalted = [u8; 32];

/// Initial state (FIPS 180-4, 5.3.3).
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
/// Bytes of one block.
const BLOCK_BYTES: u32 = 64;
/// Where the length stands in the last block.
const LENGTH_AT: usize = 56;

/// Feeds SHA-256 byte by byte.
///
/// The compression function is that of `sha2`; the bytes are gathered here, because the hasher
/// there copies slices, and characters come one by one. On a small core that halves the flash.
#[derive(Clone)]
pub(super) struct FieldHasher {
    state: [u32; 8],
    block: [u8; 64],
    /// Bytes fed so far. All that is hashed here is far shorter than 4 GiB.
    length: u32,
    /// Whether a numbered field was fed.
    fed: bool,
}

impl FieldHasher {
    /// Starts with a domain tag, so that no two uses share a preimage.
    pub(super) fn new(tag: &[u8]) -> Self {
        let mut hash = Self { state: INITIAL, block: [0; 64], length: 0, fed: false };
        hash.raw(tag);
        hash
    }

    /// The digest of one component.
    pub(super) fn of_component(component: Component) -> Self {
        let mut hash = Self::new(b"hwl03cmp");
        hash.raw(&[component.number()]);
        hash
    }

    /// Field number, length of the canonical text as u16 little-endian, canonical text. An empty
    /// text is one that does not count.
    #[inline(never)]
    pub(super) fn text(&mut self, number: u8, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        let characters = || text.iter().copied().filter_map(significant);
        self.head(number, characters().count());
        characters().for_each(|character| self.byte(character));
    }

    /// Field number, length as u16 little-endian, the bytes as they are.
    #[inline(never)]
    pub(super) fn bytes(&mut self, number: u8, bytes: &[u8]) {
        self.head(number, bytes.len());
        self.raw(bytes);
    }

    /// Texts and identifiers are bounded by `TEXT_BYTES_MAX`, so the length fits.
    fn head(&mut self, number: u8, length: usize) {
        let [low, high] = u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes();
        self.raw(&[number, low, high]);
        self.fed = true;
    }

    /// Bytes without number and length, for parts of fixed size.
    #[inline(never)]
    pub(super) fn raw(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let used = self.used();
            let room = self.block.get_mut(used..).unwrap_or_default();
            let (now, later) = bytes.split_at_checked(room.len()).unwrap_or((bytes, &[]));
            room.iter_mut().zip(now).for_each(|(slot, byte)| *slot = *byte);
            bytes = later;
            // At most a block.
            self.advance(u32::try_from(now.len()).unwrap_or(0));
        }
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        let used = self.used();
        if let Some(slot) = self.block.get_mut(used) {
            *slot = byte;
        }
        self.advance(1);
    }

    #[inline]
    fn advance(&mut self, bytes: u32) {
        self.length = self.length.wrapping_add(bytes);
        if self.used() == 0 {
            self.compress();
        }
    }

    /// Bytes of the block that wait to be compressed.
    fn used(&self) -> usize {
        usize::try_from(self.length % BLOCK_BYTES).unwrap_or(0)
    }

    #[inline(never)]
    fn compress(&mut self) {
        compress256(&mut self.state, core::slice::from_ref(&self.block));
    }

    /// Pads (FIPS 180-4, 5.1.1) and gives the digest. The hasher is spent then: it is borrowed
    /// only because a move would copy it.
    #[inline(never)]
    pub(super) fn finish(&mut self) -> Unsalted {
        let bits = u64::from(self.length) << 3;
        self.byte(0x80);
        loop {
            let used = self.used();
            self.block.iter_mut().skip(used).for_each(|byte| *byte = 0);
            if used <= LENGTH_AT {
                break;
            }
            // No room for the length: it comes in one more block.
            self.compress();
            self.length = 0;
        }
        if let Some(last) = self.block.last_chunk_mut() {
            *last = bits.to_be_bytes();
        }
        self.compress();
        let mut digest = [0; 32];
        for (four, word) in digest.chunks_exact_mut(4).zip(self.state) {
            four.copy_from_slice(&word.to_be_bytes());
        }
        digest
    }

    /// The digest if a field was fed; what has no field that counts is absent.
    pub(super) fn finish_if_fed(&mut self) -> Field<Unsalted> {
        if self.fed { Field::Read(self.finish()) } else { Field::Absent }
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn it_is_sha_256_at_every_length() {
        for length in 0..300 {
            let bytes = vec![0x5a; length];
            let mut hash = FieldHasher::new(b"hwl-test");
            hash.raw(&bytes);
            let expected: [u8; 32] = Sha256::new().chain_update(b"hwl-test").chain_update(&bytes).finalize().into();
            assert_eq!(hash.finish(), expected, "length {length}");
        }
    }

    #[test]
    fn text_is_hashed_whole_at_every_length() {
        for length in 1..200 {
            let text = vec![b'x'; length];
            let mut by_text = FieldHasher::new(b"hwl-test");
            by_text.text(7, &text);
            let mut by_bytes = FieldHasher::new(b"hwl-test");
            by_bytes.bytes(7, &text);
            assert_eq!(by_text.finish(), by_bytes.finish(), "length {length}");
        }
    }

    #[test]
    fn nothing_fed_is_absent() {
        let mut hash = FieldHasher::of_component(Component::Board);
        hash.text(1, b"");
        assert_eq!(hash.clone().finish_if_fed(), Field::Absent);
        hash.text(1, b"NC-500");
        assert_ne!(hash.finish_if_fed(), Field::Absent);
    }
}
