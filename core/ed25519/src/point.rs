//! Points of the curve -x^2 + y^2 = 1 + d x^2 y^2 (RFC 8032 5.1), and [S]B - [k]A.

use core::hint::black_box;

use crate::base::{BASE, BASE_WIDTH};
use crate::field::{Field, Stored, words};
use crate::scalar::{DIGITS, Digits, Scalar, Sign};
use crate::{HOLDS, Refused};

/// d = -121665 / 121666 modulo p.
pub(crate) const D: Field = Field::from_words([
    0x1359_78a3,
    0x75eb_4dca,
    0x4141_d8ab,
    0x0070_0a4d,
    0x7779_e898,
    0x8cc7_4079,
    0x2b6f_fe73,
    0x5203_6cee,
]);

/// 2^((p - 1) / 4), a square root of -1 modulo p.
pub(crate) const ROOT_OF_MINUS_ONE: Field = Field::from_words([
    0x4a0e_a0b0,
    0xc4ee_1b27,
    0xad2f_e478,
    0x2f43_1806,
    0x3dfb_d7a7,
    0x2b4d_0099,
    0x4fc1_df0b,
    0x2b83_2480,
]);

/// A point (x / z, y / z) whose x * y / z is `e * h`, multiplied only where it is needed.
///
/// # Source
/// Hisil, Wong, Carter, Dawson: Twisted Edwards Curves Revisited, ASIACRYPT 2008; the names of
/// intermediate values are theirs. The formulas are complete: no pair of points is an exception.
pub(crate) struct Point {
    x: Field,
    y: Field,
    pub(crate) z: Field,
    e: Field,
    h: Field,
}

/// What an addition wants to know of a point: y + x, y - x and 2 d x y / z, where it is written so
/// that its 2 z is 1, or known.
#[derive(Clone, Copy)]
pub(crate) struct Addend {
    pub(crate) sum: Stored,
    pub(crate) difference: Stored,
    pub(crate) product: Stored,
}

impl Addend {
    pub(crate) const NONE: Self = Self { sum: Stored::ZERO, difference: Stored::ZERO, product: Stored::ZERO };
}

/// Width of the digits of k. One more is 256 bytes of stack and 2 % fewer instructions; with the
/// assembly they cost nothing, because that of SHA-512 reaches as deep.
pub(crate) const KEY_WIDTH: u32 = if cfg!(umaal) { 4 } else { 3 };
/// Odd multiples of the key that lie on the stack.
const KEY_MULTIPLES: usize = 1 << (KEY_WIDTH - 2);

/// A multiple of the key.
#[derive(Clone, Copy)]
struct Multiple {
    addend: Addend,
    /// Twice its z.
    double_z: Stored,
}

impl Multiple {
    const NONE: Self = Self { addend: Addend::NONE, double_z: Stored::ZERO };
}

impl Point {
    /// Room for a point; it is none.
    pub(crate) const ROOM: Self =
        Self { x: Field::ZERO, y: Field::ZERO, z: Field::ZERO, e: Field::ZERO, h: Field::ZERO };

    /// Becomes the neutral element, (0, 1).
    // Made here, it need not lie in flash.
    pub(crate) fn clear(&mut self) {
        *self = Self::ROOM;
        self.y.set_lowest_bit();
        self.z.set_lowest_bit();
        self.h.set_lowest_bit();
    }

    /// Becomes -A for the encoding of A.
    ///
    /// As RFC 8032 5.1.3, but a y of p or more is taken modulo p and x = 0 may have either sign, as
    /// in dalek.
    ///
    /// # Errors
    /// [`Refused::Key`] if it encodes no point.
    #[inline(never)]
    pub(crate) fn decode_negated(&mut self, encoding: &[u8; 32]) -> Result<(), Refused> {
        let [.., last] = *encoding;
        // The coordinates that are not known yet are room for what leads to x.
        let Self { x, y, z: power, e: u, h: v } = self;
        *y = Field::from_bytes(encoding);
        // x^2 = u / v = (y^2 - 1) / (d y^2 + 1)
        *u = *y;
        u.square();
        v.set_product(u, &D);
        u.subtract(&Field::ONE);
        v.add(&Field::ONE);
        // x = w (w v^4)^((p - 5) / 8) with w = u v^3
        *power = *v;
        power.square();
        x.set_product(power, v);
        x.multiply(u);
        power.square();
        power.multiply(x);
        power.raise_to_p58();
        x.multiply(power);
        // It is a root of u / v, or of -u / v, or there is none.
        *power = *x;
        power.square();
        power.multiply(v);
        power.subtract(u);
        if !power.is_zero() {
            power.add(u);
            power.add(u);
            if !power.is_zero() {
                return Err(Refused::Key);
            }
            x.multiply(&ROOT_OF_MINUS_ONE);
        }
        if x.is_odd() == (last >> 7 == 1) {
            let root = *x;
            x.set_difference(&Field::ZERO, &root);
        }
        // Its 2 z is 1.
        self.z = Field::HALF;
        self.h = *y;
        self.x.multiply(&Field::HALF);
        self.y.multiply(&Field::HALF);
        self.e = self.x;
        Ok(())
    }

    /// What it encodes to, as words, least significant first (RFC 8032 5.1.2), once z is inverted.
    #[inline(never)]
    fn encode(&mut self) -> [u32; 8] {
        self.x.multiply(&self.z);
        self.y.multiply(&self.z);
        let mut words = self.y.canonical();
        let [.., last] = &mut words;
        *last |= u32::from(self.x.is_odd()) << 31;
        self.z = Field::ONE;
        words
    }

