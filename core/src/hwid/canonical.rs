//! The canonical form: what of a reading counts, in which bytes.
//!
//! One rule serves every text: **only ASCII letters and digits count, and letters are folded to
//! lower case.** White space, padding, punctuation, control and non-ASCII bytes are passed over,
//! because tools and firmware versions disagree about exactly those (`Dell Inc.` and `DellInc.`,
//! `..CN7475144H0028.` and `/CN7475144H0028/`). Nothing is ever truncated.

use sha2::{Digest, Sha256};

use super::junk::{self, TextWorth};
use crate::hardware::{Mac, TEXT_BYTES_MAX, Text, Uuid};

/// The significant characters of a text, in order.
pub(super) fn characters(text: &[u8]) -> impl Iterator<Item = u8> + Clone {
    text.iter().filter_map(|byte| match byte {
        b'0'..=b'9' | b'a'..=b'z' => Some(*byte),
        b'A'..=b'Z' => Some(byte | 0x20),
        _ => None,
    })
}

/// A text that was read, is within bounds and is no placeholder.
///
/// Absent, unreadable, overlong and placeholder texts all give `None`; whoever must tell them
/// apart asks the field first.
pub(super) fn name(text: Text<'_>) -> Option<&[u8]> {
    judged(text).map(|(bytes, _)| bytes)
}

/// A serial number: a text that could tell two machines apart.
pub(super) fn serial(text: Text<'_>) -> Option<&[u8]> {
    judged(text).filter(|(_, worth)| *worth == TextWorth::Serial).map(|(bytes, _)| bytes)
}

fn judged(text: Text<'_>) -> Option<(&[u8], TextWorth)> {
    let bytes = text.read().filter(|bytes| bytes.len() <= TEXT_BYTES_MAX)?;
    Some((bytes, junk::text_worth(bytes))).filter(|(_, worth)| *worth != TextWorth::Placeholder)
}

/// Both byte orders of a UUID name one machine, and tools print either; the smaller one counts.
///
/// SMBIOS 2.6 defines the first three fields as little-endian, older firmware and several tools
/// write them big-endian (SMBIOS reference specification DSP0134, 7.2.1).
pub(super) fn uuid(uuid: Uuid) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = uuid.0;
    let [i, j, k, l, m, n, o, p] = rest;
    let swapped = [d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p];
    if swapped < uuid.0 { swapped } else { uuid.0 }
}

/// SHA-256 over a domain tag and numbered, length-prefixed fields.
#[derive(Clone)]
pub(super) struct FieldHasher(Sha256);

impl FieldHasher {
    /// Starts with a domain tag of eight bytes, so that no two uses share a preimage.
    pub(super) fn new(tag: &[u8; 8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(tag);
        Self(hash)
    }

    /// Field number, length of the canonical text as u16 little-endian, canonical text.
    pub(super) fn text(&mut self, number: u8, text: &[u8]) {
        // A text that fits, as nearly all do, is gone through once and fed at once.
        let mut field = [0u8; 64];
        let [_, _, _, room @ ..] = &mut field;
        let mut rest = characters(text);
        let mut length = 0u16;
        for slot in room {
            let Some(character) = rest.next() else {
                write_head(&mut field, number, length);
                self.0.update(field.get(..usize::from(length).saturating_add(3)).unwrap_or_default());
                return;
            };
            *slot = character;
            length = length.wrapping_add(1);
        }
        // Texts are bounded by TEXT_BYTES_MAX, so the count fits.
        let more = u16::try_from(rest.clone().count()).unwrap_or(u16::MAX);
        write_head(&mut field, number, length.saturating_add(more));
        self.0.update(field);
        for character in rest {
            self.0.update([character]);
        }
    }

    /// Field number, length as u16 little-endian, the bytes as they are.
    pub(super) fn bytes(&mut self, number: u8, bytes: &[u8]) {
        let [low, high] = u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes();
        self.0.update([number, low, high]);
        self.0.update(bytes);
    }

    /// Bytes without number and length, for parts of fixed size.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

fn write_head(field: &mut [u8; 64], number: u8, length: u16) {
    let [low, high] = length.to_le_bytes();
    let [first, second, third, ..] = field;
    (*first, *second, *third) = (number, low, high);
}

/// What a MAC address is worth as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MacWorth {
    /// A placeholder, or not burnt in: it does not count at all.
    None,
    /// Assigned by a hypervisor: it counts, but never as the only evidence.
    Supporting,
    /// Tells machines apart.
    Unique,
}

/// Judges a MAC address.
pub(super) fn mac_worth(mac: Mac) -> MacWorth {
    if junk::is_placeholder_mac(mac) {
        MacWorth::None
    } else if junk::is_hypervisor_mac(mac) {
        MacWorth::Supporting
    } else {
        MacWorth::Unique
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn only_letters_and_digits_count() {
        let canonical = |text: &'static str| characters(text.as_bytes()).collect::<Vec<_>>();
        assert_eq!(canonical("  Dell\tInc. "), b"dellinc");
        assert_eq!(canonical("DellInc."), b"dellinc");
        assert_eq!(canonical("..CN7475144H0028."), b"cn7475144h0028");
        assert_eq!(canonical("\u{a0}Grüße\0"), b"gre");
    }

    #[test]
    fn both_byte_orders_of_a_uuid_are_one() {
        let printed = Uuid::parse("5d76a0b0-cd0a-b541-8c5b-4e96b36b9580").unwrap();
        let swapped = Uuid::parse("{B0A0765D-0ACD-41B5-8C5B-4E96B36B9580}").unwrap();
        assert_eq!(uuid(printed), uuid(swapped));
    }

    #[test]
    fn text_is_hashed_whole_at_every_length() {
        for length in 0..200 {
            let text = vec![b'x'; length];
            let mut by_text = FieldHasher::new(b"hwl-test");
            by_text.text(7, &text);
            let mut by_bytes = FieldHasher::new(b"hwl-test");
            by_bytes.bytes(7, &text);
            assert_eq!(by_text.finish(), by_bytes.finish(), "length {length}");
        }
    }
}
