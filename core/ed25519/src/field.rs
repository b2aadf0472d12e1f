//! Numbers modulo p = 2^255 - 19, the coordinates of the curve (RFC 8032 5.1).
//!
//! A number is eight words of 32 bits, least significant first, and may be **any** of their
//! 2^256 values between operations: there is no bound to keep, so none can be missed. What leaves
//! 256 bits is brought back by 2^256 = 2 * 19 = 38 (mod p). Only [`Field::canonical`] gives the
//! one value below p.
//!
//! What takes nearly all the time, [`Field::add`], [`Field::double`], [`Field::subtract`],
//! [`Field::multiply`] and [`Field::square_times`], is there twice, with the same results: in Rust
//! for every processor, and in assembly for those that have UMAAL.
//!
//! Nothing here takes constant time: see `docs/ed25519.md`.

#[cfg(not(umaal))]
pub(crate) mod portable;

/// What 2^256 is modulo p.
const FOLD: u32 = 38;

/// The upper bit of the upper word, 2^255.
const TOP_BIT: u32 = 0x8000_0000;

/// A number modulo p, not necessarily the smallest of its class.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Field([[u32; 4]; 2]);

impl Field {
    pub(crate) const ZERO: Self = Self([[0; 4]; 2]);
    pub(crate) const ONE: Self = Self([[1, 0, 0, 0], [0; 4]]);

    /// (p + 1) / 2, which is 1 / 2.
    pub(crate) const HALF: Self =
        Self([[0xffff_fff7, u32::MAX, u32::MAX, u32::MAX], [u32::MAX, u32::MAX, u32::MAX, 0x3fff_ffff]]);

    /// The number with these words, least significant first.
    pub(crate) const fn from_words(words: [u32; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = words;
        Self([[a, b, c, d], [e, f, g, h]])
    }

    /// Its words as they are, least significant first.
    pub(crate) const fn words(&self) -> [u32; 8] {
        let [[a, b, c, d], [e, f, g, h]] = self.0;
        [a, b, c, d, e, f, g, h]
    }

    /// The number of an encoding, without its upper bit.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut field = Self::from_words(words(bytes));
        field.take_top();
        field
    }

    /// `self *= self`
    pub(crate) fn square(&mut self) {
        self.square_times(1);
    }

    /// Adds a number below 2^31.
    pub(crate) fn add_small(&mut self, small: u32) {
        let mut small = small;
        for word in self.0.as_flattened_mut() {
            let (sum, carry) = word.overflowing_add(small);
            *word = sum;
            if !carry {
                return;
            }
            small = 1;
        }
        // It went over 2^256 by less than `small`, so this cannot.
        if let Some(word) = self.0.as_flattened_mut().first_mut() {
            *word = word.wrapping_add(FOLD);
        }
    }

    /// Its words once it is below p.
    #[inline(never)]
    pub(crate) fn canonical(&self) -> [u32; 8] {
        // Below 2^255 + 19, thus below 2p.
        let mut below = *self;
        let top = below.take_top();
        below.add_small(top.wrapping_mul(19));
        // It is p or more exactly if it reaches 2^255 with 19 more, and then that sum without
        // 2^255 is what lies below p.
        let mut above = below;
        above.add_small(19);
        let [[a, b, c, d], [e, f, g, h]] = if above.take_top() == 1 { above.0 } else { below.0 };
        [a, b, c, d, e, f, g, h]
    }

    /// Takes away the multiple of 2^255 and gives it: 0 or 1.
    fn take_top(&mut self) -> u32 {
        let Some(word) = self.0.as_flattened_mut().last_mut() else { return 0 };
        let top = *word >> 31;
        *word &= !TOP_BIT;
        top
    }

    /// Whether it is 0 modulo p.
    pub(crate) fn is_zero(&self) -> bool {
        self.canonical().iter().fold(0, |bits, word| bits | word) == 0
    }

    /// Whether the least number of its class is odd, the "sign" of RFC 8032.
    pub(crate) fn is_odd(&self) -> bool {
        let [first, ..] = self.canonical();
        first & 1 == 1
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

    /// `self = 1 / self`, and 0 for 0: `self^(p - 2)`, and p - 2 = 8 * (2^252 - 3) + 3.
    pub(crate) fn invert(&mut self) {
        let first = *self;
        self.raise_to_p58();
        self.square_times(3);
        for _ in 0..3 {
            self.multiply(&first);
        }
    }
}

/// The words of a number whose least significant byte comes first.
pub(crate) fn words(bytes: &[u8; 32]) -> [u32; 8] {
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}
