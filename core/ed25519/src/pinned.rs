//! Verification by a key that is known when the firmware is built.
//!
//! The tables hold sums of multiples of the base point and of the key, so that a quarter of the
//! doublings is left, or a sixth, and no key is decoded. `docs/ed25519.md` has the mathematics.

mod base;
mod curve;
mod generate;
mod source;

pub use generate::Unpinnable;

use crate::comb::{Comb, SignedBits};
use crate::field::Stored;
use crate::point::{Addend, Point};
use crate::scalar::Scalar;
use crate::{FAILS, PUBLIC_KEY_BYTES, Refused, SIGNATURE_BYTES, again, challenge};

/// A point of a table: (y + x) / 2, (y - x) / 2 and d x y modulo 2^255 - 19.
///
/// In memory it is 24 words of 32 bits, each number with its least significant word first.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct TablePoint(pub(crate) Addend);

impl TablePoint {
    const NEUTRAL: Self = Self(Addend::NONE);

    /// The point that has these words.
    #[must_use]
    pub const fn from_words(words: &[[u32; 8]; 3]) -> Self {
        let [sum, difference, product] = *words;
        Self(Addend {
            sum: Stored::from_words(sum),
            difference: Stored::from_words(difference),
            product: Stored::from_words(product),
        })
    }

    /// Its words.
    #[must_use]
    pub const fn words(&self) -> [[u32; 8]; 3] {
        let Self(Addend { sum, difference, product }) = self;
        [sum.words(), difference.words(), product.words()]
    }
}

/// A key with its table in its own memory: a constant of the firmware.
///
/// `ENTRIES` is the number of points in the table: 8, 16 or 32, see [`Pinned4`], [`Pinned5`] and
/// [`Pinned6`]; with any other number nothing compiles that makes one. In memory it is the 32 bytes
/// of the key and the points, without a gap. All keys of one size share a table of the base point,
/// which is as large and a constant of this crate, linked where such a key is.
///
/// ```
/// # #![allow(long_running_const_eval)]
/// use hwlicense_ed25519::{Pinned4, Refused};
///
/// /// The key of RFC 8032 7.1, test 1.
/// const KEY: [u8; 32] = [
///     0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, //
///     0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
/// ];
/// static PINNED: Pinned4 = match Pinned4::generate(&KEY) {
///     Ok(pinned) => pinned,
///     Err(_) => panic!("no key of prime order"),
/// };
/// assert_eq!(PINNED.verify(b"message", &[0; 64]), Err(Refused::Signature));
/// ```
#[derive(Clone, Copy)]
#[repr(C)]
pub struct PinnedKey<const ENTRIES: usize> {
    public_key: [u8; PUBLIC_KEY_BYTES],
    points: [TablePoint; ENTRIES],
}

/// A key with combs of 4 teeth: 800 bytes, and 768 for all of them.
pub type Pinned4 = PinnedKey<8>;
/// A key with combs of 5 teeth: 1,568 bytes, and 1,536 for all of them; 15 % fewer instructions than with 4.
pub type Pinned5 = PinnedKey<16>;
/// A key with combs of 6 teeth: 3,104 bytes, and 3,072 for all of them; 11 % fewer instructions than with 5.
pub type Pinned6 = PinnedKey<32>;

impl<const ENTRIES: usize> PinnedKey<ENTRIES> {
    const COMB: Comb = match Comb::of(ENTRIES) {
        Some(comb) => comb,
        None => panic!("a table has 8, 16 or 32 points"),
    };

