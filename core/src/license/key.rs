//! Licence keys, as people read them out: `AAAA-BBBB-CCCC-DDDD`.
//!
//! Sixteen characters of Crockford's base 32 (`0-9 A-Z` without `I L O U`): fifteen carry 75
//! random bits, the last is a check. The check makes the sum of each character times a different
//! power of a generator of GF(32) zero, so that every single wrong character and every swap of
//! two characters is noticed.
//!
//! # Source
//! Alphabet and look-alikes: Douglas Crockford, "Base 32". Check: a Reed-Solomon code with one
//! check symbol over GF(2^5) with x^5 + x^2 + 1.

use core::fmt;
use core::str::FromStr;

use serde::Serialize;

use crate::decode::{Decode, Reader};

/// Length of a key in text form, with its hyphens.
pub const LICENSE_KEY_TEXT_BYTES: usize = 19;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS: usize = 16;

/// A licence key: 80 bits, the last five of them a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LicenseKey(pub(crate) [u8; 10]);

impl Decode<'_> for LicenseKey {
    fn blank() -> Self {
        Self([0; 10])
    }

    // Inlined: as a function of its own it costs a firmware that only checks licences more.
    #[inline(always)]
    fn read(&mut self, reader: &mut Reader<'_>) {
        reader.fill(&mut self.0);
        reader.require(self.is_well_formed());
    }
}

/// A log shows only how a key begins.
#[cfg(feature = "defmt")]
impl defmt::Format for LicenseKey {
    fn format(&self, f: defmt::Formatter<'_>) {
        let [first, second, ..] = self.0;
        defmt::write!(f, "LicenseKey({=u8:02x}{=u8:02x}..)", first, second);
    }
}

/// Why a text is no licence key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum LicenseKeyError {
    /// It is not sixteen characters of the alphabet in groups of four.
    Format,
    /// The check does not fit: a character is wrong, or two are swapped.
    Check,
}

impl fmt::Display for LicenseKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => "a licence key reads AAAA-BBBB-CCCC-DDDD, with digits and letters except I, L, O and U",
            Self::Check => "the licence key is mistyped: its last character does not fit the others",
        })
    }
}

impl core::error::Error for LicenseKeyError {}

/// Multiplies by the generator 2 of GF(32).
const fn doubled(value: u8) -> u8 {
    ((value << 1) & 0x1f) ^ (value >> 4 & 1).wrapping_mul(0x05)
}

/// One step of Horner's rule over GF(32): the first character gets the highest power.
const fn with_next(sum: u8, character: u8) -> u8 {
    doubled(sum) ^ character
}

impl LicenseKey {
    /// The key with these 75 random bits: the first 75 of the ten bytes; the rest is replaced by
    /// the check.
    #[must_use]
    pub fn from_random(random: [u8; 10]) -> Self {
        let mut key = Self(random);
        let mut characters = key.values();
        let [first @ .., last] = &mut characters;
        *last = doubled(first.iter().fold(0, |sum, value| with_next(sum, *value)));
        key.set_values(&characters);
        key
    }

    /// The key in binary form, as a licence carries it.
    #[must_use]
    pub const fn bytes(&self) -> [u8; 10] {
        self.0
    }

    /// Whether the check fits.
    #[must_use]
    pub(crate) fn is_well_formed(&self) -> bool {
        let mut sum = 0;
        self.each_value(|value| sum = with_next(sum, value));
        sum == 0
    }

    /// Hands over the five-bit value of each character, in their order.
    fn each_value(&self, mut take: impl FnMut(u8)) {
        let (mut rest, mut bits) = (0u32, 0u32);
        for byte in &self.0 {
            rest = (rest << 8) | u32::from(*byte);
            bits = bits.wrapping_add(8);
            while bits >= 5 {
                bits = bits.wrapping_sub(5);
                // At most twelve: a small core rotates by any number, and would have to see that it may shift.
                let [low, ..] = rest.rotate_right(bits).to_le_bytes();
                take(low & 0x1f);
            }
        }
    }

    fn values(&self) -> [u8; CHARACTERS] {
        let mut values = [0; CHARACTERS];
        let mut slots = values.iter_mut();
        self.each_value(|value| slots.next().into_iter().for_each(|slot| *slot = value));
        values
    }

