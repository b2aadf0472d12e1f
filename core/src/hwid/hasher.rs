//! SHA-256 over a domain tag and numbered, length-prefixed fields.

use super::canonical::Characters;
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
    /// Fed with nothing. What comes first is a domain tag, so that no two uses share a preimage.
    pub(super) const fn new() -> Self {
        Self { hash: Sha256::new(), fed: false }
    }

    /// The domain tag of a component.
    #[inline(never)]
    pub(super) fn component(&mut self, component: Component) {
        self.raw(b"hwl03cmp");
        self.raw(&[component.number()]);
    }

    /// Field number, length of the canonical text as u16 little-endian, canonical text. An empty
    /// text is one that does not count.
    #[inline(never)]
    pub(super) fn text(&mut self, number: u8, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        // Counted by hand: the standard library's count is checked for overflow.
        let length = Characters(text).fold(0usize, |length, _| length.wrapping_add(1));
        self.head(number, length);
        for character in Characters(text) {
            self.raw(&[character]);
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

    /// The digest, or its first bytes. The hasher is spent then.
    #[inline(always)]
    pub(super) fn finish<const N: usize>(&mut self) -> [u8; N] {
        self.hash.finish()
    }

    /// The same into a place that is there.
    pub(super) fn finish_into(&mut self, digest: &mut [u8]) {
        self.hash.finish_into(digest.as_chunks_mut().0);
    }

    /// The digest if a field was fed; what has no field that counts is absent.
    pub(super) fn finish_if_fed(&mut self, into: &mut Field<Unsalted>) {
        *into = Field::Absent;
        if self.fed {
            *into = Field::Read([0; 32]);
            if let Field::Read(digest) = into {
                self.finish_into(digest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_hashed_whole_at_every_length() {
        for length in 1..200 {
            let text = vec![b'x'; length];
            let mut by_text = FieldHasher::new();
            by_text.text(7, &text);
            let mut by_bytes = FieldHasher::new();
            by_bytes.bytes(7, &text);
            assert_eq!(by_text.finish::<32>(), by_bytes.finish::<32>(), "length {length}");
        }
    }

    #[test]
    fn nothing_fed_is_absent() {
        let mut hash = FieldHasher::new();
        hash.component(Component::Board);
        hash.text(1, b"");
        let mut digest = Field::Unreadable;
        hash.clone().finish_if_fed(&mut digest);
        assert_eq!(digest, Field::Absent);
        hash.text(1, b"NC-500");
        hash.finish_if_fed(&mut digest);
        assert!(matches!(digest, Field::Read(_)));
    }
}
