//! A number modulo p as nine limbs of 29 bits, least significant first, and the operations on it.
//!
//! A processor without UMAAL pays for each carry between two products, so here there is none: the
//! products of a column, those with one power of 2, add up in 64 bits.
//!
//! **Between operations** the lowest limb is below 2^29 + 2^15, the seven above it below 2^29, the top one is
//! at most 2^25. Every operation takes any such number and gives one; `docs/ed25519.md` says why.
//! What reaches 2^256 is brought back by 2^256 = 38, and what reaches 2^261 by 2^261 = 1216 (mod p).

use super::words::{FOLD, Words};

/// Bits of a limb.
const LIMB: u32 = 29;
/// The greatest limb that has just these bits.
const LIMB_MASK: u32 = (1 << LIMB) - 1;
/// Bits of the top limb, which ends at 2^256.
const TOP: u32 = 24;
/// The greatest top limb that has just these bits.
const TOP_MASK: u32 = (1 << TOP) - 1;
/// What 2^261 is modulo p.
const FOLD_LIMBS: u32 = FOLD << 5;

/// A number modulo p, not necessarily the smallest of its class.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Limbs(pub(crate) [u32; 9]);

/// The sum of a column: what was carried into it, and its products.
macro_rules! column {
    ($carry:expr, $($a:ident $b:ident),+) => { u64::from($carry) $(.wrapping_add(product($a, $b)))+ };
}

/// The product of two words, in full.
#[inline(always)]
fn product(a: u32, b: u32) -> u64 {
    u64::from(a).wrapping_mul(u64::from(b))
}

