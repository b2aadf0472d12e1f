//! SHA-256 (FIPS 180-4) over parts, for every digest of this crate.
//!
//! The compression function is `sha2`'s. Buffering and padding are here, in two functions that are
//! compiled once: `sha2`'s own are generic, and each call of them costs a small core a hundred
//! bytes of flash.

use sha2::block_api::compress256;

/// Bytes of one block.
const BLOCK_BYTES: usize = 64;
/// Bytes of the length, at the end of the last block.
const LENGTH_BYTES: usize = 8;

/// A hash that is being computed.
#[derive(Clone)]
pub(crate) struct Sha256 {
    state: [u32; 8],
    block: [u8; BLOCK_BYTES],
    /// Bytes so far. Nothing here hashes as much as 4 GiB.
    length: u32,
}

impl Sha256 {
    /// Over nothing so far.
    pub(crate) const fn new() -> Self {
        Self {
            // FIPS 180-4, 5.3.3.
            state: [
                0x6a09_e667,
                0xbb67_ae85,
                0x3c6e_f372,
                0xa54f_f53a,
                0x510e_527f,
                0x9b05_688c,
                0x1f83_d9ab,
                0x5be0_cd19,
            ],
            block: [0; BLOCK_BYTES],
            length: 0,
        }
    }

    /// Over a first part.
    #[inline(never)]
    pub(crate) fn over(part: &[u8]) -> Self {
        let mut hash = Self::new();
        hash.update(part);
        hash
    }

    /// What is free in the block: never nothing.
    fn room(&mut self) -> &mut [u8] {
        let [used, ..] = self.length.to_le_bytes();
        self.block.get_mut(usize::from(used) % BLOCK_BYTES..).unwrap_or_default()
    }

    #[inline(never)]
    fn compress(&mut self) {
        compress256(&mut self.state, core::slice::from_ref(&self.block));
    }

    /// Takes in the next part.
    #[inline(never)]
    pub(crate) fn update(&mut self, mut part: &[u8]) {
        while !part.is_empty() {
            let room = self.room();
            let fills = part.len() >= room.len();
            let (now, later) = part.split_at_checked(room.len()).unwrap_or((part, &[]));
            if let Some(slots) = room.get_mut(..now.len()) {
                slots.copy_from_slice(now);
            }
            // At most a block.
            self.length = self.length.wrapping_add(u32::try_from(now.len()).unwrap_or_default());
            if fills {
                self.compress();
            }
            part = later;
        }
    }

    /// Takes in one byte.
    pub(crate) fn push(&mut self, byte: u8) {
        let room = self.room();
        let fills = room.len() == 1;
        if let Some(slot) = room.first_mut() {
            *slot = byte;
        }
        self.length = self.length.wrapping_add(1);
        if fills {
            self.compress();
        }
    }

    /// The digest. The hash is spent then: it is borrowed only because a move would copy it.
    #[inline(never)]
    pub(crate) fn finish(&mut self) -> [u8; 32] {
        let bits = u64::from(self.length).wrapping_mul(8);
        let room = self.room();
        let has_room_for_length = room.len() > LENGTH_BYTES;
        room.fill(0);
        if let Some(first) = room.first_mut() {
            *first = 0x80;
        }
        if !has_room_for_length {
            self.compress();
            self.block = [0; BLOCK_BYTES];
        }
        if let Some(length) = self.block.last_chunk_mut() {
            *length = bits.to_be_bytes();
        }
        self.compress();
        let mut digest = [0; 32];
        for (bytes, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(self.state) {
            *bytes = word.to_be_bytes();
        }
        digest
    }
}

#[cfg(test)]
mod tests {
    use sha2::Digest as _;

    use super::*;

    #[test]
    fn every_length_and_every_cut_gives_what_sha2_gives() {
        let message: std::vec::Vec<u8> = (0..=255).chain(0..=44).collect();
        for length in 0..=message.len() {
            let (message, _) = message.split_at(length);
            let expected: [u8; 32] = sha2::Sha256::digest(message).into();
            for cut in 0..=length {
                let (first, second) = message.split_at(cut);
                let mut hash = Sha256::new();
                hash.update(first);
                let mut whole = hash.clone();
                whole.update(second);
                assert_eq!(whole.finish(), expected, "{length} bytes cut at {cut}");
                second.iter().for_each(|byte| hash.push(*byte));
                assert_eq!(hash.finish(), expected, "{length} bytes cut at {cut}");
            }
        }
    }
}
