//! The field and the curve once more, in const functions, for making tables.
//!
//! A table is made where there is time: while a program is compiled, or on a host. So there is one
//! law of addition for everything, one way to raise to a power, and words of 64 bits. As in
//! [`crate::field`], a number may be any of 2^256 values, and what leaves them is worth 38.

/// Four words of 64 bits, least significant first, each with room for a product.
pub(super) type Words = [u128; 4];

/// The greatest word.
const WORD: u128 = 0xffff_ffff_ffff_ffff;

/// What 2^256 is modulo p.
const FOLD: u128 = 38;

/// `a + b + carry`: its word, and what is carried.
const fn add(a: u128, b: u128, carry: u128) -> (u128, u128) {
    let sum = a.wrapping_add(b).wrapping_add(carry);
    (sum & WORD, sum >> 64)
}

/// `a * b + sum + carry`, all of them words: its lower word, and what is carried, a word, too.
const fn multiply_add(a: u128, b: u128, sum: u128, carry: u128) -> (u128, u128) {
    let product = a.wrapping_mul(b).wrapping_add(sum).wrapping_add(carry);
    (product & WORD, product >> 64)
}

/// A number modulo p = 2^255 - 19, least significant word first, not necessarily the smallest of its class.
#[derive(Clone, Copy)]
pub(super) struct Number(Words);

impl Number {
    pub(super) const ZERO: Self = Self([0; 4]);
    pub(super) const ONE: Self = Self([1, 0, 0, 0]);
    /// (p + 1) / 2, which is 1 / 2.
    pub(super) const HALF: Self =
        Self([0xffff_ffff_ffff_fff7, 0xffff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff, 0x3fff_ffff_ffff_ffff]);
    /// d = -121665 / 121666, of the curve -x^2 + y^2 = 1 + d x^2 y^2 (RFC 8032 5.1).
    pub(super) const D: Self =
        Self([0x75eb_4dca_1359_78a3, 0x0070_0a4d_4141_d8ab, 0x8cc7_4079_7779_e898, 0x5203_6cee_2b6f_fe73]);
    /// 2^((p - 1) / 4), a square root of -1.
    pub(super) const ROOT_OF_MINUS_ONE: Self =
        Self([0xc4ee_1b27_4a0e_a0b0, 0x2f43_1806_ad2f_e478, 0x2b4d_0099_3dfb_d7a7, 0x2b83_2480_4fc1_df0b]);

    /// The number of 32 bytes, least significant first.
    pub(super) const fn from_bytes(bytes: &[u8; 32]) -> Self {
        match bytes.as_chunks() {
            ([a, b, c, d], _) => Self([word(*a), word(*b), word(*c), word(*d)]),
            // 32 bytes are 4 words.
            _ => Self::ZERO,
        }
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        let (a, carry) = add(a, e, 0);
        let (b, carry) = add(b, f, carry);
        let (c, carry) = add(c, g, carry);
        let (d, carry) = add(d, h, carry);
        let sum = Self([a, b, c, d]);
        if carry == 0 { sum } else { sum.plus_small(FOLD) }
    }

    /// Adds a number below 2^32.
    pub(super) const fn plus_small(self, small: u128) -> Self {
        let [a, b, c, d] = self.0;
        let (a, carry) = add(a, small, 0);
        let (b, carry) = add(b, 0, carry);
        let (c, carry) = add(c, 0, carry);
        let (d, carry) = add(d, 0, carry);
        // After a carry less than `small` is left, so this one stays within its word.
        Self([if carry == 0 { a } else { a.wrapping_add(FOLD) }, b, c, d])
    }

    pub(super) const fn negative(self) -> Self {
        // 4 p = 2^257 - 76 less any number of 256 bits: 2^256 - 1 - n is the complement, and 2^256 -
        // 75 is as much as 38 - 75 = -37 modulo p.
        let [a, b, c, d] = self.0;
        Self([a ^ WORD, b ^ WORD, c ^ WORD, d ^ WORD]).plus(Self::MINUS_37)
    }

    /// p - 37.
    const MINUS_37: Self =
        Self([0xffff_ffff_ffff_ffc8, 0xffff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff, 0x7fff_ffff_ffff_ffff]);

    pub(super) const fn minus(self, other: Self) -> Self {
        self.plus(other.negative())
    }

    pub(super) const fn times(self, other: Self) -> Self {
        let [a, b, c, d] = self.0;
        let (e, above) = row(other.0, a, [0; 4]);
        let (f, above) = row(other.0, b, above);
        let (g, above) = row(other.0, c, above);
        let (h, above) = row(other.0, d, above);
        // The upper half times 38 and the lower half: at most 38 is carried.
        let [i, j, k, l] = above;
        let (e, carry) = multiply_add(i, FOLD, e, 0);
        let (f, carry) = multiply_add(j, FOLD, f, carry);
        let (g, carry) = multiply_add(k, FOLD, g, carry);
        let (h, carry) = multiply_add(l, FOLD, h, carry);
        Self([e, f, g, h]).plus_small(carry.wrapping_mul(FOLD))
    }

