//! Numbers modulo p = 2^255 - 19, the coordinates of the curve (RFC 8032 5.1).
//!
//! A number is written in one of two ways, as it suits the processor. [`Words`] are what it is at rest
//! and what a carry flag or UMAAL is made for: eight words of 32 bits, each with any value. `Limbs` are nine
//! of 29 bits, cfg `limbs`: there the products of a column add up in 64 bits, which a processor
//! that multiplies and adds, but has no UMAAL, does in an instruction for each. Tables in flash are always words.
//!
//! What takes nearly all the time, `add`, `double`, `subtract`, `multiply` and `square_times`, is
//! there for words in Rust and in assembly for processors that have UMAAL, and for limbs in Rust;
//! with the same results.
//!
//! Nothing here takes constant time: see `docs/ed25519.md`.

mod inverse;
#[cfg(limbs)]
pub(crate) mod limbs;
#[cfg(all(not(umaal), any(not(limbs), test)))]
pub(crate) mod portable;
pub(crate) mod words;

#[cfg(limbs)]
pub(crate) use limbs::{Limbs as Field, Stored};
/// As a number lies in tables: as it is.
#[cfg(not(limbs))]
pub(crate) use words::Words as Stored;
#[cfg(not(limbs))]
pub(crate) use words::Words as Field;
pub(crate) use words::words;

impl Field {
    pub(crate) const ONE: Self = Self::from_words([1, 0, 0, 0, 0, 0, 0, 0]);

    /// (p + 1) / 2, which is 1 / 2.
    pub(crate) const HALF: Self =
        Self::from_words([0xffff_fff7, u32::MAX, u32::MAX, u32::MAX, u32::MAX, u32::MAX, u32::MAX, 0x3fff_ffff]);

    /// `self *= self`
    pub(crate) fn square(&mut self) {
        self.square_times(1);
    }

    /// `self = self^(2^252 - 3)`, and 2^252 - 3 = (p - 5) / 8.
    #[inline(never)]
    pub(crate) fn raise_to_p58(&mut self) {
        // It is first^(2^ones - 1); `ones` grows to 250, from the second of its bits to the last, by
        // doubling and by adding 1.
        let first = *self;
        let mut ones = 1;
        for bit in [1, 1, 1, 1, 0, 1, 0] {
            let half = *self;
            self.square_times(ones);
            self.multiply(&half);
            if bit == 1 {
                self.square();
                self.multiply(&first);
            }
            ones = ones << 1 | bit;
        }
        self.square_times(2);
        self.multiply(&first);
    }
}
