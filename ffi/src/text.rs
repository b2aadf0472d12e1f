//! Static texts with the terminator that C expects, made of the core's own at compile time.

/// The bytes of a text and a zero after them. `SIZE` is one more than its length.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "evaluated by the compiler, which checks")]
pub(crate) const fn terminated<const SIZE: usize>(text: &str) -> [u8; SIZE] {
    let from = text.as_bytes();
    let mut bytes = [0; SIZE];
    let mut index = 0;
    while index < from.len() {
        assert!(from[index] != 0, "C would end the text here");
        bytes[index] = from[index];
        index += 1;
    }
    bytes
}

/// A pointer to the static, terminated form of a constant text.
macro_rules! c_text {
    ($text:expr) => {{
        const TEXT: &str = $text;
        static TERMINATED: [u8; TEXT.len() + 1] = $crate::text::terminated(TEXT);
        TERMINATED.as_ptr().cast::<core::ffi::c_char>()
    }};
}

pub(crate) use c_text;