    pub(super) const fn power(self, exponent: Words) -> Self {
        let mut power = Self::ONE;
        let mut place = 256_u32;
        while place > 0 {
            place = place.wrapping_sub(1);
            power = power.times(power);
            if bit(exponent, place) {
                power = power.times(self);
            }
        }
        power
    }

    /// 1 / self, and 0 for 0: self^(p - 2).
    pub(super) const fn inverse(self) -> Self {
        self.power([0xffff_ffff_ffff_ffeb, 0xffff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff, 0x7fff_ffff_ffff_ffff])
    }

    /// The smallest number of its class, below p.
    pub(super) const fn canonical(self) -> Words {
        // Once without the top bit, which is worth 19: below 2^255 + 19, thus below 2 p. It is p or
        // more exactly if it reaches 2^255 with 19 more.
        let (top, below) = self.split_top();
        let below = below.plus_small(top.wrapping_mul(19));
        let (top, above) = below.plus_small(19).split_top();
        if top == 1 { above.0 } else { below.0 }
    }

    /// The multiple of 2^255, 0 or 1, and the rest.
    pub(super) const fn split_top(self) -> (u128, Self) {
        let [a, b, c, d] = self.0;
        (d >> 63, Self([a, b, c, d & WORD >> 1]))
    }

    pub(super) const fn is(self, other: Self) -> bool {
        matches!(self.minus(other).canonical(), [0, 0, 0, 0])
    }

    pub(super) const fn is_odd(self) -> bool {
        let [first, ..] = self.canonical();
        first & 1 == 1
    }

    /// Its smallest value in words of 32 bits, least significant first.
    pub(super) const fn words(self) -> [u32; 8] {
        let [a, b, c, d] = self.canonical();
        let ([a, b], [c, d], [e, f], [g, h]) = (halves(a), halves(b), halves(c), halves(d));
        [a, b, c, d, e, f, g, h]
    }
}

/// `row * factor + sums`: its lowest word, and what lies above.
const fn row([a, b, c, d]: Words, factor: u128, [e, f, g, h]: Words) -> (u128, Words) {
    let (lowest, carry) = multiply_add(factor, a, e, 0);
    let (e, carry) = multiply_add(factor, b, f, carry);
    let (f, carry) = multiply_add(factor, c, g, carry);
    let (g, carry) = multiply_add(factor, d, h, carry);
    (lowest, [e, f, g, carry])
}

/// The word of 8 bytes, least significant first.
const fn word([a, b, c, d, e, f, g, h]: [u8; 8]) -> u128 {
    u128::from_le_bytes([a, b, c, d, e, f, g, h, 0, 0, 0, 0, 0, 0, 0, 0])
}

/// The lower and the upper half of a word.
const fn halves(word: u128) -> [u32; 2] {
    let [a, b, c, d, e, f, g, h, ..] = word.to_le_bytes();
    [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])]
}

/// The bit at a place below 256.
const fn bit([a, b, c, d]: Words, place: u32) -> bool {
    let word = match place >> 6 {
        0 => a,
        1 => b,
        2 => c,
        _ => d,
    };
    word >> (place & 63) & 1 == 1
}

/// A point (x / z, y / z) of the curve, with t = x y / z.
///
/// # Source
/// Hisil, Wong, Carter, Dawson: Twisted Edwards Curves Revisited, ASIACRYPT 2008.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub(super) x: Number,
    pub(super) y: Number,
    pub(super) z: Number,
    t: Number,
}

impl Point {
    pub(super) const NEUTRAL: Self = Self::new(Number::ZERO, Number::ONE);

    /// The point with these coordinates, which must be one of the curve.
    pub(super) const fn new(x: Number, y: Number) -> Self {
        Self { x, y, z: Number::ONE, t: x.times(y) }
    }

    /// The sum of two points, whichever they are: the law is complete.
    pub(super) const fn plus(self, other: Self) -> Self {
        let a = self.y.minus(self.x).times(other.y.minus(other.x));
        let b = self.y.plus(self.x).times(other.y.plus(other.x));
        let c = self.t.times(other.t).times(Number::D);
        let (c, d) = (c.plus(c), self.z.times(other.z));
        let d = d.plus(d);
        let (e, f, g, h) = (b.minus(a), d.minus(c), d.plus(c), b.plus(a));
        Self { x: e.times(f), y: g.times(h), z: f.times(g), t: e.times(h) }
    }

    pub(super) const fn negative(self) -> Self {
        Self { x: self.x.negative(), t: self.t.negative(), ..self }
    }

    pub(super) const fn times(self, factor: Words) -> Self {
        let mut product = Self::NEUTRAL;
        let mut place = 256_u32;
        while place > 0 {
            place = place.wrapping_sub(1);
            product = product.plus(product);
            if bit(factor, place) {
                product = product.plus(self);
            }
        }
        product
    }

    /// 2^count times the point.
    pub(super) const fn double_times(self, count: u32) -> Self {
        let (mut point, mut left) = (self, count);
        while left > 0 {
            point = point.plus(point);
            left = left.wrapping_sub(1);
        }
        point
    }

    pub(super) const fn is(self, other: Self) -> bool {
        self.x.times(other.z).is(other.x.times(self.z)) && self.y.times(other.z).is(other.y.times(self.z))
    }
}
