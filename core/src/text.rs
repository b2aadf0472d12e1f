//! Text inside signed structures: bounded, and nothing that makes a screen lie.

use core::fmt;
use core::ops::Deref;
use core::str;

use serde::{Serialize, Serializer};

/// A text of a signed structure, or one to be compared with such: in the structure it is UTF-8
/// without control characters and without those that reorder what is displayed.
///
/// It is used as the `str` that it is. Beneath lie its bytes, because that is how they are compared
/// where a licence is checked, and firmware that shows no text need not hold what makes a `str`.
///
/// ```
/// use hwlicense::signed::Label;
/// let brand = Label::from("northgate");
/// assert!(brand == "northgate" && brand.starts_with("north"));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label<'a>(&'a [u8]);

impl<'a> Label<'a> {
    /// The text that bytes of a signed structure are, if they may stand there.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        is_clean(bytes).then_some(Self(bytes))
    }

    /// What a program says of itself, to be compared with a text that was signed. Bytes that no
    /// signed structure may hold, and those that are no UTF-8, equal none.
    #[must_use]
    pub const fn to_compare(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        // It was read as UTF-8, or made of a `str`. One that is only to be compared may be neither.
        str::from_utf8(self.0).unwrap_or_default()
    }
}

impl<'a> From<&'a str> for Label<'a> {
    /// For who writes a structure; [`seal`](crate::signed::seal) refuses what may not stand there.
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl Deref for Label<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for Label<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Label<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl fmt::Debug for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl Serialize for Label<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// Characters beyond ASCII that a signed structure may not hold: controls, and those that reorder
/// what is displayed (Unicode TR 9: bidirectional embeddings, overrides, isolates and marks). And
/// surrogates, which are no characters in UTF-8.
const UNCLEAN: [(u16, u16); 7] = [
    (0x80, 0x9f),
    (0x61c, 0x61c),
    (0x200e, 0x200f),
    (0x2028, 0x202e),
    (0x2066, 0x2069),
    (0xd800, 0xdfff),
    (0xfeff, 0xfeff),
];

/// Whether bytes are UTF-8 (RFC 3629, 4) and clean.
///
/// The standard library tells only the first, with a table and a fast path for long texts that
/// firmware has no room for.
#[inline(never)]
fn is_clean(bytes: &[u8]) -> bool {
    let mut rest = bytes.iter();
    // Most texts hold nothing else, and no other ASCII is clean.
    while let Some(first) = rest.find(|byte| !matches!(**byte, b' '..=b'~')) {
        let mut number = u32::from(*first);
        let more = (number << 24).leading_ones().wrapping_sub(1);
        if !matches!(more, 1..=3) {
            return false;
        }
        for _ in 0..more {
            let next = rest.next().map_or(0, |next| u32::from(*next));
            if next & 0xc0 != 0x80 {
                return false;
            }
            number = number << 6 | next & 0x3f;
        }
        // Each byte that follows brings six bits, and takes one from the first.
        let gained = more.wrapping_mul(5);
        number &= 0x40_u32.wrapping_shl(gained).wrapping_sub(1);
        let least = 2_u32.wrapping_shl(gained).max(0x80);
        let is_unclean = UNCLEAN.iter().any(|(first, last)| number >= u32::from(*first) && number <= u32::from(*last));
        if number < least || number > 0x10_ffff || is_unclean {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};

    use super::*;

    /// What the standard library and the names of the characters say.
    fn expected(bytes: &[u8]) -> bool {
        let is_dirty = |character: char| {
            character.is_control()
                || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
                || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        str::from_utf8(bytes).is_ok_and(|text| !text.contains(is_dirty))
    }

    #[test]
    fn every_character_is_judged() {
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            assert_eq!(is_clean(text.as_bytes()), expected(text.as_bytes()), "{character:?}");
        }
    }

    #[test]
    fn every_short_sequence_is_judged_as_the_standard_library_judges_it() {
        for number in 0..=u16::MAX {
            let bytes = number.to_be_bytes();
            let (_, last) = bytes.split_at(1);
            assert_eq!(is_clean(&bytes), expected(&bytes), "{bytes:x?}");
            assert_eq!(is_clean(last), expected(last), "{last:x?}");
        }
    }

    #[test]
    fn longer_sequences_are_judged_at_every_edge() {
        let edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
        for first in 0xe0..=0xff {
            for second in 0..=0xff {
                for third in edges {
                    assert_eq!(is_clean(&[first, second, third]), expected(&[first, second, third]));
                    for fourth in edges {
                        let bytes = [first, second, third, fourth];
                        assert_eq!(is_clean(&bytes), expected(&bytes), "{bytes:x?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_label_is_its_text() {
        let label = Label::from("Gr\u{fc}\u{df}e");
        assert_eq!(label.to_string(), String::from(label.as_str()));
        assert!(label == "Gr\u{fc}\u{df}e" && label.len() == 7);
        assert_eq!(Label::read(b"abc"), Some(Label::from("abc")));
        assert_eq!(Label::read(b"a\tb"), None);
        assert_eq!(Label::read(b"\xff"), None);
    }
}