    /// Whether it is the R of a signature, and not of small order: [`HOLDS`] if it is. Its z must be
    /// inverted before.
    ///
    /// # Errors
    /// [`Refused::Signature`] if not.
    #[inline(never)]
    pub(crate) fn compare(&mut self, r: &[u8; 32]) -> Result<u32, Refused> {
        let found = self.encode();
        // Inlined: as a function of its own, one skipped instruction let it write over what was found.
        let difference = |r| found.iter().zip(words(r)).fold(0, |so_far, (word, given)| so_far | (word ^ given));
        // This one comparison says that R is canonical, that it is a point, and which.
        if difference(r) != 0 {
            return Err(Refused::Signature);
        }
        // Twice a point of small order has x y = 0, and twice no other has.
        self.double();
        self.e.multiply(&self.h);
        if self.e.is_zero() {
            return Err(Refused::Signature);
        }
        // Once more without a branch, so that whatever is skipped above still gives another word.
        Ok(HOLDS ^ difference(black_box(r)))
    }

    /// Becomes twice itself.
    #[inline(never)]
    pub(crate) fn double(&mut self) {
        let Self { x, y, z, e, h } = self;
        // With A = x^2 and B = y^2: E = 2 x y, H = A + B, G = B - A, F = 2 z^2 - G.
        e.set_product(x, y);
        e.double();
        x.square();
        y.square();
        z.square();
        z.double();
        h.set_sum(x, y);
        y.subtract(x);
        z.subtract(y);
        self.finish();
    }

    /// Adds a point, or its negative. `double_z` is twice the z of the addend if that is not 1.
    #[inline(never)]
    pub(crate) fn add(&mut self, addend: &Addend, double_z: Option<&Stored>, sign: Sign) {
        let (plus, minus) = match sign {
            Sign::Plus => (&addend.sum, &addend.difference),
            Sign::Minus => (&addend.difference, &addend.sum),
        };
        let Self { x, y, z: own, e, h } = self;
        e.multiply(h);
        // A coordinate that is done with is room for a number of the addend, where it is written otherwise.
        e.multiply_stored(&addend.product, h);
        h.set_sum(y, x);
        y.subtract(x);
        y.multiply_stored(minus, x);
        h.multiply_stored(plus, x);
        if let Some(double_z) = double_z {
            own.multiply_stored(double_z, x);
        }
        // With A = y, B = h, C = e, D = z: E = B - A, H = B + A, G = D + C, F = D - C, and the
        // negative of an addend has the negative C.
        x.set_difference(h, y);
        h.add(y);
        match sign {
            Sign::Plus => {
                y.set_sum(own, e);
                own.subtract(e);
            }
            Sign::Minus => {
                y.set_difference(own, e);
                own.add(e);
            }
        }
        *e = *x;
        self.finish();
    }

    /// x = E F, y = G H, z = F G from E in e, H in h, G in y and F in z.
    #[inline(never)]
    fn finish(&mut self) {
        let Self { x, y, z, e, h } = self;
        x.set_product(e, z);
        z.multiply(y);
        y.multiply(h);
    }

    /// Writes down what an addition of this point needs.
    #[inline(never)]
    fn store(&self, multiple: &mut Multiple) {
        let Multiple { addend: Addend { sum, difference, product }, double_z } = multiple;
        sum.set_sum(&self.y, &self.x);
        difference.set_difference(&self.y, &self.x);
        product.set_product(&self.e, &self.h);
        product.multiply(&D);
        product.double();
        self.z.store(double_z);
        double_z.double();
    }

    /// Writes down the odd multiples of a point with 2 z = 1, and becomes the last of them.
    ///
    /// # Errors
    /// [`Refused::Key`] if it is of small order.
    #[inline(never)]
    fn store_odd_multiples(&mut self, multiples: &mut [Multiple; KEY_MULTIPLES]) -> Result<(), Refused> {
        // Twice the point lies in the last one's place until it comes.
        let [first, others @ .., last] = multiples;
        self.store(first);
        self.double();
        self.store(last);
        // Twice a point of small order has x y = 0, and twice no other has.
        if last.addend.product.is_zero() {
            return Err(Refused::Key);
        }
        self.add(&first.addend, None, Sign::Plus);
        for multiple in others {
            self.store(multiple);
            self.add(&last.addend, Some(&last.double_z), Sign::Plus);
        }
        self.store(last);
        Ok(())
    }

    /// From P with 2 z = 1 becomes `[s]B + [k]P`.
    ///
    /// # Errors
    /// [`Refused::Key`] if P is of small order.
    #[inline(never)]
    pub(crate) fn combine(&mut self, s: &Scalar, k: &Scalar) -> Result<(), Refused> {
        let mut multiples = [Multiple::NONE; KEY_MULTIPLES];
        self.store_odd_multiples(&mut multiples)?;
        self.clear();
        let mut s = Digits::new(s, BASE_WIDTH);
        let mut k = Digits::new(k, KEY_WIDTH);
        for place in (0..DIGITS).rev() {
            self.double();
            if let Some(digit) = s.at(place)
                && let Some(addend) = BASE.get(digit.index)
            {
                self.add(addend, None, digit.sign);
            }
            if let Some(digit) = k.at(place)
                && let Some(multiple) = multiples.get(digit.index)
            {
                // Twice the z of the key itself is 1.
                let double_z = (digit.index > 0).then_some(&multiple.double_z);
                self.add(&multiple.addend, double_z, digit.sign);
            }
        }
        Ok(())
    }
}
