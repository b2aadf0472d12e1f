//! SHA-256 over a domain tag and numbered, length-prefixed fields.

use super::canonical::{Characters, significant};
use super::component::Component;
use crate::digest::Sha256;
use crate::hardware::Field;

/// An unsalted digest. It never leaves the machine.
pub(super) type Unsalted = [u8; 32];

/// SHA-256, fed with fields.
#[derive(Clone)]
pub(super) struct FieldHasher {
    hash: Sha256,
    /// Whether a numbered field was fed.
    fed: bool,
}

impl FieldHasher {
    /// Starts with a domain tag, so that no two uses share a preimage.
    pub(super) fn new(tag: &[u8]) -> Self {
        Self { hash: Sha256::over(tag), fed: false }
    }

    /// The digest of one component.
    #[inline(never)]
    pub(super) fn of_component(component: Component) -> Self {
        let mut tag = *b"hwl03cmp.";
        let [.., number] = &mut tag;
        *number = component.number();
        Self::new(&tag)
    }

    /// Field number, length of the canonical text as u16 little-endian, canonical text. An empty
    /// text is one that does not count.
    #[inline(never)]
    pub(super) fn text(&mut self, number: u8, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        let mut length = 0usize;
        for byte in text {
            length = length.wrapping_add(usize::from(significant(*byte).is_some()));
        }
        self.head(number, length);
        for character in Characters(text) {
            self.hash.push(character);
        }
    }

    /// Field number, length as u16 little-endian, the bytes as they are.
    #[inline(never)]
    pub(super) fn bytes(&mut self, number: u8, bytes: &[u8]) {
        self.head(number, bytes.len());
        self.raw(bytes);
    }

    /// Texts and identifiers are bounded by `TEXT_BYTES_MAX`, so the length fits.
    fn head(&mut self, number: u8, length: usize) {
        let [low, high] = u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes();
        self.raw(&[number, low, high]);
        self.fed = true;
    }

    /// Bytes without number and length, for parts of fixed size.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    /// The digest. The hasher is spent then.
    pub(super) fn finish(&mut self) -> Unsalted {
        self.hash.finish()
    }

    /// The digest if a field was fed; what has no field that counts is absent.
    pub(super) fn finish_if_fed(&mut self) -> Field<Unsalted> {
        if self.fed { Field::Read(self.finish()) } else { Field::Absent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_hashed_whole_at_every_length() {
        for length in 1..200 {
            let text = vec![b'x'; length];
            let mut by_text = FieldHasher::new(b"hwl-test");
            by_text.text(7, &text);
            let mut by_bytes = FieldHasher::new(b"hwl-test");
            by_bytes.bytes(7, &text);
            assert_eq!(by_text.finish(), by_bytes.finish(), "length {length}");
        }
    }

    #[test]
    fn nothing_fed_is_absent() {
        let mut hash = FieldHasher::of_component(Component::Board);
        hash.text(1, b"");
        assert_eq!(hash.clone().finish_if_fed(), Field::Absent);
        hash.text(1, b"NC-500");
        assert_ne!(hash.finish_if_fed(), Field::Absent);
    }
}
