//! The canonical form: what of a reading counts, in which bytes.
//!
//! One rule serves every text: **only ASCII letters and digits count, and letters are folded to
//! lower case.** White space, padding, punctuation, control and non-ASCII bytes are passed over,
//! because tools and firmware versions disagree about exactly those (`Dell Inc.` and `DellInc.`,
//! `..CN7475144H0028.` and `/CN7475144H0028/`). Nothing is ever truncated.

use core::cmp::Ordering;

use super::junk::{self, TextWorth};

/// The significant characters of a text, in order.
#[derive(Clone)]
pub(super) struct Characters<'a>(pub(super) &'a [u8]);

impl Iterator for Characters<'_> {
    type Item = u8;

    // Texts are walked in many places; in flash they share this one step.
    #[inline(never)]
    fn next(&mut self) -> Option<u8> {
        while let Some((byte, rest)) = self.0.split_first() {
            self.0 = rest;
            let character = significant(*byte);
            if character.is_some() {
                return character;
            }
        }
        None
    }
}

/// What a byte of a text counts as.
#[inline]
pub(super) const fn significant(byte: u8) -> Option<u8> {
    let lower = byte | 0x20;
    match byte {
        b'0'..=b'9' => Some(byte),
        _ if lower.is_ascii_lowercase() => Some(lower),
        _ => None,
    }
}

/// The order of two texts in canonical form.
#[inline(never)]
pub(super) fn order(mut a: &[u8], mut b: &[u8]) -> Ordering {
    // Bytes that are the same count as the same, and most texts that are compared begin alike.
    while let (Some((x, rest_of_a)), Some((y, rest_of_b))) = (a.split_first(), b.split_first())
        && x == y
    {
        (a, b) = (rest_of_a, rest_of_b);
    }
    Characters(a).cmp(Characters(b))
}

/// Whether a text is worth at least so much.
#[inline(never)]
pub(super) fn counts(text: &[u8], least: TextWorth) -> bool {
    junk::text_worth(text) >= least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_and_digits_count() {
        let canonical = |text: &'static str| Characters(text.as_bytes()).collect::<Vec<_>>();
        assert_eq!(canonical("  Dell\tInc. "), b"dellinc");
        assert_eq!(canonical("DellInc."), b"dellinc");
        assert_eq!(canonical("..CN7475144H0028."), b"cn7475144h0028");
        assert_eq!(canonical("\u{a0}Grüße\0"), b"gre");
    }
}
