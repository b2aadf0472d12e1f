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

/// What was hashed so far, but for the block that is not full.
#[derive(Clone)]
struct Chain {
    state: [u32; 8],
    /// Bytes so far. Nothing here hashes as much as 4 GiB.
    length: u32,
}

/// Nothing so far (FIPS 180-4, 5.3.3). With its length it is of a size that linkers do not pool, so
/// that a firmware gets this constant without all others of 32 bytes.
const START: Chain = Chain {
    state: [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19],
    length: 0,
};

/// A hash that is being computed.
#[derive(Clone)]
pub(crate) struct Sha256 {
    chain: Chain,
    block: [u8; BLOCK_BYTES],
}

impl Sha256 {
    /// Over nothing so far. Called and not inlined, so that it is made in its place.
    #[inline(never)]
    pub(crate) const fn new() -> Self {
        Self { chain: START, block: [0; BLOCK_BYTES] }
    }

    /// What is free in the block: never nothing.
    fn room(&mut self) -> &mut [u8] {
        let [used, ..] = self.chain.length.to_le_bytes();
        self.block.get_mut(usize::from(used) % BLOCK_BYTES..).unwrap_or_default()
    }

    #[inline(never)]
    fn compress(&mut self) {
        compress256(&mut self.chain.state, core::slice::from_ref(&self.block));
    }

    /// Takes in the next part.
    #[inline(never)]
    pub(crate) fn update(&mut self, mut part: &[u8]) {
        while !part.is_empty() {
            let room = self.room();
            let taken = part.len().min(room.len());
            room.iter_mut().zip(part).for_each(|(slot, byte)| *slot = *byte);
            part = part.get(taken..).unwrap_or_default();
            // At most a block.
            self.chain.length = self.chain.length.wrapping_add(u32::try_from(taken).unwrap_or_default());
            if self.chain.length.is_multiple_of(64) {
                self.compress();
            }
        }
    }

    /// The digest, or as many of its first bytes as are wanted. The hash is spent then: it is
    /// borrowed only because a move would copy it.
    #[inline(always)]
    pub(crate) fn finish<const N: usize>(&mut self) -> [u8; N] {
        const { assert!(N <= 32 && N.is_multiple_of(4)) };
        let mut digest = [0; N];
        self.finish_into(digest.as_chunks_mut().0);
        digest
    }

    /// The same into a place that is there.
    #[inline(never)]
    pub(crate) fn finish_into(&mut self, digest: &mut [[u8; 4]]) {
        let bits = u64::from(self.chain.length).wrapping_mul(8);
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
        for (bytes, word) in digest.iter_mut().zip(&self.chain.state) {
            *bytes = word.to_be_bytes();
        }
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
                second.iter().for_each(|byte| hash.update(&[*byte]));
                assert_eq!(hash.clone().finish(), expected, "{length} bytes cut at {cut}");
                assert_eq!(Some(&hash.finish::<16>()), expected.first_chunk(), "{length} bytes cut at {cut}");
            }
        }
    }
}