    /// The table of the base point, which keys of this size share: as many points as theirs have.
    pub const BASE: &'static [TablePoint] = match ENTRIES {
        8 => &base::BASE_8,
        16 => &base::BASE_16,
        _ => &base::BASE_32,
    };

    /// Makes the table of a key.
    ///
    /// For a `const` or a `static` the compiler needs some seconds, and
    /// `#[allow(long_running_const_eval)]` on it, for that lint is an error otherwise. At run time
    /// it is for hosts: it takes as long as two verifications, but some tens of KB of stack.
    ///
    /// # Errors
    /// [`Unpinnable`] says what is wrong with the key: one whose order is not L, the order of the
    /// base point, has no table that means the same as [`verify`](crate::verify).
    pub const fn generate(public_key: &[u8; PUBLIC_KEY_BYTES]) -> Result<Self, Unpinnable> {
        match generate::table(public_key, Self::COMB) {
            Ok(points) => Ok(Self { public_key: *public_key, points }),
            Err(unpinnable) => Err(unpinnable),
        }
    }

    /// The table that [`words`](Self::words) gave, as it was written down.
    ///
    /// It is trusted: nothing looks whether it is that of the key, or of any. Words that anybody else
    /// could choose would choose what is accepted.
    #[must_use]
    pub const fn from_words(public_key: [u8; PUBLIC_KEY_BYTES], words: &[[[u32; 8]; 3]; ENTRIES]) -> Self {
        // Of a wrong size, here nothing compiles.
        let _: Comb = Self::COMB;
        let mut points = [TablePoint::NEUTRAL; ENTRIES];
        let (mut slots, mut left) = (points.as_mut_slice(), words.as_slice());
        while let (Some((slot, more_slots)), Some((words, more))) = ({ slots }.split_first_mut(), left.split_first()) {
            *slot = TablePoint::from_words(words);
            (slots, left) = (more_slots, more);
        }
        Self { public_key, points }
    }

    /// The table in words: of each point three numbers, each with its least significant word first.
    #[must_use]
    pub const fn words(&self) -> [[[u32; 8]; 3]; ENTRIES] {
        let mut words = [[[0; 8]; 3]; ENTRIES];
        let (mut slots, mut left) = (words.as_mut_slice(), self.points.as_slice());
        while let (Some((slot, more_slots)), Some((point, more))) = ({ slots }.split_first_mut(), left.split_first()) {
            *slot = point.words();
            (slots, left) = (more_slots, more);
        }
        words
    }

    /// The key.
    #[must_use]
    pub const fn public_key(&self) -> &[u8; PUBLIC_KEY_BYTES] {
        &self.public_key
    }

    /// The key and its tables, wherever they lie.
    #[must_use]
    pub const fn table(&self) -> PinnedTable<'_> {
        PinnedTable { public_key: &self.public_key, comb: Self::COMB, base: Self::BASE, key: &self.points }
    }

    /// Verifies a signature over a message.
    ///
    /// # Errors
    /// [`Refused`] says why it does not hold.
    pub fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> Result<(), Refused> {
        self.table().verify_parts(&[message], signature)
    }

    /// Verifies a signature over a message that lies in parts, one after the other.
    ///
    /// # Errors
    /// [`Refused`] says why it does not hold.
    pub fn verify_parts(&self, message: &[&[u8]], signature: &[u8; SIGNATURE_BYTES]) -> Result<(), Refused> {
        self.table().verify_parts(message, signature)
    }
}

/// A key and its tables, of any size and in any memory.
#[derive(Clone, Copy)]
pub struct PinnedTable<'t> {
    public_key: &'t [u8; PUBLIC_KEY_BYTES],
    comb: Comb,
    base: &'t [TablePoint],
    key: &'t [TablePoint],
}

impl<'t> PinnedTable<'t> {
    /// The table of the base point, [`PinnedKey::BASE`], and that of a key, of the same size: 8, 16 or
    /// 32 points each, and nothing else.
    ///
    /// They are trusted as those of [`PinnedKey::from_words`] are.
    #[must_use]
    pub const fn new(
        public_key: &'t [u8; PUBLIC_KEY_BYTES],
        base: &'t [TablePoint],
        key: &'t [TablePoint],
    ) -> Option<Self> {
        match Comb::of(key.len()) {
            Some(comb) if base.len() == key.len() => Some(Self { public_key, comb, base, key }),
            _ => None,
        }
    }

    /// The key.
    #[must_use]
    pub const fn public_key(&self) -> &[u8; PUBLIC_KEY_BYTES] {
        self.public_key
    }

    /// Verifies a signature over a message that lies in parts, one after the other.
    ///
    /// # Errors
    /// [`Refused`] says why it does not hold.
    pub fn verify_parts(&self, message: &[&[u8]], signature: &[u8; SIGNATURE_BYTES]) -> Result<(), Refused> {
        self.prove(message, signature).map(drop)
    }

    /// The same as a word, as [`answer_parts`](crate::answer_parts) gives it.
    #[must_use]
    pub fn answer_parts(&self, message: &[&[u8]], signature: &[u8; SIGNATURE_BYTES]) -> u32 {
        self.prove(message, signature).unwrap_or(FAILS)
    }

    fn prove(&self, message: &[&[u8]], signature: &[u8; SIGNATURE_BYTES]) -> Result<u32, Refused> {
        let ([r, s], []) = signature.as_chunks() else { return Err(Refused::Signature) };
        let k = challenge(r, self.public_key, message);
        self.settle(r, s, &k)
    }

    /// What comes of a signature once its hash is known.
    // Not inlined, and neither is what hashes: what they hold must not lie on the stack at the same time.
    #[inline(never)]
    fn settle(&self, r: &[u8; 32], s: &[u8; 32], k: &Scalar) -> Result<u32, Refused> {
        Scalar::check(s)?;
        let numbers = [&Scalar::from_bytes(s), k].map(|number| SignedBits::of(number, self.comb));
        let mut point = Point::ROOM;
        point.comb(self.comb, [self.base, self.key], &numbers);
        point.z.invert();
        let word = point.compare(r)?;
        again(s, word)
    }
}
