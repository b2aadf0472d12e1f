//! A number modulo p as eight words of 32 bits, least significant first.
//!
//! It may be **any** of their 2^256 values between operations: there is no bound to keep, so none
//! can be missed. What leaves 256 bits is brought back by 2^256 = 2 * 19 = 38 (mod p).

/// What 2^256 is modulo p.
pub(super) const FOLD: u32 = 38;

/// The upper bit of the upper word, 2^255.
const TOP_BIT: u32 = 0x8000_0000;

/// A number modulo p, not necessarily the smallest of its class.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Words(pub(super) [[u32; 4]; 2]);

impl Words {
    pub(crate) const ZERO: Self = Self([[0; 4]; 2]);

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

    /// Sets its lowest bit, so that 0 becomes 1.
    #[cfg(not(limbs))]
    pub(crate) const fn set_lowest_bit(&mut self) {
        let Self([[lowest, ..], _]) = self;
        *lowest |= 1;
    }

    /// The number of an encoding, without its upper bit.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut field = Self::from_words(words(bytes));
        field.take_top();
        field
    }

    /// `stored = self`
    #[cfg(not(limbs))]
    #[inline(always)]
    pub(crate) fn store(&self, stored: &mut Self) {
        *stored = *self;
    }

    /// `self *= stored`, which is a number like any other.
    #[cfg(not(limbs))]
    #[inline(always)]
    pub(crate) fn multiply_stored(&mut self, stored: &Self, _room: &mut Self) {
        self.multiply(stored);
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
}

/// The words of a number whose least significant byte comes first.
pub(crate) fn words(bytes: &[u8; 32]) -> [u32; 8] {
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}