/// The lower word.
#[inline(always)]
fn lower(sum: u64) -> u32 {
    let [a, b, c, d, ..] = sum.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// A column's limb, and what it carries. That is a word, for seven full products are below 2^61.
#[inline(always)]
fn split(sum: u64) -> (u32, u32) {
    (lower(sum) & LIMB_MASK, lower(sum >> LIMB))
}

impl Limbs {
    pub(crate) const ZERO: Self = Self([0; 9]);

    /// The number with these words, least significant first.
    pub(crate) const fn from_words(words: [u32; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = words;
        Self([
            a & LIMB_MASK,
            (a >> 29 | b << 3) & LIMB_MASK,
            (b >> 26 | c << 6) & LIMB_MASK,
            (c >> 23 | d << 9) & LIMB_MASK,
            (d >> 20 | e << 12) & LIMB_MASK,
            (e >> 17 | f << 15) & LIMB_MASK,
            (f >> 14 | g << 18) & LIMB_MASK,
            (g >> 11 | h << 21) & LIMB_MASK,
            h >> 8,
        ])
    }

    /// Sets its lowest bit, so that 0 becomes 1.
    pub(crate) const fn set_lowest_bit(&mut self) {
        let Self([lowest, ..]) = self;
        *lowest |= 1;
    }

    /// The number of an encoding, without its upper bit.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self::from_words(Words::from_bytes(bytes).words())
    }

    /// `stored = self`
    #[inline(never)]
    pub(crate) fn store(&self, stored: &mut Stored) {
        let Self([a, b, c, d, e, f, g, h, i]) = carried(self.0);
        stored.0 = Words::from_words([
            a | b << 29,
            b >> 3 | c << 26,
            c >> 6 | d << 23,
            d >> 9 | e << 20,
            e >> 12 | f << 17,
            f >> 15 | g << 14,
            g >> 18 | h << 11,
            h >> 21 | i << 8,
        ]);
        stored.0.add_small((i >> TOP).wrapping_mul(FOLD));
    }

    /// The same number in words.
    fn words(&self) -> Words {
        let mut stored = Stored::ZERO;
        self.store(&mut stored);
        stored.0
    }

    /// Its words once it is below p.
    pub(crate) fn canonical(&self) -> [u32; 8] {
        self.words().canonical()
    }

    /// Whether it is 0 modulo p.
    pub(crate) fn is_zero(&self) -> bool {
        self.words().is_zero()
    }

    /// Whether the least number of its class is odd, the "sign" of RFC 8032.
    pub(crate) fn is_odd(&self) -> bool {
        self.words().is_odd()
    }

    /// `self += other`
    #[inline(never)]
    pub(crate) fn add(&mut self, other: &Self) {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let [other_a, other_b, other_c, other_d, other_e, other_f, other_g, other_h, other_i] = other.0;
        *self = carried([
            a.wrapping_add(other_a),
            b.wrapping_add(other_b),
            c.wrapping_add(other_c),
            d.wrapping_add(other_d),
            e.wrapping_add(other_e),
            f.wrapping_add(other_f),
            g.wrapping_add(other_g),
            h.wrapping_add(other_h),
            i.wrapping_add(other_i),
        ]);
    }

    /// `self = a + b`
    pub(crate) fn set_sum(&mut self, a: &Self, b: &Self) {
        *self = *a;
        self.add(b);
    }

    /// `self += self`
    #[inline(never)]
    pub(crate) fn double(&mut self) {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        *self = carried([a << 1, b << 1, c << 1, d << 1, e << 1, f << 1, g << 1, h << 1, i << 1]);
    }

    /// `self -= other`
    #[inline(never)]
    pub(crate) fn subtract(&mut self, other: &Self) {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let [other_a, other_b, other_c, other_d, other_e, other_f, other_g, other_h, other_i] = other.0;
        // 2^256 - 38 more, which is 2 p. A limb below zero borrows: it carries -1 or -2.
        let i = i.wrapping_sub(other_i);
        let a = a.wrapping_sub(other_a).wrapping_add(signed_shift::<TOP>(i).wrapping_mul(FOLD)).wrapping_sub(FOLD);
        let b = b.wrapping_sub(other_b).wrapping_add(signed_shift::<LIMB>(a));
        let c = c.wrapping_sub(other_c).wrapping_add(signed_shift::<LIMB>(b));
        let d = d.wrapping_sub(other_d).wrapping_add(signed_shift::<LIMB>(c));
        let e = e.wrapping_sub(other_e).wrapping_add(signed_shift::<LIMB>(d));
        let f = f.wrapping_sub(other_f).wrapping_add(signed_shift::<LIMB>(e));
        let g = g.wrapping_sub(other_g).wrapping_add(signed_shift::<LIMB>(f));
        let h = h.wrapping_sub(other_h).wrapping_add(signed_shift::<LIMB>(g));
        let i = (i & TOP_MASK).wrapping_add(signed_shift::<LIMB>(h)).wrapping_add(1 << TOP);
        self.0 = masked([a, b, c, d, e, f, g, h], i);
    }

    /// `self = a - b`
    pub(crate) fn set_difference(&mut self, a: &Self, b: &Self) {
        *self = *a;
        self.subtract(b);
    }

    /// `self *= other`
    #[inline(never)]
    pub(crate) fn multiply(&mut self, other: &Self) {
        // Read in the order in which they are done with, a compiler keeps more of them in registers.
        let ([a0, a1, a2, a3, a4, a5, a6, a7, a8], [b0, b1, b2, b3, b4, b5, b6, b7, b8]) = (&self.0, &other.0);
        let [a8, b8, a7, b7, a6, b6, a5, b5, a4, b4] = [*a8, *b8, *a7, *b7, *a6, *b6, *a5, *b5, *a4, *b4];
        let [a3, b3, a2, b2, a1, b1, a0, b0] = [*a3, *b3, *a2, *b2, *a1, *b1, *a0, *b0];
        let (top, carry) = split(column!(0_u32, a0 b8, a1 b7, a2 b6, a3 b5, a4 b4, a5 b3, a6 b2, a7 b1, a8 b0));
        let (up_a, carry) = split(column!(carry, a1 b8, a2 b7, a3 b6, a4 b5, a5 b4, a6 b3, a7 b2, a8 b1));
        let (up_b, carry) = split(column!(carry, a2 b8, a3 b7, a4 b6, a5 b5, a6 b4, a7 b3, a8 b2));
        let (up_c, carry) = split(column!(carry, a3 b8, a4 b7, a5 b6, a6 b5, a7 b4, a8 b3));
        let (up_d, carry) = split(column!(carry, a4 b8, a5 b7, a6 b6, a7 b5, a8 b4));
        let (up_e, carry) = split(column!(carry, a5 b8, a6 b7, a7 b6, a8 b5));
        let (up_f, carry) = split(column!(carry, a6 b8, a7 b7, a8 b6));
        let (up_g, carry) = split(column!(carry, a7 b8, a8 b7));
        let (up_h, up_i) = split(column!(carry, a8 b8));
        let (a, carry) = split(column!(0_u32, FOLD_LIMBS up_a, a0 b0));
        let (b, carry) = split(column!(carry, FOLD_LIMBS up_b, a0 b1, a1 b0));
        let (c, carry) = split(column!(carry, FOLD_LIMBS up_c, a0 b2, a1 b1, a2 b0));
        let (d, carry) = split(column!(carry, FOLD_LIMBS up_d, a0 b3, a1 b2, a2 b1, a3 b0));
        let (e, carry) = split(column!(carry, FOLD_LIMBS up_e, a0 b4, a1 b3, a2 b2, a3 b1, a4 b0));
        let (f, carry) = split(column!(carry, FOLD_LIMBS up_f, a0 b5, a1 b4, a2 b3, a3 b2, a4 b1, a5 b0));
        let (g, carry) = split(column!(carry, FOLD_LIMBS up_g, a0 b6, a1 b5, a2 b4, a3 b3, a4 b2, a5 b1, a6 b0));
        let sum = column!(carry, FOLD_LIMBS up_h, a0 b7, a1 b6, a2 b5, a3 b4, a4 b3, a5 b2, a6 b1, a7 b0);
        *self = finished([a, b, c, d, e, f, g], sum, top, up_i);
    }

    /// `self = a * b`
    pub(crate) fn set_product(&mut self, a: &Self, b: &Self) {
        *self = *a;
        self.multiply(b);
    }

    /// `self *= stored`, with any number as room.
    pub(crate) fn multiply_stored(&mut self, stored: &Stored, room: &mut Self) {
        room.load(stored);
        self.multiply(room);
    }

    /// `self = stored`
    #[inline(never)]
    fn load(&mut self, stored: &Stored) {
        *self = Self::from_words(stored.words());
    }

    /// Squares `count` times.
    #[inline(never)]
    pub(crate) fn square_times(&mut self, count: u32) {
        for _ in 0..count {
            // Read in the order in which the first column takes them, more of them stay in registers.
            let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = &self.0;
            let [a8, a0, a7, a1, a6, a2, a5, a3, a4] = [*a8, *a0, *a7, *a1, *a6, *a2, *a5, *a3, *a4];
            // The product of two different limbs comes twice.
            let [d0, d1, d2, d3] = [a0 << 1, a1 << 1, a2 << 1, a3 << 1];
            let [d4, d5, d6, d7] = [a4 << 1, a5 << 1, a6 << 1, a7 << 1];
            let (top, carry) = split(column!(0_u32, d0 a8, d1 a7, d2 a6, d3 a5, a4 a4));
            let (up_a, carry) = split(column!(carry, d1 a8, d2 a7, d3 a6, d4 a5));
            let (up_b, carry) = split(column!(carry, d2 a8, d3 a7, d4 a6, a5 a5));
            let (up_c, carry) = split(column!(carry, d3 a8, d4 a7, d5 a6));
            let (up_d, carry) = split(column!(carry, d4 a8, d5 a7, a6 a6));
            let (up_e, carry) = split(column!(carry, d5 a8, d6 a7));
            let (up_f, carry) = split(column!(carry, d6 a8, a7 a7));
            let (up_g, carry) = split(column!(carry, d7 a8));
            let (up_h, up_i) = split(column!(carry, a8 a8));
            let (a, carry) = split(column!(0_u32, FOLD_LIMBS up_a, a0 a0));
            let (b, carry) = split(column!(carry, FOLD_LIMBS up_b, d0 a1));
            let (c, carry) = split(column!(carry, FOLD_LIMBS up_c, d0 a2, a1 a1));
            let (d, carry) = split(column!(carry, FOLD_LIMBS up_d, d0 a3, d1 a2));
            let (e, carry) = split(column!(carry, FOLD_LIMBS up_e, d0 a4, d1 a3, a2 a2));
            let (f, carry) = split(column!(carry, FOLD_LIMBS up_f, d0 a5, d1 a4, d2 a3));
            let (g, carry) = split(column!(carry, FOLD_LIMBS up_g, d0 a6, d1 a5, d2 a4, a3 a3));
            let sum = column!(carry, FOLD_LIMBS up_h, d0 a7, d1 a6, d2 a5, d3 a4);
            *self = finished([a, b, c, d, e, f, g], sum, top, up_i);
        }
    }
}

/// The number with these limbs, which may be anything below 2^31.
#[inline(always)]
fn carried(limbs: [u32; 9]) -> Limbs {
    let [a, b, c, d, e, f, g, h, i] = limbs;
    // What is above 2^256 goes first, so that the lowest limb carries, too.
    let a = a.wrapping_add((i >> TOP).wrapping_mul(FOLD));
    let b = b.wrapping_add(a >> LIMB);
    let c = c.wrapping_add(b >> LIMB);
    let d = d.wrapping_add(c >> LIMB);
    let e = e.wrapping_add(d >> LIMB);
    let f = f.wrapping_add(e >> LIMB);
    let g = g.wrapping_add(f >> LIMB);
    let h = h.wrapping_add(g >> LIMB);
    let i = (i & TOP_MASK).wrapping_add(h >> LIMB);
    Limbs(masked([a, b, c, d, e, f, g, h], i))
}

/// The limbs without what they carried.
#[inline(always)]
fn masked([a, b, c, d, e, f, g, h]: [u32; 8], top: u32) -> [u32; 9] {
    let mask = LIMB_MASK;
    [a & mask, b & mask, c & mask, d & mask, e & mask, f & mask, g & mask, h & mask, top]
}

/// What a limb in two's complement carries, rounded down.
#[inline(always)]
fn signed_shift<const BITS: u32>(limb: u32) -> u32 {
    (limb.cast_signed() >> BITS).cast_unsigned()
}

/// The number whose limbs these are, but that the column below the top one, whose eight full products may
/// reach 2^61, still carries.
/// The top limb is its own column's and the last of those from 2^261 on.
#[inline(always)]
fn finished([a, b, c, d, e, f, g]: [u32; 7], sum: u64, top: u32, up: u32) -> Limbs {
    let top = (sum >> LIMB).wrapping_add(u64::from(top)).wrapping_add(product(up, FOLD_LIMBS));
    let a = a.wrapping_add(lower(top >> TOP).wrapping_mul(FOLD));
    Limbs([a, b, c, d, e, f, g, lower(sum) & LIMB_MASK, lower(top) & TOP_MASK])
}

/// A number as it lies in tables: in words.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Stored(Words);

impl Stored {
    pub(crate) const ZERO: Self = Self(Words::ZERO);

    /// The number with these words, least significant first.
    pub(crate) const fn from_words(words: [u32; 8]) -> Self {
        Self(Words::from_words(words))
    }

    /// Its words as they are, least significant first.
    pub(crate) const fn words(&self) -> [u32; 8] {
        self.0.words()
    }

    /// Whether it is 0 modulo p.
    pub(crate) fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// `self = a + b`
    pub(crate) fn set_sum(&mut self, a: &Limbs, b: &Limbs) {
        let mut sum = *a;
        sum.add(b);
        sum.store(self);
    }

    /// `self = a - b`
    pub(crate) fn set_difference(&mut self, a: &Limbs, b: &Limbs) {
        let mut difference = *a;
        difference.subtract(b);
        difference.store(self);
    }

    /// `self = a * b`
    pub(crate) fn set_product(&mut self, a: &Limbs, b: &Limbs) {
        let mut product = *a;
        product.multiply(b);
        product.store(self);
    }

    /// `self *= other`
    pub(crate) fn multiply(&mut self, other: &Limbs) {
        let mut product = Limbs::ZERO;
        product.load(self);
        product.multiply(other);
        product.store(self);
    }

    /// `self += self`
    pub(crate) fn double(&mut self) {
        let mut sum = Limbs::ZERO;
        sum.load(self);
        sum.double();
        sum.store(self);
    }
}