    fn set_values(&mut self, values: &[u8; CHARACTERS]) {
        for (bytes, values) in self.0.chunks_mut(5).zip(values.chunks(8)) {
            let mut rest = values.iter().fold(0u64, |bits, value| (bits << 5) | u64::from(*value));
            for byte in bytes.iter_mut().rev() {
                let [low, ..] = rest.to_le_bytes();
                *byte = low;
                rest >>= 8;
            }
        }
    }
}

impl LicenseKey {
    /// The text form, for those who have no formatter: ASCII, without a terminator.
    #[must_use]
    pub fn text(&self) -> [u8; LICENSE_KEY_TEXT_BYTES] {
        let mut text = [b'-'; LICENSE_KEY_TEXT_BYTES];
        let mut values = self.values().into_iter();
        for group in text.chunks_mut(5) {
            for (slot, value) in group.iter_mut().take(4).zip(&mut values) {
                *slot = ALPHABET.get(usize::from(value)).copied().unwrap_or(b'?');
            }
        }
        text
    }
}

impl fmt::Display for LicenseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.text()).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for LicenseKey {
    type Err = LicenseKeyError;

    /// Reads a key in either case, with `I` and `L` for 1 and `O` for 0, surrounded by white
    /// space, and with all three hyphens or none.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim_matches(|c: char| c.is_ascii_whitespace()).as_bytes();
        let hyphens = match text.len() {
            CHARACTERS => false,
            LICENSE_KEY_TEXT_BYTES => true,
            _ => return Err(LicenseKeyError::Format),
        };
        let mut values = [0; CHARACTERS];
        let mut slots = values.iter_mut();
        for (character, index) in text.iter().zip(0..LICENSE_KEY_TEXT_BYTES) {
            if hyphens && index % 5 == 4 {
                if *character != b'-' {
                    return Err(LicenseKeyError::Format);
                }
                continue;
            }
            let value = value_of(*character).ok_or(LicenseKeyError::Format)?;
            *slots.next().ok_or(LicenseKeyError::Format)? = value;
        }
        let mut key = Self([0; 10]);
        key.set_values(&values);
        if key.is_well_formed() { Ok(key) } else { Err(LicenseKeyError::Check) }
    }
}

fn value_of(character: u8) -> Option<u8> {
    let canonical = match character.to_ascii_uppercase() {
        b'I' | b'L' => b'1',
        b'O' => b'0',
        other => other,
    };
    ALPHABET.iter().position(|other| *other == canonical).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]
    use super::*;

    fn keys() -> impl Iterator<Item = LicenseKey> {
        (0..50u8).map(|n| LicenseKey::from_random([n, 0xff, n.wrapping_mul(37), 3, n ^ 0x55, 9, n, 200, 17, n]))
    }

    #[test]
    fn keys_round_trip_through_text() {
        for key in keys() {
            let text = key.to_string();
            assert_eq!(text.len(), LICENSE_KEY_TEXT_BYTES);
            assert_eq!(text.parse(), Ok(key));
            assert_eq!(format!(" {} \n", text.to_lowercase().replace('-', "")).parse(), Ok(key));
            assert_eq!(text.replace('0', "O").replace('1', "l").parse(), Ok(key));
        }
    }

    #[test]
    fn every_wrong_character_and_every_swap_is_noticed() {
        for key in keys() {
            let text: Vec<u8> = key.to_string().replace('-', "").into_bytes();
            for position in 0..CHARACTERS {
                for wrong in ALPHABET {
                    let mut typed = text.clone();
                    typed[position] = *wrong;
                    let parsed = String::from_utf8(typed.clone()).unwrap().parse::<LicenseKey>();
                    assert_eq!(parsed.is_ok(), typed == text);
                }
                for other in 0..position {
                    let mut typed = text.clone();
                    typed.swap(position, other);
                    let parsed = String::from_utf8(typed.clone()).unwrap().parse::<LicenseKey>();
                    assert_eq!(parsed.is_ok(), typed == text);
                }
            }
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in
            ["", "AAAA", "AAAA-BBBB-CCCC-DDD", "AAAA-BBBB-CCCC-DDDDD", "UAAA-BBBB-CCCC-DDDD", "AAAABBBB-CCCC-DDDD-"]
        {
            assert_eq!(text.parse::<LicenseKey>(), Err(LicenseKeyError::Format), "{text}");
        }
    }
}
